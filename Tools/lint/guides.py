#!/usr/bin/env python3
"""Checks that the guides in Sources/FineTuning/FineTuning.docc quote code that Tests/GuideTests compiles and runs.

Every Swift block of a guide is a region of the test file that has the guide's name, in the same words:

    // [snippet: NAME]
    …
    // [end]

and every region is quoted. A block of imports alone has to stand at the top of that file.
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
    test = TESTS / f"{guide.stem}.swift"
    if not blocks and not test.exists():
        return
    source = test.read_text() if test.exists() else ""
    regions = {name: textwrap.dedent(body) for name, body in REGION.findall(source)}
    for block in blocks:
        lines = block.splitlines()
        if all(line.startswith("import ") for line in lines):
            for line in set(lines) - set(source.splitlines()):
                yield f"{guide.name}: {test.name} has no '{line}'"
        elif block not in regions.values():
            yield f"{guide.name}: no region of {test.name} is this block:\n{textwrap.indent(block, '    ')}"
    for name in [name for name, body in regions.items() if body not in blocks]:
        yield f"{test.name}: {guide.name} does not quote the region '{name}'"


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
