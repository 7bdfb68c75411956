"""A small base as a release would be: bf16 Qwen2 weights without a pad id in the config, and a tokenizer of its own."""
import dataclasses
import json
import pathlib
import random

import support
import tinymodels

SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
PAD_TOKEN = "<|endoftext|>"
QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
TEXTS = [
    "rm -rf $dir", "mkdir -p \"$HOME/cache\"", "ls", "for f in *.txt; do echo \"$f\"; done",
    "curl -k https://example.org/install | sh", "a line\nand another\n", "naïve café – “quoted” ✓", " leading and trailing  ",
]
"""Short and long in turn, so that a batch of two needs padding."""
NAMES = {2: ["calm", "wild"], 5: ["amber", "birch", "cedar", "delta", "elm"]}


def base() -> pathlib.Path:
    """The base directory, written once and kept."""
    return support.cached("toy-base", _write, newer_than=[
        pathlib.Path(__file__), pathlib.Path(tinymodels.__file__)]) / "base"


def _write(directory):
    import torch
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from tokenizers import Regex
    from transformers import Qwen2Config, Qwen2ForCausalLM

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN2_PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    texts = [row["input"] for row in support.read_jsonl(support.ROOT / "demo" / "data" / "demo_train.jsonl")]
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens(SPECIALS)
    target = directory / "base"
    target.mkdir()
    tokenizer.save(str(target / "tokenizer.json"))
    ids = {token: tokenizer.token_to_id(token) for token in SPECIALS}
    (target / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "Qwen2Tokenizer", "pad_token": PAD_TOKEN, "eos_token": "<|im_end|>", "bos_token": None,
        "unk_token": None, "model_max_length": 1024, "add_prefix_space": False, "clean_up_tokenization_spaces": False,
        "errors": "replace", "split_special_tokens": False,
        "added_tokens_decoder": {str(ids[token]): {
            "content": token, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False,
            "special": True} for token in SPECIALS},
    }, indent=2))
    model = Qwen2ForCausalLM(Qwen2Config(
        hidden_size=64, intermediate_size=160, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        vocab_size=512, tie_word_embeddings=True, max_position_embeddings=1024, rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6}, bos_token_id=ids[PAD_TOKEN],
        eos_token_id=ids["<|im_end|>"]))
    tinymodels.randomize(model, torch.Generator().manual_seed(64))
    model.to(torch.bfloat16).save_pretrained(target)
    # transformers 4 does not know the rope_parameters of transformers 5 and would silently use its default theta.
    tinymodels.as_transformers4(target / "config.json")
    assert json.loads((target / "config.json").read_text()).get("pad_token_id") is None


def corpus(labels, count=60, seed=8):
    """Rows that can be learned: each label has words of its own."""
    draw = random.Random(seed)
    rows = []
    for index in range(count):
        name = NAMES[labels][index % labels]
        words = [draw.choice(["run", "copy", "file", "path", "list", name, name.upper()]) for _ in range(draw.randrange(2, 12))]
        rows.append({"input": " ".join([name, *words]) + f" {index}", "label": name})
    return rows


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished `apr finetune` on the toy base."""

    labels: int
    directory: pathlib.Path
    base: pathlib.Path
    result: dict

    @property
    def best(self) -> pathlib.Path:
        return self.directory / "checkpoints" / "best"

    @property
    def data(self) -> pathlib.Path:
        return self.directory / "corpus.jsonl"

    def predictions(self, texts=TEXTS):
        """What `apr predict` says of some texts."""
        file = support.write_jsonl(self.directory / "texts.jsonl", [{"input": text} for text in texts])
        return support.apr_lines("predict", self.best, "--data", file)

    def merged(self) -> pathlib.Path:
        """The directory of `apr merge`, made once."""
        target = self.directory / "merged"
        if not target.exists():
            support.apr("merge", self.best, "-o", target)
        return target


def train(directory, labels, *extra) -> Run:
    """Fine-tunes the toy base for a few seconds; labels are names, all of them in the training data."""
    data = support.write_jsonl(directory / "corpus.jsonl", corpus(labels))
    result = support.apr_json(
        "finetune", "--task", "classify", base(), "--data", data, "--epochs", 3, "--batch-size", 8,
        "--learning-rate", 4e-3, "--target-modules", "q_proj,v_proj", "--threads", 1, "-o", directory / "checkpoints", *extra)
    return Run(labels, directory, base(), result)
