"""What the campaigns share: progress with a rate and an ETA, counts by kind, and the page under docs/results."""
import argparse
import collections
import datetime
import os
import pathlib
import re
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Python"))
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import support  # noqa: E402

DEFAULT = support.APR

def parser(description, count, what):
    options = argparse.ArgumentParser(description=description.split("\n")[0])
    options.add_argument("--seed", type=int, default=18)
    options.add_argument(f"--{what}", type=int, default=count, dest="count", help=f"at least so many (default: {count})")
    options.add_argument("--apr", type=pathlib.Path, default=support.APR, help="the program to judge")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--only", help="a regular expression that the kind must match")
    options.add_argument("--results", type=pathlib.Path, help="the page to write (default: docs/results/NAME-DATE.md)")
    return options


def duration(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


class Campaign:
    """The outcomes of one campaign."""

    def __init__(self, name, options, what):
        self.name, self.options, self.what = name, options, what
        self.started = time.monotonic()
        self.counts = collections.Counter()
        self.wrong = []
        self.tallies = collections.Counter()
        """Further counts for the page, such as how often a checkpoint was read."""
        self.done = 0
        self._lock = threading.Lock()
        support.APR = options.apr.resolve()

    def wants(self, kind):
        return not self.options.only or re.search(self.options.only, kind) is not None

    def add(self, kind, detail, wrong, count=1):
        """Notes an outcome and shows how far the campaign is."""
        with self._lock:
            self.done += count
            self.counts[kind] += count
            if wrong:
                self.wrong.append((kind, detail, sorted(set(wrong))))
            seconds = time.monotonic() - self.started
            rate = self.done / seconds
            left = max(0, self.options.count - self.done) / rate if rate else 0
            print(f"{self.done}/{self.options.count} {self.what}  {rate:.2f}/s  ETA {duration(left)}  "
                  f"{'WRONG' if wrong else 'right'}  {kind}, {detail}{': ' if wrong else ''}{'; '.join(sorted(set(wrong)))}", flush=True)

    def finish(self, title, explanation):
        """Writes the page; the exit status."""
        options, seconds = self.options, time.monotonic() - self.started
        commit = support.execute("git", "-C", ROOT, "rev-parse", "--short", "HEAD").stdout.strip()
        dirty = bool(support.execute("git", "-C", ROOT, "status", "--porcelain", "Sources", "Tests", "Tools").stdout.strip())
        command = f"python Tools/campaigns/{self.name.removeprefix('campaign-')}.py --seed {options.seed} --{self.what.replace(' ', '-')} {options.count}"
        command += f" --apr {options.apr.name}" if options.apr.name != "apr" else ""
        command += f" --only '{options.only}'" if options.only else ""
        cell = lambda text: text.replace("|", "\\|")
        lines = [
            f"# {title}, {datetime.date.today()}", "",
            f"`{command}` at {commit}{' with changes not committed' if dirty else ''}"
            f"{'' if options.apr.name == 'apr' else ', judging the program ' + options.apr.name}: {self.done} {self.what}, "
            f"**{len(self.wrong)} with a wrong outcome**, {duration(seconds)}.", "", *explanation, "",
            f"| kind | {self.what} | wrong |", "|---|---:|---:|"]
        wrong = collections.Counter(kind for kind, _, _ in self.wrong)
        lines += [f"| {cell(kind)} | {count} | {wrong[kind]} |" for kind, count in sorted(self.counts.items())]
        lines += [f"| together | {self.done} | {len(self.wrong)} |", ""]
        lines += [f"- {name}: {count}" for name, count in sorted(self.tallies.items())]
        if self.wrong:
            problems = collections.Counter((kind, text) for kind, _, texts in self.wrong for text in texts)
            lines += ["", "| kind | what was wrong | how often |", "|---|---|---:|"]
            lines += [f"| {cell(kind)} | {cell(text)} | {count} |" for (kind, text), count in sorted(problems.items())]
        page = options.results or ROOT / "docs" / "results" / f"{self.name}-{datetime.date.today()}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("\n".join(lines).rstrip("\n") + "\n")
        print(f"{self.done} {self.what}, {len(self.wrong)} with a wrong outcome; {page}")
        return 1 if self.wrong or not self.done else 0
