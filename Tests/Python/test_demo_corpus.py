"""Tests of the demo corpus. Need shellcheck and bash; the baseline test needs scikit-learn."""
import collections
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "Tools" / "corpus"
DATA = ROOT / "demo" / "data"
LABELS = {"needs-quoting", "non-deterministic", "non-idempotent", "safe", "unsafe"}
SHIPPED = ["train.jsonl", "test.jsonl", "demo_train.jsonl", "demo_test.jsonl"]

sys.path.insert(0, str(CORPUS))


def load(name):
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def train():
    return load("train.jsonl")


@pytest.fixture(scope="module")
def unseen():
    return load("test.jsonl")


def test_regenerating_gives_the_shipped_bytes(tmp_path):
    for script, options in (("generate.py", []), ("demo_subset.py", ["--data", tmp_path])):
        command = [sys.executable, CORPUS / script, *options, "--out", tmp_path]
        subprocess.run(command, check=True, capture_output=True)
    for name in SHIPPED:
        assert digest(tmp_path / name) == digest(DATA / name), name


def test_rows_are_well_formed(train, unseen):
    for row in train + unseen:
        assert set(row) == {"input", "label", "group"}
        assert row["label"] in LABELS and row["input"].strip() and row["group"]
        assert row["input"].count("\n") < 20
        assert not set(row["input"]) & set("«»‹›⟦⟧¦"), "template marks left over"


def test_counts_and_imbalance(train, unseen):
    assert 2400 <= len(train) <= 3000 and len(unseen) >= 1000
    for rows in (train, unseen):
        counts = collections.Counter(row["label"] for row in rows)
        assert set(counts) == LABELS
        assert counts["safe"] > counts["needs-quoting"] > max(
            counts[label] for label in LABELS - {"safe", "needs-quoting"})
        assert min(counts.values()) >= 100


def test_no_duplicates_and_nothing_shared(train, unseen):
    texts = [row["input"] for row in train + unseen]
    assert len(set(texts)) == len(texts)
    assert not {row["group"] for row in train} & {row["group"] for row in unseen}


def test_every_family_is_used(train, unseen):
    import families
    assert {row["group"] for row in train} == {family.name for family in families.TRAIN}
    assert {row["group"] for row in unseen} == {family.name for family in families.TEST}


def test_no_template_is_in_both_splits():
    import families
    templates = [{variant.text for family in side for variant in family.variants}
                 for side in (families.TRAIN, families.TEST)]
    assert not templates[0] & templates[1]


def test_lengths(train):
    chars = [len(row["input"]) for row in train]
    lines = [row["input"].count("\n") + 1 for row in train]
    assert 120 <= sum(chars) / len(chars) <= 220 and max(chars) <= 650
    assert min(lines) == 1 and max(lines) >= 18


def test_demo_subsets(train, unseen):
    some, few = load("demo_train.jsonl"), load("demo_test.jsonl")
    assert 3 * sum(len(row["input"]) for row in some) / 2.4 <= 60_000
    assert 250 <= len(few) <= 300
    for part, whole in ((some, train), (few, unseen)):
        whole_texts = {row["input"] for row in whole}
        assert all(row["input"] in whole_texts for row in part)
        for label in LABELS:
            share = sum(row["label"] == label for row in part) / len(part)
            assert abs(share - sum(row["label"] == label for row in whole) / len(whole)) < 0.06


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
@pytest.mark.parametrize("name", ["train.jsonl", "test.jsonl"])
def test_labels_agree_with_shellcheck_and_snippets_parse(name):
    from check_labels import violations
    assert violations(load(name)) == []


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
def test_the_check_sees_a_wrong_label():
    from check_labels import violations
    rows = [{"input": 'cp "$a" "$b"', "label": "needs-quoting"}, {"input": "cp $a $b", "label": "safe"},
            {"input": "if true; then", "label": "safe"}, {"input": "cp $a $b", "label": "unsafe"}]
    assert {number for number, _ in violations(rows)} == {1, 2, 3}


def test_bag_of_words_is_not_enough():
    pytest.importorskip("sklearn")
    from baseline import evaluate
    result = evaluate(DATA / "train.jsonl", [DATA / "test.jsonl"])
    assert result["macro_f1"] < 0.9 and result["accuracy"] < 0.9
    assert result["macro_f1"] > result["majority"]["macro_f1"] + 0.2
