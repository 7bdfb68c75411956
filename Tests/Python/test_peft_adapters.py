"""Adapters that PEFT wrote, in `apr predict`: with PEFT's logits, or refused by the name of what is not supported."""
import json

import numpy
import pytest
import torch

import support
import tinymodels
import toybase
from toybase import TEXTS

EXACT = 1e-4
LABELS = 3
QV = ["q_proj", "v_proj"]
SUPPORTED = {
    "default": (QV, {}),
    "rslora": (QV, {"use_rslora": True}),
    "rank-pattern": (QV, {"rank_pattern": {"v_proj": 6}}),
    "alpha-pattern": (QV, {"alpha_pattern": {"q_proj": 24}}),
    "both-patterns-of-one-layer": (QV, {
        "rank_pattern": {"layers.1.self_attn.q_proj": 2}, "alpha_pattern": {r".*\.0\.self_attn\.v_proj": 3},
        "use_rslora": True}),
    "all-linear": ("all-linear", {}),
    "layers-to-transform": (QV, {"layers_to_transform": [1]}),
    "one-layer-as-a-number": (QV, {"layers_to_transform": 0}),
    "layers-pattern": (QV, {"layers_to_transform": [1], "layers_pattern": "layers"}),
    "pattern-of-targets": (r".*\.1\.(self_attn\.[ko]_proj|mlp\.up_proj)", {}),
    "excluded-modules": (["q_proj", "v_proj", "o_proj"], {"exclude_modules": ["v_proj"]}),
    "gaussian": (QV, {"init_lora_weights": "gaussian"}),
}
REFUSED = {
    "use_dora": (QV, {"use_dora": True}),
    "bias": (QV, {"bias": "lora_only"}),
    "lora_bias": (QV, {"lora_bias": True}),
    "trainable_token_indices": (QV, {"trainable_token_indices": [5, 6]}),
}


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(toybase.base())


def write(directory, tokenizer, targets, settings):
    rows = [tokenizer(text)["input_ids"] for text in TEXTS]
    generator = torch.Generator().manual_seed(31)
    tinymodels.write_adapter(
        toybase.base(), directory, LABELS, tokenizer.pad_token_id, targets, generator, rows, **settings)
    return rows


def predict(adapter, directory, **options):
    file = support.write_jsonl(directory / "texts.jsonl", [{"input": text} for text in TEXTS])
    return support.apr("predict", adapter, "--base", toybase.base(), "--data", file, "--json", **options)


@pytest.mark.parametrize("kind", sorted(SUPPORTED))
def test_an_adapter_written_by_peft_predicts_as_in_peft(apr_program, tokenizer, kind, tmp_path):
    adapter = tmp_path / "adapter"
    rows = write(adapter, tokenizer, *SUPPORTED[kind])
    model = tinymodels.load_peft(toybase.base(), adapter, LABELS, tokenizer.pad_token_id)
    with torch.no_grad():
        compute = lambda: torch.cat([model(**tinymodels.collate([row], tokenizer.pad_token_id)).logits for row in rows])
        expected, off = compute().numpy(), tinymodels.without_adapter(model, compute).numpy()
    assert numpy.abs(expected - off).max() > 0.5, "the adapter does nothing: nothing would be tested"
    lines = [json.loads(line) for line in predict(adapter, tmp_path).stdout.splitlines()]
    ours = numpy.array([line["logits"] for line in lines])
    assert numpy.abs(ours - expected).max() <= EXACT
    assert [line["label"] for line in lines] == expected.argmax(1).tolist()


@pytest.mark.parametrize("key", sorted(REFUSED))
def test_what_is_not_supported_is_refused_by_name(apr_program, tokenizer, key, tmp_path):
    adapter = tmp_path / "adapter"
    write(adapter, tokenizer, *REFUSED[key])
    result = predict(adapter, tmp_path, expect=65)
    assert key in result.stderr and not result.stdout


def test_an_unknown_setting_that_is_switched_on_is_refused_by_name(apr_program, tokenizer, tmp_path):
    """A later PEFT may add what changes the result; switched off it is harmless."""
    adapter = tmp_path / "adapter"
    write(adapter, tokenizer, QV, {})
    config = json.loads((adapter / "adapter_config.json").read_text())
    for value, status in ((None, 0), (False, 0), (True, 65)):
        (adapter / "adapter_config.json").write_text(json.dumps({**config, "use_tomorrows_idea": value}))
        result = predict(adapter, tmp_path, expect=status)
        assert (status == 65) == ("use_tomorrows_idea" in result.stderr)
