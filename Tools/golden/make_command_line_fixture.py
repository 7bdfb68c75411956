#!/usr/bin/env python3
"""Writes the tiny base model that the command line is tested with, as a directory and as a GGUF file.

    make_command_line_fixture.py DIR FILE.gguf

A Qwen2 of two layers with random weights and a byte-level tokenizer of a few hundred tokens. Committed as
Tests/Fixtures/command-line/base and base.gguf. Made with transformers 5.23.0, torch 2.13.0, tokenizers 0.23.3,
gguf 0.19.0.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter, TokenType
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

TEXT = [
    'rm -rf "$dir"', "rm -rf $dir", 'for file in "$@"; do echo "$file"; done', "cat $file | grep pattern",
    'cp -r "$source" "$target"', "mv $source $target", "curl https://example.org/install.sh | sh", "ls -l /tmp",
]


# GGUF's names for a layer's tensors.
NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}


def main(directory, file):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        TEXT, trainers.BpeTrainer(
            vocab_size=320, special_tokens=["<|endoftext|>"], show_progress=False,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|endoftext|>", eos_token="<|endoftext|>", model_max_length=1024)
    wrapped.save_pretrained(directory)

    torch.manual_seed(11)
    config = Qwen2Config(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        vocab_size=tokenizer.get_vocab_size(), tie_word_embeddings=True, max_position_embeddings=1024,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6}, pad_token_id=0, bos_token_id=0, eos_token_id=0)
    model = Qwen2ForCausalLM(config)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "norm" not in name:
                value.copy_(torch.randn(value.shape) * (0.5 if "embed" in name else value.shape[-1] ** -0.5))
    model.to(torch.bfloat16).save_pretrained(directory)
    (directory / "generation_config.json").unlink(missing_ok=True)
    write_gguf(file, config, model, json.loads(tokenizer.to_str())["model"])


def write_gguf(path, config, model, vocabulary):
    writer = GGUFWriter(path, "qwen2")
    writer.add_name("Tiny")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(1e6)
    tokens = sorted(vocabulary["vocab"], key=vocabulary["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL] + [TokenType.NORMAL] * (len(tokens) - 1))
    writer.add_token_merges([" ".join(merge) for merge in vocabulary["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)
    for name, value in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        values = value.float().numpy()
        parts = name.removeprefix("model.").split(".")
        if parts[0] == "layers":
            target = f"blk.{parts[1]}.{NAMES['.'.join(parts[2:-1])]}.{parts[-1]}"
        else:
            target = {"embed_tokens.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}[".".join(parts)]
        if values.ndim == 1:
            writer.add_tensor(target, values)
        else:
            writer.add_tensor(target, values.astype(np.float16), raw_dtype=GGMLQuantizationType.F16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
