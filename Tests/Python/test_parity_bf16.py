"""A device with bf16 activations (Tests/LazyBackend) against torch's bf16: transformers + PEFT as users load them.

There is no number to be near to: bf16 keeps 8 bits, and which of them a model loses depends on the order of sums. What
torch's bf16 loses against its own fp32 is the unit: a device that rounds where torch rounds is off from torch's bf16 by
about as much as two independent roundings differ, the square root of 2, and often less, since many roundings agree.
Twice the unit is the bound. A device that computed in fp32 would meet it too, so the other end is checked as well.
"""
import pytest
import torch

import reference
import tinymodels
from test_parity_numbers import LOSSES, probe_numbers, request_for
from tinymodels import PAD, VOCABULARY, collate

BOUND = 2
"""Times the distance between torch's bf16 and its fp32, per tensor."""


def load_bf16(tiny):
    """The pair in bf16. PEFT keeps the adapters in fp32; the head takes the model's type."""
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(
        tiny.base, num_labels=tiny.labels, dtype=torch.bfloat16)
    model.config.pad_token_id = PAD
    model = PeftModel.from_pretrained(model, tiny.adapter, is_trainable=True).eval()
    for name, value in model.named_parameters():
        assert value.dtype == (torch.float32 if "lora_" in name else torch.bfloat16), name
    return model


@pytest.fixture(scope="module", params=sorted({**tinymodels.SHAPES, **tinymodels.FOREIGN}))
def tiny(request):
    return tinymodels.tiny(request.param)


def torch_numbers(tiny, request, masks=None):
    """What torch computes in bf16 and in fp32. The loss is that of the bf16 logits, itself in fp32."""

    def in_float(module, inputs, output):
        output.logits = output.logits.float()

    model = load_bf16(tiny)
    model.register_forward_hook(in_float)
    return reference.numbers(model, request, PAD, masks=masks), reference.numbers(tiny.reference(), request, PAD, masks=masks)


def distance(left, right):
    return float((left.double() - right.double()).norm())


def ratio(ours, half, full):
    unit = distance(half, full)
    assert unit > 0, "torch's bf16 is its fp32: nothing would be tested"
    return distance(ours, half) / unit


def in_bf16(request):
    return {**request, "backend": "lazy-bf16"}


def test_logits(probe_program, tiny, tmp_path):
    rows = tinymodels.sample_rows(VOCABULARY)
    ours, _, _ = probe_numbers(tiny, in_bf16(request_for(rows, evaluate=True)), tmp_path)
    with torch.no_grad():
        inputs = collate(rows, PAD)
        half, full = load_bf16(tiny)(**inputs).logits, tiny.reference()(**inputs).logits
    assert ratio(ours["logits"], half, full) <= BOUND
    assert distance(ours["logits"], full) > distance(half, full) / 4, "the device computes in fp32"
    assert torch.equal(ours["logits"], ours["logits"].bfloat16().float()), "the head returns bf16"


def numbers_of_all_losses(tiny, directory):
    """Every number of a training pass, by its name: (ours, torch's bf16, torch's fp32), over six batches.

    One batch would be a single draw: where one of its rows is near a decision, all gradients hang on that row.
    """
    parts = {}
    for seed, kind in enumerate([*sorted(LOSSES), "dropout"]):
        settings = {"dropout": 0.1, "dump_masks": True} if kind == "dropout" else LOSSES[kind]
        request = request_for(tinymodels.sample_rows(VOCABULARY, seed=5 + seed), seed=seed, **settings)
        ours, gradients, masks = probe_numbers(tiny, in_bf16(request), directory, kind)
        half, full = torch_numbers(tiny, request, masks or None)
        assert set(gradients) == set(half.gradients) == set(full.gradients)
        numbers = {key: (gradients[key], half.gradients[key], full.gradients[key]) for key in gradients}
        numbers["logits"] = ours["train_logits"], half.logits, full.logits
        numbers["loss"] = ours["loss"], half.loss, full.loss
        for key, triple in numbers.items():
            parts.setdefault(key, []).append([part.flatten().float() for part in triple])
    return {key: [torch.cat(column) for column in zip(*batches, strict=True)] for key, batches in parts.items()}


def test_logits_losses_and_every_gradient(probe_program, tiny, tmp_path):
    ratios = {key: ratio(*triple) for key, triple in numbers_of_all_losses(tiny, tmp_path).items()}
    print({key: round(value, 2) for key, value in ratios.items()})
    over = {key: f"{value:.2f}" for key, value in ratios.items() if not value <= BOUND}
    assert not over, over
