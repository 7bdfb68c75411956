"""Turns a SentencePiece byte-pair model into the vocabulary and merges of a `tokenizer.json`."""

import struct


def fields(message):
    """The fields of a protocol-buffer message: (number, value) with bytes for everything of given length."""
    cursor = 0

    def varint():
        nonlocal cursor
        value = shift = 0
        while True:
            byte = message[cursor]
            cursor += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while cursor < len(message):
        tag = varint()
        kind = tag & 7
        if kind == 0:
            yield tag >> 3, varint()
            continue
        length = varint() if kind == 2 else {1: 8, 5: 4}[kind]
        yield tag >> 3, message[cursor:cursor + length]
        cursor += length


def read_pieces(path):
    """The pieces in order of id: (text, score)."""
    pieces = []
    for number, value in fields(path.read_bytes()):
        if number == 1:
            piece = dict(fields(value))
            score = struct.unpack("<f", piece[2])[0] if 2 in piece else 0.0
            pieces.append((piece[1].decode("utf-8"), score))
    return pieces


def merges(pieces):
    """Every way to make each piece of two others, the best score first, as converted Llama files have it."""
    ids = {text: index for index, (text, _) in enumerate(pieces)}
    found = []
    for text, score in pieces:
        splits = [(text[:i], text[i:]) for i in range(1, len(text))]
        splits = [split for split in splits if split[0] in ids and split[1] in ids]
        splits.sort(key=lambda split: (ids[split[0]], ids[split[1]]))
        found += [(left, right, score) for left, right in splits]
    found.sort(key=lambda merge: (merge[2], len(merge[0]), len(merge[1])), reverse=True)
    return [(left, right) for left, right, _ in found]


def vocabulary(pieces):
    return {text: index for index, (text, _) in enumerate(pieces)}
