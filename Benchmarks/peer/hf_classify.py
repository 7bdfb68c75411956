"""The peer: what a user would otherwise run. HF Trainer + PEFT LoRA sequence classification, and a batched pipeline.

    python hf_classify.py train MODEL TRAIN.jsonl [--group] [--max-steps N] [--batch 16] [--max-length 256] ...
    python hf_classify.py predict MODEL ADAPTER TEXTS.jsonl [--batch 16] [--max-length 256]
    python hf_classify.py tokenizer TOKENIZER.json TEXTS.jsonl

Prints one JSON line. Everything is at its default but for what is named here: the batch, the length limit, the adapter
(rank 16, alpha 32, q_proj and v_proj, no dropout), the learning rate, and with --group batches of similar length,
which is the best that Trainer offers against padding.
"""
import argparse
import json
import os
import statistics
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def peak_memory():
    """VmHWM in bytes, mapped pages included."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def train(options):
    started = time.monotonic()
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import (AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding, Trainer,
                              TrainerCallback, TrainingArguments)

    torch.set_num_threads(options.threads)
    rows = rows_of(options.data)
    names = sorted({row["label"] for row in rows}, key=str)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    examples = [{
        "input_ids": tokenizer(row["input"], truncation=True, max_length=options.max_length)["input_ids"],
        "labels": names.index(row["label"])} for row in rows]
    model = AutoModelForSequenceClassification.from_pretrained(
        options.model, num_labels=len(names), dtype=torch.float32)
    model.config.pad_token_id = tokenizer.pad_token_id
    model = get_peft_model(model, LoraConfig(
        task_type="SEQ_CLS", r=options.rank, lora_alpha=2 * options.rank, lora_dropout=0.0,
        target_modules=["q_proj", "v_proj"]))
    loaded = time.monotonic() - started
    tokens = computed = 0

    class Counting(DataCollatorWithPadding):
        """Counts what is not padding, and what is computed with it."""

        def __call__(self, features):
            nonlocal tokens, computed
            tokens += sum(len(feature["input_ids"]) for feature in features)
            batch = super().__call__(features)
            computed += batch["input_ids"].numel()
            return batch

    class Clock(TrainerCallback):
        """Notes when each step ends."""
        ends = []

        def on_train_begin(self, *_, **__):
            self.ends.append((time.monotonic(), 0))

        def on_step_end(self, *_, **__):
            self.ends.append((time.monotonic(), tokens))

    settings = TrainingArguments(
        options.output, max_steps=options.max_steps, num_train_epochs=1,
        per_device_train_batch_size=options.batch, learning_rate=2e-4, warmup_steps=0.1,
        lr_scheduler_type="cosine", logging_steps=20, save_strategy="no", eval_strategy="no", report_to=[],
        use_cpu=True, seed=options.seed, dataloader_num_workers=0, disable_tqdm=True,
        **({"train_sampling_strategy": "group_by_length"} if options.group else {}))
    clock = Clock()
    trainer = Trainer(
        model, settings, train_dataset=examples, data_collator=Counting(tokenizer), callbacks=[clock])
    trainer.train()
    seconds = clock.ends[-1][0] - clock.ends[0][0]
    used = clock.ends[-1][1]
    if options.adapter:
        model.save_pretrained(options.adapter)
    return {"load_s": loaded, "train_s": seconds, "steps": len(clock.ends) - 1, "tokens": used,
            "computed_tokens": computed, "tokens_per_s": used / seconds, "samples": len(rows), "peak_bytes": peak_memory()}


def predict(options):
    started = time.monotonic()
    import torch
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    torch.set_num_threads(options.threads)
    texts = [row["input"] for row in rows_of(options.data)]
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    with open(os.path.join(options.adapter, "adapter_config.json"), encoding="utf-8") as file:
        json.load(file)
    model = AutoModelForSequenceClassification.from_pretrained(
        options.model, num_labels=options.labels, dtype=torch.float32)
    model.config.pad_token_id = tokenizer.pad_token_id
    model = PeftModel.from_pretrained(model, options.adapter)
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    loaded = time.monotonic() - started
    begin = time.monotonic()
    results = classify(texts, batch_size=options.batch, truncation=True, max_length=options.max_length)
    seconds = time.monotonic() - begin
    assert len(results) == len(texts)
    tokens = sum(min(len(ids), options.max_length) for ids in tokenizer(texts)["input_ids"])
    return {"load_s": loaded, "predict_s": seconds, "texts": len(texts), "tokens": tokens,
            "tokens_per_s": tokens / seconds, "first_answer_s": loaded + seconds, "peak_bytes": peak_memory()}


def tokenizer(options):
    from tokenizers import Tokenizer

    texts = [row["input"] for row in rows_of(options.data)]

    def median(body, minimum):
        body()
        times = []
        while len(times) < 3 or sum(times) < minimum:
            begin = time.perf_counter()
            body()
            times.append(time.perf_counter() - begin)
        return statistics.median(times)

    load = median(lambda: Tokenizer.from_file(options.model), 0.5)
    reader = Tokenizer.from_file(options.model)
    reader.no_truncation()
    reader.no_padding()
    encode = median(lambda: [reader.encode(text) for text in texts], 1)
    # The library's own way for many texts, with its parallelism switched off: one thread here, too.
    batch = median(lambda: reader.encode_batch_fast(texts), 1)
    ids = [reader.encode(text).ids for text in texts]
    size = sum(len(text.encode()) for text in texts)
    best = min(encode, batch)
    return {"load_s": load, "encode_s": best, "bytes": size, "tokens": sum(map(len, ids)),
            "id_sum": sum(map(sum, ids)), "encode_mb_per_s": size / best / 1e6}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ["train", "predict", "tokenizer"]:
        command = commands.add_parser(name)
        command.add_argument("model")
        if name == "predict":
            command.add_argument("adapter")
            command.add_argument("--labels", type=int, required=True)
        command.add_argument("data")
        command.add_argument("--batch", type=int, default=16)
        command.add_argument("--max-length", type=int, default=256)
        command.add_argument("--threads", type=int, default=os.cpu_count())
        command.add_argument("--rank", type=int, default=16)
        command.add_argument("--seed", type=int, default=42)
        command.add_argument("--max-steps", type=int, default=-1)
        command.add_argument("--group", action="store_true")
        command.add_argument("--output", default=".build/bench-peer/hf")
        if name == "train":
            command.add_argument("--adapter")
    options = parser.parse_args()
    print(json.dumps({"train": train, "predict": predict, "tokenizer": tokenizer}[options.command](options)))


if __name__ == "__main__":
    main()
