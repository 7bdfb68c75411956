"""What a result depends on, at the command line: a changed or damaged base, an older run, a longer run, a short one."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

import support
import test_frozen_checkpoint
import test_schemas
import toybase

UNKNOWN = ["base_config", "tokenizer_files", "data_order", "arithmetic_version"]
"""What version 0.1 did not record of a run."""


@pytest.fixture(scope="module")
def trained(apr_program, tmp_path_factory):
    """A run on a copy of the toy base, with dropout, stopped by a limit of steps inside its second epoch."""
    directory = tmp_path_factory.mktemp("identity")
    base = directory / "base"
    shutil.copytree(toybase.base(), base)
    data = support.write_jsonl(directory / "corpus.jsonl", toybase.corpus(2))
    run = directory / "run"
    support.apr(
        "finetune", base, "--data", data, "--max-steps", 10, "--batch-size", 8, "--lora-dropout", 0.1, "--val-split", 0.1,
        "--threads", 1, "-o", run, "--quiet")
    return directory


@pytest.fixture
def run(trained, tmp_path):
    """A copy of it with its base, which may be changed."""
    shutil.copytree(trained, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


def resume(run, *arguments, **options):
    return support.apr(
        "finetune", "--resume", run / "base", "--data", run / "corpus.jsonl", "-o", run / "run",
        *arguments, **options)


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def damage(path):
    """Changes a byte and keeps the time of modification."""
    before = path.stat()
    with open(path, "r+b") as file:
        file.seek(-7, os.SEEK_END)
        byte = file.read(1)
        file.seek(-7, os.SEEK_END)
        file.write(bytes([byte[0] ^ 4]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("key, value", [("rms_norm_eps", 0.1), ("rope_theta", 123.0)])
def test_a_changed_configuration_ends_every_command(run, key, value):
    edit(run / "base" / "config.json", **{key: value})
    name = key.removeprefix("rms_")
    result = resume(run, "--max-steps", 12, expect=65)
    assert f"the base model's {name} was " in result.stderr and str(value) in result.stderr
    for command in [["predict", "--text", "x"], ["eval", "--data", run / "corpus.jsonl"], ["merge", "-o", run / "merged"]]:
        result = support.apr(command[0], run / "run" / "best", "--base", run / "base", *command[1:], expect=65)
        assert f"config.json: not as when" in result.stderr and name in result.stderr, command
    assert not (run / "merged").exists()


def test_another_order_of_the_corpus_ends_resuming(run):
    lines = (run / "corpus.jsonl").read_text().splitlines(keepends=True)
    (run / "corpus.jsonl").write_text("".join(reversed(lines)))
    result = resume(run, "--max-steps", 12, expect=65)
    assert "another order" in result.stderr and "--allow-data-mismatch" in result.stderr


def test_another_order_of_the_validation_data_ends_resuming(run):
    lines = (run / "corpus.jsonl").read_text().splitlines(keepends=True)
    validation = run / "validation.jsonl"
    validation.write_text("".join(lines[:12]))
    new = ["-o", run / "validated", "--val-data", validation, "--batch-size", 8, "--quiet"]
    support.apr("finetune", run / "base", "--data", run / "corpus.jsonl", *new, "--max-steps", 2)
    recorded = json.loads((run / "validated" / "run.json").read_text())["identity"]["validation_order"]
    assert recorded.startswith("sha256:")
    validation.write_text("".join(reversed(lines[:12])))
    more = ["finetune", "--resume", "-o", run / "validated", "--max-steps", 4, "--quiet"]
    result = support.apr(*more, expect=65)
    assert "the validation data is in another order" in result.stderr and "--allow-data-mismatch" in result.stderr
    support.apr(*more, "--allow-data-mismatch")
    assert json.loads((run / "run" / "run.json").read_text())["identity"]["validation_order"] is None


def test_a_damaged_base_is_found_where_it_matters(run, tmp_path):
    weights = run / "base" / "model.safetensors"
    best = run / "run" / "best"
    damage(weights)
    assert "weights have changed" in resume(run, "--max-steps", 12, expect=65).stderr
    # A remembered hash of the same state of the file, as after damage by the disk: answers trust it.
    status = weights.stat()
    recorded = json.loads((run / "run" / "run.json").read_text())["identity"]["base_files"]["model.safetensors"]
    cache = tmp_path / "cache" / "apr" / "file-hashes.json"
    cache.parent.mkdir(parents=True)
    key = f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"
    cache.write_text(json.dumps({"schema_version": 1, "sha256": {key: recorded}}))
    options = dict(env={"XDG_CACHE_HOME": str(tmp_path / "cache")})
    predict = ["predict", best, "--base", run / "base", "--text", "x"]
    support.apr(*predict, **options)
    for command in [
            [*predict, "--verify-base"], ["merge", best, "--base", run / "base", "-o", run / "merged"],
            ["eval", best, "--base", run / "base", "--data", run / "corpus.jsonl", "--verify-base"],
            ["finetune", run / "base", "--data", run / "corpus.jsonl", "-o", run / "new"], ["verify", run / "base"]]:
        result = support.apr(*command, expect=None, **options)
        assert result.returncode not in (0, 1, 64), command
        assert "nothing has written to it since" in result.stderr, command
    assert "nothing has written to it since" in resume(run, "--max-steps", 12, expect=None, **options).stderr
    assert not (run / "merged").exists() and not (run / "new" / "run.json").exists()


def test_verify_reads_a_base(run, tmp_path):
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    report = support.apr_json("verify", run / "base", env=environment)
    test_schemas.check("verify-base", report)
    hashes = {file["name"]: file["sha256"] for file in report["files"]}
    assert report["valid"] and hashes == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (run / "base").iterdir()}
    weights = run / "base" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    broken = support.apr("verify", run / "base", "--json", expect=65, env=environment)
    test_schemas.check("verify-base", json.loads(broken.stdout))
    assert "model.safetensors" in broken.stderr


def cached_repository(directory, base):
    """A base in the cache of HuggingFace's libraries; returns the environment, and where the weights lie."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    model = directory / "hub" / "models--tiny--base"
    for name in ["blobs", f"snapshots/{commit}", "refs"]:
        (model / name).mkdir(parents=True)
    (model / "refs" / "main").write_text(commit)
    for path in base.iterdir():
        content = path.read_bytes()
        isLarge = path.name.endswith(".safetensors")
        git = hashlib.sha1(b"blob %d\0" % len(content) + content)
        name = (hashlib.sha256(content) if isLarge else git).hexdigest()
        (model / "blobs" / name).write_bytes(content)
        (model / "snapshots" / commit / path.name).symlink_to(f"../../blobs/{name}")
    return {"HF_HUB_CACHE": str(directory / "hub"), "HF_HUB_OFFLINE": "1", "XDG_CACHE_HOME": str(directory / "cache")}, (
        model / "snapshots" / commit)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_damaged_repository_in_the_cache_is_found(run, tmp_path, name):
    environment, snapshot = cached_repository(tmp_path, run / "base")
    report = support.apr_json("verify", "tiny/base", env=environment)
    test_schemas.check("verify-base", report)
    assert report["valid"] and report["repository"] == "tiny/base" and all(file["compared"] for file in report["files"])
    assert "valid, " in support.apr("verify", "tiny/base", env=environment).stdout
    finetune = ["finetune", "tiny/base", "--data", run / "corpus.jsonl", "--max-steps", 2]
    support.apr(*finetune, "-o", run / "first", "--quiet", env=environment)
    damage((snapshot / name).resolve())
    result = support.apr("verify", "tiny/base", expect=65, env=environment)
    assert name in result.stderr or (snapshot / name).resolve().name in result.stderr
    assert "not the one that it is named by" in result.stderr
    damaged = support.apr(*finetune, "-o", run / "second", expect=None, env=environment)
    assert damaged.returncode != 0 and not (run / "second" / "run.json").exists()
    if name == "model.safetensors":
        assert "not the one that it is named by" in damaged.stderr
        predict = support.apr("predict", run / "first" / "best", "--text", "x", expect=None, env=environment)
        assert predict.returncode != 0 and "not the one that it is named by" in predict.stderr


def test_verify_of_an_unknown_model_says_what_it_is_not(apr_program, tmp_path):
    result = support.apr(
        "verify", "nobody/nothing", expect=65, env={"HF_HUB_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1"})
    assert "neither a path nor a model in the cache" in result.stderr


def test_what_an_older_version_did_not_record_is_unknown_and_filled_in(apr_program, tmp_path):
    frozen = shutil.copytree(test_frozen_checkpoint.FROZEN, tmp_path / "frozen", symlinks=True)
    arguments = ["finetune", "--resume", frozen / "base", "--data", frozen / "corpus.jsonl", "-o", frozen / "run"]
    first = support.apr(*arguments, "--json")
    assert f"did not record {', '.join(UNKNOWN)};" in first.stderr
    identity = json.loads((frozen / "run" / "run.json").read_text())["identity"]
    assert set(UNKNOWN[:-1]) <= identity.keys() and identity["base_config"]["norm_eps"] > 0
    assert "did not record" not in support.apr(*arguments, "--json").stderr
    assert support.apr_json("verify", frozen / "run")["valid"] is True
    # Its old checkpoints have the base's configuration all the same.
    edit(frozen / "base" / "config.json", rms_norm_eps=0.01)
    old = test_frozen_checkpoint.FROZEN / "run" / "best"
    result = support.apr("predict", old, "--base", frozen / "base", "--text", "x", expect=65)
    assert "norm_eps was" in result.stderr


def steps_and_order(run):
    lines = support.read_jsonl(run / "run" / "metrics.jsonl")
    return [(line["step"], line["epoch"], line["samples"]) for line in lines if line["type"] == "step"]


def test_more_steps_go_on_inside_the_epoch_that_the_limit_cut(run):
    """60 rows, 54 to train on, 7 steps of 8 an epoch: ten steps end inside the second."""
    result = json.loads(resume(run, "--max-steps", 16, "--json").stdout)["result"]
    assert result["steps"] == 16 and [epoch["epoch"] for epoch in result["history"]] == [1, 2, 3]
    assert [epoch["step"] for epoch in result["history"]] == [7, 14, 16]
    assert steps_and_order(run) == [
        (step, (step - 1) // 7 + 1, 6 if step % 7 == 0 else 8) for step in range(1, 17)]
    # The summary counts the whole run.
    epochs = {line["epoch"]: line["seconds"] for line in support.read_jsonl(run / "run" / "metrics.jsonl")
              if line["type"] == "epoch"}
    assert result["history"][0]["seconds"] == epochs[1] and all(epoch["seconds"] > 0 for epoch in result["history"])
    assert result["seconds"] > epochs[1] + epochs[3]
    assert json.loads((run / "run" / "run.json").read_text())["config"]["max_steps"] == 16
    # The number of epochs counts again once it is given.
    result = json.loads(resume(run, "--epochs", 3, "--json").stdout)["result"]
    assert result["steps"] == 21 and [epoch["step"] for epoch in result["history"]] == [7, 14, 21]


def test_a_rate_that_never_rose_is_a_warning(trained, tmp_path):
    arguments = [
        "finetune", trained / "base", "--data", trained / "corpus.jsonl", "--max-steps", 1, "--learning-rate", 2e-4,
        "-o", tmp_path / "run"]
    text = "less than 1 % of"
    plan = support.apr_json(*arguments, "--plan")
    assert any(text in warning for warning in plan["plan"]["warnings"])
    result = support.apr(*arguments, "--json")
    printed = json.loads(result.stdout)
    assert result.stderr.count(text) == 1 and any(text in warning for warning in printed["plan"]["warnings"])
    assert printed["result"]["largest_learning_rate"] == 0
    moved = support.apr(*arguments[:-1], tmp_path / "other", "--warmup-ratio", 0, "--json")
    assert text not in moved.stderr and json.loads(moved.stdout)["result"]["largest_learning_rate"] == 2e-4


def content(directory):
    return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_a_run_whose_directory_is_moved_away_leaves_its_successor_alone(trained, tmp_path):
    run, aside = tmp_path / "run", tmp_path / "run.old"
    common = ["finetune", trained / "base", "--data", trained / "corpus.jsonl", "--batch-size", 8, "-o", run, "--quiet"]
    command = [str(part) for part in [support.APR, *common, "--epochs", 2000, "--save-steps", 1]]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as first:
        try:
            until = time.monotonic() + 60
            while not ((run / "best" / "manifest.json").exists() and (run / "report.html").exists()):
                assert first.poll() is None and time.monotonic() < until
                time.sleep(0.01)
            # Wherever it is stopped, in a step or in a save, it goes on when another run has the name.
            first.send_signal(signal.SIGSTOP)
            run.rename(aside)
            support.apr(*common, "--max-steps", 8, "--seed", 7)
            expected = content(run)
            first.send_signal(signal.SIGCONT)
            errors = first.communicate(timeout=60)[1]
        finally:
            first.kill()
    assert first.returncode == 74 and "was moved or replaced" in errors
    assert content(run) == expected
    assert support.apr_json("verify", run)["valid"] is True
    assert {json.loads(path.read_text())["seed"] for path in run.glob("*/metadata.json")} == {"7"}
    # The first run lies where it was moved, whole.
    assert support.apr_json("verify", aside)["resumable"]
    # A checkpoint of it is no checkpoint of the other.
    shutil.rmtree(run / "last")
    shutil.copytree(aside / "last", run / "last")
    result = support.apr("verify", run, expect=65)
    assert "last: belongs to another run than the run.json beside it" in result.stderr
