"""The JSON Schemas of docs/schemas against what the program really prints and writes.

The published schemas allow members they do not name, so that a later version may add some; here nothing may be there
that a schema does not name.
"""
import json

import jsonschema
import pytest

import support
import toybase

SCHEMAS = {path.name.removesuffix(".schema.json"): json.loads(path.read_text())
           for path in sorted((support.ROOT / "docs" / "schemas").glob("*.schema.json"))}


def closed(schema):
    """The same schema, in which an object has no members but those that are named."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        result.setdefault("additionalProperties", False)
    return result


def check(name, value):
    """Validates a value, and says where it differs in the alternative that comes closest."""
    validator = jsonschema.Draft202012Validator(closed(SCHEMAS[name]))
    errors = list(validator.iter_errors(value))
    # Of alternatives, the one with the fewest differences is the one that was meant.
    while len(errors) == 1 and errors[0].context:
        alternatives = {}
        for error in errors[0].context:
            alternatives.setdefault(error.schema_path[0], []).append(error)
        errors = min(alternatives.values(), key=len)
    assert not errors, [f"{name}: {error.message[:300]} at {error.json_path}" for error in errors]
    assert value["schema_version"] == 1


@pytest.fixture(scope="module")
def run(apr_program, tmp_path_factory) -> toybase.Run:
    return toybase.train(tmp_path_factory.mktemp("schemas"), 2, "--eval-steps", "2", "--profile")


@pytest.fixture(scope="module")
def multi_label(apr_program, tmp_path_factory) -> toybase.Run:
    directory = tmp_path_factory.mktemp("multi")
    rows = [{"input": row["input"], "labels": [row["label"], "loud"] if index % 3 else [row["label"]]}
            for index, row in enumerate(toybase.corpus(2))]
    data = support.write_jsonl(directory / "corpus.jsonl", rows)
    result = support.apr_json(
        "finetune", toybase.base(), "--data", data, "--epochs", 1, "--learning-rate", 4e-3, "-o", directory / "checkpoints")
    return toybase.Run(3, directory, toybase.base(), result)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_schema_is_a_schema(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    with pytest.raises(AssertionError):
        check(name, {"schema_version": 1})


def test_finetune(run, multi_label):
    check("finetune", run.result)
    check("finetune", multi_label.result)
    profile = run.result["profile"]
    assert profile["steps"] == run.result["result"]["steps"] and "profile" not in multi_label.result
    steps = [line for line in support.read_jsonl(run.directory / "checkpoints" / "metrics.jsonl") if line["type"] == "step"]
    assert profile["tokens"] == sum(step["tokens"] for step in steps)
    # The parts are exclusive: whatever is timed inside another part is taken off it, so they add up to the whole.
    parts = profile["operations"]
    assert sum(part["seconds"] for part in parts) == pytest.approx(profile["seconds"], rel=1e-9)
    assert {part["pass"] for part in parts} == {"forward", "backward", "update"}
    products = [part for part in parts if part["operation"] == "frozen products"]
    assert {part["pass"] for part in products} == {"forward", "backward"} and all(part["flops"] > 0 for part in products)
    assert multi_label.result["plan"]["problem_type"] == "multi_label_classification"
    plan = support.apr_json(
        "finetune", run.base, "--data", run.data, "--val-split", "0", "-o", run.directory / "other", "--plan")
    assert plan["status"] == "planned"
    check("finetune", plan)


def test_every_line_of_metrics(run):
    lines = support.read_jsonl(run.directory / "checkpoints" / "metrics.jsonl")
    for line in lines:
        check("metrics", line)
    assert {line["type"] for line in lines} == {"start", "step", "epoch", "evaluation", "end"}
    steps = [line["step"] for line in lines if line["type"] == "step"]
    assert steps == list(range(1, run.result["result"]["steps"] + 1)), "one object per step"
    assert len([line for line in lines if line["type"] == "epoch"]) == run.result["result"]["epochs"]


def test_metadata_of_every_checkpoint(run, multi_label):
    found = [*run.best.parent.glob("*/metadata.json"), *multi_label.best.parent.glob("*/metadata.json")]
    assert len(found) >= 4
    for path in found:
        check("metadata", json.loads(path.read_text()))


def test_predict(run, multi_label):
    for predictions in (run.predictions(), multi_label.predictions()):
        assert len(predictions) == len(toybase.TEXTS)
        assert [prediction["input"] for prediction in predictions] == toybase.TEXTS
        for prediction in predictions:
            check("predict", prediction)
            assert list(prediction["probabilities_by_label"].values()) == prediction["probabilities"]


def test_eval(run, multi_label):
    report = support.apr_json("eval", run.best, "--data", run.data)
    check("eval", report)
    assert report["trained_on_rows"] > 0 and report["unknown_labels"] == []
    check("eval", support.apr_json("eval", multi_label.best, "--data", multi_label.directory / "corpus.jsonl"))


def test_tokenize(run):
    lines = support.apr_lines("tokenize", run.best, "--text", *toybase.TEXTS[:3])
    assert len(lines) == 3
    for line in lines:
        check("tokenize", line)


def test_merge(run, tmp_path):
    check("merge", support.apr_json("merge", run.best, "-o", tmp_path / "merged"))
    check("merge", support.apr_json("merge", run.best, "-o", tmp_path / "merged16", "--dtype", "bf16"))


def test_monitor_and_runs(run):
    check("monitor", support.apr_json("monitor", run.best.parent))
    check("runs", support.apr_json("runs", run.directory))


def test_verify(run):
    check("verify", support.apr_json("verify", run.best))
    report = support.apr_json("verify", run.best.parent)
    check("verify-run", report)
    check("verify-base", support.apr_json("verify", run.base))
    assert {checkpoint["name"] for checkpoint in report["checkpoints"]} >= {"best", "last"}


def test_inspect(run):
    for path in (run.best, run.base, run.best / "model.safetensors", run.best / "adapter_model.safetensors",
                 run.best / "model.apr", run.best.parent / "last" / "training_state.apr"):
        check("inspect", support.apr_json("inspect", path))


def test_import_and_inspect_of_gguf(apr_program, smollm2_gguf, tmp_path):
    first = support.apr_json("import", smollm2_gguf, "-o", tmp_path / "model")
    again = support.apr_json("import", smollm2_gguf, "-o", tmp_path / "model")
    assert (first["up_to_date"], again["up_to_date"]) == (False, True)
    check("import", first)
    check("import", again)
    check("inspect", support.apr_json("inspect", smollm2_gguf))
