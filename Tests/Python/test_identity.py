"""What a result depends on, at the command line: a changed or damaged base, an older run, a longer run, a short one."""
import json
import shutil

import pytest

import support
import test_frozen_checkpoint
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
    """A copy of it with the base in its place, which may be changed."""
    shutil.copytree(trained, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


def resume(run, *arguments, **options):
    return support.apr(
        "finetune", "--resume", run / "base", "--data", run / "corpus.jsonl", "-o", run / "run",
        *arguments, **options)


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


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
