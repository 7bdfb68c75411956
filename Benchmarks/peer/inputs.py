"""What both sides work on: corpus, base and token lengths, fixed by SHA-256 before anything is measured."""
import collections
import hashlib
import json
import pathlib
import random
import struct

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXED = pathlib.Path(__file__).with_name("inputs.json")
CORPUS = ROOT / "demo" / "data" / "train.jsonl"
TEXTS = ROOT / "demo" / "data" / "test.jsonl"


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def subset(source, count, path):
    """The first rows of a shuffle that is always the same."""
    rows = source.read_text(encoding="utf-8").splitlines()
    random.Random(20260101).shuffle(rows)
    path.write_text("\n".join(rows[:count]) + "\n", encoding="utf-8")
    return path


def lengths(path, base, limit):
    """How many tokens each text has, by the reference's tokenizer."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = [json.loads(line)["input"] for line in path.read_text(encoding="utf-8").splitlines()]
    return [min(limit, len(tokenizer.encode(text).ids)) for text in texts]


def identity(base, counts, limit, work):
    """The hashes of everything the measurements depend on, and a histogram of lengths for people."""
    found = {"corpus": sha256(CORPUS), "texts": sha256(TEXTS), "base": sha256(base / "model.safetensors"),
             "tokenizer": sha256(base / "tokenizer.json"), "max_length": limit, "subsets": {}}
    for count in counts:
        path = subset(CORPUS, count, work / f"train-{count}.jsonl")
        tokens = lengths(path, base, limit)
        histogram = collections.Counter(length // 16 * 16 for length in tokens)
        text = json.dumps(sorted(collections.Counter(tokens).items()))
        found["subsets"][str(count)] = {
            "sha256": sha256(path), "lengths_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "mean_tokens": round(sum(tokens) / len(tokens), 1), "longest": max(tokens),
            "histogram_by_16": {str(start): histogram[start] for start in sorted(histogram)}}
    return found


def check(found):
    """Compares with what was fixed; a subset that was never used before is added to it."""
    fixed = json.loads(FIXED.read_text(encoding="utf-8")) if FIXED.exists() else {"subsets": {}}
    for key, value in found.items():
        if key == "subsets":
            for count, subset_found in value.items():
                known = fixed["subsets"].setdefault(count, subset_found)
                if known != subset_found:
                    raise SystemExit(f"bench-peer: the {count} training rows are not those fixed in {FIXED.name}")
        elif fixed.setdefault(key, value) != value:
            raise SystemExit(f"bench-peer: {key} is not what is fixed in {FIXED.name}; restore it, or remove the file "
                             "and the results that were measured with it")
    fixed["subsets"] = dict(sorted(fixed["subsets"].items(), key=lambda item: int(item[0])))
    FIXED.write_text(json.dumps(fixed, indent=2) + "\n", encoding="utf-8")


QWEN = {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864,
        "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 151936,
        "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "hidden_act": "silu",
        "tie_word_embeddings": True, "initializer_range": 0.02, "use_sliding_window": False, "dtype": "bfloat16",
        "bos_token_id": 151643, "eos_token_id": 151643, "attention_dropout": 0.0}


def random_model(directory, config, vocabulary):
    """A model of these sizes with random weights in bf16: speed and memory do not depend on what they say."""
    import numpy

    directory.mkdir(parents=True, exist_ok=True)
    D, F, V = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    head = config.get("head_dim") or D // config["num_attention_heads"]
    query, key = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    shapes = {"model.embed_tokens.weight": [V, D], "model.norm.weight": [D]}
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        for name, rows, columns, bias in [("q", query, D, True), ("k", key, D, True), ("v", key, D, True), ("o", D, query, False)]:
            shapes[f"{at}self_attn.{name}_proj.weight"] = [rows, columns]
            if bias and config["model_type"] == "qwen2":
                shapes[f"{at}self_attn.{name}_proj.bias"] = [rows]
        for name, rows, columns in [("gate", F, D), ("up", F, D), ("down", D, F)]:
            shapes[f"{at}mlp.{name}_proj.weight"] = [rows, columns]
        shapes[f"{at}input_layernorm.weight"] = shapes[f"{at}post_attention_layernorm.weight"] = [D]
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shapes.items():
        size = 2 * numpy.prod(shape, dtype=int).item()
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    generator = numpy.random.default_rng(1)
    with open(directory / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in shapes.items():
            if len(shape) == 1 and name.endswith("norm.weight"):
                values = numpy.ones(shape, numpy.float32)
            else:
                values = generator.standard_normal(shape, numpy.float32) * numpy.float32(0.02)
            file.write((values.view(numpy.uint32) >> 16).astype(numpy.uint16).tobytes())
    for name in ["tokenizer.json", "tokenizer_config.json"]:
        source = vocabulary / name
        if source.exists():
            (directory / name).write_bytes(source.read_bytes())
    # Last: a directory with a configuration is finished.
    (directory / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return directory
