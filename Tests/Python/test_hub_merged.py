"""`apr publish --merged` makes a whole model beforehand: in little memory, and without leaving it behind."""
import json
import os
import signal
import time

import pytest

import hub_apr
import support
from hub_apr import BASE_ID

REPO = "paiml/merged"
ROWS = 600_000
"""Rows of the wide base's embedding, more than its tokenizer needs; they make up nearly all of its size."""


@pytest.fixture(scope="module")
def work(apr_program, tmp_path_factory):
    directory = tmp_path_factory.mktemp("merged")
    hub_apr.train(directory, hub_apr.plain_base(directory))
    return directory


@pytest.fixture
def client(hub, tmp_path):
    return hub_apr.Client(hub, tmp_path)


def command(work):
    return ["publish", work / "checkpoints" / "best", REPO, "--merged", "--base-model-id", BASE_ID]


def test_nothing_is_left_behind_by_a_publication(hub, client, work):
    hub_apr.plant_base(hub)
    client.apr(*command(work))
    assert "model.safetensors" in hub.show(REPO)["files"]
    assert not os.listdir(client.temporary)


def test_an_interruption_at_any_moment_leaves_nothing_behind(hub, client, work):
    hub_apr.plant_base(hub)
    started = time.monotonic()
    client.apr(*command(work))
    seconds = time.monotonic() - started
    files = set(hub.show(REPO)["files"])
    outcomes = set()
    for moment in range(12):
        hub.reset()
        hub_apr.plant_base(hub)
        process = client.start(*command(work))
        time.sleep(seconds * moment / 12)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        # Until there is something to take away, the signal has its ordinary effect.
        assert process.returncode in (0, 130, -signal.SIGINT), errors
        outcomes.add(process.returncode)
        assert not os.listdir(client.temporary), f"interrupted at {moment} of 12"
        shown = set(hub.show(REPO)["files"]) if REPO in hub.ask("GET", "/state")["repos"] else set()
        assert shown in (set(), {".gitattributes"}, files), shown
    assert outcomes - {0}, "no signal came in time"


def test_a_signal_while_merging_takes_the_folder_away(hub, client, wide):
    """The model is large enough to be caught while it is written."""
    process = client.start(*command(wide))
    hub_apr.wait_until(lambda: any(client.temporary.rglob("*.safetensors*")), what="the merged model")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 143, errors
    assert not os.listdir(client.temporary) and not hub.requests(path="/api/")


def test_a_second_signal_ends_at_once_and_leaves_nothing(hub, client, work):
    hub_apr.plant_base(hub)
    stall = hub.fault({"kind": "stall", "afterRequestBytes": 0, "seconds": 60}, path="preupload")
    process = client.start(*command(work))
    hub_apr.wait_until(lambda: hub.hits()[stall] == 1, what="the stalled request")
    assert os.listdir(client.temporary)
    process.send_signal(signal.SIGINT)
    time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert not os.listdir(client.temporary)


@pytest.fixture(scope="module")
def wide(apr_program, tmp_path_factory):
    """A run on a base whose merged model has 150 MB, most of it embedding."""
    import torch
    from safetensors.torch import load_file, save_file

    directory = tmp_path_factory.mktemp("wide")
    base = hub_apr.plain_base(directory)
    config = json.loads((base / "config.json").read_text())
    tensors = load_file(base / "model.safetensors")
    name = next(name for name in tensors if name.endswith("embed_tokens.weight"))
    rows = torch.zeros((ROWS, tensors[name].shape[1]), dtype=tensors[name].dtype)
    rows[: len(tensors[name])] = tensors[name]
    tensors[name] = rows
    tensors.pop("lm_head.weight", None)
    save_file(tensors, base / "model.safetensors", metadata={"format": "pt"})
    (base / "config.json").write_text(json.dumps({**config, "vocab_size": ROWS, "tie_word_embeddings": True}))
    hub_apr.train(directory, base)
    return directory


def test_memory_does_not_grow_with_the_model(hub, client, wide):
    """150 MB are merged, hashed and sent by a process that never holds 100."""
    hub.plant(BASE_ID, files={"config.json": b"{}"}, lfsFiles={"model.safetensors": str(wide / "base-model" / "model.safetensors")})
    figures = support.measured(support.APR, *command(wide), environment=client.environment(), timeout=120)
    assert hub.show(REPO)["files"]["model.safetensors"]["size"] > 150_000_000
    assert figures["megabytes"] < 100
    assert not os.listdir(client.temporary)
