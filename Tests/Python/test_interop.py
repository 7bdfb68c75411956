"""Checkpoints in the HuggingFace ecosystem: every entry point, two and five labels, both pinned stacks.

An entry point gives our logits or raises; none may run on weights that nobody trained.
"""
import json

import numpy
import pytest

import support
import toybase
from toybase import NAMES, TEXTS

EXACT = 1e-4
"""Of a logit, where the base is loaded in fp32."""
ROUNDED = 5e-2
"""Of a logit, where transformers loads the base in its own bf16."""
MARGIN = 0.1
"""A top-two margin above this must survive bf16."""


@pytest.fixture(scope="module", params=[2, 5], ids=["2-labels", "5-labels"])
def run(request, apr_program, tmp_path_factory) -> toybase.Run:
    """A run on the toy base: two labels on q and v, five labels on every linear layer."""
    extra = [] if request.param == 2 else ["--target-modules", "all-linear", "--rank", "4", "--alpha", "8"]
    return toybase.train(tmp_path_factory.mktemp(f"run{request.param}"), request.param, *extra)


@pytest.fixture(scope="module")
def expected(run):
    """`apr predict`'s answers; asserted not to be trivial."""
    predictions = run.predictions()
    logits = numpy.array([prediction["logits"] for prediction in predictions])
    assert logits.shape == (len(TEXTS), run.labels)
    assert numpy.ptp(logits) > 0.5, "the run learned nothing: agreement would prove nothing"
    assert len({tuple(row) for row in logits.tolist()}) == len(TEXTS)
    return predictions


@pytest.fixture(scope="module")
def answer(run, expected, stack, tmp_path_factory):
    """What one stack says to every entry point."""
    work = tmp_path_factory.mktemp("work")
    (work / "checkpoints").symlink_to(run.best.parent)
    request = {
        "checkpoint": str(run.best), "merged": str(run.merged()), "base": str(run.base), "labels": run.labels,
        "texts": TEXTS, "work": str(work)}
    (work / "request.json").write_text(json.dumps(request))
    support.execute(
        stack, support.ROOT / "Tests" / "Python" / "interop_script.py", work / "request.json", work / "answer.json",
        timeout=600)
    return json.loads((work / "answer.json").read_text())


def agree(result, expected, tolerance):
    assert "error" not in result, result["error"]
    ours = numpy.array([prediction["logits"] for prediction in expected])
    theirs = numpy.array(result["logits"])
    assert theirs.shape == ours.shape
    worst = float(numpy.abs(ours - theirs).max())
    assert worst <= tolerance, f"logits differ by {worst:.2e}"
    sorted_logits = numpy.sort(ours, axis=1)
    clear = sorted_logits[:, -1] - sorted_logits[:, -2] > MARGIN
    assert clear.any(), "no text has a clear label: nothing would be tested"
    assert (ours.argmax(1) == theirs.argmax(1))[clear].all()


def scores_agree(result, expected, names, tolerance):
    assert "error" not in result, result["error"]
    for row, prediction in zip(result["scores"], expected, strict=True):
        assert set(row) == set(names), "the labels have other names"
        for name, probability in zip(names, prediction["probabilities"], strict=True):
            assert row[name] == pytest.approx(probability, abs=tolerance)


WAYS = [(batch, side) for batch in (1, 2) for side in ("left", "right")]
ways = pytest.mark.parametrize("batch, side", WAYS, ids=[f"batch{batch}-{side}" for batch, side in WAYS])


def test_the_spec_pages_snippet_as_printed(answer, run, expected):
    if run.labels == 2:
        agree(answer["literal"], expected, ROUNDED)
        agree(answer["literal-float32"], expected, EXACT)
    else:
        assert "literal" not in answer  # without num_labels it is for two labels only


@ways
@pytest.mark.parametrize("name", ["snippet", "auto-peft"])
def test_peft_with_num_labels(answer, expected, name, batch, side):
    agree(answer[f"{name}-float32/{batch}/{side}"], expected, EXACT)
    agree(answer[f"{name}/{batch}/{side}"], expected, ROUNDED)


@ways
def test_the_merged_directory_is_an_ordinary_model(answer, expected, batch, side):
    agree(answer[f"auto-model-merged/{batch}/{side}"], expected, EXACT)


@pytest.mark.parametrize("batch", [1, 2])
def test_pipeline_of_the_merged_directory(answer, run, expected, batch):
    scores_agree(answer[f"pipeline-merged/{batch}"], expected, NAMES[run.labels], EXACT)


@ways
def test_auto_model_of_the_unmerged_directory_is_exact_or_raises(answer, expected, batch, side):
    result = answer[f"auto-model-unmerged/{batch}/{side}"]
    if "error" not in result:
        agree(result, expected, EXACT)


@pytest.mark.parametrize("batch", [1, 2])
def test_pipeline_of_the_unmerged_directory_is_exact_or_raises(answer, run, expected, batch):
    result = answer[f"pipeline-unmerged/{batch}"]
    if "error" not in result:
        # transformers 4 takes base and adapter together, and the config, which has the names, from the base.
        named = set(result["scores"][0]) == set(NAMES[run.labels])
        names = NAMES[run.labels] if named else [f"LABEL_{index}" for index in range(run.labels)]
        scores_agree(result, expected, names, ROUNDED)  # a pipeline loads the base in its own bf16


def test_transformers_5_raises_on_the_unmerged_directory(answer):
    """The guard tensor at work: without it transformers 5 would complete the model with random weights."""
    if answer["versions"]["transformers"].startswith("5"):
        assert "error" in answer["auto-model-unmerged/1/right"] and "error" in answer["pipeline-unmerged/1"]
        assert "model.norm.weight" in answer["auto-model-unmerged/1/right"]["error"] or (
            "size" in answer["auto-model-unmerged/1/right"]["error"].lower())


def test_auto_tokenizer(answer, run):
    result = answer["auto-tokenizer"]
    assert "error" not in result, result
    file = support.write_jsonl(run.directory / "tokenize.jsonl", [{"input": text} for text in TEXTS])
    for directory in (run.best, run.base):
        ours = [line["ids"] for line in support.apr_lines("tokenize", directory, "--data", file)]
        assert result["ids"] == ours
    assert result["pad"] == toybase.PAD_TOKEN


def test_auto_config(answer, run):
    result = answer["auto-config"]
    assert "error" not in result, result
    names = NAMES[run.labels]
    assert result["num_labels"] == run.labels
    assert {int(key): name for key, name in result["id2label"].items()} == dict(enumerate(names))
    assert result["label2id"] == {name: index for index, name in enumerate(names)}
    assert result["pad_token_id"] == answer["auto-tokenizer"]["pad_id"]
    assert result["architectures"] == ["Qwen2ForSequenceClassification"]
    base = json.loads((run.base / "config.json").read_text())
    ours = json.loads((run.best / "config.json").read_text())
    changed = {"architectures", "id2label", "label2id", "num_labels", "pad_token_id", "problem_type"}
    assert {key: ours[key] for key in base if key not in changed} == {
        key: value for key, value in base.items() if key not in changed}, "carried over verbatim"


def test_the_model_cards_snippet_runs_as_it_stands(answer, run):
    result = answer["model-card"]
    assert "error" not in result, result
    assert len(result["texts"]) == 2 and len(result["texts"][0]) != len(result["texts"][1])
    predictions = run.predictions(result["texts"])
    ours = numpy.array([prediction["logits"] for prediction in predictions])
    assert numpy.abs(ours - numpy.array(result["logits"])).max() <= EXACT
    for prediction in predictions:
        assert prediction["label_name"] in result["printed"]
    card = (run.best / "README.md").read_text()
    assert "pad_token_id" in card and "num_labels" in card


def test_safetensors_opens_both_files(answer, run):
    result = answer["safetensors"]
    assert "error" not in result, result
    ours, theirs = result["model.safetensors"], result["adapter_model.safetensors"]
    assert ours["score.weight"] == theirs["base_model.model.score.weight"] == [run.labels, 64]
    assert result["adapter_model.safetensors metadata"]["format"] == "pt"
    guard = {key for key, shape in ours.items() if 0 in shape}
    assert len(guard) == 1 and len(ours) == len(theirs) + 1
    targets = 2 if run.labels == 2 else 7
    assert len(theirs) == 1 + 2 * targets * 2  # head, and A and B of each target in two layers
    assert ours["lora.0.q_proj.lora_a"][1] == 64 and ours["lora.1.v_proj.lora_b"][0] == 32


def test_hf_trainer_does_not_resume_from_a_checkpoint(answer):
    """It would look for its own files, skip the adapter and begin again without a word."""
    assert "error" in answer["trainer-resume"], "HF Trainer took the checkpoint for one of its own"


def test_the_same_checkpoint_through_its_apr_file_alone(run, expected):
    file = support.write_jsonl(run.directory / "apr.jsonl", [{"input": text} for text in TEXTS])
    predictions = support.apr_lines("predict", run.best / "model.apr", "--data", file)
    assert [prediction["logits"] for prediction in predictions] == [row["logits"] for row in expected]
    assert [prediction["label_name"] for prediction in predictions] == [row["label_name"] for row in expected]
