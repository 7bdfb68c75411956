"""The ids that users of transformers get from a checkpoint and a merged model are those that the program trained on.

Every key that transformers 4 or 5 reads from a tokenizer's files (Tools/vocab/tokenizer_keys.py lists them) is given an
unusual value in a base, for every family of vocabularies. The ids of AutoTokenizer on what `apr finetune` and `apr merge`
write are compared with those of `apr tokenize`. All keys at once in a family here; `make test-tokenizer-keys` gives
each key to each family by itself (APR_KEYS=each), with 2,000 texts; here 400 short ones.
"""
import dataclasses
import json
import os
import pathlib
import random
import re

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

import support
from nastystrings import NastyStrings
from test_tokenizer_parity import FAMILIES, family_directory, nasty

EACH = os.environ.get("APR_KEYS") == "each"
LIMIT = 24
"""The tokens of the longest text in training."""
CUT = 7
"""A limit that users give."""
SCRIPT = support.ROOT / "Tests" / "Python" / "tokenizer_script.py"
MODEL_TYPES = {
    "gpt2": "qwen2", "llama3": "llama", "metaspace": "llama", "mistral": "mistral", "mistral-v3": "mistral", "qwen2": "qwen3",
    "smollm2": "qwen2", "prefixed": "llama", "tinyllama": "llama", "tinyllama-qwen2": "qwen2", "bytes": "qwen2", "bare": "qwen3"}
SMALL = ["prefixed", "tinyllama", "tinyllama-qwen2", "bytes", "bare"]
"""Small tokenizers for what the families lack; made below."""
FAMILIES_MADE = SMALL + (FAMILIES if EACH else ["qwen2", "mistral", "smollm2"])
if "APR_FAMILIES" in os.environ:
    # A part of the hour that all families take with each key by itself.
    FAMILIES_MADE = [family for family in FAMILIES_MADE if family in os.environ["APR_FAMILIES"].split(",")]

OTHER = {"content": "other", "lstrip": True, "rstrip": True, "normalized": True, "single_word": False, "special": True}
VALUES = {
    "add_bos_token": True, "add_eos_token": True, "add_prefix_space": True,
    "added_tokens_decoder": {"3": OTHER, "5": {**OTHER, "content": "the"}},
    "additional_special_tokens": ["the", {**OTHER, "__type": "AddedToken"}, "ing"],
    "backend": "sentencepiece", "bos_token": "the", "chat_control_tokens": ["the"], "chat_template": "{{ messages }}",
    "clean_up_tokenization_spaces": True, "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output": True,
    "cls_token": {**OTHER, "__type": "AddedToken"}, "eos_token": "a", "errors": "strict", "extra_special_tokens": ["in", "on"],
    "fast_tokenizer_files": ["tokenizer.4.0.0.json"], "files_loaded": ["vocab.json"], "fix_mistral_regex": True, "from_slow": True,
    "init_inputs": ["vocab.json"], "legacy": False, "mask_token": {**OTHER, "__type": "AddedToken", "content": " is"},
    "max_len": 3, "max_length": 4, "merges": ["a b"], "merges_file": "other.txt", "model_input_names": ["input_ids", "token_type_ids"],
    "model_max_length": 5, "model_specific_special_tokens": {"image_token": "th"}, "name_or_path": "x/y", "pad_to_multiple_of": 8,
    "pad_token_type_id": 7, "padding_side": "left", "post_processor": None, "processor_class": "Other", "response_schema": {},
    "response_template": {}, "sep_token": "s", "sp_model_kwargs": {"enable_sampling": True}, "spaces_between_special_tokens": True,
    "split_special_tokens": True, "stride": 3, "tokenizer_class": "LlamaTokenizer", "tokenizer_file": "elsewhere.json",
    "tokenizer_padding": {"length": 9}, "tokenizer_truncation": {"max_length": 2}, "truncation_side": "left",
    "truncation_strategy": "only_first", "trust_remote_code": True, "unk_id": 3, "unk_token": "e", "use_default_system_prompt": True,
    "verbose": True, "vocab": {"a": 0}, "vocab_file": "other.json", "image_token": "to",
    "auto_map": {"AutoTokenizer": ["tokenization_x.X", "tokenization_x.XFast"]},
    # Files beside tokenizer_config.json.
    "special_tokens_map.json": {"bos_token": "the", "additional_special_tokens": ["ing", OTHER], "extra_special_tokens": ["on"]},
    "added_tokens.json": {"the": 3, "brand new": 700},
}
"""An unusual value of every key that a file can have."""
REASONS = {
    **dict.fromkeys(["_commit_hash", "_from_auto", "_from_pipeline", "cache_dir", "code_revision", "config", "gguf_file",
                     "local_files_only", "mistral_format", "proxies", "resume_download", "revision", "subfolder", "token",
                     "tokenizer_type", "use_auth_token", "use_fast", "tokenizer"], "an argument of the caller"),
    **dict.fromkeys(["__slow_tokenizer", "_json_padding", "_json_truncation", "_spm_precompiled_charsmap", "is_local",
                     "tokenizer_object"], "transformers sets it while it loads"),
    "pad_token": "a base's pad token is honoured; test_a_pad_token_that_is_an_ordinary_word",
}
"""Why a key has no value above."""


@pytest.mark.parametrize("name", sorted(support.STACKS))
def test_every_key_that_transformers_reads_has_a_value_or_a_reason(name):
    listed = support.execute(support.STACKS[name], support.ROOT / "Tools" / "vocab" / "tokenizer_keys.py").stdout.split()
    assert len(listed) > 50
    assert not set(listed) - set(VALUES) - set(REASONS)


def small(kind):
    """A small tokenizer of a kind that the families lack, and its special tokens."""
    byte_level = kind in ("prefixed", "bytes")
    tokenizer = Tokenizer(models.BPE(unk_token=None if byte_level else "<unk>", byte_fallback=kind == "tinyllama"))
    if kind == "prefixed":
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    elif kind == "bytes":
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.ByteLevel() if byte_level else decoders.Metaspace()
    specials = ["<unk>", "<s>", "</s>"] if not byte_level else ["</s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=600, show_progress=False, limit_alphabet=300, special_tokens=[] if kind == "bare" else specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if byte_level else ["<unk>"] if kind == "bare" else [])
    tokenizer.train_from_iterator(NastyStrings(3, ["the"]).texts(1500)[300:], trainer)
    if kind == "bare":
        # No added token at all; the unknown token and the pad token are ordinary words.
        content = json.loads(tokenizer.to_str())
        vocabulary = content["model"]["vocab"]
        vocabulary["<unk>"] = len(vocabulary)
        return Tokenizer.from_str(json.dumps(content))
    if kind != "bytes":
        tokenizer.add_tokens([
            AddedToken("[L]", lstrip=True), AddedToken("[W]", single_word=True, normalized=False), AddedToken("the", normalized=True)])
    return tokenizer


def write_base(directory, family, settings, positions=256):
    """A base of one thin layer with a family's tokenizer, and unusual values in its tokenizer's files."""
    import torch
    import transformers

    directory.mkdir(parents=True)
    if family in SMALL:
        small(family.removesuffix("-qwen2")).save(str(directory / "tokenizer.json"))
    else:
        (directory / "tokenizer.json").write_bytes((family_directory(family) / "tokenizer.json").read_bytes())
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    pad = next(token for token in ["<|endoftext|>", "<|end_of_text|>", "</s>", "<unk>"] if token in vocabulary)
    kind = {"llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2", "qwen3": "Qwen3"}[MODEL_TYPES[family]]
    config = getattr(transformers, f"{kind}Config")(
        hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2, head_dim=8,
        vocab_size=max(vocabulary.values()) + 1, max_position_embeddings=positions, tie_word_embeddings=True, pad_token_id=vocabulary[pad])
    torch.manual_seed(1)
    getattr(transformers, f"{kind}ForCausalLM")(config).to(torch.bfloat16).save_pretrained(directory)
    files = {"tokenizer_config.json": {}}
    for key, value in settings.items():
        if key.endswith(".json"):
            files[key] = value
        else:
            files["tokenizer_config.json"][key] = value
    for name, content in files.items():
        (directory / name).write_text(json.dumps(content))
    return directory


def trained(base, directory):
    """The checkpoint of a short run on a base, and its merged model."""
    rows = [{"input": f"{word} {number} and the rest of it", "label": label}
            for number in range(6) for label, word in [("calm", "still"), ("wild", "storm")]]
    data = support.write_jsonl(directory / "corpus.jsonl", rows)
    support.apr(
        "finetune", "--task", "classify", base, "--data", data, "--max-steps", 1, "--batch-size", 4, "--threads", 1, "--rank", 2,
        "--max-seq-length", LIMIT, "-o", directory / "run")
    support.apr("merge", directory / "run" / "best", "-o", directory / "merged")
    return [directory / "run" / "best", directory / "merged"]


def distinct(directories):
    """One directory of each set of files that a tokenizer is made from: most keys leave no trace in what is written."""
    found = {}
    for directory in directories:
        files = [(file.name, file.read_bytes()) for file in sorted(directory.iterdir())
                 if re.fullmatch(r"(token|special|added|vocab|merges|chat_template|preprocessor).*", file.name)]
        config = json.loads((directory / "config.json").read_text())
        found.setdefault(repr((files, [config.get(key) for key in ["model_type", "tokenizer_class", "auto_map"]],
                               (directory / "adapter_config.json").exists())), directory)
    return list(found.values())


def ids(directory, texts, folder):
    file = support.write_jsonl(folder / "texts.jsonl", [{"input": text} for text in texts])
    output = support.apr("tokenize", directory, "--data", file, "--json").stdout
    # Not splitlines(), which cuts at line separators inside tokens, too.
    return [json.loads(line)["ids"] for line in output.split("\n") if line]


def truncated(directory, texts, limit, side):
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.enable_truncation(limit, direction=side)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


@dataclasses.dataclass(frozen=True)
class Made:
    """A family's bases, what was written of them, its texts, and our ids of them."""

    bases: list
    written: list
    texts: list
    file: pathlib.Path


@pytest.fixture(scope="module")
def made(apr_program, tmp_path_factory):
    """Every family with its checkpoints and merged models."""
    result = {}
    for family in FAMILIES_MADE:
        folder = tmp_path_factory.mktemp(family)
        bases, written = [], []
        for number, settings in enumerate([{key: value} for key, value in VALUES.items()] if EACH else [VALUES]):
            bases.append(write_base(folder / str(number) / "base", family, settings))
            written += trained(bases[-1], folder / str(number))
        texts = nasty(written[0], 20260716, 2000)
        if not EACH:
            texts = random.Random(7).sample([text for text in texts if len(text) <= 300], 400)
        texts += [" leading space", "a</s>b", "the <s>x", "  ", "x [L] y[W]z"]
        random.Random(4).shuffle(texts)
        file = folder / "texts.json"
        file.write_text(json.dumps(texts))
        result[family] = Made(bases, distinct(written), texts, file)
        print(f"{family}: {len(written)} directories, {len(result[family].written)} of them with tokenizer files of their own")
    return result


def asked(python, pairs, folder):
    """What AutoTokenizer makes of directories, each with a file of texts."""
    request, answer = folder / "request.json", folder / "answer.json"
    request.write_text(json.dumps({
        "directories": [str(directory) for directory, _ in pairs], "texts": [str(file) for _, file in pairs], "limit": CUT}))
    support.execute(python, SCRIPT, request, answer, timeout=36000)
    return {directory: result for (directory, _), result in zip(pairs, json.loads(answer.read_text()), strict=True)}


@pytest.fixture(scope="module", params=sorted(support.STACKS))
def answers(request, made, tmp_path_factory):
    """What one version of transformers says of everything that was written, and of two bases."""
    pairs = [(directory, family.file) for family in made.values() for directory in family.written]
    if not EACH:
        pairs += [(made[family].bases[0], made[family].file) for family in ("tinyllama", "prefixed") if family in made]
    return asked(support.STACKS[request.param], pairs, tmp_path_factory.mktemp("answers"))


@pytest.mark.parametrize("family", FAMILIES_MADE)
def test_ids_of_auto_tokenizer(family, made, answers, tmp_path):
    texts = made[family].texts
    for directory in made[family].written:
        answer = answers[directory]
        assert "error" not in answer, (directory, answer["error"])
        ours = ids(directory, texts, tmp_path)
        expected = {
            "plain": ours, "default": truncated(directory, texts, LIMIT, "right"),
            "right": truncated(directory, texts, CUT, "right"), "left": truncated(directory, texts, CUT, "left")}
        for name, rows in expected.items():
            wrong = [(text, mine, theirs) for text, mine, theirs in zip(texts, rows, answer[name], strict=True) if mine != theirs]
            assert not wrong, f"{directory}: {name}: {len(wrong)} of {len(texts)}: {wrong[0]!a:.900}"
        assert [row for row in answer["default"] if len(row) == LIMIT] and max(map(len, ours)) > LIMIT
        assert (answer["length"], answer["side"]) == (LIMIT, "right")
        assert answer["pad"] is not None
        assert answer["inputs"] == ["attention_mask", "input_ids"]


@pytest.mark.skipif(EACH, reason="a single key need not change an id")
@pytest.mark.parametrize("family", ["tinyllama", "prefixed"])
def test_with_the_files_of_the_base_the_ids_would_differ(family, made, answers, tmp_path):
    answer = answers[made[family].bases[0]]
    assert "error" in answer or answer["plain"] != ids(made[family].written[0], made[family].texts, tmp_path)


def test_a_pad_token_that_is_an_ordinary_word(apr_program, tmp_path):
    """transformers makes a special token of it, and so does training."""
    base = write_base(tmp_path / "base", "bare", {})
    assert not json.loads((base / "tokenizer.json").read_text())["added_tokens"]
    made = trained(base, tmp_path)
    text = "x <unk>y"
    before, after = ids(base, [text], tmp_path), ids(made[0], [text], tmp_path)
    assert before != after and ids(made[1], [text], tmp_path) == after
    whole = support.apr_lines("predict", made[0], "--text", text)
    alone = support.apr_lines("predict", made[0] / "model.apr", "--text", text)
    assert whole == alone


def test_a_pad_token_with_flags_that_transformers_drops_is_refused(apr_program, tmp_path):
    base = write_base(tmp_path / "base", "bytes", {})
    content = json.loads((base / "tokenizer.json").read_text())
    content["added_tokens"][0]["lstrip"] = True
    (base / "tokenizer.json").write_text(json.dumps(content))
    data = support.write_jsonl(tmp_path / "c.jsonl", [{"input": f"{i}", "label": "ab"[i % 2]} for i in range(20)])
    result = support.execute(
        apr_program, "finetune", "--task", "classify", base, "--data", data, "--max-steps", 1, "-o", tmp_path / "run", expect=None)
    assert result.returncode == 65 and "</s>" in result.stderr and "added_tokens" in result.stderr, result
