"""The faults of the loopback Hub do on the wire what they say; a client is judged by them elsewhere."""
import http.client
import os
import socket
import struct
import urllib.parse

import pytest

import hub_server

SMALL = b"".join(b"line %d\n" % number for number in range(70))
LARGE = os.urandom(300_000)


@pytest.fixture
def planted(hub):
    hub.plant("me/m", {"small.txt": SMALL}, {"large.bin": LARGE})
    return hub


def get(hub, name="small.txt", **options):
    """GET along the redirect a file's address answers with."""
    first = hub_server.request("GET", f"{hub.endpoint}/me/m/resolve/main/{name}", token=hub.owner)
    location = urllib.parse.urljoin(hub.endpoint, first.headers["location"])
    return hub_server.request("GET", location, **options)


def raw(url, method="GET", body=None, length=None):
    """The bytes that come back over a plain socket, and whether the connection was reset rather than closed."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        head = f"{method} {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        if body is not None:
            head += f"Content-Length: {length or len(body)}\r\n"
        received = b""
        try:
            connection.sendall(head.encode() + b"\r\n" + (body or b""))
            while piece := connection.recv(65536):
                received += piece
        except (ConnectionResetError, BrokenPipeError):
            return received, True
        return received, False


def location(hub, name):
    first = hub_server.request("GET", f"{hub.endpoint}/me/m/resolve/main/{name}")
    return urllib.parse.urljoin(hub.endpoint, first.headers["location"])


@pytest.mark.parametrize("status", [401, 403, 404, 409, 413, 416, 422, 429, 500, 502, 503, 504])
def test_status(planted, status):
    planted.fault({"kind": "status", "status": status, "headers": {"Retry-After": "7"}}, path="whoami", skip=1)
    url = planted.endpoint + "/api/whoami-v2"
    answers = [hub_server.request("GET", url, token=planted.owner) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, status, 200]
    assert answers[1].headers["retry-after"] == "7" and answers[1].headers["x-request-id"]
    assert [entry["fault"] is not None for entry in planted.requests(path="whoami")] == [False, True, False]


def test_reset_in_the_middle_of_an_answer(planted):
    url = location(planted, "large.bin")
    planted.fault({"kind": "reset", "afterResponseBytes": 1000}, server="storage")
    received, was_reset = raw(url)
    assert was_reset and received.startswith(b"HTTP/1.1 200") and b"Content-Length: 300000" in received.title()
    assert len(received.partition(b"\r\n\r\n")[2]) == 1000


def test_reset_in_the_middle_of_an_upload(planted):
    planted.fault({"kind": "reset", "afterRequestBytes": 1000}, server="hub", method="POST")
    received, was_reset = raw(planted.endpoint + "/api/validate-yaml", "POST", b"x" * 1000, length=5000)
    assert was_reset and received == b""
    assert planted.requests(path="validate")[0]["status"] == 0


def test_stall(planted):
    url = location(planted, "large.bin")
    planted.fault({"kind": "stall", "afterResponseBytes": 1000, "seconds": 60}, server="storage")
    with pytest.raises(TimeoutError):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=1)
        connection.request("GET", f"{parts.path}?{parts.query}")
        connection.getresponse().read()


def test_short_bodies(planted):
    url = location(planted, "large.bin")
    planted.fault({"kind": "shortBody", "bytes": 1000}, server="storage")
    received, was_reset = raw(url)
    assert not was_reset and b"content-length: 300000" in received.lower()
    assert len(received.partition(b"\r\n\r\n")[2]) == 1000
    planted.fault({"kind": "shortBody", "bytes": 1000, "honest": True}, server="storage")
    answer = hub_server.request("GET", url)
    assert (answer.status, answer.body) == (200, LARGE[:1000]) and answer.headers["content-length"] == "1000"


def test_corrupt_bodies(planted):
    planted.fault({"kind": "corruptBody", "offset": 270_000}, server="storage")
    wrong, right = get(planted, "large.bin").body, get(planted, "large.bin").body
    assert right == LARGE
    assert [index for index in range(len(LARGE)) if wrong[index] != right[index]] == [270_000]


def test_ranges_and_ignored_ranges(planted):
    for name, content in [("small.txt", SMALL), ("large.bin", LARGE)]:
        for text, expected in [("5-9", content[5:10]), ("100-", content[100:]), ("-7", content[-7:]),
                               ("5-99999999", content[5:])]:
            answer = get(planted, name, headers={"Range": f"bytes={text}"})
            assert (answer.status, answer.body) == (206, expected)
            start = content.index(expected) if text != "-7" else len(content) - 7
            assert answer.headers["content-range"] == f"bytes {start}-{start + len(expected) - 1}/{len(content)}"
        beyond = get(planted, name, headers={"Range": f"bytes={len(content)}-"})
        assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{len(content)}")
        planted.fault("ignoreRange", path="resolve-cache|/repos/")
        answer = get(planted, name, headers={"Range": "bytes=5-9"})
        assert (answer.status, answer.body) == (200, content)


def test_wrong_etags_and_other_headers(planted):
    url = f"{planted.endpoint}/me/m/resolve/main/large.bin"
    right = hub_server.request("HEAD", url).headers
    planted.fault("wrongETag", method="HEAD")
    wrong = hub_server.request("HEAD", url).headers
    assert wrong["x-linked-etag"] != right["x-linked-etag"] and len(wrong["x-linked-etag"]) == 66
    assert wrong["x-repo-commit"] == right["x-repo-commit"]
    planted.fault({"kind": "headers", "set": {"X-Linked-Size": "1"}, "remove": ["X-Repo-Commit"]}, method="HEAD")
    changed = hub_server.request("HEAD", url).headers
    assert changed["x-linked-size"] == "1" and "x-repo-commit" not in changed


def test_redirects(planted):
    url = planted.endpoint + "/api/models/me/m"
    planted.fault("redirectLoop", path="models")
    looped = hub_server.request("GET", url)
    assert (looped.status, looped.headers["location"]) == (302, "/api/models/me/m")
    planted.fault({"kind": "redirect", "location": planted.elsewhere + "/x", "status": 307}, path="models")
    away = hub_server.request("GET", url)
    assert (away.status, away.headers["location"]) == (307, planted.elsewhere + "/x")
    assert hub_server.request("GET", away.headers["location"], token="secret").body == b"elsewhere"
    assert planted.requests(server="elsewhere")[0]["authorization"] == "unknown:Bearer"


def test_an_answer_that_is_lost_was_still_acted_upon(planted):
    planted.fault("loseAnswer", path="repos/create")
    with pytest.raises(OSError):
        hub_server.request(
            "POST", planted.endpoint + "/api/repos/create", token=planted.owner,
            body={"name": "new", "organization": "me"})
    assert len(planted.show("me/new")["commits"]) == 1


def test_a_token_can_be_revoked_half_way(planted):
    planted.fault("revokeToken", path="models", skip=2)
    url = planted.endpoint + "/api/models/me/m"
    statuses = [hub_server.request("GET", url, token=planted.owner).status for _ in range(4)]
    assert statuses == [200, 200, 401, 401]


def test_the_store_keeps_nothing_of_a_broken_upload(planted):
    client_side = {"operation": "upload", "objects": [{"oid": "0" * 64, "size": 9000}]}
    answer = hub_server.request(
        "POST", planted.endpoint + "/me/m.git/info/lfs/objects/batch", token=planted.owner, body=client_side)
    href = answer.json()["objects"][0]["actions"]["upload"]["href"]
    before = planted.ask("GET", "/state")["objects"]
    parts = urllib.parse.urlsplit(href)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(
            f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 9000\r\n\r\n".encode()
            + b"x" * 4000)
    assert planted.ask("GET", "/state")["objects"] == before
    assert hub_server.request("PUT", href, body=b"x" * 9000).status == 200
    assert len(planted.ask("GET", "/state")["objects"]) == len(before) + 1
