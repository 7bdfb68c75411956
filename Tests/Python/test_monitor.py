"""`apr monitor` in a real pseudo-terminal, and `apr runs`."""
import json
import pathlib
import re
import shutil
import signal
import subprocess
import termios
import time

import pytest

import support
import toybase
from screen import ESCAPE, Screen

@pytest.fixture(scope="module")
def finished(apr_program, tmp_path_factory):
    return toybase.train(tmp_path_factory.mktemp("monitor"), 2)


@pytest.fixture
def running(apr_program, tmp_path):
    """A run that takes much longer than its test."""
    data = support.write_jsonl(tmp_path / "corpus.jsonl", toybase.corpus(2, count=400))
    process = subprocess.Popen(
        [str(part) for part in (
            support.APR, "finetune", toybase.base(), "--data", data, "--epochs", 2000, "--batch-size", 8, "--threads", 1,
            "--early-stopping-patience", 0, "--learning-rate", 1e-4, "-o", tmp_path / "run")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = tmp_path / "run" / "metrics.jsonl"
    end = time.monotonic() + 60
    while not (log.exists() and '"epoch":1' in log.read_text()):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    yield tmp_path / "run", process
    process.kill()
    process.wait()


def assert_fits(pictures, rows, columns):
    assert pictures
    for picture in pictures:
        assert len(picture) <= rows, picture
        assert all(len(line) <= columns for line in picture), picture


def test_a_running_run_is_watched_until_q(running):
    directory, process = running
    before = (directory / "metrics.jsonl").stat().st_size
    with Screen("monitor", directory) as screen:
        screen.until(r"step \d+/\d+")
        screen.until(r"ETA ")
        assert "running" in screen.text and "tokens/s" in screen.text and "peak" in screen.text
        assert re.search("[⠁-⣿]", screen.text), "curves in braille"
        screen.read(1.0)
        steps = [int(step) for step in re.findall(r"step (\d+)/", screen.text)]
        assert steps[-1] > steps[0], "the picture moves"
        assert_fits(screen.pictures(), 24, 80)
        assert termios.tcgetattr(screen.other)[3] & termios.ICANON == 0
        screen.type("q")
        assert screen.end() == 0
        assert termios.tcgetattr(screen.other) == screen.before, "the terminal is as it was"
        assert "\x1b[?1049l" in screen.text and "\x1b[?25h" in screen.text
    assert process.poll() is None, "the run goes on"
    assert (directory / "metrics.jsonl").stat().st_size > before


@pytest.mark.parametrize("ending", ["ctrl-c", "sigterm"])
def test_the_terminal_is_given_back(running, ending):
    directory, _ = running
    with Screen("monitor", directory) as screen:
        screen.until("q quits")
        if ending == "ctrl-c":
            screen.type("\x03")
            assert screen.end() == 0
        else:
            screen.process.send_signal(signal.SIGTERM)
            assert screen.end() == 143
        assert termios.tcgetattr(screen.other) == screen.before
        assert "\x1b[?1049l" in screen.text


def test_it_follows_the_size_of_the_window(running):
    directory, _ = running
    with Screen("monitor", directory, rows=40, columns=120) as screen:
        screen.until("accuracy")
        assert_fits(screen.pictures(), 40, 120)
        assert max(len(picture) for picture in screen.pictures()) > 30
        screen.resize(12, 50)
        screen.read(1.2)
        assert_fits(screen.pictures()[-2:], 12, 50)
        screen.type("q")
        assert screen.end() == 0


def test_it_ends_with_the_run(running):
    directory, process = running
    with Screen("monitor", directory) as screen:
        screen.until("q quits")
        process.send_signal(signal.SIGINT)
        assert screen.end() == 0
        assert f"interrupted  {directory}" in ESCAPE.sub("", screen.text.split("\x1b[?1049l")[-1])


def test_a_killed_run_is_interrupted(running):
    directory, process = running
    process.kill()
    process.wait()
    with Screen("monitor", directory) as screen:
        assert screen.end() == 0
        assert "interrupted" in screen.text
    with open(directory / "metrics.jsonl", "ab") as file:
        file.write(b'{"schema_version":1,"type":"st')
    assert support.apr_json("monitor", directory)["state"] == "interrupted", "a torn last line is no matter"


@pytest.mark.parametrize("arguments, environment", [(["--ascii"], {}), ([], {"LANG": "C", "LC_ALL": "C"})])
def test_only_ascii_where_nothing_else_can_be_shown(finished, arguments, environment):
    with Screen("monitor", finished.directory / "checkpoints", *arguments, env=environment) as screen:
        assert screen.end() == 0
        assert screen.text.isascii() and "loss" in screen.text


def test_without_a_terminal_it_writes_lines(finished):
    directory = finished.directory / "checkpoints"
    result = support.apr("monitor", directory)
    assert "\x1b" not in result.stdout and "\r" not in result.stdout
    assert len(re.findall(r"^epoch \d+ .*val loss", result.stdout, re.M)) == 3
    assert f"completed  {directory}\n" in result.stdout


def test_a_line_written_by_a_build_service_is_plain(finished):
    with Screen("monitor", finished.directory / "checkpoints", env={"CI": "true"}) as screen:
        assert screen.end() == 0
        assert "\x1b" not in screen.text


def test_json_says_what_the_log_says(finished):
    directory = finished.directory / "checkpoints"
    lines = support.read_jsonl(directory / "metrics.jsonl")
    best = [line for line in lines if line["type"] == "evaluation" and line["is_best"]][-1]
    found = support.apr_json("monitor", directory)
    assert found["state"] == "finished" and found["reason"] == "completed" and found["share"] == 1
    assert found["step"] == found["total_steps"] == max(line["step"] for line in lines)
    assert found["best"]["val_loss"] == best["val_loss"] and found["best"]["epoch"] == best["epoch"]
    waited = 0
    for line in lines:
        if line["type"] == "epoch":
            waited = 0 if line["is_best"] else waited + 1
    assert found["patience_left"] == 10 - waited


def test_damage_in_the_middle_ends_the_reading(finished, tmp_path):
    shutil.copytree(finished.directory / "checkpoints", tmp_path / "run")
    log = tmp_path / "run" / "metrics.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b'"loss":', b'"loss":1')
    log.write_bytes(b"".join(lines))
    assert support.apr_json("monitor", tmp_path / "run")["step"] == json.loads(lines[3])["step"]


def test_a_directory_without_a_run_is_refused(apr_program, tmp_path):
    assert "holds no run" in support.apr("monitor", tmp_path, expect=65).stderr
    assert "holds no run" in support.apr("monitor", tmp_path / "nowhere", "--json", expect=65).stderr


def test_runs_are_listed(finished, running, tmp_path):
    directory, process = running
    shutil.copytree(finished.directory / "checkpoints", tmp_path / "deep" / "er" / "done")
    killed = tmp_path / "killed"
    shutil.copytree(directory, killed)
    bad = tmp_path / "failed"
    result = support.apr(
        "finetune", toybase.base(), "--data", finished.data, "--threads", 1, "-o", bad, "--learning-rate", "1e30",
        "--max-grad-norm", 0, "--warmup-ratio", 0, expect=None)
    assert result.returncode == 1, result.stderr
    found = support.apr_json("runs", tmp_path)
    by_path = {pathlib.Path(run["path"]).name: run for run in found["runs"]}
    assert {name: run["state"] for name, run in by_path.items()} == {
        "done": "finished", "run": "running", "killed": "interrupted", "failed": "failed"}
    assert "not a finite" in by_path["failed"]["error"] or "step" in by_path["failed"]["error"]
    assert [run["started_at"] for run in found["runs"]] == sorted(
        (run["started_at"] for run in found["runs"]), reverse=True)
    best = by_path["done"]["best"]
    listed = support.apr("runs", tmp_path, "--sort", "loss").stdout.splitlines()
    assert listed[0].split()[:2] == ["run", "state"] and listed.index("") == 5
    assert max(map(len, listed)) <= 80
    losses = [run["best"]["val_loss"] for run in support.apr_json("runs", tmp_path, "--sort", "loss")["runs"] if run["best"]]
    assert losses == sorted(losses) and best["val_loss"] in losses
    # Looking at runs is nothing that a run notices.
    assert process.poll() is None


def test_runs_show_what_differs_and_the_best(finished, tmp_path):
    shutil.copytree(finished.directory / "checkpoints", tmp_path / "first")
    shutil.copytree(finished.directory / "checkpoints", tmp_path / "a-name-that-is-longer-than-its-column" / "first")
    second = toybase.train(tmp_path, 2, "--rank", 4, "--epochs", 0.5, "--template", "Command: {text}\\nKind:", "-o", tmp_path / "second")
    lines = support.apr("runs", tmp_path, "--sort", "path").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    end = lines.index("")
    table = [line.split() for line in lines[:end]]
    names = ["-column/first", "first", "second"]
    assert len(table) == 4 and all(row[0].endswith(name) for row, name in zip(table[1:], names))
    # Text stands left, numbers right.
    column = lines[0].index("val loss")
    assert all(line[column + 7].isdigit() and line[column + 8] == " " for line in lines[1:end])
    assert {line.index("finished") for line in lines[1:end]} == {lines[0].index("state")}
    scores = {name: found["best"]["val_macro_f1"] for name, found in zip(names, support.apr_json(
        "runs", tmp_path, "--sort", "path")["runs"])}
    assert scores["second"] < scores["first"]
    assert [row[-1] == "*" for row in table[1:]].count(True) == 1 and table[3][-1] != "*"
    assert "settings that differ:" in lines
    settings = lines[lines.index("settings that differ:") + 1:]
    assert settings[0].split() == ["run", "epochs", "rank", "template"]
    assert settings[2].split() == ["first", "3", "16", "-"]
    assert settings[3].split() == ["second", "0.5", "4", "Command:", "{text}↵Kind:"]
    assert second.result["result"]["steps"] == 3
    only = support.apr("runs", tmp_path / "second").stdout
    assert "settings that" not in only and "*" not in only


def test_nothing_found_is_no_failure(apr_program, tmp_path):
    assert support.apr("runs", tmp_path).stdout == ""
    assert support.apr_json("runs", tmp_path)["runs"] == []
