"""Turns a tiktoken rank file into the vocabulary and merges of a `tokenizer.json`."""

import base64


def byte_alphabet():
    """The printable stand-in of each byte in byte-level tokenizers."""
    plain = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


ALPHABET = byte_alphabet()


def written(token):
    return "".join(ALPHABET[byte] for byte in token)


def read_ranks(path):
    ranks = {}
    for line in path.read_bytes().splitlines():
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)
    return ranks


def last_merge(token, ranks):
    """The pair whose merge makes `token`, when only tokens of lower rank may be used."""
    parts = [bytes([byte]) for byte in token]
    while len(parts) > 2:
        best = min(
            (ranks[parts[i] + parts[i + 1]], i)
            for i in range(len(parts) - 1)
            if ranks.get(parts[i] + parts[i + 1], ranks[token]) < ranks[token]
        )[1]
        parts[best:best + 2] = [parts[best] + parts[best + 1]]
    return parts


def single_merges(ranks):
    """One merge for each token, as the published Qwen2 files have it."""
    return [tuple(map(written, last_merge(token, ranks))) for token in sorted(ranks, key=ranks.get) if len(token) > 1]


def all_merges(ranks):
    """Every way to make each token of two others, as the published Llama 3 files have it."""
    merges = []
    for token in sorted(ranks, key=ranks.get):
        splits = [(token[:i], token[i:]) for i in range(1, len(token))]
        splits = [split for split in splits if split[0] in ranks and split[1] in ranks]
        splits.sort(key=lambda split: (ranks[split[0]], ranks[split[1]]))
        merges += [(written(left), written(right)) for left, right in splits]
    return merges


def vocabulary(ranks):
    return {written(token): rank for token, rank in sorted(ranks.items(), key=lambda item: item[1])}
