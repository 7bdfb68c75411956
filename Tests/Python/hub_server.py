"""The loopback Hub for tests: starts the server once, talks to its control port, and runs clients against it.

`Hub` is what the fixture `hub` (conftest.py) hands out; it is put back to its first state before each test. The clients
run as processes of their own, with an environment that has nothing but this Hub in it: `hub.environment(token=…)`.
"""
import base64
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import support

SERVER = pathlib.Path(os.environ.get("APR_HUB_BIN", support.BUILD / "loopback-hub"))
CLIENT = pathlib.Path(__file__).with_name("hub_client.py")


class Answer:
    """What a raw request got: `status` (0 where the connection broke), `headers` (lower-case names) and `body`."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    def json(self):
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def request(method, url, *, token=None, body=None, content_type=None, headers=None, timeout=30):
    """One plain HTTP request, redirects not followed. A body that is not bytes is sent as JSON."""
    headers = dict(headers or {})
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        content_type = content_type or "application/json"
    if content_type is not None:
        headers["Content-Type"] = content_type
    call = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with _opener.open(call, timeout=timeout) as reply:
            return Answer(reply.status, reply.headers.items(), reply.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers.items(), error.read())


class Hub:
    """A running loopback Hub."""

    def __init__(self, process, ready):
        self.process = process
        self.endpoint = ready["hub"]
        self.storage = ready["storage"]
        self.control = ready["control"]
        self.elsewhere = ready["elsewhere"]
        self.tokens = ready["tokens"]
        self.owner = self.tokens["owner"]

    @classmethod
    def start(cls, program=SERVER, *options):
        """Starts the server on free ports and waits until it listens."""
        folder = tempfile.TemporaryDirectory(prefix="loopback-hub-")
        ready = pathlib.Path(folder.name) / "ready.json"
        process = subprocess.Popen(
            [str(program), "--ready-file", str(ready), *options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not ready.exists():
            if process.poll() is not None:
                raise AssertionError(f"{program} ended with {process.returncode} before it listened")
            if time.monotonic() > deadline:
                process.kill()
                raise AssertionError(f"{program} did not listen within a minute")
            time.sleep(0.05)
        hub = cls(process, json.loads(ready.read_text()))
        folder.cleanup()
        return hub

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    # ------------------------------------------------------------------------------------------------ control

    def ask(self, method, path, body=None, timeout=30):
        answer = request(method, self.control + path, body=body, timeout=timeout)
        assert answer.status == 200, f"{method} {path}: {answer.status} {answer.body!r}"
        return answer.json()

    def reset(self):
        self.ask("POST", "/reset")

    def fault(self, action, **match):
        """Arranges one fault: `action` is a kind or a dictionary, `match` server, method, path, skip, times."""
        action = {"kind": action} if isinstance(action, str) else action
        return self.ask("POST", "/faults", {**match, "action": action})["ids"][0]

    def hits(self):
        """How often each fault has struck, by its id."""
        return {fault["id"]: fault["hits"] for fault in self.ask("GET", "/faults")}

    def configure(self, **settings):
        self.ask("POST", "/config", settings)

    def requests(self, *, server=None, method=None, path=None):
        """What has come in so far, oldest first; `path` is a regular expression searched in the path."""
        return [
            entry for entry in self.ask("GET", "/requests")
            if (server is None or entry["server"] == server) and (method is None or entry["method"] == method)
            and (path is None or re.search(path, entry["path"]))]

    def forget(self):
        """Empties the record of requests."""
        self.ask("DELETE", "/requests")

    def plant(self, repo, files=None, lfs=None, **options):
        """Puts files (path to bytes) into a repository, past every check; returns the commit.

        `lfsFiles` (path to the path of a local file) spares large contents the way through JSON.
        """
        def encode(contents):
            return {path: base64.b64encode(content).decode() for path, content in (contents or {}).items()}
        return self.ask("POST", "/repos", {"id": repo, "files": encode(files), "lfs": encode(lfs), **options},
                        timeout=600)["commit"]

    def show(self, repo):
        """The repository as the server has it: private, branches, tags, commits, files."""
        return self.ask("GET", f"/repos/{repo}")

    # ------------------------------------------------------------------------------------------------ clients

    def environment(self, home, token=None, **more):
        """The environment of a client: this Hub as the endpoint, `home` as HF_HOME, no token but the given one."""
        environment = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("HF_", "HUGGING", "TRANSFORMERS_OFFLINE")) and not name.lower().endswith("_proxy")}
        environment.update(
            HF_ENDPOINT=self.endpoint, HF_HOME=str(home), HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_TELEMETRY="1",
            HF_HUB_DISABLE_PROGRESS_BARS="1")
        if token is not None:
            environment["HF_TOKEN"] = token
        environment.update({name: str(value) for name, value in more.items()})
        return environment

    def python(self, call, home, token=None, python=None, **arguments):
        """Calls a function of hub_client.py in a process of its own, on the real huggingface_hub.

        Returns what the function returned, or {"error": class name, "message", "status"} if it raised.
        """
        result = subprocess.run(
            [str(python or support.STACKS["transformers5"]), str(CLIENT), call], input=json.dumps(arguments),
            capture_output=True, text=True, timeout=300, env=self.environment(home, token))
        if result.returncode != 0:
            raise support.ProgramError([CLIENT, call], result)
        return json.loads(result.stdout.splitlines()[-1])

    def apr(self, command, home, *arguments, token=None, expect=0, timeout=120, cwd=None, **environment):
        """Runs `apr COMMAND …` with this Hub as the endpoint; the token is given by the environment."""
        result = support.apr(
            command, *arguments, expect=expect, timeout=timeout, cwd=cwd,
            environment=self.environment(home, token, **environment))
        self.assert_no_token(result.stdout + result.stderr)
        return result

    def assert_no_token(self, text):
        """No token of this Hub stands in a text."""
        found = [name for name, token in self.tokens.items() if token in text]
        assert not found, f"the token of {found} was printed"
