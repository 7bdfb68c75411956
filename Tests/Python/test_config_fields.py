"""Every key that transformers looks at in config.json: used as there, without effect as there, or refused by name.

The keys are listed from the sources of both versions of transformers, so a version that looks at another one fails here.
Each key then gets an unusual value in a small base of every family, and the logits are compared with transformers'.
"""
import concurrent.futures
import json
import shutil

import numpy
import pytest

import support
import tinymodels

FAMILIES = ["llama", "mistral", "qwen2", "qwen3"]
LABELS = 3
PAD = 3
ROWS = [[5, 9, 3, 17, 40, 3, 8, 21, 33, 12, 60, 7, 19, 2, 44, 51], [11], [3, 3, 4, 90, 3, 3]]
"""Long enough for a window of 2 and for rope to matter; the pad token stands inside and at the end."""
ABSENT = object()
BOUND = 2e-4
"""fp32 on both sides; the logits spread over more than 10."""

LINEAR = {"rope_type": "linear", "factor": 4.0}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
PLAIN = {"rope_type": "default", "rope_theta": 100.0}
SLIDING = ["sliding_attention", "full_attention"]

UNUSUAL = {
    "hidden_act": ["gelu", "relu", "quick_gelu", "swish", ABSENT],
    "rms_norm_eps": [0.1, ABSENT],
    "max_position_embeddings": [16, 8, ABSENT],
    "pad_token_id": [8, -1, None, ABSENT],
    "head_dim": [None, 16, ABSENT],
    "num_key_value_heads": [None, 4, ABSENT],
    "num_hidden_layers": [1, ABSENT],
    "num_attention_heads": [2],
    "hidden_size": [64],
    "intermediate_size": [64],
    "vocab_size": [128],
    "rope_parameters": [],
    "rope_theta": [50.0, None, ABSENT],
    "rope_scaling": [
        LINEAR, YARN, {"type": "linear", "factor": 4.0}, {**LINEAR, "type": "default"}, {**PLAIN},
        {"rope_type": "dynamic", "factor": 4.0}, {**LINEAR, "partial_rotary_factor": 0.5}, {**LINEAR, "attention_factor": 0.5},
        {**LLAMA3, "original_max_position_embeddings": 16}, LLAMA3, {}, {"full_attention": LINEAR, "sliding_attention": LINEAR}],
    "partial_rotary_factor": [0.5],
    "original_max_position_embeddings": [16],
    "attention_bias": [True],
    "mlp_bias": [True],
    "sliding_window": [2, ABSENT],
    "use_sliding_window": [True],
    "max_window_layers": [1, ABSENT],
    "layer_types": [SLIDING, ["full_attention"] * 2, ["chunked_attention"] * 2, ["full_attention"], None],
    "is_causal": [False],
    "per_layer_config": [{"0": {"rms_norm_eps": 0.5}}, {}],
    "pruned_heads": [{"0": [1]}, {}],
    "fusion_config": [{"x": 1}, {}],
    "kv_sharing_modes": [["a"]],
    "num_kv_shared_layers": [1, 0],
    "transformers_weights": ["other.safetensors", None],
    "quantization_config": [{"quant_method": "gptq", "bits": 4}, None],
    "compression_config": [{"quant_method": "compressed-tensors"}],
    "id2label": [{"0": "a", "1": "b", "2": "c"}],
    "problem_type": ["multi_label_classification"],
    "tie_word_embeddings": [True],
    "attention_dropout": [0.5],
    "eos_token_id": [9, [9, 10]],
    "model_type": [],
}
"""Values of the keys that matter, one case each. All keys that the table ignores are odd at once, in one case."""
ODD = {
    "label2id": {"a": 2, "b": 1, "c": 0}, "architectures": ["X"], "auto_map": {"AutoConfig": "x.Y"}, "dtype": "float16",
    "torch_dtype": "float16", "attn_implementation": "eager", "experts_implementation": "eager", "num_labels": 5,
    "gradient_checkpointing": True, "initializer_range": 0.5, "task_specific_params": {}, "mlp_layer_types": ["dense"] * 2,
    "mtp_layer_types": ["full_attention"], "mtp_mlp_layer_types": ["dense"], "mtp_per_layer_config": {}, "extra_files": ["a"],
    "bad_words_ids": [[5]], "suppress_tokens": [5], "begin_suppress_tokens": [5], "base_model_tp_plan": {}, "sub_configs": {},
    "exponential_decay_length_penalty": [1, 1.5], "compile_config": None, "distributed_config": {}, "tokenizer_class": "X",
    "name_or_path": "x", "prefix": "x", "transformers_version": "3.0", "finetuning_task": "x", "base_model_pp_plan": {},
    "base_model_ep_plan": {}, "bos_token_id": 7, "sep_token_id": 5, "decoder_start_token_id": 4, "temperature": 0.1, "top_k": 3,
    "top_p": 0.5, "max_length": 3, "num_beams": 2, "repetition_penalty": 2.0, "attention_chunk_size": 2,
    "cross_attention_hidden_size": 8, "initializer_factor": 2.0, "init_std": 1.0, "default_theta": 9.0,
    "classifier_dropout": 0.5, "hidden_dropout": 0.5, "first_k_dense_replace": 1, "num_mtp_layers": 1,
    "number_of_conv_states": 2, "chunk_size_feed_forward": 1, "pretraining_tp": 2, "unpadded_vocab_size": 9,
    "logits_mup_width_multiplier": 3.0, "return_dict": False, "use_cache": False}
"""Keys of which a plain `true` would not be unusual, or not be a value."""
UNLOADABLE = ["is_heterogeneous", "sub_configs", "return_dict", "num_labels", "tie_encoder_decoder"]
"""Keys that transformers ignores or, in one of the versions, cannot load: not together with others."""
COMBINED = [
    {"sliding_window": 2, "layer_types": SLIDING}, {"sliding_window": 2, "layer_types": None},
    {"sliding_window": 2, "use_sliding_window": True, "max_window_layers": 1, "layer_types": ABSENT},
    {"sliding_window": 2, "use_sliding_window": True, "layer_types": SLIDING},
    {"rope_scaling": LINEAR, "rope_parameters": PLAIN}, {"rope_scaling": YARN, "rope_parameters": PLAIN},
    {"rope_scaling": LINEAR, "rope_parameters": PLAIN, "rope_theta": ABSENT},
    {"rope_parameters": {**LINEAR, "rope_theta": 50.0}, "rope_theta": ABSENT},
    {"rope_parameters": LINEAR}, {"rope_parameters": PLAIN}, {"rope_parameters": YARN},
    {"rope_scaling": {**LLAMA3, "original_max_position_embeddings": 16}, "original_max_position_embeddings": 64},
]
"""Keys that work together."""
ONLY_5_READS = {"rope_parameters"}
"""transformers 4 does not know the key; what we write beside our weights tells it the same (test_rope_config.py)."""


@pytest.fixture(scope="module")
def table(probe_program):
    """What the program says it does with each key, by family."""
    return json.loads(support.execute(support.PROBE, "config-fields").stdout)


@pytest.fixture(scope="module")
def known():
    """What each version of transformers looks at, by version and family."""
    missing = [name for name, python in support.STACKS.items() if not python.exists()]
    if missing:
        pytest.skip(f"{missing} are not there; run make venv")
    script = support.ROOT / "Tests" / "Python" / "config_stack.py"
    return {name: json.loads(support.execute(python, script, "fields").stdout) for name, python in support.STACKS.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_key_that_transformers_looks_at_is_accounted_for(family, table, known):
    for version, families in known.items():
        assert len(families[family]) > 60, "the sources are not as expected"
        missing = sorted(set(families[family]) - set(table[family]))
        assert not missing, f"{version} looks at {missing}; say in ConfigFields.swift what this program does with them"


@pytest.mark.parametrize("family", FAMILIES)
def test_absent_keys_have_the_values_of_the_familys_class(family, table, known):
    compared = 0
    for families in known.values():
        for key, entry in families[family].items():
            ours = table[family][key]
            if not entry["own"] or ours["use"] not in ("computes", "informs"):
                continue
            assert ours["default"] == entry["default"], key
            compared += 1
    assert compared > 30


def base(directory, family, **settings):
    """A base with a head, in transformers 4's spelling, which both versions read alike."""
    import torch
    from transformers import CONFIG_MAPPING, AutoModelForSequenceClassification

    values = {
        "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": 96, "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "pad_token_id": PAD,
        "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": False, "num_labels": LABELS,
        "rope_parameters": {"rope_type": "default", "rope_theta": 5000.0}}
    if family != "qwen2":
        values["head_dim"] = 8
    if family == "mistral":
        values["sliding_window"] = None
    model = AutoModelForSequenceClassification.from_config(CONFIG_MAPPING[family](**{**values, **settings}))
    tinymodels.randomize(model, torch.Generator().manual_seed(3))
    with torch.no_grad():
        model.score.weight.mul_(8)
    model.save_pretrained(directory)
    tinymodels.as_transformers4(directory / "config.json")
    return directory


def adapter(directory, base, config):
    """An adapter that adds nothing and carries the base's head, written as PEFT writes it."""
    import torch
    from safetensors.torch import load_file, save_file

    weights = load_file(base / "model.safetensors")
    name = "base_model.model.model.layers.0.mlp.up_proj"
    rows, columns = weights["model.layers.0.mlp.up_proj.weight"].shape
    directory.mkdir()
    save_file({
        "base_model.model.score.weight": weights["score.weight"], f"{name}.lora_A.weight": torch.ones(1, columns),
        f"{name}.lora_B.weight": torch.zeros(rows, 1)}, directory / "adapter_model.safetensors")
    (directory / "adapter_config.json").write_text(json.dumps({
        "peft_type": "LORA", "task_type": "SEQ_CLS", "r": 1, "lora_alpha": 1, "target_modules": ["up_proj"],
        "layers_to_transform": [0], "base_model_name_or_path": str(base)}))
    return directory


SHAPED = {
    "llama": [{"attention_bias": True}, {"mlp_bias": True}, {"num_key_value_heads": 4}, {"vocab_size": 32000}],
    "mistral": [{"num_key_value_heads": 8, "num_attention_heads": 8, "head_dim": 4}, {"sliding_window": 2}],
    "qwen2": [{"num_attention_heads": 32, "num_key_value_heads": 32, "hidden_size": 64}],
    "qwen3": [{"attention_bias": True}, {"head_dim": 128}]}
"""Bases whose weights have another shape. Every key of theirs is also left out where that is the family's value."""


def cases(family, table):
    """(settings of the base, changes of its config.json) of every case."""
    yield {}, {}
    ignored = [key for key, entry in sorted(table[family].items()) if entry["use"] == "ignored" and key not in UNUSUAL]
    yield {}, {key: ODD.get(key, True) for key in ignored if key not in UNLOADABLE}
    for key in [*sorted(set(table[family]) - set(ignored)), *UNLOADABLE]:
        for value in UNUSUAL.get(key, [ODD.get(key, True)]):
            yield {}, {key: value}
    for changes in COMBINED:
        yield {}, changes
    for settings in SHAPED[family]:
        yield settings, {}
        for key, value in settings.items():
            if value == table[family][key]["default"] or key == "num_key_value_heads" and family == "llama":
                yield settings, {key: ABSENT}


@pytest.fixture(scope="module", params=FAMILIES)
def outcomes(request, table, known, tmp_path_factory):
    """What each version of transformers and this program make of every case."""
    family = request.param
    directory = tmp_path_factory.mktemp(family)
    bases, all_cases = {}, list(cases(family, table))
    for number, (settings, changes) in enumerate(all_cases):
        name = json.dumps(settings)
        if name not in bases:
            made = base(directory / f"base{len(bases)}", family, **settings)
            bases[name] = made, adapter(directory / f"adapter{len(bases)}", made, {})
        made, _ = bases[name]
        config = json.loads((made / "config.json").read_text())
        for key, value in changes.items():
            config.pop(key, None)
            if value is not ABSENT:
                config[key] = value
        target = directory / str(number)
        target.mkdir()
        (target / "config.json").write_text(json.dumps(config))
        (target / "model.safetensors").symlink_to(made / "model.safetensors")
    (directory / "cases.json").write_text(json.dumps([
        {"directory": str(directory / str(number)), "rows": ROWS, "labels": LABELS} for number in range(len(all_cases))]))

    def theirs(version):
        out = directory / f"{version}.json"
        script = support.ROOT / "Tests" / "Python" / "config_stack.py"
        support.execute(support.STACKS[version], script, "logits", directory / "cases.json", out)
        return json.loads(out.read_text())

    def ours(number):
        _, peft = bases[json.dumps(all_cases[number][0])]
        out, request_file = directory / f"{number}.safetensors", directory / f"{number}.json"
        request_file.write_text(json.dumps({"batches": [{"input_ids": ROWS}], "threads": 1}))
        result = support.execute(
            support.PROBE, "numbers", directory / str(number), peft, request_file, out, expect=None)
        if result.returncode == 0:
            from safetensors.numpy import load_file
            return load_file(out)["logits"].tolist()
        assert result.returncode == 1, result.stderr
        return {"error": result.stderr}

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        reference = {version: pool.submit(theirs, version) for version in support.STACKS}
        mine = [ours(number) for number in range(len(all_cases))]
        yield family, all_cases, mine, {version: future.result() for version, future in reference.items()}
    shutil.rmtree(directory)


def distance(left, right):
    return float(numpy.abs(numpy.array(left) - numpy.array(right)).max())


def test_every_key_is_used_as_in_transformers_or_refused(outcomes, table):
    family, all_cases, mine, theirs = outcomes
    problems, used, refused = [], set(), set()
    plain = mine[0]
    assert isinstance(plain, list) and numpy.ptp(plain) > 5
    # The first two cases, nothing unusual and everything that is ignored, load everywhere.
    assert all(isinstance(results[number], list) for results in theirs.values() for number in (0, 1))
    for number, (settings, changes) in enumerate(all_cases):
        name = f"{settings} {changes}".replace(str(ABSENT), "absent")
        logits = mine[number]
        # transformers does not look at a key that the table lacks.
        uses = {key: table[family][key]["use"] for key in changes if key in table[family]}
        if isinstance(logits, dict):
            refused |= set(changes)
            # A refusal of a value of this key, of weights that do not fit it, or of the texts that exceed it.
            keys = [*changes, "shape", "positions", "activation", "rope", "no tensor", "layer type", "layer_types",
                    "quantisation", "partial_rotary_factor"]
            if not any(key in logits["error"] for key in keys):
                problems.append(f"{name}: refused without its name: {logits['error']}")
            if set(uses.values()) == {"ignored"}:
                problems.append(f"{name}: refused although the table says ignored")
            continue
        for version, results in theirs.items():
            result = results[number]
            if isinstance(result, dict) or version == "transformers4" and ONLY_5_READS & set(changes):
                continue
            if distance(logits, result) > BOUND:
                problems.append(f"{name}: {distance(logits, result):.5f} from {version}")
        if not settings and distance(logits, plain) > BOUND:
            used |= set(changes)
            if set(uses.values()) <= {"ignored", "informs"}:
                problems.append(f"{name}: changes logits, which the table does not say")
    for key, entry in table[family].items():
        if entry["use"] == "only" and key not in refused:
            problems.append(f"{key}: no value is refused")
        # A key that computes does so, or is refused, with at least one of its values.
        if entry["use"] == "computes" and key not in used | refused:
            problems.append(f"{key}: none of its values changes the logits or is refused")
    assert not problems, "\n".join(problems)
