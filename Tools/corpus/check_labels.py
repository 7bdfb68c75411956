"""Checks the labels of corpus files against ShellCheck, and every snippet against `bash -n`.

    python3 Tools/corpus/check_labels.py [FILE...]

A needs-quoting row must have a quoting finding; a row with a label of lower precedence must
have none. Unsafe rows may have some: unsafe comes first. Exit status 1 on any violation.
"""
import json
import sys
from pathlib import Path

from shellcheck import findings, syntax_errors


def violations(rows):
    """What is wrong, as (row number, message) with row numbers from 1."""
    texts = [row["input"] for row in rows]
    problems = [(i + 1, "bash -n rejects it") for i in syntax_errors(texts)]
    for number, (row, found) in enumerate(zip(rows, findings(texts)), start=1):
        codes = " ".join(sorted({f"SC{code}" for _, code in found}))
        if row["label"] == "needs-quoting" and not found:
            problems.append((number, "labelled needs-quoting, but ShellCheck finds nothing"))
        elif row["label"] not in ("needs-quoting", "unsafe") and found:
            problems.append((number, f"labelled {row['label']}, but ShellCheck finds {codes}"))
    return sorted(problems)


def main():
    data = Path(__file__).resolve().parents[2] / "demo" / "data"
    paths = [Path(p) for p in sys.argv[1:]] or [data / "train.jsonl", data / "test.jsonl"]
    failed = False
    for path in paths:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        problems = violations(rows)
        for number, message in problems:
            print(f"{path}:{number}: {message} (family {rows[number - 1].get('group')})")
        print(f"{path.name}: {len(rows)} rows, {len(problems)} violations")
        failed |= bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
