"""Every number in every file of a run, and every number that a flag takes, replaced by hostile ones.

`python Tests/Python/hostile_numbers.py` tries all of them (`make campaign-numbers`, some minutes); `test_hostile_numbers.py` tries
a sample. Whatever the value: no signal, no hang, no more memory than the file is worth. Files stay authentic, which is what makes
them hostile: check values, digests and manifests are computed anew, so that the number reaches the code behind them.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import datetime
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

import hostile_judge
import support

FROZEN = support.ROOT / "Tests" / "Fixtures" / "frozen-run-0.1"
VALUES = [
    "-1", "0", "4294967295", str(2**31), str(2**53), str(2**62), str(2**63 - 1), str(-(2**63)), str(2**64), "1e308", "-1e308",
    "-0.0", "1e-400", "1e400", "0.5", "NaN", '"1"', "null",
]
FLAG_VALUES = [*(value for value in VALUES if value not in ['"1"', "null", "NaN"]), "nan", "inf", "-inf", "922337203685477581", "", "1e18"]
SECONDS = 20
"""Of a debug build on a busy machine; an optimized one takes a tenth."""
MEGABYTES = 1000
MARK = "@@SITE@@"
KINDS = ["takes too long", "takes too much memory", "hangs", "no message", "endless message", "JSON does not parse", "not a number in a result",
         "inside of a runtime on standard error", "undocumented exit status N"]

RUN_READERS = [["report", "{run}"], ["runs", "{dir}"], ["runs", "{dir}", "--json"], ["monitor", "{run}", "--once"],
               ["monitor", "{run}", "--json"], ["verify", "{run}"]]
RESUME = ["finetune", "{base}", "--data", "{dir}/corpus.jsonl", "-o", "{run}", "--resume", "--quiet"]
PREDICT = ["predict", "{run}/best", "--base", "{base}", "--text", "ls"]
CHECKPOINT_READERS = [PREDICT, ["inspect", "{run}/best"], ["verify", "{run}/best"]]
ALL_CHECKPOINT_READERS = [
    *CHECKPOINT_READERS, ["merge", "{run}/best", "--base", "{base}", "-o", "{dir}/merged"],
    ["eval", "{run}/best", "--base", "{base}", "--data", "{dir}/test.jsonl", "--resamples", "10"]]
BASE_READERS = [
    PREDICT, ["inspect", "{base}"], ["tokenize", "{base}", "--text", "ls"],
    ["finetune", "{base}", "--data", "{dir}/corpus.jsonl", "--plan", "-o", "{dir}/new"]]


@dataclasses.dataclass(frozen=True)
class Case:
    """One number of one file, one value, one command."""
    file: str
    site: tuple
    value: str
    command: tuple

    def __str__(self):
        site = ".".join(str(part) for part in self.site)
        return f"{self.file}:{site}={self.value} > apr {' '.join(self.command)}"


# MARK: JSON

def paths_of_numbers(document, path=()):
    """The paths of all numbers, and of nulls, where a number may stand."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from paths_of_numbers(value, (*path, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from paths_of_numbers(value, (*path, index))
    elif document is None or isinstance(document, (int, float)) and not isinstance(document, bool):
        yield path


def one_of_each_kind(paths):
    """Of the elements of a list the first and the last, since one code reads them all."""
    chosen = {}
    for path in paths:
        kind = tuple("*" if isinstance(part, int) else part for part in path)
        chosen.setdefault(kind, []).append(path)
    return [path for paths in chosen.values() for path in dict.fromkeys([paths[0], paths[-1]])]


def with_number(document, path, literal, separators=(",", ":")):
    """The document as text with a literal instead of the number."""
    document = json.loads(json.dumps(document))
    owner = document
    for part in path[:-1]:
        owner = owner[part]
    owner[path[-1]] = MARK
    return json.dumps(document, separators=separators).replace(f'"{MARK}"', literal)


def change_json(file, site, literal):
    file.write_text(with_number(json.loads(file.read_text()), site, literal))


def change_line(file, site, literal):
    """The last line of a type in metrics.jsonl, or all of them, each with the check value of its new text."""
    lines = file.read_text().splitlines()
    which, kind, *path = site
    of_kind = [index for index, line in enumerate(lines) if json.loads(line)["type"] == kind]
    for index in of_kind if which == "all" else of_kind[-1:]:
        line = json.loads(lines[index])
        del line["check"]
        text = with_number(line, path, literal)
        lines[index] = f'{text[:-1]},"check":"{zlib.crc32(text.encode()):08x}"}}'
    file.write_text("\n".join(lines) + "\n")


def change_record(file, site, literal):
    """run.json, whose digest is that of its canonical text."""
    document = json.loads(file.read_text())
    del document["digest"]
    marked = json.loads(with_number(document, site, f'"{MARK}"'))
    canonical = json.dumps(marked, sort_keys=True, separators=(",", ":"), ensure_ascii=False).replace(f'"{MARK}"', literal)
    text = with_number(document, site, literal)
    file.write_text(f'{text[:-1]},"digest":"{hashlib.sha256(canonical.encode()).hexdigest()}"}}')


def change_manifest(file, site, literal):
    document = json.loads(file.read_text())
    del document["digest"]
    text = json.dumps(
        json.loads(with_number(document, site, f'"{MARK}"')), sort_keys=True, separators=(",", ":")).replace(f'"{MARK}"', literal)
    digest = hashlib.sha256(text.encode()).hexdigest()
    file.write_text(f'{{"digest":"{digest}",{text[1:]}\n')


# MARK: Binary headers

def safetensors_header(data):
    length = struct.unpack_from("<Q", data)[0]
    return json.loads(data[8:8 + length]), data[8 + length:]


def change_safetensors(file, site, literal):
    data = file.read_bytes()
    if site == ("header size",):
        value = int(float(literal)) if literal not in ["NaN", "null", '"1"', "1e400"] else 0
        file.write_bytes(struct.pack("<Q", value & (2**64 - 1)) + data[8:])
        return
    header, payload = safetensors_header(data)
    text = with_number(header, site, literal).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + payload)


APR_FIELDS = {("version",): (4, "B"), ("flags",): (6, "H"), ("tensors",): (8, "I"), ("metadata offset",): (12, "Q"),
              ("metadata size",): (20, "I"), ("index offset",): (24, "Q"), ("data offset",): (32, "Q")}


def apr_sites(data):
    metadata_size = struct.unpack_from("<I", data, 20)[0]
    index, count = struct.unpack_from("<Q", data, 24)[0], struct.unpack_from("<I", data, 8)[0]
    sites = [*APR_FIELDS, *(("metadata", *path) for path in one_of_each_kind(
        paths_of_numbers(json.loads(data[64:64 + metadata_size]))))]
    for entry in range(count):
        length = struct.unpack_from("<H", data, index)[0]
        rank = data[index + 2 + length + 1]
        fields = [("name length", index, "H"), ("type", index + 2 + length, "B"), ("rank", index + 3 + length, "B")]
        start = index + 4 + length
        fields += [(f"dimension {axis}", start + 8 * axis, "Q") for axis in range(rank)]
        fields += [("offset", start + 8 * rank, "Q"), ("size", start + 8 * rank + 8, "Q")]
        if entry in [0, count - 1]:
            sites += [("index", *field) for field in fields]
        index = start + 8 * rank + 16
    return sites


def sign_apr(data):
    data = bytearray(data)
    header = bytes(data[:40]) + bytes(data[44:64])
    struct.pack_into("<I", data, 40, zlib.crc32(header))
    struct.pack_into("<I", data, len(data) - 4, zlib.crc32(bytes(data[:-4])))
    return bytes(data)


def apr_with_metadata(data, text):
    """The file with other metadata; what comes after it moves."""
    index, = struct.unpack_from("<Q", data, 24)
    start = (64 + len(text) + 63) // 64 * 64
    head = bytearray(data[:64])
    struct.pack_into("<I", head, 20, len(text))
    struct.pack_into("<Q", head, 24, start)
    struct.pack_into("<Q", head, 32, struct.unpack_from("<Q", data, 32)[0] + start - index)
    return bytes(head) + text + b"\0" * (start - 64 - len(text)) + data[index:]


def change_apr(file, site, literal):
    data = bytearray(file.read_bytes())
    if site[0] == "metadata":
        size, = struct.unpack_from("<I", data, 20)
        data = bytearray(apr_with_metadata(bytes(data), with_number(json.loads(data[64:64 + size]), site[1:], literal).encode()))
    else:
        offset, code = APR_FIELDS[site] if site in APR_FIELDS else site[2:]
        value = int(float(literal)) if literal not in ["NaN", "null", '"1"', "1e400"] else 0
        if literal.lstrip("-").isdigit():
            value = int(literal)
        struct.pack_into("<" + code, data, offset, value & (2**(8 * struct.calcsize(code)) - 1))
    file.write_bytes(sign_apr(data))


def sign_manifest(checkpoint):
    """Lists the files of a checkpoint as they are now."""
    path = checkpoint / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["digest"]
    for name, entry in manifest["files"].items():
        data = (checkpoint / name).read_bytes()
        entry["size"], entry["sha256"] = len(data), hashlib.sha256(data).hexdigest()
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    path.write_text(f'{{"digest":"{hashlib.sha256(text.encode()).hexdigest()}",{text[1:]}\n')


# MARK: Settings and flags

SETTING_KEYS = ["epochs", "max-steps", "early-stopping-patience", "eval-steps", "batch-size", "gradient-accumulation-steps",
                "learning-rate", "warmup-ratio", "weight-decay", "max-grad-norm", "label-smoothing", "rank", "alpha", "lora-dropout",
                "max-seq-length", "val-split", "seed", "save-every", "save-interval", "save-steps", "save-total-limit",
                "max-memory", "threads"]
OTHER_FLAGS = {
    ("eval", "{run}/best", "--base", "{base}", "--data", "{dir}/test.jsonl"): ["--resamples", "--threshold", "--threads", "--max-memory"],
    ("predict", "{run}/best", "--base", "{base}", "--text", "ls"): ["--threads", "--batch-size", "--top"],
}


def change_settings(file, site, literal):
    file.write_text(f"{site[0]}: {literal}\n")


FILES = {
    "run/report.json": (change_json, [["report", "{run}"], RESUME]),
    "run/metrics.jsonl": (change_line, [*RUN_READERS, RESUME]),
    "run/run.json": (change_record, [*RUN_READERS, RESUME]),
    "run/trainer_state.json": (change_json, [["report", "{run}"], RESUME]),
    "run/best/manifest.json": (change_manifest, CHECKPOINT_READERS),
    "run/best/metadata.json": (change_json, [*CHECKPOINT_READERS, ["verify", "{run}"]]),
    "run/best/adapter_config.json": (change_json, ALL_CHECKPOINT_READERS),
    "run/best/config.json": (change_json, ALL_CHECKPOINT_READERS),
    "run/best/tokenizer_config.json": (change_json, CHECKPOINT_READERS),
    "run/best/tokenizer.json": (change_json, CHECKPOINT_READERS),
    "run/best/adapter_model.safetensors": (change_safetensors, ALL_CHECKPOINT_READERS),
    "run/best/model.safetensors": (change_safetensors, ALL_CHECKPOINT_READERS),
    "run/best/model.apr": (change_apr, ALL_CHECKPOINT_READERS),
    "run/last/training_state.apr": (change_apr, [RESUME, ["verify", "{run}/last"], ["inspect", "{run}/last"]]),
    "run/last/metadata.json": (change_json, [RESUME]),
    "base/config.json": (change_json, BASE_READERS),
    "base/tokenizer_config.json": (change_json, BASE_READERS),
    "base/tokenizer.json": (change_json, BASE_READERS),
    "base/model.safetensors": (change_safetensors, BASE_READERS),
}


def sites_of(name):
    file = FROZEN / name
    if name.endswith("metrics.jsonl"):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        return [(which, kind, *path) for kind, line in {line["type"]: line for line in lines}.items()
                for path in paths_of_numbers(line) for which in ["all", "last"]]
    if name.endswith(".safetensors"):
        header = safetensors_header(file.read_bytes())[0]
        names = list(header)
        return [("header size",), *(path for path in paths_of_numbers(header) if path[0] in [names[0], names[-1]])]
    if name.endswith(".apr"):
        return apr_sites(file.read_bytes())
    document = json.loads(file.read_text())
    paths = paths_of_numbers(document)
    if name.endswith("tokenizer.json"):
        # One entry of the vocabulary stands for all.
        paths = [path for index, path in enumerate(paths) if path[:2] != ("model", "vocab") or index % 100 == 0]
    return one_of_each_kind(paths)


def all_cases():
    """Every case."""
    for name, (_, commands) in FILES.items():
        for site in sites_of(name):
            for value in VALUES:
                for command in commands:
                    yield Case(name, site, value, tuple(command))
    plan = ["finetune", "{base}", "--data", "{dir}/corpus.jsonl", "--plan", "-o", "{dir}/new"]
    for key in SETTING_KEYS:
        for value in FLAG_VALUES:
            yield Case("settings.yaml", (key,), value, (*plan, "--config", "{dir}/settings.yaml"))
            yield Case("flags", (key,), value, (*plan, f"--{key}={value}"))
    for command, flags in OTHER_FLAGS.items():
        for flag in flags:
            for value in FLAG_VALUES:
                yield Case("flags", (flag,), value, (*command, f"{flag}={value}"))


def run(case, root, program=None):
    """Runs a case in a directory of its own; what is wrong, or None."""
    directory = pathlib.Path(tempfile.mkdtemp(dir=root))
    try:
        shutil.copytree(FROZEN, directory, symlinks=True, dirs_exist_ok=True)
        if case.file == "settings.yaml":
            change_settings(directory / case.file, case.site, case.value)
        elif case.file in FILES:
            FILES[case.file][0](directory / case.file, case.site, case.value)
            if case.file.startswith("run/") and case.file.count("/") == 2 and not case.file.endswith("manifest.json"):
                sign_manifest((directory / case.file).parent)
        paths = {"dir": directory, "run": directory / "run", "base": directory / "base"}
        return outcome([part.format(**paths) for part in case.command], program)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


LAUNCHERS = threading.local()


def outcome(arguments, program=None):
    """What is wrong with how the program ends; None when nothing is."""
    if getattr(LAUNCHERS, "program", None) != (program or support.APR):
        LAUNCHERS.program = program or support.APR
        LAUNCHERS.launcher = hostile_judge.Launcher(LAUNCHERS.program)
    ended = LAUNCHERS.launcher.run(arguments, {**os.environ, "SWIFT_BACKTRACE": "enable=no"}, os.getcwd(), cpu=SECONDS)
    limits = hostile_judge.Limits(cpu=SECONDS, megabytes=MEGABYTES)
    return "; ".join(hostile_judge.complaints(ended, limits, arguments=arguments)) or None


def run_all(cases, workers=2, show=None, program=None):
    """The cases that go wrong, each with what does."""
    root = tempfile.mkdtemp(prefix="numbers-")
    wrong, started = [], time.monotonic()
    try:
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            problems = pool.map(lambda case: run(case, root, program), cases)
            for number, (case, problem) in enumerate(zip(cases, problems), 1):
                if problem:
                    wrong.append((case, problem))
                    if show:
                        show(f"{case}\n    {problem}")
                if show and number % 250 == 0:
                    rate = number / (time.monotonic() - started)
                    show(f"{number}/{len(cases)}  {rate:.0f} a second, {(len(cases) - number) / rate:.0f} s left, {len(wrong)} wrong")
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return wrong


def report(cases, wrong, options, seconds):
    """The page of counts."""
    commit = options.of or subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=support.ROOT, capture_output=True, text=True).stdout.strip()
    kinds = collections.Counter(re.sub(r"\d+", "N", part.split(":")[0]) for _, problem in wrong for part in problem.split("; "))
    lines = [f"# {len(cases)} hostile numbers, {datetime.date.today()}", "",
             f"`python Tests/Python/hostile_numbers.py{f' --sample {options.sample} --seed {options.seed}' if options.sample else ''}`, program of "
             f"{commit}: **{len(wrong)} wrong outcomes**, {seconds / 60:.0f} minutes.", ""]
    known = [(kind, count) for kind, count in kinds.most_common() if kind in KINDS or kind.startswith("ended by signal")]
    lines += ["| wrong outcome | cases |", "|---|---:|", *(f"| {kind} | {count} |" for kind, count in known), ""] if known else []
    lines += ["| file | cases | wrong |", "|---|---:|---:|"]
    counts, failed = collections.Counter(case.file for case in cases), collections.Counter(case.file for case, _ in wrong)
    lines += [f"| {file} | {count} | {failed[file]} |" for file, count in counts.items()]
    options.results.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="try so many cases instead of all")
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--only", default="", help="files whose names contain this")
    parser.add_argument("--apr", type=pathlib.Path, default=support.APR, help="the program to judge")
    parser.add_argument("--of", help="what the page calls that program; the commit otherwise")
    parser.add_argument("--results", type=pathlib.Path,
                        default=support.ROOT / "docs" / "results" / f"campaign-numbers-{datetime.date.today()}.md")
    options = parser.parse_args()
    started = time.monotonic()
    cases = [case for case in all_cases() if options.only in case.file]
    if options.sample:
        cases = random.Random(options.seed).sample(cases, min(options.sample, len(cases)))
    wrong = run_all(cases, show=lambda text: print(text, flush=True), program=options.apr)
    report(cases, wrong, options, time.monotonic() - started)
    print(f"{len(cases)} cases, {len(wrong)} went wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
