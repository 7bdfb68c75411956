"""Damages binary files at the offsets of their structure, which a walker of each format lists, and the JSON within them."""
import json
import struct

import hostile_numbers
from hostile_judge import TOKEN
from hostile_mutations import ESCAPES, JSON, TEXT, TREE, offsets

def fields_of_apr(data):
    count, index = struct.unpack_from("<I", data, 8)[0], struct.unpack_from("<Q", data, 24)[0]
    found = [(0, 4), *((offset, struct.calcsize(code)) for offset, code in hostile_numbers.APR_FIELDS.values()), (40, 4), (44, 20)]
    for _ in range(count):
        length = struct.unpack_from("<H", data, index)[0]
        rank = data[index + 3 + length]
        found += [(index, 2), (index + 2, length), (index + 2 + length, 1), (index + 3 + length, 1)]
        found += [(index + 4 + length + 8 * number, 8) for number in range(rank + 2)]
        index += 4 + length + 8 * (rank + 2)
    return [*found, (len(data) - 4, 4)]


def fields_of_safetensors(data):
    length = struct.unpack_from("<Q", data)[0]
    return [(0, 8), (0, 8), *((offset, 1) for offset in offsets(data[:8 + length]) if offset >= 8), (8 + length, 4)]


GGUF_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


def fields_of_gguf(data):
    """Every count, length, type, value and offset of the head; of a long list the first elements."""
    found, offset = [(0, 4), (4, 4), (8, 8), (16, 8)], 24
    tensors, pairs = struct.unpack_from("<QQ", data, 8)

    def text(where):
        found.append((where, 8))
        return where + 8 + struct.unpack_from("<Q", data, where)[0]

    for _ in range(pairs):
        offset = text(offset)
        kind = struct.unpack_from("<I", data, offset)[0]
        found.append((offset, 4))
        offset += 4
        if kind == 8:
            offset = text(offset)
        elif kind == 9:
            kind, count = struct.unpack_from("<IQ", data, offset)
            found.extend([(offset, 4), (offset + 4, 8)])
            offset += 12
            for number in range(count):
                before = len(found)
                offset = text(offset) if kind == 8 else offset + GGUF_WIDTHS[kind]
                if number > 3:
                    del found[before:]
        else:
            found.append((offset, GGUF_WIDTHS[kind]))
            offset += GGUF_WIDTHS[kind]
    for _ in range(tensors):
        offset = text(offset)
        rank = struct.unpack_from("<I", data, offset)[0]
        found += [(offset, 4), *((offset + 4 + 8 * number, 8) for number in range(rank)), (offset + 4 + 8 * rank, 4), (offset + 8 + 8 * rank, 8)]
        offset += 16 + 8 * rank
    return found


INTEGERS = [0, 1, 2, 3, -1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**53, 2**60, 2**61 + 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64 - 32, 255, 65535, 64]


def binary(fields):
    """Damage to a file whose structure is at the offsets that `fields` lists."""
    def set_field(random, data):
        offset, width = random.choice(fields(data))
        data = bytearray(data)
        data[offset:offset + width] = (random.choice(INTEGERS) % 2**(8 * min(width, 8))).to_bytes(width, "little")
        return bytes(data)

    def copied_field(random, data):
        """Offsets that overlap, equal names, sizes of others."""
        width = random.choice([4, 8])
        of_width = [offset for offset, size in fields(data) if size == width] or [0]
        source, target = random.choice(of_width), random.choice(of_width)
        return data[:target] + data[source:source + width] + data[target + width:]

    def nudged(random, data):
        offset, width = random.choice(fields(data))
        value = int.from_bytes(data[offset:offset + width], "little") + random.choice([-1, 1, -32, 32, 64])
        return data[:offset] + (value % 2**(8 * width)).to_bytes(width, "little") + data[offset + width:]

    def flipped_field(random, data):
        offset, width = random.choice(fields(data))
        data = bytearray(data)
        data[min(len(data) - 1, offset + random.randrange(max(1, width)))] ^= 1 << random.randrange(8)
        return bytes(data)

    def cut(random, data):
        offset, width = random.choice(fields(data))
        return data[:random.choice([offset, offset + width // 2, offset + width, len(data) - 1, len(data) // 2])]

    def spread(random, data):
        offset, _ = random.choice(fields(data))
        return data[:offset] + random.choice([b"\0" * 8, ESCAPES.encode(), b"\xff" * 64, TOKEN.encode()]) + data[offset:]

    return {"field set": set_field, "field of another": copied_field, "field nudged": nudged, "field flipped": flipped_field,
            "cut at a field": cut, "bytes inserted": spread,
            **{name: TEXT[name] for name in ["empty", "repeated", "foreign file", "HTML page", "Git LFS pointer", "zeros", "noise"]},
            "trailing": lambda random, data: data + random.choice([b"\0", b"x" * 64, bytes(4096), b"{}"])}


def header_of_safetensors(name):
    """Damages the header as JSON, and keeps its length right."""
    def change(random, data):
        length = struct.unpack_from("<Q", data)[0]
        text = JSON[name](random, data[8:8 + length])
        return struct.pack("<Q", len(text)) + text + data[8 + length:]
    return change


def offsets_of_safetensors(random, data):
    """Offsets that overlap, leave gaps, are swapped or overflow."""
    header, payload = hostile_numbers.safetensors_header(data)
    names = [name for name in header if name != "__metadata__"]
    entry, other = header[random.choice(names)], header[random.choice(names)]
    start, end = entry["data_offsets"]
    entry["data_offsets"] = random.choice([
        other["data_offsets"], [end, start], [start + 4, end], [start, end + 4], [0, len(payload)], [start, 2**63 - 1], [2**63, 2**63 + 4],
        [-4, end], [start, end, end], [start], [len(payload), len(payload) + end - start], [start + 1, end + 1]])
    if random.random() < 0.3:
        entry["shape"] = random.choice([[2**32, 2**32], [2**62, 4], [0], [], [-1], entry["shape"][::-1], [1] * 40, [2**63]])
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + payload


def numbers_of_safetensors(random, data):
    """Weights that are no numbers."""
    header, payload = hostile_numbers.safetensors_header(data)
    payload = bytearray(payload)
    entry = header[random.choice([name for name in header if name != "__metadata__"])]
    pattern = random.choice([{"BF16": b"\xc0\x7f", "F16": b"\0\x7e", "F32": b"\0\0\xc0\x7f"}, {"BF16": b"\x80\x7f", "F16": b"\0\x7c", "F32": b"\0\0\x80\x7f"}])
    start, end = entry["data_offsets"]
    bits = pattern.get(entry["dtype"])
    if bits and end > start:
        offset = start + len(bits) * random.randrange((end - start) // len(bits))
        payload[offset:offset + len(bits)] = bits
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(payload)


# The header is text but for its length: "offsets" below does to it what "field of another" does to other formats.
SAFETENSORS = {**{name: change for name, change in binary(fields_of_safetensors).items() if name != "field of another"}, **{f"header: {name}": header_of_safetensors(name) for name in [*TREE, "truncated", "bits flipped", "NUL", "trailing"]},
               "offsets": offsets_of_safetensors, "not a number": numbers_of_safetensors}


def metadata_of_apr(name):
    def change(random, data):
        size = struct.unpack_from("<I", data, 20)[0]
        return hostile_numbers.apr_with_metadata(data, JSON[name](random, data[64:64 + size]))
    return change


APR = {**binary(fields_of_apr), **{f"metadata: {name}": metadata_of_apr(name) for name in [*TREE, "truncated", "bits flipped", "NUL"]}}
GGUF = binary(fields_of_gguf)
