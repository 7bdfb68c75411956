"""Hostile input in every format, a fixed part of the campaign (`make campaign-input` tries thousands); and whether the judge judges."""
import dataclasses
import random

import pytest

import hostile_binaries as binaries
import hostile_examples
import hostile_formats as formats
import hostile_input
import hostile_judge
import hostile_mutations as mutations
import hostile_world


@pytest.fixture(scope="module")
def campaign(apr_program):
    with hostile_input.Campaign() as campaign:
        yield campaign


def told(results):
    return "\n".join(f"{result.case}: {result.kind}: apr {result.command}: exit {result.outcome.status}: {'; '.join(result.wrong)}"
                     for result in results if result.wrong)


def test_every_format_and_every_kind_of_damage_ends_with_a_result_or_a_message(campaign):
    cases = formats.covering(18)
    assert {case.format for case in cases} == {format.name for format in formats.FORMATS} | set(formats.COMMAND_LINE_COUNTS)
    kinds = {kind for format in formats.FORMATS for kind in format.all_kinds()}
    assert {case.kind for case in cases} - set(formats.COMMAND_LINE_COUNTS) == kinds
    results = campaign.run_all(cases)
    assert len(results) == len(cases)
    assert not told(results), told(results)
    statuses = {result.outcome.status for result in results}
    assert {0, 64, 65} <= statuses, "some input is taken, some refused"


def test_the_examples_end_as_they_should(campaign):
    results = campaign.run_all(hostile_examples.all_examples())
    assert not told(results), told(results)


def test_undamaged_input_is_taken_by_every_command(campaign):
    assert campaign.unsupported == {}


def test_a_case_is_the_same_whenever_it_is_drawn():
    case = formats.Case("tokenizer.json", 5, 18)
    data = (hostile_world.FROZEN / "base" / "tokenizer.json").read_bytes()
    change = mutations.JSON[case.kind]
    assert change(case.random, data) == change(case.random, data) != data
    assert len({str(case) for case in formats.all_cases(18)}) == len(formats.all_cases(18)) >= 8_000


@pytest.mark.parametrize("kinds, file", [
    (mutations.JSON, "base/config.json"), (binaries.SAFETENSORS, "base/model.safetensors"), (binaries.APR, "run/best/model.apr"),
    (mutations.JSON_LINES, "corpus.jsonl")], ids=lambda value: value if isinstance(value, str) else "")
def test_every_kind_of_damage_changes_its_file(kinds, file):
    data = (hostile_world.FROZEN / file).read_bytes()
    for name, change in kinds.items():
        changed = [change(random.Random(seed), data) for seed in range(8)]
        assert any(other != data for other in changed), name


# MARK: the judge

RIGHT = hostile_judge.Outcome(65, False, 0.1, 0.1, 20.0, "", "apr: corpus.jsonl:3: not valid JSON; write one object per line\n")
WRONG = {
    "hangs": {"late": True, "status": -9},
    "ended by signal 4": {"status": -4},
    "undocumented exit status 2": {"status": 2},
    "takes too long": {"cpu": 50.0},
    "takes too much memory": {"megabytes": 5_000.0},
    "raw control character on standard error": {"errors": "apr: corpus.jsonl: \x1b[2J\n"},
    "raw control character on standard output": {"output": "\u202e"},
    "token on standard error": {"errors": f"apr: corpus.jsonl: {hostile_judge.TOKEN}\n"},
    "inside of a runtime on standard error": {"errors": "corpus.jsonl: main.swift:3: Fatal error\n"},
    "JSON does not parse": {"output": '{"loss": NaN}'},
    "endless message": {"errors": "corpus.jsonl" * 5_000},
    "no message": {"errors": " \n"},
    "an error does not say where": {"errors": "apr: something is wrong\n"},
    "damaged input passes": {"status": 0},
    "not a number in a result": {"status": 0, "output": "safe nan %"},
}


def judged(outcome):
    return hostile_judge.complaints(
        outcome, hostile_judge.Limits(), arguments=["verify", "--json"], names=["corpus.jsonl"], damaged=True)


def test_a_message_that_says_where_is_right():
    assert judged(RIGHT) == []


@pytest.mark.parametrize("kind", WRONG)
def test_the_judge_finds_what_is_wrong(kind):
    assert kind in [text.split(":")[0] for text in judged(dataclasses.replace(RIGHT, **WRONG[kind]))]


def test_a_program_that_dies_is_seen_to_die(tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nkill -ILL $$\n")
    program.chmod(0o755)
    launcher = hostile_judge.Launcher(program)
    try:
        outcome = launcher.run([], {}, tmp_path)
        assert outcome.status == -4
        program.write_text("#!/bin/sh\nexec sleep 60\n")
        assert launcher.run([], {"PATH": "/usr/bin:/bin"}, tmp_path, wall=0.3).late
    finally:
        launcher.close()
