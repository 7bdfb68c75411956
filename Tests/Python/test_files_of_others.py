"""Files where another kind of file is, what killed commands leave, and paths that no shell expands."""
import fcntl
import json
import os
import shutil
import socket

import pytest

import hostile_numbers
import raw_server
import support

FROZEN = support.ROOT / "Tests" / "Fixtures" / "frozen-run-0.1"


@pytest.fixture
def frozen(apr_program, tmp_path):
    return shutil.copytree(FROZEN, tmp_path / "frozen", symlinks=True)


# MARK: pipes, devices, directories and sockets

def make_pipe(path):
    os.mkfifo(path)


def make_device(path):
    path.symlink_to("/dev/zero")


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(path.parent)  # A socket's path is short.
        try:
            listener.bind(path.name)
        finally:
            os.chdir(here)


def make_directory(path):
    path.mkdir()


RUN = [["runs", "{dir}"], ["monitor", "{run}", "--once"], ["report", "{run}"], ["verify", "{run}"], hostile_numbers.RESUME]
BEST = [["predict", "{run}/best", "--base", "{base}", "--text", "ls"], ["verify", "{run}/best"], ["inspect", "{run}/best"],
        ["merge", "{run}/best", "--base", "{base}", "-o", "{dir}/merged"]]
BASE = [["predict", "{run}/best", "--base", "{base}", "--text", "ls"], ["inspect", "{base}"], ["tokenize", "{base}", "--text", "ls"],
        ["finetune", "{base}", "--data", "{dir}/corpus.jsonl", "--plan", "-o", "{dir}/new"]]
INSTEAD = [
    *(("run/" + name, RUN) for name in ["metrics.jsonl", "run.json", "report.json", "trainer_state.json", "report.html", ".lock"]),
    *(("run/best/" + name, BEST) for name in [
        "manifest.json", "model.apr", "adapter_config.json", "adapter_model.safetensors", "config.json", "metadata.json",
        "tokenizer.json", "tokenizer_config.json", "README.md"]),
    ("run/last/training_state.apr", [hostile_numbers.RESUME]),
    *(("base/" + name, BASE) for name in ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "README.md"]),
]


@pytest.mark.parametrize("make", [make_pipe, make_device, make_socket, make_directory], ids=lambda make: make.__name__[5:])
@pytest.mark.parametrize("name, commands", INSTEAD, ids=lambda value: value if isinstance(value, str) else "")
def test_something_else_in_place_of_a_file_hangs_nothing(name, commands, make, frozen):
    path = frozen / name
    path.unlink(missing_ok=True)
    make(path)
    paths = {"dir": frozen, "run": frozen / "run", "base": frozen / "base"}
    for command in commands:
        problem = hostile_numbers.outcome([part.format(**paths) for part in command])
        assert problem is None, f"{command[0]}: {problem}"


def test_data_may_come_from_a_pipe_that_the_user_names(frozen):
    rows = '{"input": "ls"}\n{"input": "rm -rf $dir"}\n'
    for data in ["/dev/stdin", "-"]:
        assert len(support.apr_lines(
            "predict", frozen / "run" / "best", "--base", frozen / "base", "--data", data, input=rows)) == 2
    script = '"$0" predict "$1" --base "$2" --data <(printf %s "$3") --json'
    result = support.execute("bash", "-c", script, support.APR, frozen / "run" / "best", frozen / "base", rows)
    assert len(result.stdout.splitlines()) == 2
    endless = support.apr(
        "predict", frozen / "run" / "best", "--base", frozen / "base", "--data", "/dev/zero", expect=None, timeout=20)
    assert endless.returncode in [65, 74] and "device" in endless.stderr


@pytest.mark.parametrize("positions", [2**20, 2**28])
def test_memory_does_not_grow_with_what_a_file_claims(positions, frozen):
    best = frozen / "run" / "best"
    hostile_numbers.change_apr(best / "model.apr", ("metadata", "max_seq_length"), str(positions))
    hostile_numbers.change_json(frozen / "base" / "config.json", ("max_position_embeddings",), str(positions))
    hostile_numbers.change_json(best / "config.json", ("max_position_embeddings",), str(positions))
    hostile_numbers.sign_manifest(best)
    usual = support.measured(
        support.APR, "predict", FROZEN / "run" / "best", "--base", FROZEN / "base", "--text", "ls")
    ours = support.measured(support.APR, "predict", best, "--base", frozen / "base", "--text", "ls")
    assert ours["megabytes"] < usual["megabytes"] + 20
    assert ours["seconds"] < usual["seconds"] + 2


def test_a_long_text_gets_the_positions_that_it_needs(frozen):
    """The table of positions grows from text to text; the logits are those of a text that comes first."""
    best, text = frozen / "run" / "best", "rm -rf " * 600
    hostile_numbers.change_apr(best / "model.apr", ("metadata", "max_seq_length"), "1024")
    hostile_numbers.sign_manifest(best)
    predict = ["predict", best, "--base", frozen / "base", "--text"]
    alone = support.apr_lines(*predict, text)[0]["logits"]
    after = support.apr_lines(*predict, "ls", text, "ls")
    assert after[1]["logits"] == alone and after[0]["logits"] == after[2]["logits"]
    assert alone != support.apr_lines(*predict, text[:140])[0]["logits"]


# MARK: what killed commands leave

def abandon(parent, name):
    directory = parent / name
    directory.mkdir()
    (directory / "model.safetensors").write_bytes(bytes(1000))
    return directory


def test_a_merge_removes_what_killed_merges_left(frozen):
    dead = [abandon(frozen, f".{name}.{kind}-{index:016x}") for index, (name, kind) in enumerate(
        [("m", "tmp"), ("m", "del"), ("m", "tmp")])]
    alive = abandon(frozen, ".m.tmp-00000000000000ff")
    checkpoint = abandon(frozen, ".m.tmp-00000000000000ee")
    (checkpoint / "manifest.json").write_text("{}")
    strangers = [abandon(frozen, name) for name in [".other.tmp-0000000000000003", ".m.tmp-xyz", "m.tmp-0000000000000000", ".m"]]
    held = os.open(alive, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        support.apr("merge", frozen / "run" / "best", "--base", frozen / "base", "-o", frozen / "m")
    finally:
        os.close(held)
    assert not any(path.exists() for path in dead)
    assert all(path.exists() for path in [alive, checkpoint, *strangers])
    assert (frozen / "m" / "model.safetensors").exists()


def test_an_import_removes_what_killed_imports_left(apr_program, tmp_path):
    dead = abandon(tmp_path, ".base.tmp-0000000000000001")
    support.apr("import", support.ROOT / "Tests" / "Fixtures" / "command-line" / "base.gguf", "-o", tmp_path / "base")
    assert not dead.exists() and (tmp_path / "base" / "config.json").exists()


def test_publishing_removes_what_killed_publications_left(frozen):
    temporary = frozen / "temporary"
    temporary.mkdir()
    dead, alive, stranger = (abandon(temporary, name) for name in ["apr-publish-abc123", "apr-publish-def456", "apr-publish-other-name"])
    held = os.open(alive, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        support.apr(
            "publish", frozen / "run" / "best", "org/model", "--merged", "--dry-run", "--base", frozen / "base", env={
                "TMPDIR": str(temporary), "HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": "hf_" + "a" * 34,
                "APR_HUB_RETRY_BASE_MS": "1", "HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "", "HF_HOME": str(frozen / "hf")})
    finally:
        os.close(held)
    assert sorted(path.name for path in temporary.iterdir()) == sorted([alive.name, stranger.name])


# MARK: paths

def test_paths_in_settings_are_expanded(frozen):
    home = frozen / "home"
    home.mkdir()
    shutil.copy(frozen / "corpus.jsonl", home / "corpus.jsonl")
    settings = frozen / "settings.yaml"
    settings.write_text(
        f"base: {frozen / 'base'}\ndata: ~/corpus.jsonl\noutput: $HOME/runs/a\ntensorboard: ${{HOME}}/board\nepochs: 1\n")
    support.apr("finetune", "--config", settings, env={"HOME": str(home)}, cwd=frozen)
    assert (home / "runs" / "a" / "best").is_dir() and (home / "board").is_dir()
    assert not (frozen / "~").exists() and not list(frozen.glob("*$*"))
    settings.write_text("output: $NO_SUCH_VARIABLE/a\n")
    refused = support.apr("finetune", frozen / "base", "--data", frozen / "corpus.jsonl", "--config", settings, expect=64, cwd=frozen)
    assert "settings.yaml:1: output is \"$NO_SUCH_VARIABLE/a\"" in refused.stderr
    assert not list(frozen.glob("*$*"))


@pytest.mark.parametrize("value", ["~/hf", "$HOME/hf", "${HOME}/hf", "~root/hf", "$NO_SUCH_VARIABLE/hf", "/x/~/hf", "~no-such-user/hf"])
@pytest.mark.parametrize("name", ["HF_HOME", "HF_HUB_CACHE"])
def test_variables_are_expanded_as_huggingface_hub_does(name, value, apr_program, tmp_path):
    """An id that is not in the cache is looked for there: the error names where."""
    script = "from huggingface_hub import constants; print(constants.HF_HUB_CACHE)"
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], name: value}
    theirs = support.execute(support.STACKS["transformers5"], "-c", script, environment=environment).stdout.strip()
    snapshot = "models--org--model/snapshots/" + "a" * 40
    if not theirs.startswith(str(tmp_path)):
        assert value in ["~root/hf", "/x/~/hf"] or theirs.startswith(value)
        return
    target = tmp_path / os.path.relpath(theirs, tmp_path) / snapshot
    target.mkdir(parents=True)
    (target.parent.parent / "refs").mkdir()
    (target.parent.parent / "refs" / "main").write_text("a" * 40)
    shutil.copy(FROZEN / "base" / "tokenizer.json", target)
    assert "ids" in support.apr("tokenize", "org/model", "--text", "ls", environment=environment, cwd=tmp_path).stdout


@pytest.mark.parametrize("root", ["/", "//", "/tmp/..", "/."])
@pytest.mark.parametrize("command", ["finetune", "merge", "import"])
def test_the_root_is_no_output(root, command, frozen):
    arguments = {
        "finetune": ["finetune", frozen / "base", "--data", frozen / "corpus.jsonl"],
        "merge": ["merge", frozen / "run" / "best", "--base", frozen / "base", "--overwrite"],
        "import": ["import", support.ROOT / "Tests" / "Fixtures" / "command-line" / "base.gguf", "--overwrite"]}[command]
    assert "root of the file system" in support.apr(*arguments, "-o", root, expect=73).stderr


def test_a_home_that_does_not_exist_is_not_made(frozen):
    missing = frozen / "missing"
    environment = {"HOME": str(missing), "PATH": os.environ["PATH"]}
    for file in (frozen / "base").iterdir():
        os.utime(file, (1, 1))
    support.apr("predict", frozen / "run" / "best", "--base", frozen / "base", "--text", "ls", environment=environment)
    support.apr("finetune", frozen / "base", "--data", frozen / "corpus.jsonl", "-o", frozen / "new", "--epochs", "1", environment=environment)
    info = json.dumps({"sha": "a" * 40, "siblings": [{"rfilename": "model.safetensors", "size": 1, "blobId": "b" * 40}]}).encode()
    with raw_server.serve(raw_server.answer(info)) as endpoint:
        refused = support.apr("pull", "org/model", environment={**environment, "HF_ENDPOINT": endpoint}, expect=64)
    assert "HF_HOME" in refused.stderr
    assert not missing.exists()
