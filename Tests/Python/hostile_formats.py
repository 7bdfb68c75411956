"""Hostile input for every format that the program reads: the table of formats, and the cases that a seed draws from it.

A format is a file of an undamaged world (hostile_world.py), the kinds of damage to it (hostile_mutations.py), and the commands that
read it. Case N of a format has its kind in turn and draws the rest, so every kind comes equally often and a case can be run again
by its name, FORMAT/N. Files whose check values stand in others are signed anew in half of the cases: damage then gets past the
checks to the code behind them; in the other half it must be found.
"""
import dataclasses
import gzip
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import socket
import zlib

import hostile_binaries as binaries
import hostile_judge
import hostile_mutations as mutations
import hostile_numbers
import hostile_world

PREDICT = ["predict", "{w}/run/best", "--base", "{w}/base", "--text", "ls", "rm -rf $dir"]
TOKENIZE = ["tokenize", "{w}/base", "--text", "rm -rf '$dir' <|endoftext|> naïve"]
PLAN = ["finetune", "{w}/base", "--data", "{w}/corpus.jsonl", "--plan", "-o", "{w}/new"]
STEP = ["finetune", "{w}/base", "--data", "{w}/corpus.jsonl", "--max-steps", "1", "--rank", "1", "--quiet", "--threads", "1", "-o", "{w}/new"]
RESUME = ["finetune", "{w}/base", "--data", "{w}/trained.jsonl", "-o", "{w}/run", "--resume", "--quiet"]
EVAL = ["eval", "{w}/run/best", "--base", "{w}/base", "--data", "{w}/test.jsonl", "--resamples", "10"]
MERGE = ["merge", "{w}/run/best", "--base", "{w}/base", "-o", "{w}/merged"]
VERIFY = ["verify", "{w}/run/best"]
CHECKPOINT = [PREDICT, ["inspect", "{w}/run/best"], VERIFY, ["verify", "{w}/run"], EVAL, MERGE,
              ["publish", "{w}/run/best", "org/mine", "--dry-run"]]
RUN = [["report", "{w}/run"], ["runs", "{w}"], ["monitor", "{w}/run", "--once"], ["verify", "{w}/run"], RESUME]
WITH_JSON = {"predict", "inspect", "verify", "eval", "merge", "runs", "tokenize", "import", "finetune", "publish"}


# MARK: Something else in place of a file

def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        # A socket's path is short, and this process has several threads, so that it cannot change its directory.
        short = pathlib.Path(f"/tmp/hostile-{os.getpid()}-{id(listener)}")
        listener.bind(str(short))
        shutil.move(short, path)


INSTEAD = {
    "a pipe instead": os.mkfifo,
    "a directory instead": os.mkdir,
    "a device instead": lambda path: path.symlink_to("/dev/zero"),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a socket instead": make_socket,
    "no file": lambda path: None,
}


# MARK: Check values

def sign_checkpoint(path):
    hostile_numbers.sign_manifest(path.parent)


def sign_document(path):
    """run.json and manifest.json: the digest of what they say, if they still say it in JSON."""
    try:
        document = json.loads(path.read_bytes())
        del document["digest"]
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        path.write_text(f'{{"digest":"{hashlib.sha256(text.encode()).hexdigest()}",{text[1:]}\n')
    except (ValueError, KeyError, TypeError, RecursionError):
        pass


def sign_lines(path):
    """metrics.jsonl: the check value of every line that is an object."""
    lines = []
    for line in path.read_bytes().split(b"\n"):
        text = re.sub(rb',"check":"[0-9a-f]*"\}$', b"}", line)
        if text.startswith(b"{") and text.endswith(b"}"):
            line = text[:-1] + b',"check":"%08x"}' % zlib.crc32(text)
        lines.append(line)
    path.write_bytes(b"\n".join(lines))


def sign_apr(path):
    data = path.read_bytes()
    if len(data) >= 64:
        path.write_bytes(hostile_numbers.sign_apr(data))
    if (path.parent / "manifest.json").exists():
        hostile_numbers.sign_manifest(path.parent)


# MARK: What certainly is damaged

def no_json(data):
    """Whether data is no JSON at all; None where that is not certain."""
    def refuse(constant):
        raise ValueError(constant)
    try:
        json.loads(data.decode("utf-8"), parse_constant=refuse)
        return False
    except RecursionError:
        return False
    except ValueError:
        return True


def bad_lines(data):
    # One mark of byte order at the start is no damage.
    return any(no_json(line) for line in data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n") if line.strip(b" \t\r"))


def no_safetensors(data):
    import safetensors
    try:
        safetensors.deserialize(data)
    except Exception:
        return True
    return False


def never(data):
    return False


# MARK: Formats

@dataclasses.dataclass(frozen=True)
class Format:
    """A file, what is done to it, and who reads it."""
    name: str
    path: str
    kinds: dict
    commands: list
    parts: tuple
    count: int
    sign: object = None
    is_damaged: object = never
    """Whether data certainly is no such file."""
    found_by: tuple = ()
    """The commands that must not succeed then."""
    is_listed: bool = False
    """Whether a manifest lists the file, so that `verify` finds any change."""

    def all_kinds(self):
        # Data may come from a pipe, for which a program waits rightly.
        instead = [name for name in INSTEAD if not (name == "a pipe instead" and self.name in PIPED)]
        return [*self.kinds, *instead]


PIPED = {"JSON lines", "JSON array", "CSV", "TSV", "gzip", "plain text"}
BASE, RUNS = ("base", "corpus.jsonl", "run"), ("base", "run", "corpus.jsonl", "trained.jsonl", "test.jsonl")
DATA = ("base", "run", "test.jsonl")


def corpus(name, file, kinds, count, *extra, is_damaged=never, commands=None):
    commands = commands or [
        ["finetune", "{w}/base", "--data", "{w}/" + file, "--plan", "-o", "{w}/new"],
        ["predict", "{w}/run/best", "--base", "{w}/base", "--data", "{w}/" + file],
        ["eval", "{w}/run/best", "--base", "{w}/base", "--data", "{w}/" + file, "--resamples", "10"], *extra]
    return Format(name, file, kinds, commands, (*DATA, file), count, is_damaged=is_damaged, found_by=("finetune", "eval", "predict"))


def of_base(name, file, kinds, count, *extra, directory="base", is_damaged=never, found_by=("verify", "finetune")):
    commands = [[part.replace("{w}/base", "{w}/" + directory) for part in command] for command in [
        TOKENIZE, ["inspect", "{w}/base"], PLAN, STEP, ["verify", "{w}/base"]]]
    return Format(name, f"{directory}/{file}", kinds, [*commands, *extra], (directory, "run", "corpus.jsonl"), count,
                  is_damaged=is_damaged, found_by=found_by)


def of_checkpoint(name, file, kinds, count, sign=sign_checkpoint, is_damaged=no_json, found_by=("verify",)):
    return Format(name, f"run/best/{file}", kinds, CHECKPOINT, RUNS, count, sign, is_damaged, found_by, is_listed=True)


def of_run(name, file, kinds, count, sign=None):
    return Format(name, f"run/{file}", kinds, RUN, RUNS, count, sign)


def packed(kinds):
    """Damage within gzip, and to gzip."""
    inside = {f"packed: {name}": (lambda change: lambda random, data: gzip.compress(change(random, gzip.decompress(data)), mtime=0))(change)
              for name, change in kinds.items()}
    bomb = {"bomb": lambda random, data: gzip.compress(bytes([random.choice([0, 10, 32, 97])]) * 40_000_000, mtime=0)}
    return {**inside, **mutations.TEXT, **bomb}


FORMATS = [
    corpus("JSON lines", "corpus.jsonl", mutations.JSON_LINES, 500, is_damaged=bad_lines),
    corpus("JSON array", "corpus.json", mutations.JSON, 250),
    corpus("CSV", "corpus.csv", mutations.TABLE, 400),
    corpus("TSV", "corpus.tsv", mutations.TABLE, 350),
    corpus("gzip", "corpus.jsonl.gz", packed(mutations.JSON_LINES), 300),
    corpus("plain text", "texts.txt", mutations.PLAIN, 250, commands=[
        ["predict", "{w}/run/best", "--base", "{w}/base", "--data", "{w}/texts.txt"], ["tokenize", "{w}/base", "--data", "{w}/texts.txt"]]),
    Format("YAML settings", "settings.yaml", mutations.YAML, [[*PLAN, "--config", "{w}/settings.yaml"]],
           ("base", "corpus.jsonl", "settings.yaml"), 450),
    of_base("tokenizer.json", "tokenizer.json", mutations.JSON, 600, PREDICT, is_damaged=no_json, found_by=("verify", "finetune", "tokenize")),
    of_base("tokenizer_config.json", "tokenizer_config.json", mutations.JSON, 250),
    *(of_base(f"config.json of {family}", "config.json", mutations.JSON, 200, *([PREDICT] if family == "qwen2" else []),
              directory="base" if family == "qwen2" else f"base-{family}", is_damaged=no_json) for family in hostile_world.FAMILIES),
    of_base("safetensors", "model.safetensors", binaries.SAFETENSORS, 450, PREDICT, MERGE, is_damaged=no_safetensors),
    of_base("safetensors shard", "model-00002-of-00002.safetensors", binaries.SAFETENSORS, 250, directory="base-sharded", is_damaged=no_safetensors),
    of_base("safetensors index", "model.safetensors.index.json", mutations.JSON, 250, directory="base-sharded", is_damaged=no_json),
    Format("GGUF", "base.gguf", binaries.GGUF, [["import", "{w}/base.gguf", "-o", "{w}/imported"], ["inspect", "{w}/base.gguf"]], ("base.gguf",), 450),
    of_checkpoint("model.apr", "model.apr", binaries.APR, 400, sign_apr, never),
    of_checkpoint("adapter_config.json", "adapter_config.json", mutations.JSON, 300),
    of_checkpoint("adapter_model.safetensors", "adapter_model.safetensors", binaries.SAFETENSORS, 300, is_damaged=no_safetensors),
    of_checkpoint("manifest.json", "manifest.json", mutations.JSON, 250, sign_document),
    of_checkpoint("metadata.json", "metadata.json", mutations.JSON, 200),
    Format("training_state.apr", "run/last/training_state.apr", binaries.APR,
           [["verify", "{w}/run/last"], ["inspect", "{w}/run/last"], ["verify", "{w}/run"], RESUME], RUNS, 200, sign_apr),
    of_run("run.json", "run.json", mutations.JSON, 250, sign_document),
    of_run("metrics.jsonl", "metrics.jsonl", mutations.JSON_LINES, 250, sign_lines),
    of_run("report.json", "report.json", mutations.JSON, 200),
    of_run("trainer_state.json", "trainer_state.json", mutations.JSON, 60),
    Format("remembered hashes", "cache/apr/file-hashes.json", mutations.JSON,
           [PREDICT, MERGE, ["inspect", "{w}/base"]], ("base", "run", "cache"), 150),
    *(Format(f"cache of HuggingFace, {name}", "hf/hub/models--org--model/" + path, kinds,
             [["tokenize", "org/model", "--text", "ls"], ["verify", "org/model"],
              ["finetune", "org/model", "--data", "{w}/corpus.jsonl", "--plan", "-o", "{w}/new"]], ("hf", "corpus.jsonl"), 100,
             is_listed=name != "reference")
      for name, path, kinds in [
          ("reference", "refs/main", mutations.PLAIN), ("weights", f"snapshots/{hostile_world.COMMIT}/model.safetensors", binaries.SAFETENSORS),
          ("configuration", f"snapshots/{hostile_world.COMMIT}/config.json", mutations.JSON)]),
]
BY_NAME = {format.name: format for format in FORMATS}


# MARK: Flags and the environment

FLAGGED = {
    "finetune": PLAN, "predict": PREDICT, "eval": EVAL, "merge": MERGE, "tokenize": TOKENIZE, "inspect": ["inspect", "{w}/base"],
    "verify": VERIFY, "runs": ["runs", "{w}"], "report": ["report", "{w}/run"], "monitor": ["monitor", "{w}/run", "--once"],
    "publish": ["publish", "{w}/run/best", "org/mine", "--dry-run"], "pull": ["pull", "org/model"],
    "import": ["import", "{w}/base.gguf", "-o", "{w}/imported"]}
FLAG_VALUES = [*hostile_numbers.FLAG_VALUES, "text", "x" * 20_000, mutations.ESCAPES, hostile_judge.TOKEN, "a,b", ",", "a=b", "-", "--", "~", "$X",
               "é\u0301", "../x", "no/such/dir/x", "1M", "1Q", "-1K", "99999999999999999999G", "true", "[1]", "%s%n", " ", "\n"]
NEVER = {"-h", "--help", "--version", "--overwrite", "--insecure-endpoint"}
VARIABLES = ["HOME", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "HF_ENDPOINT", "HF_TOKEN", "HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN",
             "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT", "APR_HUB_RETRY_BASE_MS", "APR_CPU_LEVEL",
             "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "COLUMNS", "LINES", "LANG", "LC_ALL", "TERM", "NO_COLOR",
             "TMPDIR", "TZ", "PATH"]
VALUES = ["", " ", "x", "-1", "0", "1e308", "nan", "9" * 30, "~", "$HOME", "$X/y", "relative", "{w}/no/such", "{w}/corpus.jsonl", "x" * 30_000,
          "http://127.0.0.1:9/" + "a" * 3000, "ftp://x", "http://[::1", "http://127.0.0.1:99999", "https://user:pass@127.0.0.1:9", mutations.ESCAPES,
          "file:///etc/passwd", hostile_judge.TOKEN + "\r\nX-Header: 1", "é\u202e", "%", "//", "\udcff"]
ENVIRONMENT_COMMANDS = [["pull", "org/model"], ["tokenize", "org/model", "--text", "ls"], PREDICT, ["publish", "{w}/run/best", "org/mine", "--dry-run"]]
COMMAND_LINE_COUNTS = {"command line": 450, "environment": 250}


@dataclasses.dataclass(frozen=True)
class Case:
    """Case `index` of a format, as a seed draws it."""
    format: str
    index: int
    seed: int

    def __str__(self):
        return f"{self.format}/{self.index}"

    @property
    def random(self):
        return random.Random(f"{self.seed}:{self.format}:{self.index}")

    @property
    def kind(self):
        if self.format in COMMAND_LINE_COUNTS:
            return self.format
        # What stands in place of a file comes once: nothing of it is drawn but the command.
        once, kinds = BY_NAME[self.format].all_kinds(), list(BY_NAME[self.format].kinds)
        return once[self.index] if self.index < len(once) else kinds[(self.index - len(once)) % len(kinds)]


def all_cases(seed, scale=1.0):
    """Every case; `scale` multiplies how many there are of each format."""
    counts = {**{format.name: format.count for format in FORMATS}, **COMMAND_LINE_COUNTS}
    return [Case(name, index, seed) for name, count in counts.items() for index in range(int(count * scale))]


def covering(seed):
    """A few cases that have every format three times and every kind of damage at least once."""
    seen, chosen = set(), []
    for format in FORMATS:
        kinds = format.all_kinds()
        new = [index for index, kind in enumerate(kinds) if kind not in seen]
        spread = range(0, len(kinds), max(1, len(kinds) // 3))
        for index in dict.fromkeys([*new, *list(spread)[:max(0, 3 - len(new))]]):
            seen.add(kinds[index])
            chosen.append(Case(format.name, index, seed))
    return [*chosen, *(Case(name, index, seed) for name in COMMAND_LINE_COUNTS for index in range(8))]
