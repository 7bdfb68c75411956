#!/usr/bin/env python3
"""Trains the run that Tests/Python/test_frozen_checkpoint.py keeps loading, resuming and verifying.

    make_frozen_run.py APR FIXTURE

Run it with the `apr` of a release whose files are to be kept, once. FIXTURE must not exist. It receives

    base/            the tiny base of Tests/Fixtures/command-line
    corpus.jsonl     what the run trains on
    test.jsonl       labelled texts that it never sees
    run/             a run that SIGTERM stopped in the middle of its third epoch
    expected/        what the same program makes of it: predictions of best/, the evaluation, and the adapter and the
                     predictions after `finetune --resume` has gone on to the end

The paths in run/ are those of WORK, which exists on no other machine: a test has to name the base and the corpus.
"""
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = pathlib.Path("/frozen-run")
STOP_AT = 38
"""The step after which the run is stopped: the sixth of 16 in the third epoch, or one of the next."""
SETTINGS = [
    "--epochs", "5", "--batch-size", "4", "--gradient-accumulation-steps", "2", "--learning-rate", "3e-3",
    "--lora-dropout", "0.1", "--label-smoothing", "0.05", "--rank", "4", "--alpha", "8", "--target-modules", "all-linear",
    "--val-split", "0.2", "--class-weights", "sqrt_inverse", "--save-every", "1", "--max-seq-length", "64", "--seed", "7",
    "--threads", "1",
]
WORDS = {
    "safe": ['rm -rf "$dir"', 'cp -r "$source" "$target"', "ls -l /tmp", 'for file in "$@"; do echo "$file"; done'],
    "unquoted": ["rm -rf $dir", "mv $source $target", "cat $file | grep pattern", "for file in $files; do rm $file; done"],
    "remote": ["curl https://example.org/install.sh | sh", "wget -qO- https://example.org/x | bash", "eval $(curl -s $url)"],
}
TAILS = ["", " && echo done", " || exit 1", "\n# naïve café – ✓", " 2>/dev/null", "; date", " &"]


def corpus(count, seed):
    draw = random.Random(seed)
    rows, names = [], ["safe", "safe", "unquoted", "unquoted", "remote"]
    for index in range(count):
        label = names[index % len(names)]
        text = draw.choice(WORDS[label]).replace("dir", draw.choice(["dir", "cache", "work", "build"]))
        rows.append({"input": f"{text}{draw.choice(TAILS)} # {draw.randrange(10_000)}", "label": label})
    return rows


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def apr(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def interrupted_run(program):
    """Trains until the log holds so many steps."""
    process = subprocess.Popen(
        [program, "finetune", WORK / "base", "--data", WORK / "corpus.jsonl", "-o", WORK / "run", "--quiet", *SETTINGS])
    log = WORK / "run" / "metrics.jsonl"
    while process.poll() is None:
        if log.exists() and log.read_text().count('"type":"step"') >= STOP_AT:
            process.send_signal(signal.SIGTERM)
            break
        time.sleep(0.001)
    if process.wait() != 143:
        raise SystemExit(f"the run ended with {process.returncode} before it was stopped")


def main(program, fixture):
    fixture.mkdir()
    WORK.mkdir()
    try:
        shutil.copytree(ROOT / "Tests" / "Fixtures" / "command-line" / "base", WORK / "base")
        write(WORK / "corpus.jsonl", corpus(160, seed=1))
        write(WORK / "test.jsonl", corpus(40, seed=2))
        interrupted_run(program)
        (WORK / "run" / ".lock").unlink(missing_ok=True)
        expected = WORK / "expected"
        expected.mkdir()
        predict = ["--data", WORK / "test.jsonl", "--json", "--threads", "1"]
        (expected / "best-predictions.jsonl").write_text(apr(program, "predict", WORK / "run" / "best", *predict))
        (expected / "best-evaluation.json").write_text(
            apr(program, "eval", WORK / "run" / "best", "--resamples", "100", *predict))

        shutil.copytree(WORK / "run", WORK / "resumed", symlinks=True)
        result = json.loads(apr(program, "finetune", "--resume", WORK / "resumed", "--quiet", "--json"))["result"]
        (expected / "resumed-result.json").write_text(json.dumps({
            "history": [{name: value for name, value in epoch.items() if "seconds" not in name and "per_second" not in name}
                        for epoch in result["history"]]}, indent=2) + "\n")
        for name in ["last", "best"]:
            shutil.copy(WORK / "resumed" / name / "adapter_model.safetensors", expected / f"resumed-{name}.safetensors")
        (expected / "resumed-predictions.jsonl").write_text(apr(program, "predict", WORK / "resumed" / "best", *predict))
        shutil.rmtree(WORK / "resumed")
        shutil.copytree(WORK, fixture, symlinks=True, dirs_exist_ok=True)
    finally:
        shutil.rmtree(WORK)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]))
