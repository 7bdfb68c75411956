"""Published by `apr`, loaded from Python; uploaded by Python, pulled by `apr`. Two and five labels, adapter and merged.

Everything goes through a loopback Hub that keeps its repositories for the whole module; each client has a home of its
own, so that nothing is found in another's cache. The base is on that Hub, and in a plain folder that `apr` trained on.
"""
import hashlib
import json
import os
import pathlib

import numpy
import pytest

import hub_server
import support
import toybase
from test_interop import EXACT, ROUNDED, agree, scores_agree
from toybase import NAMES, TEXTS

BASE = "me/toy-base"
EXACT_ONES = [
    "literal-float32", "snippet-float32", "auto-peft-float32", "auto-model", "pipeline", "auto-tokenizer", "auto-config",
    "model-card"]
IN_BF16 = ["literal"]


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def contents(folder):
    """Paths and hashes of the files of a folder, links followed."""
    folder = pathlib.Path(folder)
    return {
        str(path.relative_to(folder)): sha256(path) for path in sorted(folder.rglob("*"))
        if path.is_file() and ".cache" not in path.parts}


@pytest.fixture(scope="module")
def site(apr_program, tmp_path_factory):
    """A Hub that has the toy base."""
    if not hub_server.SERVER.exists():
        pytest.skip(f"{hub_server.SERVER} is not built; run make build-hub")
    site = hub_server.Hub.start()
    home = tmp_path_factory.mktemp("base-home")
    assert site.python("create_repo", home, site.owner, repo=BASE) == {"url": f"{site.endpoint}/{BASE}"}
    assert "oid" in site.python("upload_folder", home, site.owner, repo=BASE, folder=str(toybase.base()))
    yield site
    site.stop()


@pytest.fixture(scope="module", params=[2, 5], ids=["2-labels", "5-labels"])
def run(request, apr_program, tmp_path_factory):
    extra = [] if request.param == 2 else ["--target-modules", "all-linear", "--rank", "4", "--alpha", "8"]
    return toybase.train(tmp_path_factory.mktemp(f"hub{request.param}"), request.param, *extra)


@pytest.fixture(scope="module")
def expected(run):
    predictions = run.predictions()
    assert numpy.ptp([prediction["logits"] for prediction in predictions]) > 0.5
    return predictions


def repo(run, kind="adapter"):
    return f"me/classifier-{run.labels}-{kind}"


@pytest.fixture(scope="module")
def published(site, run, tmp_path_factory):
    """The run's best checkpoint as two repositories, adapter and merged."""
    home = tmp_path_factory.mktemp("publisher")
    site.apr("publish", home, run.best, repo(run), "--base-model-id", BASE, token=site.owner)
    site.apr("publish", home, run.best, repo(run, "merged"), "--merged", "--base-model-id", BASE, token=site.owner)
    return run


@pytest.fixture(scope="module")
def snapshot(site, published, tmp_path_factory):
    """What snapshot_download makes of both repositories."""
    home = tmp_path_factory.mktemp("snapshots")
    paths = {}
    for kind in ("adapter", "merged"):
        answer = site.python("snapshot_download", home, repo=repo(published, kind))
        assert "error" not in answer, answer
        paths[kind] = pathlib.Path(answer["path"])
    return paths


@pytest.fixture(scope="module")
def everything(site, published, snapshot, expected, tmp_path_factory):
    """What both stacks say to every entry point, of the repositories by their ids and of the downloaded folders."""
    script = support.ROOT / "Tests" / "Python" / "interop_script.py"
    result = {}
    for name, python in support.STACKS.items():
        work = tmp_path_factory.mktemp("work")
        (work / "checkpoints").mkdir()
        (work / "checkpoints" / "best").symlink_to(snapshot["adapter"])
        common = {"base": BASE, "labels": published.labels, "texts": TEXTS, "work": str(work)}
        requests = [
            {**common, "checkpoint": repo(published), "merged": repo(published, "merged"), "only": EXACT_ONES + IN_BF16},
            {**common, "checkpoint": str(snapshot["adapter"]), "merged": str(snapshot["merged"]), "only": EXACT_ONES},
        ]
        (work / "request.json").write_text(json.dumps(requests))
        support.execute(
            python, script, work / "request.json", work / "answer.json", timeout=900,
            environment=site.environment(tmp_path_factory.mktemp("loader")))
        result[name] = dict(zip(["id", "folder"], json.loads((work / "answer.json").read_text()), strict=True))
    return result


@pytest.fixture(params=sorted(support.STACKS))
def answers(request, everything):
    return everything[request.param]


sources = pytest.mark.parametrize("source", ["id", "folder"])
WAYS = [(batch, side) for batch in (1, 2) for side in ("left", "right")]
ways = pytest.mark.parametrize("batch, side", WAYS, ids=[f"batch{batch}-{side}" for batch, side in WAYS])


# ------------------------------------------------------------------------------------------------ loaded in Python

@sources
def test_the_spec_pages_snippet(answers, published, expected, source):
    if published.labels == 2:
        agree(answers[source]["literal-float32"], expected, EXACT)
        if source == "id":
            agree(answers[source]["literal"], expected, ROUNDED)
    else:
        assert "literal-float32" not in answers[source]  # without num_labels it is for two labels only


@ways
@sources
@pytest.mark.parametrize("name", ["snippet", "auto-peft"])
def test_peft_with_num_labels(answers, expected, name, source, batch, side):
    agree(answers[source][f"{name}-float32/{batch}/{side}"], expected, EXACT)


@ways
@sources
def test_auto_model_of_the_merged_repository(answers, expected, source, batch, side):
    agree(answers[source][f"auto-model-merged/{batch}/{side}"], expected, EXACT)


@sources
@pytest.mark.parametrize("batch", [1, 2])
def test_pipeline_of_the_merged_repository(answers, published, expected, source, batch):
    scores_agree(answers[source][f"pipeline-merged/{batch}"], expected, NAMES[published.labels], EXACT)


@ways
@sources
def test_auto_model_of_the_adapter_repository_is_right_or_raises(answers, expected, source, batch, side):
    result = answers[source][f"auto-model-unmerged/{batch}/{side}"]
    if "error" not in result:
        agree(result, expected, ROUNDED)


@sources
@pytest.mark.parametrize("batch", [1, 2])
def test_pipeline_of_the_adapter_repository_is_right_or_raises(answers, published, expected, source, batch):
    result = answers[source][f"pipeline-unmerged/{batch}"]
    if "error" not in result:
        named = set(result["scores"][0]) == set(NAMES[published.labels])
        names = NAMES[published.labels] if named else [f"LABEL_{index}" for index in range(published.labels)]
        scores_agree(result, expected, names, ROUNDED)


@sources
def test_auto_tokenizer_and_auto_config(answers, published, source):
    tokenizer, config = answers[source]["auto-tokenizer"], answers[source]["auto-config"]
    assert "error" not in tokenizer and "error" not in config, (tokenizer, config)
    file = support.write_jsonl(published.directory / "hub-tokens.jsonl", [{"input": text} for text in TEXTS])
    assert tokenizer["ids"] == [line["ids"] for line in support.apr_lines("tokenize", published.best, "--data", file)]
    assert {int(key): name for key, name in config["id2label"].items()} == dict(enumerate(NAMES[published.labels]))
    assert config["num_labels"] == published.labels and config["pad_token_id"] == tokenizer["pad_id"]


@sources
def test_the_model_cards_snippet_runs_as_it_stands(answers, published, source):
    result = answers[source]["model-card"]
    assert "error" not in result, result
    ours = numpy.array([prediction["logits"] for prediction in published.predictions(result["texts"])])
    assert numpy.abs(ours - numpy.array(result["logits"])).max() <= EXACT


# ------------------------------------------------------------------------------------------------ what is published

def test_only_what_belongs_there_is_published(site, published, snapshot):
    for kind in ("adapter", "merged"):
        names = set(contents(snapshot[kind]))
        assert {"README.md", "config.json", "tokenizer.json", "tokenizer_config.json"} <= names
        assert not [name for name in names if "training_state" in name or "/" in name or name.endswith((".log", ".lock"))]
    assert {"adapter_model.safetensors", "adapter_config.json"} <= set(contents(snapshot["adapter"]))
    assert "adapter_config.json" not in contents(snapshot["merged"])
    assert "model.safetensors" in contents(snapshot["merged"])


def test_no_path_of_this_machine_is_published(site, published, snapshot):
    secrets = [str(published.directory), str(toybase.base()), str(support.ROOT), os.uname().nodename, site.owner]
    for folder in snapshot.values():
        for path in folder.rglob("*"):
            content = path.read_bytes()
            assert not [text for text in secrets if len(text) > 4 and text.encode() in content], path


def test_the_adapter_names_its_base_on_the_hub(site, published, snapshot):
    config = json.loads((snapshot["adapter"] / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == BASE
    assert config["revision"] == site.show(BASE)["branches"]["main"]
    info = site.python("model_info", snapshot["adapter"].parent, repo=repo(published))
    assert info["card"]["base_model"] in (BASE, [BASE])


def test_the_server_holds_exactly_the_bytes_of_the_files(site, published, snapshot):
    for kind in ("adapter", "merged"):
        shown = site.show(repo(published, kind))
        assert contents(snapshot[kind]) == {path: entry["sha256"] for path, entry in shown["files"].items()}
        assert len(shown["commits"]) == 2
    assert site.show(repo(published))["files"]["adapter_model.safetensors"]["sha256"] == sha256(
        published.best / "adapter_model.safetensors")


def test_publishing_again_changes_nothing(site, published, tmp_path):
    for kind, more in [("adapter", []), ("merged", ["--merged"])]:
        before = site.show(repo(published, kind))
        site.forget()
        site.apr(
            "publish", tmp_path, published.best, repo(published, kind), "--base-model-id", BASE, *more, token=site.owner)
        assert site.show(repo(published, kind)) == before
        assert site.requests(method="PUT") == [] and site.requests(path="/commit/") == []


def test_the_token_went_to_the_hub_alone(site, published, snapshot):
    seen = {(entry["server"], entry["authorization"]) for entry in site.requests()}
    assert {authorization for server, authorization in seen if server != "hub"} <= {"none"}


# ------------------------------------------------------------------------------------------------ pulled by apr

def test_a_pulled_checkpoint_verifies_and_predicts(site, published, expected, tmp_path):
    site.apr("pull", tmp_path, repo(published))
    cache = tmp_path / "hub" / f"models--me--classifier-{published.labels}-adapter"
    commit = (cache / "refs" / "main").read_text()
    assert commit == site.show(repo(published))["branches"]["main"]
    folder = cache / "snapshots" / commit
    support.apr("verify", folder)
    file = support.write_jsonl(tmp_path / "texts.jsonl", [{"input": text} for text in TEXTS])
    environment = site.environment(tmp_path)
    for directory in (folder, repo(published)):
        lines = support.apr("predict", directory, "--data", file, "--json", environment=environment).stdout
        rows = [json.loads(line) for line in lines.splitlines()]
        assert [row["label_name"] for row in rows] == [row["label_name"] for row in expected]
        ours = numpy.array([row["logits"] for row in expected])
        assert numpy.abs(numpy.array([row["logits"] for row in rows]) - ours).max() <= EXACT


def test_what_python_uploads_apr_pulls(site, tmp_path):
    site.apr("pull", tmp_path / "ours", BASE)
    theirs = site.python("snapshot_download", tmp_path / "theirs", repo=BASE)["path"]
    (ours,) = (tmp_path / "ours/hub/models--me--toy-base/snapshots").iterdir()
    got, reference = contents(ours), contents(theirs)
    assert {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"} <= set(got)
    assert got.items() <= reference.items()
    for name, digest in got.items():
        assert sha256(toybase.base() / name) == digest


def test_python_reads_the_cache_that_apr_fills(site, published, tmp_path):
    site.apr("pull", tmp_path, repo(published))
    report = site.python("scan", tmp_path, folder=str(tmp_path))
    assert report["warnings"] == []
    (revision,) = report["repos"][repo(published)].values()
    assert revision["refs"] == ["main"] and "adapter_model.safetensors" in revision["files"]
    site.forget()
    found = site.python("hf_hub_download", tmp_path, repo=repo(published), name="adapter_model.safetensors")
    assert sha256(found["path"]) == sha256(published.best / "adapter_model.safetensors")
    assert site.requests(server="storage") == []


def test_apr_reads_the_cache_that_python_fills(site, tmp_path):
    site.python("snapshot_download", tmp_path, repo=BASE)
    before = contents(tmp_path / "hub")
    site.forget()
    site.apr("pull", tmp_path, BASE)
    assert site.requests(server="storage") == []
    assert {name: digest for name, digest in contents(tmp_path / "hub").items() if name in before} == before


def test_revisions_can_be_pulled(site, tmp_path):
    first = site.plant("me/revisions", {"config.json": b"{}"}, {"model.safetensors": b"first" * 100})
    site.python("create_tag", tmp_path, site.owner, repo="me/revisions", tag="v1", revision=first)
    second = site.plant("me/revisions", {"config.json": b"{}"}, {"model.safetensors": b"second" * 100})
    snapshots = tmp_path / "hub" / "models--me--revisions"
    for revision, commit, content in [
            ("v1", first, b"first"), (first, first, b"first"), ("main", second, b"second"), (None, second, b"second")]:
        site.apr("pull", tmp_path, "me/revisions" + (f"@{revision}" if revision else ""))
        assert (snapshots / "snapshots" / commit / "model.safetensors").read_bytes() == content * 100
    assert (snapshots / "refs" / "v1").read_text() == first and (snapshots / "refs" / "main").read_text() == second
