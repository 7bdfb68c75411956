"""What goes wrong between `apr` and the Hub, and what comes of it: a repetition, or a message and an exit status."""
import hashlib
import json
import pathlib
import re
import signal
import socket
import threading

import pytest

import hub_apr
import support

REPO = "paiml/model"
CONTENT = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def best(apr_program, tmp_path_factory):
    directory = tmp_path_factory.mktemp("faults")
    return hub_apr.train(directory, hub_apr.plain_base(directory)) / "best"


@pytest.fixture
def client(hub, apr_program, tmp_path):
    return hub_apr.Client(hub, tmp_path)


@pytest.fixture
def base_commit(hub):
    return hub_apr.plant_base(hub)


def plant(hub):
    return hub.plant(REPO, files={"config.json": b"{}"}, lfs={"model.safetensors": CONTENT})


def unpublished(hub):
    """Nothing of a checkpoint is in the repository, if there is one."""
    return REPO not in hub.ask("GET", "/state")["repos"] or set(hub.show(REPO)["files"]) <= {".gitattributes"}


STEPS = {
    "create": "/api/repos/create$", "card": "/validate-yaml$", "preupload": "/preupload/", "batch": "/objects/batch$",
    "commit": "/commit/"}
PERMANENT = {401: 77, 403: 77, 404: 65, 409: 1, 413: 65, 422: 65}
PASSING = [429, 500, 502, 503, 504]


@pytest.mark.parametrize("status", sorted(PERMANENT))
@pytest.mark.parametrize("step", ["preupload", "batch", "commit"])
def test_a_refusal_ends_it_with_nothing_published(hub, client, base_commit, best, step, status):
    hub.fault({"kind": "status", "status": status}, path=STEPS[step], times=-1)
    result = client.apr("publish", best, REPO, expect=PERMANENT[status])
    assert re.search(STEPS[step].rstrip("$"), result.stderr) and f"status {status}" in result.stderr
    assert "injected fault" in result.stderr and "request id" in result.stderr
    assert unpublished(hub)


@pytest.mark.parametrize("step", ["create", "card", "preupload", "batch"])
def test_trouble_that_passes_is_waited_for(hub, client, base_commit, best, step):
    for status in PASSING:
        hub.fault({"kind": "status", "status": status}, path=STEPS[step])
    assert client.json("publish", best, REPO)["status"] == "published"
    assert len(hub.show(REPO)["commits"]) == 2


@pytest.mark.parametrize("status", PASSING)
def test_trouble_that_does_not_pass(hub, client, base_commit, best, status):
    hub.fault({"kind": "status", "status": status}, path=STEPS["preupload"], times=-1)
    result = client.apr("publish", best, REPO, expect=69)
    assert f"status {status}" in result.stderr and "again" in result.stderr
    assert len(hub.requests(path=STEPS["preupload"])) == 6
    assert unpublished(hub)


@pytest.mark.parametrize("headers", [{"RateLimit": '"api";r=0;t=0'}, {"Retry-After": "0"}])
def test_the_server_says_how_long_to_wait(hub, client, headers):
    plant(hub)
    hub.fault({"kind": "status", "status": 429, "headers": headers}, path="/revision/")
    result = client.apr("pull", REPO)
    assert "trying again in 1.0 s" in result.stderr


def test_a_wait_that_is_too_long_is_not_waited(hub, client):
    plant(hub)
    hub.fault({"kind": "status", "status": 429, "headers": {"Retry-After": "9000"}}, path="/revision/", times=-1)
    client.apr("pull", REPO, expect=69)
    assert len(hub.requests(path="/revision/")) == 1


@pytest.mark.parametrize("action", [
    {"kind": "status", "status": 503}, {"kind": "reset"}, {"kind": "reset", "afterRequestBytes": 5000},
    {"kind": "status", "status": 500, "readBody": True}])
@pytest.mark.parametrize("multipart", [False, True])
def test_a_part_that_fails_is_sent_again_from_its_beginning(hub, client, base_commit, best, action, multipart):
    if multipart:
        hub.configure(multipartThreshold=10_000, partSize=12_000)
    hub.fault(action, server="storage", method="PUT", skip=1, times=2)
    client.apr("publish", best, REPO)
    weights = hub.show(REPO)["files"]["adapter_model.safetensors"]
    assert weights["sha256"] == hashlib.sha256((best / "adapter_model.safetensors").read_bytes()).hexdigest()


def test_a_publish_that_failed_half_way_continues(hub, client, base_commit, best):
    hub.fault({"kind": "status", "status": 403}, server="storage", method="PUT", skip=1, times=-1)
    client.apr("publish", best, REPO, expect=77)
    assert unpublished(hub)
    there = len(hub.ask("GET", "/state")["objects"])
    hub.ask("DELETE", "/faults")
    hub.forget()
    outcome = client.json("publish", best, REPO)
    puts = hub.requests(server="storage", method="PUT")
    assert outcome["present_bytes"] > 0 and puts and there > 1
    assert len(hub.show(REPO)["commits"]) == 2


@pytest.mark.parametrize("action", ["loseAnswer", {"kind": "status", "status": 504, "readBody": True}])
def test_a_commit_whose_answer_is_lost_is_not_made_twice(hub, client, base_commit, best, action):
    fault = hub.fault(action, path=STEPS["commit"])
    outcome = client.json("publish", best, REPO)
    assert hub.hits()[fault] == 1
    shown = hub.show(REPO)
    assert outcome["status"] == "published" and outcome["commit"] == shown["branches"]["main"]
    assert len(shown["commits"]) == 2
    assert len(hub.requests(path=STEPS["commit"])) == (1 if action == "loseAnswer" else 2)


def test_a_lost_answer_and_somebody_elses_commit(hub, client, base_commit, best):
    client.apr("publish", best, REPO)
    hub.plant(REPO, files={"other.txt": b"1"})
    assert client.json("publish", best, REPO)["status"] == "unchanged"


def test_a_token_that_is_revoked_half_way(hub, client, base_commit, best):
    hub.fault("revokeToken", path=STEPS["batch"])
    result = client.apr("publish", best, REPO, expect=77)
    assert "token" in result.stderr
    hub.ask("POST", "/tokens", {"token": hub.owner, "revoked": False})
    assert unpublished(hub)


@pytest.mark.parametrize("token, status", [("readOnly", 77), ("foreign", 77), ("revoked", 77), ("hf_unknown", 77)])
def test_tokens_that_may_not(hub, base_commit, best, tmp_path, token, status):
    client = hub_apr.Client(hub, tmp_path, token=token)
    result = client.apr("publish", best, REPO, "--base-model-id", hub_apr.BASE_ID, expect=status)
    assert "token" in result.stderr
    assert unpublished(hub)


def test_a_card_that_the_hub_refuses(hub, client, base_commit, best):
    answer = {"errors": [{"message": "\"license\" must be better"}], "warnings": []}
    hub.fault({"kind": "status", "status": 400, "body": json.dumps(answer)}, path=STEPS["card"])
    result = client.apr("publish", best, REPO, expect=65)
    assert "must be better" in result.stderr and unpublished(hub)


def test_connection_refused(hub, client):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        result = client.apr(
            "pull", REPO, expect=69, environment={"HF_ENDPOINT": f"http://127.0.0.1:{taken.getsockname()[1]}"})
    assert "connection refused" in result.stderr and f"/api/models/{REPO}" in result.stderr


@pytest.mark.parametrize("action", [
    {"kind": "reset", "afterResponseBytes": 1000}, {"kind": "shortBody", "bytes": 5000},
    {"kind": "shortBody", "bytes": 5000, "honest": True}, {"kind": "corruptBody"}, {"kind": "status", "status": 503},
    {"kind": "status", "status": 416}], ids=lambda action: "-".join(map(str, action.values())))
def test_a_download_with_one_fault_is_whole_in_the_end(hub, client, action):
    plant(hub)
    fault = hub.fault(action, server="storage")
    path = pathlib.Path(client.apr("pull", REPO).stdout.strip())
    assert hub.hits()[fault] == 1
    assert (path / "model.safetensors").read_bytes() == CONTENT
    assert not client.leftovers(REPO)


def test_content_that_never_has_its_hash_is_not_kept(hub, client):
    plant(hub)
    hub.fault("corruptBody", server="storage", times=-1)
    result = client.apr("pull", REPO, expect=65)
    assert hashlib.sha256(CONTENT).hexdigest() in result.stderr
    assert not list((client.cache(REPO) / "blobs").glob(hashlib.sha256(CONTENT).hexdigest() + "*"))
    assert not (client.cache(REPO) / "refs").exists()


def test_an_etag_that_was_not_announced(hub, client):
    plant(hub)
    hub.fault({"kind": "wrongETag", "etag": '"' + "a" * 64 + '"'}, path="model.safetensors", times=-1)
    result = client.apr("pull", REPO, expect=65)
    assert "a" * 64 in result.stderr


def test_a_server_that_ignores_ranges(hub, client):
    content = bytes(range(256)) * ((20 << 20) // 256)
    hub.plant(REPO, files={"config.json": b"{}"}, lfs={"model.safetensors": content})
    hub.fault("ignoreRange", server="storage", times=-1)
    path = pathlib.Path(client.apr("pull", REPO).stdout.strip())
    assert (path / "model.safetensors").read_bytes() == content


def test_a_socket_that_stalls(hub, client):
    plant(hub)
    hub.fault({"kind": "stall", "afterResponseBytes": 1000, "seconds": 30}, server="storage")
    path = pathlib.Path(client.apr("pull", REPO, environment={"HF_HUB_DOWNLOAD_TIMEOUT": "1"}).stdout.strip())
    assert (path / "model.safetensors").read_bytes() == CONTENT


def test_a_server_that_never_answers(hub, client):
    plant(hub)
    hub.fault({"kind": "stall", "afterRequestBytes": 0, "seconds": 30}, path="/revision/", times=-1)
    result = client.apr("pull", REPO, expect=69, environment={"HF_HUB_ETAG_TIMEOUT": "0.3"})
    assert "stopped answering" in result.stderr


def test_a_redirect_loop(hub, client):
    plant(hub)
    hub.fault("redirectLoop", path="/resolve/", times=-1)
    result = client.apr("pull", REPO, expect=69)
    assert "redirected" in result.stderr


def test_a_redirect_to_another_host_does_not_get_the_token(hub, client):
    plant(hub)
    hub.fault({"kind": "redirect", "location": f"{hub.elsewhere}/stolen"}, path="/revision/")
    client.apr("pull", REPO, expect=None)
    stolen = hub.requests(server="elsewhere")
    assert stolen and {entry["authorization"] for entry in stolen} == {"none"}


def test_plain_http_to_another_machine(hub, client):
    other = {"HF_ENDPOINT": "http://hub.example.org:8000"}
    result = client.apr("pull", REPO, expect=64, environment=other)
    assert "--insecure-endpoint" in result.stderr


class Proxy(threading.Thread):
    """A proxy that knows CONNECT, and leads to the loopback Hub wherever one wants to go."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target, self.asked = target, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://user:word@127.0.0.1:{self.listener.getsockname()[1]}"
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        self.asked.append(head.decode())
        server = socket.create_connection(self.target)
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=self.copy, args=(client, server), daemon=True).start()
        self.copy(server, client)

    @staticmethod
    def copy(source, sink):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.close()


def test_a_proxy_is_used_where_it_is_named(hub, client):
    plant(hub)
    host, port = hub.endpoint.removeprefix("http://").split(":")
    proxy = Proxy((host, int(port)))
    settings = {"HF_ENDPOINT": "http://hub.example.org:8000", "http_proxy": proxy.address}
    client.apr("pull", REPO, "--insecure-endpoint", expect=None, environment=settings)
    assert hub.requests(path="/revision/") and proxy.asked[0].startswith("CONNECT hub.example.org:8000 ")
    assert re.search("proxy-authorization: Basic dXNlcjp3b3Jk", proxy.asked[0], re.I)
    hub.forget()
    result = client.apr(
        "pull", REPO, "--insecure-endpoint", expect=69, environment={**settings, "no_proxy": "example.org"})
    assert "word" not in result.stderr and not hub.requests()


@pytest.mark.parametrize("moment", ["preupload", "batch", "commit"])
def test_ctrl_c_and_again(hub, client, base_commit, best, moment):
    hub.fault({"kind": "stall", "afterRequestBytes": 0, "seconds": 30}, path=STEPS[moment])
    process = client.start("publish", best, REPO)
    hub_apr.wait_until(lambda: hub.requests(path=STEPS[moment]), what=moment)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not list(client.temporary.iterdir()), "temporary files stay"
    hub.ask("DELETE", "/faults")
    client.apr("publish", best, REPO)
    assert len(hub.show(REPO)["commits"]) == 2
