"""Writes Tests/TextTokenizationTests/ToyTokenizers.swift: small tokenizers, and what the pinned library makes of texts.

    python Tools/vocab/make_toys.py              # encodes anew with the tokenizers in the file
    python Tools/vocab/make_toys.py --retrain    # trains them anew first; training breaks ties by chance
    python Tools/vocab/make_toys.py --check      # fails if the file is not what would be written
"""

import argparse
import json
import pathlib
import sys

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tools" / "unicode"))

import probe  # noqa: E402

OUTPUT = ROOT / "Tests/TextTokenizationTests/ToyTokenizers.swift"
MODERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")

CORPUS = [
    "for f in *.txt; do rm -rf \"$dir/$f\"; done\nif [ -z \"$x\" ]; then exit 1; fi\n" * 3,
    "the quick brown fox doesn't jump over the lazy dog; we'll see, they've said, I'm sure it's there.",
    "The THE the there then them 1 12 123 1234 2024-11-23 3.14159 0xFF",
    "Été naïve façade Ångström čeština быстрая лиса γρήγορη αλεπού 敏捷的棕色狐狸 すばやい 빠른 갈색 여우 الثعلب",
    "    indented\n\t\ttabs\r\nwindows\r\n\n\nlines   with   spaces  ",
] * 4

TEXTS = [
    "", " ", "\n", "\r\n", "\0", "a", "the", " the", "  the", "the ", "the  ", "don't we'll THEY'VE I'M it'S he'd 'sup 'ſx x'ſ",
    "rm -rf \"$dir\"/*.txt\n", "\tif [ -z \"$1\" ]; then\r\n\t\texit 1\r\nfi\r\n", "a\n\n\nb", "a  \n  b", "a \u3000 b", "\u00a0\u2003x",
    "1 12 123 1234 12345 ½ ² Ⅻ ① ٣٤ 𝟘 ୭୨ 〇", "3.14159, 1e-5; 0xFF",
    "e\u0301 e\u0301\u0323 \u0344 \u212b \u1e69 s\u0323\u0307 s\u0307\u0323 \ufb1d \uf900", "\u0301leading \u1100\u1161\u11a8 각 \u1112\u1161\u11ab",
    "ﬁ ﬃ ½ ™ ｶﾞ ㌀ ﷺ", "İSTANBUL ΟΔΥΣΣΕΥΣ ẞ Ǆ",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 1️⃣", "\x01\x1b[0m\x7f\u0085\u009f", "\ufffe\uffff\ufdd0\U0001fffe\U0010ffff\ue000\u0378\U000e0001", "\ufeffbom",
    "<s>", "<s>x</s>", "a<s> b </s>c", " [L] [R] [LR] [W] [S] ", "x[W]y [W] .[W]. é[W]", "a [LR]  [LR] b", "[R]   [L]x", "été ÉTÉ Été été",
    "[N] [n]", "<|end", "<|end|>", "x<|end|><|end|>y", "ing sing ing. -ing-",
    "敏捷的棕色狐狸跳过懒狗", "быстрая коричневая лиса", "สุนัขจิ้งจอก", "तेज भूरी लोमड़ी", "شعلة", "▁a▁▁b ▁", "Ġa Ċ",
    "a" * 60, "ab" * 30, " " * 60, "the" * 20, "é" * 26, "a\u0323\u0301" * 10, "=" * 60 + "\n",
]

FLAGS = [
    AddedToken("[L]", lstrip=True), AddedToken("[R]", rstrip=True), AddedToken("[LR]", lstrip=True, rstrip=True, normalized=False),
    AddedToken("[W]", single_word=True), AddedToken("[N]"), AddedToken("Été"), AddedToken("ing", single_word=True, normalized=False),
    AddedToken("[S]", special=True, lstrip=True, normalized=False),
]


def trained(model, size, specials=(), alphabet=(), limit=None):
    options = {"limit_alphabet": limit} if limit else {}
    trainer = trainers.BpeTrainer(
        vocab_size=size, show_progress=False, special_tokens=list(specials), initial_alphabet=list(alphabet), **options)
    model.train_from_iterator(CORPUS, trainer)
    return model


def template(tokenizer, *contents):
    before, after = contents
    pieces = [before, "$A"] + ([after] if after else [])
    names = [name for name in contents if name]
    return processors.TemplateProcessing(
        single=" ".join(pieces), pair=" ".join(pieces + ["$B:1"]), special_tokens=[(name, tokenizer.token_to_id(name)) for name in names])


def gpt2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    return trained(tokenizer, 420, ["<|end|>"], pre_tokenizers.ByteLevel.alphabet())


def modern(numbers, normalizer, ignore_merges):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(MODERN % numbers), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    return trained(tokenizer, 400, ["<|end|>", "<s>"], pre_tokenizers.ByteLevel.alphabet())


def qwen2():
    tokenizer = modern(r"\p{N}", normalizers.NFC(), False)
    tokenizer.add_tokens([AddedToken("<tool>", normalized=False), AddedToken("[W]", single_word=True)])
    tokenizer.enable_truncation(40)
    tokenizer.enable_padding(length=4, pad_id=0, pad_token="<|end|>")
    return tokenizer


def llama3():
    tokenizer = modern(r"\p{N}{1,3}", None, True)
    content = json.loads(tokenizer.to_str())
    # A word in the vocabulary that no merge reaches: only `ignore_merges` finds it.
    content["model"]["vocab"]["Ġunreachable"] = len(content["model"]["vocab"])
    content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(), template(tokenizer, "<s>", None)])
    return tokenizer


def smollm():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return trained(tokenizer, 400, ["<|end|>"], pre_tokenizers.ByteLevel.alphabet())


BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def plain_bytes(tokenizer, keep):
    """Turns the trainer's special tokens, all but the first few, into ordinary ones."""
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = content["added_tokens"][:keep]
    return Tokenizer.from_str(json.dumps(content))


def llama2():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer = plain_bytes(trained(tokenizer, 460, ["<unk>", "<s>", "</s>", *BYTES], limit=60), 3)
    tokenizer.post_processor = template(tokenizer, "<s>", "</s>")
    return tokenizer


def mistral():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    # Bytes up to 0xDF only: scalars of three bytes and more are unknown, and not fused.
    tokenizer = plain_bytes(trained(tokenizer, 420, ["<unk>", "<s>", "</s>", *BYTES[:0xE0]], limit=50), 3)
    tokenizer.post_processor = template(tokenizer, "<s>", None)
    return tokenizer


def lowercase():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Strip(left=False)])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits()])
    tokenizer = trained(tokenizer, 200, ["<unk>"])
    tokenizer.add_tokens(FLAGS)
    return tokenizer


def nfkc():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer = trained(tokenizer, 260, ["<unk>", "<s>", "</s>"])
    tokenizer.add_tokens(FLAGS)
    return tokenizer


TOYS = [gpt2, qwen2, llama3, smollm, llama2, mistral, lowercase, nfkc]


def case(tokenizer, text):
    encoding = tokenizer.encode(text)
    plain = tokenizer.encode(text, add_special_tokens=False)
    found = {"text": text, "ids": encoding.ids, "tokens": encoding.tokens}
    return found if plain.ids == encoding.ids else {**found, "plain": plain.ids}


def truncated(tokenizer, text, length):
    tokenizer.enable_truncation(length)
    return {"text": text, "length": length, "ids": tokenizer.encode(text).ids,
            "plain": tokenizer.encode(text, add_special_tokens=False).ids}


def committed():
    text = OUTPUT.read_text()
    document = json.loads(text[text.index('##"""') + 5:text.rindex('"""##')])
    return {entry["name"]: entry["tokenizer"] for entry in document["toys"]}


def toy(make, known):
    name = make.__name__
    tokenizer = Tokenizer.from_str(json.dumps(known[name])) if name in known else make()
    content = json.loads(tokenizer.to_str())
    cases = [case(tokenizer, text) for text in TEXTS + [" unreachable words"]]
    size = tokenizer.get_vocab_size()
    # A length of less than the special tokens overflows in the library, so 2 is the least that all can be held to.
    lengths = [truncated(tokenizer, text, length) for text in TEXTS[11:14] for length in [2, 3, 5, 40]]
    return {"name": name, "tokenizer": content, "size": size, "cases": cases, "truncated": lengths}


def classes():
    found = {"letter": probe.regex_class(r"\p{L}"), "number": probe.regex_class(r"\p{N}"), "space": probe.whitespace_class(),
             "numeric": probe.numeric_class(), "word": probe.word_class(), "accent": probe.accent_class()}
    return {name: {"count": len(members), "sum": sum(members)} for name, members in found.items()}


def render(known):
    assert tokenizers.__version__ == "0.23.3"
    document = {"classes": classes(), "toys": [toy(make, known) for make in TOYS]}
    lines = ["{", f'"classes":{json.dumps(document["classes"])},', '"toys":[']
    for index, entry in enumerate(document["toys"]):
        lines.append(json.dumps(entry, separators=(",", ":")) + ("," if index + 1 < len(document["toys"]) else ""))
    lines += ["]", "}"]
    return ("// Generated by Tools/vocab/make_toys.py with tokenizers 0.23.3; do not edit.\n// swift-format-ignore-file\n\n"
            "/// Small tokenizers and what the reference library makes of texts, as JSON.\nenum ToyTokenizers {\n"
            '    static let json = ##"""\n' + "\n".join(lines) + '\n"""##\n}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--retrain", action="store_true")
    arguments = parser.parse_args()
    text = render({} if arguments.retrain else committed())
    if not arguments.check:
        OUTPUT.write_text(text)
    elif OUTPUT.read_text() != text:
        sys.exit(f"{OUTPUT.name} is not what {pathlib.Path(__file__).name} writes")


if __name__ == "__main__":
    main()
