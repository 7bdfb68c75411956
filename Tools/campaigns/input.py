"""A seeded campaign of hostile input in every format that the program reads: `make campaign-input`.

    python Tools/campaigns/input.py [--seed N] [--scale X] [--apr FILE] [--workers N] [--only TEXT] [--results FILE]

Tests/Python/hostile_formats.py has the table of formats, hostile_examples.py the named cases, hostile_judge.py what a right outcome
is. One case can be run again by its name: `--only 'CSV/17$'`. The counts go to docs/results/campaign-input-DATE.md with the commit
and the command. The exit status is 1 when an outcome was wrong.
"""
import argparse
import collections
import datetime
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Python"))

import hostile_examples  # noqa: E402
import hostile_formats  # noqa: E402
import hostile_input  # noqa: E402
import support  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--scale", type=float, default=1, help="multiplies how many cases each format has")
    parser.add_argument("--apr", type=pathlib.Path, default=support.APR, help="the program to judge")
    parser.add_argument("--of", help="what the page calls that program; the commit otherwise")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", help="a regular expression that FORMAT/N must match")
    parser.add_argument(
        "--results", type=pathlib.Path, default=ROOT / "docs" / "results" / f"campaign-input-{datetime.date.today()}.md")
    return parser.parse_args()


class Progress:
    """A line every few seconds, and every wrong outcome at once."""

    def __init__(self, total):
        self.total, self.shown, self.wrong = total, 0.0, 0

    def __call__(self, results, seconds):
        result = results[-1]
        if result.wrong:
            self.wrong += 1
            print(f"WRONG  {result.case}: {result.kind}: apr {result.command[:200]}: exit {result.outcome.status}", flush=True)
            for text in result.wrong:
                print(f"         {text[:300]!r}", flush=True)
        if seconds - self.shown > 10 or len(results) == self.total:
            self.shown = seconds
            rate = len(results) / seconds
            print(f"{len(results)}/{self.total}  {rate:.0f} a second, {(self.total - len(results)) / rate:.0f} s left, "
                  f"{self.wrong} wrong", flush=True)


def cell(text):
    shown = text if len(text) <= 220 else text[:220] + "…"
    return shown.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ").encode("unicode_escape").decode()


def ending(outcome):
    if outcome.status < 0 or outcome.late:
        return "killed"
    return {0: "accepted", 64: "wrong usage", 65: "bad data", 74: "unreadable"}.get(outcome.status, "other failure")


def report(results, total, campaign, options, seconds):
    commit = options.of or subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    wrong = [result for result in results if result.wrong]
    command = f"python Tools/campaigns/input.py --seed {options.seed}" + (f" --scale {options.scale:g}" if options.scale != 1 else "")
    lines = [
        f"# {len(results)} hostile inputs, {datetime.date.today()}", "",
        f"`{command}`, program of {commit}: **{len(wrong)} wrong outcomes**, {seconds / 60:.0f} minutes, {options.workers} workers.", "",
        "Tests/Python/hostile_judge.py says what a right outcome is. Accepted input is either undamaged where it counts, or signed anew.", ""]
    if campaign.stopped:
        lines += [f"Stopped before its end: a sample of {len(results)} of {total}.", ""]
    if campaign.unsupported:
        lines += ["The program has no case of these commands, because it fails at them with undamaged input: "
                  + "; ".join(f"`apr {' '.join(command[:1])} {' '.join(part for part in command if part.startswith('--'))}`"
                              for command in campaign.unsupported) + ".", ""]
    kinds = collections.Counter(kind for result in wrong for kind in hostile_input.kinds_of(result.wrong))
    if kinds:
        lines += ["| wrong outcome | inputs |", "|---|---:|", *(f"| {cell(kind)} | {count} |" for kind, count in kinds.most_common()), ""]
    endings = ["accepted", "bad data", "wrong usage", "unreadable", "other failure", "killed"]
    lines += ["| format | inputs | " + " | ".join(endings) + " | wrong |", "|---|---:|" + "---:|" * (len(endings) + 1)]
    order = [hostile_examples.FORMAT, *(format.name for format in hostile_formats.FORMATS), *hostile_formats.COMMAND_LINE_COUNTS]
    by_format = {}
    for result in sorted(results, key=lambda result: order.index(result.case.format)):
        by_format.setdefault(result.case.format, []).append(result)
    for name, group in [*by_format.items(), ("**all**", results)]:
        counts = collections.Counter(ending(result.outcome) for result in group)
        lines.append(f"| {name} | {len(group)} | " + " | ".join(str(counts[ending]) for ending in endings)
                     + f" | {sum(bool(result.wrong) for result in group)} |")
    lines += ["", "| kind of damage | inputs | accepted | wrong |", "|---|---:|---:|---:|"]
    by_kind = {}
    for result in results:
        if result.case.format not in [*hostile_formats.COMMAND_LINE_COUNTS, hostile_examples.FORMAT]:
            by_kind.setdefault(re.sub(r"^(header|metadata|packed): |, signed$", "", result.kind), []).append(result)
    for name, group in sorted(by_kind.items()):
        lines.append(f"| {name} | {len(group)} | {sum(result.outcome.status == 0 for result in group)} | {sum(bool(r.wrong) for r in group)} |")
    named = [result for result in results if result.case.format == hostile_examples.FORMAT]
    if named:
        lines += ["", "The examples of the issue, by its letters:", "", "| example | exit | outcome |", "|---|---:|---|"]
        lines += [f"| {result.case.name} | {result.outcome.status} | "
                  + (f"**{cell('; '.join(result.wrong))}**" if result.wrong else "right") + " |" for result in named]
    others = [result for result in wrong if result.case.format != hostile_examples.FORMAT]
    if others:
        lines += ["", "Up to three of each wrong outcome:", "", "| case | damage | command | what is wrong |", "|---|---|---|---|"]
        seen = collections.Counter()
        for result in others:
            kind = tuple(sorted(hostile_input.kinds_of(result.wrong)))
            seen[kind] += 1
            if seen[kind] <= 3:
                text = re.sub(r"/[^ '\"]*/hostile-\w+/\w+", "…", "; ".join(result.wrong))
                lines.append(f"| {result.case} | {cell(result.kind)} | `{cell(result.command[:80])}` | {cell(text)} |")
    options.results.write_text("\n".join(lines) + "\n")
    print(f"{len(results)} inputs, {len(wrong)} wrong outcomes; {options.results}")
    for kind, count in kinds.most_common():
        print(f"  {count:5}  {kind}")
    return bool(wrong)


def main():
    options = arguments()
    cases = hostile_formats.all_cases(options.seed, options.scale)
    random.Random(options.seed).shuffle(cases)  # What was done before an interruption is then a sample of all.
    cases = [*hostile_examples.all_examples(), *cases]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.only:
        cases = [case for case in cases if re.search(options.only, str(case))]
    start = time.monotonic()
    with hostile_input.Campaign(options.apr, options.workers) as campaign:
        for command, message in campaign.unsupported.items():
            print(f"no cases of apr {' '.join(command)}: {message[:200]}")
        results = campaign.run_all(cases, Progress(len(cases)))
        sys.exit(report(results, len(cases), campaign, options, time.monotonic() - start))


if __name__ == "__main__":
    main()
