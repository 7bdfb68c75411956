"""Kills and power cuts, shortened; in full they are `make campaign-kill` and `make campaign-powercut`."""
import random
import signal

import pytest

import crash_harness
import interrupted
import kills
import power_cuts


@pytest.mark.slow
def test_killed_runs_lose_nothing(apr_program, tmp_path):
    if not crash_harness.PROBE.exists():
        pytest.skip(f"{crash_harness.PROBE} is not built; run make build-tests")
    crashes = crash_harness.run(tmp_path, per_point=1, randomly=3, by_apr=3, seed=3)
    assert crashes.count >= len(crash_harness.POINTS) + len(crash_harness.TWO_STEP_POINTS) + 6


@pytest.fixture(scope="module")
def workshop(apr_program, tmp_path_factory):
    return interrupted.Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture(scope="module")
def training(workshop):
    return interrupted.Training(workshop, max_steps=12, save_steps=3)


@pytest.mark.parametrize("kind", ["merge", "import"])
@pytest.mark.parametrize("overwrites", [False, True], ids=["new", "overwrite"])
def test_a_model_is_whole_or_not_there(kind, overwrites, workshop):
    command, draw = interrupted.Writing(workshop, kind, overwrites), random.Random(18)
    for outcome in kills.interrupt(command, draw, 0.05, [signal.SIGKILL]):
        assert not outcome.wrong, outcome
    for state in power_cuts.cuts(command, draw, 4):
        assert not (wrong := state.outcome()), f"{state.moment}: {wrong}"


def test_power_cuts_lose_no_step_that_was_saved(training):
    states = list(power_cuts.cuts(training, random.Random(18), 6, "finetune"))
    assert max(state.saved for state in states) > 0
    for state in states:
        assert not (wrong := state.outcome()), f"{state.moment}: {wrong}"


def test_a_run_that_is_moved_writes_nothing_into_its_successor(training, workshop):
    other = interrupted.Training(workshop, seed=7, max_steps=12, save_steps=3)
    for outcome in kills.move_away(training, other, random.Random(18), signal.SIGKILL):
        assert not outcome.wrong, outcome


def test_a_program_that_synchronizes_nothing_is_found_out(training, workshop):
    """Checks the model of the disk and the judge."""
    for command, count in ((training, 8), (interrupted.Writing(workshop, "merge", overwrites=True), 24)):
        states = power_cuts.cuts(command, random.Random(4), count, "careless", synchronizes=False)
        assert any(state.outcome() for state in states), command
