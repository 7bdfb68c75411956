"""Model files that are not what they should be: each is named in a sentence that says what to do, and nothing is written.

Weights that hold a NaN or an infinity are errors that name the tensor, wherever they are read.
"""
import json
import pathlib
import shutil

import pytest

import support
import toybase

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
LAYER = "model.layers.1.mlp.up_proj.weight"


@pytest.fixture(scope="module")
def run(apr_program, tmp_path_factory):
    directory = tmp_path_factory.mktemp("run")
    data = support.write_jsonl(directory / "corpus.jsonl", toybase.corpus(2))
    support.apr("finetune", toybase.base(), "--data", data, "--max-steps", 2, "--threads", 1, "-o", directory / "checkpoints")
    return directory


@pytest.fixture
def base(tmp_path):
    return pathlib.Path(shutil.copytree(toybase.base(), tmp_path / "base"))


@pytest.fixture
def adapter(run, tmp_path, base):
    """The run's adapter as PEFT alone would have written it, for a base of its own."""
    target = tmp_path / "adapter"
    target.mkdir()
    shutil.copy(run / "checkpoints" / "last" / "adapter_model.safetensors", target)
    settings = json.loads((run / "checkpoints" / "last" / "adapter_config.json").read_text())
    settings["base_model_name_or_path"] = str(base)
    (target / "adapter_config.json").write_text(json.dumps(settings))
    return target


def edit_json(path, **changes):
    document = json.loads(path.read_text())
    document.update(changes)
    path.write_text(json.dumps(document))


def edit_weights(path, change):
    """Rewrites a safetensors file with what `change` makes of its tensors."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(path)
    tensors = change(tensors) or tensors
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata={"format": "pt"})


def damage(path, name, value, element=7):
    def change(tensors):
        tensors[name].view(-1)[element] = value

    edit_weights(path, change)


def plan(base, run, *extra):
    return support.apr("finetune", base, "--data", run / "corpus.jsonl", "--plan", *extra, expect=None)


def refused(result, *words):
    """The one sentence of an error."""
    assert result.returncode > 0 and "nan" not in result.stdout.lower(), result
    text = " ".join(result.stderr.split())
    for word in words:
        assert str(word) in text, text
    error = text.rsplit("apr: ", 1)[-1]
    assert "learning rate" not in error and "learning-rate" not in error
    return text


def rename(directory, old, new):
    (directory / old).rename(directory / new)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def as_type(dtype):
    import torch

    def change(tensors):
        tensors[LAYER] = tensors[LAYER].to(getattr(torch, dtype))

    return lambda directory: edit_weights(directory / "model.safetensors", change)


def shard(directory, index=True, both=True):
    def change(tensors):
        from safetensors.torch import save_file

        names = sorted(tensors)
        parts = {f"model-0000{number + 1}-of-00002.safetensors": names[number::2] for number in range(2)}
        for file, part in parts.items():
            if both or file.startswith("model-00001"):
                save_file({name: tensors[name] for name in part}, directory / file)
        if index:
            (directory / "model.safetensors.index.json").write_text(json.dumps(
                {"metadata": {}, "weight_map": {name: file for file, part in parts.items() for name in part}}))

    edit_weights(directory / "model.safetensors", change)
    (directory / "model.safetensors").unlink()


def as_adapter(directory):
    (directory / "adapter_config.json").write_text(json.dumps({
        "peft_type": "LORA", "task_type": "SEQ_CLS", "r": 1, "lora_alpha": 1, "base_model_name_or_path": "some/base"}))


def remove(directory, *names):
    for name in names:
        (directory / name).unlink()


BASES = {
    "config is a pointer": (lambda d: (d / "config.json").write_text(POINTER), ["config.json", "Git LFS pointer", "git lfs pull"]),
    "weights are a pointer": (
        lambda d: (d / "model.safetensors").write_text(POINTER), ["model.safetensors", "Git LFS pointer", "git lfs pull"]),
    "tokenizer is a pointer": (
        lambda d: (d / "tokenizer.json").write_text(POINTER), ["tokenizer.json", "Git LFS pointer", "git lfs pull"]),
    "torch's file": (
        lambda d: rename(d, "model.safetensors", "pytorch_model.bin"), ["pytorch_model.bin", "save_pretrained writes safetensors"]),
    "a pt file": (lambda d: rename(d, "model.safetensors", "weights.pt"), ["weights.pt", "save_pretrained writes safetensors"]),
    "TensorFlow's file": (lambda d: rename(d, "model.safetensors", "tf_model.h5"), ["tf_model.h5", "from_tf=True"]),
    "Flax's file": (lambda d: rename(d, "model.safetensors", "flax_model.msgpack"), ["flax_model.msgpack", "from_flax=True"]),
    "a GGUF file": (lambda d: rename(d, "model.safetensors", "model-q8.gguf"), ["model-q8.gguf", "import the GGUF file"]),
    "an ONNX file": (lambda d: rename(d, "model.safetensors", "model.onnx"), ["model.onnx", "safetensors"]),
    "consolidated": (
        lambda d: rename(d, "model.safetensors", "consolidated.safetensors"), ["consolidated.safetensors", "fetch model.safetensors"]),
    "no weights": (lambda d: remove(d, "model.safetensors"), ["holds none of model.safetensors"]),
    "shards without index": (
        lambda d: shard(d, index=False), ["model-00001-of-00002.safetensors", "model.safetensors.index.json", "fetch the index"]),
    "missing shard": (
        lambda d: shard(d, both=False), ["model.safetensors.index.json", "model-00002-of-00002.safetensors", "fetch the missing"]),
    "only SentencePiece": (
        lambda d: rename(d, "tokenizer.json", "tokenizer.model"), ["tokenizer.model", "save_pretrained writes tokenizer.json"]),
    "only a vocabulary": (
        lambda d: rename(d, "tokenizer.json", "vocab.json"), ["vocab.json", "save_pretrained writes tokenizer.json"]),
    "no tokenizer": (lambda d: remove(d, "tokenizer.json"), ["tokenizer.json", "cannot be read"]),
    "an adapter": (as_adapter, ["a PEFT adapter, not a base model", "give its base (some/base)"]),
    "no configuration": (lambda d: remove(d, "config.json"), ["no config.json", "HuggingFace model directory"]),
    "a publisher's layout": (lambda d: rename(d, "config.json", "params.json"), ["params.json", "layout of transformers"]),
    "a directory with GGUF": (
        lambda d: (rename(d, "model.safetensors", "m.gguf"), remove(d, "config.json")), ["m.gguf", "import the GGUF file"]),
    "truncated": (lambda d: truncate(d / "model.safetensors"), ["model.safetensors", "cut short; fetch or write it again"]),
    "empty": (lambda d: (d / "model.safetensors").write_bytes(b""), ["model.safetensors", "cut short"]),
    "integers": (as_type("int32"), [LAYER, "I32", "convert the model to F32, F16 or BF16"]),
    "8-bit floats": (as_type("float8_e4m3fn"), [LAYER, "F8_E4M3", "convert the tensor to F32, F16 or BF16"]),
    "another shape": (
        lambda d: edit_weights(d / "model.safetensors", lambda t: t.update({LAYER: t[LAYER].t()})),
        [LAYER, "has shape [64, 160]", "[160, 64]", "different models"]),
    "a missing tensor": (
        lambda d: edit_weights(d / "model.safetensors", lambda t: t.pop(LAYER) is None), [LAYER, "incomplete"]),
    "a missing key": (
        lambda d: (d / "config.json").write_text(json.dumps({
            key: value for key, value in json.loads((d / "config.json").read_text()).items() if key != "intermediate_size"})),
        ["intermediate_size", "22016", "complete config.json"]),
    "attention dropout": (
        lambda d: edit_json(d / "config.json", attention_dropout=0.1), ["attention_dropout", "0.1", "changes no prediction"]),
}


@pytest.mark.parametrize("name", BASES)
def test_a_base_that_cannot_be_used_says_why_and_what_to_do(name, base, run):
    change, words = BASES[name]
    change(base)
    refused(plan(base, run), *words)


def test_other_directories_given_as_a_base_are_named(run, tmp_path):
    refused(plan(run / "checkpoints" / "last", run), "a trained checkpoint, not a base model", f"give its base ({toybase.base()})")
    refused(plan(run / "checkpoints", run), "a run's directory, not a base model")
    merged = tmp_path / "merged"
    support.apr("merge", run / "checkpoints" / "last", "-o", merged)
    # A merged model is a base with a head, which is said.
    same = plan(merged, run)
    assert same.returncode == 0 and "classifier of 2 labels itself: training starts from its head" in same.stderr
    five = support.write_jsonl(tmp_path / "five.jsonl", toybase.corpus(5))
    other = support.apr("finetune", merged, "--data", five, "--plan")
    assert "classifier of 2 labels itself: its head is discarded" in other.stderr
    # A merged model predicts, and there is nothing to merge; a base does neither.
    support.apr("predict", merged, "--text", "x")
    refused(support.apr("merge", merged, "-o", tmp_path / "again", expect=None), "a full classifier", "give the checkpoint")
    for command in (["predict", "--text", "x"], ["merge", "-o", tmp_path / "again"]):
        refused(support.apr(command[0], toybase.base(), *command[1:], expect=None), "a base model and no classifier")
    assert not (tmp_path / "again").exists()


def test_a_limit_that_cannot_be_raised_is_not_advised(base, run, tmp_path):
    edit_json(base / "config.json", max_position_embeddings=16)
    long = support.write_jsonl(tmp_path / "long.jsonl", [
        {**row, "input": row["input"] + " copy the file" * 20} for row in toybase.corpus(2)])
    result = support.apr("finetune", base, "--data", long, "--plan", "--max-seq-length", 16)
    assert "the 16 tokens that the base has positions for" in result.stderr and "raise" not in result.stderr
    result = support.apr("finetune", toybase.base(), "--data", long, "--plan", "--max-seq-length", 16)
    assert "raise --max-seq-length" in result.stderr


ADAPTERS = {
    "weights are a pointer": (
        lambda a, b: (a / "adapter_model.safetensors").write_text(POINTER), ["adapter_model.safetensors", "Git LFS pointer"]),
    "configuration is a pointer": (
        lambda a, b: (a / "adapter_config.json").write_text(POINTER), ["adapter_config.json", "Git LFS pointer"]),
    "torch's file": (
        lambda a, b: rename(a, "adapter_model.safetensors", "adapter_model.bin"), ["adapter_model.bin", "save it again"]),
    "no configuration": (
        lambda a, b: remove(a, "adapter_config.json"), ["adapter_model.safetensors", "without adapter_config.json"]),
    "no task": (
        lambda a, b: edit_json(a / "adapter_config.json", task_type=None), ["\"task_type\" is null", "set it to \"SEQ_CLS\""]),
    "another task": (
        lambda a, b: edit_json(a / "adapter_config.json", task_type="CAUSAL_LM"), ["CAUSAL_LM", "no text classifier's"]),
    "one output": (
        lambda a, b: edit_weights(a / "adapter_model.safetensors", lambda t: {
            name: tensor[:1] if "score" in name else tensor for name, tensor in t.items()}), ["one output", "regression"]),
    "regression": (
        lambda a, b: edit_json(b / "config.json", problem_type="regression"), ["\"problem_type\": \"regression\""]),
    "no head": (
        lambda a, b: edit_weights(a / "adapter_model.safetensors", lambda t: {
            name: tensor for name, tensor in t.items() if "score" not in name}), ["no classification head"]),
    "truncated": (lambda a, b: truncate(a / "adapter_model.safetensors"), ["cut short"]),
}


@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_that_cannot_be_used_says_why_and_what_to_do(name, adapter, base):
    change, words = ADAPTERS[name]
    change(adapter, base)
    refused(support.apr("predict", adapter, "--text", "x", expect=None), *words)


def test_a_dropout_of_attention_does_not_concern_predictions(adapter, base):
    before = support.apr_lines("predict", adapter, "--text", "copy the file")
    edit_json(base / "config.json", attention_dropout=0.1)
    assert support.apr_lines("predict", adapter, "--text", "copy the file") == before


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", [LAYER, "model.embed_tokens.weight", "model.norm.weight"])
def test_a_number_in_the_base_that_is_none_is_named(name, value, adapter, base, run, tmp_path):
    tokens = support.apr_lines("tokenize", base, "--text", "copy")[0]["ids"]
    damage(base / "model.safetensors", name, value, element=64 * tokens[0] + 1 if "embed" in name else 7)
    data = support.write_jsonl(tmp_path / "rows.jsonl", [{"input": "copy", "label": 0}, {"input": "copy x", "label": 1}])
    words = ["model.safetensors", f'"{name}" holds a NaN or an infinity', "fetch or make them again"]
    for command in (["predict", adapter, "--text", "copy"], ["predict", adapter, "--text", "copy", "--json"],
                    ["eval", adapter, "--data", data], ["merge", adapter, "-o", tmp_path / "merged"],
                    ["finetune", base, "--data", data, "--val-split", 0, "-o", tmp_path / "run"]):
        if command[0] == "merge":
            words = [base, *words[1:]]
        refused(support.apr(*command, expect=None), *words)
    assert not (tmp_path / "merged").exists() and not list(tmp_path.glob(".merged*"))
    assert not (tmp_path / "run" / "last").exists()


@pytest.mark.parametrize("part", ["score.weight", "lora_A", "lora_B"])
def test_a_number_in_the_adapter_that_is_none_is_named(part, adapter, tmp_path):
    from safetensors import safe_open

    path = adapter / "adapter_model.safetensors"
    with safe_open(path, "pt") as file:
        name = next(name for name in file.keys() if part in name)
    damage(path, name, float("nan"))
    for command in (["predict", adapter, "--text", "copy"], ["merge", adapter, "-o", tmp_path / "merged"]):
        refused(support.apr(*command, expect=None), path, f'"{name}" holds a NaN or an infinity')


def test_logits_that_overflow_are_an_error_without_a_tensor_to_blame(adapter, tmp_path):
    def change(tensors):
        for name, tensor in tensors.items():
            if "score" in name or "lora_" in name:
                tensor.fill_(3e38)

    edit_weights(adapter / "adapter_model.safetensors", change)
    refused(support.apr("predict", adapter, "--text", "copy", expect=None), "exceed single precision")
    # bfloat16 has no room above what fp32 can hold.
    for precision in ("fp32", "bf16"):
        refused(
            support.apr("merge", adapter, "-o", tmp_path / "m", "--dtype", precision, expect=None), "holds a NaN or an infinity")
