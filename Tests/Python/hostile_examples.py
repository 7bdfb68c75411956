"""The named cases of the campaign: what the program was seen to do wrong, by letter and number of the list of faults.

Each makes a world, runs one command, and says beyond the judge what must come of it: an exit status, words of the message, or a look
at the outcome.
"""
import dataclasses
import gzip
import json
import re

import hostile_judge
import hostile_mutations as mutations
import hostile_numbers
import hostile_world
import raw_server
from hostile_formats import EVAL, MERGE, PLAN, PREDICT, RESUME, RUNS, TOKENIZE, VERIFY

FORMAT = "examples"


@dataclasses.dataclass(frozen=True)
class Example:
    """One of them. `status` is None where both a result and a message are right."""
    name: str
    prepare: object
    command: list
    status: object = None
    words: tuple = ()
    look: object = None
    size: int = 0
    format: str = FORMAT

    def __str__(self):
        return f"{self.format}/{self.name}"

    def judge(self, campaign, launcher, world):
        import hostile_input
        campaign.template.copy(world, [*RUNS, "corpus.csv", "corpus.tsv", "base.gguf"])
        changes = self.prepare(world) or {}
        server = changes.pop("server", None)
        environment = hostile_world.environment(world, **changes)
        if server:
            with raw_server.serve(server) as endpoint:
                outcome = launcher.run(
                    hostile_input.placed(self.command, world), {**environment, "HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": ""}, world)
        else:
            outcome = launcher.run(hostile_input.placed(self.command, world), environment, world, wall=40, cpu=campaign.limits_of(self.command).of(self.size)[0] + 1)
        wrong = hostile_judge.complaints(outcome, campaign.limits_of(self.command), arguments=self.command, size=self.size)
        if self.status is not None and outcome.status != self.status and not wrong:
            wrong.append(f"exit status {outcome.status} instead of {self.status}: {(outcome.output + outcome.errors)[-300:]!r}")
        said = " ".join((outcome.output + " " + outcome.errors).split())
        missing = [word for word in self.words if not re.search(word, said)]
        if missing:
            wrong.append(f"does not say what to do: {missing} is not in {said[-300:]!r}")
        if self.look:
            problem = self.look(world, outcome)
            wrong += [problem] if problem else []
        return hostile_input.Result(self, self.name, " ".join(self.command), outcome, tuple(wrong))


# MARK: What is prepared

def number(file, site, literal):
    def prepare(world):
        change = hostile_numbers.FILES[file][0]
        change(world / file, site, literal)
        if "/best/" in file:
            hostile_numbers.sign_manifest((world / file).parent)
    return prepare


def nothing(world):
    return None


def writes(file, content):
    def prepare(world):
        (world / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    return prepare


def edits(file, change, sign=False):
    """Changes a JSON document."""
    def prepare(world):
        document = json.loads((world / file).read_text())
        change(document)
        (world / file).write_text(json.dumps(document))
        if sign:
            hostile_numbers.sign_manifest((world / file).parent)
    return prepare


def instead(file, kind):
    def prepare(world):
        import hostile_formats
        (world / file).unlink(missing_ok=True)
        hostile_formats.INSTEAD[kind](world / file)
    return prepare


def renames(*pairs):
    def prepare(world):
        for old, new in pairs:
            (world / old).rename(world / new)
    return prepare


def tensors(file, change, metadata=None):
    def prepare(world):
        content = hostile_world.read_safetensors(world / file)
        hostile_world.write_safetensors(world / file, change(content) or content, metadata)
        if (world / file).parent.joinpath("manifest.json").exists():
            hostile_numbers.sign_manifest((world / file).parent)
    return prepare


def not_a_number(name):
    def change(content):
        full = next(key for key in content if name in key)
        dtype, shape, data = content[full]
        bits = {"BF16": b"\xc0\x7f", "F32": b"\0\0\xc0\x7f"}[dtype]
        content[full] = (dtype, shape, data[:len(bits) * 5] + bits + data[len(bits) * 6:])
    return change


def bare_adapter(world):
    """The checkpoint as PEFT alone would have written it."""
    best = world / "run" / "best"
    for file in best.iterdir():
        if file.name not in ["adapter_config.json", "adapter_model.safetensors"]:
            file.unlink()
    return best


def adapter(change):
    def prepare(world):
        best = bare_adapter(world)
        document = json.loads((best / "adapter_config.json").read_text())
        document["base_model_name_or_path"] = str(world / "base")
        change(best, document)
        if (best / "adapter_config.json").exists():
            (best / "adapter_config.json").write_text(json.dumps(document))
    return prepare


def one_logit(best, document):
    content = hostile_world.read_safetensors(best / "adapter_model.safetensors")
    name = next(name for name in content if "score" in name)
    dtype, (_, width), data = content[name]
    hostile_world.write_safetensors(best / "adapter_model.safetensors", {**content, name: (dtype, [1, width], data[:width * 4])})


def rows(labels, name="corpus.jsonl"):
    return writes(name, "".join(json.dumps({"input": f"text {index} of {label}", "label": label}) + "\n"
                                for index, label in enumerate(labels * 8)))


def table(name, separator, head=""):
    return writes(name, head + f"input{separator}label\n" + "".join(
        f"text {index}{separator}{'ab'[index % 2]}\n" for index in range(24)))


QUOTED = "".join(f"{text}\t{label}\n" for text, label in [
    ("input", "label"), ('"open', "a"), ("two", "b"), ("three", "a"), ('four"', "b"), *((f"row {n}", "ab"[n % 2]) for n in range(9))])


def manifest_of(files):
    def prepare(world):
        path = world / "run" / "best" / "manifest.json"
        document = json.loads(path.read_text())
        document["files"] = {name: document["files"][name] for name in files}
        path.write_text(json.dumps(document))
        import hostile_formats
        hostile_formats.sign_document(path)
    return prepare


def prepends(world):
    document = json.loads((world / "base" / "tokenizer.json").read_text())
    document["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "x" * 50_000}] * 32}
    (world / "base" / "tokenizer.json").write_text(json.dumps(document))


def answers(body, status=b"200 OK"):
    return lambda world: {"server": raw_server.answer(body, status)}


def hostile_name(content):
    return {**content, mutations.ESCAPES: ("F32", [1], bytes(4))}


def text_of_labels(world, outcome):
    card = (world / "new" / "last" / "README.md")
    text = card.read_text().split("\n---\n", 1)[-1] if card.exists() else ""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
    if "![x](https://example.org/x.png)" in text or re.search(r"^\| a\|b \|", text, re.M):
        return "live Markdown in the card: a label's image or bar"
    return None


def learns(corpus="corpus.jsonl", *extra):
    return ["finetune", "{w}/base", "--data", "{w}/" + corpus, "--plan", "-o", "{w}/new", *extra]


STEP = ["finetune", "{w}/base", "--data", "{w}/corpus.jsonl", "--max-steps", "1", "--rank", "1", "--quiet", "-o", "{w}/new"]
BIG, HUGE = str(2**62), str(2**63 - 1)
POINTER = mutations.POINTER

EXAMPLES = [
    Example("A6: quotes in TSV", writes("corpus.tsv", QUOTED), ["predict", "{w}/run/best", "--base", "{w}/base", "--data", "{w}/corpus.tsv", "--json"],
            0, look=lambda _, outcome: None if len(outcome.output.splitlines()) == 13 else f"rows vanish: {len(outcome.output.splitlines())} of 13"),
    Example("A7: NaN in the base, predict", lambda world: (
        adapter(lambda *_: None)(world), tensors("base/model.safetensors", not_a_number("layers.1.mlp.up_proj"))(world)) and None, PREDICT, 65, ("layers.1.mlp.up_proj", )),
    Example("A7: NaN in the base, training", tensors("base/model.safetensors", not_a_number("model.norm")), STEP, 65, ("model.norm.weight", )),
    Example("A7: NaN in the adapter, merge", adapter(lambda best, _: tensors("adapter_model.safetensors", not_a_number("lora_B"))(best)), MERGE, 65, ("lora_B", )),
    Example("A7: NaN in a GGUF file", lambda world: damage_gguf(world / "base.gguf"), ["import", "{w}/base.gguf", "-o", "{w}/imported"], 65,
            ("NaN|infinity", r"\.weight")),
    Example("A8: lists in CSV", writes("corpus.csv", "input,label\n" + "".join(f"t {n},{'a;b' if n % 2 else 'a'}\n" for n in range(20))),
            learns("corpus.csv", "--multi-label"), 65, ("label-separator", )),
    *(Example(f"D1: {site[-1]} of {value} in {file}, {command[0]}", number("run/" + file, site, value), command) for file, site, value, command in [
        ("report.json", ("evaluation", "classes", 0, "support"), "-1", ["report", "{w}/run"]),
        ("report.json", ("evaluation", "classes", 0, "support"), "-1", RESUME),
        ("report.json", ("evaluation", "classes", 0, "predicted"), HUGE, ["report", "{w}/run"]),
        ("report.json", ("evaluation", "bins", 9, "count"), HUGE, RESUME),
        ("report.json", ("lengths", "longest"), HUGE, RESUME),
        ("metrics.jsonl", ("all", "step", "tokens"), BIG, RESUME),
        ("metrics.jsonl", ("all", "step", "tokens"), BIG, ["monitor", "{w}/run", "--once"]),
        ("metrics.jsonl", ("all", "step", "tokens"), BIG, ["runs", "{w}"]),
        ("metrics.jsonl", ("last", "step", "loss"), "1e308", ["report", "{w}/run"]),
        ("best/metadata.json", ("seconds",), "1e308", VERIFY)]),
    Example("D1: epochs", nothing, [*PLAN, "--epochs", "922337203685477581"]),
    Example("D1: an HTTP status below 100", lambda world: {"server": b"HTTP/1.1 42 X\r\nContent-Length: 3\r\n\r\nabc"}, ["pull", "org/model"]),
    Example("D2: 32 long Prepend normalizers", prepends, TOKENIZE, size=1_600_000),
    Example("D2: 2^28 positions in model.apr", number("run/best/model.apr", ("metadata", "max_seq_length"), "268435456"), PREDICT),
    *(Example(f"D2: a pipe in place of {file}", instead("run/" + file, "a pipe instead"), ["runs", "{w}"]) for file in ["metrics.jsonl", "run.json"]),
    Example("D4: escapes in a tensor's name", tensors("base/model.safetensors", hostile_name), ["inspect", "{w}/base/model.safetensors", "--tensors"]),
    Example("D4: escapes in metadata", tensors("base/model.safetensors", lambda content: None, {mutations.ESCAPES: mutations.ESCAPES}),
            ["inspect", "{w}/base/model.safetensors"]),
    Example("D4: escapes in a server's error", answers(json.dumps({"error": f"no {mutations.ESCAPES} model"}).encode(), b"400 Bad Request"), ["pull", "org/model"]),
    Example("D4: a server that echoes the token", answers(json.dumps({"error": "you sent " + hostile_judge.TOKEN}).encode(), b"403 Forbidden"), ["pull", "org/model"]),
    Example("D4: a token in a path", nothing, ["inspect", "{w}/no-" + hostile_judge.TOKEN]),
    Example("D4: Markdown in labels", rows(["![x](https://example.org/x.png)", "a|b"]), STEP, 0, look=text_of_labels),
    Example("D5: a manifest that lists nothing", manifest_of([]), VERIFY, 65),
    Example("D5: a manifest of the README alone", manifest_of(["README.md"]), VERIFY, 65),
    Example("D5: files that are not listed", writes("run/best/extra.bin", "x"), VERIFY, 0, ("extra.bin", )),
    Example("E: cut gzip", writes("corpus.jsonl.gz", gzip.compress(b'{"input": "a", "label": "b"}\n' * 50)[:-20]), learns("corpus.jsonl.gz"), 65, ("gzip", )),
    Example("E: gzip", writes("corpus.jsonl.gz", gzip.compress(b'{"input": "a", "label": "b"}\n{"input": "c", "label": "d"}\n' * 12)), learns("corpus.jsonl.gz"), 0),
    Example("E: Parquet", writes("corpus.parquet", b"PAR1" + bytes(200) + b"PAR1"), learns("corpus.parquet"), 65, ("(?i)parquet", )),
    Example("E: Excel", writes("corpus.xlsx", b"PK\x03\x04" + bytes(200)), learns("corpus.xlsx"), 65, ("xlsx.*CSV", )),
    Example("E: a pretty JSON array", writes("corpus.json", json.dumps([{"input": f"t {n}", "label": "ab"[n % 2]} for n in range(20)], indent=2)), learns("corpus.json"), 0),
    Example("E: semicolons in CSV", table("corpus.csv", ";"), learns("corpus.csv"), 0),
    Example("E: Excel's separator line", table("corpus.csv", ";", "sep=;\n"), learns("corpus.csv"), 0),
    Example("E: a CSV named .txt", table("corpus.txt", ","), learns("corpus.txt"), 65, ("--format", )),
    Example("E: labels from 1", rows([1, 2, 3]), learns(), 0, ("0", )),
    Example("E: labels with gaps", rows([0, 5]), learns(), None),
    *(Example(f"E: a pointer in place of {file}", writes("base/" + file, POINTER), learns(), 65, ("LFS", file))
      for file in ["model.safetensors", "tokenizer.json", "config.json"]),
    Example("E: torch's weights", renames(("base/model.safetensors", "base/pytorch_model.bin")), learns(), 65, ("pytorch_model.bin", "safetensors")),
    Example("E: SentencePiece alone", renames(("base/tokenizer.json", "base/tokenizer.model")), learns(), 65, ("tokenizer.model", )),
    Example("E: an adapter as base", nothing, ["finetune", "{w}/run/best", "--data", "{w}/corpus.jsonl", "--plan"], 65, ("base", )),
    Example("E: an adapter of one logit", adapter(one_logit), PREDICT, 65, ("one output|regression", )),
    Example("E: an adapter without a task", adapter(lambda _, document: document.update(task_type=None)), PREDICT, 65, ("task_type", )),
    Example("E: torch's adapter", adapter(lambda best, _: (best / "adapter_model.safetensors").rename(best / "adapter_model.bin")), PREDICT, 65, ("adapter_model.bin", )),
    Example("E: a seed of -1", nothing, [*PLAN, "--seed", "-1"], 64, ("--seed", "-1")),
    Example("E: a mark of byte order in YAML", writes("settings.yaml", b"\xef\xbb\xbfepochs: 2\n"), [*PLAN, "--config", "{w}/settings.yaml"], 0),
    Example("E: a limit that cannot be raised", lambda world: (
        edits("base/config.json", lambda config: config.update(max_position_embeddings=16))(world),
        rows(["a " * 40, "b"])(world)) and None, learns("corpus.jsonl", "--max-seq-length", "16"), 0,
        look=lambda _, outcome: "advises to raise a limit that the base does not have" if re.search("raise --max", outcome.errors + outcome.output) else None),
    Example("E: classes that the test set lacks", writes("test.jsonl", '{"input": "ls", "label": "safe"}\n' * 6), EVAL, 0, ("(?i)no (row|example)|without|lack|absent", )),
]


def damage_gguf(path):
    """A NaN in the last tensor."""
    data = bytearray(path.read_bytes())
    data[-8:-4] = b"\0\0\xc0\x7f"
    path.write_bytes(bytes(data))


def all_examples():
    return EXAMPLES
