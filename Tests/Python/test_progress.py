"""What takes long says how far it has come: one line that rewrites itself on a terminal, and nothing that rewrites elsewhere.

Each piece of work here is large enough for more than a tenth of a second, after which a terminal is told.
"""
import hashlib
import json
import re
import shutil

import pytest

import support
import toybase
from screen import Screen

REWRITTEN = "\r\x1b[K"
COLOR = re.compile(r"\x1b\[[0-9;]*m")
SIZE = 500_000_000
COMMANDS = ["finetune", "predict", "eval", "merge", "publish", "pull", "import", "inspect", "verify"]


@pytest.fixture(scope="module")
def run(apr_program, tmp_path_factory):
    return toybase.train(tmp_path_factory.mktemp("progress"), 2)


@pytest.fixture(scope="module")
def large(run, tmp_path_factory):
    """A checkpoint that lists one more file, a sparse one, whose hash takes a while."""
    checkpoint = tmp_path_factory.mktemp("large") / "best"
    shutil.copytree(run.best, checkpoint)
    digest = hashlib.sha256()
    with open(checkpoint / "zeros.bin", "wb") as file:
        file.truncate(SIZE)
    for _ in range(SIZE // 1_000_000):
        digest.update(bytes(1_000_000))
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    del manifest["digest"]
    manifest["files"]["zeros.bin"] = {"role": "protected", "sha256": digest.hexdigest(), "size": SIZE}

    def canonical():
        return json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    manifest["digest"] = hashlib.sha256(canonical().encode()).hexdigest()
    (checkpoint / "manifest.json").write_text(canonical() + "\n")
    yield checkpoint
    (checkpoint / "zeros.bin").unlink()


def shown(*arguments, status=0, **environment):
    """Everything that a command writes to its terminal."""
    with Screen(*arguments, columns=200, env=environment) as screen:
        assert screen.end(120) == status, screen.text
        return screen.text


def long_work(name, run, large, tmp_path):
    """A command that takes a while, and the first words of its progress."""
    match name:
        case "verify" | "inspect":
            return [name, large], "verifying " if name == "verify" else "reading "
        case "finetune":
            data = support.write_jsonl(tmp_path / "corpus.jsonl", toybase.corpus(2, count=2000))
            return ["finetune", toybase.base(), "--data", data, "--epochs", 1, "-o", tmp_path / "run"], r"epoch \d|step \d"
        case "predict":
            data = support.write_jsonl(tmp_path / "texts.jsonl", [{"input": f"rm -rf x{row}"} for row in range(20_000)])
            return ["predict", run.best, "--data", data], "predicting: "


@pytest.mark.parametrize("name", ["verify", "inspect", "finetune", "predict"])
def test_progress_on_a_terminal(run, large, tmp_path, name):
    command, words = long_work(name, run, large, tmp_path)
    text = shown(*command)
    lines = [part for part in text.split(REWRITTEN) if re.match(words, part)]
    assert len(lines) >= 1, text[-2000:]
    assert any(re.search(r"\d+ ?%|\d+/\d+|tokens/s", line) for line in lines), lines[:5]


def test_pulling_shows_bytes_and_rate(hub, tmp_path):
    weights = tmp_path / "weights"
    with open(weights, "wb") as file:
        file.truncate(SIZE)
    hub.plant("me/large", {"config.json": b"{}"}, lfsFiles={"model.safetensors": str(weights)})
    environment = {key: value for key, value in hub.environment(tmp_path / "home").items() if key.startswith("HF_")}
    text = shown("pull", "me/large", **{"HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "", **environment})
    assert re.search(r"pulling me/large: \d+ %, [0-9.]+ .iB of [0-9.]+ .iB, [0-9.]+ .iB/s", text), text[-2000:]


@pytest.mark.parametrize("name", ["verify", "inspect", "finetune", "predict"])
@pytest.mark.parametrize("environment", [{"CI": "true"}, {"TERM": "dumb"}])
def test_nothing_is_rewritten_where_a_build_service_or_no_terminal_reads(run, large, tmp_path, name, environment):
    command, _ = long_work(name, run, large, tmp_path)
    text = shown(*command, **environment)
    assert "\x1b" not in text and "\r" not in text.replace("\r\n", "\n"), text[-2000:]


@pytest.mark.parametrize("name", ["verify", "inspect", "finetune", "predict"])
def test_a_pipe_gets_plain_lines(run, large, tmp_path, name):
    command, _ = long_work(name, run, large, tmp_path)
    result = support.apr(*command)
    assert "\x1b" not in result.stdout + result.stderr and "\r" not in result.stdout + result.stderr


@pytest.mark.parametrize("name", ["verify", "inspect", "finetune", "predict"])
def test_quiet_leaves_results_alone(run, large, tmp_path, name):
    command, words = long_work(name, run, large, tmp_path)
    text = shown(*command, "--quiet")
    assert "\x1b" not in text and not re.search(rf"^(?:{words})", text, re.M), text[-2000:]
    assert text.strip(), "the result is still printed"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_may_take_long_can_be_quiet(apr_program, name):
    assert "--quiet" in support.apr(name, "--help").stdout


def test_colour_is_for_those_who_want_it(run, tmp_path):
    command = ["verify", tmp_path / "nothing"]
    assert COLOR.search(shown(*command, status=65)), "an error's first word is red"
    assert not COLOR.search(shown(*command, status=65, NO_COLOR="1"))
    # Rewriting is no colour.
    data = support.write_jsonl(tmp_path / "corpus.jsonl", toybase.corpus(2, count=2000))
    text = shown("finetune", toybase.base(), "--data", data, "--epochs", 1, "-o", tmp_path / "run", NO_COLOR="1")
    assert REWRITTEN in text and not COLOR.search(text)
