"""Damages files by the grammar of their formats: every function takes a drawing of chance and bytes, and gives other bytes.

Each table maps a kind of damage to its function. JSON is changed as a tree where the damage is one of values, and as text where it
is one of spelling; binary files are changed at the places of their structure, which their own walkers list.
"""
import codecs
import gzip
import json
import struct

import hostile_numbers
from hostile_judge import TOKEN

ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202etxt\u2066\u200f\x9b31m\u2028\U000e0041"
POINTER = (b"version https://git-lfs.github.com/spec/v1\n"
           b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n")
PAGE = (b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>\x1b[2J<h1>401 Client Error</h1> you sent "
        + TOKEN.encode() + b"</body></html>\n")
NUMBERS = [*(value for value in hostile_numbers.VALUES if value not in ['"1"', "null"]),
           "-9223372036854775809", "18446744073709551615", "1e-5", "0x10", "1_000", "+1", "01", ".5", "1.", "Infinity", "-Infinity",
           "1" * 400, "0." + "0" * 400 + "1", "1e999999999999999999999", "268435456", "1099511627776", "3", "7", "-2", "1.5"]
PATHS = ["../../../../etc/passwd", "/etc/passwd", "/dev/zero", "..", ".", "", "a/" * 3000, "x" * 300, "~/x", "$HOME/x", "%2e%2e/x",
         "CON", "a\0b", "a\nb"]
WRONG = ["null", "true", "false", '""', '"text"', "[]", "{}", "[[]]", '[""]', '{"":{}}', "[null]", '"1"', "[1,\"a\",null]", '{"a":1}']
SPECIAL = "@@HOSTILE@@"


def string(text):
    return json.dumps(text, ensure_ascii=False)


# MARK: JSON as a tree

def all_paths(document, path=()):
    yield path
    if isinstance(document, dict):
        for key, value in document.items():
            yield from all_paths(value, (*path, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from all_paths(value, (*path, index))


def drawn_path(random, document):
    """A path of the document. Members of long lists and objects stand for each other, so that small parts are drawn as often."""
    kinds = {}
    for path in all_paths(document):
        owner, crowded = document, []
        for part in path:
            crowded.append("*" if isinstance(part, int) or len(owner) > 60 else part)
            owner = owner[part]
        kinds.setdefault(tuple(crowded), []).append(path)
    return random.choice(kinds[random.choice(list(kinds))])


def at(document, path):
    for part in path:
        document = document[part]
    return document


def with_text(document, path, text):
    """The document's text with other text as the value at a path."""
    if not path:
        return text.encode("utf-8", "surrogatepass")
    document = json.loads(json.dumps(document))
    owner = at(document, path[:-1])
    owner[path[-1]] = SPECIAL
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace(
        f'"{SPECIAL}"', text).encode("utf-8", "surrogatepass")


def with_member(random, document, text):
    """The document's text with a further member of an object."""
    objects = [path for path in all_paths(document) if isinstance(at(document, path), dict)]
    if not objects:
        return json.dumps(document).encode() + text.encode()
    document = json.loads(json.dumps(document))
    owner = at(document, random.choice(objects))
    owner[SPECIAL] = SPECIAL
    member = json.dumps({SPECIAL: SPECIAL}, separators=(",", ":"))[1:-1]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace(member, text).encode("utf-8", "surrogatepass")


def replaced(texts):
    return lambda random, document: with_text(document, drawn_path(random, document), random.choice(texts))


def replaced_string(texts):
    def change(random, document):
        paths = [path for path in all_paths(document) if isinstance(at(document, path), str)]
        if not paths:
            return replaced([string(text) for text in texts])(random, document)
        path = drawn_path(random, document)
        for _ in range(40):
            if isinstance(at(document, path), str):
                break
            path = drawn_path(random, document)
        else:
            path = random.choice(paths)
        text = random.choice(texts)
        return with_text(document, path, string(at(document, path) + text if random.random() < 0.5 else text))
    return change


def replaced_number(random, document):
    paths = [path for path in hostile_numbers.paths_of_numbers(document) if path]
    if not paths:
        return replaced(NUMBERS)(random, document)
    kinds = hostile_numbers.one_of_each_kind(paths)
    return with_text(document, random.choice(kinds), random.choice(NUMBERS))


def duplicated(random, document):
    objects = [path for path in all_paths(document) if isinstance(at(document, path), dict) and at(document, path)]
    if not objects:
        return json.dumps(document).encode() * 2
    key = random.choice(list(at(document, random.choice(objects))))
    return with_member(random, document, f"{string(key)}:{random.choice([*WRONG, '1', '-1'])}")


def removed(random, document):
    path = drawn_path(random, document)
    if not path:
        return b""
    document = json.loads(json.dumps(document))
    del at(document, path[:-1])[path[-1]]
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def exchanged(random, document):
    """Two values change places."""
    first, second = drawn_path(random, document), drawn_path(random, document)
    if first[:len(second)] == second or second[:len(first)] == first:
        return with_text(document, first, "[]")
    left, right = at(document, first), at(document, second)
    document = json.loads(with_text(document, first, json.dumps(right)))
    return with_text(document, second, json.dumps(left))


def lengthened(random, document):
    """A list or an object of ten thousand members."""
    path = drawn_path(random, document)
    value = at(document, path)
    if isinstance(value, list):
        return with_text(document, path, json.dumps((value or [0]) * (10_000 // max(1, len(value)))))
    if isinstance(value, dict):
        return with_text(document, path, json.dumps({**value, **{f"k{number}": number for number in range(10_000)}}))
    return with_text(document, path, json.dumps([value] * 10_000))


TREE = {
    "another type": replaced(WRONG),
    "hostile number": replaced_number,
    "number anywhere": replaced(NUMBERS),
    "long string": replaced_string(["x" * 100_000, "é\u0301" * 30_000, "\n" * 50_000, " " * 50_000]),
    "terminal escapes": replaced_string([ESCAPES]),
    "token": replaced_string([TOKEN, f"https://user:{TOKEN}@example.org/x"]),
    "odd scalars": replaced_string(["\0", "\ufffe\uffff", "\ud800", "\U0010ffff", "\ufeff", "e\u0301" * 100, "\r\n"]),
    "path": replaced_string(PATHS),
    "markup": replaced_string(["![x](https://example.org/x.png)", "<script>alert(1)</script>", "a|b", "`$(id)`", "$(id)", "';--"]),
    "deep value": replaced(["[" * 100_000 + "]" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000, "[" * 2_000 + "]" * 2_000,
                            "[" * 100_000]),
    "duplicate key": duplicated,
    "missing member": removed,
    "unknown member": lambda random, document: with_member(
        random, document, random.choice(['"unknown":1', f'{string(ESCAPES)}:1', f'"{TOKEN}":1', '"":0', '"__proto__":{}'])),
    "values exchanged": exchanged,
    "ten thousand members": lengthened,
}


def as_tree(change):
    def changed(random, data):
        try:
            document = json.loads(data)
        except ValueError:
            return data + b"!"
        return change(random, document)
    return changed


# MARK: Text

PUNCTUATION = b'{}[]:,"\\\n\r\t;|-#&*!%@`\''


def places(data, characters=PUNCTUATION):
    return [index for index, byte in enumerate(data) if byte in characters] or [0]


def truncated(random, data):
    return data[:random.choice([random.choice(places(data)), random.choice(places(data)) + 1, len(data) // 2, max(0, len(data) - 1), 1])]


def flipped(random, data):
    if not data:
        return b"\x01"
    data = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 8])):
        data[random.choice(places(bytes(data)))] ^= 1 << random.randrange(8)
    return bytes(data)


def inserted(*texts):
    def change(random, data):
        place = random.choice([0, len(data), *[random.choice(places(data)) for _ in range(4)]])
        return data[:place] + random.choice(texts) + data[place:]
    return change


def whole(*texts):
    return lambda random, data: random.choice(texts)


def recoded(random, data):
    text = data.decode("utf-8", "replace")
    return random.choice([
        codecs.BOM_UTF8 + data, codecs.BOM_UTF8 * 2 + data, codecs.BOM_UTF16_LE + text.encode("utf-16-le", "surrogatepass"),
        codecs.BOM_UTF16_BE + text.encode("utf-16-be", "surrogatepass"), text.encode("utf-16-le", "surrogatepass"),
        text.encode("utf-32"), ("é" + text).encode("latin-1", "replace")])


def repeated(random, data):
    return data * random.choice([2, 3, 200 if len(data) < 2000 else 4])


def foreign(random, data):
    """Another format's file under this name."""
    return random.choice([
        POINTER, PAGE, b"PAR1" + bytes(60) + b"PAR1", b"PK\x03\x04" + bytes(60), b"\x28\xb5\x2f\xfd" + bytes(60), b"\x89PNG\r\n\x1a\n" + bytes(60),
        b"GGUF" + bytes(60), b"%PDF-1.7\n", b"SQLite format 3\0" + bytes(100), gzip.compress(data), gzip.compress(data)[:-9],
        b"\x80\x02}q\x00.", b"\x7fELF" + bytes(60), struct.pack("<Q", 2) + b"{}", b"BZh9" + bytes(60), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60)])


TEXT = {
    "truncated": truncated,
    "bits flipped": flipped,
    "empty": whole(b"", b"\n", b" ", b"\r\n\r\n", b"\xef\xbb\xbf"),
    "NUL": inserted(b"\0", b"\0" * 5000),
    "not UTF-8": inserted(b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80"),
    "escapes between": inserted(ESCAPES.encode(), TOKEN.encode()),
    "another encoding": recoded,
    "repeated": repeated,
    "foreign file": foreign,
    "HTML page": whole(PAGE),
    "Git LFS pointer": whole(POINTER),
    "zeros": lambda random, data: bytes(random.choice([1, 512, 70_000])),
    "noise": lambda random, data: random.randbytes(random.choice([1, 9, 300, 5000])),
    "trailing": lambda random, data: data + random.choice([b"}", b"]", b"x", b"\0", b",", b"{}", b"[" * 50_000, b"\x1b[2J"]),
}
SCALAR = {"only a value": whole(*(text.encode() for text in [*WRONG, "1", "NaN", "-", '"', "{", "[", "[" * 200_000]))}
JSON = {**{name: as_tree(change) for name, change in TREE.items()}, **TEXT, **SCALAR}


# MARK: Lines and tables

def of_a_line(changes):
    """Changes a line of JSON as a tree."""
    def change(random, data):
        lines = data.split(b"\n")
        index = random.randrange(max(1, len(lines) - 1))
        lines[index] = as_tree(random.choice(changes))(random, lines[index])
        return b"\n".join(lines)
    return change


JSON_LINES = {
    **{name: of_a_line([change]) for name, change in TREE.items()}, **TEXT, **SCALAR,
    "lines joined": lambda random, data: data.replace(b"\n", random.choice([b"", b" ", b",", b"\r", b"\0", b"\xe2\x80\xa8"])),
    "one endless line": lambda random, data: b'{"input": "' + b"x " * 150_000 + b'", "label": "safe"}\n' + data,
    "many bad lines": lambda random, data: b"not json \x1b[2J\n" * 5_000,
}


def on_field(*texts):
    """Replaces a field of a table."""
    def change(random, data):
        lines = data.split(b"\n")
        index = random.randrange(max(1, len(lines) - 1))
        separator = b"\t" if b"\t" in lines[0] else b","
        fields = lines[index].split(separator)
        fields[random.randrange(len(fields))] = random.choice(texts)
        lines[index] = separator.join(fields)
        return b"\n".join(lines)
    return change


TABLE = {
    **TEXT,
    "hostile field": on_field(*(text.encode() for text in NUMBERS), b"", b'""', b"[]", b'["a","b"]', b"['a', 'b']", b"a;b", b"a|b", b"nan"),
    "escapes in a field": on_field(ESCAPES.encode(), TOKEN.encode(), b"=cmd|' /C calc'!A0", b"![x](https://example.org)"),
    "lone quote": on_field(b'"', b'"open', b'close"', b'a"b', b'""a', b'"a"b', b'"""'),
    "quote over lines": on_field(b'"one\ntwo', b'"' + b"line\n" * 2_000, b'"a\r\nb"'),
    "more fields": on_field(b"a,b\tc", b"," * 5_000, b"\t" * 5_000, b",".join([b"x"] * 20_000)),
    "another separator": lambda random, data: data.replace(b"\t", b",").replace(b",", random.choice([b";", b"|", b"\t", b" ", b"\x1f", b"\0"])),
    "a line for Excel": lambda random, data: random.choice([b"sep=;\n", b"sep=\n", b"sep=\x1b\n", b"sep=ab\r\n", b"sep=,\n"]) + data,
    "header twice": lambda random, data: data.split(b"\n")[0] + b"\n" + data,
    "header changed": lambda random, data: random.choice([
        b"input,input,label\n", b"\tlabel\n", b"label\n", b"\x1b[2J,label\n", TOKEN.encode() + b",label\n", b"input\n", b"a,b,c\n", b"1,2\n",
        b'"input\n', b",".join(b"c%d" % number for number in range(5_000)) + b"\n"]) + data.split(b"\n", 1)[-1],
    "other line ends": lambda random, data: data.replace(b"\n", random.choice([b"\r", b"\r\n", b"\n\n", b"\n\r", b"\x0b", b"\xc2\x85"])),
    "long field": on_field(b"x" * 300_000, b'"' + b"x" * 300_000 + b'"', b'"' + b'""' * 100_000 + b'"', b'"' * 100_001),
}
PLAIN = {
    **TEXT,
    "long line": lambda random, data: b"word " * 60_000,
    "long word": lambda random, data: random.choice([b"a", b"=", "é".encode(), "好".encode(), "\u0301".encode(), b" ", b"'", b"<"]) * 60_000,
    "many lines": lambda random, data: b"\n" * 3_000 + data,
    "markup": inserted(b"<script>alert(1)</script>", b"![x](https://example.org)", b"$(id)", b"a|b"),
}

YAML = {
    **TEXT,
    "hostile value": lambda random, data: b"\n".join(
        (line.split(b":")[0] + b": " + random.choice([*NUMBERS, *WRONG, *(string(path) for path in PATHS), "~", ".nan", ".inf", "no", "0o7", "1:30"])
         .encode()) if index == random_line else line
        for random_line in [random.randrange(data.count(b"\n") or 1)] for index, line in enumerate(data.split(b"\n"))),
    "escapes in a value": lambda random, data: data + b'\noutput: "' + random.choice([b"\\x1b[2J", ESCAPES.encode(), TOKEN.encode(), b"\\u202e"]) + b'"\n',
    "unknown key": lambda random, data: data + random.choice([b"epoch: 1\n", b"bath_size: 2\n", TOKEN.encode() + b": 1\n", b"\x1b[2J: 1\n", b"? a\n: b\n", b": 1\n"]),
    "duplicate key": lambda random, data: data + random.choice([line for line in data.split(b"\n") if b":" in line]) + b"\n",
    "alias": lambda random, data: random.choice([
        b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % (c, c, *[c - 1] * 9) for c in range(98, 107)) + data,
        b"epochs: *nothing\n", b"a: &a *a\n", b"<<: *x\n", b"a: &a {b: *a}\n"]),
    "tag": inserted(b"!!python/object/apply:os.system ['id']\n", b"!!binary |\n", b"!<x> ", b"!!int "),
    "document marks": inserted(b"\n---\n", b"\n...\n", b"%YAML 9.9\n", b"\n--- |\n"),
    "deep": lambda random, data: random.choice([b"a: " + b"[" * 100_000, b"".join(b" " * depth + b"a:\n" for depth in range(1_500)), b"- " * 50_000, b"{a: " * 50_000]),
    "indentation": lambda random, data: random.choice([data.replace(b"\n", b"\n\t"), data.replace(b"\n", b"\n "), b"  " + data, b"\n  " .join(data.split(b"\n"))]),
    "block scalar": lambda random, data: data + random.choice([b"output: >\n" + b"  x\n" * 20_000, b"output: |9\n x\n", b"output: |-99\n", b"output: >+\n\n\n"]),
}


# MARK: Binary files

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
    return [(0, 8), (0, 8), *((place, 1) for place in places(data[:8 + length]) if place >= 8), (8 + length, 4)]


GGUF_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


def fields_of_gguf(data):
    """Every count, length, type, value and offset of the head; of a long list the first elements."""
    found, place = [(0, 4), (4, 4), (8, 8), (16, 8)], 24
    tensors, pairs = struct.unpack_from("<QQ", data, 8)

    def text(where):
        found.append((where, 8))
        return where + 8 + struct.unpack_from("<Q", data, where)[0]

    for _ in range(pairs):
        place = text(place)
        kind = struct.unpack_from("<I", data, place)[0]
        found.append((place, 4))
        place += 4
        if kind == 8:
            place = text(place)
        elif kind == 9:
            kind, count = struct.unpack_from("<IQ", data, place)
            found.extend([(place, 4), (place + 4, 8)])
            place += 12
            for number in range(count):
                before = len(found)
                place = text(place) if kind == 8 else place + GGUF_WIDTHS[kind]
                if number > 3:
                    del found[before:]
        else:
            found.append((place, GGUF_WIDTHS[kind]))
            place += GGUF_WIDTHS[kind]
    for _ in range(tensors):
        place = text(place)
        rank = struct.unpack_from("<I", data, place)[0]
        found += [(place, 4), *((place + 4 + 8 * number, 8) for number in range(rank)), (place + 4 + 8 * rank, 4), (place + 8 + 8 * rank, 8)]
        place += 16 + 8 * rank
    return found


INTEGERS = [0, 1, 2, 3, -1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**53, 2**60, 2**61 + 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64 - 32, 255, 65535, 64]


def binary(fields):
    """Damage to a file whose structure is at the places that `fields` lists."""
    def set_field(random, data):
        place, width = random.choice(fields(data))
        data = bytearray(data)
        data[place:place + width] = (random.choice(INTEGERS) % 2**(8 * min(width, 8))).to_bytes(width, "little")
        return bytes(data)

    def copied_field(random, data):
        """Offsets that overlap, equal names, sizes of others."""
        width = random.choice([4, 8])
        of_width = [place for place, size in fields(data) if size == width] or [0]
        source, target = random.choice(of_width), random.choice(of_width)
        return data[:target] + data[source:source + width] + data[target + width:]

    def nudged(random, data):
        place, width = random.choice(fields(data))
        value = int.from_bytes(data[place:place + width], "little") + random.choice([-1, 1, -32, 32, 64])
        return data[:place] + (value % 2**(8 * width)).to_bytes(width, "little") + data[place + width:]

    def flipped_field(random, data):
        place, width = random.choice(fields(data))
        data = bytearray(data)
        data[min(len(data) - 1, place + random.randrange(max(1, width)))] ^= 1 << random.randrange(8)
        return bytes(data)

    def cut(random, data):
        place, width = random.choice(fields(data))
        return data[:random.choice([place, place + width // 2, place + width, len(data) - 1, len(data) // 2])]

    def spread(random, data):
        place, _ = random.choice(fields(data))
        return data[:place] + random.choice([b"\0" * 8, ESCAPES.encode(), b"\xff" * 64, TOKEN.encode()]) + data[place:]

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
        place = start + len(bits) * random.randrange((end - start) // len(bits))
        payload[place:place + len(bits)] = bits
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(payload)


SAFETENSORS = {**binary(fields_of_safetensors), **{f"header: {name}": header_of_safetensors(name) for name in [*TREE, "truncated", "bits flipped", "NUL", "trailing"]},
               "offsets": offsets_of_safetensors, "not a number": numbers_of_safetensors}


def metadata_of_apr(name):
    def change(random, data):
        size = struct.unpack_from("<I", data, 20)[0]
        return hostile_numbers.apr_with_metadata(data, JSON[name](random, data[64:64 + size]))
    return change


APR = {**binary(fields_of_apr), **{f"metadata: {name}": metadata_of_apr(name) for name in [*TREE, "truncated", "bits flipped", "NUL"]}}
GGUF = binary(fields_of_gguf)
