"""Small random models of every supported architecture, with weights that make mistakes visible.

Each is written by transformers itself, with an adapter written by PEFT beside it. Nothing in them is zero or one where
a trained model's would not be: norm weights vary, biases are there, A, B and the head are random, and everything is
scaled so that logits spread over at least 5 with the adapter on and off, and switching it off moves them by more
than 1. A forgotten bias, a wrong scale or a skipped adapter is then an error of the first digit, not of the sixth.
"""
import dataclasses
import json
import pathlib

import support

PAD = 3
"""An id in the middle of the vocabulary, so that a comparison with 0 by mistake shows."""
VOCABULARY = 384
LABELS = 3
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def _qwen2():
    from transformers import Qwen2Config, Qwen2ForCausalLM

    # Biases on q, k and v, tied embeddings, grouped queries, bf16 files: as the Qwen2.5 releases.
    return Qwen2ForCausalLM, "bfloat16", "10GB", Qwen2Config(
        hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
        vocab_size=VOCABULARY, tie_word_embeddings=True, max_position_embeddings=1024, rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6}, pad_token_id=PAD, bos_token_id=1, eos_token_id=2)


def _qwen3():
    from transformers import Qwen3Config, Qwen3ForCausalLM

    # A head_dim that is not hidden/heads, norms on q and k, no biases.
    return Qwen3ForCausalLM, "float32", "10GB", Qwen3Config(
        hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        head_dim=32, vocab_size=VOCABULARY, tie_word_embeddings=False, max_position_embeddings=1024,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6}, pad_token_id=PAD, bos_token_id=1, eos_token_id=2)


def _llama():
    from transformers import LlamaConfig, LlamaForCausalLM

    # Llama 3's rope scaling, with an original length so short that all three of its bands are in use; sharded.
    return LlamaForCausalLM, "float32", "200KB", LlamaConfig(
        hidden_size=64, intermediate_size=144, num_hidden_layers=2, num_attention_heads=8, num_key_value_heads=2,
        vocab_size=VOCABULARY, tie_word_embeddings=False, max_position_embeddings=1024, rms_norm_eps=1e-5,
        rope_parameters={
            "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 64},
        pad_token_id=PAD, bos_token_id=1, eos_token_id=2)


def _mistral():
    from transformers import MistralConfig, MistralForCausalLM

    # Three query heads to a key head, f16 files; its config is rewritten in transformers 4's spelling.
    return MistralForCausalLM, "float16", "10GB", MistralConfig(
        hidden_size=96, intermediate_size=128, num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=2,
        vocab_size=VOCABULARY, tie_word_embeddings=False, max_position_embeddings=1024, sliding_window=None,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, pad_token_id=PAD, bos_token_id=1,
        eos_token_id=2)


SHAPES = {"qwen2": _qwen2, "qwen3": _qwen3, "llama": _llama, "mistral": _mistral}


@dataclasses.dataclass(frozen=True)
class Tiny:
    """A base directory, an adapter directory for it, and how to load the pair into torch."""

    name: str
    base: pathlib.Path
    adapter: pathlib.Path
    pad: int = PAD
    labels: int = LABELS

    def reference(self, dtype="float32"):
        """The pair as PEFT runs it, trainable, in evaluation mode, in `float32` or `float64`."""
        return load_peft(self.base, self.adapter, self.labels, self.pad, dtype)


def load_peft(base, adapter, labels, pad, dtype="float32"):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=labels, dtype=torch.float32)
    model.config.pad_token_id = pad
    model = PeftModel.from_pretrained(model, adapter, is_trainable=True)
    return model.to(getattr(torch, dtype)).eval()


def tiny(name) -> Tiny:
    """The tiny model of one architecture, written once and kept."""
    directory = support.cached(
        f"tiny-{name}", lambda scratch: _write(name, scratch), newer_than=[pathlib.Path(__file__)])
    return Tiny(name, directory / "base", directory / "adapter")


def _write(name, directory):
    import torch

    kind, dtype, shard, config = SHAPES[name]()
    generator = torch.Generator().manual_seed(sum(name.encode()))
    model = kind(config)
    randomize(model, generator)
    model.to(getattr(torch, dtype)).save_pretrained(directory / "base", max_shard_size=shard)
    if name == "mistral":
        as_transformers4(directory / "base" / "config.json")
    write_adapter(directory / "base", directory / "adapter", LABELS, PAD, TARGETS, generator, sample_rows(VOCABULARY))


def randomize(model, generator):
    """Gives every parameter a value a trained model could have, drawn in a fixed order."""
    import torch

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name:
                value = 1 + 0.25 * noise
            elif name.endswith("bias"):
                value = 0.3 * noise
            elif "embed_tokens" in name:
                value = 0.8 * noise
            else:
                value = 1.0 * noise / parameter.shape[-1] ** 0.5
            parameter.copy_(value)


def sample_rows(vocabulary, count=12, seed=5):
    """Rows of ids without the pad token, 1 to 40 long."""
    import random

    draw = random.Random(seed)
    ids = [i for i in range(vocabulary) if i != PAD]
    return [[draw.choice(ids) for _ in range(draw.choice([1, 2, 3, 7, 16, 25, 40]))] for _ in range(count)]


def write_adapter(base, directory, labels, pad, targets, generator, rows, **settings):
    """Has PEFT write an adapter for `base` whose A, B and head are random and scaled as this module promises."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=labels, dtype=torch.float32)
    model.config.pad_token_id = pad
    settings = {"r": 4, "lora_alpha": 8, "lora_dropout": 0.0, **settings}
    model = get_peft_model(model, LoraConfig(task_type="SEQ_CLS", target_modules=targets, **settings)).eval()
    trainable = {name: value for name, value in model.named_parameters() if value.requires_grad}
    with torch.no_grad():
        for name, value in sorted(trainable.items()):
            # With alpha/r = 2 a branch's output is as large as the base's own. (Larger ones sharpen the softmax
            # until torch's own fp32 gradients are off by more than the bounds of the tests.)
            size = 0.5 if "lora_B" in name else 1.0
            value.copy_(size * torch.randn(value.shape, generator=generator) / value.shape[-1] ** 0.5)
        on = torch.cat([model(**collate([row], pad)).logits for row in rows])
        off = without_adapter(model, lambda: torch.cat([model(**collate([row], pad)).logits for row in rows]))
        (head,) = (value for name, value in trainable.items() if "score" in name)
        head.mul_(8 / min(span(on), span(off)))
    model.save_pretrained(directory)
    config = directory / "adapter_config.json"
    settings = json.loads(config.read_text())
    settings["base_model_name_or_path"] = str(base)
    config.write_text(json.dumps(settings, indent=2, sort_keys=True))


def span(logits):
    return float(logits.max() - logits.min())


def without_adapter(model, compute):
    """`compute()` with every LoRA branch switched off and the head left as it is.

    (PEFT's own `disable_adapter` would put the untrained head back too.)
    """
    import torch

    branches = {name: value for name, value in model.named_parameters() if "lora_B" in name}
    kept = {name: value.detach().clone() for name, value in branches.items()}
    with torch.no_grad():
        for value in branches.values():
            value.zero_()
        result = compute()
        for name, value in branches.items():
            value.copy_(kept[name])
    return result


def collate(rows, pad, side="right"):
    """A padded batch with its attention mask; an empty row becomes one pad token, which is what pools index 0."""
    import torch

    rows = [row or [pad] for row in rows]
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), pad)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for index, row in enumerate(rows):
        columns = slice(0, len(row)) if side == "right" else slice(width - len(row), width)
        ids[index, columns] = torch.tensor(row)
        mask[index, columns] = 1
    return {"input_ids": ids, "attention_mask": mask}


def as_transformers4(path):
    """Rewrites a config.json that transformers 5 saved into the spelling of transformers 4."""
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    kind = rope.get("rope_type", "default")
    config["rope_scaling"] = None if kind == "default" else rope
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.46.0"
    path.write_text(json.dumps(config, indent=2))
