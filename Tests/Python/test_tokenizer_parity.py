"""Token ids and strings equal to those of the pinned `tokenizers` library, on texts made to hurt.

The program is asked as a user would ask it: `apr tokenize DIR --data FILE --json`. The vocabularies are made by
Tools/vocab/make_vocabularies.py (APR_VOCAB_DIR, or .build/vocabularies, where what is missing is made).
"""
import json
import os
import pathlib
import random
import subprocess
import sys

import pytest
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

import support
from nastystrings import NastyStrings

VOCABULARIES = pathlib.Path(os.environ.get("APR_VOCAB_DIR", support.ROOT / ".build" / "vocabularies"))
FAMILIES = ["gpt2", "llama3", "metaspace", "mistral", "mistral-v3", "qwen2", "smollm2"]
COUNT = int(os.environ.get("APR_PARITY_STRINGS", "20000"))
SEED = 20260714
CHANCE = int(os.environ.get("APR_PARITY_MAKEUPS", "15"))
WORDS = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
EXPRESSIONS = [WORDS % r"\p{N}", WORDS % r"\p{N}{1,3}",
               r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"]


@pytest.fixture(scope="module", autouse=True)
def pinned_library():
    assert tokenizers.__version__ == "0.23.3", "the parity tables are those of tokenizers 0.23.3"


def family_directory(family):
    if not (VOCABULARIES / family / "tokenizer.json").exists():
        script = support.ROOT / "Tools" / "vocab" / "make_vocabularies.py"
        subprocess.run([sys.executable, str(script), str(VOCABULARIES), family], check=True)
    return VOCABULARIES / family


def tokenize(program, directory, texts, folder, *options):
    """What `apr tokenize` prints for the texts: a list of {"ids", "tokens"}."""
    data = folder / "texts.jsonl"
    with data.open("w", encoding="utf-8", newline="\n") as file:
        for index, text in enumerate(texts):
            file.write(json.dumps({"input": text}, ensure_ascii=index % 2 == 0) + "\n")
    command = [str(program), "tokenize", str(directory), "--data", str(data), "--json", *options]
    result = subprocess.run(command, capture_output=True, timeout=600)
    assert result.returncode == 0, result.stderr.decode()[-2000:]
    lines = result.stdout.decode("utf-8").split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(texts)
    return [{key: entry[key] for key in ("ids", "tokens")} for entry in map(json.loads, lines)]


def reference(tokenizer, texts, add_special_tokens):
    for start in range(0, len(texts), 1000):
        for encoding in tokenizer.encode_batch(texts[start:start + 1000], add_special_tokens=add_special_tokens):
            yield {"ids": encoding.ids, "tokens": encoding.tokens}


def assert_equal(program, directory, texts, folder, add_special_tokens):
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    options = [] if add_special_tokens else ["--no-special-tokens"]
    found = tokenize(program, directory, texts, folder, *options)
    expected = reference(tokenizer, texts, add_special_tokens)
    wrong = [(text, ours, theirs) for text, ours, theirs in zip(texts, found, expected) if ours != theirs]
    shown = "\n".join(f"{text[:300]!a}\n  ours   {str(ours)[:600]}\n  theirs {str(theirs)[:600]}" for text, ours, theirs in wrong[:3])
    assert not wrong, f"{len(wrong)} of {len(texts)} texts differ:\n{shown}"
    return len(texts)


def nasty(directory, seed, count):
    content = json.loads((directory / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    specials = [token["content"] for token in content["added_tokens"]]
    step = max(1, len(content["model"]["vocab"]) // 4000)
    tokens = [tokenizer.decode([identifier]) for identifier in list(content["model"]["vocab"].values())[::step]]
    return NastyStrings(seed, specials, [token for token in tokens if token]).texts(count)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_no_mismatch(family, apr_program, tmp_path):
    directory = family_directory(family)
    texts = nasty(directory, SEED, COUNT)
    assert len(texts) >= COUNT
    assert assert_equal(apr_program, directory, texts, tmp_path, add_special_tokens=True) >= COUNT


@pytest.mark.parametrize("family", ["llama3", "mistral-v3", "smollm2"])
def test_without_special_tokens(family, apr_program, tmp_path):
    directory = family_directory(family)
    assert_equal(apr_program, directory, nasty(directory, SEED + 1, 2000), tmp_path, add_special_tokens=False)


# Small tokenizers for what the families above do not have: every flag of added tokens, the other normalizers and
# pre-tokenizers, behaviours of Split, unknown tokens with and without fusing, half a byte fallback.

FLAGS = [AddedToken("[L]", lstrip=True), AddedToken("[R]", rstrip=True), AddedToken("[LR]", lstrip=True, rstrip=True),
         AddedToken("[W]", single_word=True), AddedToken("ing", single_word=True, normalized=False),
         AddedToken("[N]", normalized=True), AddedToken("Été", normalized=True), AddedToken("Été!", normalized=False),
         AddedToken("[LRx]", lstrip=True, rstrip=True, normalized=False), AddedToken("the", normalized=True),
         AddedToken("[LRx][L]", normalized=False), AddedToken("  ", normalized=False), AddedToken("\n", rstrip=True, normalized=False),
         AddedToken("é", normalized=True), AddedToken("[S]", special=True, normalized=False, lstrip=True)]

MAKEUPS = {
    "byte level after digits, NFKC": (
        normalizers.NFKC(), pre_tokenizers.Sequence([pre_tokenizers.Digits(), pre_tokenizers.ByteLevel(add_prefix_space=True)]), {}),
    "lower case, accents stripped": (
        normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Strip()]),
        pre_tokenizers.Whitespace(), {"unk_token": "<unk>"}),
    "NFKD, white space split": (
        normalizers.NFKD(), pre_tokenizers.WhitespaceSplit(), {"unk_token": "<unk>", "fuse_unk": True}),
    "metaspace first after NFD": (
        normalizers.NFD(), pre_tokenizers.Metaspace(prepend_scheme="first"), {"unk_token": "<unk>", "byte_fallback": True}),
    "metaspace never": (
        normalizers.Replace("``", '"'), pre_tokenizers.Metaspace(prepend_scheme="never"), {}),
    "prepend and replace": (
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None, {"unk_token": "<unk>", "fuse_unk": True}),
    "bytes written, then cut": (
        None, pre_tokenizers.Sequence([pre_tokenizers.ByteLevel(use_regex=False), pre_tokenizers.Digits(individual_digits=True),
                                       pre_tokenizers.Split("Ġ", "merged_with_next")]), {}),
    **{f"split on a text, {behavior}, inverted {inverted}": (
        normalizers.Lowercase(), pre_tokenizers.Sequence([
            pre_tokenizers.Split(" ", behavior, inverted), pre_tokenizers.Metaspace(prepend_scheme="first")]), {"unk_token": "<unk>"})
       for behavior in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"] for inverted in [False, True]},
}


@pytest.mark.parametrize("makeup", MAKEUPS)
def test_a_makeup_beyond_the_families(makeup, apr_program, tmp_path):
    normalizer, pre_tokenizer, options = MAKEUPS[makeup]
    tokenizer = Tokenizer(models.BPE(**options))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    training = NastyStrings(1, ["the"]).texts(1500)
    # Half the fallback bytes only: where any byte of a scalar lacks a token, the scalar is unknown as a whole.
    bytes_known = [f"<0x{byte:02X}>" for byte in range(0x80, 0xE4)] if options.get("byte_fallback") else []
    trainer = trainers.BpeTrainer(vocab_size=1200, show_progress=False, limit_alphabet=600, special_tokens=["<unk>", *bytes_known])
    tokenizer.train_from_iterator(training[300:], trainer)
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = content["added_tokens"][:1]
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.add_tokens(FLAGS)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    specials = [token.content for token in FLAGS]
    texts = NastyStrings(SEED, specials, list(tokenizer.get_vocab())).texts(3000)
    assert_equal(apr_program, tmp_path, texts, tmp_path, add_special_tokens=True)


def chance_makeup(seed):
    """A tokenizer put together by chance from everything that is supported."""
    dice = random.Random(seed)

    def some(makers, most):
        return [dice.choice(makers)() for _ in range(dice.randint(0, most))]

    tokenizer = Tokenizer(models.BPE(**dice.choice([{}, {"unk_token": "<unk>"}, {"unk_token": "<unk>", "fuse_unk": True},
                                                    {"unk_token": "<unk>", "byte_fallback": True}, {"ignore_merges": True}])))
    steps = some([
        normalizers.NFC, normalizers.NFD, normalizers.NFKC, normalizers.NFKD, normalizers.Lowercase, normalizers.StripAccents,
        lambda: normalizers.Strip(dice.random() < 0.5, dice.random() < 0.5), lambda: normalizers.Prepend(dice.choice(["▁", "x ", "é"])),
        lambda: normalizers.Replace(dice.choice([" ", "a", "\n", "the", "▁"]), dice.choice(["▁", "", " ", "ab"]))], 3)
    if steps:
        tokenizer.normalizer = normalizers.Sequence(steps)
    behaviors = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]
    cuts = some([
        lambda: pre_tokenizers.Digits(dice.random() < 0.5), pre_tokenizers.Whitespace, pre_tokenizers.WhitespaceSplit,
        lambda: pre_tokenizers.Metaspace(dice.choice("▁_"), dice.choice(["first", "always", "never"]), dice.random() < 0.5),
        lambda: pre_tokenizers.Split(dice.choice([" ", "a", "▁", "\r\n"]), dice.choice(behaviors), dice.random() < 0.3),
        lambda: pre_tokenizers.Split(Regex(dice.choice(EXPRESSIONS)), dice.choice(behaviors), dice.random() < 0.2)], 3)
    if dice.random() < 0.4:
        cuts.insert(dice.randint(0, len(cuts)), pre_tokenizers.ByteLevel(dice.random() < 0.5, use_regex=dice.random() < 0.5))
    if cuts:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(cuts)
    trainer = trainers.BpeTrainer(
        vocab_size=dice.choice([600, 1000]), show_progress=False, limit_alphabet=500, max_token_length=8, special_tokens=["<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if dice.random() < 0.3 else [])
    tokenizer.train_from_iterator(NastyStrings(seed, ["the"]).texts(1200)[300:], trainer)
    words = ["a", "the", "[X]", " x", "x ", "é", "e\u0301", "É", "▁the", "1", "ing", "<s>", "<s><s>", "\n", "ab c", "ﬁ", "Ġthe", "'s"]
    tokenizer.add_tokens([
        AddedToken(word, single_word=dice.random() < 0.3, lstrip=dice.random() < 0.3, rstrip=dice.random() < 0.3,
                   normalized=dice.random() < 0.5, special=dice.random() < 0.3)
        for word in dice.sample(words, dice.randint(0, 8))])
    return tokenizer


def encodes(tokenizer, text):
    """Whether the library encodes the text at all: where the white space that one added token swallows holds another,
    it may panic."""
    try:
        tokenizer.encode(text)
        return True
    except BaseException as error:
        assert type(error).__name__ == "PanicException", error
        return False


def is_ambiguous(tokenizer):
    """Whether two added tokens normalize to one text (the library then takes one by chance) or one to nothing (then it
    panics on some texts)."""
    added = tokenizer.get_added_tokens_decoder().values()
    normalizer = tokenizer.normalizer
    sought = [normalizer.normalize_str(token.content) if normalizer else token.content for token in added if token.normalized]
    return "" in sought or len(set(sought)) < len(sought)


@pytest.mark.parametrize("seed", range(CHANCE))
def test_a_makeup_of_chance(seed, apr_program, tmp_path):
    tokenizer = chance_makeup(seed)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    if is_ambiguous(tokenizer):
        command = [str(apr_program), "tokenize", str(tmp_path), "--text", "x", "--json"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert result.returncode == 65, result.stderr
        assert "added_tokens" in result.stderr + result.stdout
        return
    texts = NastyStrings(seed, [token.content for token in tokenizer.get_added_tokens_decoder().values()] or ["<s>"]).texts(900)
    texts = [text for text in texts if encodes(tokenizer, text)]
    assert len(texts) > 200
    assert_equal(apr_program, tmp_path, texts, tmp_path, add_special_tokens=True)


@pytest.mark.parametrize("direction", ["Right", "Left"])
@pytest.mark.parametrize("length", [1, 2, 3, 17])
def test_truncation_and_padding_of_the_file(length, direction, apr_program, tmp_path):
    content = json.loads((family_directory("mistral") / "tokenizer.json").read_text(encoding="utf-8"))
    content["truncation"] = {"direction": direction, "max_length": length, "strategy": "LongestFirst", "stride": 0}
    content["padding"] = {"strategy": {"Fixed": 5}, "direction": direction, "pad_to_multiple_of": 4, "pad_id": 2,
                          "pad_type_id": 0, "pad_token": "</s>"}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    texts = NastyStrings(SEED, ["<s>", "</s>"]).texts(500)[:500]
    assert_equal(apr_program, tmp_path, texts, tmp_path, add_special_tokens=True)
    assert_equal(apr_program, tmp_path, texts, tmp_path, add_special_tokens=False)
