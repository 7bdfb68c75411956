"""`apr` as a client of the loopback Hub: an environment with nothing but that Hub, and quick repetitions."""
import json
import pathlib
import shutil
import subprocess
import time

import support
import toybase

BASE_ID = "Qwen/Qwen2.5-Coder-0.5B"
"""What the base of these tests is called on the loopback Hub: one that `--model-size` stands for."""


class Client:
    """A user's machine: a HuggingFace home, a token, and the program."""

    def __init__(self, hub, directory, token="owner"):
        self.hub = hub
        self.directory = pathlib.Path(directory)
        self.home = self.directory / "hf-home"
        self.token = hub.tokens.get(token, token) if token else None

    def environment(self, **more):
        settings = {
            "APR_HUB_RETRY_BASE_MS": 10, "HF_HUB_ETAG_TIMEOUT": 20, "HF_HUB_DOWNLOAD_TIMEOUT": 10,
            "XDG_CACHE_HOME": self.directory / "cache", "TMPDIR": self.temporary, **more}
        return self.hub.environment(self.home, self.token, **settings)

    @property
    def temporary(self):
        path = self.directory / "tmp"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def start(self, *arguments, environment=None, cwd=None):
        return subprocess.Popen(
            [str(support.APR), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=cwd, env=self.environment(**(environment or {})))

    def apr(self, *arguments, expect=0, environment=None, cwd=None, timeout=300):
        """Runs the program to its end; no token may be in anything it prints."""
        process = self.start(*arguments, environment=environment, cwd=cwd)
        output, errors = process.communicate(timeout=timeout)
        result = subprocess.CompletedProcess(process.args, process.returncode, output, errors)
        for token in self.hub.tokens.values():
            assert token not in output + errors, "a token was printed"
        if expect is not None and result.returncode != expect:
            raise support.ProgramError(process.args, result)
        return result

    def json(self, *arguments, **options):
        return json.loads(self.apr(*arguments, "--json", **options).stdout)

    def cache(self, repo):
        return self.home / "hub" / ("models--" + repo.replace("/", "--"))

    def leftovers(self, repo):
        """Files of a cache that are not finished downloads."""
        return sorted(path.name for path in (self.cache(repo) / "blobs").glob("*apr-*"))


def plain_base(directory, name="base-model"):
    """A copy of the toy base in a plain folder."""
    folder = pathlib.Path(directory) / name
    shutil.copytree(toybase.base(), folder)
    return folder


def plant_base(hub, repo=BASE_ID, folder=None):
    """The toy base on the Hub; returns its commit."""
    folder = folder or toybase.base()
    contents = {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}
    large = {name: contents.pop(name) for name in list(contents) if name.endswith(".safetensors")}
    return hub.plant(repo, files=contents, lfs=large)


def train(directory, base, labels=2, *extra):
    """A run on a base in a plain folder, in a directory of its own; returns the run's directory."""
    directory = pathlib.Path(directory)
    data = support.write_jsonl(directory / "corpus.jsonl", toybase.corpus(labels))
    support.apr(
        "finetune", "--task", "classify", base, "--data", data, "--epochs", 2, "--batch-size", 8, "--learning-rate", 4e-3,
        "--threads", 1, "-o", directory / "checkpoints", *extra, env={"XDG_CACHE_HOME": str(directory / "cache")})
    return directory / "checkpoints"


def wait_until(condition, seconds=30, what="the condition"):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about in {seconds} s"
        time.sleep(0.01)
