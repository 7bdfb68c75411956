"""Kills training runs at named points and at random moments, and checks that nothing is lost: a part of `make campaign-kill`, and
shortened test_crash.py.

A run of thirty steps (dropout, accumulation, validation inside epochs, epoch checkpoints that are rotated) is killed
  - at named points, in `crash-probe`: the trainer on a file system that stops it there until the signal comes;
  - at random moments, in `crash-probe` and in the shipped `apr` by its command line;
and where the kill left work to do, resumed and often killed again. After every kill
  - every checkpoint that has its name passes `apr verify`;
  - no leftover but those that recovery knows is there;
  - resuming starts at or after the last step that was reported as saved (`crash-probe` reports);
and at the end of every run
  - the SHA-256 of every weight file is that of the run nobody touched;
  - metrics.jsonl holds each step once, in order, with the values of the untouched run (times aside);
  - nothing of an interrupted save is left.
"""
import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time

import support
import toybase

PROBE = pathlib.Path(os.environ.get("APR_CRASH_PROBE_BIN", support.BUILD / "crash-probe"))
STEPS = 30
SETTINGS = {
    "max_steps": STEPS, "batch_size": 4, "gradient_accumulation_steps": 2, "learning_rate": 4e-3, "lora_dropout": 0.1,
    "lora_rank": 4, "lora_alpha": 8.0, "save_every": 1, "save_total_limit": 2, "eval_steps": 4, "save_steps": 5,
    "max_seq_length": 64, "target_modules": ["q_proj", "v_proj"],
}
FLAGS = {"lora_rank": "rank", "lora_alpha": "alpha"}
POINTS = ["step", "metrics-line", "temporary-file", "before-manifest", "before-exchange", "after-exchange", "cleanup",
          "expiry"]
TWO_STEP_POINTS = ["between-renames", "before-exchange", "after-exchange", "cleanup"]
"""Where the file system cannot exchange names."""
WEIGHTS = ["model.safetensors", "model.apr", "adapter_model.safetensors"]
TIMES = ["samples_per_second", "tokens_per_second", "memory_bytes", "seconds", "check"]
LEFTOVER = re.compile(r"\.(lock|[a-z_]+(-[a-z]+)*(-\d+)?(\.jsonl?|\.html)?\.(tmp|old|del)-[0-9a-f]{16})")


def flags(settings):
    """Settings as the command line takes them."""
    given = []
    for name, value in settings.items():
        given += ["--" + FLAGS.get(name, name).replace("_", "-"), ",".join(value) if isinstance(value, list) else value]
    return given


class Lost(AssertionError):
    """Something a user would have lost."""


@dataclasses.dataclass
class Tally:
    """What was tried at one point, and what came of it."""

    kills: int = 0
    resumed: int = 0
    begun_anew: int = 0


def rows():
    """The corpus of every run."""
    return toybase.corpus(2, count=60)


@dataclasses.dataclass
class Outcome:
    """What a finished run left."""

    hashes: dict
    metrics: list

    @staticmethod
    def of(run):
        hashes = {}
        for checkpoint in checkpoints(run):
            for name in WEIGHTS:
                hashes[f"{checkpoint.name}/{name}"] = hashlib.sha256((checkpoint / name).read_bytes()).hexdigest()
        # Where a process began and ended is what an interrupted run has more of.
        lines = [line for line in support.read_jsonl(run / "metrics.jsonl") if line["type"] not in ("start", "end")]
        return Outcome(hashes, [{key: value for key, value in line.items() if key not in TIMES} for line in lines])


def checkpoints(run):
    """The checkpoints that have their names."""
    if not run.exists():
        return []
    return sorted(path for path in run.iterdir() if re.fullmatch(r"best|last|epoch-\d+", path.name))


class Crashes:
    """One kind of run, and everything that was done to it."""

    def __init__(self, directory, seed, like=None):
        self.directory = pathlib.Path(directory)
        self.draw = random.Random(seed)
        self.base = toybase.base()
        self.data = support.write_jsonl(self.directory / "corpus.jsonl", rows())
        self.tally = collections.defaultdict(Tally)
        self.count = 0
        self.runs = 0
        if like:
            self.reached, self.expected, self.seconds = like.reached, like.expected, like.seconds
        else:
            self.reached = {}
            self.expected, self.seconds = self._untouched()

    # ------------------------------------------------------------------------------------------------ running

    def _probe(self, run, mode, exchange, target=None):
        settings = self.directory / "settings.json"
        settings.write_text(json.dumps({**SETTINGS, "checkpoint_dir": str(run)}))
        command = [PROBE, self.base, self.data, settings, mode, exchange] + ([target] if target else [])
        return self._start(command)

    def _apr(self, run, mode):
        command = [support.APR, "finetune", self.base, "--data", self.data, "-o", run, "--threads", "1", "--quiet"]
        command += flags(SETTINGS)
        return self._start(command + (["--resume"] if mode == "resume" else []))

    def _start(self, command):
        self.log = open(self.directory / "stderr.txt", "w+")
        return subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
            text=True, env={**os.environ, "XDG_CACHE_HOME": str(self.directory / "cache")})

    def _finish(self, process):
        said = process.communicate(timeout=120)[0]
        self.log.seek(0)
        errors = self.log.read()
        self.log.close()
        return said.splitlines(), errors

    def _untouched(self):
        outcomes, seconds = [], {}
        for exchange in ("exchange", "no-exchange"):
            run = self.directory / exchange
            said, errors = self._finish(self._probe(run, "fresh", exchange))
            self.reached[exchange] = {
                name: int(count) for word, name, count in (line.split() for line in said if line.startswith("reached "))}
            outcomes.append(Outcome.of(run))
            shutil.rmtree(run)
        # Every point is there to be reached, or the table below would be empty without a word.
        for exchange, points in (("exchange", POINTS), ("no-exchange", TWO_STEP_POINTS)):
            missing = [point for point in points if not self.reached[exchange][point]]
            assert not missing, f"{missing} never reached with {exchange}"
        run = self.directory / "apr"
        started = time.monotonic()
        said, errors = self._finish(self._apr(run, "fresh"))
        seconds = time.monotonic() - started
        outcomes.append(Outcome.of(run))
        shutil.rmtree(run)
        assert outcomes[0] == outcomes[1] == outcomes[2], errors
        assert [line["step"] for line in outcomes[0].metrics if line["type"] == "step"] == list(range(1, STEPS + 1))
        assert {path.split("/")[0] for path in outcomes[0].hashes} == {"best", "last", "epoch-4", "epoch-5"}
        return outcomes[0], seconds

    # ------------------------------------------------------------------------------------------------ killing

    def kill_at(self, point, exchange="exchange"):
        """Kills a run at a named point, and the run that resumes it at points of any kind, then lets it end."""
        run = self._directory()
        mode, saved = "fresh", {}
        label = point if exchange == "exchange" else f"{point} (two renames)"
        for attempt in range(3):
            wanted = point if attempt == 0 else self.draw.choice(POINTS + ["cut"])
            highest = self.reached[exchange].get(wanted) or 4
            number = self.draw.randint(1, highest if attempt == 0 else max(1, highest // 3))
            process = self._probe(run, mode, exchange, f"{wanted}:{number}")
            said = []
            for line in process.stdout:
                said.append(line.strip())
                if line.startswith("paused: "):
                    assert line.split()[1] == wanted
                    os.kill(process.pid, signal.SIGKILL)
            _, errors = self._finish(process)
            self._heed(said, saved, run)
            if process.returncode != -signal.SIGKILL:
                # The point did not come so often in what was left of the run.
                assert process.returncode == 0, errors
                assert attempt > 0, f"{wanted}:{number} was not reached"
                return self._compare(run)
            mode = self._after_kill(run, label if attempt == 0 else f"again, at {wanted}")
            if attempt == 0 and self.draw.random() < 0.6:
                break
        self._end(self._probe(run, mode, exchange), run, saved)

    def kill_sometime(self, program):
        """Kills a run again and again at random moments until it has ended."""
        run = self._directory()
        mode, saved = "fresh", {}
        label = f"random moment, {program}"
        for _ in range(3):
            process = self._apr(run, mode) if program == "apr" else self._probe(run, mode, "exchange")
            time.sleep(self.draw.uniform(0, self.seconds))
            process.kill()
            said, errors = self._finish(process)
            self._heed(said, saved, run)
            if process.returncode != -signal.SIGKILL:
                assert process.returncode == 0, errors
                # The machine may have become faster since the time was measured; then most kills would come too late.
                self.seconds = max(0.2, 0.7 * self.seconds)
                return self._compare(run)
            mode = self._after_kill(run, label)
        started = time.monotonic()
        self._end(self._apr(run, mode) if program == "apr" else self._probe(run, mode, "exchange"), run, saved)
        self.seconds = max(self.seconds, time.monotonic() - started)

    def _directory(self):
        self.runs += 1
        return self.directory / f"run-{self.runs}"

    # ------------------------------------------------------------------------------------------------ checking

    def _heed(self, said, saved, run):
        """Takes note of what was saved, and checks that a resume went on from there."""
        for line in said:
            if resumed := re.fullmatch(r"resumed (\d+)", line):
                # best/ has no optimizer state to resume from.
                newest = max((step for name, step in saved.items() if name != "best"), default=0)
                if int(resumed[1]) < newest:
                    raise Lost(f"{run}: step {newest} was saved, resumed at step {resumed[1]}")
            if report := re.fullmatch(r"saved (\S+) (\d+)", line):
                saved[report[1]] = int(report[2])

    def _after_kill(self, run, label):
        """Verifies what is on disk after a kill; returns how the run has to be continued."""
        self.count += 1
        tally = self.tally[label]
        tally.kills += 1
        for checkpoint in checkpoints(run):
            result = support.execute(support.APR, "verify", checkpoint, expect=None)
            if result.returncode != 0:
                raise Lost(f"{checkpoint} after a kill at {label}: {result.stderr}")
        names = [path.name for path in run.iterdir()] if run.exists() else []
        strange = [name for name in names if name.startswith(".") and not LEFTOVER.fullmatch(name)]
        if strange:
            raise Lost(f"{run}: unknown leftovers {strange}")
        if (run / "run.json").exists():
            tally.resumed += 1
            return "resume"
        tally.begun_anew += 1
        return "fresh"

    def _end(self, process, run, saved):
        said, errors = self._finish(process)
        assert process.returncode == 0, errors
        self._heed(said, saved, run)
        self._compare(run)

    def _compare(self, run):
        outcome = Outcome.of(run)
        if outcome.hashes != self.expected.hashes:
            wrong = sorted(name for name in {*outcome.hashes, *self.expected.hashes}
                           if outcome.hashes.get(name) != self.expected.hashes.get(name))
            raise Lost(f"{run}: other weights than the untouched run: {wrong}")
        if outcome.metrics != self.expected.metrics:
            raise Lost(f"{run}: other metrics than the untouched run")
        leftovers = sorted(path.name for path in run.iterdir() if path.name.startswith("."))
        if leftovers != [".lock"]:
            raise Lost(f"{run}: left over at the end: {leftovers}")
        shutil.rmtree(run)


@dataclasses.dataclass
class Total:
    """What all the `Crashes` of a session come to."""

    tally: dict
    runs: int
    count: int


def run(directory, *, per_point, randomly, by_apr, seed, jobs=None, progress=lambda text: None):
    """All of it, so many kills at least of each kind, in `jobs` directories at a time; returns the `Total`."""
    def at_point(crashes, point, exchange):
        for _ in range(per_point):
            crashes.kill_at(point, exchange)

    def at_moments(crashes, program, wanted):
        # A run may end before it is killed, so kills are counted, not runs.
        while crashes.tally[f"random moment, {program}"].kills < wanted:
            crashes.kill_sometime(program)

    kinds = [(at_point, point, "exchange") for point in POINTS]
    kinds += [(at_point, point, "no-exchange") for point in TWO_STEP_POINTS]
    kinds += [(at_moments, "crash-probe", randomly), (at_moments, "apr", by_apr)]

    def work(number):
        kind, *arguments = kinds[number]
        folder = pathlib.Path(directory) / f"kind-{number}"
        folder.mkdir()
        crashes = Crashes(folder, seed + number, like=first)
        kind(crashes, *arguments)
        progress(f"{arguments}: {crashes.count} kills")
        return crashes

    first = Crashes(directory, seed)
    with concurrent.futures.ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        parts = list(pool.map(work, range(len(kinds))))
    total = Total({}, sum(part.runs for part in parts), sum(part.count for part in parts))
    for part in parts:
        for label, tally in part.tally.items():
            before = total.tally.get(label, Tally())
            total.tally[label] = Tally(
                before.kills + tally.kills, before.resumed + tally.resumed, before.begun_anew + tally.begun_anew)
    return total
