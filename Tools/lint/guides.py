#!/usr/bin/env python3
"""Checks that the guides in Sources/FineTuning/FineTuning.docc quote code that Tests/GuideTests compiles and runs.

Every Swift block of a guide is a region of a test file whose name begins with the guide's, in the same words:

    // [snippet: NAME]
    …
    // [end]

and every region is quoted. The lines of a block of imports have to stand at the top of these files.
"""
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUIDES = ROOT / "Sources" / "FineTuning" / "FineTuning.docc"
TESTS = ROOT / "Tests" / "GuideTests"
REGION = re.compile(r"^ *// \[snippet: ([\w-]+)\]\n(.*?)^ *// \[end\]\n", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```swift\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def problems(guide):
    blocks = BLOCK.findall(guide.read_text())
    files = [TESTS / f"{guide.stem}.swift", *sorted(TESTS.glob(f"{guide.stem}+*.swift"))]
    source = "".join(file.read_text() for file in files if file.exists())
    if not blocks and not source:
        return
    regions = {name: textwrap.dedent(body) for name, body in REGION.findall(source)}
    for block in blocks:
        lines = block.splitlines()
        if all(line.startswith("import ") for line in lines):
            for line in set(lines) - set(source.splitlines()):
                yield f"{guide.name}: {guide.stem}.swift has no '{line}'"
        elif block not in regions.values():
            yield f"{guide.name}: no region of {guide.stem}*.swift is this block:\n{textwrap.indent(block, '    ')}"
    for name in [name for name, body in regions.items() if body not in blocks]:
        yield f"{guide.stem}*.swift: {guide.name} does not quote the region '{name}'"


def main():
    guides = sorted(GUIDES.glob("*.md"))
    found = [problem for guide in guides for problem in problems(guide)]
    if not any(BLOCK.search(guide.read_text()) for guide in guides):
        found.append(f"no guide in {GUIDES.relative_to(ROOT)} has a Swift block")
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
