"""Files of a checkpoint, one by one: the Python libraries read what the Swift writes and the other way round."""
import hashlib
import json
import math
import pathlib

import numpy
import peft
import pytest
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

import apr_reader
import support

pytestmark = pytest.mark.usefixtures("probe_program")

FLOATS = [torch.float32, torch.float16, torch.bfloat16, torch.float64]
TYPES = FLOATS + [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.uint16,
                  torch.uint32, torch.uint64]


def probe(*arguments, **options):
    return support.execute(support.PROBE, *arguments, **options)


def bits(tensor):
    """The bytes of a tensor: equality that NaN and -0 do not escape."""
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def random_tensors(seed, types):
    """Tensors of each type from random bits, with odd shapes and names in no order."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for number, dtype in enumerate(types):
        for shape in [(), (0,), (3,), (2, 5), (1, 3, 1, 2)]:
            width = torch.empty((), dtype=dtype).element_size()
            raw = torch.randint(0, 256, (math.prod(shape) * width,), dtype=torch.uint8, generator=generator)
            if dtype == torch.bool:
                raw %= 2
            name = f"{'zyxwvutsrqponmlk'[number]}.{len(shape)}.{'x'.join(map(str, shape)) or 'skalar-ä'}"
            tensors[name] = raw.view(dtype).reshape(shape)
    return tensors


@pytest.fixture(scope="module")
def sample(tmp_path_factory, probe_program):
    directory = tmp_path_factory.mktemp("run") / "best"
    probe("write-sample-checkpoint", directory)
    return directory


def test_every_type_survives_a_rewrite_bit_for_bit(tmp_path):
    tensors = random_tensors(1, TYPES)
    safetensors.torch.save_file(tensors, tmp_path / "in", metadata={"format": "pt"})
    probe("reencode-safetensors", tmp_path / "in", tmp_path / "out")
    ours = safetensors.torch.load_file(tmp_path / "out")
    assert sorted(ours) == sorted(tensors)
    for name, tensor in tensors.items():
        assert ours[name].dtype == tensor.dtype and ours[name].shape == tensor.shape
        assert bits(ours[name]) == bits(tensor), name


def test_our_bytes_are_those_of_the_python_library(tmp_path):
    tensors = random_tensors(2, TYPES)
    safetensors.torch.save_file(tensors, tmp_path / "in", metadata={"format": "pt"})
    probe("reencode-safetensors", tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "in").read_bytes() == (tmp_path / "out").read_bytes()


def test_floating_point_numbers_are_widened_as_torch_does(tmp_path):
    tensors = random_tensors(3, FLOATS)
    safetensors.torch.save_file(tensors, tmp_path / "in")
    probe("safetensors-to-float32", tmp_path / "in", tmp_path / "out")
    ours = safetensors.torch.load_file(tmp_path / "out")
    for name, tensor in tensors.items():
        expected = tensor.to(torch.float32)
        # Which of the many NaNs comes out is not defined; that it is one, is.
        assert torch.equal(ours[name].isnan(), expected.isnan())
        keep = ~expected.isnan()
        assert bits(ours[name][keep]) == bits(expected[keep]), name


def test_shards_with_an_index_are_one_model(tmp_path):
    tensors = {name: tensor for name, tensor in random_tensors(4, FLOATS).items()}
    names = sorted(tensors)
    weight_map = {}
    for shard in range(3):
        part = {name: tensors[name] for name in names[shard::3]}
        file = f"model-{shard + 1:05}-of-00003.safetensors"
        safetensors.torch.save_file(part, tmp_path / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(part, file)
    (tmp_path / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": 1}, "weight_map": weight_map}, indent=2))
    probe("reencode-safetensors", tmp_path, tmp_path / "whole")
    ours = safetensors.torch.load_file(tmp_path / "whole")
    assert sorted(ours) == names
    assert all(bits(ours[name]) == bits(tensors[name]) for name in names)


@pytest.mark.parametrize("header", [
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}',
    '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}',
    '{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}',
    '{"a":{"dtype":"X9","shape":[1],"data_offsets":[0,4]}}',
    '{"__metadata__":{"a":1}}',
    '[]',
])
def test_what_the_python_library_refuses_is_refused(tmp_path, header):
    image = len(header).to_bytes(8, "little") + header.encode() + bytes(4)
    (tmp_path / "in").write_bytes(image)
    with pytest.raises(safetensors.SafetensorError):
        safetensors.numpy.load_file(tmp_path / "in")
    result = probe("reencode-safetensors", tmp_path / "in", tmp_path / "out", expect=1)
    assert str(tmp_path / "in") in result.stderr


def expected_sample():
    shapes = [("score.weight", (3, 8))]
    for layer in range(2):
        for module in ["q_proj", "v_proj"]:
            shapes += [(f"lora.{layer}.{module}.lora_a", (4, 8)), (f"lora.{layer}.{module}.lora_b", (8, 4))]
    return {
        name: (number + numpy.arange(math.prod(shape), dtype=numpy.float32) / 64).reshape(shape)
        for number, (name, shape) in enumerate(shapes)}


def test_the_python_library_opens_our_files_with_equal_values(sample):
    tensors = safetensors.numpy.load_file(sample / "model.safetensors")
    expected = expected_sample()
    assert sorted(tensors) == sorted(expected)
    for name in expected:
        assert tensors[name].dtype == numpy.float32
        numpy.testing.assert_array_equal(tensors[name], expected[name], strict=True)
    with safetensors.safe_open(sample / "adapter_model.safetensors", "np") as file:
        assert file.metadata() == {"format": "pt"}
        numpy.testing.assert_array_equal(
            file.get_tensor("base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight"),
            expected["lora.1.v_proj.lora_b"])
        numpy.testing.assert_array_equal(file.get_tensor("base_model.model.score.weight"), expected["score.weight"])
        assert len(file.keys()) == len(expected)


def test_an_independent_reader_reads_our_apr_file(sample):
    file = apr_reader.AprFile(sample / "model.apr")
    expected = expected_sample()
    assert sorted(file.tensors) == sorted(expected)
    for name in expected:
        numpy.testing.assert_array_equal(file.tensors[name], expected[name], strict=True)
    assert file.flags == apr_reader.ROW_MAJOR
    assert file.metadata["labels"] == ["no", "yes", "größer"]
    assert (file.metadata["epoch"], file.metadata["hidden_size"], file.metadata["license"]) == (3, 8, None)
    assert list(file.metadata)[:4] == ["model_type", "name", "description", "author"]
    assert list(file.metadata)[-2:] == ["epoch", "labels"]


@pytest.mark.parametrize("seed", range(5))
def test_random_tensors_survive_apr(tmp_path, seed):
    generator = numpy.random.default_rng(seed)
    tensors = {
        f"{'äz.b'[number % 4]}.{number}": generator.standard_normal(
            generator.integers(0 if number % 3 else 1, 6, generator.integers(1, 9)), dtype=numpy.float32)
        for number in range(12)}
    safetensors.numpy.save_file(tensors, tmp_path / "in")
    metadata = {"zeta": {"b": [1, 2.5, None, True]}, "Alpha": "\u0000\"\\ü", "rope_theta": 1e6, "architecture": "x"}
    (tmp_path / "metadata.json").write_text(json.dumps(metadata))
    probe("apr-from-safetensors", tmp_path / "in", tmp_path / "metadata.json", tmp_path / "out.apr")
    file = apr_reader.AprFile(tmp_path / "out.apr")
    assert sorted(file.tensors) == sorted(tensors)
    for name in tensors:
        numpy.testing.assert_array_equal(file.tensors[name], tensors[name], strict=True)
    for key, value in metadata.items():
        assert file.metadata[key] == value


def test_an_independently_written_apr_file_is_read(tmp_path):
    values = numpy.array([1.5, -2, 3e-8, 65504], numpy.float32)
    apr_reader.write(tmp_path / "in.apr", {
        "single": (0, (2, 2), values.tobytes()),
        "half": (1, (4,), values.astype(numpy.float16).tobytes()),
        "brain": (30, (4,), bits(torch.from_numpy(values).to(torch.bfloat16))),
    }, '{"hidden_size":null,"hidden_size":4}')
    described = json.loads(probe("apr-to-json", tmp_path / "in.apr").stdout)
    assert [(t["name"], t["dtype"], t["shape"]) for t in described["tensors"]] == [
        ("brain", "BF16", [4]), ("half", "F16", [4]), ("single", "F32", [2, 2])]
    assert described["metadata"] == {"hidden_size": 4}
    assert described["checksum"]["state"] == "valid"


def test_the_manifest_lists_what_sha256_says(sample):
    manifest = json.loads((sample / "manifest.json").read_text())
    assert sorted(manifest["files"]) == sorted(p.name for p in sample.iterdir() if p.name != "manifest.json")
    for name, entry in manifest["files"].items():
        content = (sample / name).read_bytes()
        assert entry["size"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["role"] == ("editable" if name == "README.md" else "protected")
    digest = manifest.pop("digest")
    canonical = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert digest == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_changed_byte_is_found_and_named(sample, tmp_path):
    assert probe("verify", sample).stdout == "valid\n"
    copy = tmp_path / "copy"
    support.execute("cp", "-r", sample, copy)
    content = bytearray((copy / "adapter_model.safetensors").read_bytes())
    content[-1] ^= 1
    (copy / "adapter_model.safetensors").write_bytes(content)
    assert probe("verify", copy).stdout.startswith("invalid\n")
    assert "adapter_model.safetensors" in probe("verify", copy).stdout


def test_large_files_have_the_right_hash(tmp_path):
    content = numpy.random.default_rng(0).bytes(9 << 20)
    (tmp_path / "file").write_bytes(content)
    assert probe("hash", tmp_path / "file").stdout.strip() == hashlib.sha256(content).hexdigest()


def test_peft_loads_our_adapter_configuration(sample, recwarn):
    config = peft.PeftConfig.from_pretrained(str(sample))
    assert isinstance(config, peft.LoraConfig)
    assert (config.r, config.lora_alpha, config.lora_dropout) == (4, 8, 0.1)
    assert config.target_modules == {"q_proj", "v_proj"}
    assert config.task_type == peft.TaskType.SEQ_CLS
    assert config.modules_to_save == ["classifier", "score"]
    assert config.base_model_name_or_path == "example/base"
    assert not [str(w.message) for w in recwarn if "adapter_config" in str(w.message)]


CONFIGS = {
    "plain": {},
    "list": dict(target_modules=["q_proj", "mlp.down_proj", "model.layers.1.self_attn.k_proj"]),
    "all-linear": dict(target_modules="all-linear"),
    "regex": dict(target_modules=r"model\.layers\.(0|2)\.(self_attn\.[qv]_proj|mlp\.(?:up|down)_proj)"),
    "regex with a class and counts": dict(target_modules=r".*\d{1,2}\.\w+\.[^k]_proj$"),
    "rslora": dict(use_rslora=True, r=4, lora_alpha=6),
    "patterns": dict(
        target_modules=["q_proj", "k_proj", "v_proj"], rank_pattern={"q_proj": 4, r"layers\.1\..*": 16, "_proj": 3},
        alpha_pattern={r"^model\.layers\.0\.self_attn\.v_proj": 5, "k_proj": 32}),
    "layers": dict(target_modules=["q_proj", "v_proj"], layers_to_transform=[0, 2]),
    "one layer": dict(target_modules=["q_proj"], layers_to_transform=1, layers_pattern="layers"),
    "wrong layers pattern": dict(target_modules=["q_proj"], layers_to_transform=[1], layers_pattern=["h", "blocks"]),
    "full name beats layers": dict(
        target_modules=["model.layers.0.mlp.up_proj", "q_proj"], layers_to_transform=[2]),
    "exclude list": dict(target_modules=["q_proj", "v_proj"], exclude_modules=["layers.1.self_attn.q_proj"]),
    "exclude regex": dict(target_modules="all-linear", exclude_modules=r".*\.(gate|o)_proj"),
}


@pytest.fixture(scope="module")
def classifier():
    import transformers

    config = transformers.Qwen2Config(
        vocab_size=32, hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=2,
        num_key_value_heads=1, num_labels=3, pad_token_id=0)
    return lambda: transformers.Qwen2ForSequenceClassification(config)


@pytest.mark.parametrize("case", CONFIGS)
@pytest.mark.parametrize("expanded", [False, True])
def test_modules_ranks_and_scales_are_those_of_peft(tmp_path, classifier, case, expanded):
    arguments = {"r": 8, "lora_alpha": 16, "task_type": "SEQ_CLS", **CONFIGS[case]}
    base = classifier()
    names = [name for name, module in base.named_modules() if isinstance(module, torch.nn.Linear)]
    config = peft.LoraConfig(base_model_name_or_path="base", **arguments)
    if expanded and case != "wrong layers pattern":
        # PEFT replaces "all-linear" and missing targets by names once it has seen a model.
        peft.get_peft_model(classifier(), config)
    config.save_pretrained(tmp_path)
    # Read back: PEFT sorts the keys of patterns when it writes them, and the first that matches counts.
    config = peft.PeftConfig.from_pretrained(str(tmp_path))
    try:
        model = peft.get_peft_model(base, config)
    except ValueError as error:
        assert case == "wrong layers pattern", error
        expected = dict.fromkeys(names)
    else:
        expected = {}
        for name in names:
            module = model.base_model.model.get_submodule(name)
            adapted = isinstance(module, peft.tuners.lora.LoraLayer)
            expected[name] = dict(rank=module.r["default"], scaling=module.scaling["default"]) if adapted else None
        assert any(expected.values())
    (tmp_path / "names.json").write_text(json.dumps(names))
    ours = json.loads(probe("match-modules", tmp_path / "adapter_config.json", tmp_path / "names.json").stdout)
    assert ours.keys() == expected.keys()
    for name, value in expected.items():
        if value is None:
            assert ours[name] is None, name
        else:
            assert ours[name] is not None, name
            assert ours[name]["rank"] == value["rank"]
            assert ours[name]["scaling"] == pytest.approx(value["scaling"], rel=1e-15)


@pytest.mark.parametrize("case", CONFIGS)
def test_a_configuration_read_and_written_again_means_the_same_to_peft(tmp_path, case):
    config = peft.LoraConfig(
        base_model_name_or_path="base", r=8, lora_alpha=16, task_type="SEQ_CLS",
        **{key: value for key, value in CONFIGS[case].items() if key not in ("r", "lora_alpha")})
    config.save_pretrained(tmp_path)
    probe("adapter-config", tmp_path / "adapter_config.json", tmp_path / "again.json")
    before = json.loads((tmp_path / "adapter_config.json").read_text())
    after = json.loads((tmp_path / "again.json").read_text())

    def meaning(value):
        # A single value and a list of one mean the same to PEFT; so do an empty list and none.
        if isinstance(value, list):
            return sorted(value, key=str) or None
        if value is None or value == {}:
            return None
        return [value] if isinstance(value, (int, str)) and not isinstance(value, bool) else value

    for key, value in after.items():
        # PEFT sets these two itself whenever it makes a classifier or loads one for prediction.
        if key not in ("modules_to_save", "inference_mode"):
            default = ["q_proj", "v_proj"] if key == "target_modules" and before[key] is None else before.get(key)
            assert meaning(value) == meaning(default), key
    (tmp_path / "adapter_config.json").write_text((tmp_path / "again.json").read_text())
    peft.PeftConfig.from_pretrained(str(tmp_path))


@pytest.mark.parametrize("change", [
    dict(use_dora=True), dict(lora_bias=True), dict(bias="all"), dict(bias="lora_only"),
    dict(modules_to_save=["embed_tokens"]), dict(layer_replication=[[0, 2], [1, 3]]),
    dict(init_lora_weights="pissa"), dict(init_lora_weights="olora"), dict(trainable_token_indices=[1]),
    dict(target_parameters=["layers.0.experts"]), dict(task_type="CAUSAL_LM"), dict(fan_in_fan_out=True),
    dict(alora_invocation_tokens=[1, 2]), dict(use_qalora=True),
    dict(target_modules=r"(?!model).*q_proj"),
])
def test_what_is_not_supported_is_refused_by_its_name(tmp_path, change):
    peft.LoraConfig(base_model_name_or_path="base", **{"task_type": "SEQ_CLS", "r": 8, **change}).save_pretrained(tmp_path)
    result = probe("adapter-config", tmp_path / "adapter_config.json", tmp_path / "again.json", expect=1)
    (key,) = change
    assert key in result.stderr
    assert str(tmp_path / "adapter_config.json") in result.stderr
