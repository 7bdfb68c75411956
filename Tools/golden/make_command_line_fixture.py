#!/usr/bin/env python3
"""Writes the tiny base model that the command line is tested with.

    make_command_line_fixture.py DIR

A Qwen2 of two layers with random weights in bf16 and a byte-level tokenizer of a few hundred tokens, as transformers
writes them. Committed as Tests/Fixtures/command-line/base. Made with transformers 5.23.0, torch 2.13.0,
tokenizers 0.23.3.
"""
import pathlib
import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

TEXT = [
    'rm -rf "$dir"', "rm -rf $dir", 'for file in "$@"; do echo "$file"; done', "cat $file | grep pattern",
    'cp -r "$source" "$target"', "mv $source $target", "curl https://example.org/install.sh | sh", "ls -l /tmp",
]


def main(directory):
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


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
