"""`apr publish` and `apr pull` against a Hub that says what is not so: a covering part of the table in hub_lies.py.

Every kind of lie is told once, at an endpoint where it matters; `make campaign-hub` tells hundreds.
"""
import pytest

import hub_lies
import toybase

EXPECTED = {
    # endpoint: {lie: (exit, what the message says)}
    "model info": {
        "sizes of 1e17": (65, "sizes"),
        "a file twice": (65, "one name"),
        "a status below 100": (None, ""),
        "deep JSON": (65, "JSON"),
        "a body that drips": (69, "bytes a second"),
        "the token at the cut": (65, "400"),
        "escapes in an error": (65, r"\u{1B}"),
        "a header of a megabyte": (69, ""),
    },
    "resolve": {"another commit": (65, "(token)"), "a redirect elsewhere": (65, "")},
    "large file": {
        "a few bytes an attempt": (69, "connection"),
        "a few bytes an attempt, closed well": (65, "early"),
        "a body without end": (65, "more bytes"),
    },
    "create repository": {"created, but not there": (65, "404")},
    "validate card": {"errors with escapes": (65, "(token)"), "warnings without end": (0, "")},
    "card": {"another card": (65, "content of README.md")},
    "preupload": {
        "everything is ignored": (65, ".gitignore"),
        "everything is there": (65, "does not show"),
        "a gzip bomb": (65, "JSON"),
    },
    "LFS batch": {"errors with the token": (65, "(token)"), "parts of size 1": (65, "each part")},
    "upload PUT": {"accepted, but thrown away": (65, "")},
    "commit": {
        "success false": (65, "did not make the commit: no reason given"),
        "an HTML page": (65, "shows none"),
        "the token as the commit": (65, "shows none"),
        "a commit that the head does not show": (65, "does not show"),
        "done, but another name for it": (65, "does not show"),
        "done, and an empty answer": (0, ""),
    },
}


def lies():
    table = {(lie.endpoint, lie.name): lie for lie in reversed(hub_lies.table())}
    return [
        pytest.param(table[endpoint, name], *outcome, id=f"{endpoint}-{name}")
        for endpoint, rows in EXPECTED.items() for name, outcome in rows.items()]


@pytest.fixture(scope="module")
def judge(hub_process, apr_program, tmp_path_factory):
    directory = tmp_path_factory.mktemp("lies")
    (directory / "run").mkdir()
    return hub_lies.Judge(hub_process, toybase.train(directory / "run", 2).best, directory / "judge")


@pytest.mark.parametrize("lie, status, says", lies())
def test_a_lie(judge, lie, status, says):
    found, message, wrong = judge.judge(lie)
    assert not wrong, (lie, found, message)
    assert status is None or found == status, message
    assert says in message


def test_the_table_covers_every_endpoint_and_the_draw_is_the_same_for_a_seed():
    table = hub_lies.table(18)
    assert {lie.endpoint for lie in table} == set(hub_lies.ENDPOINTS) and len(table) > 700
    assert hub_lies.draw(18, 300) == hub_lies.draw(18, 300)
    assert len({str(lie) + lie.action["kind"] for lie in table}) > 700
