"""`apr` over TLS: the loopback Hub behind a server with a certificate of an authority that only `SSL_CERT_FILE` knows."""
import random
import socket
import ssl
import threading

import pytest

import hub_apr
import support

REPO = "paiml/model"


def authority(folder, name, host="IP:127.0.0.1"):
    """A new authority, and a certificate of its for a host; returns the paths of both, the latter with its key."""
    folder.mkdir()
    ca, key, request, certificate = (folder / part for part in ("ca.pem", "key.pem", "request.pem", "certificate.pem"))
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    support.execute(
        "openssl", "req", "-x509", *new_key, "-keyout", folder / "ca.key", "-out", ca, "-days", 2, "-subj", f"/CN={name}")
    support.execute("openssl", "req", *new_key, "-keyout", key, "-out", request, "-subj", "/CN=loopback")
    (folder / "names").write_text(f"subjectAltName={host}\n")
    support.execute(
        "openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", 2,
        "-extfile", folder / "names", "-out", certificate)
    return ca, certificate, key


class TLSFront(threading.Thread):
    """Takes TLS connections, leads what is in them to the Hub, and puts its own address instead of the Hub's.

    Its port has four digits, so that both addresses are of one length.
    """

    def __init__(self, hub, certificate, key):
        super().__init__(daemon=True)
        host, port = hub.endpoint.removeprefix("http://").split(":")
        self.target, self.accepted = (host, int(port)), 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = self.listen()
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.theirs, self.ours = hub.endpoint.encode(), f"https://{self.address}".encode()
        assert len(self.theirs) == len(self.ours)
        self.start()

    @staticmethod
    def listen():
        while True:
            try:
                return socket.create_server(("127.0.0.1", random.randrange(2000, 10_000)))
            except OSError:  # somebody has that port
                continue

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            secure = self.context.wrap_socket(client, server_side=True)
        except OSError:  # the client did not believe the certificate
            return client.close()
        self.accepted += 1
        server = socket.create_connection(self.target)
        threading.Thread(target=self.copy, args=(secure, server), daemon=True).start()
        self.copy(server, secure, self.theirs, self.ours)

    @staticmethod
    def copy(source, sink, old=b"", new=b""):
        kept = b""
        try:
            while data := source.recv(65536):
                data = kept + data
                # An address may be cut in two by what was received.
                size = next((size for size in range(len(old) - 1, 0, -1) if data.endswith(old[:size])), 0)
                kept = data[len(data) - size:]
                data = data[:len(data) - size]
                sink.sendall(data.replace(old, new) if old else data)
            sink.sendall(kept)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one side is gone, and the other learns it from its own connection


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authorities")
    return authority(folder / "ours", "ours"), authority(folder / "another", "another")


@pytest.fixture
def front(hub, authorities):
    front = TLSFront(hub, *authorities[0][1:])
    yield front
    front.listener.close()


@pytest.fixture
def client(hub, apr_program, tmp_path):
    return hub_apr.Client(hub, tmp_path)


def settings(front, authority):
    return {"HF_ENDPOINT": f"https://{front.address}", "SSL_CERT_FILE": authority}


def test_publish_and_pull_with_the_authority_of_ssl_cert_file(hub, client, front, authorities, tmp_path):
    hub_apr.plant_base(hub)
    base = hub_apr.plain_base(tmp_path)
    run = hub_apr.train(tmp_path, base)
    environment = settings(front, authorities[0][0])
    published = client.json("publish", run / "best", REPO, environment=environment)
    assert published["status"] == "published" and published["url"] == f"https://{front.address}/{REPO}"
    assert "adapter_model.safetensors" in hub.show(REPO)["files"]
    pulled = client.apr("pull", REPO, environment=environment).stdout.strip()
    assert support.apr("verify", pulled).returncode == 0
    assert front.accepted > 0
    assert {entry["authorization"] for entry in hub.requests(server="storage")} == {"none"}


@pytest.mark.parametrize("trusted", ["the system's", "another's"])
def test_a_certificate_of_an_unknown_authority_is_refused(hub, client, front, authorities, trusted):
    hub.plant(REPO, files={"config.json": b"{}"}, lfs={"model.safetensors": b"weights"})
    environment = settings(front, authorities[1][0])
    if trusted == "the system's":
        del environment["SSL_CERT_FILE"]
    hub.forget()
    result = client.apr("pull", REPO, expect=69, environment=environment)
    assert "certificate" in result.stderr.lower()
    assert "SSL_CERT_FILE" in result.stderr, "the remedy"
    assert not hub.requests() and front.accepted == 0


def test_a_certificate_for_another_host_is_refused(hub, client, tmp_path):
    ca, *certificate = authority(tmp_path / "authority", "ours", host="DNS:hub.example.org")
    front = TLSFront(hub, *certificate)
    hub.plant(REPO, files={"config.json": b"{}"}, lfs={"model.safetensors": b"weights"})
    hub.forget()
    client.apr("pull", REPO, expect=69, environment=settings(front, ca))
    front.listener.close()
    assert not hub.requests()


def test_a_missing_file_of_certificates_is_named(client, front, authorities, tmp_path):
    result = client.apr("pull", REPO, expect=None, environment=settings(front, tmp_path / "gone.pem"))
    assert result.returncode == 64 and "gone.pem" in result.stderr and "SSL_CERT_FILE" in result.stderr
