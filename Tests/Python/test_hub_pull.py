"""`apr pull` against the loopback Hub: the shared cache, interruptions, and what the Python client leaves or reads."""
import hashlib
import json
import os
import pathlib

import pytest

import hub_apr
import support
import test_schemas
import toybase

REPO = "me/model"
PART = 16 << 20
"""What the client fetches at a time."""
LARGE = bytes(range(256)) * (2 * PART // 256 + 1000)


@pytest.fixture
def client(hub, apr_program, tmp_path):
    return hub_apr.Client(hub, tmp_path)


@pytest.fixture
def commit(hub):
    """A model with weights in three parts, and files that nobody needs."""
    return hub.plant(
        REPO, files={"config.json": b"{}", "README.md": b"# x", "onnx/config.json": b"{}", "notes.txt": b"no"},
        lfs={"model.safetensors": LARGE, "pytorch_model.bin": b"the same again"})


def git_hash(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def test_the_cache_has_the_layout_of_huggingface_hub(hub, client, commit):
    path = pathlib.Path(client.apr("pull", REPO).stdout.strip())
    assert path == client.cache(REPO) / "snapshots" / commit
    assert sorted(file.name for file in path.iterdir()) == ["README.md", "config.json", "model.safetensors"]
    assert (client.cache(REPO) / "refs" / "main").read_text() == commit
    weights = path / "model.safetensors"
    assert weights.is_symlink() and os.readlink(weights) == f"../../blobs/{hashlib.sha256(LARGE).hexdigest()}"
    assert os.readlink(path / "config.json") == f"../../blobs/{git_hash(b'{}')}"
    assert weights.read_bytes() == LARGE
    assert not client.leftovers(REPO)
    found = hub.python("scan", client.home, folder=str(client.home))
    assert found["warnings"] == []
    assert found["repos"][REPO][commit] == {"refs": ["main"], "files": ["README.md", "config.json", "model.safetensors"]}
    offline = hub.python(
        "snapshot_download", client.home, repo=REPO, local_files_only=True, allow_patterns=["*.json", "*.safetensors"])
    assert offline["path"] == str(path)


def test_what_the_python_client_left_is_used(hub, client, commit):
    hub.python("snapshot_download", client.home, client.token, repo=REPO)
    hub.forget()
    result = client.json("pull", REPO)
    assert result["fetched_bytes"] == 0
    test_schemas.check("pull", result)
    assert not hub.requests(path="/resolve/")


def test_content_that_was_damaged_in_the_cache_is_fetched_again(hub, client, commit):
    path = pathlib.Path(client.apr("pull", REPO).stdout.strip())
    for name, content in [("model.safetensors", LARGE), ("config.json", b"{}")]:
        blob = (path / name).resolve()
        before = blob.stat()
        blob.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        os.utime(blob, ns=(before.st_atime_ns, before.st_mtime_ns))
        result = client.apr("pull", REPO, "--json")
        assert f"{name}: its content in the cache is damaged" in result.stderr
        assert json.loads(result.stdout)["fetched_bytes"] == len(content)
        assert (path / name).read_bytes() == content and not client.leftovers(REPO)
    assert client.json("pull", REPO)["fetched_bytes"] == 0


def test_what_the_python_client_uploads_is_pulled(hub, client, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(LARGE[:100_000])
    (folder / "config.json").write_text("{}")
    hub.python("create_repo", client.home, client.token, repo=REPO, private=True)
    hub.python("upload_folder", client.home, client.token, repo=REPO, folder=str(folder))
    path = pathlib.Path(client.apr("pull", REPO).stdout.strip())
    assert (path / "model.safetensors").read_bytes() == LARGE[:100_000]
    stranger = hub_apr.Client(hub, tmp_path / "stranger", token=None)
    result = stranger.apr("pull", REPO, expect=None)
    assert result.returncode in (65, 77) and REPO in result.stderr


def test_large_files_come_in_parts_and_the_token_stays(hub, client, commit):
    client.apr("pull", REPO)
    ranges = [entry["range"] for entry in hub.requests(server="storage") if entry["range"]]
    assert len(ranges) >= 3 and f"bytes=0-{PART - 1}" in ranges
    for entry in hub.requests():
        assert entry["authorization"] == ("owner" if entry["server"] == "hub" else "none")


def test_a_revision(hub, client, commit):
    newer = hub.plant(REPO, files={"config.json": b'{"new": 1}'})
    assert client.json("pull", REPO)["commit"] == newer
    old = client.json("pull", f"{REPO}@{commit}")
    assert old["commit"] == commit and old["fetched_bytes"] == 2, "only the file that differs"
    result = client.apr("pull", f"{REPO}@nowhere", expect=65)
    assert "no such revision" in result.stderr and "request id" in result.stderr


def test_finetune_pulls_by_itself(hub, client, tmp_path):
    commit = hub_apr.plant_base(hub, "me/base")
    data = support.write_jsonl(tmp_path / "corpus.jsonl", toybase.corpus(2))
    client.apr("finetune", "--task", "classify", "me/base", "--data", data, "--epochs", 1, "-o", tmp_path / "run")
    settings = json.loads((tmp_path / "run" / "best" / "adapter_config.json").read_text())
    assert (settings["base_model_name_or_path"], settings["revision"]) == ("me/base", commit)
    hub.forget()
    client.apr(
        "finetune", "me/base", "--data", data, "--epochs", 1, "-o", tmp_path / "again", environment={"HF_HUB_OFFLINE": "1"})
    assert not hub.requests()


def test_a_size_alone_names_a_base(hub, client, tmp_path):
    hub_apr.plant_base(hub)
    data = support.write_jsonl(tmp_path / "corpus.jsonl", toybase.corpus(2))
    result = client.apr("finetune", "--model-size", "0.5B", "--data", data, "-o", tmp_path / "run", expect=65)
    assert "--model-size 0.5B was expected" in result.stderr, "the toy base was pulled, and is no 0.5B"
    assert client.cache(hub_apr.BASE_ID).exists()
    result = client.apr("finetune", "--model-size", "9B", "--data", data, "-o", tmp_path / "run", expect=64)
    assert "0.5B" in result.stderr


def test_offline(hub, client, commit):
    result = client.apr("pull", REPO, expect=69, environment={"HF_HUB_OFFLINE": "1"})
    assert "HF_HUB_OFFLINE" in result.stderr and not hub.requests()
