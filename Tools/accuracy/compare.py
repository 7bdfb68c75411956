"""Fine-tunes the real SmolLM2 on the demo corpus twice, with `apr` and with HF Trainer, and compares: `make accuracy`.

    python Tools/accuracy/compare.py [--seeds 1 2 3] [--data FILE] [--rows N] [--threads N]

Both start from the same adapter (apr's, of that seed, before its first step), take the same batches in the same order,
and have the same settings. For every seed it must hold that
  - the training loss of every step of the first epoch is within 1e-2 of HF's,
  - the validation loss at the end is within 1 % of HF's,
  - at least 98 % of the predictions on the validation rows are the same.
A seed that is finished is not run again (.build/accuracy). The outcome goes to docs/results/accuracy-DATE.md with the
commit and the command; exit status 1 when something did not hold.
"""
import argparse
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Python"))
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import support  # noqa: E402

SETTINGS = {"batch_size": 16, "epochs": 1, "rank": 16, "alpha": 32, "target_modules": ["q_proj", "v_proj"],
            "val_split": 0.2, "max_seq_length": 256}
LEARNING_RATE, WARMUP, WEIGHT_DECAY = 2e-4, 0.1, 0.01


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--base", type=pathlib.Path, default=ROOT / "demo" / "work" / "smollm2-135m")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "demo" / "data" / "demo_train.jsonl")
    parser.add_argument("--rows", type=int, help="only the first so many rows")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "docs" / "results")
    return parser.parse_args()


def run_apr(options, seed, data, work):
    """The run itself; returns step losses, the final validation loss, predictions and the time taken."""
    checkpoints = work / "checkpoints"
    started = time.monotonic()
    support.apr(
        "finetune", options.base, "--data", data, "--seed", seed, "--epochs", SETTINGS["epochs"], "--batch-size",
        SETTINGS["batch_size"], "--rank", SETTINGS["rank"], "--alpha", SETTINGS["alpha"], "--target-modules",
        ",".join(SETTINGS["target_modules"]), "--val-split", SETTINGS["val_split"], "--max-seq-length",
        SETTINGS["max_seq_length"], "--learning-rate", LEARNING_RATE, "--warmup-ratio", WARMUP, "--weight-decay",
        WEIGHT_DECAY, "--class-weights", "none", "--threads", options.threads, "-o", checkpoints, "--overwrite",
        timeout=None)
    seconds = time.monotonic() - started
    lines = support.read_jsonl(checkpoints / "metrics.jsonl")
    losses = [line["loss"] for line in lines if line["type"] == "step"]
    (validation_loss,) = [line["val_loss"] for line in lines if line["type"] == "epoch"]
    predictions = support.apr_lines("predict", checkpoints / "last", "--data", work / "validation.jsonl", timeout=None)
    return {"losses": losses, "validation_loss": validation_loss,
            "predictions": [prediction["label"] for prediction in predictions], "seconds": seconds}


def run_hf(options, rows, plan, work):
    """The same with transformers and PEFT."""
    import math

    import torch
    from transformers import AutoTokenizer, Trainer, TrainingArguments

    import tinymodels

    torch.set_num_threads(options.threads)
    tokenizer = AutoTokenizer.from_pretrained(options.base)
    names = plan["labels"]
    examples = [{
        "ids": tokenizer(row["input"], truncation=True, max_length=SETTINGS["max_seq_length"])["input_ids"],
        "labels": names.index(row["label"])} for row in rows]
    pad = tokenizer.pad_token_id
    model = tinymodels.load_peft(options.base, work / "initial" / "adapter", len(names), pad)
    batches = [batch for epoch in plan["epochs"] for batch in epoch]

    def collator(chosen):
        return {**tinymodels.collate([example["ids"] for example in chosen], pad),
                "labels": torch.tensor([example["labels"] for example in chosen])}

    class SameBatches(Trainer):
        def get_train_dataloader(self):
            return torch.utils.data.DataLoader(examples, batch_sampler=batches, collate_fn=collator)

    settings = TrainingArguments(
        work / "trainer", max_steps=len(batches), learning_rate=LEARNING_RATE, lr_scheduler_type="cosine",
        warmup_steps=math.ceil(WARMUP * len(batches)), weight_decay=WEIGHT_DECAY, max_grad_norm=1.0,
        optim="adamw_torch", logging_steps=1, save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True,
        remove_unused_columns=False)
    trainer = SameBatches(model, settings, train_dataset=examples, data_collator=collator)
    started = time.monotonic()
    trainer.train()
    seconds = time.monotonic() - started
    losses = [entry["loss"] for entry in trainer.state.log_history if "grad_norm" in entry]

    model.eval()
    # By length, so that padding costs little; the sum does not depend on the order.
    order = sorted(plan["validation"], key=lambda row: len(examples[row]["ids"]))
    predictions, total = {}, 0.0
    with torch.no_grad():
        for start in range(0, len(order), SETTINGS["batch_size"]):
            chosen = order[start : start + SETTINGS["batch_size"]]
            batch = collator([examples[row] for row in chosen])
            logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
            total += float(torch.nn.functional.cross_entropy(logits, batch["labels"], reduction="sum"))
            predictions.update(zip(chosen, logits.argmax(-1).tolist(), strict=True))
    return {"losses": losses, "validation_loss": total / len(order),
            "predictions": [predictions[row] for row in plan["validation"]], "seconds": seconds}


def compare(options, seed):
    """Both runs of one seed, from the files of an earlier time where they are finished."""
    name = f"seed-{seed}" + (f"-rows-{options.rows}" if options.rows else "")
    work = ROOT / ".build" / "accuracy" / name
    work.mkdir(parents=True, exist_ok=True)
    rows = support.read_jsonl(options.data)[: options.rows]
    data = support.write_jsonl(work / "corpus.jsonl", rows)
    plan_file = work / "initial" / "batches.json"
    if not plan_file.exists():
        shutil.rmtree(work / "initial", ignore_errors=True)
        support.probe("initial", options.base, data, {**SETTINGS, "seed": seed}, work / "initial", timeout=None)
    plan = json.loads(plan_file.read_text())
    support.write_jsonl(work / "validation.jsonl", [{"input": rows[row]["input"]} for row in plan["validation"]])
    results = {}
    for side, run in (("apr", lambda: run_apr(options, seed, data, work)), ("hf", lambda: run_hf(options, rows, plan, work))):
        file = work / f"{side}.json"
        if not file.exists():
            print(f"accuracy: seed {seed}: {side}", file=sys.stderr, flush=True)
            file.write_text(json.dumps(run()))
        results[side] = json.loads(file.read_text())
    apr, hf = results["apr"], results["hf"]
    if len(apr["losses"]) != len(hf["losses"]) or len(apr["predictions"]) != len(hf["predictions"]):
        sys.exit(f"accuracy: seed {seed}: the two sides did not do the same work")
    same = sum(a == b for a, b in zip(apr["predictions"], hf["predictions"])) / len(hf["predictions"])
    return {
        "seed": seed, "steps": len(hf["losses"]), "rows": len(plan["train"]), "validation": len(plan["validation"]),
        "loss": max(abs(a - b) for a, b in zip(apr["losses"], hf["losses"])),
        "from": hf["losses"][0], "to": sum(hf["losses"][-5:]) / len(hf["losses"][-5:]),
        "apr_validation": apr["validation_loss"], "hf_validation": hf["validation_loss"],
        "validation_share": abs(apr["validation_loss"] / hf["validation_loss"] - 1), "same": same,
        "apr_seconds": apr["seconds"], "hf_seconds": hf["seconds"],
    }


def table(outcomes):
    lines = [
        "| seed | training rows | steps | HF loss, first to last | largest difference of a step's loss | "
        "validation loss apr | HF | difference | equal predictions | apr | HF |",
        "|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|"]
    for o in outcomes:
        lines.append(
            f"| {o['seed']} | {o['rows']} | {o['steps']} | {o['from']:.3f} to {o['to']:.3f} | {o['loss']:.1e} | "
            f"{o['apr_validation']:.5f} | {o['hf_validation']:.5f} | {o['validation_share']:.3%} | {o['same']:.1%} of "
            f"{o['validation']} | {o['apr_seconds']:.0f} s | {o['hf_seconds']:.0f} s |")
    return "\n".join(lines)


def main():
    options = arguments()
    outcomes = [compare(options, seed) for seed in options.seeds]
    held = all(o["loss"] <= 1e-2 and o["validation_share"] <= 0.01 and o["same"] >= 0.98 for o in outcomes)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT).stdout.strip()
    command = " ".join(["python", "Tools/accuracy/compare.py", *sys.argv[1:]])
    text = f"""# Accuracy beside HF Trainer, {datetime.date.today()}

SmolLM2-135M-Instruct on `{options.data.name}`{f" (first {options.rows} rows)" if options.rows else ""}: LoRA rank 16 on q and v, batch 16, learning rate {LEARNING_RATE}, cosine
with 10 % warm-up, one epoch; the same initial adapter and the same batches on both sides.

{table(outcomes)}

Required: every step's training loss within 1e-2, validation loss within 1 %, 98 % equal predictions: **{"holds" if held else "DOES NOT HOLD"}**.
Seconds are those of a machine with other work on it, and no measurement of speed.

Commit {commit}, `{command}` (`make accuracy`), {options.threads} threads.
"""
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / f"accuracy-{datetime.date.today()}.md").write_text(text)
    print(text)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
