"""`apr publish` and `apr pull` when the Hub misbehaves: repeated where that can help, otherwise a message that names the
request and an exit status by class; nothing half published, nothing corrupt in the cache, and the token nowhere.

Every row of the tables arranges faults, runs the program, and ends with the same run without them, which must succeed.
"""
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

import support
import toybase

NO_PERMISSION, UNAVAILABLE, BAD_DATA = 77, 69, 65
"""Exit statuses: not allowed; cannot be reached, or not now; not what it has to be."""

HASTE = {"APR_HUB_RETRY_BASE_MS": 20, "HF_HUB_ETAG_TIMEOUT": 2, "HF_HUB_DOWNLOAD_TIMEOUT": 2}
"""Retries and timeouts at a test's pace; how often and in which order they come is as always."""


@pytest.fixture(scope="module")
def run(apr_program, tmp_path_factory):
    return toybase.train(tmp_path_factory.mktemp("faults"), 2)


@pytest.fixture
def site(hub, tmp_path):
    """A fresh Hub with a base and, to be pulled, a model of two large files and a few small ones."""
    base = toybase.base()
    weights = (base / "model.safetensors").read_bytes()
    small = {path.name: path.read_bytes() for path in base.iterdir() if path.suffix == ".json"}
    hub.plant("me/toy-base", small, {"model.safetensors": weights})
    hub.configure(partSize=7_000, multipartThreshold=10_000)
    hub.forget()
    return hub


def digest(content):
    return hashlib.sha256(content).hexdigest()


def publish(site, run, tmp_path, *more, expect=0, **environment):
    return site.apr(
        "publish", tmp_path / "publisher", run.best, "me/classifier", "--base-model-id", "me/toy-base", *more,
        token=site.owner, expect=expect, **{**HASTE, **environment})


def assert_unpublished(site):
    """The repository is not there, or has nothing but what it began with."""
    if "me/classifier" in site.ask("GET", "/state")["repos"]:
        assert list(site.show("me/classifier")["files"]) == [".gitattributes"]


def assert_published(site, run):
    shown = site.show("me/classifier")
    assert len(shown["commits"]) == 2, "more than one commit"
    adapter = (run.best / "adapter_model.safetensors").read_bytes()
    assert shown["files"]["adapter_model.safetensors"]["sha256"] == digest(adapter)


def assert_traffic_is_clean(site):
    for entry in site.requests():
        allowed = {"owner", "none"} if entry["server"] == "hub" else {"none"}
        assert entry["authorization"] in allowed, entry
        assert site.owner not in entry["query"] + entry["path"]


def wait_for(condition, process, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def status(code, **headers):
    return {"kind": "status", "status": code, "headers": {name.replace("_", "-"): value for name, value in headers.items()}}


PUT = {"server": "storage", "method": "PUT"}
COMMIT = {"path": "/commit/"}
RATE = {"RateLimit": '"api";r=0;t=0'}

PUBLISH_SUCCEEDS = {
    "429 with RateLimit": [({"kind": "status", "status": 429, "headers": RATE}, {"path": "preupload"})],
    "429 with Retry-After": [(status(429, Retry_After="0"), {"path": "objects/batch"})],
    "500 of a part": [(status(500), PUT)],
    "502 of the batch": [(status(502), {"path": "objects/batch"})],
    "503 of a part, twice": [(status(503), {**PUT, "times": 2})],
    "504 of the completion": [(status(504), {"path": "complete_multipart"})],
    "503 of the verification": [(status(503), {"path": "objects/verify"})],
    "503 of every kind of request, once each": [
        (status(503), {"path": path}) for path in ["preupload", "batch", "verify", "complete_multipart", "/api/models/"]],
    "a part reset in the middle": [({"kind": "reset", "afterRequestBytes": 3_000}, PUT)],
    "a part that stalls": [({"kind": "stall", "afterRequestBytes": 0, "seconds": 60}, PUT)],
    "an answer that stalls": [({"kind": "stall", "afterRequestBytes": 0, "seconds": 60}, {"path": "preupload"})],
    "the answer of a part is lost": [("loseAnswer", PUT)],
    "the answer of the commit is lost": [("loseAnswer", COMMIT)],
    "the commit is reset before it is read": [({"kind": "reset", "afterRequestBytes": 0}, COMMIT)],
    "502 instead of the commit": [(status(502), COMMIT)],
    "an honest but short answer": [({"kind": "shortBody", "bytes": 20}, {"path": "preupload"})],
}


@pytest.mark.parametrize("name", PUBLISH_SUCCEEDS)
def test_publishing_survives(site, run, tmp_path, name):
    ids = [site.fault(action, **match) for action, match in PUBLISH_SUCCEEDS[name]]
    publish(site, run, tmp_path)
    hits = site.hits()
    assert all(hits[number] >= 1 for number in ids), "the fault did not strike"
    assert_published(site, run)
    assert_traffic_is_clean(site)


ALWAYS = {"times": -1}
PUBLISH_FAILS = {
    # name: (faults, exit status, texts of the message)
    "401 of the commit": ([(status(401), COMMIT)], NO_PERMISSION, ["POST", "/commit/main", "401", "token"]),
    "403 of the preupload": ([(status(403), {"path": "preupload"})], NO_PERMISSION, ["POST", "preupload", "403"]),
    "404 of the preupload": ([(status(404), {"path": "preupload"})], None, ["POST", "preupload", "404"]),
    "409 of the commit": ([(status(409), COMMIT)], None, ["POST", "/commit/main", "409", "again"]),
    "412 of the commit": ([(status(412), COMMIT)], None, ["POST", "/commit/main", "412", "again"]),
    "413 of a part": ([(status(413), {**PUT, **ALWAYS})], None, ["PUT", "413"]),
    "422 of the verification": ([(status(422), {"path": "verify", **ALWAYS})], None, ["POST", "verify", "422"]),
    "429 for ever": ([(status(429, Retry_After="0"), {"path": "preupload", **ALWAYS})], UNAVAILABLE, ["429", "preupload"]),
    "500 for ever": ([(status(500), {**PUT, **ALWAYS})], UNAVAILABLE, ["PUT", "500"]),
    "503 of the commit for ever": ([(status(503), {**COMMIT, **ALWAYS})], UNAVAILABLE, ["/commit/main", "503"]),
    "a part reset for ever": ([({"kind": "reset", "afterRequestBytes": 1}, {**PUT, **ALWAYS})], UNAVAILABLE, ["PUT"]),
    "a wrong ETag of a part": ([("wrongETag", {**PUT, **ALWAYS})], None, ["complete_multipart", "400"]),
    "a redirect loop": ([("redirectLoop", {"path": "preupload", **ALWAYS})], None, ["redirected"]),
    "the token is revoked half way": ([("revokeToken", {"path": "objects/verify"})], NO_PERMISSION, ["401", "token"]),
}


@pytest.mark.parametrize("name", PUBLISH_FAILS)
def test_publishing_fails_with_a_message_and_goes_on_later(site, run, tmp_path, name):
    faults, code, texts = PUBLISH_FAILS[name]
    ids = [site.fault(action, **match) for action, match in faults]
    result = publish(site, run, tmp_path, expect=None)
    assert result.returncode not in (0, -signal.SIGSEGV) and result.returncode > 0
    if code is not None:
        assert result.returncode == code, result.stderr
    for text in texts:
        assert text in result.stderr
    assert all(site.hits()[number] >= 1 for number in ids), "the fault did not strike"
    struck = [entry for entry in site.requests() if entry["fault"] is not None and entry["status"] >= 400]
    # Files are sent side by side: after a revoked token, the first refusal may be another file's.
    if struck and "the token is revoked" in name:
        struck = [entry for entry in site.requests() if entry["status"] == 401]
    if struck:
        assert any(entry["requestID"] in result.stderr for entry in struck), "the request's id is not named"
    assert_unpublished(site)
    assert_traffic_is_clean(site)

    site.ask("DELETE", "/faults")
    site.ask("POST", "/tokens", {"token": site.owner, "revoked": False})
    publish(site, run, tmp_path)
    assert_published(site, run)


def test_what_was_stored_before_a_failure_is_not_sent_again(site, run, tmp_path):
    site.fault(status(403), **COMMIT)
    publish(site, run, tmp_path, expect=NO_PERMISSION)
    assert site.requests(server="storage", method="PUT")
    site.forget()
    publish(site, run, tmp_path)
    assert site.requests(server="storage", method="PUT") == []
    assert_published(site, run)


def test_a_refused_connection_is_reported_as_one(hub, run, tmp_path):
    environment = {**hub.environment(tmp_path, hub.owner), **{name: str(value) for name, value in HASTE.items()}}
    environment["HF_ENDPOINT"] = "http://127.0.0.1:9"
    for command in (["publish", run.best, "me/classifier"], ["pull", "me/toy-base"]):
        result = support.apr(*command, expect=UNAVAILABLE, environment=environment)
        assert "connection refused" in result.stderr
        hub.assert_no_token(result.stdout + result.stderr)


def test_an_upload_is_never_redirected_to_another_host(site, run, tmp_path):
    site.fault({"kind": "redirect", "location": site.elsewhere + "/x", "status": 307}, path="preupload", times=-1)
    result = publish(site, run, tmp_path, expect=None)
    assert result.returncode > 0 and "redirected" in result.stderr
    assert site.requests(server="elsewhere") == []
    assert_unpublished(site)


def test_the_lost_answer_of_a_commit_makes_no_second_one(site, run, tmp_path):
    site.fault("loseAnswer", **COMMIT)
    publish(site, run, tmp_path)
    assert len(site.requests(method="POST", path="/commit/")) == 1
    assert_published(site, run)


def test_a_foreign_commit_in_between_is_not_overwritten(site, run, tmp_path):
    """Our commit never arrives, somebody else's does: ours must not be pushed over it."""
    site.fault({"kind": "stall", "afterRequestBytes": 0, "seconds": 3}, **COMMIT)
    environment = {**site.environment(tmp_path / "publisher", site.owner), "APR_HUB_RETRY_BASE_MS": "20"}
    process = subprocess.Popen(
        [str(support.APR), "publish", str(run.best), "me/classifier", "--base-model-id", "me/toy-base"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: site.requests(path="/commit/"), process)
        site.plant("me/classifier", {"note.txt": b"by hand"})
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 1 and "again" in err, (process.returncode, err)
    assert set(site.show("me/classifier")["files"]) == {".gitattributes", "note.txt"}
    publish(site, run, tmp_path)
    assert {"note.txt", "adapter_model.safetensors"} <= set(site.show("me/classifier")["files"])


# ------------------------------------------------------------------------------------------------ interruption

STAGES = ["repos/create|/api/models/me/classifier$|whoami", "preupload", "objects/batch", "^/repos/", "complete_multipart",
          "objects/verify", "/commit/"]


@pytest.mark.parametrize("stage", STAGES)
def test_publishing_interrupted_at_any_step_is_taken_up_again(site, run, tmp_path, stage):
    number = site.fault({"kind": "stall", "afterRequestBytes": 0, "seconds": 60}, path=stage)
    environment = {**site.environment(tmp_path / "publisher", site.owner), "APR_HUB_RETRY_BASE_MS": "20"}
    process = subprocess.Popen(
        [str(support.APR), "publish", str(run.best), "me/classifier", "--base-model-id", "me/toy-base"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: site.hits()[number] == 1, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130, err
    site.assert_no_token(out + err)
    assert_unpublished(site)
    site.ask("DELETE", "/faults")
    publish(site, run, tmp_path)
    assert_published(site, run)


# ------------------------------------------------------------------------------------------------ pull

WEIGHTS = os.urandom(40_000_000)
"""Three of the parts that a file is fetched in."""
FILES = {"config.json": b'{"model_type": "qwen2"}\n', "tokenizer.json": b'{"a tokenizer": "not really"}' * 50}
MODEL = "other/model"


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "weights"
    path.write_bytes(WEIGHTS)
    return str(path)


@pytest.fixture
def model(site, weights_file):
    site.plant(MODEL, FILES, lfsFiles={"model.safetensors": weights_file})
    return site


def pull(site, tmp_path, *more, token=None, expect=0, repo=MODEL, **environment):
    return site.apr("pull", tmp_path / "puller", repo, *more, token=token, expect=expect, **{**HASTE, **environment})


def assert_pulled(site, tmp_path):
    cache = tmp_path / "puller" / "hub" / "models--other--model"
    commit = site.show(MODEL)["branches"]["main"]
    assert (cache / "refs" / "main").read_text() == commit
    for name, content in {**FILES, "model.safetensors": WEIGHTS}.items():
        assert (cache / "snapshots" / commit / name).read_bytes() == content
    assert not [path for path in (cache / "blobs").iterdir() if not blob_is_sound(path)]


def blob_is_sound(path):
    content = path.read_bytes()
    git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    return path.name in (digest(content), git)


def assert_nothing_corrupt(tmp_path):
    """Every file that has its final name in the cache has the content of that name."""
    home = tmp_path / "puller" / "hub"
    for path in home.rglob("*"):
        if path.parent.name == "blobs" and len(path.name) in (40, 64):
            assert blob_is_sound(path), path
        if "snapshots" in path.parts and path.is_symlink():
            assert path.exists(), "a name without content"


GET = {"server": "storage", "method": "GET"}

PULL_SUCCEEDS = {
    "429 with RateLimit": [({"kind": "status", "status": 429, "headers": RATE}, {"path": "/api/models/"})],
    "429 with Retry-After": [(status(429, Retry_After="0"), {"path": "/resolve/"})],
    "500 of the listing": [(status(500), {"path": "/api/models/"})],
    "502 of a part": [(status(502), GET)],
    "503 of a part, three times": [(status(503), {**GET, "times": 3})],
    "504 of a small file": [(status(504), {"path": "resolve-cache"})],
    "a part reset in the middle": [({"kind": "reset", "afterResponseBytes": 1_000_000}, GET)],
    "parts reset again and again": [({"kind": "reset", "afterResponseBytes": 2_000_000}, {**GET, "times": 8})],
    "a part that stalls": [({"kind": "stall", "afterResponseBytes": 1_000_000, "seconds": 60}, GET)],
    "a part that closes early": [({"kind": "shortBody", "bytes": 1_000_000}, GET)],
    "a part that is honestly too short": [({"kind": "shortBody", "bytes": 1_000_000, "honest": True}, GET)],
    "one wrong byte": [({"kind": "corruptBody", "offset": 1_234_567}, GET)],
    "one wrong byte in a small file": [({"kind": "corruptBody", "offset": 3}, {"path": "resolve-cache"})],
    "416 of a part": [(status(416), {**GET, "skip": 1})],
    "the first range ignored": [("ignoreRange", GET)],
    "a later range ignored": [("ignoreRange", {**GET, "skip": 1})],
    "every range ignored": [("ignoreRange", {**GET, **ALWAYS})],
}


@pytest.mark.parametrize("name", PULL_SUCCEEDS)
def test_pulling_survives(model, tmp_path, name):
    ids = [model.fault(action, **match) for action, match in PULL_SUCCEEDS[name]]
    pull(model, tmp_path, token=model.owner)
    hits = model.hits()
    assert all(hits[number] >= 1 for number in ids), "the fault did not strike"
    assert_pulled(model, tmp_path)
    assert_traffic_is_clean(model)


PULL_FAILS = {
    "401": ([(status(401), {"path": "/api/models/", **ALWAYS})], NO_PERMISSION, ["401", MODEL]),
    "403": ([(status(403), {"path": "/api/models/", **ALWAYS})], NO_PERMISSION, ["403", MODEL]),
    "404": ([(status(404), {"path": "/api/models/", **ALWAYS})], None, ["404", MODEL]),
    "403 of the store": ([(status(403), {**GET, **ALWAYS})], None, ["403"]),
    "404 of the store": ([(status(404), {**GET, **ALWAYS})], None, ["404"]),
    "416 for ever": ([(status(416), {**GET, **ALWAYS})], None, ["GET"]),
    "429 for ever": ([(status(429, Retry_After="0"), {"path": "/resolve/", **ALWAYS})], UNAVAILABLE, ["429"]),
    "503 for ever": ([(status(503), {**GET, **ALWAYS})], UNAVAILABLE, ["503"]),
    "a reset for ever": ([({"kind": "reset", "afterResponseBytes": 0}, {**GET, **ALWAYS})], UNAVAILABLE, ["GET"]),
    "a wrong byte for ever": ([({"kind": "corruptBody", "offset": 100}, {**GET, **ALWAYS})], BAD_DATA, ["model.safetensors", "hash"]),
    "a redirect loop": ([("redirectLoop", {"path": "/resolve/", **ALWAYS})], None, ["redirected"]),
    "a listing that is no JSON": ([({"kind": "status", "status": 200, "body": "<html>"}, {"path": "/api/models/", **ALWAYS})],
                                  None, ["/api/models/"]),
    "a listing that is too short": ([({"kind": "shortBody", "bytes": 100, "honest": True}, {"path": "/api/models/", **ALWAYS})],
                                    None, ["/api/models/"]),
}


@pytest.mark.parametrize("name", PULL_FAILS)
def test_pulling_fails_with_a_message_and_goes_on_later(model, tmp_path, name):
    faults, code, texts = PULL_FAILS[name]
    ids = [model.fault(action, **match) for action, match in faults]
    result = pull(model, tmp_path, token=model.owner, expect=None)
    assert result.returncode > 0
    if code is not None:
        assert result.returncode == code, result.stderr
    for text in texts:
        assert text in result.stderr
    assert all(model.hits()[number] >= 1 for number in ids), "the fault did not strike"
    assert_nothing_corrupt(tmp_path)
    assert_traffic_is_clean(model)
    model.ask("DELETE", "/faults")
    pull(model, tmp_path)
    assert_pulled(model, tmp_path)


def test_a_redirect_to_another_host_carries_no_token_and_its_content_is_not_believed(model, tmp_path):
    model.fault({"kind": "redirect", "location": model.elsewhere + "/stolen"}, path="/resolve/", times=-1)
    result = pull(model, tmp_path, token=model.owner, expect=None)
    assert result.returncode > 0
    assert {entry["authorization"] for entry in model.requests(server="elsewhere")} <= {"none"}
    assert_nothing_corrupt(tmp_path)
    model.ask("DELETE", "/faults")
    pull(model, tmp_path)
    assert_pulled(model, tmp_path)


def test_a_wrong_etag_is_never_a_name_in_the_cache(model, tmp_path):
    model.fault("wrongETag", path="/resolve/|resolve-cache|/repos/", times=-1)
    result = pull(model, tmp_path, expect=None)
    assert_nothing_corrupt(tmp_path)
    if result.returncode == 0:
        assert_pulled(model, tmp_path)


def test_a_pull_interrupted_in_the_middle_goes_on_where_it_was(model, tmp_path):
    # The last part stalls once the others are there.
    number = model.fault({"kind": "stall", "afterResponseBytes": 1000, "seconds": 60}, skip=2, **GET)
    environment = model.environment(tmp_path / "puller")
    process = subprocess.Popen(
        [str(support.APR), "pull", MODEL], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: model.hits()[number] == 1 and sum(
            entry["status"] in (200, 206) for entry in model.requests(server="storage")) >= 2, process)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert_nothing_corrupt(tmp_path)
    model.ask("DELETE", "/faults")
    model.forget()
    pull(model, tmp_path)
    assert_pulled(model, tmp_path)
    again = sum(entry["responseBytes"] for entry in model.requests(server="storage"))
    assert 0 < again < len(WEIGHTS) * 0.7, "what had arrived was fetched again"


@pytest.mark.parametrize("stage", ["/api/models/", "/resolve/", "resolve-cache", "^/repos/"])
def test_a_pull_interrupted_at_any_step_is_taken_up_again(model, tmp_path, stage):
    # A redirect has no body to stall in the middle of.
    field = "afterRequestBytes" if stage == "/resolve/" else "afterResponseBytes"
    number = model.fault({"kind": "stall", field: 5, "seconds": 60}, path=stage)
    process = subprocess.Popen(
        [str(support.APR), "pull", MODEL], env=model.environment(tmp_path / "puller"), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: model.hits()[number] == 1, process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert_nothing_corrupt(tmp_path)
    model.ask("DELETE", "/faults")
    pull(model, tmp_path)
    assert_pulled(model, tmp_path)


def test_two_pulls_at_once_fetch_everything_once(model, tmp_path):
    command = [str(support.APR), "pull", MODEL]
    environment = model.environment(tmp_path / "puller")
    processes = [
        subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert_pulled(model, tmp_path)
    assert sum(entry["responseBytes"] for entry in model.requests(server="storage", method="GET")) == len(WEIGHTS)


def test_a_full_disk_is_an_error_and_nothing_more(model, tmp_path):
    """A file system of 24 MB under the cache; where mounting is not allowed, a limit on the size of a file."""
    home = tmp_path / "puller"
    home.mkdir()
    command = f'mount -t tmpfs -o size=24m none "{home}" && "{support.APR}" pull {MODEL}; status=$?; ' \
        f'find "{home}/hub" -name "*.safetensors" -exec false {{}} + || exit 99; exit $status'
    can_mount = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", str(home)], capture_output=True).returncode == 0
    environment = {**model.environment(home), **{name: str(value) for name, value in HASTE.items()}}
    if can_mount:
        result = subprocess.run(
            ["unshare", "-m", "sh", "-c", command], env=environment, capture_output=True, text=True, timeout=60)
    else:
        import resource

        # Python ignores SIGXFSZ, and so does its child.
        result = subprocess.run(
            [str(support.APR), "pull", MODEL], env=environment, capture_output=True, text=True, timeout=60,
            restore_signals=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (24_000_000, 24_000_000)))
    assert result.returncode == 74, (result.returncode, result.stderr)
    assert_nothing_corrupt(tmp_path)
    pull(model, tmp_path)
    assert_pulled(model, tmp_path)


@pytest.mark.parametrize("name", [
    "../../../escape.json", "/tmp/escape.json", "a/../../../escape.json", "..", ".", "a//b.json", "a\\..\\b.json",
    "model.safetensors/../../config.json", "config.json\0.txt"])
def test_names_from_the_server_stay_inside_the_cache(site, tmp_path, name):
    site.plant(MODEL, {**FILES, name: b"{}"}, {"model.safetensors": b"x" * 100})
    pull(site, tmp_path, expect=None)
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and "puller/hub" not in str(path)]
    assert outside == [] and not pathlib.Path("/tmp/escape.json").exists()
    assert not [path for path in (tmp_path / "puller").rglob("*") if "escape" in path.name]
    assert_nothing_corrupt(tmp_path)


@pytest.mark.parametrize("sha", ["../../../escape", "/tmp/escape", "main", "", "A" * 40, "0" * 39])
def test_commit_ids_from_the_server_stay_inside_the_cache(site, tmp_path, sha):
    site.plant(MODEL, FILES, {"model.safetensors": b"x" * 100})
    listing = {"id": MODEL, "sha": sha, "siblings": [
        {"rfilename": "model.safetensors", "size": 100, "blobId": "0" * 40,
         "lfs": {"sha256": digest(b"x" * 100), "size": 100, "pointerSize": 130}}]}
    site.fault({"kind": "status", "status": 200, "body": json.dumps(listing)}, path="/api/models/", times=-1)
    result = pull(site, tmp_path, expect=None)
    assert result.returncode > 0
    assert [path for path in tmp_path.rglob("*") if "escape" in path.name] == []


# ------------------------------------------------------------------------------------------------ tokens

def test_plain_http_is_for_this_machine_alone(site, tmp_path):
    environment = {**site.environment(tmp_path, site.owner), "HF_ENDPOINT": "http://0.0.0.0:9", "APR_HUB_RETRY_BASE_MS": "1"}
    refused = support.apr("pull", MODEL, expect=64, environment=environment)
    assert "plain HTTP" in refused.stderr and "--insecure-endpoint" in refused.stderr
    support.apr("pull", MODEL, "--insecure-endpoint", expect=UNAVAILABLE, environment=environment)


def test_private_repositories_need_the_token(site, run, tmp_path):
    publish(site, run, tmp_path, "--private")
    assert site.show("me/classifier")["private"] is True
    for token in (None, "foreign", "revoked"):
        result = pull(site, tmp_path, repo="me/classifier", token=site.tokens.get(token), expect=None)
        assert result.returncode > 0 and "me/classifier" in result.stderr
        assert not (tmp_path / "puller" / "hub" / "models--me--classifier" / "snapshots").exists()
    pull(site, tmp_path, repo="me/classifier", token=site.tokens["readOnly"])


@pytest.mark.parametrize("token", ["readOnly", "foreign", "revoked", None])
def test_publishing_without_the_right_to_is_refused(site, run, tmp_path, token):
    site.plant("paiml/classifier", {"a": b"a"})
    before = site.show("paiml/classifier")
    result = site.apr(
        "publish", tmp_path / "p", run.best, "paiml/classifier", "--base-model-id", "me/toy-base",
        token=site.tokens.get(token), expect=None, **HASTE)
    assert result.returncode > 0 and "token" in result.stderr
    assert site.show("paiml/classifier") == before and site.requests(method="PUT") == []


def test_training_on_a_repository_and_publishing_it_needs_no_flags(site, tmp_path):
    """The two commands of the spec page, with the base by its id: the checkpoint knows where it came from."""
    data = support.write_jsonl(tmp_path / "corpus.jsonl", toybase.corpus(2))
    home = tmp_path / "home"
    site.apr(
        "finetune", home, "--task", "classify", "me/toy-base", "--data", data, "--epochs", 1, "--threads", 1,
        cwd=tmp_path, token=site.owner)
    site.apr(
        "publish", home, "./checkpoints/best/", "paiml/shell-safety-classifier", cwd=tmp_path, token=site.owner)
    folder = site.python("snapshot_download", tmp_path / "check", repo="paiml/shell-safety-classifier")["path"]
    config = json.loads((pathlib.Path(folder) / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "me/toy-base"
    assert config["revision"] == site.show("me/toy-base")["branches"]["main"]


def test_the_check_for_the_real_hub_passes_here(site, tmp_path):
    """`make hub-live`, pointed at this Hub: it publishes, loads in Python, pulls, and leaves nothing behind."""
    environment = site.environment(tmp_path / "home", site.owner, APR_BIN=support.APR)
    result = support.execute(
        support.STACKS["transformers5"], support.ROOT / "Tools" / "hub" / "live.py", "--base", "me/toy-base",
        environment=environment)
    assert result.stdout.count("holds: ") == 4
    assert site.ask("GET", "/state")["repos"] == ["me/toy-base"]
    site.assert_no_token(result.stdout + result.stderr)
