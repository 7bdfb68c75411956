"""Paths, the two programs under test, and the small reference models the parity tests are made of.

`apr` is the product. `parity-probe` is a test-only program that runs the same model and trainer code on token ids
instead of text and writes every number it computes. What the tests expect of it:

    parity-probe numbers MODEL_DIR ADAPTER_DIR REQUEST.json OUT.safetensors
    parity-probe steps   MODEL_DIR ADAPTER_DIR REQUEST.json OUT.json
    parity-probe initial MODEL_DIR DATA.jsonl  REQUEST.json OUT_DIR

MODEL_DIR is a base as transformers saves it, ADAPTER_DIR an adapter as PEFT saves it, head included. REQUEST holds

    batches         [{"input_ids": [[…],…], "sample_ids": […], "labels": […], "micro_batches": [[row,…],…]}, …]
                    (labels: integers, or rows of 0/1 for multi-label; without labels `numbers` only evaluates;
                    micro_batches is optional and lists which rows are packed together, all rows once)
    token_budget    optional: pack rows up to that many tokens instead
    problem_type    "single_label_classification" | "multi_label_classification"
    class_weights   [one per label] | null
    label_smoothing, dropout, dropout_seed, step, threads, dump_masks, pad_token_id (the config's unless given)
    backend         optional: "lazy-bf16", the device of Tests/LazyBackend, instead of the processor
    learning_rate, warmup_steps, total_steps, scheduler, weight_decay, max_grad_norm     (`steps` only)

`numbers` takes one batch and writes fp32 tensors: `logits` [rows, labels] in evaluation mode, and with labels
`train_logits`, `loss` [1], and `grad.<key of adapter_model.safetensors>` for every trainable tensor; with dump_masks
also `mask.<module>` [all tokens in row order, in_features], 0 where dropped and 1/(1-p) where kept.
`steps` takes one optimizer step a batch and writes {"steps": [{"step", "loss", "learning_rate", "grad_norm"}, …]},
steps counted from 0.
`initial` reads DATA as `apr finetune` does with REQUEST = {"seed", "val_split", "batch_size", "epochs", "rank", "alpha",
"target_modules", "max_seq_length"} and writes OUT_DIR/adapter (as PEFT would, before the first step) and
OUT_DIR/batches.json: {"train": [row,…], "validation": [row,…], "epochs": [[[row,…] per batch] per epoch]}, rows
counted from 0 in file order.
"""
import fcntl
import json
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build" / "release"
APR = pathlib.Path(os.environ.get("APR_BIN", BUILD / "apr"))
PROBE = pathlib.Path(os.environ.get("APR_PROBE_BIN", BUILD / "parity-probe"))
ORACLE = ROOT / ".build" / "oracle"
"""Where expensive reference artefacts are kept between runs."""

STACKS = {
    "transformers5": ROOT / ".venv" / "bin" / "python",
    "transformers4": ROOT / ".venv4" / "bin" / "python",
}
THREADS = int(os.environ.get("APR_TEST_THREADS", "2"))


class ProgramError(AssertionError):
    """A program ended with a status the test did not expect."""

    def __init__(self, command, result):
        self.result = result
        shown = " ".join(str(part) for part in command)
        super().__init__(
            f"exit {result.returncode}: {shown}\n--- stdout\n{result.stdout[-4000:]}\n--- stderr\n{result.stderr[-6000:]}")


def cpu_levels():
    """The values of APR_CPU_LEVEL that this processor can run, the best first."""
    flags = set()
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        line = next((line for line in cpuinfo.read_text().splitlines() if line.startswith("flags")), "")
        flags = set(line.split())
    needed = {"avx512": {"avx512f", "avx512vl", "avx512bw", "avx512dq", "avx2", "fma", "f16c"},
              "avx2": {"avx2", "fma", "f16c"}, "portable": set()}
    return [level for level, names in needed.items() if names <= flags]


def execute(*command, expect=0, timeout=600, env=None, environment=None, cwd=None, input=None):
    """Runs a program to its end and returns it, output as text; fails the test on another exit status.

    `env` is added to this process's environment; `environment` replaces it.
    """
    command = [str(part) for part in command]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, cwd=cwd, input=input if input is not None else "",
        env={**(os.environ if environment is None else environment), **(env or {})})
    if expect is not None and result.returncode != expect:
        raise ProgramError(command, result)
    return result


MEASURE = """
import json, os, subprocess, sys, time
started = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=2)
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps({"status": os.waitstatus_to_exitcode(status), "seconds": time.monotonic() - started,
                  "megabytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6,
                  "cpu": usage.ru_utime + usage.ru_stime}))
"""


def measured(*command, environment=None, timeout=None):
    """Wall seconds, CPU seconds and the largest resident memory in MB of a program that must succeed.

    It is started by a small process, because what a large one held counts for its children, too.
    """
    result = execute(
        "python3", "-S", "-E", "-c", MEASURE, *command, timeout=timeout, environment=environment)
    figures = json.loads(result.stdout)
    if figures.pop("status") != 0:
        raise ProgramError(command, result)
    return figures


def apr(*arguments, **options):
    return execute(APR, *arguments, **options)


def apr_json(*arguments, **options):
    """The object that `apr … --json` prints."""
    return json.loads(apr(*arguments, "--json", **options).stdout)


def apr_lines(*arguments, **options):
    """The objects that `apr predict|tokenize … --json` prints, one a line."""
    return [json.loads(line) for line in apr(*arguments, "--json", **options).stdout.splitlines() if line.strip()]


def probe(command, model, adapter, request, out, **options):
    """Runs the probe on a request given as a dictionary; returns the path of what it wrote."""
    out = pathlib.Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    request_file = out.with_suffix(".request.json")
    request_file.write_text(json.dumps(request))
    execute(PROBE, command, model, adapter, request_file, out, **options)
    return out


def write_jsonl(path, rows):
    path = pathlib.Path(path)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


def read_jsonl(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines() if line.strip()]


def cached(name, make, *, newer_than=()):
    """The directory ORACLE/name, made by `make(directory)` unless it is complete and newer than the files named.

    The directory is filled under another name and renamed, so that an interrupted run leaves nothing half made. A lock
    lets one worker of pytest make it while the others wait.
    """
    target = ORACLE / name
    lock = ORACLE / "locks" / name.replace("/", "--")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with open(lock, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if target.exists():
            made = target.stat().st_mtime
            if all(pathlib.Path(path).stat().st_mtime <= made for path in newer_than):
                return target
        scratch = ORACLE / f".{name}.{os.getpid()}"
        execute("rm", "-rf", scratch)
        scratch.mkdir(parents=True)
        make(scratch)
        execute("rm", "-rf", target)
        os.utime(scratch, (time.time(), time.time()))
        scratch.rename(target)
        return target
