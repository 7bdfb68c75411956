"""The search for defaults (Tools/defaults): what it must not do is run a cell twice, lose one, or read a test set."""
import json
import math
import os
import re
import signal
import subprocess
import sys
import time

import pytest

import support

TOOLS = support.ROOT / "Tools" / "defaults"
sys.path.insert(0, str(TOOLS))

import cells  # noqa: E402
import judge  # noqa: E402
import rules  # noqa: E402
import sets  # noqa: E402
import sources  # noqa: E402
import stages  # noqa: E402

APR = """#!{python}
import json, pathlib, sys, time
flags = {{word: sys.argv[index + 1] for index, word in enumerate(sys.argv[:-1]) if word.startswith("-")}}
folder = pathlib.Path(flags["-o"])
folder.mkdir()
with open({calls!r}, "a") as calls:
    calls.write(flags["--learning-rate"] + "\\n")
if flags["--learning-rate"] == "0.5":
    time.sleep(60)
if flags["--learning-rate"] == "0.7":
    sys.exit("apr: the rate is too high")
rows = [json.loads(line) for line in open(flags["--val-data"])]
events = []
for epoch in (1, 2):
    events.append({{"type": "step", "tokens": 50}})
    events.append({{"type": "epoch", "epoch": epoch, "step": epoch, "train_loss": 1 / epoch, "val_loss": float(epoch), "val_accuracy": 0.5,
                   "val_macro_f1": len(rows) / 100 * epoch}})
(folder / "metrics.jsonl").write_text("".join(json.dumps(event) + "\\n" for event in events))
(folder / "report.json").write_text(json.dumps({{"baselines": {{"majority": {{"accuracy": 0.5, "macro_f1": 0.25, "train_rows": 4}}}}}}))
"""

# The search with a list of cells of its own: rates, one after the other.
SEARCH = """
import pathlib, sys
sys.path.insert(0, {tools!r})
import cells, search, sets, stages
folder = pathlib.Path({folder!r})
cells.STORE, cells.WORK, sets.SETS = folder / "results" / "cells.jsonl", folder, folder / "sets"
sets.make = lambda name: sys.exit("the search asked for a part that is not there")
def rates(stored):
    "Rates of the toy."
    return [cells.cell("toy", 4, learning_rate=rate) for rate in {rates!r}]
stages.STAGES = {{1: rates}}
sys.argv = ["search.py", "--stage", "1", "--apr", str(folder / "apr-0123abc"), "--parallel", "1"] + {more!r}
sys.exit(search.main())
"""


@pytest.fixture
def toy(tmp_path):
    """A set without a test part, and a program that answers at once."""
    folder = tmp_path / "sets" / "toy"
    folder.mkdir(parents=True)
    labels = ["a", "b", "a", "b", "rare"]
    sets.write(folder / "train.jsonl", [{"input": f"text {index}", "label": label} for index, label in enumerate(labels)])
    sets.write(folder / "validation.jsonl", [{"input": f"row {label}", "label": label} for label in ["a", "b", "rare"]])
    program = tmp_path / "apr-0123abc"
    program.write_text(APR.format(python=sys.executable, calls=str(tmp_path / "calls")), encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def start(toy, rates, *more):
    script = SEARCH.format(tools=str(TOOLS), folder=str(toy), rates=rates, more=list(more))
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(toy, rates, *more):
    process = start(toy, rates, *more)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def stored(toy):
    return [json.loads(line) for line in (toy / "results" / "cells.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_cell_is_run_once_and_never_reads_the_test_set(toy):
    assert run(toy, [0.1, 0.2])[0] == 0
    status, output, _ = run(toy, [0.1, 0.2, 0.3])
    assert status == 0 and "ETA" in output
    assert (toy / "calls").read_text().split() == ["0.1", "0.2", "0.3"]
    first = stored(toy)[0]
    assert [each["settings"]["learning_rate"] for each in stored(toy)] == [0.1, 0.2, 0.3]
    assert first["program"] == "0123abc" and first["tokens"] == 100
    assert first["baselines"] == {"majority": {"accuracy": 0.5, "macro_f1": 0.25}}
    # The epoch with the lowest loss counts, not the one with the best figure; two of three validation rows have a label that was trained.
    assert cells.chosen(first)["epoch"] == 1 and cells.score(first) == 0.02
    assert len(first["validation"]) == 2


def test_ctrl_c_loses_only_the_cell_under_way(toy):
    process = start(toy, [0.1, 0.5, 0.3])
    deadline = time.time() + 30
    while not (toy / "calls").exists() or "0.5" not in (toy / "calls").read_text():
        assert time.time() < deadline and process.poll() is None
        time.sleep(0.02)
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True).stdout.split()
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1 and "the others stand" in output
    assert [each["settings"]["learning_rate"] for each in stored(toy)] == [0.1]
    assert children and not any(os.path.exists(f"/proc/{child}") for child in children)
    assert run(toy, [0.1, 0.3])[0] == 0
    assert (toy / "calls").read_text().split() == ["0.1", "0.5", "0.3"]


def test_a_cell_that_fails_is_named_and_the_others_run(toy):
    status, _, errors = run(toy, [0.7, 0.3])
    assert status == 1 and "learning_rate=0.7" in errors and "the rate is too high" in errors
    assert [each["settings"]["learning_rate"] for each in stored(toy)] == [0.3]


def test_minutes_begin_no_cell_after_them_and_status_counts(toy):
    assert run(toy, [0.1, 0.2], "--minutes", "0")[0] == 0
    assert not (toy / "calls").exists()
    run(toy, [0.1])
    status, output, _ = run(toy, [0.1, 0.2], "--status")
    assert status == 0 and "1 of 2 cells done" in output


def test_parts_hold_whole_groups_and_do_not_move():
    rows = [{"input": f"text {index}", "label": "a", "group": f"source {index // 3}"} for index in range(600)]
    parts, fewer = sets.split("toy", rows), sets.split("toy", rows[:300])
    where = {row["input"]: key for key, rows in parts.items() for row in rows}
    assert len(where) == 600
    assert all(where[row["input"]] == key for key, some in fewer.items() for row in some)
    assert len({(row["group"], where[row["input"]]) for row in rows}) == 200
    shares = {key: len(some) / 600 for key, some in parts.items()}
    assert 0.5 < shares["train"] < 0.7 and 0.13 < shares["validation"] < 0.27
    # The order is by hash, not as given: the first rows are a sample of all.
    assert {row["input"] for row in parts["train"][:50]} - {row["input"] for row in rows[:300]}
    assert sets.part("toy", "source 0") == "train" and sets.part("toy", "source 1") == sets.part("toy", "source 1")


def test_texts_are_cut_at_words():
    assert sources.cut("one  two\nthree", 8) == "one two"
    assert sources.cut("short") == "short"
    assert len(sources.cut("x" * 500)) == sources.CHARACTERS


def test_stage_one_has_the_whole_grid_and_its_cells_have_few_rows():
    first = stages.wanted(1, {})
    keys = [cells.key(each) for each in first]
    assert len(keys) == len(set(keys))
    whole = [each["settings"] for each in first if each["set"] == stages.WHOLE[0] and each["settings"]["batch_size"] == 8]
    grid = {(each["learning_rate"], each["target_modules"], each["epochs"], each["class_weights"]) for each in whole}
    assert len(grid) >= 4 * 2 * 3 * 2
    assert not {each["set"] for each in first} & set(sets.JUDGING)
    assert {each["set"] for each in first} == set(sets.FITTING)


def test_rules_give_enough_steps_and_cap_the_epochs():
    for rows in (20, 150, 600, 1800, 5000, 100_000):
        settings = rules.resolve(rows)
        steps = settings["epochs"] * -(-rows // settings["batch_size"])
        assert rules.EPOCHS[0] <= settings["epochs"] <= rules.EPOCHS[1]
        assert steps >= rules.STEPS or settings["epochs"] == rules.EPOCHS[1]


def test_a_setting_is_judged_by_pairs_that_differ_in_nothing_else():
    def done(rate, targets, score, name="shell"):
        each = cells.cell(name, learning_rate=rate, target_modules=targets)
        return {**each, "validation": [{"epoch": 1, "loss": 1.0, "macro_f1": score, "accuracy": score}]}
    some = [done(1e-3, "all-linear", 0.5), done(2e-3, "all-linear", 0.75), done(2e-3, "q_proj,v_proj", 0.25),
            done(1e-3, "all-linear", 0.0, "code"), done(2e-3, "all-linear", 1.0, "code")]
    found = rules.effects({cells.key(each): each for each in some})
    # "code" is a set for judging: no rule is fitted on it.
    assert found == [("learning_rate", 0.001, 0.002, 0.25, 1, 1), ("target_modules", "all-linear", "q_proj,v_proj", -0.5, 1, 1)]


@pytest.mark.parametrize("ours,holds", [([0.75, 0.77, 0.76], True), ([0.70, 0.72, 0.71], False)])
def test_runs_without_flags_are_judged_by_their_mean(ours, holds, monkeypatch):
    monkeypatch.setattr(judge.baselines, "measure", lambda *_: {"tfidf_logistic_regression": {"macro_f1": 0.6}})
    best = {**cells.cell("code"), "validation": [{"epoch": 1, "loss": 1.0, "macro_f1": 0.9, "accuracy": 0.9}]}
    tests = [{**best, "test_rows": 400, "accuracy": 0.78, "macro_f1": 0.78}]
    tests += [{**cells.automatic("code", seed=seed), "test_rows": 400, "accuracy": value, "macro_f1": value}
              for seed, value in enumerate(ours)]
    by_key = {cells.key(row): row for row in tests}
    found = judge.verdict("code", by_key, {cells.key(best): best})
    assert found["holds"] is holds and found["TF-IDF"] == 0.6 and 0.02 < found["allowed"] < 0.021
    assert judge.verdict("code", dict(list(by_key.items())[:2]), {cells.key(best): best}) is None


def test_no_script_names_a_registry():
    for path in TOOLS.glob("*.py"):
        assert "://" not in path.read_text(encoding="utf-8"), path.name


def test_the_program_has_the_same_rules():
    source = (support.ROOT / "Sources" / "FineTuning" / "Config" / "DefaultRules.swift").read_text(encoding="utf-8")
    table = re.search(r"static let rates:.*?= \[(.*?)\n    \]", source, re.S).group(1)
    rates = [(math.inf if below == ".max" else float(below.replace("_", "")), float(rate), tested == "true")
             for below, rate, tested in re.findall(r"\(([\w.]+), ([\w.-]+), (true|false)\)", table)]
    assert rates == rules.RATES
    numbers = {name: int(value) for name, value in re.findall(r"static let (examplesPerStep|enoughSteps) = (\d+)", source)}
    assert numbers == {"examplesPerStep": rules.BATCH, "enoughSteps": rules.STEPS}
    assert re.search(r"static let epochRange = (\d+)\.\.\.(\d+)", source).groups() == tuple(map(str, rules.EPOCHS))
