"""What hostile input is put into: a small base of every family, a run, corpora and a cache, all undamaged, and copies of parts of it."""
import gzip
import hashlib
import json
import math
import os
import pathlib
import shutil
import struct

import support
from hostile_judge import TOKEN

FROZEN = support.ROOT / "Tests" / "Fixtures" / "frozen-run-0.1"
COMMAND_LINE = support.ROOT / "Tests" / "Fixtures" / "command-line"
COMMIT = "c0ffee" * 6 + "beef"
SETTINGS = """# settings of a run
epochs: 2
batch-size: 8
learning-rate: 2e-4
target-modules: [q_proj, v_proj]
rslora: true
lr-scheduler: cosine
label-smoothing: 0.1
seed: 7
val-split: 0.25
save-every: 1
metric-for-best: loss
max-seq-length: 64
"""
FAMILIES = ["qwen2", "llama", "mistral", "qwen3"]


def environment(world, **changes):
    """A surrounding that nothing of the user's reaches."""
    return {"PATH": os.environ["PATH"], "HOME": str(world / "home"), "XDG_CACHE_HOME": str(world / "cache"),
            "HF_HOME": str(world / "hf"), "HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": TOKEN, "HF_HUB_OFFLINE": "1",
            "APR_HUB_RETRY_BASE_MS": "1", "LANG": "C.UTF-8", "TMPDIR": str(world / "home"), "SWIFT_BACKTRACE": "enable=no", **changes}


# MARK: Weights

def read_safetensors(path):
    data = path.read_bytes()
    length, = struct.unpack_from("<Q", data)
    header, payload = json.loads(data[8:8 + length]), data[8 + length:]
    return {name: (entry["dtype"], entry["shape"], payload[slice(*entry["data_offsets"])])
            for name, entry in header.items() if name != "__metadata__"}


def write_safetensors(path, tensors, metadata=None):
    header, payload = {"__metadata__": metadata or {"format": "pt"}}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(payload), len(payload) + len(content)]}
        payload += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + payload)


def write_family(source, target, family):
    """The base's weights as a model of another family."""
    shutil.copytree(source, target)
    config = json.loads((target / "config.json").read_text())
    tensors = read_safetensors(target / "model.safetensors")
    if family != "qwen2":
        tensors = {name: tensor for name, tensor in tensors.items() if not name.endswith("bias")}
        for key in ["use_sliding_window", "max_window_layers", "layer_types"]:
            config.pop(key, None)
    size = config["hidden_size"] // config["num_attention_heads"]
    if family == "qwen3":
        dtype = tensors["model.norm.weight"][0]
        one = {"BF16": b"\x80\x3f", "F32": b"\0\0\x80\x3f", "F16": b"\0\x3c"}[dtype]
        for layer in range(config["num_hidden_layers"]):
            for name in ["q_norm", "k_norm"]:
                tensors[f"model.layers.{layer}.self_attn.{name}.weight"] = (dtype, [size], one * size)
        config["head_dim"] = size
    name = {"qwen2": "Qwen2", "llama": "Llama", "mistral": "Mistral", "qwen3": "Qwen3"}[family]
    config.update(model_type=family, architectures=[f"{name}ForCausalLM"])
    (target / "config.json").write_text(json.dumps(config, indent=2))
    write_safetensors(target / "model.safetensors", tensors)


def write_shards(source, target):
    shutil.copytree(source, target)
    tensors = read_safetensors(target / "model.safetensors")
    (target / "model.safetensors").unlink()
    shard_names = {}
    for number in range(2):
        file = f"model-0000{number + 1}-of-00002.safetensors"
        part = dict(list(tensors.items())[number::2])
        write_safetensors(target / file, part)
        shard_names.update({name: file for name in part})
    size = sum(len(content) for _, _, content in tensors.values())
    (target / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": size}, "weight_map": shard_names}, indent=2))


def is_finite(path):
    for dtype, shape, content in read_safetensors(path).values():
        if dtype == "F32" and not all(math.isfinite(value) for value in struct.unpack(f"<{len(content) // 4}f", content)):
            return False
        if dtype == "BF16" and any(bits & 0x7F80 == 0x7F80 for bits in struct.unpack(f"<{len(content) // 2}H", content)):
            return False
    return True


# MARK: The cache

def write_cache(source, repository):
    """HuggingFace's layout, with blobs under the names that the Hub gives them."""
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    for file in source.iterdir():
        data = file.read_bytes()
        name = hashlib.sha256(data).hexdigest() if file.suffix == ".safetensors" else hashlib.sha1(
            b"blob %d\0" % len(data) + data).hexdigest()
        (repository / "blobs" / name).write_bytes(data)
        (snapshot / file.name).symlink_to(f"../../blobs/{name}")


# MARK: Corpora

def write_corpora(folder):
    rows = support.read_jsonl(FROZEN / "corpus.jsonl")[:48]
    flat = [(" ".join(row["input"].replace('"', "'").split()), row["label"]) for row in rows]
    support.write_jsonl(folder / "corpus.jsonl", rows)
    (folder / "corpus.json").write_text(json.dumps(rows, indent=1))
    quoted = ['"' + text + '"' if "," in text or "'" in text else text for text, _ in flat]
    (folder / "corpus.csv").write_text("input,label\n" + "".join(f"{text},{label}\n" for text, (_, label) in zip(quoted, flat)))
    (folder / "corpus.tsv").write_text("input\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in flat))
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress((folder / "corpus.jsonl").read_bytes(), mtime=0))
    (folder / "texts.txt").write_text("".join(text + "\n" for text, _ in flat[:12]))
    shutil.copy(FROZEN / "test.jsonl", folder / "test.jsonl")
    (folder / "settings.yaml").write_text(SETTINGS)
    # A pipe gives its rows once; the run's own corpus stays as it was for resuming.
    shutil.copy(FROZEN / "corpus.jsonl", folder / "trained.jsonl")


class Template:
    """Everything undamaged, written once."""

    def __init__(self, directory, launcher):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        here = self.directory
        shutil.copytree(FROZEN / "base", here / "base")
        shutil.copytree(FROZEN / "run", here / "run", ignore=shutil.ignore_patterns("epoch-*"))
        for family in FAMILIES[1:]:
            write_family(here / "base", here / f"base-{family}", family)
        write_shards(here / "base", here / "base-sharded")
        shutil.copy(COMMAND_LINE / "base.gguf", here / "base.gguf")
        write_cache(here / "base", here / "hf" / "hub" / "models--org--model")
        (here / "home").mkdir()
        write_corpora(here)
        self.write_remembered(launcher)

    def write_remembered(self, launcher):
        """The hashes that the program remembers of files that have not changed for long."""
        for file in (self.directory / "base").iterdir():
            os.utime(file, (1, 1))
        run = self.directory / "run"
        for _ in range(2):
            launcher.run(["predict", run / "best", "--base", self.directory / "base", "--text", "ls"], environment(self.directory), self.directory)
        remembered = self.directory / "cache" / "apr" / "file-hashes.json"
        if not remembered.exists():
            remembered.parent.mkdir(parents=True, exist_ok=True)
            remembered.write_text(json.dumps({"schema_version": 1, "sha256": {"1:2:3:4:5": "0" * 64}}))

    def copy(self, target, parts):
        """A world of some of the parts; home is always there."""
        target.mkdir(parents=True)
        (target / "home").mkdir()
        for part in parts:
            source = self.directory / part
            if source.is_dir():
                shutil.copytree(source, target / part, symlinks=True)
            else:
                shutil.copy(source, target / part)
        return target
