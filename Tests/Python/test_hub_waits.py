"""How long and how often `apr` tries, and by which way it reaches the Hub. (What goes wrong is in test_hub_client_faults.)"""
import pathlib
import re
import socket
import threading

import pytest

import hub_apr

REPO = "paiml/model"
CONTENT = bytes(range(256)) * 400


@pytest.fixture
def client(hub, apr_program, tmp_path):
    return hub_apr.Client(hub, tmp_path)


def plant(hub):
    return hub.plant(REPO, files={"config.json": b"{}"}, lfs={"model.safetensors": CONTENT})


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_trouble_that_does_not_pass_is_given_up_after_five_repetitions(hub, client, status):
    plant(hub)
    hub.fault({"kind": "status", "status": status}, path="/revision/", times=-1)
    result = client.apr("pull", REPO, expect=69)
    assert f"status {status}" in result.stderr and "again" in result.stderr
    assert len(hub.requests(path="/revision/")) == 6


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


def test_a_server_that_ignores_ranges(hub, client):
    content = bytes(range(256)) * ((20 << 20) // 256)
    hub.plant(REPO, files={"config.json": b"{}"}, lfs={"model.safetensors": content})
    hub.fault("ignoreRange", server="storage", times=-1)
    path = pathlib.Path(client.apr("pull", REPO).stdout.strip())
    assert (path / "model.safetensors").read_bytes() == content


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
