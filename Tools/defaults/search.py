"""The search for the program's defaults, in stages; goes on where it stopped.

    python3 Tools/defaults/search.py --status
    python3 Tools/defaults/search.py [--stage N] [--minutes N] [--apr FILE] [--parallel 2] [--threads 1]

Results are lines of docs/results/defaults/cells.jsonl. Ctrl-C loses the cells under way only.
"""
import argparse
import signal
import statistics
import sys
import threading
import time
from pathlib import Path

import cells
import sets
import stages

ROOT = Path(__file__).resolve().parents[2]
VALIDATION_COST = 1 / 3  # of a token that trains
CHARACTERS_A_TOKEN = 4.3
GUESSED_RATE = 500  # tokens a second, until there is a cell


def cost(each, stored):
    """Tokens of a cell, those of validation counted by what they cost."""
    same = [other for other in stored.values() if other["set"] == each["set"]]
    if same:
        per_row = statistics.median(other["tokens"] / cells.epochs(other) / other["rows"] for other in same)
    else:
        sample = sets.take(each["set"], 200)
        per_row = sum(min(len(row["input"]) / CHARACTERS_A_TOKEN, cells.MIDDLE["max_seq_length"]) for row in sample) / len(sample)
    return cells.epochs(each) * per_row * (each["rows"] + len(sets.load(each["set"], "validation")) * VALIDATION_COST)


def processor_seconds(each):
    return each.get("processor_seconds", each["seconds"] * each["threads"])


def rate(stored):
    """Such tokens a second of two cores that do nothing else."""
    speeds = [2 * cost(each, stored) / processor_seconds(each) for each in list(stored.values())[-12:] if each.get("processor_seconds")]
    return statistics.median(speeds) if speeds else GUESSED_RATE


def clock(seconds):
    minutes = int(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min {int(seconds % 60):02} s"


def status(stored):
    speed = rate(stored)
    spent = sum(processor_seconds(each) / 2 for each in stored.values())
    print(f"{len(stored)} cells stand, which took {clock(spent)} of two cores; {speed:.0f} tokens/s when they do nothing else")
    total = 0
    for stage in stages.STAGES:
        wanted = stages.wanted(stage, stored)
        missing = [each for each in wanted if cells.key(each) not in stored]
        seconds = sum(cost(each, stored) for each in missing) / speed
        total += seconds
        print(f"  stage {stage}: {len(wanted) - len(missing)} of {len(wanted)} cells done; {clock(seconds)} left"
              f"  ({' '.join(stages.STAGES[stage].__doc__.split())})")
    print(f"  {clock(total)} left in all, on two cores that do nothing else")


class Search:
    """Workers take cells from one list; one lock guards it and the store."""

    def __init__(self, stage, options):
        self.stage, self.options = stage, options
        self.stored = cells.done()
        self.runner = cells.Runner(options.apr, options.threads)
        self.lock = threading.Lock()
        self.taken = set()
        self.failed = []
        self.stopping = False
        self.deadline = time.time() + options.minutes * 60 if options.minutes is not None else None
        self.started, self.finished_cost = time.time(), 0.0

    def next(self):
        """The first cell that nobody has; a stage's list may change with what was learned."""
        with self.lock:
            missing = [each for each in stages.wanted(self.stage, self.stored) if cells.key(each) not in self.stored]
            free = [each for each in missing if cells.key(each) not in self.taken]
            if not free or self.stopping or (self.deadline and time.time() >= self.deadline):
                return None
            self.taken.add(cells.key(free[0]))
            return free[0]

    def work(self):
        while (each := self.next()) is not None:
            try:
                result = self.runner.run(each, keep=self.stage >= 3)
            except (RuntimeError, ValueError, OSError) as error:
                with self.lock:
                    self.failed.append(str(error))
                continue
            if result is None:
                return
            with self.lock:
                cells.store(result)
                self.stored[cells.key(result)] = result
                self.report(result)

    def report(self, result):
        self.finished_cost += cost(result, self.stored)
        speed = self.finished_cost / (time.time() - self.started)
        missing = [each for each in stages.wanted(self.stage, self.stored) if cells.key(each) not in self.stored]
        left = sum(cost(each, self.stored) for each in missing) / speed
        best = cells.chosen(result)
        print(f"{time.strftime('%H:%M')} {cells.name(result)}: macro-F1 {best['macro_f1']:.3f}, accuracy {best['accuracy']:.3f}, epoch "
              f"{best['epoch']} of {cells.epochs(result)}; {result['seconds']:.0f} s; {len(missing)} cells left, "
              f"{speed:.0f} tokens/s, ETA {clock(left)}", flush=True)

    def run(self):
        workers = [threading.Thread(target=self.work) for _ in range(self.options.parallel)]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
                while worker.is_alive():
                    worker.join(0.5)
                    if self.options.hard and self.deadline and time.time() > self.deadline and not self.stopping:
                        self.stopping = True
                        self.runner.stop()
        except KeyboardInterrupt:
            self.stopping = True
            self.runner.stop()
            for worker in workers:
                worker.join()
            print("stopped; the cells under way are lost, the others stand")
        for message in self.failed:
            print(message, file=sys.stderr)
        return bool(self.failed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--status", action="store_true", help="show what is done, what is missing, and the hours left")
    parser.add_argument("--stage", type=int, choices=stages.STAGES, help="only this stage (default: all in order)")
    parser.add_argument("--minutes", type=float, help="begin no cell after so many minutes")
    parser.add_argument("--hard", action="store_true", help="with --minutes: end the cells under way, too")
    parser.add_argument("--apr", type=Path, default=ROOT / ".build" / "release" / "apr", help="the program")
    parser.add_argument("--parallel", type=int, default=2, help="cells side by side (default: 2)")
    parser.add_argument("--threads", type=int, default=1, help="threads of each (default: 1; results do not depend on it)")
    options = parser.parse_args()
    cells.PROGRAM = cells.commit_of(options.apr)
    if options.status:
        return status(cells.done())
    # SIGTERM ends it as Ctrl-C does; SIGINT does so in the background, too, where shells have it ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    for stage in [options.stage] if options.stage else stages.STAGES:
        search = Search(stage, options)
        if search.run() or search.stopping:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
