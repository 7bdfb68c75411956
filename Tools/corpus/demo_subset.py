"""Chooses the fixed, stratified subsets that the demo uses.

    python3 Tools/corpus/demo_subset.py                    # both shipped files
    python3 Tools/corpus/demo_subset.py --tokens COUNTS.jsonl --epochs 3 --longest 40 --budget 60000

demo_train.jsonl: as many short training rows as epochs x tokens allow within the budget, with the
labels in the corpus's proportions and the template families of a label taken in turn. Short rows,
because the budget then buys several visits to hundreds of examples: one pass over rows of all
lengths for the same tokens learned little (docs/LOG.md).
demo_test.jsonl: a stratified part of the test set.

Tokens are estimated from the characters, on the careful side for a GPT-2-like vocabulary on
shell text. `--tokens` gives the real ones: one JSON number, or object with "tokens", per row
of train.jsonl, in its order.
"""
import argparse
import hashlib
import json
import math
from itertools import zip_longest
from pathlib import Path

CHARS_PER_TOKEN = 2.4  # SmolLM2 has 2.45 on this corpus, GPT-2 2.47


def estimate(row):
    return math.ceil(len(row["input"]) / CHARS_PER_TOKEN)


def _order(row):
    return hashlib.sha256(row["input"].encode()).hexdigest()


def in_turn(rows):
    """The rows in a fixed order in which every family has its turn before any has its second."""
    families = {}
    for row in sorted(rows, key=_order):
        families.setdefault(row["group"], []).append(row)
    rounds = zip_longest(*(families[name] for name in sorted(families)))
    return [row for one_round in rounds for row in one_round if row is not None]


def stratified(rows, budget, cost):
    """Rows with a total cost within the budget; each label has the share it has in `rows`."""
    total = sum(cost(row) for row in rows)
    chosen = []
    for label in sorted({row["label"] for row in rows}):
        same = [row for row in rows if row["label"] == label]
        left = budget * sum(cost(row) for row in same) / total
        for row in in_turn(same):
            if cost(row) <= left:
                left -= cost(row)
                chosen.append(row)
    keep = {row["input"] for row in chosen}
    return [row for row in rows if row["input"] in keep]  # in the corpus's shuffled order


def load(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def save(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main():
    data = Path(__file__).resolve().parents[2] / "demo" / "data"
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=data, help="folder of train.jsonl and test.jsonl")
    parser.add_argument("--out", type=Path, help="where the subsets go (default: the same folder)")
    parser.add_argument("--budget", type=int, default=60_000, help="token-passes: tokens x epochs")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--longest", type=int, default=40, help="longest training row in tokens")
    parser.add_argument("--test-rows", type=int, default=300)
    parser.add_argument("--tokens", type=Path, help="tokens of each training row")
    options = parser.parse_args()
    out = options.out or options.data
    train, test = load(options.data / "train.jsonl"), load(options.data / "test.jsonl")
    cost = estimate
    if options.tokens:
        counts = [item["tokens"] if isinstance(item, dict) else item for item in load(options.tokens)]
        if len(counts) != len(train):
            parser.error(f"{options.tokens.name} has {len(counts)} rows, train.jsonl has {len(train)}")
        real = {row["input"]: count for row, count in zip(train, counts)}
        cost = lambda row: real[row["input"]]
    short = [row for row in train if cost(row) <= options.longest]
    some = stratified(short, options.budget // options.epochs, cost)
    few = stratified(test, options.test_rows, lambda row: 1)
    save(out / "demo_train.jsonl", some)
    save(out / "demo_test.jsonl", few)
    passes = options.epochs * sum(cost(row) for row in some)
    print(f"demo_train.jsonl: {len(some)} rows, {passes} token-passes{'' if options.tokens else ' (estimated)'}")
    print(f"demo_test.jsonl: {len(few)} rows")


if __name__ == "__main__":
    main()
