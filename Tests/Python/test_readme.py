"""The README does what it says: its commands run, its snippets are the programs that are tested."""
import json
import os
import re
import shlex

import pytest

import support
import toybase

README = (support.ROOT / "README.md").read_text()
CONSUMER = support.ROOT / "Examples" / "Consumer"
TEST_ONLY = ["hummingbird", "swift-benchmark"]
"""Packages that tests or benchmarks may use and that a user of the library must never resolve."""

ON_THE_HUB = {"publish", "pull"}
"""Commands that need a Hub; `test_hub_publish.py` and `test_hub_pull.py` run them against the loopback Hub."""
WITHOUT_END = {"serve"}
"""Commands that run until a signal ends them; `test_serve.py` runs it."""


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands():
    """Every `apr` command of the README, in its order."""
    lines = "".join(blocks("bash")).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("apr ")]


@pytest.fixture(scope="module")
def folder(apr_program, smollm2_gguf, tmp_path_factory):
    """A directory in which the README's paths exist."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "path" / "to").mkdir(parents=True)
    (folder / "path" / "to" / "base").symlink_to(toybase.base())
    (folder / "model.gguf").symlink_to(smollm2_gguf)
    support.write_jsonl(folder / "corpus.jsonl", toybase.corpus(5))
    support.write_jsonl(folder / "test.jsonl", toybase.corpus(5, count=30, seed=9))
    return folder


@pytest.fixture(scope="module")
def commands_run(folder):
    """The names of the commands, after every command of the README has run in its folder."""
    seen = set()
    for line in commands():
        arguments = shlex.split(line)[1:]
        seen.add(arguments[0])
        if arguments[0] in ON_THE_HUB | WITHOUT_END:
            continue
        # The toy base is not of the size that the example names.
        if "--model-size" in arguments:
            at = arguments.index("--model-size")
            del arguments[at:at + 2]
        support.apr(*arguments, cwd=folder)
    return seen


def test_every_command_runs(commands_run):
    assert commands_run >= {"finetune", "eval", "predict", "merge", "inspect", "verify", "tokenize", "import", "monitor", "runs", "report"} | ON_THE_HUB | WITHOUT_END


def test_the_python_snippet_runs(folder, commands_run, stack):
    test_file = folder / "snippet.py"
    (snippet,) = blocks("python")
    test_file.write_text(snippet + "\nprint(model.config.num_labels, model.dtype, texts == texts[:2])\n")
    lines = support.execute(stack, test_file, cwd=folder).stdout.splitlines()
    assert lines[-1] == "5 torch.float32 True"
    texts = [line.split(": ", 1)[1] for line in lines[:-1]]
    ours = [json.loads(line) for line in support.apr(
        "predict", "checkpoints/best", *[part for text in texts for part in ("--text", text)], "--json", cwd=folder
    ).stdout.splitlines()]
    # The labels and their probabilities are those of apr.
    assert lines[:-1] == [
        f"{row['label_name']} ({max(row['probabilities']):.3f}): {text}" for row, text in zip(ours, texts)] and len(texts) == 2


def test_the_swift_snippet_is_the_consumer():
    source = (CONSUMER / "Sources" / "consumer" / "main.swift").read_text()
    (region,) = re.findall(r"// \[snippet\]\n(.*?)// \[end\]", source, re.DOTALL)
    imports = "".join(re.findall(r"^import .*\n", source, re.MULTILINE))
    (snippet,) = blocks("swift")
    expected = snippet.replace('"path/to/base"', "base").replace('"corpus.jsonl"', "corpus")
    expected = expected.replace('"./checkpoints"', "output").replace('"./checkpoints/best"', 'output + "/best"')
    assert expected == imports + "\n" + region


def test_the_consumer_builds_and_runs(folder):
    scratch = support.ROOT / ".build" / "consumer"
    # Unoptimised, as a user's first build is: it takes half the time of a release build.
    build = ["swift", "build", "--package-path", CONSUMER, "--scratch-path", scratch]
    # What tests add to the package is not there for a user.
    environment = {"APR_STRICT": "0", "APR_HUB": "0"}
    shown = support.execute(
        "swift", "package", "--package-path", CONSUMER, "--scratch-path", scratch, "show-dependencies", timeout=600,
        env=environment)
    assert not [name for name in TEST_ONLY if name in shown.stdout]
    support.execute(*build, timeout=1500, env=environment)
    base, corpus, output = (os.fspath(folder / name) for name in ("path/to/base", "corpus.jsonl", "consumer-run"))
    result = support.execute(scratch / "debug" / "consumer", base, corpus, output)
    lines = result.stdout.splitlines()
    assert sum(line.startswith("epoch ") for line in lines) == 2
    assert sum(any(name in line for name in toybase.NAMES[5]) for line in lines) == 2
