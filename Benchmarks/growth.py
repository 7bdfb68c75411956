"""`make bench-growth`: how the cost of a training step grows with sequence length, batch, rank, threads and model size.

    python Benchmarks/growth.py [--base DIR] [--larger DIR] [--tokens N] [--steps N] [--results DIR]

Every run is `apr finetune --profile --json` on texts cut to the length in question; two things never change at once.
Prints the table and writes it to docs/results/growth-DATE.md.
"""
import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Benchmarks" / "peer"))
import machine  # noqa: E402

LENGTHS = [64, 128, 256, 512, 1024, 2048]


def measure(options, base, *, length, batch, rank=16, threads):
    data = options.work / f"length-{length}.jsonl"
    words = "for file in one two three do echo copy move print done ".split()
    with open(data, "w", encoding="utf-8") as file:
        for row in range(max(2, batch * options.steps)):  # at least one of each label
            text = " ".join(words[(row + offset) % len(words)] for offset in range(2 * length))
            file.write(json.dumps({"input": text, "label": f"class-{row % 2}"}) + "\n")
    command = [options.apr, "finetune", base, "--data", data, "--epochs", 1, "--val-split", 0, "--batch-size", batch,
               "--max-seq-length", length, "--rank", rank, "--target-modules", "q_proj,v_proj", "--threads", threads,
               "--class-weights", "none", "-o", options.work / "run", "--overwrite", "--quiet", "--profile", "--json"]
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"growth: exit {process.returncode}: {' '.join(map(str, command))}")
    profile = json.loads(output)["profile"]
    seconds = {}
    for part in profile["operations"]:
        seconds[part["operation"]] = seconds.get(part["operation"], 0) + part["seconds"]
    return {"tokens_per_s": profile["tokens_per_second"], "step_s": profile["seconds"] / profile["steps"],
            "share": profile["share_of_limit"], "peak_gb": usage.ru_maxrss * 1024 / 1e9,
            "attention": seconds.get("attention", 0) / profile["seconds"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--base", type=pathlib.Path, default=ROOT / "demo" / "work" / "smollm2-135m")
    parser.add_argument("--larger", type=pathlib.Path, help="a larger model; left out without one")
    parser.add_argument("--tokens", type=int, default=2048, help="tokens of a step where the length changes")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--apr", type=pathlib.Path, default=ROOT / ".build" / "release" / "apr")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "docs" / "results")
    options = parser.parse_args()
    options.work = ROOT / ".build" / "bench-growth"
    options.work.mkdir(parents=True, exist_ok=True)
    cores = os.cpu_count()
    plain = {"length": 64, "batch": 16, "threads": cores}
    runs = [("length", length, options.base, dict(plain, length=length, batch=max(1, options.tokens // length)))
            for length in LENGTHS if length <= options.tokens]
    runs += [("batch", batch, options.base, dict(plain, batch=batch)) for batch in [1, 4, 16, 64]]
    runs += [("rank", rank, options.base, dict(plain, rank=rank)) for rank in [4, 16, 64]]
    runs += [("threads", threads, options.base, dict(plain, threads=threads)) for threads in sorted({1, cores})]
    for base in [options.base] + ([options.larger] if options.larger else []):
        runs.append(("weights", f"{machine.non_embedding_weights(base) / 1e6:.0f} M", base, plain))
    lines = ["| what | value | tokens/s | seconds a step | share of the limit | attention's share | VmHWM, GB |",
             "|---|---|---|---|---|---|---|"]
    for what, value, base, settings in runs:
        found = measure(options, base, **settings)
        lines.append(f"| {what} | {value} | {found['tokens_per_s']:.0f} | {found['step_s']:.2f} | {100 * found['share']:.0f} % | "
                     f"{100 * found['attention']:.0f} % | {found['peak_gb']:.2f} |")
        print(lines[-1], flush=True)
    about = machine.description(sys.executable)
    date = datetime.date.today().isoformat()
    text = "\n".join([
        f"# How cost grows, {date}", "",
        f"`make bench-growth`, commit {machine.commit()}, {about['cpu']}, {about['cores']} cores, {about['instructions']}; "
        f"load before: {machine.load():.1f}.", "",
        f"Base {options.base.name}; unless the table says otherwise length 64, batch 16, rank 16, {cores} threads. Where the "
        f"length changes, a step has {options.tokens} tokens. {options.steps} steps each.", "", *lines, ""])
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / f"growth-{date}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
