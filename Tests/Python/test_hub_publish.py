"""`apr publish` against the loopback Hub, as its user runs it."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import hub_apr
import support
import test_schemas
import toybase
from hub_apr import BASE_ID

REPO = "paiml/shell-safety-classifier"
FILES = {
    "README.md", "adapter_config.json", "adapter_model.safetensors", "config.json", "manifest.json", "metadata.json",
    "model.apr", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}


@pytest.fixture(scope="module")
def work(apr_program, tmp_path_factory):
    """A base in a plain folder and a run on it."""
    directory = tmp_path_factory.mktemp("publish")
    base = hub_apr.plain_base(directory)
    hub_apr.train(directory, base)
    return directory


@pytest.fixture
def client(hub, tmp_path):
    return hub_apr.Client(hub, tmp_path)


@pytest.fixture
def base_commit(hub):
    return hub_apr.plant_base(hub)


def downloaded(client, repo=REPO):
    """What the real huggingface_hub downloads, into a home of its own."""
    answer = client.hub.python("snapshot_download", client.directory / "python-home", client.token, repo=repo)
    assert "error" not in answer, answer
    return pathlib.Path(answer["path"])


def test_publish_without_flags(hub, client, base_commit, work):
    result = client.apr("publish", "./checkpoints/best/", REPO, cwd=work)
    assert f"{hub.endpoint}/{REPO}" in result.stdout and "from_pretrained" in result.stdout
    shown = hub.show(REPO)
    assert set(shown["files"]) - {".gitattributes"} == FILES
    assert not shown["private"]
    assert len(shown["commits"]) == 2, "one commit on top of the one that creates the repository"

    snapshot = downloaded(client)
    settings = json.loads((snapshot / "adapter_config.json").read_text())
    assert settings["base_model_name_or_path"] == BASE_ID
    assert settings["revision"] == base_commit
    metadata = json.loads((snapshot / "metadata.json").read_text())
    assert (metadata["base_model"]["name"], metadata["base_model"]["revision"]) == (BASE_ID, base_commit)
    assert json.loads(support.apr("inspect", snapshot / "model.apr", "--json").stdout)
    for file in snapshot.iterdir():
        for directory in (work, client.directory):
            assert str(directory).encode() not in file.read_bytes(), f"{file.name} holds a path of this machine"
    assert support.apr("verify", snapshot).returncode == 0
    for name in ("adapter_model.safetensors", "model.safetensors", "tokenizer.json"):
        assert (snapshot / name).read_bytes() == (work / "checkpoints" / "best" / name).read_bytes()


def test_the_token_goes_to_the_hub_alone(hub, client, base_commit, work):
    client.apr("publish", work / "checkpoints" / "best", REPO)
    seen = hub.requests()
    assert {entry["authorization"] for entry in seen if entry["server"] == "hub"} == {"owner"}
    stored = [entry for entry in seen if entry["server"] != "hub"]
    assert stored and {entry["authorization"] for entry in stored} == {"none"}
    for path in client.directory.rglob("*"):
        if path.is_file():
            assert hub.owner.encode() not in path.read_bytes(), path


def test_publishing_again_changes_nothing(hub, client, base_commit, work):
    first = client.json("publish", work / "checkpoints" / "best", REPO)
    hub.forget()
    second = client.json("publish", work / "checkpoints" / "best", REPO)
    assert (first["status"], second["status"]) == ("published", "unchanged")
    assert second["commit"] == first["commit"]
    for outcome in (first, second):
        test_schemas.check("publish", outcome)
    assert not hub.requests(method="PUT") and not hub.requests(path="/commit/")
    assert len(hub.show(REPO)["commits"]) == 2


def test_the_pulled_checkpoint_predicts_alike(hub, client, base_commit, work, tmp_path):
    best = work / "checkpoints" / "best"
    client.apr("publish", best, REPO)
    texts = support.write_jsonl(tmp_path / "texts.jsonl", [{"input": text} for text in toybase.TEXTS])
    ours = support.apr_lines("predict", best, "--data", texts)
    other = hub_apr.Client(hub, tmp_path / "other")
    lines = [json.loads(line) for line in other.apr("predict", REPO, "--data", texts, "--json").stdout.splitlines()]
    assert [line["logits"] for line in lines] == [line["logits"] for line in ours]
    assert {line["label_name"] for line in lines} == {line["label_name"] for line in ours}
    report = other.json("eval", REPO, "--data", work / "corpus.jsonl")
    assert report["samples"] == 60
    # Both are in the cache now, and are used without a word to the Hub.
    hub.forget()
    other.apr("predict", REPO, "--text", "ls", environment={"HF_HUB_OFFLINE": "1"})
    assert not hub.requests()


def test_dry_run_changes_nothing_and_says_what_would_be(hub, client, base_commit, work):
    before = hub.ask("GET", "/state")
    result = client.apr("publish", work / "checkpoints" / "best", REPO, "--dry-run")
    assert f"would create {REPO}" in result.stdout and BASE_ID in result.stdout
    for name in FILES:
        assert name in result.stdout
    assert "training_state" not in result.stdout
    assert hub.ask("GET", "/state") == before
    assert {entry["method"] for entry in hub.requests()} == {"GET"}
    client.apr("publish", work / "checkpoints" / "best", REPO)
    plan = client.json("publish", work / "checkpoints" / "best", REPO, "--dry-run")
    test_schemas.check("publish", plan)
    assert plan["status"] == "planned" and not any(file["changed"] for file in plan["files"])


@pytest.mark.parametrize("way", ["HF_HUB_OFFLINE", "refused"])
@pytest.mark.parametrize("base", ["--base-model-id", "unknown"])
def test_a_dry_run_needs_neither_a_token_nor_a_network(hub, work, tmp_path, way, base):
    client = hub_apr.Client(hub, tmp_path, token=None)
    environment = {"HF_HUB_OFFLINE": "1"} if way == "HF_HUB_OFFLINE" else {"HF_ENDPOINT": "http://127.0.0.1:9"}
    more = [base, "me/some-base"] if base == "--base-model-id" else []
    best = work / "checkpoints" / "best"
    result = client.apr("publish", best, REPO, "--dry-run", *more, environment=environment)
    for name in FILES:
        assert name in result.stdout
    assert f"would publish to {REPO}" in result.stdout and "nothing was changed" in result.stdout
    assert "nothing is compared with" in result.stderr
    assert ("--base-model-id" in result.stderr) == (base == "unknown")
    plan = client.json("publish", best, REPO, "--dry-run", *more, environment=environment)
    test_schemas.check("publish", plan)
    assert plan["status"] == "planned" and plan["commit"] is None and plan["new_repository"] is None
    assert [file["changed"] for file in plan["files"]] == [None] * len(FILES)
    assert plan["base_model"] == ({"id": "me/some-base", "revision": None, "confirmed": False} if more else None)
    assert not hub.requests()
    client.apr("publish", best, REPO, *more, environment=environment, expect=77)


def test_a_dry_run_without_a_token_asks_what_everybody_may_see(hub, base_commit, work, tmp_path):
    client = hub_apr.Client(hub, tmp_path, token=None)
    result = client.apr("publish", work / "checkpoints" / "best", REPO, "--dry-run")
    assert f"would publish to {REPO}" in result.stdout and BASE_ID in result.stdout
    assert {entry["authorization"] for entry in hub.requests()} == {"none"}
    assert {entry["method"] for entry in hub.requests()} == {"GET"}


def test_a_base_that_the_hub_does_not_have_is_not_named(hub, client, work):
    result = client.apr("publish", work / "checkpoints" / "best", REPO, expect=65)
    assert "--base-model-id" in result.stderr and BASE_ID in result.stderr
    assert hub.ask("GET", "/state")["repos"] == []


def test_a_base_with_other_weights_is_refused(hub, client, work, tmp_path):
    hub.plant(BASE_ID, files={"config.json": b"{}"}, lfs={"model.safetensors": b"something else"})
    best = work / "checkpoints" / "best"
    client.apr("publish", best, REPO, expect=65)
    result = client.apr("publish", best, REPO, "--base-model-id", BASE_ID, expect=65)
    assert BASE_ID in result.stderr and "not those" in result.stderr
    result = client.apr("publish", best, REPO, "--base-model-id", "me/not-there")
    assert "not compared" in result.stdout and "warning" in result.stderr
    assert json.loads((downloaded(client) / "adapter_config.json").read_text())["base_model_name_or_path"] == "me/not-there"


@pytest.mark.parametrize("hint", ["readme", "config", "cache"])
def test_the_bases_id_is_found(hub, client, apr_program, tmp_path, hint):
    repo = "me/a-base-of-mine"
    if hint == "cache":
        hub_apr.plant_base(hub, repo)
        base = client.apr("pull", repo).stdout.strip()
    else:
        base = hub_apr.plain_base(tmp_path, "plain")
        if hint == "readme":
            (base / "README.md").write_text(
                f"---\nlicense: mit\n---\nSee [here](https://huggingface.co/{repo}/blob/main/x), or load `{repo}`.")
        if hint == "config":
            config = json.loads((base / "config.json").read_text())
            (base / "config.json").write_text(json.dumps({**config, "_name_or_path": repo}))
        hub_apr.plant_base(hub, repo)
    run = hub_apr.train(tmp_path, base)
    outcome = client.json("publish", run / "best", REPO)
    assert outcome["base_model"]["id"] == repo and outcome["base_model"]["confirmed"]
    if hint == "readme":
        assert outcome["license"] == "mit"


@pytest.mark.parametrize("folder", ["project-x/llama-secret", "Qwen2-secret", "acme--secret", "acme_secret"])
def test_the_hub_is_never_asked_for_names_of_folders(hub, client, apr_program, tmp_path, folder):
    """Neither for those of the path nor for a relative path that older libraries noted as the model's name."""
    (tmp_path / folder).parent.mkdir(exist_ok=True)
    base = hub_apr.plain_base(tmp_path, folder)
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps({**config, "_name_or_path": folder}))
    (base / "README.md").write_text(f"Load `{folder}`.\n")
    run = hub_apr.train(tmp_path, base)
    for more in [], ["--dry-run"]:
        result = client.apr("publish", run / "best", REPO, *more, expect=65)
        assert "--base-model-id" in result.stderr
    asked = [entry["path"] + entry["query"] for entry in hub.requests()]
    assert asked and not [path for path in asked if "secret" in path or "project-x" in path]


def test_paths_that_older_libraries_noted_are_replaced(hub, client, apr_program, tmp_path):
    base = hub_apr.plain_base(tmp_path)
    for name, key in (("config.json", "_name_or_path"), ("tokenizer_config.json", "name_or_path")):
        document = json.loads((base / name).read_text())
        (base / name).write_text(json.dumps({**document, key: str(base)}))
    hub_apr.plant_base(hub)
    run = hub_apr.train(tmp_path, base)
    client.apr("publish", run / "best", REPO)
    snapshot = downloaded(client)
    assert json.loads((snapshot / "config.json").read_text())["_name_or_path"] == BASE_ID
    for file in snapshot.iterdir():
        assert str(tmp_path).encode() not in file.read_bytes(), file.name
    support.apr("verify", snapshot)


def test_only_listed_files_are_sent(hub, client, base_commit, work, tmp_path):
    checkpoint = tmp_path / "best"
    shutil.copytree(work / "checkpoints" / "best", checkpoint)
    (checkpoint / "secret.txt").write_text("mine")
    client.apr("publish", checkpoint, REPO)
    assert set(hub.show(REPO)["files"]) - {".gitattributes"} == FILES


def test_a_damaged_checkpoint_is_not_published(hub, client, base_commit, work, tmp_path):
    checkpoint = tmp_path / "best"
    shutil.copytree(work / "checkpoints" / "best", checkpoint)
    weights = checkpoint / "adapter_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    result = client.apr("publish", checkpoint, REPO, expect=65)
    assert "adapter_model.safetensors" in result.stderr
    assert not hub.requests()


@pytest.mark.parametrize("arguments, status, words", [
    (["no-slash"], 64, "ORG/NAME"),
    (["paiml/bad--name"], 64, "--"),
    ([REPO, "--license", "apache"], 64, "apache-2.0"),
    ([REPO, "--revision", "../main"], 64, "revision"),
])
def test_wrong_arguments_are_found_before_the_network(hub, client, base_commit, work, arguments, status, words):
    hub.forget()
    result = client.apr("publish", work / "checkpoints" / "best", *arguments, expect=status)
    assert words in result.stderr
    assert not hub.requests()


def test_without_a_token(hub, work, tmp_path):
    client = hub_apr.Client(hub, tmp_path, token=None)
    result = client.apr("publish", work / "checkpoints" / "best", REPO, expect=77)
    assert "HF_TOKEN" in result.stderr
    assert not hub.requests()


@pytest.mark.parametrize("source", ["--token-file", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "home"])
def test_where_the_token_is_found(hub, base_commit, work, tmp_path, source):
    client = hub_apr.Client(hub, tmp_path, token=None)
    file = tmp_path / "token"
    file.write_text(f"\n {hub.owner} \n")
    environment, arguments = {}, []
    if source == "--token-file":
        arguments, environment = ["--token-file", file], {"HF_TOKEN": "hf_another"}
    elif source == "HF_TOKEN_PATH":
        environment[source] = file
    elif source == "home":
        client.home.mkdir(parents=True)
        shutil.copy(file, client.home / "token")
    else:
        environment[source] = hub.owner
    client.apr("publish", work / "checkpoints" / "best", REPO, *arguments, environment=environment)
    assert REPO in hub.ask("GET", "/state")["repos"]


def test_private_message_and_branch(hub, client, base_commit, work):
    best = work / "checkpoints" / "best"
    client.apr("publish", best, REPO, "--private", "--message", "the first", "--revision", "trial")
    shown = hub.show(REPO)
    assert shown["private"] and set(shown["branches"]) == {"main", "trial"}
    assert shown["branches"]["main"] != shown["branches"]["trial"]
    commits = hub.python("commits", client.directory / "p", client.token, repo=REPO, revision="trial")
    assert commits[0]["title"] == "the first"
    stranger = hub_apr.Client(hub, client.directory / "stranger", token="foreign")
    assert "error" in hub.python("snapshot_download", stranger.home, stranger.token, repo=REPO)
    result = stranger.apr("pull", f"{REPO}@trial", expect=None)
    assert result.returncode in (65, 77), result.stderr


def test_a_card_that_was_edited_on_the_hub_is_kept(hub, client, base_commit, work):
    best = work / "checkpoints" / "best"
    client.apr("publish", best, REPO)
    card = (downloaded(client) / "README.md").read_text()
    hub.python("commit", client.home, client.token, repo=REPO, add={"README.md": card + "\nby hand\n"})
    again = client.json("publish", best, REPO)
    assert again["kept_card"] and again["status"] == "unchanged"
    assert downloaded(client).joinpath("README.md").read_text().endswith("by hand\n")
    assert support.apr("verify", downloaded(client)).returncode == 0
    replaced = client.json("publish", best, REPO, "--overwrite-card")
    assert replaced["status"] == "published"
    assert downloaded(client).joinpath("README.md").read_text() == card


def test_the_owners_notes_are_kept(hub, client, base_commit, work, tmp_path):
    checkpoint = tmp_path / "best"
    shutil.copytree(work / "checkpoints" / "best", checkpoint)
    card = checkpoint / "README.md"
    text = card.read_text()
    text = re.sub(r"(<!-- notes:[^>]*-->\n\n).*?(\n\n<!-- end of notes -->)", r"\1Only for shells.\nNot for cats.\2", text, flags=re.S)
    card.write_text(text)
    client.apr("publish", checkpoint, REPO)
    assert "Only for shells.\nNot for cats." in (downloaded(client) / "README.md").read_text()


def test_a_path_in_the_notes_is_not_published(hub, client, base_commit, work, tmp_path):
    checkpoint = tmp_path / "best"
    shutil.copytree(work / "checkpoints" / "best", checkpoint)
    card = checkpoint / "README.md"
    card.write_text(card.read_text().replace("<!-- end of notes -->", f"see {checkpoint}\n<!-- end of notes -->"))
    result = client.apr("publish", checkpoint, REPO, expect=65)
    assert "README.md" in result.stderr and "path" in result.stderr


def test_the_card_of_the_published_model(hub, client, base_commit, work):
    client.apr("publish", work / "checkpoints" / "best", REPO, "--license", "apache-2.0")
    text = (downloaded(client) / "README.md").read_text()
    for heading in ("Labels", "Use", "Results", "Data", "Training", "Notes"):
        assert f"\n## {heading}\n" in text
    for word in ("95 % interval", "Confusion matrix", "Calibration", "macro F1", "LoRA rank 16", "hardware: ", base_commit):
        assert word in text, word
    links = set(re.findall(r"https?://[^\s)\"']+", text))
    assert links <= {f"https://huggingface.co/{BASE_ID}"}, "no address is invented"
    info = hub.python("model_info", client.home, client.token, repo=REPO)
    card = info["card"]
    assert (card["license"], card["base_model"], card["library_name"]) == ("apache-2.0", BASE_ID, "peft")
    assert card["pipeline_tag"] == "text-classification"


def test_the_hub_shows_the_metrics(hub, client, base_commit, work):
    import huggingface_hub

    client.apr("publish", work / "checkpoints" / "best", REPO)
    snapshot = downloaded(client)
    card = huggingface_hub.ModelCard((snapshot / "README.md").read_text())
    results = {(entry.metric_name or entry.metric_type): entry.metric_value for entry in card.data.eval_results}
    report = json.loads((snapshot / "metadata.json").read_text())["validation_report"]
    assert results["Accuracy"] == pytest.approx(report["accuracy"], abs=5e-5)
    assert results["Macro F1"] == pytest.approx(report["macro_avg"]["f1"], abs=5e-5)


def test_large_files_in_parts(hub, client, base_commit, work):
    hub.configure(multipartThreshold=10_000, partSize=7_000)
    client.apr("publish", work / "checkpoints" / "best", REPO)
    puts = hub.requests(server="storage", method="PUT")
    assert len(puts) > 10 and max(entry["requestBytes"] for entry in puts) == 7_000
    snapshot = downloaded(client)
    assert hashlib.sha256((snapshot / "adapter_model.safetensors").read_bytes()).hexdigest() == hashlib.sha256(
        (work / "checkpoints" / "best" / "adapter_model.safetensors").read_bytes()).hexdigest()


SPEC_PAGE = r"""
# 1. Train (checkpoints saved automatically)
apr finetune --task classify \
    --model-size 0.5B /path/to/base-model \
    --data corpus.jsonl \
    --epochs 3 \
    -o ./checkpoints/

# 2. Publish best checkpoint to HuggingFace
apr publish ./checkpoints/best/ paiml/shell-safety-classifier
"""
"""The spec page's own words."""


@pytest.mark.slow
def test_the_two_commands_of_the_spec_page(hub, client, apr_program, tmp_path):
    """A base of half a billion parameters in a plain folder; its makers' repository is on the Hub as well."""
    import test_headline_base as headline

    cache = support.cached("headline-cache", headline.write_cache, newer_than=[pathlib.Path(headline.__file__)])
    snapshot = cache / "hub" / f"models--{headline.ID.replace('/', '--')}" / "snapshots" / headline.COMMIT
    base = tmp_path / "base-model"
    base.mkdir()
    for file in snapshot.iterdir():
        shutil.copyfile(file, base / file.name)
    hub.ask("POST", "/tokens", {"token": "hf_makers", "user": "Qwen", "role": "write"})
    hub.python("create_repo", tmp_path / "makers", "hf_makers", repo=BASE_ID)
    uploaded = hub.python("upload_folder", tmp_path / "makers", "hf_makers", repo=BASE_ID, folder=str(base))

    rows = [{"input": f"{'rm -rf' if index % 2 else 'ls -l'} {'/tmp' if index % 3 else '$dir'} {index}", "label": index % 2}
            for index in range(20)]
    support.write_jsonl(tmp_path / "corpus.jsonl", rows)
    script = SPEC_PAGE.replace("/path/to/base-model", str(base))
    environment = client.environment(PATH=f"{support.APR.parent}:{os.environ['PATH']}")
    result = subprocess.run(
        ["sh", "-e", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1200)
    assert result.returncode == 0, result.stderr
    settings = json.loads((downloaded(client) / "adapter_config.json").read_text())
    assert (settings["base_model_name_or_path"], settings["revision"]) == (BASE_ID, uploaded["oid"])
    assert set(hub.show(REPO)["files"]) - {".gitattributes"} == FILES
