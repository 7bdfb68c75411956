"""Damages files by the grammar of their formats: every function takes a drawing of chance and bytes, and gives other bytes.

Each table maps a kind of damage to its function. JSON is changed as a tree where the damage is one of values, and as text where it
is one of spelling; hostile_binaries.py has the binary formats.
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
    """Two values change offsets."""
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


def offsets(data, characters=PUNCTUATION):
    return [index for index, byte in enumerate(data) if byte in characters] or [0]


def truncated(random, data):
    return data[:random.choice([random.choice(offsets(data)), random.choice(offsets(data)) + 1, len(data) // 2, max(0, len(data) - 1), 1])]


def flipped(random, data):
    if not data:
        return b"\x01"
    data = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 8])):
        data[random.choice(offsets(bytes(data)))] ^= 1 << random.randrange(8)
    return bytes(data)


def inserted(*texts):
    def change(random, data):
        offset = random.choice([0, len(data), *[random.choice(offsets(data)) for _ in range(4)]])
        return data[:offset] + random.choice(texts) + data[offset:]
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
