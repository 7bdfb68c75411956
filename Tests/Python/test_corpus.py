"""Corpora as Python sees them: the content hash from its definition, and what a million lines cost."""
import hashlib
import json
import random
import struct

import pytest

import support


def corpus(path, share=0.2, seed=42, **options):
    # The shell in between is small: what a large process held counts as the peak of the processes that it starts.
    command = ["sh", "-c", '"$0" "$@"; exit $?', support.PROBE, "corpus", path, share, seed]
    return json.loads(support.execute(*command, **options).stdout)


def content_hash(rows):
    """APR format, data_hash: (text, label) pairs sorted, text in UTF-8, a zero byte, label as eight bytes."""
    digest = hashlib.sha256()
    for text, label in sorted((text.encode(), label) for text, label in rows):
        digest.update(text + b"\0" + struct.pack("<Q", label))
    return "sha256:" + digest.hexdigest()


def test_hash_and_counts_of_a_unicode_corpus(probe_program, tmp_path):
    dice = random.Random(3)
    alphabet = "abc \n\"\\\té\u0301日本😀\u2028\x7f\x00"
    rows = [("".join(dice.choices(alphabet, k=dice.randrange(12))), dice.randrange(3)) for _ in range(2_000)]
    path = support.write_jsonl(tmp_path / "c.jsonl", [{"input": text, "label": label} for text, label in rows])
    ours = corpus(path)
    assert ours["examples"] == 2_000
    assert ours["counts"] == [sum(label == index for _, label in rows) for index in range(3)]
    assert ours["hash"] == content_hash(rows)


def test_string_labels_are_sorted_as_python_sorts_them(probe_program, tmp_path):
    names = ["b", "é", "Z", "a b", "😀", "日本", "_", "B", "z"]
    rows = [{"text": f"{name} {n}", "label": name} for name in names for n in range(3)]
    ours = corpus(support.write_jsonl(tmp_path / "c.jsonl", rows))
    assert ours["labels"] == sorted(names)


def test_csv_as_pythons_writer_makes_it_reads_as_json_lines_do(probe_program, tmp_path):
    import csv

    dice = random.Random(4)
    alphabet = "abc ,\t\n\r\"'é日"
    rows = [("".join(dice.choices(alphabet, k=dice.randrange(1, 12))), dice.choice("xyz")) for _ in range(500)]
    lines = support.write_jsonl(tmp_path / "c.jsonl", [{"input": text, "label": label} for text, label in rows])
    expected = corpus(lines)
    for name, dialect in (("c.csv", "excel"), ("c.tsv", "excel-tab"), ("u.csv", "unix")):
        with open(tmp_path / name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, dialect=dialect).writerows([("text", "label"), *rows])
        ours = corpus(tmp_path / name)
        assert (ours["hash"], ours["labels"], ours["counts"]) == (expected["hash"], expected["labels"], expected["counts"])


def test_a_dash_reads_json_lines_from_standard_input(probe_program):
    lines = "".join(json.dumps({"input": f"text {n}", "label": n % 2}) + "\n" for n in range(10))
    assert corpus("-", input=lines)["counts"] == [5, 5]
    refused = support.execute(support.PROBE, "corpus", "-", 0.2, 42, input=lines + "{}", expect=1)
    assert refused.stderr.startswith("standard input:11: missing \"input\" or \"text\"; expected ")


@pytest.mark.parametrize("extension", ["jsonl", "csv"])
def test_a_million_lines_are_read_in_memory_of_their_content(probe_program, tmp_path, extension):
    count, path = 1_000_000, tmp_path / f"million.{extension}"
    with open(path, "w", encoding="utf-8") as file:
        if extension == "csv":
            file.write("text,label\n")
        for number in range(count):
            text = f"sample number {number:07} with a text of ordinary length, such as a line of a script"
            file.write(f'{{"input": "{text}", "label": {number % 5}}}\n' if extension == "jsonl" else f'"{text}",{number % 5}\n')
    ours = corpus(path, timeout=300)
    assert ours["examples"] == count
    assert ours["counts"] == [count // 5] * 5
    assert ours["validation"] == [count // 25] * 5
    # 81 bytes of text a row; 1 KiB holds it twice over with every index the split needs.
    assert ours["peak_bytes"] < count * 1_024
    print(extension, {key: ours[key] for key in ("peak_bytes", "read_seconds", "split_seconds")})
