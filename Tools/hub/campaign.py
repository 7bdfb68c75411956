"""A seeded campaign of lies: `apr publish` and `apr pull` against a Hub that says what is not so: `make campaign-hub`.

    python Tools/hub/campaign.py [--seed N] [--lies N] [--apr FILE] [--workers N] [--only TEXT] [--results FILE]

Tests/Python/hub_lies.py has the table and the judge. All lies of single endpoints are told, then others in the order of a
draw until there are --lies of them; 0 tells all. The table of outcomes and the counts go to docs/results/hub-lies-DATE.md with
the commit and the command. The exit status is 1 when an outcome was wrong.
"""
import argparse
import concurrent.futures
import datetime
import itertools
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Python"))
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import hub_lies  # noqa: E402
import hub_server  # noqa: E402
import support  # noqa: E402
import toybase  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--lies", type=int, default=300, help="how many; 0 is every one")
    parser.add_argument("--apr", type=pathlib.Path, default=support.APR, help="the program to judge")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", help="a regular expression that ENDPOINT: NAME must match")
    parser.add_argument(
        "--results", type=pathlib.Path,
        default=ROOT / "docs" / "results" / f"hub-lies-{datetime.date.today()}.md")
    return parser.parse_args()


def made(path):
    path.mkdir(parents=True)
    return path


def judge_all(lies, options, directory):
    """Outcomes in the order of the lies."""
    best = toybase.train(made(directory / "run"), 2).best
    hubs = [hub_server.Hub.start() for _ in range(options.workers)]
    began, done = time.monotonic(), itertools.count(1)
    judges = queue.Queue()
    for number, hub in enumerate(hubs):
        judges.put(hub_lies.Judge(hub, best, directory / f"judge{number}", options.apr))

    def one(lie):
        judge = judges.get()
        try:
            start = time.monotonic()
            status, message, wrong = judge.judge(lie)
            outcome = lie, status, message, wrong, time.monotonic() - start
        finally:
            shutil.rmtree(judge.folder, ignore_errors=True)
            judges.put(judge)
        number, seconds = next(done), time.monotonic() - began
        print(f"{number}/{len(lies)} lies  {number / seconds:.2f}/s  ETA {seconds / number * (len(lies) - number) / 60:.0f} min  "
              f"{'WRONG' if wrong else 'right'}  {lie}: exit {status}; {'; '.join(wrong) or message[:150]}", flush=True)
        return outcome

    try:
        with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
            return list(pool.map(one, lies))
    finally:
        for hub in hubs:
            hub.stop()


def kinds(outcomes):
    """How often each kind of wrong outcome was seen."""
    counts = {}
    for _, _, _, wrong, _ in outcomes:
        for text in {re.sub(r"\d+", "N", text.split(":")[0].split(" U+")[0]) for text in wrong}:
            counts[text] = counts.get(text, 0) + 1
    return sorted(counts.items(), key=lambda item: -item[1])


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def report(outcomes, options, seconds):
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude", "*"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    program = "" if options.apr.name == "apr" else f", judging the program {options.apr.name}"
    wrong = [outcome for outcome in outcomes if outcome[3]]
    endpoints = {outcome[0].endpoint for outcome in outcomes}
    lines = [
        f"# {len(outcomes)} lies of a Hub, {datetime.date.today()}", "",
        f"`python Tools/hub/campaign.py --seed {options.seed} --lies {options.lies}` at {commit}{program}: {len(outcomes)} lies "
        f"at {len(endpoints)} endpoints, **{len(wrong)} wrong outcomes**, {seconds / 60:.0f} minutes.", "",
        "Tests/Python/hub_lies.py says what a right outcome is. A lie that ends with exit 0 did no harm: the Hub's head holds our",
        "files, or the cache holds the model. After every other one the same command succeeded with an honest Hub.", ""]
    if wrong:
        lines += ["| wrong outcome | lies |", "|---|---|"]
        lines += [f"| {cell(text)} | {count} |" for text, count in kinds(outcomes)] + [""]
    lines += ["| endpoint | lie | exit | what the program says |", "|---|---|---|---|"]
    for lie, status, message, problems, _ in sorted(outcomes, key=lambda outcome: list(hub_lies.ENDPOINTS).index(outcome[0].endpoint)):
        message = re.sub(r"127\.0\.0\.1:\d+", "HOST", re.sub(r"request id [^)]*", "request id …", message.removeprefix("apr: ")))
        text = f"**{'; '.join(problems)}** " if problems else ""
        shown = message if len(message) <= 240 else message[:240] + "…"
        lines.append(f"| {lie.endpoint} | {lie.name} | {'none' if status is None else status} | {cell(text + shown)} |")
    options.results.write_text("\n".join(lines) + "\n")
    print(f"{len(outcomes)} lies, {len(wrong)} wrong outcomes; {options.results}")
    for text, count in kinds(outcomes):
        print(f"  {count:4}  {text}")
    return bool(wrong)


def main():
    options = arguments()
    lies = hub_lies.draw(options.seed, options.lies)
    if options.only:
        lies = [lie for lie in lies if re.search(options.only, str(lie))]
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="apr-lies-") as directory:
        outcomes = judge_all(lies, options, pathlib.Path(directory))
    sys.exit(report(outcomes, options, time.monotonic() - start))


if __name__ == "__main__":
    main()
