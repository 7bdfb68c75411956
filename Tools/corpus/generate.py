"""Writes the demo corpus: demo/data/train.jsonl and demo/data/test.jsonl.

    python3 Tools/corpus/generate.py [--out DIR]

A row is a core from one template family (families/) in a surrounding (compose.py). Rows come
in pairs where possible: the risky and the harmless row have the same names and the same
surrounding and differ in what matters only. The output depends on nothing but this folder.
"""
import argparse
import json
from pathlib import Path

import families
from compose import KITS, compose, fits
from rng import Rng
from template import LABELS, render
from vocabulary import TEST, TRAIN

SEED = "apr-shell-safety-1"
QUOTAS = {
    "train": {"safe": 1080, "needs-quoting": 660, "non-idempotent": 360, "non-deterministic": 330, "unsafe": 270},
    "test": {"safe": 340, "needs-quoting": 250, "non-idempotent": 170, "non-deterministic": 160, "unsafe": 140},
}
PAIRED = 0.6  # how many risky rows get a harmless twin
TWINS = 0.55  # the most of the safe rows that are twins; the others are drawn from all families
MENTIONED = 0.1  # how many rows talk about a risky line
FAMILIAR = 3  # extra weight of the few test families whose commands training knows
BLOCKS = [0, 0, 0, 0, 1, 1, 1, 2, 3, 4]  # how many harmless blocks stand beside a core


class Maker:
    """Makes the rows of one split."""

    def __init__(self, split, forbidden):
        self.split = split
        self.families = families.TRAIN if split == "train" else families.TEST
        self.pools = TRAIN if split == "train" else TEST
        self.kit = KITS[split]
        self.forbidden = forbidden  # texts of the other split
        self.texts = set()
        self.rows = []
        self.counts = dict.fromkeys(LABELS, 0)
        self.quotas = QUOTAS[split]
        self.harmless = [(f, v) for f in self.families for v in f.of("safe")]
        self.familiar = [f for f in self.families if f.name.startswith("k-")]
        self.risky_lines = [(f, v) for f in self.families for v in f.variants
                            if v.label != "safe" and v.one_line and "'" not in v.text]

    def blocks(self, rng, family, key):
        """Harmless blocks of other families; mostly none, sometimes enough for a long script."""
        result = []
        for i in range(rng.choice(BLOCKS)):
            other, variant = rng.choice(self.harmless)
            if other is not family:
                result.append(render(variant, self.pools, f"{key}/block{i}"))
        return result

    def mention(self, rng, key):
        if not rng.chance(MENTIONED):
            return None
        _, variant = rng.choice(self.risky_lines)
        return render(variant, self.pools, f"{key}/mention")[0]

    def add(self, family, variant, key, unquote, around):
        """One row; `around` names the surrounding. False when it does not fit or exists."""
        label = "needs-quoting" if unquote else variant.label
        if self.counts[label] >= self.quotas[label]:
            return False
        if variant.label == "unsafe":  # its quoting is free: precedence hides it
            unquote = Rng(key, "unsafe-quotes").chance(0.2)
        rng = Rng(around)
        core = render(variant, self.pools, key, unquote and "«" in variant.text)
        if core is None:
            if label == "needs-quoting":
                return False
            core = render(variant, self.pools, key)
        text = compose(core, variant.flags, rng, self.kit, self.pools,
                       self.blocks(rng, family, around), self.mention(rng, around))
        if not fits(text) or text in self.texts or text in self.forbidden:
            return False
        self.texts.add(text)
        self.counts[label] += 1
        self.rows.append({"input": text, "label": label, "group": family.name})
        return True

    def make(self, label, number):
        """One row with this label, and perhaps its twin."""
        key = f"{SEED}/{self.split}/{label}/{number}"
        rng = Rng(key)
        family = rng.choice([f for f in self.families + self.familiar * FAMILIAR if f.of(label)])
        variant = rng.choice(family.of(label))
        unquote = label == "needs-quoting" and variant.label != label
        if not self.add(family, variant, key, unquote, key) or label == "safe" or not rng.chance(PAIRED):
            return
        around = key if rng.chance(0.7) else key + "/elsewhere"
        if unquote:
            if variant.label != "safe" or self.counts["safe"] < TWINS * self.quotas["safe"]:
                self.add(family, variant, key, False, around)
        elif family.of("safe") and self.counts["safe"] < TWINS * self.quotas["safe"]:
            self.add(family, rng.choice(family.of("safe")), key, False, around)

    def run(self):
        number = 0
        for label in LABELS:  # `safe` is last and fills what the twins left
            while self.counts[label] < self.quotas[label]:
                self.make(label, number)
                number += 1
        return Rng(SEED, self.split, "order").shuffled(self.rows)


def corpus():
    train = Maker("train", set()).run()
    test = Maker("test", {row["input"] for row in train}).run()
    return {"train": train, "test": test}


def to_jsonl(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main():
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=root / "demo" / "data", help="where the files go")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for split, rows in corpus().items():
        (out / f"{split}.jsonl").write_text(to_jsonl(rows), encoding="utf-8")
        print(f"{split}.jsonl: {len(rows)} rows, {len({row['group'] for row in rows})} families")


if __name__ == "__main__":
    main()
