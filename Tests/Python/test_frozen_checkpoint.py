"""A run of version 0.1.0, interrupted and committed, keeps verifying, predicting and resuming with every later version.

`Tools/golden/make_frozen_run.py` made it. What is expected was computed by version 0.1.0 itself, on the machine that
trained the run. The paths inside are those of that machine, so every command names the base and the corpus.
"""
import json
import re
import shutil

import pytest
import safetensors.numpy

import support

FROZEN = support.ROOT / "Tests" / "Fixtures" / "frozen-run-0.1"
EXPECTED = FROZEN / "expected"
SAME_WEIGHTS = 1e-5
"""Of the largest logit: only the order of fp32 sums may differ."""
RESUMED = 1e-4
"""Relative to a tensor's largest value, and to the loss. 41 more steps carry rounding from step to step, and where a gradient is
nearly zero AdamW amplifies its last bits. (AVX2 and portable arithmetic of version 0.1.0 differ by 4e-7 from its AVX-512.)"""


@pytest.fixture
def frozen(apr_program, tmp_path):
    """A copy that may be written to."""
    return shutil.copytree(FROZEN, tmp_path / "frozen", symlinks=True)


def best_of(checkpoint, frozen, command, *arguments):
    return support.apr(
        command, checkpoint, "--base", frozen / "base", "--data", frozen / "test.jsonl", "--json", *arguments).stdout


def assert_same_predictions(output, name, bound):
    ours, expected = ([json.loads(line) for line in text.splitlines()] for text in [output, (EXPECTED / name).read_text()])
    assert [row["input"] for row in ours] == [row["input"] for row in expected]
    assert len({row["label"] for row in expected}) == 3
    scale = max(abs(value) for row in expected for value in row["logits"])
    for row, reference in zip(ours, expected):
        assert row["label_name"] == reference["label_name"]
        for key, size in [("logits", scale), ("probabilities", 1)]:
            assert row[key] == pytest.approx(reference[key], rel=0, abs=bound * size)


def assert_close(path, expected, bound):
    ours, expected = safetensors.numpy.load_file(path), safetensors.numpy.load_file(expected)
    assert ours.keys() == expected.keys()
    for name, value in expected.items():
        assert abs(ours[name] - value).max() <= bound * abs(value).max(), name


def test_it_names_no_directory_of_a_real_machine():
    paths = [path for file in (FROZEN / "run").rglob("*.json") for path in re.findall(r'": "(/[^"]*)"', file.read_text())]
    assert set(paths) >= {"/frozen-run/base", "/frozen-run/corpus.jsonl"}
    assert not [path for path in paths if not path.startswith("/frozen-run/")]


def test_it_verifies(frozen):
    run = support.apr_json("verify", frozen / "run")
    assert run["valid"] is True
    for name in ["best", "last", "epoch-1", "epoch-2"]:
        assert support.apr_json("verify", frozen / "run" / name)["valid"] is True


def test_its_best_predicts_as_before(frozen):
    output = best_of(frozen / "run" / "best", frozen, "predict")
    assert_same_predictions(output, "best-predictions.jsonl", SAME_WEIGHTS)


def test_its_best_evaluates_as_before(frozen):
    ours = json.loads(best_of(frozen / "run" / "best", frozen, "eval", "--resamples", 100))
    expected = json.loads((EXPECTED / "best-evaluation.json").read_text())
    for key in ["samples", "accuracy", "mcc", "log_loss", "brier_score"]:
        assert ours[key] == pytest.approx(expected[key], abs=1e-5), key


def test_it_resumes_to_the_same_end(frozen):
    run = frozen / "run"
    before = (run / "last" / "adapter_model.safetensors").read_bytes()
    result = support.apr_json(
        "finetune", "--resume", frozen / "base", "--data", frozen / "corpus.jsonl", "-o", run)["result"]
    expected = json.loads((EXPECTED / "resumed-result.json").read_text())["history"]
    assert [(epoch["epoch"], epoch["step"]) for epoch in result["history"]] == [(e["epoch"], e["step"]) for e in expected]
    for epoch, reference in zip(result["history"], expected):
        assert epoch["train_loss"] == pytest.approx(reference["train_loss"], rel=RESUMED)
    assert (run / "last" / "adapter_model.safetensors").read_bytes() != before
    for name in ["last", "best"]:
        assert_close(run / name / "adapter_model.safetensors", EXPECTED / f"resumed-{name}.safetensors", RESUMED)
    assert_same_predictions(best_of(run / "best", frozen, "predict"), "resumed-predictions.jsonl", RESUMED)
    assert support.apr_json("verify", run)["valid"] is True
