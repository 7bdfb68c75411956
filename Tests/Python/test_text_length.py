"""How long a text may be: adapters from elsewhere read what their tokenizer and base allow, own checkpoints what they
were trained with, and every cut is said."""
import json

import numpy
import pytest
import torch

import support
import tinymodels
from test_auto_tokenizer import LIMIT, trained, write_base

POSITIONS = 2048
LONG = " ".join(f"word{number} and" for number in range(130))
SHORT = "a short one"
TOLERANCE = 2e-5


@pytest.fixture(scope="module")
def made(apr_program, tmp_path_factory):
    """A base without a limit in its tokenizer, an adapter that PEFT wrote for it, and a checkpoint of ours."""
    directory = tmp_path_factory.mktemp("length")
    base = write_base(directory / "base", "tinyllama", {"tokenizer_class": "PreTrainedTokenizerFast"}, positions=POSITIONS)
    pad = json.loads((base / "config.json").read_text())["pad_token_id"]
    rows = [[number, number + 1, number + 7] for number in range(10, 200, 20)]
    tinymodels.write_adapter(
        base, directory / "adapter", 3, pad, ["q_proj", "v_proj"], torch.Generator().manual_seed(2), rows)
    trained(base, directory)
    return directory, base, pad


def expected(made, limit, side):
    """The logits that PEFT gives for the long text, cut by AutoTokenizer, and its ids."""
    from transformers import AutoTokenizer

    directory, base, pad = made
    tokenizer = AutoTokenizer.from_pretrained(base, truncation_side=side)
    ids = tokenizer(LONG, truncation=True, max_length=limit)["input_ids"]
    model = tinymodels.load_peft(base, directory / "adapter", 3, pad)
    with torch.no_grad():
        return model(**tinymodels.collate([ids], pad)).logits[0].numpy(), len(ids)


def predict(made, *options):
    directory, _, _ = made
    result = support.apr("predict", directory / "adapter", "--text", LONG, SHORT, "--json", *options)
    long, short = [json.loads(line) for line in result.stdout.splitlines()]
    assert short["truncated"] is False
    return long, result.stderr


def settings(base, **values):
    (base / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **values}))


@pytest.fixture(autouse=True)
def restored(made):
    """Each test begins with the base as it was made."""
    files = {name: (made[1] / name).read_bytes() for name in ("tokenizer_config.json", "tokenizer.json")}
    yield
    for name, content in files.items():
        (made[1] / name).write_bytes(content)


def test_an_adapter_from_elsewhere_reads_a_long_text_to_its_end(made):
    logits, length = expected(made, POSITIONS, "right")
    assert 600 < length < POSITIONS, length
    long, errors = predict(made)
    assert long["truncated"] is False and "truncated" not in errors
    assert numpy.abs(numpy.array(long["logits"]) - logits).max() < TOLERANCE


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("source", ["tokenizer_config.json", "max_len", "tokenizer.json"])
def test_it_keeps_the_limit_and_the_side_of_its_tokenizer(made, source, side):
    base = made[1]
    if source == "tokenizer.json":
        content = json.loads((base / "tokenizer.json").read_text())
        content["truncation"] = {
            "direction": side.capitalize(), "max_length": 40, "strategy": "LongestFirst", "stride": 0}
        (base / "tokenizer.json").write_text(json.dumps(content))
    else:
        settings(base, truncation_side=side, **{"max_len" if source == "max_len" else "model_max_length": 40})
    logits, length = expected(made, 40, side)
    other, _ = expected(made, POSITIONS, "right")
    assert length == 40 and numpy.abs(other - logits).max() > 0.01
    long, errors = predict(made)
    assert long["truncated"] is True
    assert "1 of 2 texts" in errors and "40 tokens" in errors and "--max-seq-length" in errors
    assert ("at the beginning" in errors) == (side == "left")
    assert numpy.abs(numpy.array(long["logits"]) - logits).max() < TOLERANCE
    # The merged model is cut by AutoTokenizer in the same way.
    from transformers import AutoTokenizer

    merged = made[0] / f"merged-{side}-{source}"
    support.apr("merge", made[0] / "adapter", "-o", merged)
    tokenizer = AutoTokenizer.from_pretrained(merged)
    ids = tokenizer(LONG, truncation=True)["input_ids"]
    full = tokenizer(LONG)["input_ids"]
    assert len(full) > 600 and ids == (full[:40] if side == "right" else full[-40:])


def test_a_limit_without_bound_is_none(made):
    settings(made[1], model_max_length=10 ** 30)
    assert predict(made)[0]["truncated"] is False


def test_the_flag_decides(made):
    logits, _ = expected(made, 100, "right")
    long, errors = predict(made, "--max-seq-length", 100)
    assert long["truncated"] is True and "100 tokens" in errors
    assert numpy.abs(numpy.array(long["logits"]) - logits).max() < TOLERANCE
    beyond = support.execute(
        support.APR, "predict", made[0] / "adapter", "--text", "x", "--max-seq-length", POSITIONS + 1, expect=65)
    assert str(POSITIONS) in beyond.stderr and "--max-seq-length" in beyond.stderr
    support.execute(support.APR, "predict", made[0] / "adapter", "--text", "x", "--max-seq-length", 0, expect=64)


def test_a_checkpoint_of_ours_keeps_its_limit_and_says_so(made):
    best = made[0] / "run" / "best"
    rows = [{"input": LONG, "label": "calm"}, {"input": SHORT, "label": "wild"}]
    data = support.write_jsonl(made[0] / "test.jsonl", rows)
    result = support.apr("predict", best, "--data", data, "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["truncated"] for line in lines] == [True, False]
    assert f"{LIMIT} tokens" in result.stderr and f"up to {POSITIONS}" in result.stderr
    cut = support.apr("eval", best, "--data", data, "--json", "--resamples", 0)
    report = json.loads(cut.stdout)
    assert (report["truncated"], report["max_seq_length"]) == (1, LIMIT) and "1 of 2 texts" in cut.stderr
    whole = support.apr("eval", best, "--data", data, "--json", "--resamples", 0, "--max-seq-length", POSITIONS)
    report = json.loads(whole.stdout)
    assert (report["truncated"], report["max_seq_length"]) == (0, POSITIONS) and "truncated" not in whole.stderr
