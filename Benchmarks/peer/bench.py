"""`make bench-peer`: apr and the HuggingFace stack on the same work, in turns (A B A B), and docs/PERFORMANCE.md.

    python Benchmarks/peer/bench.py [--mode tiny|short|full|ROWS] [--pairs N] [--minutes N] [--items NAME ...] [--fresh]

tiny tries the machinery, short takes about ten minutes on two cores, full takes an hour or two. A number of rows measures
training on so many alone. Every pair is kept under .build/bench-peer as soon as it is there, so that a run that was
ended continues with the next; results of other sources or another machine are put aside. --minutes begins nothing new
after so long. --items measures only these. The report is written from all there is, from the largest size of each item.
"""
import argparse
import functools
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

import inputs
import machine
import report

ROOT = inputs.ROOT
MODES = {
    "tiny": {"pairs": 1, "default": 8, "grouped": [8], "predict": 8, "qwen": 4, "qwen_pairs": 1, "cold": 2},
    "short": {"pairs": 3, "default": 48, "grouped": [96], "predict": 64, "qwen": 16, "qwen_pairs": 1, "cold": 5},
    "full": {"pairs": 3, "default": 480, "grouped": [480, 1600], "predict": 480, "qwen": 160, "qwen_pairs": 3, "cold": 10},
}
ITEMS = ["cold", "files", "default", "grouped", "predict", "threads", "memory_limit", "qwen", "tokenizers"]
FAMILIES = ["gpt2", "llama3", "metaspace", "mistral", "mistral-v3", "qwen2", "smollm2"]
BATCH, LIMIT, RANK = 16, 256, 16


def sizes(mode):
    """The sizes of a mode; a number of rows is the short mode with so many to train on."""
    if mode in MODES:
        return MODES[mode]
    if not mode.isdecimal() or int(mode) < 1:
        raise SystemExit(f"bench-peer: {mode} is neither a mode ({', '.join(MODES)}) nor a number of rows")
    return dict(MODES["short"], default=int(mode), grouped=[int(mode)])


class Bench:
    def __init__(self, options):
        self.options = options
        self.sizes = dict(sizes(options.mode), **({"pairs": options.pairs, "qwen_pairs": options.pairs} if options.pairs else {}))
        self.items = options.items or (ITEMS if options.mode in MODES else ["default", "grouped"])
        self.end = time.monotonic() + 60 * options.minutes if options.minutes else float("inf")
        self.work = ROOT / ".build" / "bench-peer"
        self.work.mkdir(parents=True, exist_ok=True)
        self.base = options.base
        self.threads = options.threads
        self.identity = {"commit": machine.commit(), "sources": machine.sources(), "mode": options.mode,
                         "threads": self.threads, "cpu": machine.cpu()}
        # Not the commit: one that changes no source changes no result. Nor the mode: the sizes are in the files' names.
        key = {field: value for field, value in self.identity.items() if field not in ("commit", "mode")}
        name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
        self.results = self.work / f"results-{name}"
        if options.fresh and self.results.exists():
            for file in self.results.iterdir():
                file.unlink()
        self.results.mkdir(exist_ok=True)

    # ------------------------------------------------------------------------------------------- running programs

    def run(self, command, **variables):
        """Runs a program; what it printed, its wall time in seconds and its own VmHWM in bytes."""
        started = time.monotonic()
        with open(self.work / "errors.log", "wb") as errors:
            process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=errors, cwd=ROOT,
                                       env={**os.environ, **variables})
            output = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        if process.returncode != 0:
            text = (self.work / "errors.log").read_text(errors="replace")[-3000:]
            raise SystemExit(f"bench-peer: {' '.join(map(str, command))}: exit {process.returncode}\n{text}")
        return output.decode(), seconds, usage.ru_maxrss * 1024

    def apr(self, *arguments):
        return self.run([self.options.apr, *arguments])

    def peer(self, *arguments):
        output, seconds, peak = self.run(
            [self.options.python, "Benchmarks/peer/hf_classify.py", *arguments, "--threads", self.threads])
        return dict(json.loads(output.splitlines()[-1]), wall_s=seconds, maxrss_bytes=peak)

    def benchmark(self, *arguments):
        return json.loads(self.run([self.options.benchmarks, *arguments])[0])

    def limit(self, config, threads=None):
        return self.benchmark("limits", config, "--seconds", 2, "--threads", threads or self.threads)

    # ------------------------------------------------------------------------------------------------------- items

    def train_ours(self, base, data, name, *extra, threads=None):
        output, seconds, peak = self.apr(
            "finetune", base, "--data", data, "--epochs", 1, "--val-split", 0, "--batch-size", BATCH,
            "--max-seq-length", LIMIT, "--rank", RANK, "--target-modules", "q_proj,v_proj", "--class-weights", "none",
            "--threads", threads or self.threads, "--seed", 42, "-o", self.work / name, "--overwrite", "--quiet",
            "--profile", "--json", *extra)
        profile = json.loads(output)["profile"]
        return {"tokens_per_s": profile["tokens_per_second"], "tokens": profile["tokens"], "train_s": profile["seconds"],
                "steps": profile["steps"], "peak_bytes": peak, "wall_s": seconds,
                "own_limit_share": profile["share_of_limit"], "operations": profile["operations"]}

    def train(self, base, count, pairs, found, keep, *peer_options):
        """Measures as many pairs as are missing from `found`, and keeps each as soon as it is there."""
        data = self.work / f"train-{count}.jsonl"
        found = found or {"samples": count, "ours": [], "peer": [], "limits": [], "weights": machine.non_embedding_weights(base)}
        for pair in range(len(found["limits"]), pairs):
            if time.monotonic() > self.end:
                break
            self.say(f"  {count} rows, pair {pair + 1} of {pairs}: the peer")
            theirs = self.peer("train", base, data, "--batch", BATCH, "--max-length", LIMIT, "--rank", RANK, *peer_options)
            self.say(f"  {count} rows, pair {pair + 1} of {pairs}: apr")
            ours = self.train_ours(base, data, "run")
            if ours["tokens"] != theirs["tokens"]:
                raise SystemExit("bench-peer: the two sides did not train on the same tokens")
            for side, result in [("peer", theirs), ("ours", ours), ("limits", self.limit(base / "config.json"))]:
                found[side].append(result)
            keep(found)

    def item_default(self, found, keep):
        self.train(self.base, self.sizes["default"], self.sizes["pairs"], found, keep)

    def item_grouped(self, count, found, keep):
        self.train(self.base, count, self.sizes["pairs"], found, keep, "--group")

    def item_qwen(self, found, keep):
        self.train(self.qwen(), self.sizes["qwen"], self.sizes["qwen_pairs"], found, keep)

    def qwen(self):
        directory = self.work / "qwen2.5-0.5b-shape"
        if not (directory / "config.json").exists():
            self.say("  writing random weights of Qwen2.5-0.5B's shape")
            inputs.random_model(directory, inputs.QWEN, self.options.vocabularies / "qwen2")
        return directory

    def item_predict(self):
        checkpoint = self.checkpoint()
        labels = len(json.loads((checkpoint / "config.json").read_text())["id2label"])
        texts = inputs.subset(inputs.TEXTS, self.sizes["predict"], self.work / "texts.jsonl")
        one = inputs.subset(inputs.TEXTS, 1, self.work / "one.jsonl")
        ours, evaluations, theirs = [], [], []
        threads = ["--threads", self.threads, "--quiet"]
        for pair in range(self.sizes["pairs"]):
            self.say(f"  pair {pair + 1} of {self.sizes['pairs']}")
            theirs.append(self.peer("predict", self.base, checkpoint, texts, "--labels", labels, "--batch", BATCH,
                                    "--max-length", LIMIT))
            start = self.apr("predict", checkpoint, "--data", one, "--json", *threads)[1]
            _, seconds, peak = self.apr("predict", checkpoint, "--data", texts, "--json", *threads)
            tokens = theirs[-1]["tokens"]
            ours.append({"predict_s": seconds - start, "tokens_per_s": tokens / (seconds - start), "wall_s": seconds,
                         "peak_bytes": peak, "tokens": tokens})
            _, seconds, _ = self.apr("eval", checkpoint, "--data", texts, "--resamples", 0, "--json", *threads)
            evaluations.append({"tokens_per_s": tokens / (seconds - start)})
        return {"texts": self.sizes["predict"], "ours": ours, "evaluation": evaluations, "peer": theirs,
                "limits": [self.limit(self.base / "config.json")], "weights": machine.non_embedding_weights(self.base)}

    def checkpoint(self):
        """A checkpoint for prediction; a few steps are enough, and PEFT loads it as well."""
        directory = self.work / "predict-run"
        if not (directory / "last" / "manifest.json").exists():
            self.train_ours(self.base, inputs.subset(inputs.CORPUS, 32, self.work / "train-32.jsonl"), "predict-run")
        return directory / "last"

    def item_cold(self):
        checkpoint = self.checkpoint()
        one = inputs.subset(inputs.TEXTS, 1, self.work / "one.jsonl")
        command = ["predict", checkpoint, "--text", "rm -rf $dir", "--threads", self.threads, "--quiet"]
        self.apr(*command)  # the page cache and the remembered hash of the base
        labels = len(json.loads((checkpoint / "config.json").read_text())["id2label"])
        return {"ours_s": [self.apr(*command)[1] for _ in range(self.sizes["cold"])],
                "help_s": [self.apr("--help")[1] for _ in range(10)],
                "peer_s": [self.peer("predict", self.base, checkpoint, one, "--labels", labels)["wall_s"] for _ in range(2)]}

    def item_tokenizers(self):
        results = {}
        for family in FAMILIES:
            path = self.options.vocabularies / family / "tokenizer.json"
            if not path.exists():
                self.say(f"  {family} has no vocabulary here and is left out")
                continue
            ours, theirs = [], []
            for _ in range(3 if self.options.mode == "full" else 1):
                theirs.append(self.peer("tokenizer", path, inputs.CORPUS))
                ours.append(self.benchmark("tokenizer", path, inputs.CORPUS))
            if (ours[0]["tokens"], ours[0]["id_sum"]) != (theirs[0]["tokens"], theirs[0]["id_sum"]):
                raise SystemExit(f"bench-peer: {family}: the two sides do not give the same ids")
            results[family] = {"ours": ours, "peer": theirs}
        return results

    def item_files(self):
        folder = self.work / "save"
        folder.mkdir(exist_ok=True)
        return {"load": self.benchmark("load", self.base), "save": self.benchmark("save", folder)}

    def item_threads(self):
        results = {}
        for threads in sorted({1, self.threads}):
            data = inputs.subset(inputs.CORPUS, self.sizes["default"], self.work / f"train-{self.sizes['default']}.jsonl")
            ours = self.train_ours(self.base, data, "run", threads=threads)
            results[str(threads)] = {"ours": ours, "limit": self.limit(self.base / "config.json", threads)}
        return results

    def item_memory_limit(self):
        if "--max-memory" not in self.apr("finetune", "--help")[0]:
            return {}
        data = inputs.subset(inputs.CORPUS, self.sizes["default"], self.work / f"train-{self.sizes['default']}.jsonl")
        return {"free": self.train_ours(self.base, data, "run"),
                "limited": self.train_ours(self.base, data, "run", "--max-memory", "900M")}

    # --------------------------------------------------------------------------------------------------------- all

    def say(self, text):
        print(f"bench-peer: {text}", file=sys.stderr, flush=True)

    def work_list(self):
        """The measurements of this mode: the item, the size that is in its file's name, and what measures it."""
        work = []
        for item in ITEMS:
            if item not in self.items:
                continue
            if item == "grouped":
                work += [(item, count, functools.partial(self.item_grouped, count)) for count in self.sizes["grouped"]]
            else:
                size = self.sizes.get("default" if item in ("threads", "memory_limit") else item, 0)
                work.append((item, size, getattr(self, f"item_{item}")))
        return work

    def measure(self, item, size, body):
        path = self.results / f"{item}-{size}.json"
        known = json.loads(path.read_text()) if path.exists() else None
        is_paired = item in ("default", "grouped", "qwen")
        if known and not is_paired or time.monotonic() > self.end:
            return
        load = machine.load()

        def keep(result):
            loads = (known["loads"] if known else []) + [load]
            partial = path.with_suffix(".partial")
            partial.write_text(json.dumps({"result": result, "loads": loads, "at": time.strftime("%Y-%m-%d %H:%M")}))
            partial.replace(path)

        self.say(item)
        if is_paired:
            body(known["result"] if known else None, keep)
        else:
            keep(body())

    def found(self):
        """What there is of each item: its largest size, or every size of the runs with grouping."""
        found = {}
        for item in ITEMS:
            files = sorted(self.results.glob(f"{item}-*.json"), key=lambda path: int(path.stem.rpartition("-")[2]))
            entries = [json.loads(path.read_text()) for path in files]
            if entries:
                found[item] = entries if item == "grouped" else entries[-1]
        return found

    def go(self):
        counts = sorted({self.sizes["default"], *self.sizes["grouped"], self.sizes["qwen"]})
        inputs.check(inputs.identity(self.base, counts, LIMIT, self.work))
        for item, size, body in self.work_list():
            self.measure(item, size, body)
        text = report.text(self.found(), self.identity, self.base, machine.description(self.options.python))
        self.options.report.write_text(text, encoding="utf-8")
        print(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mode", default="short", help="tiny, short, full, or a number of rows to train on")
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--minutes", type=float, help="begin nothing new after so long")
    parser.add_argument("--items", nargs="+", choices=ITEMS)
    parser.add_argument("--fresh", action="store_true", help="measure anew what has been measured")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--base", type=pathlib.Path, default=ROOT / "demo" / "work" / "smollm2-135m")
    parser.add_argument("--apr", type=pathlib.Path, default=ROOT / ".build" / "release" / "apr")
    parser.add_argument("--benchmarks", type=pathlib.Path, default=ROOT / ".build" / "release" / "benchmarks")
    parser.add_argument("--vocabularies", type=pathlib.Path, default=ROOT / ".build" / "vocabularies")
    parser.add_argument("--python", default=ROOT / ".venv" / "bin" / "python")
    parser.add_argument("--report", type=pathlib.Path, default=ROOT / "docs" / "PERFORMANCE.md")
    Bench(parser.parse_args()).go()


if __name__ == "__main__":
    main()
