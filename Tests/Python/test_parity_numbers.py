"""Logits, losses and gradients of tiny random models against transformers + PEFT, in fp32 on the CPU."""
import copy
import random

import pytest
import torch

import reference
import support
import tinymodels
from tinymodels import PAD, VOCABULARY, collate, span

LOGIT_BOUND = 2e-5
"""Of the logit scale: ten times HF's own fp32 error against fp64 on these shapes."""
GRADIENT_BOUND = 1e-4
"""Relative, per tensor."""
PACKING_BOUND = 1e-5
"""Between two ways of packing the same effective batch: only the order of sums differs."""

CORNERS = {
    "empty": [],
    "pad-alone": [PAD],
    "pads-alone": [PAD, PAD, PAD],
    "ends-in-pad": [7, 8, 9, PAD],
    "ends-in-pads": [7, PAD, PAD],
    "starts-with-pad": [PAD, 7, 8],
    "pad-inside": [7, PAD, 8],
    "one-token": [11],
}
LOSSES = {
    "plain": {},
    "class-weights": {"class_weights": [0.4, 1.0, 2.7]},
    "smoothing": {"label_smoothing": 0.1},
    "weights-and-smoothing": {"class_weights": [0.4, 1.0, 2.7], "label_smoothing": 0.1},
    "multi-label": {"problem_type": "multi_label_classification"},
}


def request_for(rows, *, seed=1, evaluate=False, micro_batches=None, **settings):
    """A request over one effective batch with labels drawn from `seed`; sample ids are not the row numbers."""
    draw = random.Random(seed)
    settings = {
        "problem_type": "single_label_classification", "class_weights": None, "label_smoothing": 0.0, "dropout": 0.0,
        "dropout_seed": 42, "step": 3, "threads": 1, "dump_masks": False, **settings,
    }
    batch = {"input_ids": rows, "sample_ids": [100 + 7 * index for index in range(len(rows))]}
    if not evaluate:
        if settings["problem_type"] == "multi_label_classification":
            batch["labels"] = [[draw.choice([0, 1]) for _ in range(tinymodels.LABELS)] for _ in rows]
        else:
            batch["labels"] = [draw.randrange(tinymodels.LABELS) for _ in rows]
    if micro_batches is not None:
        batch["micro_batches"] = micro_batches
    return {"batches": [batch], **settings}


def probe_numbers(tiny, request, directory, name="out"):
    out = support.probe("numbers", tiny.base, tiny.adapter, request, directory / f"{name}.safetensors")
    return reference.read(out)


@pytest.fixture(scope="module")
def rows():
    return tinymodels.sample_rows(VOCABULARY)


@pytest.fixture(scope="module")
def pair(tiny):
    """The reference of a tiny model in fp32 and in fp64."""
    return tiny.reference("float32"), tiny.reference("float64")


def test_the_reference_is_not_trivial(tiny, pair, rows):
    model, _ = pair
    with torch.no_grad():
        compute = lambda: torch.cat([model(**collate([row], PAD)).logits for row in rows])
        on, off = compute(), tinymodels.without_adapter(model, compute)
    assert span(on) >= 5 and span(off) >= 5
    assert float((on - off).abs().max()) > 1


def test_logits_equal(probe_program, tiny, pair, rows, cpu_level, tmp_path):
    ours, _, _ = probe_numbers(tiny, request_for(rows, evaluate=True), tmp_path)
    with torch.no_grad():
        fp32, fp64 = (model(**collate(rows, PAD)).logits for model in pair)
        alone = torch.cat([pair[0](**collate([row], PAD)).logits for row in rows])
        left = pair[0](**collate(rows, PAD, side="left")).logits
    reference.assert_logits(ours["logits"], fp32, fp64, LOGIT_BOUND)
    reference.assert_logits(ours["logits"], alone, fp64, LOGIT_BOUND)
    reference.assert_logits(ours["logits"], left, fp64, LOGIT_BOUND)


@pytest.mark.parametrize("corner", sorted(CORNERS))
def test_corner_texts_pool_where_huggingface_does(probe_program, tiny, pair, rows, corner, tmp_path):
    """Between two ordinary rows of the same pack, so that a wrong offset would be seen."""
    batch = [rows[0], CORNERS[corner], rows[1]]
    ours, gradients, _ = probe_numbers(tiny, request_for(batch), tmp_path)
    with torch.no_grad():
        fp32, fp64 = (torch.cat([model(**collate([row], PAD)).logits for row in batch]) for model in pair)
    reference.assert_logits(ours["logits"], fp32, fp64, LOGIT_BOUND)
    expected, exact = (reference.numbers(model, request_for(batch), PAD) for model in pair)
    reference.assert_gradients(gradients, expected, exact, GRADIENT_BOUND)


@pytest.mark.parametrize("kind", sorted(LOSSES))
def test_loss_and_every_gradient_equal(probe_program, tiny, pair, rows, kind, cpu_level, tmp_path):
    request = request_for(rows, **LOSSES[kind])
    ours, gradients, _ = probe_numbers(tiny, request, tmp_path)
    expected, exact = (reference.numbers(model, request, PAD) for model in pair)
    reference.assert_logits(ours["train_logits"], expected.logits, exact.logits, LOGIT_BOUND)
    assert float(ours["loss"][0]) == pytest.approx(float(exact.loss), rel=GRADIENT_BOUND)
    reference.assert_gradients(gradients, expected, exact, GRADIENT_BOUND)


@pytest.mark.parametrize("kind", ["plain", "class-weights"])
def test_loss_and_gradients_equal_under_dropout(probe_program, tiny, rows, kind, cpu_level, tmp_path):
    request = request_for(rows, dropout=0.1, dump_masks=True, **LOSSES[kind])
    ours, gradients, masks = probe_numbers(tiny, request, tmp_path)
    expected, exact = (
        reference.numbers(tiny.reference(dtype), request, PAD, masks=masks) for dtype in ("float32", "float64"))
    reference.assert_logits(ours["train_logits"], expected.logits, exact.logits, LOGIT_BOUND)
    assert float((ours["train_logits"] - ours["logits"]).abs().max()) > 0.1, "dropout changed nothing"
    assert float(ours["loss"][0]) == pytest.approx(float(exact.loss), rel=GRADIENT_BOUND)
    reference.assert_gradients(gradients, expected, exact, GRADIENT_BOUND)


def test_dropout_masks_are_what_they_say(probe_program, tiny, rows, tmp_path):
    request = request_for(rows, dropout=0.1, dump_masks=True)
    _, _, masks = probe_numbers(tiny, request, tmp_path)
    kept = 1 / (1 - 0.1)
    dropped = total = 0
    for mask in masks.values():
        assert bool(((mask == 0) | ((mask - kept).abs() < 1e-6)).all())
        dropped, total = dropped + int((mask == 0).sum()), total + mask.numel()
    # Binomial: five standard deviations around 0.1.
    assert abs(dropped / total - 0.1) < 5 * (0.1 * 0.9 / total) ** 0.5
    first, second = list(masks.values())[:2]
    assert first.shape != second.shape or not torch.equal(first, second), "two modules share a mask"

    # Not a function of where a row lies in the pack, nor of what lies beside it.
    reordered = copy.deepcopy(request)
    reordered["batches"][0]["micro_batches"] = [[5, 2], [11, 0, 7], [1], [10, 9, 8, 6, 4, 3]]
    _, _, same = probe_numbers(tiny, reordered, tmp_path, "reordered")
    assert all(torch.equal(masks[name], same[name]) for name in masks)
    # But of the step and of the seed.
    for change in ({"step": 4}, {"dropout_seed": 43}):
        _, _, other = probe_numbers(tiny, {**request, **change}, tmp_path, "other")
        assert not any(torch.equal(masks[name], other[name]) for name in masks), change


PACKINGS = {
    "16x1": [list(range(16))],
    "8x2": [list(range(8)), list(range(8, 16))],
    "4x4": [list(range(start, start + 4)) for start in range(0, 16, 4)],
    "4x4-shuffled": [[3, 14, 9, 0], [12, 1, 7, 6], [15, 2, 4, 5], [8, 13, 10, 11]],
    "one-by-one": [[row] for row in reversed(range(16))],
    "uneven": [[0], list(range(1, 12)), [15, 14, 13, 12]],
}
SHORT = {"5": [list(range(5))], "4+1": [list(range(4)), [4]], "2+2+1": [[4, 0], [3, 1], [2]]}
SETTINGS = {
    "plain": {},
    "class-weights": {"class_weights": [0.4, 1.0, 2.7]},
    "weights-smoothing-dropout": {"class_weights": [0.4, 1.0, 2.7], "label_smoothing": 0.1, "dropout": 0.1},
    "multi-label-dropout": {"problem_type": "multi_label_classification", "dropout": 0.1},
}


@pytest.mark.parametrize("settings", sorted(SETTINGS))
@pytest.mark.parametrize("batch", ["full", "short"])
def test_one_update_however_the_batch_is_split(probe_program, tiny, settings, batch, cpu_level, tmp_path):
    packings = PACKINGS if batch == "full" else SHORT
    count = 16 if batch == "full" else 5
    rows = tinymodels.sample_rows(VOCABULARY, count=count, seed=9)
    whole = None
    for name, packing in packings.items():
        request = request_for(rows, micro_batches=packing, **SETTINGS[settings])
        tensors, gradients, _ = probe_numbers(tiny, request, tmp_path, name)
        if whole is None:
            whole = tensors, gradients
            continue
        assert float(tensors["loss"][0]) == pytest.approx(float(whole[0]["loss"][0]), rel=PACKING_BOUND), name
        errors = {key: reference.relative(gradients[key], whole[1][key]) for key in whole[1]}
        assert max(errors.values()) <= PACKING_BOUND, (name, max(errors, key=errors.get), max(errors.values()))


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_numbers_hold_on_any_number_of_threads(probe_program, tiny, pair, rows, threads, cpu_level, tmp_path):
    request = request_for(rows, threads=threads, class_weights=[0.4, 1.0, 2.7])
    ours, gradients, _ = probe_numbers(tiny, request, tmp_path)
    expected, exact = (reference.numbers(model, request, PAD) for model in pair)
    reference.assert_logits(ours["logits"], expected.logits, exact.logits, LOGIT_BOUND)
    reference.assert_gradients(gradients, expected, exact, GRADIENT_BOUND)
    again, repeated, _ = probe_numbers(tiny, request, tmp_path, "again")
    assert torch.equal(ours["logits"], again["logits"]), "the same work gave other bits"
    assert all(torch.equal(gradients[key], repeated[key]) for key in gradients)


SUBSETS = [["q_proj"], ["v_proj", "o_proj"], ["gate_proj", "down_proj"], ["k_proj", "up_proj"]]


@pytest.mark.parametrize("targets", SUBSETS, ids="+".join)
def test_lora_on_any_subset_of_modules(probe_program, tiny, rows, targets, tmp_path):
    """Gradients through frozen projections, with only some adapted."""
    generator = torch.Generator().manual_seed(17)
    adapter = tmp_path / "adapter"
    tinymodels.write_adapter(
        tiny.base, adapter, tiny.labels, PAD, targets, generator, rows, r=3, lora_alpha=5, use_rslora="q_proj" in targets)
    subset = tinymodels.Tiny(tiny.name, tiny.base, adapter)
    request = request_for(rows)
    ours, gradients, _ = probe_numbers(subset, request, tmp_path)
    expected, exact = (reference.numbers(subset.reference(dtype), request, PAD) for dtype in ("float32", "float64"))
    reference.assert_logits(ours["logits"], expected.logits, exact.logits, LOGIT_BOUND)
    reference.assert_gradients(gradients, expected, exact, GRADIENT_BOUND)
