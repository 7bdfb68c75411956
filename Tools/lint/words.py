#!/usr/bin/env python3
"""Finds words that this project does not use any more; Tools/lint/retired-words.txt says which, and what to write instead.

    words.py             fails and names each line that has a word of the section [retired]
    words.py --pending   counts what is left of the words of the section [pending], which never fail
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = pathlib.Path(__file__).with_name("retired-words.txt")
SEARCHED = ["Sources", "Tests", "Benchmarks", "Examples", "Fuzz", "Tools", "docs", "demo", ".ci", "Makefile", "Package.swift",
            "README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
SUFFIXES = {"", ".swift", ".c", ".h", ".inc", ".py", ".sh", ".md", ".txt", ".yaml", ".yml"}
# Dated outputs and files made by other programs keep their words. Tools/lint has to name them.
SKIPPED = {".build", ".git", "__pycache__", "work", "data", "results", "Fixtures", "lint"}


def entries():
    """Section name to its (pattern, replacement) pairs."""
    sections, section = {}, None
    for number, line in enumerate(LIST.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if match := re.fullmatch(r"\[(\w+)\]", line):
            section = sections.setdefault(match[1], [])
            continue
        pattern, arrow, replacement = line.partition("->")
        if section is None or not arrow:
            raise SystemExit(f"{LIST.name}:{number}: expected PATTERN -> REPLACEMENT in a section")
        try:
            section.append((re.compile(pattern.strip()), replacement.strip()))
        except re.error as error:
            raise SystemExit(f"{LIST.name}:{number}: {error}")
    return sections


def files():
    for name in SEARCHED:
        path = ROOT / name
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            relative = file.relative_to(ROOT)
            if file.is_file() and file.suffix in SUFFIXES and not SKIPPED & set(relative.parts):
                yield relative, file


def hits(words):
    """Each use of a word: file, line number, the word, its replacement."""
    for relative, file in files():
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            continue
        lines = None
        for pattern, replacement in words:
            if not pattern.search(text):
                continue
            lines = lines or text.splitlines()
            for number, line in enumerate(lines, 1):
                for match in pattern.finditer(line):
                    yield relative, number, match[0], replacement, pattern


def main():
    sections = entries()
    if sys.argv[1:] == ["--pending"]:
        counts = {}
        for relative, _, _, _, pattern in hits(sections.get("pending", [])):
            counts.setdefault(pattern.pattern, {}).setdefault(relative.parts[0], 0)
            counts[pattern.pattern][relative.parts[0]] += 1
        for pattern, replacement in sections.get("pending", []):
            print(f"{sum(counts.get(pattern.pattern, {}).values()):5}  {pattern.pattern} -> {replacement}  "
                  f"{counts.get(pattern.pattern, {})}")
        return 0
    found = list(hits(sections.get("retired", [])))
    for relative, number, word, replacement, _ in found:
        print(f"{relative}:{number}: '{word}' is not used any more; write {replacement}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
