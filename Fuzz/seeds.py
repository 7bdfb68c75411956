"""Writes good files for the fuzzer to start from: `python3 Fuzz/seeds.py APR DIRECTORY`, one folder a target.

Most come from the program itself: a checkpoint of one step on the base that the command line's tests use.
"""
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "Tests" / "Fixtures"
BASE = FIXTURES / "command-line" / "base"


def safetensors(tensors):
    """A file of (name, dtype, shape, bytes)."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, dtype, shape, content in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def gguf():
    """One tensor, one key of each kind that importing looks at."""
    def text(value):
        return struct.pack("<Q", len(value)) + value.encode()

    pairs = [
        ("general.architecture", 8, text("llama")), ("llama.block_count", 4, struct.pack("<I", 1)),
        ("llama.context_length", 4, struct.pack("<I", 32)), ("llama.embedding_length", 4, struct.pack("<I", 8)),
        ("llama.feed_forward_length", 4, struct.pack("<I", 8)), ("llama.attention.head_count", 4, struct.pack("<I", 2)),
        ("llama.attention.layer_norm_rms_epsilon", 6, struct.pack("<f", 1e-5)),
        ("tokenizer.ggml.model", 8, text("gpt2")),
        ("tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, 3) + text("a") + text("b") + text("ab")),
        ("tokenizer.ggml.merges", 9, struct.pack("<IQ", 8, 1) + text("a b")),
        ("tokenizer.ggml.token_type", 9, struct.pack("<IQ", 5, 3) + struct.pack("<3i", 1, 1, 3)),
    ]
    head = struct.pack("<4sIQQ", b"GGUF", 3, 1, len(pairs))
    for name, kind, value in pairs:
        head += text(name) + struct.pack("<I", kind) + value
    head += text("token_embd.weight") + struct.pack("<IQQIQ", 2, 8, 3, 0, 0)
    head += b"\0" * (-len(head) % 32)
    return head + struct.pack("<24f", *range(24))


def table():
    return "id,text,labels,group\n1,plain,0,g\n2,\"qu\"\"oted\n, field\",a|b,\r\n3,,c,g\n\n4,x,d,"


LINES = """{"input":"plain","label":0,"group":"g"}
{"input":"es\\"ca\\u00e9\\ud83d\\ude00ped","label":1}\r
{"text":"three","labels":"name","other":{"deep":[1,-2.5e3,null,true]}}

{"input":"four","label":["a","b"]}
{"input":"four","label":12}
"""
YAML = """# settings
base: path/to/base
epochs: 3
learning_rate: 2e-4
target-modules: [q_proj, v_proj]
rslora: true
lr-scheduler: cosine
anchor: &a {x: 1}
alias: *a
text: >
  folded
  text
"""


def checkpoint(apr, directory):
    """A checkpoint of one step."""
    data = directory / "corpus.jsonl"
    data.write_text("".join(json.dumps({"input": f"text {n}", "label": "ab"[n % 2]}) + "\n" for n in range(20)))
    subprocess.run(
        [apr, "finetune", BASE, "--data", data, "--max-steps", "1", "--rank", "1", "--quiet", "-o", directory / "run"],
        check=True, stdout=subprocess.DEVNULL)
    return directory / "run" / "last"


def main(apr, target):
    target = pathlib.Path(target)

    def put(name, *contents):
        folder = target / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(contents):
            (folder / f"seed-{number}").write_bytes(content if isinstance(content, bytes) else content.encode())

    with tempfile.TemporaryDirectory() as scratch:
        last = checkpoint(apr, pathlib.Path(scratch))
        adapter = (last / "adapter_config.json").read_text()
        manifest = (last / "manifest.json").read_bytes()
        # An even first byte lets the target repair the checksums.
        put("apr", b"\0" + (last / "model.apr").read_bytes(), b"\1" + (last / "model.apr").read_bytes())
        put("manifest", manifest)
        put("adapter-config", adapter,
            json.dumps({**json.loads(adapter), "target_modules": r"model\.layers\.\d+\.(self_attn|mlp)\.([qv]_proj|up_proj){1,2}",
                        "rank_pattern": {"^.*q_proj$": 4}}))
        put("safetensors", safetensors([("w", "F32", [2], bytes(8))]),
            safetensors([("a", "BF16", [1, 3], bytes(6)), ("b", "F16", [2], bytes(4)), ("c", "I64", [0], b"")]))
    put("shard-index", '{"metadata":{"total_size":8},"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}}')
    put("gguf", gguf())
    tokenizer = json.loads((BASE / "tokenizer.json").read_text())
    if "merges" in tokenizer["model"]:
        tokenizer["model"]["merges"] = tokenizer["model"]["merges"][:12]
    put("tokenizer", json.dumps(tokenizer, ensure_ascii=False))
    config = (BASE / "config.json").read_text()
    put("config", config, json.dumps({**json.loads(config), "rope_scaling": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64}}))
    put("jsonl", "\0" + LINES, "\x81" + LINES)
    put("csv", "\0" + table(), "\x81" + table())
    put("yaml", YAML)
    put("json", config, LINES.splitlines()[2], '[1e308,-0.0,"\\u0000\\ud83d\\ude00",{"a":[[[]]]}]')
    shutil.copy(FIXTURES / "command-line" / "base.gguf", target / "gguf" / "seed-base")


if __name__ == "__main__":
    main(*sys.argv[1:])
