"""The loopback Hub is faithful: the real huggingface_hub works against it, and what the real Hub refuses, it refuses.

Every call of the Python client runs in a process of its own (hub_client.py). What is expected of contents is computed
here, with hashlib, or read back through the other half of the protocol; the server's own view of a repository is only
asked for what no client can see.
"""
import base64
import hashlib
import json
import os
import pathlib
import subprocess

import pytest

import hub_server
import support

CARD = "---\nlicense: apache-2.0\nlibrary_name: peft\npipeline_tag: text-classification\ntags:\n- lora\n---\n# A model\n"


def git_blob(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def contents():
    """Paths and bytes of a small model: text, an empty file, a folder, and three large files of different sizes."""
    return {
        "README.md": CARD.encode(),
        "adapter_config.json": b'{"peft_type": "LORA"}\n',
        "adapter_model.safetensors": os.urandom(5_000),
        "empty.txt": b"",
        "nested/folder/notes ü&#%20.txt": "spaces, umlauts and escapes\n".encode(),
        "nested/weights.bin": os.urandom(100_000),
        "exact.bin": os.urandom(90_000),
    }


@pytest.fixture
def folder(tmp_path, contents):
    for path, content in contents.items():
        file = tmp_path / "folder" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "folder"


def files_under(folder):
    folder = pathlib.Path(folder)
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
        if path.is_file() and ".cache" not in path.parts}


def upload(hub, tmp_path, folder, repo="me/model", **options):
    created = hub.python("create_repo", tmp_path / "up", hub.owner, repo=repo, **options)
    assert created == {"url": f"{hub.endpoint}/{repo}"}
    commit = hub.python("upload_folder", tmp_path / "up", hub.owner, repo=repo, folder=str(folder))
    assert commit["url"] == f"{hub.endpoint}/{repo}/commit/{commit['oid']}"
    return commit["oid"]


# ------------------------------------------------------------------------------------------------ the Python client

def test_whoami_and_revoked_tokens(hub, tmp_path):
    assert hub.python("whoami", tmp_path, hub.owner) == {"name": "me", "orgs": ["paiml"]}
    assert hub.python("whoami", tmp_path, hub.tokens["foreign"]) == {"name": "other", "orgs": []}
    assert hub.python("whoami", tmp_path, hub.tokens["revoked"])["status"] == 401
    assert hub.python("whoami", tmp_path, "hf_nobody")["status"] == 401


def test_creating_twice_conflicts_unless_allowed(hub, tmp_path):
    assert hub.python("create_repo", tmp_path, hub.owner, repo="paiml/m") == {"url": f"{hub.endpoint}/paiml/m"}
    assert hub.python("create_repo", tmp_path, hub.owner, repo="paiml/m")["status"] == 409
    assert hub.python("create_repo", tmp_path, hub.owner, repo="paiml/m", exist_ok=True) == {
        "url": f"{hub.endpoint}/paiml/m"}
    assert hub.python("create_repo", tmp_path, hub.owner, repo="other/m")["status"] == 403
    assert hub.python("create_repo", tmp_path, hub.tokens["readOnly"], repo="me/m")["status"] == 403


@pytest.mark.parametrize("in_parts", [False, True], ids=["basic", "multipart"])
def test_what_upload_folder_sends_snapshot_download_gets(hub, tmp_path, folder, contents, in_parts):
    if in_parts:
        hub.configure(partSize=30_000, multipartThreshold=4_000)
    head = upload(hub, tmp_path, folder)
    puts = [entry for entry in hub.requests(server="storage", method="PUT") if entry["status"] == 200]
    assert sorted(put["requestBytes"] for put in puts) == sorted(
        [5_000, 30_000, 30_000, 30_000, 10_000, 30_000, 30_000, 30_000] if in_parts else [5_000, 100_000, 90_000])
    assert len(hub.requests(path="complete_multipart")) == (3 if in_parts else 0)

    path = hub.python("snapshot_download", tmp_path / "down", repo="me/model")["path"]
    got = files_under(path)
    assert ".gitattributes" in got and {name: got[name] for name in contents} == contents
    assert len(got) == len(contents) + 1
    assert pathlib.Path(path).name == head
    cache = tmp_path / "down" / "hub" / "models--me--model"
    assert (cache / "refs" / "main").read_text() == head
    # The ETags were the git ids of small files and the SHA-256 of large ones.
    expected = {sha256(content) if name.endswith((".bin", ".safetensors")) else git_blob(content)
                for name, content in got.items()}
    assert {blob.name for blob in (cache / "blobs").iterdir()} == expected


def test_a_second_upload_of_the_same_folder_sends_and_commits_nothing(hub, tmp_path, folder):
    head = upload(hub, tmp_path, folder)
    hub.forget()
    again = hub.python("upload_folder", tmp_path / "up", hub.owner, repo="me/model", folder=str(folder))
    assert again["oid"] == head
    assert hub.requests(server="storage") == [] and hub.requests(path="/commit/") == []
    assert len(hub.show("me/model")["commits"]) == 2


def test_only_the_changed_file_is_uploaded_again(hub, tmp_path, folder):
    head = upload(hub, tmp_path, folder)
    (folder / "exact.bin").write_bytes(b"\0" + os.urandom(10))
    hub.forget()
    new = hub.python("upload_folder", tmp_path / "up", hub.owner, repo="me/model", folder=str(folder))["oid"]
    assert [put["requestBytes"] for put in hub.requests(server="storage", method="PUT")] == [11]
    assert hub.show("me/model")["commits"][:2] == [new, head]


def test_single_files_and_revisions(hub, tmp_path, folder, contents):
    first = upload(hub, tmp_path, folder)
    second = hub.python(
        "commit", tmp_path / "up", hub.owner, repo="me/model", add={"README.md": CARD + "more\n"},
        delete=["empty.txt"], message="second", parent=first)["oid"]
    assert hub.python("create_tag", tmp_path / "up", hub.owner, repo="me/model", tag="v1", revision=first) is None
    assert hub.python("create_branch", tmp_path / "up", hub.owner, repo="me/model", branch="pr/ü", revision=first) is None
    on_branch = hub.python(
        "upload_file", tmp_path / "up", hub.owner, repo="me/model", path=str(folder / "exact.bin"), name="more.bin",
        revision="pr/ü")["oid"]
    assert hub.python("refs", tmp_path, repo="me/model") == {
        "branches": {"main": second, "pr/ü": on_branch}, "tags": {"v1": first}}

    def readme(revision):
        path = hub.python("hf_hub_download", tmp_path / "down", repo="me/model", name="README.md", revision=revision)
        return pathlib.Path(path["path"]).read_text()

    assert readme("main") == readme(second) == CARD + "more\n"
    assert readme("v1") == readme(first) == readme("pr/ü") == CARD
    missing = hub.python("hf_hub_download", tmp_path / "down", repo="me/model", name="empty.txt", revision="main")
    assert missing["error"] == "RemoteEntryNotFoundError"
    assert (tmp_path / "down/hub/models--me--model/.no_exist" / second / "empty.txt").exists()
    lost = hub.python("hf_hub_download", tmp_path / "down", repo="me/model", name="README.md", revision="no-such")
    assert lost["error"] == "RevisionNotFoundError"
    assert [entry["title"] for entry in hub.python("commits", tmp_path, repo="me/model")] == [
        "second", "upload", "initial commit"]


def test_a_commit_on_a_stale_parent_is_refused(hub, tmp_path, folder):
    first = upload(hub, tmp_path, folder)
    second = hub.python("commit", tmp_path, hub.owner, repo="me/model", add={"a": "1"}, parent=first)["oid"]
    stale = hub.python("commit", tmp_path, hub.owner, repo="me/model", add={"a": "2"}, parent=first)
    assert stale["status"] == 412
    assert hub.show("me/model")["branches"] == {"main": second}


def test_private_repositories(hub, tmp_path, folder, contents):
    upload(hub, tmp_path, folder, private=True)
    # (The Python client only calls a 401 "repository not found" where the endpoint is https.)
    assert hub.python("snapshot_download", tmp_path / "a", repo="me/model")["status"] == 401
    foreign = hub.python("snapshot_download", tmp_path / "b", hub.tokens["foreign"], repo="me/model")
    assert foreign["error"] == "RepositoryNotFoundError"
    assert hub.python("hf_hub_download", tmp_path / "c", repo="me/model", name="README.md")["status"] == 401
    path = hub.python("snapshot_download", tmp_path / "d", hub.tokens["readOnly"], repo="me/model")["path"]
    assert files_under(path)["exact.bin"] == contents["exact.bin"]
    assert hub.python("model_info", tmp_path, hub.owner, repo="me/model")["private"] is True
    assert {entry["authorization"] for entry in hub.requests(server="storage")} == {"none"}


def test_model_info_tree_and_paths_info(hub, tmp_path, folder, contents):
    head = upload(hub, tmp_path, folder)
    info = hub.python("model_info", tmp_path, repo="me/model")
    assert (info["id"], info["sha"], info["private"]) == ("me/model", head, False)
    assert (info["library_name"], info["pipeline_tag"], info["tags"]) == ("peft", "text-classification", ["lora"])
    assert info["card"]["license"] == "apache-2.0"
    assert set(info["siblings"]) == set(contents) | {".gitattributes"}
    for name, content in contents.items():
        entry = info["siblings"][name]
        assert entry["size"] == len(content)
        if name.endswith((".bin", ".safetensors")):
            pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(content)}\nsize {len(content)}\n"
            assert (entry["sha256"], entry["blob_id"]) == (sha256(content), git_blob(pointer.encode()))
        else:
            assert (entry["sha256"], entry["blob_id"]) == (None, git_blob(content))

    hub.configure(pageSize=2)
    listed = hub.python("tree", tmp_path, repo="me/model", recursive=True)
    assert {entry["path"] for entry in listed if entry["kind"] == "RepoFile"} == set(contents) | {".gitattributes"}
    assert {entry["path"] for entry in listed if entry["kind"] == "RepoFolder"} == {"nested", "nested/folder"}
    inside = hub.python("tree", tmp_path, repo="me/model", path="nested")
    assert [entry["path"] for entry in inside] == ["nested/folder", "nested/weights.bin"]
    assert hub.python("paths_info", tmp_path, repo="me/model", paths=["README.md", "nested", "absent"]) \
        == ["README.md", "nested"]


def test_commits_have_the_ids_git_gives_them(hub, tmp_path, folder, contents):
    """git itself, given the same files and pointers, arrives at the id of the server's tree."""
    upload(hub, tmp_path, folder)
    ids = {entry["path"]: entry["id"] for entry in hub.python("tree", tmp_path, repo="me/model", recursive=True)}
    work = tmp_path / "git"
    for name in ["notes ü&#%20.txt"]:
        (work / "folder").mkdir(parents=True)
        (work / "folder" / name).write_bytes(contents[f"nested/folder/{name}"])
    blob = contents["nested/weights.bin"]
    (work / "weights.bin").write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(blob)}\nsize {len(blob)}\n")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}

    def git(*arguments):
        return subprocess.run(
            ["git", *arguments], cwd=work, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    git("add", ".")
    assert git("write-tree") == ids["nested"]


def test_a_bad_card_stops_the_python_client_before_anything_is_sent(hub, tmp_path, folder):
    (folder / "README.md").write_text("---\nlicense: my-own\nbase_model: ./checkpoints/best\n---\n")
    hub.python("create_repo", tmp_path, hub.owner, repo="me/model")
    refused = hub.python("upload_folder", tmp_path, hub.owner, repo="me/model", folder=str(folder))
    assert refused["error"] == "ValueError" and "license" in refused["message"] and "base_model" in refused["message"]
    assert hub.requests(server="storage") == []


def test_the_older_python_client_works_too(hub, tmp_path, folder, contents):
    """The huggingface_hub of the transformers 4 stack, which speaks an older form of the protocol."""
    python = support.STACKS["transformers4"]
    hub.configure(partSize=30_000, multipartThreshold=50_000)
    created = hub.python("create_repo", tmp_path / "up", hub.owner, python, repo="me/old", private=True)
    assert created == {"url": f"{hub.endpoint}/me/old"} and hub.show("me/old")["private"] is True
    commit = hub.python("upload_folder", tmp_path / "up", hub.owner, python, repo="me/old", folder=str(folder))
    assert hub.show("me/old")["branches"] == {"main": commit["oid"]}
    got = files_under(hub.python("snapshot_download", tmp_path / "down", hub.owner, python, repo="me/old")["path"])
    assert {name: got[name] for name in contents} == contents


def test_the_python_client_survives_the_faults_it_retries(hub, tmp_path, folder, contents):
    hub.fault({"kind": "status", "status": 503}, server="storage", method="PUT")
    hub.fault({"kind": "status", "status": 429, "headers": {"RateLimit": '"api";r=0;t=0'}}, path="preupload")
    upload(hub, tmp_path, folder)
    # An answer that ends early; a connection that is reset while it is read, this client does not always retry.
    hub.fault({"kind": "shortBody", "bytes": 20_000}, server="storage", method="GET")
    path = hub.python("snapshot_download", tmp_path / "down", repo="me/model")["path"]
    got = files_under(path)
    assert {name: got[name] for name in contents} == contents
    assert sum(hub.hits().values()) == 3


def test_rate_limits(hub):
    hub.configure(rateLimit={"requests": 2, "seconds": 60})
    url = f"{hub.endpoint}/api/whoami-v2"
    first, second, third = (hub_server.request("GET", url, token=hub.owner) for _ in range(3))
    assert (first.status, second.status, third.status) == (200, 200, 429)
    assert first.headers["ratelimit"].startswith('"api";r=1;t=') and third.headers["ratelimit"].startswith('"api";r=0;t=')
    # Others have a window of their own.
    assert hub_server.request("GET", url, token=hub.tokens["foreign"]).status == 200


# ------------------------------------------------------------------------------------------------ broken clients

BLOB = b"large object " * 100
OID = sha256(BLOB)
LFS = "application/vnd.git-lfs+json"


class Client:
    """Requests by hand; each method does its step right unless told otherwise."""

    def __init__(self, hub):
        self.hub = hub
        self.api = f"{hub.endpoint}/api/models/me/m"
        self.head = hub.plant("me/m", {"README.md": CARD.encode()})

    def post(self, url, body, token="owner", **options):
        token = self.hub.tokens.get(token, token)
        return hub_server.request("POST", url, token=token, body=body, **options)

    def batch(self, oid=OID, size=len(BLOB), token="owner", **more):
        return self.post(
            f"{self.hub.endpoint}/me/m.git/info/lfs/objects/batch",
            {"operation": "upload", "transfers": ["basic", "multipart"], "hash_algo": "sha256",
             "objects": [{"oid": oid, "size": size}], **more}, token, content_type=LFS)

    def action(self, **options):
        return self.batch(**options).json()["objects"][0]["actions"]

    def put(self, url, content=BLOB, **options):
        return hub_server.request("PUT", url, body=content, **options)

    def verify(self, oid=OID, size=len(BLOB), token="owner"):
        return self.post(f"{self.hub.endpoint}/me/m.git/info/lfs/objects/verify", {"oid": oid, "size": size}, token)

    def lines(self, *lines, token="owner", revision="main", content_type="application/x-ndjson", head=None):
        head = {"key": "header", "value": {"summary": "s", "description": ""}} if head is None else head
        text = "\n".join(json.dumps(line) for line in [head, *lines])
        return self.post(f"{self.api}/commit/{revision}", text.encode(), token, content_type=content_type)

    def commit(self, path="a.bin", oid=OID, size=len(BLOB), **options):
        return self.lines({"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": oid, "size": size}}, **options)

    def preupload(self, file, token="owner"):
        return self.post(f"{self.api}/preupload/main", {"files": [file]}, token)


def file_line(path="a.txt", content="eA==", **more):
    return {"key": "file", "value": {"path": path, "content": content, "encoding": "base64", **more}}


def header_line(**value):
    return {"key": "header", "value": value}


def uploaded(client, content=BLOB):
    assert client.put(client.action()["upload"]["href"], content).status == 200
    return client


def multipart(client, parts=None, oid=OID, order=(1, 2), etag=None, last=BLOB[1000:]):
    client.hub.configure(partSize=1000, multipartThreshold=0)
    upload_action = client.action()["upload"]
    tags = [
        client.put(upload_action["header"][f"0000{number}"], content) for number, content in
        enumerate([BLOB[:1000], last], 1)]
    if any(answer.status != 200 for answer in tags):
        return next(answer for answer in tags if answer.status != 200)
    named = [{"partNumber": number, "etag": etag or tags[number - 1].headers["etag"]} for number in order]
    return client.post(upload_action["href"], {"oid": oid, "parts": named}, token=None, content_type=LFS)


BROKEN = {
    # name: (statuses of which one is expected, what the client does)
    "whoami without a token": (401, lambda c: hub_server.request("GET", c.hub.endpoint + "/api/whoami-v2")),
    "whoami with Basic credentials": (401, lambda c: hub_server.request(
        "GET", c.hub.endpoint + "/api/whoami-v2", headers={"Authorization": "Basic aGY6bWU="})),
    "create without a token": (401, lambda c: c.post(c.hub.endpoint + "/api/repos/create", {"name": "x"}, None)),
    "create with a read-only token": (403, lambda c: c.post(
        c.hub.endpoint + "/api/repos/create", {"name": "x"}, "readOnly")),
    "create in a foreign namespace": (403, lambda c: c.post(
        c.hub.endpoint + "/api/repos/create", {"name": "x", "organization": "other"})),
    "create with a name that is no name": (400, lambda c: c.post(
        c.hub.endpoint + "/api/repos/create", {"name": "../x", "organization": "me"})),
    "create what exists": (409, lambda c: c.post(
        c.hub.endpoint + "/api/repos/create", {"name": "m", "organization": "me"})),
    "preupload without a token": (401, lambda c: c.preupload({"path": "a", "size": 1, "sample": "eA=="}, None)),
    "preupload with a foreign token": (403, lambda c: c.preupload({"path": "a", "size": 1, "sample": "eA=="}, "foreign")),
    "preupload with a revoked token": (401, lambda c: c.preupload({"path": "a", "size": 1, "sample": "eA=="}, "revoked")),
    "preupload without a sample": (400, lambda c: c.preupload({"path": "a", "size": 1})),
    "preupload with a sample that is not base64": (400, lambda c: c.preupload({"path": "a", "size": 1, "sample": "*"})),
    "preupload of 257 files": (413, lambda c: c.post(f"{c.api}/preupload/main", {
        "files": [{"path": f"f{n}", "size": 0, "sample": ""} for n in range(257)]})),
    "preupload to a branch that is not there": (404, lambda c: c.post(f"{c.api}/preupload/gone", {"files": []})),
    "preupload sent as text": (415, lambda c: c.post(f"{c.api}/preupload/main", b"{}", content_type="text/plain")),
    "batch with a foreign token": (403, lambda c: c.batch(token="foreign")),
    "batch for a download": (422, lambda c: c.batch(operation="download")),
    "batch with an unknown transfer only": (422, lambda c: c.batch(transfers=["xet"])),
    "batch with another hash": (409, lambda c: c.batch(hash_algo="sha1")),
    "PUT without a signature": (403, lambda c: c.put(c.action()["upload"]["href"].split("?")[0])),
    "PUT with a changed signature": (403, lambda c: c.put(c.action()["upload"]["href"][:-4] + "0000")),
    "PUT to another object than was signed": (403, lambda c: c.put(
        c.action()["upload"]["href"].replace(OID, "0" * 64))),
    "PUT with the Hub's token": (400, lambda c: c.put(c.action()["upload"]["href"], token=c.hub.owner)),
    "PUT to an address that has expired": (403, lambda c: (
        c.hub.configure(signedSeconds=-1), c.put(c.action()["upload"]["href"]))[1]),
    "POST instead of PUT": (403, lambda c: hub_server.request("POST", c.action()["upload"]["href"], body=BLOB)),
    "verify of nothing": (404, lambda c: c.verify()),
    "verify of other content": (422, lambda c: uploaded(c, b"x" * len(BLOB)).verify()),
    "verify of another size": (422, lambda c: uploaded(c).verify(size=1)),
    "verify without a token": (401, lambda c: uploaded(c).verify(token=None)),
    "a part of the wrong size": (400, lambda c: multipart(c, last=b"x")),
    "a part left out": (400, lambda c: multipart(c, order=(1,))),
    "parts out of order": (400, lambda c: multipart(c, order=(2, 1))),
    "a part with the wrong ETag": (400, lambda c: multipart(c, etag='"0"')),
    "completion for another object": (400, lambda c: multipart(c, oid="0" * 64)),
    "completion without a signature": (403, lambda c: c.post(
        c.hub.endpoint + "/api/complete_multipart", {"oid": OID, "parts": []}, None)),
    "commit of an object that was never sent": (400, lambda c: c.commit()),
    "commit of an object with other content": (400, lambda c: uploaded(c, b"x" * len(BLOB)).commit()),
    "commit of an object with another size": (400, lambda c: uploaded(c).commit(size=1)),
    "commit of an oid that is no hash": (400, lambda c: uploaded(c).commit(oid=OID[:-1])),
    "commit of another repository's object": (400, lambda c: (
        c.hub.plant("other/m", lfs={"a.bin": BLOB}), c.commit())[1]),
    "commit without a token": (401, lambda c: c.lines(file_line(), token=None)),
    "commit with a read-only token": (403, lambda c: c.lines(file_line(), token="readOnly")),
    "commit with a foreign token": (403, lambda c: c.lines(file_line(), token="foreign")),
    "commit on a stale parent": (412, lambda c: c.lines(
        file_line(), head=header_line(summary="s", parentCommit="0" * 40))),
    "commit with a shortened parent": (400, lambda c: c.lines(
        file_line(), head=header_line(summary="s", parentCommit=c.head[:7]))),
    "commit sent as JSON": (415, lambda c: c.lines(file_line(), content_type="application/json")),
    "commit to a branch that is not there": (404, lambda c: c.lines(file_line(), revision="gone")),
    "commit without a header": (400, lambda c: c.lines(head=file_line())),
    "commit without a summary": (400, lambda c: c.lines(file_line(), head=header_line(summary=""))),
    "commit with the header last": (400, lambda c: c.lines(header_line(summary="s"), head=file_line())),
    "commit without an operation": (400, lambda c: c.lines()),
    "commit with an unknown key": (400, lambda c: c.lines({"key": "symlink", "value": {"path": "a"}})),
    "commit with an unknown key in a value": (400, lambda c: c.lines(file_line(mode="644"))),
    "commit with an unknown key in a line": (400, lambda c: c.lines({**file_line(), "extra": 1})),
    "commit with an unknown key in the header": (400, lambda c: c.lines(
        file_line(), head=header_line(summary="s", author="x"))),
    "commit of content that is not base64": (400, lambda c: c.lines(file_line(content="*"))),
    "commit outside the repository": (400, lambda c: c.lines(file_line("a/../../b"))),
    "commit to an absolute path": (400, lambda c: c.lines(file_line("/etc/passwd"))),
    "commit into .git": (400, lambda c: c.lines(file_line(".git/config"))),
    "commit of one path twice": (400, lambda c: c.lines(file_line(), file_line())),
    "commit of a large file as a small one": (413, lambda c: (
        c.hub.configure(regularLimit=10), c.lines(file_line(content=base64.b64encode(b"x" * 11).decode())))[1]),
    "commit of a bad card": (400, lambda c: c.lines(
        file_line("README.md", base64.b64encode(b"---\nlicense: [\n---\n").decode()))),
    "deletion of what is not there": (400, lambda c: c.lines({"key": "deletedFile", "value": {"path": "gone"}})),
    "commit of broken JSON": (400, lambda c: c.post(
        f"{c.api}/commit/main", b'{"key": "header"', content_type="application/x-ndjson")),
    "resolve of a file that is not there": (404, lambda c: hub_server.request(
        "HEAD", f"{c.hub.endpoint}/me/m/resolve/main/gone")),
    "a path of the API that does not exist": (404, lambda c: hub_server.request(
        "PUT", f"{c.api}/upload/main/a.txt", token=c.hub.owner, body=b"x")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_client_is_refused(hub, name):
    status, attempt = BROKEN[name]
    client = Client(hub)
    before = hub.show("me/m")
    answer = attempt(client)
    assert answer.status == status, answer.body
    assert answer.headers["x-request-id"]
    assert hub.show("me/m") == before


def test_the_same_client_unbroken_succeeds(hub):
    """The steps the table breaks, done right: every one of its refusals is for the one thing that is wrong."""
    client = Client(hub)
    assert client.preupload({"path": "a.bin", "size": len(BLOB), "sample": base64.b64encode(BLOB[:512]).decode()}).json() \
        ["files"] == [{"path": "a.bin", "uploadMode": "lfs", "shouldIgnore": False, "oid": None}]
    assert uploaded(client).verify().status == 200
    assert "actions" not in client.batch().json()["objects"][0]
    done = client.lines(
        {"key": "lfsFile", "value": {"path": "a.bin", "algo": "sha256", "oid": OID, "size": len(BLOB)}}, file_line(),
        head=header_line(summary="s", description="d", parentCommit=client.head))
    assert done.status == 200
    shown = hub.show("me/m")
    assert shown["commits"][:2] == [done.json()["commitOid"], client.head]
    assert shown["files"]["a.bin"]["sha256"] == OID and shown["files"]["a.txt"]["sha256"] == sha256(b"x")
    hub.reset()
    client = Client(hub)
    assert multipart(client).status == 200
    assert client.verify().status == 200 and client.commit().status == 200
    found = hub_server.request("GET", f"{hub.endpoint}/me/m/resolve/main/a.bin")
    assert found.status == 302 and found.headers["x-linked-etag"] == f'"{OID}"'
    assert hub_server.request("GET", found.headers["location"]).body == BLOB


@pytest.mark.parametrize("card, complaint", [
    ("---\nlicense: apache-2.0\n---\n", None),
    ("no front matter", None),
    ("---\nlicense: [apache-2.0\n---\n", "YAML"),
    ("---\n- a\n- list\n---\n", "mapping"),
    ("---\nlicense: none-such\n---\n", "license"),
    ("---\nbase_model: ../base\n---\n", "base_model"),
    ("---\nbase_model: /data/base\n---\n", "base_model"),
    ("---\nlanguage: EN\n---\n", "language"),
    ("---\ntags: 3\n---\n", "tags"),
    ("---\nlicense: mit\nlicense: mit\n---\n", "duplicate"),
    ("---\nmodel-index:\n- name: m\n---\n", "results"),
    ("---\nmodel-index:\n- name: m\n  results:\n  - task: {type: text-classification}\n    metrics: []\n---\n", "dataset"),
    ("---\nmodel-index:\n- name: m\n  results:\n  - task: {type: text-classification}\n    dataset: {name: d, type: d}\n"
     "    metrics:\n    - type: f1\n---\n", "value"),
])
def test_cards_are_judged(hub, card, complaint):
    answer = hub_server.request(
        "POST", f"{hub.endpoint}/api/validate-yaml", body={"content": card, "repoType": "model"})
    if complaint is None:
        assert (answer.status, answer.json()["errors"]) == (200, [])
    else:
        assert answer.status == 400 and complaint in json.dumps(answer.json()["errors"])
