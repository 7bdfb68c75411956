"""Reads each test set once: for the finalists and for runs without flags.

    .venv/bin/python Tools/defaults/judge.py [--apr FILE]

It takes cells whose checkpoints stages 3 and 4 kept. What it read stands in
docs/results/defaults/tests.jsonl, and what stands there is never read again.
"""
import argparse
import json
import math
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

import baselines
import cells
import sets
import stages

STORE = cells.STORE.parent / "tests.jsonl"


def read():
    lines = STORE.read_text(encoding="utf-8").splitlines() if STORE.exists() else []
    return {cells.key(row): row for row in map(json.loads, lines)}


def evaluate(program, each):
    rows = sets.judged_by(each["set"], "test", each["rows"])
    with tempfile.TemporaryDirectory(dir=cells.WORK) as folder:
        path = Path(folder) / "test.jsonl"
        sets.write(path, rows)
        answer = subprocess.run([program, "eval", cells.kept(each), "--data", path, "--json"], check=True, capture_output=True, text=True)
    found = json.loads(answer.stdout)
    return {**{part: each[part] for part in ("set", "rows", "seed", "model", "settings")}, "test_rows": len(rows),
            "accuracy": round(found.get("accuracy", found.get("subset_accuracy")), 5), "macro_f1": round(found["macro_avg"]["f1"], 5)}


def candidates(stored):
    """Finalists and runs without flags whose checkpoint is there; of sets for judging, the cell that validation chose."""
    wanted = [each for stage in (3, 4) for each in stages.wanted(stage, stored)]
    found = [stored[cells.key(each)] for each in wanted if cells.key(each) in stored]
    by_seed = [each for each in found if each["set"] in sets.FITTING or "automatic" in each["settings"]]
    return by_seed + [best for name in sets.JUDGING if (best := chosen(stored, name))]


def chosen(stored, name, rows=600):
    """The best cell of a set by validation among those with flags."""
    tried = [each for each in stored.values() if each["set"] == name and each["rows"] == rows and "automatic" not in each["settings"]]
    return max(tried, key=cells.score, default=None)


def verdict(name, tests, stored, rows=600):
    """Is the mean of three runs without flags within a point, or a standard error, of the cell that validation chose?"""
    ours = [row for row in tests.values() if row["set"] == name and row["rows"] == rows and "automatic" in row["settings"]]
    best = chosen(stored, name, rows)
    if len(ours) < len(stages.SEEDS) or best is None or cells.key(best) not in tests:
        return None
    rival = tests[cells.key(best)]
    values = [row["macro_f1"] for row in ours]
    mean = statistics.mean(values)
    # Of the accuracy of as many rows: macro-F1 has no simple one, and its own is larger.
    error = math.sqrt(rival["accuracy"] * (1 - rival["accuracy"]) / rival["test_rows"])
    words = baselines.measure(name, rows, "test")["tfidf_logistic_regression"]["macro_f1"]
    return {"set": name, "without flags": mean, "seeds": values, "chosen": rival["macro_f1"], "allowed": max(0.01, error),
            "holds": mean >= rival["macro_f1"] - max(0.01, error), "TF-IDF": words}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--apr", type=Path, default=cells.ROOT / ".build" / "release" / "apr")
    options = parser.parse_args()
    cells.PROGRAM = cells.commit_of(options.apr)
    stored, tests = cells.done(), read()
    for each in candidates(stored):
        if cells.key(each) in tests or not cells.kept(each).exists():
            continue
        row = evaluate(options.apr, each)
        with open(STORE, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        tests[cells.key(row)] = row
        shutil.rmtree(cells.kept(each))  # it has served, and holds 150 MB
        print(f"{cells.name(each)}: macro-F1 {row['macro_f1']:.3f} on {row['test_rows']} test rows", flush=True)
    for name in sets.FITTING + sets.JUDGING:
        print(json.dumps(verdict(name, tests, stored) or {"set": name, "holds": "not judged yet"}))


if __name__ == "__main__":
    main()
