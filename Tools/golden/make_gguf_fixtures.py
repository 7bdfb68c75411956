#!/usr/bin/env python3
"""Writes small GGUF files with the `gguf` package: what the import is tested against.

    make_gguf_fixtures.py dequantisation FILE.gguf
        One tensor of random blocks for every stored type, and beside each, as F32 under NAME.expected, what
        gguf.quants.dequantize makes of it. Committed as Tests/Fixtures/gguf/dequantisation.gguf; the Swift tests
        compare bit for bit.
    make_gguf_fixtures.py model ARCHITECTURE FILE.gguf
        A tiny random model of architecture llama, qwen2 or qwen3 whose matrices go through every stored type, with
        a tokenizer trained on the text below. Made anew by the Python tests.

Everything is seeded: the same versions of gguf, numpy and tokenizers give the same bytes. Made with gguf 0.19.0,
numpy 2.4.6, tokenizers 0.23.3.
"""
import argparse
import pathlib

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type, GGUFWriter, TokenType
from gguf.quants import dequantize, quantize

TYPES = [
    Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q2_K, Type.Q3_K,
    Type.Q4_K, Type.Q5_K, Type.Q6_K,
]

# Where a block keeps its half-precision scales, in bytes.
SCALES = {
    Type.Q8_0: [0], Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q2_K: [80, 82],
    Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
}

# Halves at the edges: zeros, the smallest and largest subnormal, the smallest normal, the largest, one and its
# neighbour, negatives.
EDGES = np.array(
    [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x8400, 0x7BFF, 0xFBFF, 0x3C00, 0x3C01, 0xBC00], dtype="<u2")


def random_blocks(kind, count, rng, *, scale=None, edges=False):
    """`count` blocks of random bits as one row of bytes, with finite scales: `scale` in size, or at the edges."""
    _, size = GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (count, size), dtype=np.uint8)
    for offset in SCALES[kind]:
        if edges:
            values = EDGES[(np.arange(count) + offset) % len(EDGES)]
        else:
            values = (rng.standard_normal(count) * (1 if scale is None else scale)).astype("<f2").view("<u2")
        blocks[:, offset:offset + 2] = values.view(np.uint8).reshape(count, 2)
    return blocks.reshape(-1)


def write_dequantisation(path):
    rng = np.random.default_rng(20)
    writer = GGUFWriter(path, "dequantisation")
    writer.add_string("general.description", "blocks and what gguf.quants.dequantize makes of them")

    def add(name, data, kind):
        writer.add_tensor(name, data, raw_dtype=kind)
        with np.errstate(over="ignore", invalid="ignore"):
            writer.add_tensor(f"{name}.expected", dequantize(data, kind).reshape(-1))

    # Every exponent, both signs, some fractions: infinities and NaN among them.
    add("F16", np.arange(0, 65536, 61, dtype="<u2").view(np.float16), Type.F16)
    add("BF16", np.arange(0, 65536, 61, dtype="<u2").view(np.uint8), Type.BF16)
    add("F32", rng.standard_normal(256).astype(np.float32), Type.F32)
    for kind in SCALES:
        count = 12 if GGML_QUANT_SIZES[kind][0] == 32 else 2
        add(kind.name, random_blocks(kind, count, rng), kind)
        add(f"{kind.name}.edges", random_blocks(kind, 12 if count == 12 else 3, rng, edges=True), kind)
        if kind.name in ("Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"):
            add(f"{kind.name}.quantised", quantize(rng.standard_normal((1, 128)).astype(np.float32), kind), kind)
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


# --- Tokenizers ---------------------------------------------------------------------------------------------

TEXT = """The quick brown fox jumps over the lazy dog. It's 1234567 times 89! We'll see, they've said: "I'd rather not".
for f in *.txt; do rm -rf "$f"; done    # remove\n\n\n\tif [ -z "$HOME" ]; then echo 'no home' >&2; exit 1; fi
Größe, naïve, œuvre, Ærø — «quoted» … 日本語のテキスト、中文文本。 한국어 텍스트. Привет, мир! مرحبا بالعالم
curl -sSL https://example.org/install.sh | sh && mkdir -p /var/lib/thing/{a,b,c} || true
""" * 4

LLAMA3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_level_vocabulary(pre):
    """Tokens and merges of a byte-level tokenizer trained on TEXT."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    if pre in ("smollm", "gpt-2", "default"):
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        split = LLAMA3_SPLIT if pre == "llama-bpe" else LLAMA3_SPLIT.replace("{1,3}", "")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(split), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = trainers.BpeTrainer(
        vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    import json

    model = json.loads(tokenizer.to_str())["model"]
    tokens = [token for token, _ in sorted(model["vocab"].items(), key=lambda entry: entry[1])]
    return tokens, [" ".join(merge) if isinstance(merge, list) else merge for merge in model["merges"]]


def add_byte_level_tokenizer(writer, pre, *, add_bos=None, add_eos=None, unreachable=()):
    tokens, merges = byte_level_vocabulary(pre)
    tokens += unreachable
    types = [TokenType.NORMAL] * len(tokens)

    def add(token, kind):
        tokens.append(token)
        types.append(kind)
        return len(tokens) - 1

    if pre == "llama-bpe":
        bos = add("<|begin_of_text|>", TokenType.CONTROL)
        eos = add("<|end_of_text|>", TokenType.CONTROL)
        pad = add("<|finetune_right_pad_id|>", TokenType.CONTROL)
        # The reference adds this token to every byte-level vocabulary that lacks it.
        unknown = add("<|endoftext|>", TokenType.CONTROL)
    else:
        unknown = bos = add("<|endoftext|>", TokenType.CONTROL)
        add("<|im_start|>", TokenType.CONTROL)
        eos = pad = add("<|im_end|>", TokenType.CONTROL)
    add("<think>", TokenType.USER_DEFINED)
    # In plain spelling, with characters that the byte alphabet does not have. Merges do not reach the first.
    if pre != "llama-bpe":
        add("      ", TokenType.USER_DEFINED)
    add("〔用途〕", TokenType.CONTROL)
    while len(tokens) % 16:
        add(f"[PAD{len(tokens)}]", TokenType.UNUSED)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(bos)
    writer.add_eos_token_id(eos)
    writer.add_unk_token_id(unknown)
    writer.add_pad_token_id(pad)
    if add_bos is not None:
        writer.add_add_bos_token(add_bos)
    if add_eos is not None:
        writer.add_add_eos_token(add_eos)
    writer.add_chat_template("{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}")
    return len(tokens)


def add_sentencepiece_tokenizer(writer, *, with_merges=False):
    import json

    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=400, show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    pieces = [token for token, _ in sorted(model["vocab"].items(), key=lambda entry: entry[1])]
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    types = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL] + [TokenType.BYTE] * 256
    scores = [0.0] * len(tokens)
    # As SentencePiece does: merged pieces in the order of merging, then single characters.
    for piece in [p for p in pieces if len(p) > 1] + [p for p in pieces if len(p) == 1]:
        tokens.append(piece)
        types.append(TokenType.NORMAL)
        scores.append(float(-(len(tokens) - 260)))
    while len(tokens) % 16:
        tokens.append(f"[PAD{len(tokens)}]")
        types.append(TokenType.UNUSED)
        scores.append(-1e4)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_scores(scores)
    if with_merges:
        writer.add_token_merges(
            [" ".join(merge) if isinstance(merge, list) else merge for merge in model["merges"]])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    return len(tokens)


# --- Models -------------------------------------------------------------------------------------------------

HIDDEN, INTERMEDIATE, LAYERS, HEADS, KV_HEADS = 256, 512, 3, 4, 2


def stored(values, kind):
    """`values` in a stored type; for the types `gguf` cannot quantise to, random blocks of about their size."""
    if kind in (Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1):
        return quantize(values, kind)
    length, size = GGML_QUANT_SIZES[kind]
    # A scale is multiplied by a sub-scale and a quant of the type's width: this makes weights of the order of 0.05.
    scale = {Type.Q2_K: 4e-3, Type.Q3_K: 2e-3, Type.Q4_K: 2e-4, Type.Q5_K: 1e-4, Type.Q6_K: 5e-5}.get(kind, 0.05)
    rng = np.random.default_rng(values.size)
    if kind not in SCALES:
        return rng.integers(0, 256, (values.shape[0], values.shape[1] // length * size), dtype=np.uint8)
    blocks = random_blocks(kind, values.size // length, rng, scale=scale)
    return blocks.reshape(values.shape[0], values.shape[1] // length * size)


def write_model(path, architecture, *, tokenizer=None, tied=False, types=TYPES, scaling=None, version=3, **flags):
    """A tiny model; `tokenizer` is a pre-tokenizer's name, or "sentencepiece"."""
    rng = np.random.default_rng(7)
    head_dim = 128 if architecture == "qwen3" else HIDDEN // HEADS
    writer = GGUFWriter(path, architecture)
    if version != 3:
        set_version(writer, version)
    writer.add_type("model")
    writer.add_name(f"Tiny {architecture}")
    writer.add_license("apache-2.0")
    writer.add_block_count(LAYERS)
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INTERMEDIATE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(500000.0 if scaling else 1000000.0)
    if architecture == "llama":
        writer.add_rope_dimension_count(head_dim)
    if architecture == "qwen3":
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
    if tokenizer is None:
        tokenizer = "llama-bpe" if architecture == "llama" else "qwen2"
    if tokenizer == "sentencepiece":
        vocabulary = add_sentencepiece_tokenizer(writer, **flags)
    else:
        vocabulary = add_byte_level_tokenizer(writer, tokenizer, **flags)
    if architecture == "llama":
        writer.add_vocab_size(vocabulary)

    kinds = iter(types * 100)

    def matrix(name, rows, columns):
        kind = next(kinds)
        values = (rng.standard_normal((rows, columns)) * 0.05).astype(np.float32)
        writer.add_tensor(name, stored(values, kind), raw_dtype=kind)

    def vector(name, length, around):
        values = (around + rng.standard_normal(length) * 0.05).astype(np.float32)
        writer.add_tensor(name, values)

    matrix("token_embd.weight", vocabulary, HIDDEN)
    queries, keys = HEADS * head_dim, KV_HEADS * head_dim
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        vector(f"{block}.attn_norm.weight", HIDDEN, 1)
        matrix(f"{block}.attn_q.weight", queries, HIDDEN)
        matrix(f"{block}.attn_k.weight", keys, HIDDEN)
        matrix(f"{block}.attn_v.weight", keys, HIDDEN)
        if architecture == "qwen2":
            vector(f"{block}.attn_q.bias", queries, 0)
            vector(f"{block}.attn_k.bias", keys, 0)
            vector(f"{block}.attn_v.bias", keys, 0)
        if architecture == "qwen3":
            vector(f"{block}.attn_q_norm.weight", head_dim, 1)
            vector(f"{block}.attn_k_norm.weight", head_dim, 1)
        matrix(f"{block}.attn_output.weight", HIDDEN, queries)
        vector(f"{block}.ffn_norm.weight", HIDDEN, 1)
        matrix(f"{block}.ffn_gate.weight", INTERMEDIATE, HIDDEN)
        matrix(f"{block}.ffn_up.weight", INTERMEDIATE, HIDDEN)
        matrix(f"{block}.ffn_down.weight", HIDDEN, INTERMEDIATE)
    vector("output_norm.weight", HIDDEN, 1)
    if not tied:
        matrix("output.weight", vocabulary, HIDDEN)
    if scaling:
        writer.add_tensor("rope_freqs.weight", rope_factors(head_dim, **scaling))
    finish(writer)


def rope_factors(head_dim, *, factor, base=500000.0, low=1.0, high=4.0, original=8192):
    """The divisors that llama.cpp's converter stores for Llama 3's rope scaling, in its arithmetic."""
    import torch

    frequencies = 1.0 / (base ** (torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim))
    factors = []
    for frequency in frequencies:
        wave = 2 * np.pi / frequency
        if wave < original / high:
            factors.append(1)
        elif wave > original / low:
            factors.append(factor)
        else:
            smooth = (original / wave - low) / (high - low)
            factors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(factors, dtype=np.float32)


def set_version(writer, version):
    """Makes a writer claim an older version; version 2 has the same layout."""
    import gguf.gguf_writer

    original = writer.write_header_to_file

    def write(*arguments, **options):
        kept = gguf.gguf_writer.GGUF_VERSION
        gguf.gguf_writer.GGUF_VERSION = version
        try:
            original(*arguments, **options)
        finally:
            gguf.gguf_writer.GGUF_VERSION = kept

    writer.write_header_to_file = write


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("dequantisation").add_argument("path", type=pathlib.Path)
    model = commands.add_parser("model")
    model.add_argument("architecture", choices=["llama", "qwen2", "qwen3"])
    model.add_argument("path", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.command == "dequantisation":
        write_dequantisation(arguments.path)
    else:
        write_model(arguments.path, arguments.architecture)


if __name__ == "__main__":
    main()
