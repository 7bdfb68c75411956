"""`apr serve` answers the clients that exist as they expect, with the bits of `apr predict`."""
import concurrent.futures
import contextlib
import json
import shutil
import signal
import socket
import subprocess
import time

import httpx2 as httpx
import huggingface_hub
import pytest
from huggingface_hub import InferenceClient

import browser
import support
import toybase

TEXTS = [*toybase.TEXTS, "", "calm run copy", "wild WILD path list", "calm " * 700]
LONG = TEXTS[-1]


class Server:
    """A running `apr serve` and the address that it printed."""

    def __init__(self, *arguments, cwd=None):
        self.process = subprocess.Popen(
            [support.APR, "serve", "--port", "0", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=cwd)
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://"), self.process.communicate()[1]
        self.url = line.split()[-1]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def post(self, path, body, **options):
        return self.http.post(path, json=body, **options)

    def get(self, path, **options):
        return self.http.get(path, **options)

    def metric(self, line):
        found = [text for text in self.get("/metrics").text.splitlines() if text.startswith(line + " ")]
        return float(found[0].split()[-1]) if found else 0

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


@contextlib.contextmanager
def serving(*arguments):
    server = Server(*arguments)
    try:
        yield server
        status, errors = server.end()
        assert status == 0, errors
    finally:
        server.process.kill()
        server.process.wait()


@pytest.fixture(scope="module")
def single(apr_program, tmp_path_factory):
    return toybase.train(tmp_path_factory.mktemp("single"), 2).best


@pytest.fixture(scope="module")
def multi(apr_program, tmp_path_factory):
    folder = tmp_path_factory.mktemp("multi")
    rows = [{"input": f"{' '.join(names)} run {index}", "label": names} for index, names in enumerate(
        [["amber"], ["birch"], ["amber", "birch"], ["cedar"], ["amber", "cedar"]] * 12)]
    support.apr(
        "finetune", toybase.base(), "--data", support.write_jsonl(folder / "corpus.jsonl", rows), "--multi-label",
        "--epochs", 2, "--batch-size", 8, "--learning-rate", "4e-3", "--threads", 1, "-o", folder / "checkpoints")
    return folder / "checkpoints" / "best"


def predictions(checkpoint, folder, texts=TEXTS):
    file = support.write_jsonl(folder / "texts.jsonl", [{"input": text} for text in texts])
    return support.apr_lines("predict", checkpoint, "--data", file)


@pytest.fixture(scope="module")
def expected(single, multi, tmp_path_factory):
    """What `apr predict` says of TEXTS, by the name of the model."""
    folder = tmp_path_factory.mktemp("expected")
    return {"one": predictions(single, folder), "some": predictions(multi, folder)}


@pytest.fixture(scope="module")
def server(single, multi):
    with serving(f"one={single}", f"some={multi}") as server:
        yield server


@pytest.fixture
def online(monkeypatch):
    """huggingface_hub calls no server at all where tests are kept off the network; here it calls this machine's."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)


def ranked(prediction):
    """The classes of a prediction as the Hub's clients get them."""
    scores = prediction["probabilities_by_label"]
    return [{"label": name, "score": scores[name]} for name in sorted(scores, key=lambda name: -scores[name])]


def logits(prediction):
    names = list(prediction["probabilities_by_label"])
    order = sorted(range(len(names)), key=lambda index: -prediction["logits"][index])
    return [{"label": names[index], "score": prediction["logits"][index]} for index in order]


# MARK: families of clients

def test_the_answers_of_text_embeddings_inference_are_the_bits_of_predict(server, expected):
    for text, prediction in zip(TEXTS, expected["one"]):
        assert server.post("/predict", {"inputs": text}).json() == ranked(prediction)
        assert server.post("/predict", {"inputs": [text]}).json() == ranked(prediction)
        assert server.post("/predict", {"inputs": text, "raw_scores": True}).json() == logits(prediction)
    batch = server.post("/predict", {"inputs": [[text] for text in TEXTS]})
    assert batch.json() == [ranked(prediction) for prediction in expected["one"]]
    assert batch.headers["x-truncated"] == "1"
    assert int(batch.headers["x-compute-tokens"]) > 512 and "x-inference-time" in batch.headers
    assert server.post("/invocations", {"inputs": TEXTS[0]}).json() == ranked(expected["one"][0])
    # Multi-label: one logistic function each, where text-embeddings-inference has a softmax.
    for text, prediction in zip(TEXTS, expected["some"]):
        assert server.post("/models/some/predict", {"inputs": text}).json() == ranked(prediction)
    info = server.get("/info").json()
    assert info["model_type"] == {"classifier": {"id2label": {"0": "calm", "1": "wild"}, "label2id": {"calm": 0, "wild": 1}}}
    assert info["temperature"] > 0 and info["thresholds"] is None
    assert (info["model_id"], info["max_input_length"], info["max_client_batch_size"]) == ("one", 512, 32)


@pytest.mark.parametrize("body, status, kind", [
    (b"{", 400, "Validation"), (b'{"inputs": "\xff"}', 400, "Validation"), (b"[" * 2000, 400, "Validation"),
    ({"inputs": []}, 400, "Empty"), ({}, 422, "Validation"), ([], 422, "Validation"), ({"inputs": 1}, 422, "Validation"),
    ({"inputs": ["a", "b"]}, 422, "Validation"), ({"inputs": ["a", "b", "c"]}, 422, "Validation"),
    ({"inputs": [["a"], "b"]}, 422, "Validation"), ({"inputs": [["a", "b"]]}, 422, "Validation"),
    ({"inputs": [[f"{i}"] for i in range(33)]}, 422, "Validation"), ({"inputs": LONG, "truncate": False}, 422, "Validation"),
    ({"inputs": "a", "truncate": 1}, 422, "Validation"), ({"inputs": "a", "truncation_direction": "up"}, 422, "Validation"),
    ({"inputs": "a" * 2_000_001}, 413, "Validation"),
], ids=lambda value: str(value)[:40])
def test_the_errors_of_text_embeddings_inference(server, body, status, kind):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = server.http.post("/predict", content=content)
    assert (answer.status_code, answer.json()["error_type"]) == (status, kind), answer.text
    assert answer.json()["error"]
    assert server.post("/predict", {"inputs": "a"}).status_code == 200


def test_a_text_is_cut_at_the_end_that_a_request_names(server, single, tmp_path):
    text = "wild " * 600 + "calm " * 600
    ids = server.post("/tokenize", {"prompt": text}).json()["tokens"]
    assert len(ids) > 1024

    def classified(**body):
        return server.post("/v1/classify", {"model": "one", **body}).json()["data"][0]["probs"]

    left = server.post("/predict", {"inputs": text, "truncation_direction": "Left"}).json()
    right = server.post("/predict", {"inputs": text, "truncation_direction": "right"}).json()
    by_label = lambda scores: [next(s["score"] for s in scores if s["label"] == name) for name in ["calm", "wild"]]
    assert by_label(left) == classified(input=ids[-512:]) != by_label(right) == classified(input=ids[:512])
    assert classified(input=text, truncate_prompt_tokens=-1) == by_label(right)
    assert classified(input=text, truncate_prompt_tokens=40, truncation_side="left") == classified(input=ids[-40:])
    assert predictions(single, tmp_path, [text])[0]["probabilities"] == by_label(right)


def test_the_inference_client_of_huggingface_hub(server, expected, online):
    client = InferenceClient(server.url)
    for text, prediction in zip(TEXTS, expected["one"]):
        answer = client.text_classification(text)
        assert [{"label": one.label, "score": one.score} for one in answer] == ranked(prediction)
    assert [one.label for one in client.text_classification(TEXTS[0], top_k=1)] == [ranked(expected["one"][0])[0]["label"]]
    raw = client.text_classification(TEXTS[0], function_to_apply="none")
    assert [one.score for one in raw] == [one["score"] for one in logits(expected["one"][0])]
    other = InferenceClient(server.url + "/models/some").text_classification(TEXTS[0], function_to_apply="softmax")
    assert abs(sum(one.score for one in other) - 1) < 1e-12
    assert InferenceClient(server.url + "/models/some").text_classification(TEXTS[1])[0].score == ranked(expected["some"][1])[0]["score"]
    assert server.post("/", {"inputs": TEXTS[:2], "parameters": {}}).json() == [ranked(one) for one in expected["one"][:2]]
    assert server.post("/", {"inputs": "a", "parameters": {"function_to_apply": "relu"}}).status_code == 422
    assert server.post("/", {"inputs": {"text": "a", "text_pair": "b"}}).status_code == 422


@pytest.mark.parametrize("path", ["/classify", "/v1/classify"])
def test_the_answers_of_vllm(server, expected, path):
    texts, wanted = TEXTS[:-1], expected["one"][:-1]
    body = server.post(path, {"input": texts}).json()
    assert body["id"].startswith("classify-") and (body["object"], body["model"]) == ("list", "one")
    assert body["data"] == [
        {"index": index, "label": one["label_name"], "probs": one["probabilities"], "num_classes": 2}
        for index, one in enumerate(wanted)]
    tokens = [server.post("/tokenize", {"prompt": text}).json() for text in texts]
    total = sum(one["count"] for one in tokens)
    assert body["usage"] == {
        "prompt_tokens": total, "total_tokens": total, "completion_tokens": 0, "prompt_tokens_details": None}
    by_ids = server.post(path, {"input": [one["tokens"] for one in tokens if one["tokens"]]}).json()["data"]
    assert [one["probs"] for one in by_ids] == [one["probabilities"] for one, t in zip(wanted, tokens) if t["tokens"]]
    assert server.post(path, {"input": tokens[0]["tokens"]}).json()["data"][0]["probs"] == wanted[0]["probabilities"]
    raw = server.post(path, {"input": texts[0], "use_activation": False, "model": "some"}).json()["data"][0]
    assert raw["probs"] == expected["some"][0]["logits"]
    assert [model["id"] for model in server.get("/v1/models").json()["data"]] == ["one", "some"]


@pytest.mark.parametrize("body, status, kind", [
    ({}, 400, "BadRequestError"), ({"input": []}, 400, "BadRequestError"), ({"input": [["a"]]}, 400, "BadRequestError"),
    ({"input": "a", "model": "three"}, 404, "NotFoundError"), ({"input": LONG}, 400, "BadRequestError"),
    ({"input": [99999]}, 400, "BadRequestError"), ({"input": [-1]}, 400, "BadRequestError"),
    ({"messages": [{"role": "user", "content": "a"}]}, 400, "BadRequestError"),
    ({"input": "a", "truncate_prompt_tokens": -2}, 400, "BadRequestError"), ({"input": "a", "model": 1}, 400, "BadRequestError"),
], ids=lambda value: str(value)[:40])
def test_the_errors_of_vllm(server, body, status, kind):
    answer = server.post("/v1/classify", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"], error["param"]) == (status, kind, status, None)
    assert error["message"]


def test_the_protocols_of_kserve(server, expected):
    assert server.post("/v1/models/one:predict", {"instances": TEXTS}).json() == {
        "predictions": [one["label"] for one in expected["one"]]}
    assert server.post("/v1/models/some:predict", {"instances": TEXTS}).json() == {
        "predictions": [one["labels"] for one in expected["some"]]}
    tensor = {"name": "input-0", "shape": [len(TEXTS)], "datatype": "BYTES", "data": TEXTS}
    answer = server.post("/v2/models/one/infer", {"id": "7", "inputs": [tensor]}).json()
    assert (answer["model_name"], answer["id"]) == ("one", "7")
    label, probabilities = answer["outputs"]
    assert (label["datatype"], label["data"]) == ("BYTES", [one["label_name"] for one in expected["one"]])
    assert probabilities["shape"] == [len(TEXTS), 2]
    assert probabilities["data"] == [p for one in expected["one"] for p in one["probabilities"]]
    for wrong in [{**tensor, "shape": [1]}, {**tensor, "datatype": "FP32"}, {**tensor, "data": [1]}]:
        refused = server.post("/v2/models/one/infer", {"inputs": [wrong]})
        assert refused.status_code == 400 and refused.json()["error"]
    assert server.post("/v2/models/three/infer", {"inputs": [tensor]}).status_code == 404
    assert server.get("/v2/health/live").json() == {"live": True}
    assert server.get("/v2/health/ready").json() == {"ready": True}
    assert server.get("/v2/models/some/ready").json() == {"name": "some", "ready": True}
    assert server.get("/v1/models/some").json() == {"name": "some", "ready": True}


def test_the_document_names_the_routes_and_its_examples_are_answered(server):
    paths = server.get("/openapi.json").json()["paths"]
    assert len(paths) > 20
    for path, methods in paths.items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            answer = server.http.request(method.upper(), path.replace("{model}", "one"), json=body)
            assert answer.status_code == 200, (path, answer.text)
        other = server.http.request("DELETE", path.replace("{model}", "one"))
        assert (other.status_code, {m.strip().lower() for m in other.headers["allow"].split(",")}) == (405, set(methods))
    assert server.get("/nothing").status_code == 404
    assert server.http.head("/health").status_code == server.get("/ping").status_code == 200


# MARK: the queue

def test_answers_do_not_depend_on_what_is_computed_beside_them(server, expected):
    jobs = [(name, index) for name in expected for index in range(len(TEXTS))] * 8

    def ask(job):
        name, index = job
        return server.post(f"/models/{name}/predict", {"inputs": TEXTS[index]}).json() == ranked(expected[name][index])

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, jobs))
    assert server.metric('te_request_success{method="single"}') >= len(jobs)
    assert server.metric("te_batch_next_size_count") < server.metric("te_predict_count")
    assert server.metric("te_request_duration_count") >= len(jobs)
    assert server.metric("te_queue_size") == 0


def test_equal_texts_are_computed_once(server, expected):
    before = server.metric("te_batch_next_size_sum"), server.metric("te_predict_count")
    answer = server.post("/predict", {"inputs": [[TEXTS[0]]] * 32}).json()
    assert answer == [ranked(expected["one"][0])] * 32
    assert server.metric("te_batch_next_size_sum") - before[0] == 1
    assert server.metric("te_predict_count") - before[1] == 32


@pytest.mark.parametrize("flags, most", [(["--max-batch-requests", 2], 2), (["--max-batch-tokens", 1], 1)])
def test_a_pass_has_no_more_than_was_asked_for(single, expected, flags, most):
    with serving(single, *flags) as server:
        answer = server.post("/predict", {"inputs": [[text] for text in TEXTS]}).json()
        assert answer == [ranked(prediction) for prediction in expected["one"]]
        assert server.metric("te_batch_next_size_count") == -(-len(TEXTS) // most)


def large(name="x"):
    """A request that keeps the model busy for a while."""
    return {"inputs": [[f"{name} {index} " + "calm " * 500] for index in range(32)]}


def test_a_request_too_many_is_refused_at_once(single):
    with serving(single, "--max-concurrent-requests", 1) as server:
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda name: server.post("/predict", large(name)), range(12)))
        assert {answer.status_code for answer in answers} == {200, 429}
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.headers["retry-after"] == "1" and refused.json()["error_type"] == "Overloaded"
        assert server.metric('te_request_failure{err="overloaded"}') == sum(a.status_code == 429 for a in answers)
        assert server.post("/predict", {"inputs": "a"}).status_code == 200


def test_a_request_that_waits_too_long_is_answered(single):
    with serving(single, "--timeout", 0.001) as server:
        late = server.post("/predict", large())
        assert (late.status_code, late.json()["error_type"]) == (504, "Backend")
        assert server.post("/v1/classify", {"input": [t[0] for t in large("y")["inputs"]], "truncate_prompt_tokens": -1}).status_code == 504
        assert server.get("/health").status_code == 200


def test_who_hangs_up_is_skipped(server):
    body = json.dumps(large("gone")).encode()
    for _ in range(20):
        with server.connect() as client:
            client.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        time.sleep(0.1)
        if server.metric('te_request_failure{err="dropped"}'):
            break
    else:
        pytest.fail("nobody noticed")
    assert server.post("/predict", {"inputs": "a"}).status_code == 200


# MARK: operation

def exchange(server, data):
    """All that the server answers to some bytes."""
    with server.connect() as client:
        client.sendall(data)
        answer = b""
        while chunk := client.recv(65536):
            answer += chunk
        return answer


@pytest.mark.parametrize("data", [
    b"nonsense\r\n\r\n", b"GET /health HTTP/1.1\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
    b"POST /predict HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /predict HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
], ids=lambda data: data[:45].decode())
def test_what_is_no_request_ends_the_connection(server, data):
    try:
        answer = exchange(server, data)
    except ConnectionResetError:
        answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert server.get("/health").status_code == 200


def test_requests_sent_without_waiting_are_answered_in_order(server, expected):
    request = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n%s"
    bodies = [json.dumps({"inputs": text}).encode() for text in TEXTS[:4]]
    closing = [b"", b"", b"", b"Connection: close\r\n"]
    answer = exchange(server, b"".join(request % (len(body), end, body) for body, end in zip(bodies, closing)))
    answers = [part.split(b"\r\n\r\n", 1)[1] for part in answer.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    assert [json.loads(body) for body in answers] == [ranked(one) for one in expected["one"][:4]]


def test_a_key_is_needed_where_there_is_one(single, tmp_path, online):
    (tmp_path / "key").write_text("s3cret\n")
    with serving(single, "--api-key-file", tmp_path / "key") as server:
        for path in ["/health", "/ping", "/metrics", "/v2/health/ready"]:
            assert server.get(path).status_code == 200
        for header in [{}, {"Authorization": "Bearer s3cre"}, {"Authorization": "Bearer s3crets3cret"}, {"Authorization": "s3cret"}]:
            refused = server.post("/predict", {"inputs": "a"}, headers=header)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert server.get("/v1/models", headers=header).status_code == 401
        assert server.post("/predict", {"inputs": "a"}, headers={"Authorization": "bearer s3cret"}).status_code == 200
        assert InferenceClient(server.url, token="s3cret").text_classification("a")


def test_answers_are_logged_without_texts_where_that_is_asked_for(single):
    server = Server(single, "--access-log", "--cors-allow-origin", "https://example.org")
    assert server.post("/predict?a=b", {"inputs": "unspeakable"}).headers["access-control-allow-origin"] == "https://example.org"
    asked = server.http.options("/predict", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"})
    assert (asked.status_code, asked.headers["access-control-allow-methods"]) == (204, "POST")
    assert server.post("/predict", {"unspeakable": 1}).status_code == 422
    status, errors = server.end()
    assert status == 0 and "unspeakable" not in errors
    lines = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/predict", 200), ("OPTIONS", "/predict", 204), ("POST", "/predict", 422)]
    assert lines[0]["tokens"] > 1 and 0 < lines[0]["seconds"] < 60 and lines[0]["request_bytes"] > 20


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_what_has_begun_be_answered(single, number):
    server = Server(single)
    body = json.dumps({"inputs": "a"}).encode()
    try:
        with server.connect() as begun, server.connect() as idle:
            begun.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:3])
            server.get("/health")
            server.process.send_signal(number)
            assert idle.recv(1) == b""
            with pytest.raises(OSError):
                server.connect()
            begun.sendall(body[3:])
            answer = begun.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 200") and b"connection: close" in answer.lower() and b'"score"' in answer
        assert server.process.wait(30) == 0
    finally:
        server.process.kill()
        server.process.communicate()


@pytest.mark.parametrize("way", ["SIGHUP", "--reload"])
def test_a_checkpoint_that_was_replaced_is_taken_up_without_dropping_a_request(single, multi, expected, way, tmp_path):
    best = tmp_path / "best"
    shutil.copytree(single, best)
    known = [ranked(expected[name][0]) for name in ["one", "some"]]
    with serving(f"model={best}", *(["--reload"] if way == "--reload" else [])) as server:
        def ask(_):
            return server.post("/predict", {"inputs": TEXTS[0]})

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert ask(0).json() == known[0]
            shutil.copytree(multi, tmp_path / "new")
            best.rename(tmp_path / "old")
            (tmp_path / "new").rename(best)
            if way == "SIGHUP":
                server.process.send_signal(signal.SIGHUP)
            end = time.monotonic() + 20
            answers = []
            while time.monotonic() < end and (not answers or answers[-1].json() != known[1]):
                answers += pool.map(ask, range(8))
        assert all(answer.status_code == 200 and answer.json() in known for answer in answers)
        assert answers[-1].json() == known[1]
        shutil.rmtree(best)
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        assert ask(0).json() == known[1]


# MARK: the page

@pytest.fixture(scope="module")
def tab():
    if not browser.program():
        pytest.skip("no Chromium; Tools/setup/system-packages.sh test installs it")
    with browser.Browser() as tab:
        yield tab


def press(tab, key, code, modifiers=0):
    for kind in ["rawKeyDown", "keyUp"]:
        tab.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, modifiers=modifiers)


def wait_for(tab, expression):
    end = time.monotonic() + 20
    while not (value := tab.evaluate(expression)):
        assert time.monotonic() < end, expression
        time.sleep(0.02)
    return value


@pytest.mark.parametrize("width, dark", [(360, True), (1200, False)], ids=["phone", "desk"])
def test_the_page_shows_classes_by_keyboard_alone(server, expected, tab, width, dark):
    tab.open(server.url + "/", width=width, dark=dark)
    wait_for(tab, "document.getElementById('model').options.length")
    tab.call("Input.insertText", text=TEXTS[0])
    press(tab, "Enter", 13, modifiers=2)
    rows = wait_for(tab, "[...document.querySelectorAll('#classes li')].map((row) => row.innerText.split(/\\s*\\n\\s*/))")
    assert rows == [[one["label"], f"{100 * one['score']:.1f} %"] for one in ranked(expected["one"][0])]
    assert "tokens, " in tab.evaluate("document.getElementById('message').innerText")
    bars = tab.evaluate("[...document.querySelectorAll('.track div')].map((bar) => bar.offsetWidth / bar.parentElement.offsetWidth)")
    assert all(abs(bar - one["score"]) < 0.02 for bar, one in zip(bars, ranked(expected["one"][0])))
    press(tab, "Tab", 9)
    assert tab.evaluate("document.activeElement.id") == "model"
    tab.evaluate("document.getElementById('text').value = 'calm '.repeat(700); document.getElementById('model').value = 'some'")
    tab.evaluate("document.querySelector('button').click()")
    wait_for(tab, "document.getElementById('message').innerText.includes('longer')")
    assert len(tab.evaluate("[...document.querySelectorAll('#classes li')].map((row) => row.innerText)")) == 3
    assert tab.complaints() == [] and tab.overflowing() == []
    assert all(url.startswith(server.url) for url in tab.requests())


# MARK: usage

@pytest.mark.parametrize("arguments, status, words", [
    (["--port", "65536"], 64, "--port"), (["--max-client-batch-size", "0"], 64, "--max-client-batch-size"),
    (["--timeout", "1e308"], 64, "--timeout"), (["--payload-limit", str(2**63 - 1)], 64, "--payload-limit"),
    (["--api-key", "a b"], 64, "--api-key"), (["--cors-allow-origin", "a\r\nb"], 64, "--cors-allow-origin"), (["--api-key", "a", "--api-key-file", "b"], 64, "--api-key-file"),
    (["--host", "192.0.2.1"], 69, "192.0.2.1"),
], ids=str)
def test_a_server_that_cannot_start_says_why(single, arguments, status, words):
    result = support.apr("serve", single, *(["--port", "0"] if "--port" not in arguments else []), *arguments, expect=status, timeout=60)
    assert words in result.stderr and "apr:" in result.stderr


def test_two_servers_cannot_have_one_port_nor_two_models_one_name(server, single):
    assert "another program listens" in support.apr("serve", single, "--port", server.port, expect=69).stderr
    assert "two checkpoints" in support.apr("serve", single, single, expect=64).stderr
    assert "is empty" in support.apr("serve", f"={single}", expect=64).stderr


def test_the_unit_of_systemd_is_valid_confined_and_uses_flags_that_there_are(tmp_path):
    unit = (support.ROOT / "deploy" / "apr-serve.service").read_text()
    command = next(line for line in unit.splitlines() if line.startswith("ExecStart=")).split()
    usage = support.apr("serve", "--help").stdout
    assert command[1] == "serve" and all(word in usage for word in command if word.startswith("--"))
    copy = tmp_path / "apr-serve.service"
    copy.write_text(unit.replace("/usr/local/bin/apr", str(support.APR)))
    verified = support.execute("systemd-analyze", "verify", "--man=no", copy)
    assert verified.stdout + verified.stderr == ""
    support.execute("systemd-analyze", "security", "--offline=yes", "--threshold=20", copy)
