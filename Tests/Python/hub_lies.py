"""What a lying Hub may say, and what `apr publish` and `apr pull` must make of it.

A lie is one fault of the loopback Hub at one endpoint. `Judge` runs the command against it and names what is wrong with
the outcome; nothing is wrong when

* the program ends by itself, soon, and without a signal, and asked no endpoint more than `ASKED` times;
* exit 0 means that the Hub's head holds our files and is the commit that was printed (publish), or that the cache holds
  the model's bytes (pull); any other exit is one of the table's and comes with a message;
* no token is in the output, in a file, or with another server, and the output has no control or format characters and is short;
* every file that has its final name in the cache has the content of that name, and there is none outside;
* the same command succeeds afterwards with an honest Hub.

`test_hub_lies.py` runs a covering part of the table, `make campaign-hub` a seeded draw of it (Tools/hub/campaign.py).
"""
import base64
import dataclasses
import gzip
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import unicodedata

import support

HASTE = {"APR_HUB_RETRY_BASE_MS": 10, "HF_HUB_ETAG_TIMEOUT": 2, "HF_HUB_DOWNLOAD_TIMEOUT": 2}
"""Waits at a test's pace; how often something is tried and in which order is as always."""
SECONDS = 40
"""When a command that has not ended is said to hang."""
ASKED = 40
"""More requests to one path than this are too many: the largest honest run needs 8."""
BAD_DATA, UNAVAILABLE, NO_PERMISSION, INPUT_OUTPUT, FAILURE = 65, 69, 77, 74, 1

MODEL, TARGET, BASE = "other/model", "me/classifier", "me/toy-base"
WEIGHTS = random.Random(18).randbytes(18_000_000)
"""Two of the parts in which a file is fetched."""
FILES = {"config.json": b'{"model_type": "qwen2"}\n', "tokenizer.json": b'{"a tokenizer": "not really"}' * 50}
TOKEN = "hf_loopbackOwner"

PULL = {
    "model info": {"server": "hub", "path": f"^/api/models/{MODEL}/revision/"},
    "resolve": {"server": "hub", "path": f"^/{MODEL}/resolve/"},
    "small file": {"server": "hub", "path": "resolve-cache"},
    "large file": {"server": "storage", "method": "GET"},
}
PUBLISH = {
    "base info": {"server": "hub", "path": f"^/api/models/{BASE}/revision/"},
    "create repository": {"server": "hub", "path": "^/api/repos/create"},
    "create branch": {"server": "hub", "path": "/branch/trial"},
    "card": {"server": "hub", "path": f"^/{TARGET}/resolve/"},
    "validate card": {"server": "hub", "path": "validate-yaml"},
    "repository info": {"server": "hub", "path": f"^/api/models/{TARGET}/revision/"},
    "preupload": {"server": "hub", "path": "/preupload/"},
    "LFS batch": {"server": "hub", "path": "objects/batch"},
    "upload PUT": {"server": "storage", "method": "PUT"},
    "complete": {"path": "complete_multipart"},
    "verify": {"server": "hub", "path": "objects/verify"},
    "commit": {"server": "hub", "path": "/commit/"},
}
ENDPOINTS = {**PULL, **PUBLISH}
ADVICE = {"validate card", "card", "create branch", "verify"}
"""Endpoints whose lies need not end the command, as long as the head shows the truth at the end."""


@dataclasses.dataclass(frozen=True)
class Lie:
    """One lie: where, what, the fault's action, how often, and the exits that it may end in beside a truthful 0."""

    endpoint: str
    name: str
    action: dict
    exits: tuple = (BAD_DATA, UNAVAILABLE)
    says: str = ""
    times: int = -1
    skip: int = 0

    @property
    def command(self):
        return "pull" if self.endpoint in PULL else "publish"

    def __str__(self):
        return f"{self.endpoint}: {self.name}"

    def arrange(self, hub):
        return hub.fault(
            self.fill(hub, self.action), times=self.times, skip=self.skip, **ENDPOINTS[self.endpoint])

    @staticmethod
    def fill(hub, action):
        """The action with the addresses of this Hub."""
        text = json.dumps(action)
        for name in ("endpoint", "storage", "elsewhere"):
            text = text.replace("{" + name + "}", getattr(hub, name))
        action = json.loads(text)
        for field in ("raw", "again"):
            if field in action:
                action[field] = base64.b64encode(action[field].encode("latin-1")).decode()
        return action


def raw(head, body=b"", **more):
    """An answer byte for byte; `head` without its end of lines."""
    head = head.encode("latin-1") if isinstance(head, str) else head
    content = head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body
    for name, value in more.items():
        if isinstance(value, bytes):
            more[name] = value.decode("latin-1")
    return {"kind": "raw", "raw": content.decode("latin-1"), **more}


def answer(body, kind="application/json", status="200 OK", headers=""):
    body = body.encode() if isinstance(body, str) else body
    return raw(f"HTTP/1.1 {status}\nContent-Type: {kind}\nContent-Length: {len(body)}{headers}", body)


def said(status, body, **headers):
    return {"kind": "status", "status": status, "body": body, "headers": {
        name.replace("_", "-"): value for name, value in headers.items()}}


def wire(draw):
    """Lies that any endpoint can tell: name to (action, exits, what the message says)."""
    page = "<!doctype html><html><body>Sign in to the network</body></html>"
    evil = "\u001b]0;owned\u0007\u001b[2J\u202egnp.exe\u2066 \u009b31m\u200b"
    bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]", 1, mtime=0)
    depth, big = draw.choice([5_000, 100_000]), draw.choice(["1e17", "1e400", "100000000000000000", "-1", "9" * 400])
    low, high = draw.choice([0, 1, 42, 99]), draw.choice([600, 700, 999])
    slow, alright = {"every": draw.choice([0.1, 0.3])}, "HTTP/1.1 200 OK\nContent-Type: application/json\n"
    refuse, busy, either = (BAD_DATA,), (UNAVAILABLE,), (BAD_DATA, UNAVAILABLE)
    return {
        "success false": (said(200, '{"success": false, "error": "quota"}'), refuse),
        "an HTML page": (answer(page, "text/html"), refuse),
        "an empty body": (answer(""), refuse),
        "null": (said(200, "null"), refuse),
        "an array": (said(200, "[" + ",".join(["[]"] * 3) + "]"), refuse),
        "a number": (said(200, big), refuse),
        "a JSON cut off": (said(200, '{"files": [{"path": "a", "siz'), refuse),
        "invalid UTF-8": (answer(b'{"sha": "\xff\xfe\xc0\x80", "success": true}'), refuse),
        "deep JSON": (said(200, "[" * depth + "]" * depth), refuse),
        "deep objects": (said(200, '{"a":' * depth + "1" + "}" * depth), refuse),
        "the same key twice": (said(200, '{"success": true, "success": false, "files": [], "files": 1}'), refuse),
        "wrong types": (said(200, json.dumps({name: -1 for name in (
            "sha", "siblings", "files", "objects", "commitOid", "url", "errors", "success")})), refuse),
        "a status below 100": (raw(f"HTTP/1.1 {low:03} Odd\nContent-Length: 2", b"{}"), either),
        "a status above 599": (raw(f"HTTP/1.1 {high} Odd\nContent-Length: 2", b"{}"), either),
        "a status of words": (raw("HTTP/1.1 fine OK\nContent-Length: 2", b"{}"), busy),
        "a status of four digits": (raw("HTTP/1.1 2000 OK\nContent-Length: 2", b"{}"), busy),
        "not HTTP": (raw("SSH-2.0-OpenSSH_9.6"), busy),
        "headers that inject": (
            raw(alright + "X-A: b\rSet-Cookie: c\nX-Request-Id: a\x1b[31m\n folded\nContent-Length: 2", b"{}"), either),
        "a header without a colon": (raw(alright + "no colon here\nContent-Length: 2", b"{}"), either),
        "a header of a megabyte": (raw(alright + "X-Big: " + "a" * (1 << 20) + "\nContent-Length: 2", b"{}"), either),
        "headers without end": (
            {"kind": "raw", "raw": "HTTP/1.1 200 OK\r\n", "again": "X-A: " + "a" * 200 + "\r\n", "every": 0.001}, either),
        "a head byte by byte": ({"kind": "raw", "raw": "HTTP/1.1 200 OK\r\nX: ", "again": "a", **slow}, busy),
        "a 100 without end": (
            {"kind": "raw", "raw": "HTTP/1.1 100 Continue\r\n\r\n", "again": "HTTP/1.1 100 Continue\r\n\r\n", **slow}, busy),
        "a body without end": (raw(alright + "Transfer-Encoding: chunked", again=b"4000\r\n" + b" " * 0x4000 + b"\r\n"), either),
        "a body that drips": (raw(alright + "Transfer-Encoding: chunked", again=b"1\r\n \r\n", **slow), busy),
        "chunks cut off": (raw(alright + "Transfer-Encoding: chunked", b"10\r\n{\"a\":"), either),
        "a chunk of 2^64": (raw(alright + "Transfer-Encoding: chunked", b"FFFFFFFFFFFFFFFFF\r\n{}"), either),
        "a chunk of -1": (raw(alright + "Transfer-Encoding: chunked", b"-1\r\n{}"), either),
        "a length too large": (raw(alright + "Content-Length: 5000", b"{}"), either),
        "a length of 1e17": (raw(alright + "Content-Length: 100000000000000000", b"{}"), either),
        "a length of -1": (raw(alright + "Content-Length: -1", b"{}"), either),
        "two lengths": (raw(alright + "Content-Length: 2\nContent-Length: 3", b"{}"), either),
        "a length and chunks": (raw(alright + "Content-Length: 2\nTransfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n"), either),
        "a gzip bomb": (answer(bomb, headers="\nContent-Encoding: gzip"), refuse),
        "204": (raw("HTTP/1.1 204 No Content"), either),
        "206 of nothing": (raw("HTTP/1.1 206 Partial Content\nContent-Range: bytes 0-1/-5\nContent-Length: 2", b"{}"), either),
        "304": (raw("HTTP/1.1 304 Not Modified"), either),
        "a closed connection": ({"kind": "raw", "raw": ""}, busy),
        "the token in an error": (said(400, json.dumps({"error": f"bad token {TOKEN}"})), either),
        "the token at the cut": (said(400, json.dumps({"error": "x" * draw.randrange(285, 300) + TOKEN})), either),
        "the token in a header": (said(422, "{}", X_Error_Message=f"no {TOKEN}", X_Request_Id=TOKEN), either),
        "escapes in an error": (said(400, json.dumps({"error": evil * draw.randrange(1, 4)})), either),
        "an error of a megabyte": (said(400, json.dumps({"error": "long " * 200_000})), either),
        "a list of errors without end": (said(400, json.dumps({"errors": [{"message": evil}] * 20_000})), either),
        "a redirect loop": ({"kind": "redirectLoop"}, busy),
        "a redirect elsewhere": ({"kind": "redirect", "location": "{elsewhere}/stolen", "status": draw.choice([302, 307])}, either),
        "a redirect to a file": ({"kind": "redirect", "location": "file:///etc/passwd"}, busy),
        "a redirect with a password": ({"kind": "redirect", "location": "http://a:b@127.0.0.1/"}, busy),
        "a redirect of 20 kB": ({"kind": "redirect", "location": "/" + "a" * 20_000}, either),
        "429 until the end of days": (said(429, "{}", Retry_After=draw.choice(["1e17", "nan", "-5", "1e400"])), busy),
        "503 for ever": (said(503, evil), busy),
    }


def own(draw):
    """Lies of one endpoint each: rewritten answers that are plausible."""
    def rewrite(pattern, replacement):
        return {"kind": "rewrite", "pattern": pattern, "with": replacement}

    size = draw.choice(["100000000000000000", "9223372036854775807", "1e17", "1152921504606846976"])
    digits = "0123456789abcdef"
    other = "".join(draw.choice(digits) for _ in range(40))
    hash64 = "".join(draw.choice(digits) for _ in range(64))
    lies = [
        ("model info", "sizes of 1e17", rewrite(r'"size":\d+', f'"size":{size}'), (BAD_DATA, INPUT_OUTPUT)),
        ("model info", "negative sizes", rewrite(r'"size":\d+', '"size":-1')),
        ("model info", "sizes as text", rewrite(r'"size":(\d+)', '"size":"1"')),
        ("model info", "a size too small", rewrite(r'"size":18000000', '"size":17999999')),
        ("model info", "a size too large", rewrite(r'"size":18000000', '"size":18000001')),
        ("model info", "another hash", rewrite(r'"sha256":"[0-9a-f]{64}"', f'"sha256":"{hash64}"')),
        ("model info", "no hash", rewrite(r'"(blobId|sha256)":', '"gone":')),
        ("model info", "a hash that is a path", rewrite(r'"sha256":"[0-9a-f]{64}"', '"sha256":"../../../../escape"')),
        ("model info", "a commit that is a path", rewrite(r'"sha":"[0-9a-f]{40}"', '"sha":"../../../escape"')),
        ("model info", "a commit in capitals", rewrite(r'"sha":"[0-9a-f]{40}"', '"sha":"' + "A" * 40 + '"')),
        ("model info", "another commit", rewrite(r'"sha":"[0-9a-f]{40}"', f'"sha":"{other}"')),
        ("model info", "a file name that leads out", rewrite(r'"rfilename":"config.json"', '"rfilename":"../../escape.json"')),
        ("model info", "file names with escapes", rewrite(r'"rfilename":"config.json"', '"rfilename":"a\\u001b[31m\\u202e.json"')),
        ("model info", "a file twice", rewrite(r'"rfilename":"tokenizer.json"', '"rfilename":"config.json"')),
        ("model info", "no weights", rewrite(r'model.safetensors', "notes.md")),
        ("model info", "no files", rewrite(r'"siblings":\[.*\]', '"siblings":[]')),
        ("model info", "a licence with escapes", rewrite(r'"tags":\[\]', '"tags":["license:\\u001b[31m"]'), (BAD_DATA,)),
        ("resolve", "another etag", {"kind": "wrongETag"}),
        ("resolve", "another commit", {"kind": "headers", "set": {"X-Repo-Commit": f"{TOKEN}\t{other}"}}),
        ("small file", "the range ignored and cut off", {"kind": "shortBody", "bytes": 1, "honest": True}),
        ("small file", "one wrong byte", {"kind": "corruptBody", "offset": 5}),
        ("large file", "a few bytes an attempt", {"kind": "reset", "afterResponseBytes": draw.choice([7, 100, 1000])}),
        ("large file", "a few bytes an attempt, closed well", {"kind": "shortBody", "bytes": draw.choice([1, 50]), "honest": True}),
        ("large file", "a slow drip", {"kind": "drip", "bytes": draw.choice([1, 40]), "every": 0.2}),
        ("large file", "ranges ignored", {"kind": "ignoreRange"}, ()),
        ("large file", "one wrong byte", {"kind": "corruptBody", "offset": draw.randrange(10_000_000)}),
        ("large file", "half of it, again and again", {"kind": "shortBody", "bytes": 9_000_000}),
        ("large file", "another etag", {"kind": "wrongETag"}),
        ("base info", "another size", rewrite(r'"size":\d+', f'"size":{size}')),
        ("base info", "a licence with Markdown", rewrite(
            r'"tags":\[\]', '"tags":["license:![](http://evil)"],"cardData":{"license":"mit\\n---\\n# evil"}')),
        ("base info", "another commit", rewrite(r'"sha":"[0-9a-f]{40}"', f'"sha":"{TOKEN}"')),
        ("create repository", "created, but not there", said(200, '{"url": "http://x/me/classifier"}')),
        ("create repository", "409 without a URL", said(409, '{"error": "taken"}'), (FAILURE,)),
        ("create repository", "403, though allowed", said(403, "{}"), (NO_PERMISSION,)),
        ("validate card", "errors with escapes", said(200, '{"errors": [{"message": "\\u001b[31m' + TOKEN + '"}]}')),
        ("validate card", "warnings without end", said(200, json.dumps({"warnings": [{"message": "long " * 100}] * 5_000}))),
        ("card", "another card", answer("# not ours\n", "text/markdown")),
        ("repository info", "sizes of 1e17", rewrite(r'"size":\d+', f'"size":{size}')),
        ("repository info", "another commit", rewrite(r'"sha":"[0-9a-f]{40}"', f'"sha":"{other}"'), (BAD_DATA, FAILURE)),
        ("repository info", "no files", rewrite(r'"siblings":\[.*\]', '"siblings":[]')),
        ("repository info", "other hashes", rewrite(r'"(sha256|blobId)":"[0-9a-f]', r'"\1":"X')),
        ("preupload", "everything is ignored", rewrite(r'"shouldIgnore":false', '"shouldIgnore":true')),
        ("preupload", "everything is there", {"kind": "preupload"}),
        ("preupload", "everything is regular", rewrite(r'"uploadMode":"lfs"', '"uploadMode":"regular"')),
        ("preupload", "an unknown mode", rewrite(r'"uploadMode":"\w+"', '"uploadMode":"carrier pigeon"')),
        ("preupload", "other paths", rewrite(r'"path":"', '"path":"../')),
        ("LFS batch", "everything is there", rewrite(r'"actions":', '"nothing":')),
        ("LFS batch", "errors with the token", rewrite(r'"actions":', '"error":{"message":"\\u001b[31m' + TOKEN + '"},"b":')),
        ("LFS batch", "upload elsewhere", rewrite(r'"href":"[^"]*"', '"href":"{elsewhere}/put"')),
        ("LFS batch", "upload to a file", rewrite(r'"href":"[^"]*"', '"href":"file:///etc/passwd"')),
        ("LFS batch", "parts elsewhere", rewrite(r'"00001":"[^"]*"', '"00001":"{elsewhere}/part"')),
        ("LFS batch", "parts of size 0", rewrite(r'"chunk_size":"?\d+"?', '"chunk_size":0')),
        ("LFS batch", "parts of size -1", rewrite(r'"chunk_size":"?\d+"?', '"chunk_size":"-1"')),
        ("LFS batch", "parts of size 1", rewrite(r'"chunk_size":"?\d+"?', '"chunk_size":1')),
        ("LFS batch", "parts of size 2^63-1", rewrite(r'"chunk_size":"?\d+"?', '"chunk_size":9223372036854775807')),
        ("LFS batch", "verify elsewhere", rewrite(r'"verify":\{[^}]*\}', '"verify":{"href":"{elsewhere}/verify"}')),
        ("LFS batch", "other objects", rewrite(r'"oid":"[0-9a-f]{64}"', f'"oid":"{hash64}"')),
        ("upload PUT", "accepted, but thrown away", said(200, "", ETag='"' + "0" * 32 + '"')),
        ("upload PUT", "an ETag with escapes", said(200, "", ETag="\x1b[31m")),
        ("upload PUT", "a slow reader", {"kind": "slowRead", "every": 3}),
        ("complete", "accepted, but not assembled", said(200, "{}")),
        ("verify", "accepted, whatever it is", said(200, "{}"), ()),
        ("commit", "success false", said(200, '{"success": false, "commitOid": "' + other + '"}')),
        ("commit", "the token as the commit", said(200, '{"success": true, "commitOid": "' + TOKEN + '"}')),
        ("commit", "escapes as the commit", said(200, '{"success": true, "commitOid": "\\u001b[31m\\u202e"}')),
        ("commit", "a commit that the head does not show", said(200, '{"success": true, "commitOid": "' + other + '"}')),
        ("commit", "a short commit", said(200, '{"success": true, "commitOid": "' + other[:7] + '"}')),
        ("commit", "a commit that is a number", said(200, '{"success": true, "commitOid": 5}')),
        ("commit", "done, but another name for it", rewrite(r'"commitOid":"[0-9a-f]{40}"', f'"commitOid":"{other}"'), (BAD_DATA,)),
        ("commit", "done, and an empty answer", rewrite(r'\{.*\}', ""), ()),
        ("commit", "done, and called a failure", rewrite(r'"success":true', '"success":false'), (BAD_DATA,)),
    ]
    return [Lie(where, name, action, *rest) for where, name, action, *rest in lies]


def table(seed=18):
    """Every lie, the same for the same seed."""
    draw = random.Random(seed)
    lies = own(draw)
    for endpoint in ENDPOINTS:
        for name, (action, exits, *_) in wire(draw).items():
            # What an endpoint's status means to its command is not the wire's business.
            more = (NO_PERMISSION, FAILURE) if endpoint in PUBLISH else ()
            lies.append(Lie(endpoint, name, action, (*exits, BAD_DATA, UNAVAILABLE, *more)))
    return lies


def draw(seed, count):
    """Some of the lies: all of the endpoints' own, then others in the order of a draw, every endpoint in turn."""
    lies = table(seed)
    mine = [lie for lie in lies if lie in own(random.Random(seed))]
    rest = [lie for lie in lies if lie not in mine]
    random.Random(seed).shuffle(rest)
    return (mine + rest)[:count] if count else lies


class Judge:
    """Runs commands against lies on one Hub, with one checkpoint."""

    def __init__(self, hub, best, directory, program=support.APR):
        self.hub, self.best, self.program = hub, pathlib.Path(best), program
        self.directory = pathlib.Path(directory)
        self.weights = self.directory / "weights"
        self.weights.parent.mkdir(parents=True, exist_ok=True)
        self.weights.write_bytes(WEIGHTS)
        self.count, self.folder = 0, None

    def prepare(self):
        import toybase

        base = toybase.base()
        self.hub.reset()
        self.hub.plant(
            BASE, {path.name: path.read_bytes() for path in base.iterdir() if path.suffix == ".json"},
            {"model.safetensors": (base / "model.safetensors").read_bytes()})
        self.hub.plant(MODEL, FILES, lfsFiles={"model.safetensors": str(self.weights)})
        self.hub.configure(partSize=7_000, multipartThreshold=10_000)
        self.hub.forget()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.count += 1
        self.folder = self.directory / f"lie{self.count}"
        (self.folder / "tmp").mkdir(parents=True)

    def run(self, lie, seconds=SECONDS):
        """Exit status (None for a hang), output and errors."""
        command = ["pull", MODEL] if lie.command == "pull" else ["publish", self.best, TARGET, "--base-model-id", BASE]
        if lie.endpoint == "create branch":
            command += ["--revision", "trial"]
        environment = self.hub.environment(
            self.folder / "home", self.hub.owner, XDG_CACHE_HOME=self.folder / "cache", TMPDIR=self.folder / "tmp", **HASTE)
        process = subprocess.Popen(
            [str(self.program), *map(str, command)], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder)
        try:
            output, errors = process.communicate(timeout=seconds)
            return process.returncode, output, errors
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            return None, output, errors

    def judge(self, lie):
        """The exit status, the first line of the message, and what is wrong."""
        self.prepare()
        if lie.action["kind"] == "preupload":
            lie = dataclasses.replace(lie, action=said(200, self.all_there(lie)))
        if lie.endpoint == "card":
            # A card that may be another's is asked for only where there is one.
            assert self.run(lie)[0] == 0
            self.hub.forget()
        number = lie.arrange(self.hub)
        status, output, errors = self.run(lie)
        struck = self.hub.hits()[number] > 0
        wrong = [] if struck else ["the lie was not told"]
        if status is None:
            wrong.append("hangs")
        elif status < 0:
            wrong.append(f"ends by signal {-status}")
        elif status == 0:
            wrong += self.untrue(lie, output)
        else:
            if status not in lie.exits:
                wrong.append(f"exit {status}")
            if not errors.strip():
                wrong.append("no message")
        wrong += self.unfit(output) + self.unfit(errors)
        wrong += self.traffic() + self.disk()
        self.hub.ask("DELETE", "/faults")
        if status != 0:
            self.hub.forget()
            again, output, _ = self.run(lie)
            if again != 0:
                wrong.append(f"afterwards, with an honest Hub, exit {again}")
            else:
                wrong += [f"afterwards: {text}" for text in self.untrue(lie, output)]
        lines = [line for line in errors.decode(errors="replace").splitlines() if line.startswith("apr:")]
        return status, lines[0] if lines else "", wrong

    def all_there(self, lie):
        """What a Hub that has our files already says before an upload; the Hub is as before afterwards."""
        assert self.run(lie)[0] == 0
        files = [
            {"path": path, "uploadMode": "lfs" if entry["kind"] == "lfs" else "regular", "shouldIgnore": False,
             "oid": entry["oid"]} for path, entry in self.hub.show(TARGET)["files"].items()]
        self.prepare()
        return json.dumps({"files": files})

    def untrue(self, lie, output):
        """What a success says that is not so."""
        if lie.command == "pull":
            return self.unpulled()
        try:
            shown = self.hub.show(TARGET)
        except AssertionError:
            return ["reported as published, and there is no repository"]
        branch = "trial" if lie.endpoint == "create branch" else "main"
        head = shown["branches"].get(branch)
        text = output.decode(errors="replace")
        printed = re.search(r"^  commit   (\S+)", text, re.MULTILINE)
        if printed and printed[1] != head:
            return ["the commit that was printed is not the head"]
        if branch != "main":
            return []
        for name in ("adapter_model.safetensors", "model.safetensors", "tokenizer.json"):
            digest = hashlib.sha256((self.best / name).read_bytes()).hexdigest()
            if shown["files"].get(name, {}).get("sha256") != digest:
                return ["reported as published, and the head does not have our files"]
        return []

    def unpulled(self):
        cache = self.folder / "home" / "hub" / ("models--" + MODEL.replace("/", "--"))
        commit = self.hub.show(MODEL)["branches"]["main"]
        try:
            same = all(
                (cache / "snapshots" / commit / name).read_bytes() == content
                for name, content in {**FILES, "model.safetensors": WEIGHTS}.items())
        except OSError:
            same = False
        return [] if same else ["reported as pulled, and the cache does not have the model"]

    @staticmethod
    def unfit(output):
        wrong = []
        if any(TOKEN[start:start + 12].encode() in output for start in range(len(TOKEN) - 11)):
            wrong.append("prints the token")
        try:
            text = output.decode()
        except UnicodeDecodeError:
            return [*wrong, "prints invalid UTF-8"]
        odd = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and c not in "\n\t"}
        if odd:
            wrong.append("prints control characters " + ", ".join(sorted(f"U+{ord(c):04X}" for c in odd)))
        if len(text) > 12_000:
            wrong.append(f"prints {len(text)} characters")
        return wrong

    def traffic(self):
        wrong, asked = set(), {}
        for entry in self.hub.requests():
            allowed = {"owner", "none"} if entry["server"] == "hub" else {"none"}
            if entry["authorization"] not in allowed or TOKEN in entry["path"] + entry["query"]:
                wrong.add(f"the token goes to {entry['server']}")
            key = entry["server"], entry["method"], entry["path"]
            asked[key] = asked.get(key, 0) + 1
        worst = max(asked.values(), default=0)
        return [*wrong, *([f"asks one path {worst} times"] if worst > ASKED else [])]

    def disk(self):
        """What is on disk that must not be."""
        wrong = []
        for path in self.folder.rglob("*"):
            if path.is_symlink():
                if not path.exists():
                    wrong.append("a name without content in the cache")
                continue
            if "escape" in path.name:
                wrong.append("a file outside")
            if not path.is_file() or path.stat().st_size > 100_000_000:
                if path.is_file():
                    wrong.append(f"a file of {path.stat().st_size} bytes")
                continue
            content = path.read_bytes()
            if TOKEN.encode() in content:
                wrong.append("the token on disk")
            if path.parent.name == "blobs" and re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", path.name):
                git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
                if path.name not in (hashlib.sha256(content).hexdigest(), git):
                    wrong.append("a damaged file under its hash")
        if os.path.exists("/tmp/escape"):
            wrong.append("a file outside")
        return sorted(set(wrong))
