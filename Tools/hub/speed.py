"""Publishing and pulling a file of 1 GB over loopback, `apr` beside huggingface_hub: `make hub-speed`.

    python Tools/hub/speed.py [--runs N] [--megabytes N] [--only pull|publish] [--store DIR] [--results DIR]

`apr pull` and `snapshot_download` fetch a model whose weights are one random file of that size, each into an empty cache.
`apr publish` sends a checkpoint: a base of wide layers is fine-tuned for one step at full rank, so that its adapter is of
that size. A checkpoint holds it in three formats, so three times as much is sent; `upload_folder` sends the same files.
All in turn, N times, the order changing from round to round, to and from one server, built in release. Wall time and the
largest resident memory are those of the whole process: for Python they include its start (given apart), for `apr publish`
the checks of the checkpoint. By reckoning it needs 12 times that size on disk and 6 in memory. The outcome goes to
docs/results/hub-speed-DATE.md with the commit and the command.
"""
import argparse
import datetime
import json
import math
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Python"))
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import hub_server  # noqa: E402
import support  # noqa: E402
import toybase  # noqa: E402

SERVER = hub_server.SERVER
HEADS = 16
WIDEST_LAYER = 2048
PAUSE = 3  # seconds before each measurement
BASE = "me/wide-base"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=1000, help="the size of the largest file")
    parser.add_argument("--only", choices=["pull", "publish"])
    parser.add_argument("--store", type=pathlib.Path, help="where the server keeps files, if not on this disk: a folder in memory, say")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "docs" / "results")
    return parser.parse_args()


def layer_bytes(width):
    """The adapter's bytes for a layer: 7 matrices A and B of width by width in fp32."""
    return 7 * 2 * width * width * 4


def make_base(folder, layers, width):
    """A Qwen2 whose linear layers are all width by width, with the toy base's tokenizer."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(1)
    model = Qwen2ForCausalLM(Qwen2Config(
        hidden_size=width, intermediate_size=width, num_hidden_layers=layers, num_attention_heads=HEADS,
        num_key_value_heads=HEADS, vocab_size=512, tie_word_embeddings=True, max_position_embeddings=1024))
    model.to(torch.bfloat16).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(toybase.base() / name, folder / name)


def make_checkpoint(hub, folder, megabytes):
    """A checkpoint of one step whose adapter has full rank and is of that size or a little larger.

    Its base was pulled by its id, as most are.
    """
    layers = math.ceil(megabytes * 1e6 / layer_bytes(WIDEST_LAYER))
    step = 2 * HEADS
    width = next(width for width in range(step, WIDEST_LAYER + step, step) if layers * layer_bytes(width) >= megabytes * 1e6)
    base = folder / "base"
    make_base(base, layers, width)
    home = folder / "home"
    hub.python("create_repo", home, hub.owner, repo=BASE)
    hub.python("upload_folder", home, hub.owner, repo=BASE, folder=str(base))
    data = support.write_jsonl(folder / "data.jsonl", toybase.corpus(2, count=10))
    support.apr(
        "finetune", "--task", "classify", BASE, "--data", data, "--epochs", 1, "--batch-size", 8, "--target-modules",
        "all-linear", "--rank", width, "--alpha", width, "-o", folder / "checkpoints",
        environment=hub.environment(home, hub.owner), timeout=None)
    # What is not published is not needed any more, and large.
    shutil.rmtree(folder / "checkpoints" / "last")
    return folder / "checkpoints" / "best"


def python(call):
    """A command line that runs a piece of Python on huggingface_hub."""
    return [support.STACKS["transformers5"], "-c", f"import huggingface_hub as h\n{call}"]


def in_turn(jobs, number, clear):
    """The measurements of jobs (name to command and environment), in an order that changes with the round.

    What was written before is on the disk when a job begins, and what it leaves behind is cleared away when it ends:
    otherwise each would wait for the one before it, and the second would find less free memory than the first. A pause
    lets a virtual machine's host take back what became free.
    """
    measured = {}
    for name in sorted(jobs, reverse=number % 2 == 1):
        os.sync()
        time.sleep(PAUSE)
        command, environment = jobs[name]
        measured[name] = support.measured(*command, environment=environment)
        clear(name)
    return measured


def publishing(hub, work, options):
    """Rounds of publishing, and how many bytes in how many files each moves."""
    checkpoint = make_checkpoint(hub, work, options.megabytes)
    home = work / "home"
    # One publication that is not timed shows which files are sent; the Python client gets the same ones.
    environment = hub.environment(home, hub.owner)
    support.apr("publish", checkpoint, "me/first", environment=environment, timeout=None)
    sizes = [entry["size"] for path, entry in hub.show("me/first")["files"].items() if path != ".gitattributes"]
    folder = work / "folder"
    shutil.copytree(hub.python("snapshot_download", home, repo="me/first")["path"], folder)
    (folder / ".gitattributes").unlink()
    shutil.rmtree(home / "hub" / "models--me--first")
    hub.python("delete_repo", work, hub.owner, repo="me/first")
    rounds = []
    for number in range(options.runs):
        ours, theirs = f"me/ours{number}", f"me/theirs{number}"
        repos = {"publish/apr": ours, "publish/huggingface_hub": theirs}
        hub.python("create_repo", home, hub.owner, repo=theirs)
        rounds.append(in_turn({
            "publish/apr": ([support.APR, "publish", checkpoint, ours], environment),
            "publish/huggingface_hub": (
                python(f"h.upload_folder(repo_id={theirs!r}, folder_path={str(folder)!r})"), environment),
        }, number, lambda name: hub.python("delete_repo", work, hub.owner, repo=repos[name])))
    return rounds, sizes


def pulling(hub, work, options):
    """Rounds of pulling, and the sizes of the files each moves."""
    weights = work / "weights"
    with open(weights, "wb") as file:
        for _ in range(options.megabytes):
            file.write(os.urandom(1_000_000))
    hub.plant("me/large", {"config.json": b"{}"}, lfsFiles={"model.safetensors": str(weights)})
    weights.unlink()
    rounds = []
    for number in range(options.runs):
        homes = {name: work / f"{name}{number}" for name in ("apr", "huggingface_hub")}
        rounds.append(in_turn({
            "pull/apr": ([support.APR, "pull", "me/large"], hub.environment(homes["apr"])),
            "pull/huggingface_hub": (
                python("h.snapshot_download('me/large')"), hub.environment(homes["huggingface_hub"])),
        }, number, lambda name: shutil.rmtree(homes[name.removeprefix("pull/")])))
    return rounds, [options.megabytes * 1_000_000]


def table(rounds, size):
    lines = [
        "| transfer | client | median s | range s | MB/s | largest resident MB | CPU s |",
        "|---|---|---:|---|---:|---:|---:|"]
    for name in sorted(rounds[0]):
        transfer, client = name.split("/")
        seconds = sorted(row[name]["seconds"] for row in rounds)
        median = statistics.median(seconds)
        lines.append(
            f"| {transfer} | {client} | {median:.1f} | {seconds[0]:.1f} to {seconds[-1]:.1f} | {size / 1e6 / median:.0f} | "
            f"{max(row[name]['megabytes'] for row in rounds):.0f} | "
            f"{statistics.median(row[name]['cpu'] for row in rounds):.1f} |")
    ours, theirs = (f"{transfer}/{client}" for client in ("apr", "huggingface_hub"))
    ratios = ", ".join(f"{row[ours]['seconds'] / row[theirs]['seconds']:.2f}" for row in rounds)
    return "\n".join([*lines, "", f"Time of `apr` over huggingface_hub's, round by round: {ratios}."])


def main():
    options = arguments()
    (ROOT / ".build").mkdir(exist_ok=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="hub-speed-", dir=ROOT / ".build"))
    store = options.store / work.name if options.store else work / "store"
    hub = hub_server.Hub.start(SERVER, "--data", str(store))
    try:
        start = statistics.median(support.measured(*python("h.HfApi, h.snapshot_download"))["seconds"] for _ in range(3))
        parts = []
        for name, measure in (("pull", pulling), ("publish", publishing)):
            if options.only in (None, name):
                rounds, sizes = measure(hub, work, options)
                print(json.dumps(rounds), flush=True)
                parts.append(
                    f"{sum(sizes) / 1e6:.0f} MB, the largest file {max(sizes) / 1e6:.0f} MB:\n\n{table(rounds, sum(sizes))}")
        commit = support.execute("git", "rev-parse", "--short", "HEAD", cwd=ROOT).stdout.strip()
        today = datetime.date.today().isoformat()
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        given = f" --only {options.only}" if options.only else ""
        given += f" --store {options.store}" if options.store else ""
        text = "\n\n".join([
            f"# The Hub beside huggingface_hub, {today}",
            f"Over loopback, {options.runs} rounds in turn, server and clients on the same {os.cpu_count()} CPUs.", *parts,
            f"Of the Python client's seconds, {start:.1f} are its start. Load average at the end: {load}.",
            f"Commit {commit}, `python Tools/hub/speed.py --runs {options.runs} --megabytes {options.megabytes}{given}` "
            "(`make hub-speed`).\n"])
        (options.results / f"hub-speed-{today}.md").write_text(text)
        print(text)
    finally:
        hub.stop()
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(store, ignore_errors=True)


if __name__ == "__main__":
    main()
