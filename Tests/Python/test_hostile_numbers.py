"""Numbers from outside never reach arithmetic that traps: the examples that did, and a sample of all (hostile_numbers.py)."""
import json
import os
import random
import shutil

import pytest

import hostile_numbers as numbers
import raw_server
import support

SAMPLE = 240
"""Of about twenty thousand cases; `make campaign-numbers` runs them all."""


@pytest.fixture
def frozen(apr_program, tmp_path):
    return shutil.copytree(numbers.FROZEN, tmp_path / "frozen", symlinks=True)


def case(file, site, value, command):
    return numbers.Case(file, site, value, tuple(command))


EXAMPLES = [
    case("run/report.json", ("evaluation", "classes", 0, "support"), "-1", ["report", "{run}"]),
    case("run/report.json", ("evaluation", "classes", 0, "predicted"), str(2**63 - 1), ["report", "{run}"]),
    case("run/report.json", ("evaluation", "bins", 9, "count"), str(2**63 - 1), numbers.RESUME),
    case("run/report.json", ("lengths", "longest"), str(2**63 - 1), numbers.RESUME),
    case("run/metrics.jsonl", ("all", "step", "tokens"), str(2**62), numbers.RESUME),
    case("run/metrics.jsonl", ("all", "step", "tokens"), str(2**62), ["monitor", "{run}", "--once"]),
    case("run/metrics.jsonl", ("all", "step", "tokens"), str(2**62), ["runs", "{dir}"]),
    case("run/metrics.jsonl", ("last", "step", "loss"), "1e308", ["report", "{run}"]),
    case("run/metrics.jsonl", ("last", "step", "loss"), "-1e308", ["report", "{run}"]),
    case("run/best/metadata.json", ("seconds",), "1e308", ["verify", "{run}/best"]),
    case("flags", ("epochs",), "x", [
        "finetune", "{base}", "--data", "{dir}/corpus.jsonl", "--plan", "-o", "{dir}/new", "--epochs=922337203685477581"]),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_ends_with_a_result_or_a_message(example, apr_program, tmp_path):
    assert numbers.run(example, tmp_path) is None


def test_a_sample_of_all_numbers_ends_with_results_or_messages(apr_program):
    cases = list(numbers.all_cases())
    wrong = numbers.run_all(random.Random(18).sample(cases, SAMPLE))
    assert not wrong, "\n".join(f"{case}: {problem}" for case, problem in wrong)


@pytest.mark.parametrize("file", [name for name in numbers.FILES if name.startswith("run/") and not name.endswith("tokenizer.json")])
def test_a_changed_file_is_authentic(file, frozen):
    """With the number that was there, every check value fits: without this, hostile numbers would not get past the checks."""
    change, _ = numbers.FILES[file]
    document = frozen / file
    before = document.read_bytes()
    site, literal = unchanged(file, before)
    change(document, site, literal)
    if file.count("/") == 2 and not file.endswith("manifest.json"):
        numbers.sign_manifest(document.parent)
    assert support.apr_json("verify", frozen / "run")["valid"] is True


def unchanged(file, data):
    """A number of the file with its own value."""
    if file.endswith(".apr"):
        return ("version",), "2"
    if file.endswith(".safetensors"):
        header, _ = numbers.safetensors_header(data)
        site = next(iter(numbers.paths_of_numbers(header)))
        return site, json.dumps(value_at(header, site))
    if file.endswith("metrics.jsonl"):
        line = json.loads(data.splitlines()[-1])
        return ("last", line["type"], "step"), str(line["step"])
    document = json.loads(data)
    site = next((path for path in numbers.paths_of_numbers(document)), None)
    if site is None:
        pytest.fail(f"{file} holds no number")
    return site, json.dumps(value_at(document, site))


def value_at(document, path):
    for part in path:
        document = document[part]
    return document


# MARK: servers and the environment

@pytest.mark.parametrize("line", [b"HTTP/1.1 42 X", b"HTTP/1.1 099 X", b"HTTP/1.1 0 X", b"HTTP/1.1 -1 X", b"HTTP/1.1 1000 X",
                                  b"HTTP/1.1 99999999999999999999 X", b"HTTP/1.1 101 X", b"HTTP/9.9 200 X"])
def test_a_status_that_is_none_is_an_error(line, apr_program, tmp_path):
    with raw_server.serve(line + b"\r\nContent-Length: 3\r\n\r\nabc") as endpoint:
        result = support.apr(
            "pull", "org/model", expect=None, timeout=60, env={
                "HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path),
                "APR_HUB_RETRY_BASE_MS": "1", "HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "", "HF_HUB_ETAG_TIMEOUT": "2"})
    assert result.returncode == 69, result.stderr
    assert "run the command again" in result.stderr


@pytest.mark.parametrize("size", [-1, 2**44 + 1, 2**53, 2**62, 2**63 - 1, 2**64, 1e308, "1", None, 0.5])
def test_a_size_that_no_file_has_is_an_error(size, apr_program, tmp_path):
    body = json.dumps({"sha": "a" * 40, "siblings": [
        {"rfilename": name, "size": size, "blobId": "b" * 40} for name in ["model.safetensors", "config.json"]]}).encode()
    with raw_server.serve(raw_server.answer(body)) as endpoint:
        result = support.apr(
            "pull", "org/model", expect=None, timeout=60, env={
                "HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path),
                "APR_HUB_RETRY_BASE_MS": "1", "HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": ""})
    assert result.returncode == 65, result.stderr
    assert "size" in result.stderr


@pytest.mark.parametrize("name", ["HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT", "APR_HUB_RETRY_BASE_MS", "COLUMNS", "LINES"])
@pytest.mark.parametrize("value", ["-1", str(2**63 - 1), "1e308", "nan", "inf"])
def test_a_number_of_the_environment_is_bounded(name, value, frozen):
    result = support.apr(
        "predict", frozen / "run" / "best", "--base", frozen / "base", "--text", "ls", env={name: value}, timeout=60)
    assert "ls" in result.stdout


def test_a_clock_far_in_the_future_is_no_trap(frozen):
    """Nanoseconds since 1970 do not fit 64 bits after 2262."""
    for file in (frozen / "base").iterdir():
        os.utime(file, (2**34, 2**34))
    support.apr("predict", frozen / "run" / "best", "--base", frozen / "base", "--text", "ls")
