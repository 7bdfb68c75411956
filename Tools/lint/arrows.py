#!/usr/bin/env python3
"""Checks that docs/ARCHITECTURE.md shows every module and every arrow between modules.

Three things have to agree, in both directions: the `A --> B & C` lines of the document's mermaid block, the dependencies
that Package.swift declares, and the `import` statements (for C: the `#include` lines) under Sources/. The document's
table of modules has to name every module, too, and in its last column files that exist.

    arrows.py            fails and names each difference
    arrows.py --write    draws the mermaid block again from Package.swift
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = "docs/ARCHITECTURE.md"
TARGET = re.compile(r"\.(?:target|executableTarget|systemLibrary|plugin|macro)\(\s*name:\s*\"(\w[\w-]*)\"")
IMPORT = re.compile(
    r"^\s*(?:@\w+\s+)*(?:public |package |internal |fileprivate |private )?import (?:(?:struct|class|enum|protocol|func|var|let|typealias) )?"
    r"(\w+)", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([\w/]+)\.h[>"]', re.MULTILINE)
COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


def closing(text, start):
    """The offset behind the bracket that closes the one at `start`."""
    depth = 0
    for offset in range(start, len(text)):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[offset], 0)
        if depth == 0:
            return offset + 1
    raise SystemExit(f"Package.swift: a bracket is not closed after {text[start:start + 60]!r}")


def declared():
    """Module to the modules that it depends on by Package.swift, for all modules under Sources/."""
    text = COMMENT.sub("", (ROOT / "Package.swift").read_text())
    found = {}
    for match in TARGET.finditer(text):
        body = text[match.start():closing(text, text.index("(", match.start()))]
        path = re.search(r'path:\s*"([^"]+)"', body)
        if not (path[1] if path else f"Sources/{match[1]}").startswith("Sources/"):
            continue
        # `.target(name: "X")` within a list of dependencies names a dependency and declares nothing.
        if not path and not (ROOT / "Sources" / match[1]).is_dir():
            continue
        dependencies = re.search(r"dependencies:\s*\[", body)
        names = set()
        if dependencies:
            names = set(re.findall(r'"([\w-]+)"', body[dependencies.end() - 1:closing(body, dependencies.end() - 1)]))
        found.setdefault(match[1], set()).update(names)
    modules = set(found)
    return {module: names & modules for module, names in found.items()}


def imported(modules):
    """Module to the modules that its sources import."""
    found = {}
    for module in modules:
        names = set()
        for file in sorted((ROOT / "Sources" / module).rglob("*")):
            if file.suffix == ".swift":
                text = re.sub(r'"""[\s\S]*?"""', "", file.read_text())
                names |= set(IMPORT.findall(text))
            elif file.suffix in {".c", ".h", ".inc"}:
                names |= set(INCLUDE.findall(file.read_text()))
        found[module] = (names & modules) - {module}
    return found


def drawn(text):
    """Module to the modules that the mermaid block draws an arrow to."""
    blocks = re.findall(r"^```mermaid\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    if len(blocks) != 1:
        raise SystemExit(f"{DOCUMENT}: expected one mermaid block, found {len(blocks)}")
    found = {}
    for line in blocks[0].splitlines():
        if "-->" in line:
            sources, targets = ([name.strip() for name in side.split("&")] for side in line.split("-->"))
            for source in sources:
                found.setdefault(source, set()).update(targets)
            for target in targets:
                found.setdefault(target, set())
        elif match := re.fullmatch(r"\s*([A-Za-z]\w*)\s*", line):
            found.setdefault(match[1], set())
    return found


def rows(text):
    """The cells of each row of the table whose first column is headed `module`."""
    inside = False
    for line in text.splitlines():
        if re.match(r"\|\s*module\s*\|", line):
            inside = True
        elif inside and not line.startswith("|"):
            return
        elif inside and not line.startswith("|-"):
            yield line.strip("|").split("|")


def missing_files(table):
    """The files that the last column of the table names and that are not there."""
    for cells in table:
        module = re.findall(r"`([\w-]+)`", cells[0])[0]
        for name in re.findall(r"`([^`]+)`", cells[-1]):
            if not (ROOT / "Sources" / module / name).exists() and not list((ROOT / "Sources" / module).rglob(name)):
                yield f"{module}: the table names {name}, which is not there"


def differences(left, left_name, right, right_name):
    for module in sorted(left.keys() | right.keys()):
        for target in sorted(left.get(module, set()) - right.get(module, set())):
            yield f"{module} -> {target}: {left_name}, but not {right_name}"
        for target in sorted(right.get(module, set()) - left.get(module, set())):
            yield f"{module} -> {target}: {right_name}, but not {left_name}"


def drawing(package):
    """The mermaid block's lines: a module before all that it depends on."""
    order = []

    def visit(module):
        for target in sorted(package[module]):
            visit(target)
        if module not in order:
            order.append(module)

    for module in sorted(package):
        visit(module)
    order.reverse()
    yield "flowchart TD"
    for module in order:
        targets = [name for name in order if name in package[module]]
        if targets:
            yield f"    {module} --> {' & '.join(targets)}"


def main():
    document = (ROOT / DOCUMENT).read_text()
    if sys.argv[1:] == ["--write"]:
        block = "```mermaid\n" + "\n".join(drawing(declared())) + "\n```\n"
        document = re.sub(r"^```mermaid\n.*?^```\n", lambda _: block, document, flags=re.MULTILINE | re.DOTALL)
        (ROOT / DOCUMENT).write_text(document)
    package, picture, table = declared(), drawn(document), [row for row in rows(document) if "`benchmarks`" not in row[0]]
    modules = set(package)
    problems = list(differences(
        package, "declared in Package.swift", imported(modules), "imported under Sources/"))
    problems += differences(picture, f"drawn in {DOCUMENT}", package, "declared in Package.swift")
    folders = {folder.name for folder in (ROOT / "Sources").iterdir() if folder.is_dir()}
    named = {name for cells in table for name in re.findall(r"`([\w-]+)`", cells[0])}
    for names, what in [(folders, "a folder under Sources/"), (set(picture), "drawn"), (named, "in the table of modules")]:
        problems += [f"{name}: {what}, but no target of Package.swift" for name in sorted(names - modules)]
        problems += [f"{name}: a target of Package.swift, but not {what}" for name in sorted(modules - names)]
    problems += missing_files(table)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
