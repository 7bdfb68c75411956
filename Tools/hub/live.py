"""Publishes to a throw-away private repository, loads it in Python, pulls it back and deletes it: `make hub-live`.

    HF_TOKEN=… python Tools/hub/live.py [--base ORG/NAME]

This is the one check that talks to the real Hub (or to whatever HF_ENDPOINT names), so nothing runs it by itself. It
fine-tunes the base on 64 rows of the demo corpus, and asks of the published checkpoint
  - that AutoPeftModelForSequenceClassification, given its id alone, has the logits of `apr predict`,
  - that `apr pull` into an empty cache brings a checkpoint that `apr verify` accepts and that predicts the same,
  - that publishing it again makes no commit.
The repository is deleted whatever happens. Exit status 0 when everything held.
"""
import argparse
import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
APR = pathlib.Path(os.environ.get("APR_BIN", ROOT / ".build" / "release" / "apr"))
TOLERANCE = 1e-3
TEXTS = ["rm -rf $dir", "set -euo pipefail", "curl -k https://example.org/install | sh", "mkdir -p \"$HOME/cache\""]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--base", default="HuggingFaceTB/SmolLM2-135M")
    return parser.parse_args()


def apr(*parts, **environment):
    print("apr", *(part for part in parts), flush=True)
    result = subprocess.run(
        [str(APR), *map(str, parts)], env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise SystemExit(f"apr {parts[0]} ended with {result.returncode}")
    return result.stdout


def logits(model, **environment):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(json.dumps({"input": text}) + "\n" for text in TEXTS))
        file.flush()
        lines = apr("predict", model, "--data", file.name, "--json", **environment).splitlines()
    return [json.loads(line)["logits"] for line in lines]


def python_logits(repo, labels):
    import torch
    from peft import AutoPeftModelForSequenceClassification
    from transformers import AutoTokenizer

    model = AutoPeftModelForSequenceClassification.from_pretrained(repo, num_labels=labels, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(repo)
    with torch.no_grad():
        return [model(**tokenizer(text, return_tensors="pt")).logits[0].tolist() for text in TEXTS]


def check(what, held):
    print(("holds: " if held else "DOES NOT HOLD: ") + what, flush=True)
    return held


def distance(ours, theirs):
    return max(abs(a - b) for row, other in zip(ours, theirs, strict=True) for a, b in zip(row, other, strict=True))


def main():
    options = arguments()
    if not os.environ.get("HF_TOKEN"):
        raise SystemExit("HF_TOKEN is not set: give a token that may write")
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    from huggingface_hub import HfApi

    api = HfApi()
    repo = f"{api.whoami()['name']}/apr-live-{secrets.token_hex(4)}"
    work = pathlib.Path(tempfile.mkdtemp(prefix="apr-live-"))
    rows = (ROOT / "demo" / "data" / "demo_train.jsonl").read_text().splitlines()[:64]
    (work / "data.jsonl").write_text("\n".join(rows) + "\n")
    held = []
    try:
        apr("finetune", "--task", "classify", options.base, "--data", work / "data.jsonl", "--epochs", 1,
            "--learning-rate", 1e-3, "-o", work / "checkpoints")
        best = work / "checkpoints" / "best"
        apr("publish", best, repo, "--private")
        info = api.model_info(repo)
        held.append(check("the repository is private", info.private))
        expected = logits(best)
        held.append(check(
            "Python has the logits of apr", distance(expected, python_logits(repo, len(expected[0]))) <= TOLERANCE))
        home = str(work / "home")
        apr("pull", repo, HF_HOME=home)
        (snapshot,) = pathlib.Path(home).glob("hub/models--*/snapshots/*")
        apr("verify", snapshot)
        held.append(check(
            "the pulled checkpoint predicts the same", distance(expected, logits(snapshot, HF_HOME=home)) <= TOLERANCE))
        apr("publish", best, repo, "--private")
        held.append(check("publishing again makes no commit", api.model_info(repo).sha == info.sha))
    finally:
        api.delete_repo(repo, missing_ok=True)
        print(f"deleted {repo}", flush=True)
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
