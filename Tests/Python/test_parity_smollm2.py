"""The real SmolLM2-135M: logits on fifty real texts, all gradients, and twenty steps beside HF Trainer."""
import json
import pathlib

import pytest
import torch

import reference
import support
import tinymodels
from test_parity_numbers import GRADIENT_BOUND, LOGIT_BOUND
from test_parity_steps import STEPS, compare, hf_steps
from tinymodels import collate, span

LABELS = 5
SETTINGS = {"scheduler": "cosine", "learning_rate": 2e-4, "warmup_steps": 2, "weight_decay": 0.01, "max_grad_norm": 1.0}


@pytest.fixture(scope="module")
def tokenizer(smollm2):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(smollm2)


@pytest.fixture(scope="module")
def pad(smollm2, tokenizer):
    """The id HF pools by: the config's, else the tokenizer's."""
    config = json.loads((smollm2 / "config.json").read_text())
    pad = config.get("pad_token_id")
    return tokenizer.pad_token_id if pad is None else pad


@pytest.fixture(scope="module")
def texts(tokenizer):
    """Fifty token rows of 1 to 500 tokens from prose and shell code that people wrote."""
    root = support.ROOT
    prose = (root / "LICENSE").read_text()
    shell = "".join(path.read_text() for path in sorted((root / "Tools" / "setup").glob("*.sh")))
    corpus = "\n".join(row["input"] for row in support.read_jsonl(root / "demo" / "data" / "demo_test.jsonl")[:200])
    streams = [tokenizer(text)["input_ids"] for text in (prose, shell, corpus)]
    lengths = [1 + round(499 * (index / 49) ** 1.6) for index in range(50)]  # more short ones than long ones
    rows = []
    for index, length in enumerate(lengths):
        stream = streams[index % 3]
        start = (index * 137) % (len(stream) - length)
        rows.append(stream[start : start + length])
    assert min(map(len, rows)) == 1 and max(map(len, rows)) == 500 and len(rows) == 50
    return rows


@pytest.fixture(scope="module")
def pair(smollm2, texts, pad):
    """SmolLM2 with a random adapter on q and v, written by PEFT."""
    def make(directory):
        generator = torch.Generator().manual_seed(135)
        tinymodels.write_adapter(
            smollm2, directory / "adapter", LABELS, pad, ["q_proj", "v_proj"], generator, texts[:20:2], r=8,
            lora_alpha=4)

    made = support.cached("smollm2-adapter", make, newer_than=[
        smollm2 / "model.safetensors", pathlib.Path(__file__), pathlib.Path(tinymodels.__file__)])
    return tinymodels.Tiny("smollm2", smollm2, made / "adapter", pad, LABELS)


@pytest.fixture(scope="module")
def expected_logits(pair, texts, pad):
    """HF's logits of the fifty texts; the adapter is seen to change them."""
    model = pair.reference()
    with torch.no_grad():
        expected = torch.cat([model(**collate([row], pad)).logits for row in texts])
        some = texts[:20]
        compute = lambda: torch.cat([model(**collate([row], pad)).logits for row in some])
        on, off = compute(), tinymodels.without_adapter(model, compute)
    assert span(on) >= 5 and span(off) >= 5 and float((on - off).abs().max()) > 1
    return expected


def our_logits(pair, texts, pad, directory):
    request = {
        "batches": [{"input_ids": texts, "sample_ids": list(range(len(texts)))}], "token_budget": 1024,
        "pad_token_id": pad, "problem_type": "single_label_classification", "threads": support.THREADS}
    out = support.probe("numbers", pair.base, pair.adapter, request, directory / "out.safetensors")
    return reference.read(out)[0]["logits"]


@pytest.mark.slow
@pytest.mark.parametrize("level", [level for level in support.cpu_levels() if level != "portable"] or ["portable"])
def test_logits_of_fifty_real_texts_equal(probe_program, pair, texts, pad, expected_logits, level, monkeypatch, tmp_path):
    monkeypatch.setenv("APR_CPU_LEVEL", level)
    reference.assert_logits(our_logits(pair, texts, pad, tmp_path), expected_logits, None, LOGIT_BOUND)


@pytest.mark.slow
def test_every_level_gives_the_same_bits(probe_program, pair, texts, pad, monkeypatch, tmp_path):
    """The portable level is slow, so the fifty texts are left to the others; ten of them have to be equal bit for bit."""
    logits = []
    for level in support.cpu_levels():
        monkeypatch.setenv("APR_CPU_LEVEL", level)
        logits.append(our_logits(pair, texts[:20:2], pad, tmp_path))
    assert len(logits) >= 1 and all(torch.equal(other, logits[0]) for other in logits[1:])


@pytest.fixture(scope="module")
def gradient_case(pair, texts, pad):
    """A batch of short texts, and HF's loss and gradients of it in two precisions."""
    rows = [row for row in texts if len(row) <= 60][::3]
    request = {
        "batches": [{
            "input_ids": rows, "sample_ids": list(range(len(rows))), "labels": [i % LABELS for i in range(len(rows))]}],
        "problem_type": "single_label_classification", "class_weights": [0.5, 1.0, 2.0, 1.5, 0.8], "pad_token_id": pad,
        "label_smoothing": 0.1, "dropout": 0.0, "threads": support.THREADS}
    return request, *(reference.numbers(pair.reference(dtype), request, pad) for dtype in ("float32", "float64"))


@pytest.mark.slow
def test_every_gradient_equals(probe_program, pair, gradient_case, cpu_level, tmp_path):
    request, fp32, fp64 = gradient_case
    out = support.probe("numbers", pair.base, pair.adapter, request, tmp_path / "out.safetensors")
    ours, gradients, _ = reference.read(out)
    assert float(ours["loss"][0]) == pytest.approx(float(fp64.loss), rel=GRADIENT_BOUND)
    reference.assert_gradients(gradients, fp32, fp64, GRADIENT_BOUND)


@pytest.mark.slow
def test_twenty_steps_follow_hf_trainer(probe_program, pair, texts, pad, tmp_path):
    rows = [row for row in texts if 2 <= len(row) <= 60]
    size = 4
    batches = []
    for number in range(STEPS):
        chosen = [(number * size + offset) % len(rows) for offset in range(size)]
        batches.append({
            "input_ids": [rows[index] for index in chosen], "sample_ids": chosen,
            "labels": [index % LABELS for index in chosen]})
    request = {
        "batches": batches, "problem_type": "single_label_classification", "class_weights": None, "pad_token_id": pad,
        "label_smoothing": 0.0, "dropout": 0.0, "threads": support.THREADS, "total_steps": STEPS, **SETTINGS}
    out = support.probe("steps", pair.base, pair.adapter, request, tmp_path / "steps.json")
    ours = json.loads(out.read_text())["steps"]
    theirs = hf_steps(pair.reference(), batches, pad, SETTINGS, tmp_path / "trainer")
    compare(ours, theirs, SETTINGS["learning_rate"])
