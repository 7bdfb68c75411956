"""One cell is one training run: a set, a number of rows, a seed and every setting that matters.

Cells lie in docs/results/defaults/cells.jsonl, one line each. A cell that stands there is never
run again. A cell holds figures on validation data only; nothing here reads a test set.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import sets

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / "docs" / "results" / "defaults" / "cells.jsonl"
WORK = ROOT / "demo" / "work" / "defaults"
BASE = "smollm2-135m"
PROGRAM = "unknown"  # the commit of the program under test, for cells without flags

# The settings that a cell names, with the program's defaults of the day the search began.
PRESENT = {"learning_rate": 2e-4, "target_modules": "q_proj,v_proj", "epochs": 3, "batch_size": 16, "class_weights": "auto",
           "warmup_ratio": 0.1, "rank": 16, "alpha": 32.0, "lora_dropout": 0.0, "template": "", "max_seq_length": 64}
# The middle of stage 1, from which every other cell differs by what it names.
MIDDLE = {**PRESENT, "learning_rate": 1e-3, "target_modules": "all-linear", "epochs": 4, "batch_size": 8, "class_weights": "none"}


def cell(name, rows=600, seed=1, base=MIDDLE, **changes):
    unknown = set(changes) - set(PRESENT)
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    return {"set": name, "rows": rows, "seed": seed, "model": BASE, "settings": {**base, **changes}}


def automatic(name, rows=600, seed=1):
    """A run without flags: what a user gets from the program whose commit stands in the cell."""
    return {"set": name, "rows": rows, "seed": seed, "model": BASE, "settings": {"automatic": PROGRAM}}


def key(each):
    return json.dumps([each["set"], each["rows"], each["seed"], each["model"], each["settings"]], sort_keys=True)


def name(each, against=MIDDLE):
    """A cell in words: its set and what differs from the middle."""
    settings = each["settings"]
    if "automatic" in settings:
        return f"{each['set']} {each['rows']} rows, seed {each['seed']}: no flags, apr {settings['automatic']}"
    changed = [f"{setting}={settings[setting]}" for setting in PRESENT if settings[setting] != against[setting]]
    return f"{each['set']} {each['rows']} rows, seed {each['seed']}: {' '.join(changed) or 'the middle'}"


def done():
    """{key: cell} of everything that was run."""
    if not STORE.exists():
        return {}
    lines = [json.loads(line) for line in STORE.read_text(encoding="utf-8").splitlines() if line]
    return {key(each): each for each in lines}


def chosen(each):
    """The epoch that best/ holds: the one with the lowest validation loss."""
    return min(each["validation"], key=lambda epoch: epoch["loss"])


def score(each):
    """What cells are compared by: macro-F1 on validation data of the checkpoint that a user gets."""
    return chosen(each)["macro_f1"]


def epochs(each):
    """How many epochs a cell trains, or has trained."""
    return len(each["validation"]) if "validation" in each else each["settings"].get("epochs", MIDDLE["epochs"])


def kept(each):
    """Where the checkpoint of a cell lies that a test set may be read with."""
    return WORK / "kept" / sets.digest(key(each))[:16]


def epochs_of(folder):
    found = []
    for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["type"] == "epoch":
            found.append({"epoch": event["epoch"], "step": event["step"], "train_loss": round(event["train_loss"], 5),
                          "loss": round(event["val_loss"], 5), "accuracy": round(event["val_accuracy"], 5),
                          "macro_f1": round(event["val_macro_f1"], 5)})
    return found


def resolved(config):
    """What a run without flags was given, under the names of a cell."""
    names = {setting: {"rank": "lora_rank", "alpha": "lora_alpha"}.get(setting, setting) for setting in PRESENT}
    found = {setting: config.get(name) for setting, name in names.items()}
    return {**found, "target_modules": ",".join(found["target_modules"] or []), "template": found["template"] or ""}


def baselines_of(folder):
    """What the program itself set beside the run: on the same rows."""
    found = json.loads((folder / "report.json").read_text(encoding="utf-8")).get("baselines", {})
    return {rival: {metric: round(found[rival][metric], 5) for metric in ("accuracy", "macro_f1")}
            for rival in ("majority", "tfidf_logistic_regression") if found.get(rival)}


def trained_tokens(folder):
    events = map(json.loads, (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    return sum(event["tokens"] for event in events if event["type"] == "step")


def commit_of(program):
    """By the program's name (apr-COMMIT), otherwise by the working tree."""
    named = re.search(r"-([0-9a-f]{7,})$", Path(program).name)
    if named:
        return named.group(1)
    return subprocess.run(["git", "rev-parse", "--short=7", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


class Runner:
    """Runs cells with one program; every child can be ended together."""

    def __init__(self, program, threads):
        self.program, self.threads, self.commit = Path(program).resolve(), threads, commit_of(program)
        self.children = set()

    def command(self, each, folder, output):
        rows = sets.take(each["set"], each["rows"])
        if len(rows) < each["rows"]:
            raise ValueError(f"{each['set']} has only {len(rows)} training rows")
        sets.write(folder / "train.jsonl", rows)
        sets.write(folder / "validation.jsonl", sets.judged_by(each["set"], "validation", each["rows"]))
        command = [self.program, "finetune", WORK.parent / each["model"], "--data", folder / "train.jsonl",
                   "--val-data", folder / "validation.jsonl", "--seed", each["seed"], "--threads", self.threads,
                   "-o", output, "--quiet", "--json", "--no-text-in-report"]
        for setting, value in each["settings"].items():
            if value != "" and setting != "automatic":
                command += [f"--{setting.replace('_', '-')}", value]
        return [str(word) for word in command]

    def run(self, each, keep=False):
        """The cell with its figures, or None when it was ended from outside. With `keep` its best checkpoint stays."""
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            folder = Path(folder)
            output = folder / "run"
            command = self.command(each, folder, output)
            started = time.time()
            # A session of its own: Ctrl-C reaches the search alone, which then ends its children.
            with open(folder / "errors", "w", encoding="utf-8") as errors:
                child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)
                self.children.add(child)
                _, ended, usage = os.wait4(child.pid, 0)
                status = child.returncode = os.waitstatus_to_exitcode(ended)
                self.children.discard(child)
            if status in (-signal.SIGTERM, -signal.SIGKILL, 130, 143):
                return None
            if status != 0:
                raise RuntimeError(f"{name(each)}: exit {status}\n{(folder / 'errors').read_text(encoding='utf-8')[-2000:]}")
            result = {**each, "data": sets.fingerprint(sets.take(each["set"], each["rows"]) + sets.load(each["set"], "validation")),
                      "validation": epochs_of(output), "baselines": baselines_of(output), "seconds": round(time.time() - started, 1),
                      "processor_seconds": round(usage.ru_utime + usage.ru_stime, 1), "tokens": trained_tokens(output),
                      "threads": self.threads, "program": self.commit, "at": time.strftime("%Y-%m-%d", time.gmtime())}
            if "automatic" in each["settings"]:
                result["resolved"] = resolved(json.loads((output / "run.json").read_text(encoding="utf-8"))["config"])
            if keep:
                shutil.copytree(output / "best", kept(each), dirs_exist_ok=True)
            return result

    def stop(self):
        for child in list(self.children):
            child.kill()


def store(result):
    """One whole line, or none."""
    STORE.parent.mkdir(parents=True, exist_ok=True)
    with open(STORE, "a", encoding="utf-8") as file:
        file.write(json.dumps(result) + "\n")
        file.flush()
        os.fsync(file.fileno())
