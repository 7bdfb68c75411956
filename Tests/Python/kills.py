"""Signals, closed pipes and moved directories: commands are ended from outside, and interrupted.py judges what they leave.

A command is ended at a random moment, or right before a drawn one of its changes to the disk (file_trace.py), which reaches the
short moments between two of them. Every function returns the outcomes of one command from its beginning to its end: for each
time that it was ended, its kind, how, and what was wrong.
"""
import concurrent.futures
import dataclasses
import os
import re
import shutil
import signal
import subprocess
import time

import crash_harness
import file_trace
import interrupted
import support

SIGNALS = [signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, "closed pipe"]
ATTEMPTS = 3
"""How often one command is ended before it may finish."""


@dataclasses.dataclass
class Outcome:
    kind: str
    how: str
    wrong: list


def name(how):
    return how if isinstance(how, str) else how.name


class Ended:
    """One start of a command that is ended from outside."""

    def __init__(self, command, root, draw, seconds, how):
        self.how, self.signalled = how, False
        at_change = not isinstance(how, str) and draw.random() < 0.5
        stop = (draw.randint(1, command.changes), how) if at_change else None
        self.text = f"{name(how)} " + (f"before change {stop[0]}" if stop else "at a random moment")
        reader, writer = os.pipe()
        self.process = file_trace.start(
            command.command(root), root, command.environment(root), stop, stdout=writer, stderr=writer, start_new_session=True)
        os.close(writer)
        with open(reader, "rb") as output:
            if how == "closed pipe":
                time.sleep(draw.uniform(0, seconds))
                output.close()
                self.output = ""
            else:
                if not at_change:
                    time.sleep(draw.uniform(0, seconds))
                    self.process.send_signal(how)
                self.output = output.read().decode(errors="replace")
        self.status = self.process.wait(120)

    @property
    def wrong(self):
        """What no command may do."""
        traps = [signal.SIGILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGTRAP, signal.SIGFPE]
        return [f"ends by {signal.Signals(-self.status).name}"] if -self.status in traps else []


def end_training(training, root, ended):
    """What is wrong after a training process was ended, beside what `judge` finds."""
    wrong, status, how = ended.wrong, ended.status, ended.how
    began = bool(training.steps(root))
    if how == "closed pipe":
        if status != 0:
            wrong.append("a closed pipe ends training")
    elif how != signal.SIGKILL and status == -how:
        if began:
            wrong.append(f"{how.name} ends training at once")
    elif status not in (0, -how, 128 + how):
        wrong.append(f"exit {status}: {interrupted.message(ended.output)}")
    return wrong


def interrupt_training(training, draw, seconds, hows=SIGNALS):
    """Ends a run up to three times, resuming it between, and lets it finish."""
    root = training.workshop.root()
    outcomes, at_least = [], 0
    for attempt in range(ATTEMPTS):
        resumes = (root / training.run / "run.json").exists()
        kind = "finetune --resume" if resumes else "finetune"
        starts = len(training.starts(root))
        ended = Ended(training, root, draw, seconds, draw.choice(hows))
        wrong = end_training(training, root, ended) + training.judge(root)
        log = training.steps(root)
        goes_on = len(training.starts(root)) > starts
        if resumes and goes_on and (step := training.starts(root)[-1]) < at_least:
            wrong.append(f"work that had been saved is lost ({at_least - step} steps)")
        if log and goes_on:
            # A signal that can be handled ends with a checkpoint of the last step.
            graceful = ended.status == 128 + getattr(ended.how, "value", 1000)
            at_least = max(at_least, log[-1] if graceful else training.saved(root))
        if ended.status == 0:
            wrong += training.ended(root)
        outcomes.append(Outcome(kind, ended.text, wrong))
        if ended.status == 0:
            break
    else:
        # The run went on after each of them.
        outcomes[-1].wrong += training.finish(root, at_least)
    shutil.rmtree(root)
    return outcomes


def interrupt(command, draw, seconds, hows=SIGNALS):
    """Ends a command that writes once, and runs it again."""
    root = command.workshop.root()
    command.prepare(root)
    ended = Ended(command, root, draw, seconds, draw.choice(hows))
    wrong = ended.wrong + command.judge(root)
    wrong += command.finish(root)
    shutil.rmtree(root)
    return [Outcome(str(command), ended.text, wrong)]


# ---------------------------------------------------------------------------------------------------- shared directories

def wait_for(condition, seconds=60):
    for _ in range(100 * seconds):
        if condition():
            return True
        time.sleep(0.01)
    return False


def start(training, root):
    return subprocess.Popen(
        [str(part) for part in training.command(root)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, env={**os.environ, **training.environment(root)})


def move_away(first, second, draw, how):
    """`mv run run.old` while one run trains there, and another is begun; one of the two is ended, too.

    The first is the longer one, so that its last checkpoints would replace the other's. It stands still until the second has
    begun, as if it saved rarely.
    """
    root = first.workshop.root()
    run, old, wrong = root / "run", root / "run.old", []
    one = start(first, root)
    wait_for(lambda: crash_harness.checkpoints(run) or one.poll() is not None)
    time.sleep(draw.uniform(0, 0.3))
    one.send_signal(signal.SIGSTOP)
    run.rename(old)
    two = start(second, root)
    wait_for(lambda: (run / "run.json").exists() or two.poll() is not None)
    one.send_signal(signal.SIGCONT)
    victim = draw.choice([one, two])
    time.sleep(draw.uniform(0, 1))
    victim.send_signal(how)
    errors = [process.communicate(timeout=120)[1] for process in (one, two)]
    if foreign := second.foreign(run):
        wrong.append("the moved run writes into its successor")
    if first.foreign(old):
        wrong.append("the successor writes into the moved run")
    if not foreign and two.returncode not in (0, -how, 128 + how):
        wrong.append(f"the successor ends with {two.returncode}: {interrupted.message(errors[1])}")
    if not wrong:
        wrong += second.ended(root) if two.returncode == 0 else second.judge(root) + second.finish(root)
        wrong += [f"the moved run: {text}" for text in moved_finish(first, root, old)]
    shutil.rmtree(root)
    return [Outcome("mv run run.old, another run begins", f"{how.name} to {'the moved run' if victim is one else 'its successor'}", wrong)]


def moved_finish(training, root, old):
    """Resumes a run where it is now."""
    aside = training.workshop.root()
    old.rename(aside / training.run)
    if (aside / training.run / "run.json").exists() and training.steps(aside)[-1:] == [training.settings["max_steps"]]:
        wrong = training.judge(aside)
    else:
        wrong = training.judge(aside) + training.finish(aside)
    shutil.rmtree(aside)
    return wrong


def exchange(first, finished, draw, how):
    """Another finished run gets the name of one that trains; nothing in it may change."""
    root = first.workshop.root()
    run, other = root / "run", root / "other"
    shutil.copytree(finished, other, symlinks=True)
    before = interrupted.contents(other)
    one = start(first, root)
    wait_for(lambda: crash_harness.checkpoints(run) or one.poll() is not None)
    time.sleep(draw.uniform(0, 0.3))
    one.send_signal(signal.SIGSTOP)
    run.rename(root / "run.old")
    other.rename(run)
    one.send_signal(signal.SIGCONT)
    time.sleep(draw.uniform(0.2, 1.2))
    one.send_signal(how)
    one.communicate(timeout=120)
    wrong = [] if interrupted.contents(run) == before else ["writes into a run that has got its name"]
    if first.foreign(root / "run.old"):
        wrong.append("the moved run has checkpoints that it never made")
    shutil.rmtree(root)
    return [Outcome("mv other run, over a run that trains", how.name, wrong)]


def share(first, second, draw, how):
    """A second run is begun in a directory where one trains; it is refused, and the first is not disturbed."""
    root = first.workshop.root()
    one = start(first, root)
    wait_for(lambda: (root / "run" / "run.json").exists() or one.poll() is not None)
    time.sleep(draw.uniform(0, 0.5))
    command = second.command(root)
    if "--resume" not in command:
        command.append("--overwrite")
    two = support.execute(*command, env=second.environment(root), expect=None)
    was_alive = one.poll() is None
    time.sleep(draw.uniform(0, 0.5))
    one.send_signal(how)
    one.communicate(timeout=120)
    wrong = ["a second run is not refused"] if two.returncode == 0 and was_alive else []
    wrong += first.judge(root) + first.finish(root) if one.returncode != 0 else first.ended(root)
    shutil.rmtree(root)
    return [Outcome("two runs in one directory", how.name, wrong)]


# ---------------------------------------------------------------------------------------------------- readers

def read_meanwhile(training, draw, seconds, how, readers=2):
    """`predict` and `verify` read best/ and last/ while a run replaces them; how many reads, and the outcome."""
    root = training.workshop.root()
    run, counts = root / "run", {"predict": 0, "verify": 0}
    one = start(training, root)
    ends = time.monotonic() + draw.uniform(0.5, 1) * seconds

    def read(number):
        wrong, turn = [], number
        while one.poll() is None:
            turn += 1
            checkpoint = run / ("best", "last")[turn // 2 % 2]
            if not checkpoint.exists():
                time.sleep(0.01)
                continue
            kind = ("predict", "verify")[turn % 2]
            more = ["--base", training.workshop.base, "--text", "ls"] if kind == "predict" else []
            result = support.apr(kind, checkpoint, *more, expect=None, env=training.environment(root))
            counts[kind] += 1
            if result.returncode != 0:
                wrong.append(f"{kind} while training ends with {result.returncode}: {interrupted.message(result.stderr)}")
        return wrong

    with concurrent.futures.ThreadPoolExecutor(readers) as pool:
        reads = [pool.submit(read, number) for number in range(readers)]
        wait_for(lambda: time.monotonic() > ends or one.poll() is not None, seconds=120)
        one.send_signal(how)
        one.communicate(timeout=120)
        wrong = [text for future in reads for text in future.result()]
    wrong = [re.sub(r"\d{3,}", "N", text) for text in wrong] + training.judge(root)
    shutil.rmtree(root)
    return [Outcome("readers of best/ and last/", how.name, wrong)], counts
