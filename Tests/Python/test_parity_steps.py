"""Twenty optimizer steps beside HF Trainer (accumulation 1, where its loss is right) on the same batches."""
import json
import random

import pytest
import torch

import reference
import support
import tinymodels
from tinymodels import PAD, VOCABULARY, collate

STEPS = 20
BOUND = 1e-3
"""Relative, on every step's loss and gradient norm."""

SCHEDULES = {
    "cosine": {"scheduler": "cosine", "learning_rate": 2e-3, "warmup_steps": 4, "weight_decay": 0.01, "max_grad_norm": 1.0},
    "linear": {"scheduler": "linear", "learning_rate": 1e-3, "warmup_steps": 0, "weight_decay": 0.1, "max_grad_norm": 0.3},
    "constant": {"scheduler": "constant", "learning_rate": 5e-4, "warmup_steps": 3, "weight_decay": 0.0, "max_grad_norm": 1e9},
}


def hf_steps(model, batches, pad, settings, output):
    """Loss, learning rate and gradient norm of every step as HF Trainer logs them."""
    from transformers import Trainer, TrainingArguments

    size = len(batches[0]["input_ids"])
    dataset = [
        {"ids": ids, "labels": label}
        for batch in batches for ids, label in zip(batch["input_ids"], batch["labels"], strict=True)
    ]
    # HF's `constant` has no warm-up; the one that does has a name of its own.
    kind = settings["scheduler"]
    kind = "constant_with_warmup" if kind == "constant" and settings["warmup_steps"] else kind
    arguments = TrainingArguments(
        output, max_steps=len(batches), per_device_train_batch_size=size, gradient_accumulation_steps=1,
        learning_rate=settings["learning_rate"], lr_scheduler_type=kind, warmup_steps=settings["warmup_steps"],
        weight_decay=settings["weight_decay"], max_grad_norm=settings["max_grad_norm"], optim="adamw_torch",
        logging_steps=1, save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True,
        label_smoothing_factor=settings.get("label_smoothing", 0.0), remove_unused_columns=False,
        train_sampling_strategy="sequential", dataloader_num_workers=0)

    def collator(rows):
        return {**collate([row["ids"] for row in rows], pad), "labels": torch.tensor([row["labels"] for row in rows])}

    trainer = Trainer(model, arguments, train_dataset=dataset, data_collator=collator)
    trainer.train()
    return [entry for entry in trainer.state.log_history if "grad_norm" in entry]


def draw_batches(count, size, vocabulary, pad, labels, seed=3):
    draw = random.Random(seed)
    ids = [i for i in range(vocabulary) if i != pad]
    batches = []
    for number in range(count):
        rows = [[draw.choice(ids) for _ in range(draw.choice([2, 5, 9, 17]))] for _ in range(size)]
        batches.append({
            "input_ids": rows, "sample_ids": list(range(number * size, number * size + size)),
            "labels": [draw.randrange(labels) for _ in rows]})
    return batches


def compare(ours, theirs, rate, bound=BOUND):
    assert len(ours) == len(theirs) == STEPS
    for mine, his in zip(ours, theirs, strict=True):
        step = his["step"]
        assert mine["loss"] == pytest.approx(his["loss"], rel=bound, abs=1e-6), f"loss of step {step}"
        assert mine["grad_norm"] == pytest.approx(his["grad_norm"], rel=bound), f"gradient norm of step {step}"
        assert mine["learning_rate"] == pytest.approx(his["learning_rate"], rel=1e-6, abs=rate * 1e-7), (
            f"learning rate of step {step}")


@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
def test_twenty_steps_follow_hf_trainer(probe_program, tiny, schedule, tmp_path):
    settings = SCHEDULES[schedule]
    batches = draw_batches(STEPS, 6, VOCABULARY, PAD, tiny.labels)
    request = {
        "batches": batches, "problem_type": "single_label_classification", "class_weights": None,
        "label_smoothing": 0.0, "dropout": 0.0, "dropout_seed": 1, "threads": 2, "total_steps": STEPS, **settings}
    out = support.probe("steps", tiny.base, tiny.adapter, request, tmp_path / "steps.json")
    ours = json.loads(out.read_text())["steps"]
    theirs = hf_steps(tiny.reference(), batches, PAD, settings, tmp_path / "trainer")
    losses = [entry["loss"] for entry in theirs]
    assert max(losses) - min(losses) > 0.1, "the reference did not move: nothing would be tested"
    compare(ours, theirs, settings["learning_rate"])


def test_twenty_smoothed_steps_follow_hf_trainer(probe_program, tmp_path):
    tiny = tinymodels.tiny("qwen2")
    settings = {**SCHEDULES["cosine"], "label_smoothing": 0.1}
    batches = draw_batches(STEPS, 6, VOCABULARY, PAD, tiny.labels, seed=4)
    request = {
        "batches": batches, "problem_type": "single_label_classification", "class_weights": None, "dropout": 0.0,
        "dropout_seed": 1, "threads": 1, "total_steps": STEPS, **settings}
    out = support.probe("steps", tiny.base, tiny.adapter, request, tmp_path / "steps.json")
    theirs = hf_steps(tiny.reference(), batches, PAD, settings, tmp_path / "trainer")
    compare(json.loads(out.read_text())["steps"], theirs, settings["learning_rate"])


def test_micro_batches_do_not_change_the_steps(probe_program, tmp_path):
    """What HF Trainer gets wrong for this head: accumulation gives the same twenty steps."""
    tiny = tinymodels.tiny("llama")
    batches = draw_batches(STEPS, 6, VOCABULARY, PAD, tiny.labels, seed=6)
    results = []
    for name, packing in {"whole": [[0, 1, 2, 3, 4, 5]], "split": [[5, 0], [3], [1, 4, 2]]}.items():
        request = {
            "batches": [{**batch, "micro_batches": packing} for batch in batches],
            "problem_type": "single_label_classification", "class_weights": [0.3, 1.0, 2.0], "label_smoothing": 0.0,
            "dropout": 0.1, "dropout_seed": 1, "threads": 2, "total_steps": STEPS, **SCHEDULES["cosine"]}
        out = support.probe("steps", tiny.base, tiny.adapter, request, tmp_path / f"{name}.json")
        results.append(json.loads(out.read_text())["steps"])
    for whole, split in zip(*results, strict=True):
        assert split["loss"] == pytest.approx(whole["loss"], rel=1e-4)
        assert split["grad_norm"] == pytest.approx(whole["grad_norm"], rel=1e-4)
