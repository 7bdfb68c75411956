"""Makes the real data sets that the search for defaults runs on.

    python3 Tools/defaults/sets.py [NAME...]

Writes demo/work/defaults/sets/NAME/{train,validation,test}.jsonl (not committed: the texts are
other people's work). They come from package lists and packages that apt-get and pip bring.

A row's part is decided by a hash of its group (a source package, a text), so that near copies
stay together and more rows never move an old one: 3/5 train, 1/5 validation, 1/5 test. Rows
stand in the order of their hash, so that the first N are a sample.
"""
import argparse
import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

import sources

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / "docs" / "results" / "defaults" / "sets.json"
SETS = ROOT / "demo" / "work" / "defaults" / "sets"
LIMITS = {"train": 5000, "validation": 300, "test": 1000}
# Rules are fitted on the first six and judged on the others, which nobody looks at before.
FITTING = ["sections6", "sections", "tags15", "minority", "languages19", "shell"]
JUDGING = ["sentiment", "fortunes", "interfaces", "code"]


def digest(*parts):
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def part(name, group):
    return ["train", "train", "train", "validation", "test"][int(digest(name, "part", group)[:8], 16) % 5]


def split(name, rows):
    parts, seen = {"train": [], "validation": [], "test": []}, set()
    for row in sorted(rows, key=lambda row: digest(name, "order", row["input"])):
        if row["input"] not in seen:
            seen.add(row["input"])
            parts[part(name, row.get("group") or row["input"])].append(row)
    return {key: rows[:LIMITS[key]] for key, rows in parts.items()}


def folder(name):
    return SETS / name


def make(name):
    parts = split(name, sources.SETS[name]())
    folder(name).mkdir(parents=True, exist_ok=True)
    for key, rows in parts.items():
        write(folder(name) / f"{key}.jsonl", [{"input": row["input"], "label": row["label"]} for row in rows])
    return parts


def load(name, key):
    """Rows of one part, made when they are missing."""
    path = folder(name) / f"{key}.jsonl"
    if not path.exists():
        make(name)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def take(name, count):
    """The first `count` training rows."""
    return load(name, "train")[:count]


def labels_of(row):
    return row["label"] if isinstance(row["label"], list) else [row["label"]]


def judged_by(name, key, count):
    """Rows of validation or test whose labels the first `count` training rows have: nobody can name another one."""
    known = {label for row in take(name, count) for label in labels_of(row)}
    return [row for row in load(name, key) if known.issuperset(labels_of(row))]


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def fingerprint(rows):
    return digest(*[json.dumps(row, sort_keys=True) for row in rows])[:12]


def describe(name):
    parts = {key: load(name, key) for key in LIMITS}
    labels = Counter(label for row in parts["train"] for label in labels_of(row))
    return {"about": sources.SETS[name].__doc__ or name, "rows": {key: len(rows) for key, rows in parts.items()}, "labels": len(labels),
            "training rows of a label": [min(labels.values()), max(labels.values())],
            "several labels": any(isinstance(row["label"], list) for row in parts["train"]),
            "fingerprints": {key: fingerprint(rows) for key, rows in parts.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", default=FITTING + JUDGING)
    parser.add_argument("--again", action="store_true", help="make sets that stand already, too")
    options = parser.parse_args()
    found = json.loads(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.exists() else {}
    for name in options.names:
        if options.again or not all((folder(name) / f"{key}.jsonl").exists() for key in LIMITS):
            make(name)
        new = describe(name)
        old = found.get(name, new)["fingerprints"]
        if old != new["fingerprints"] and not options.again:
            sys.exit(f"{name} is not what it was when {MANIFEST.name} was written: its packages have changed. Cells of both do not "
                     "compare: move docs/results/defaults away and begin anew, with --again")
        found[name] = new
        print(f"{name}: {new['labels']} labels, {', '.join(f'{count:,} {key}' for key, count in new['rows'].items())}", flush=True)
    MANIFEST.parent.mkdir(parents=True, exist_ok=True)
    MANIFEST.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
