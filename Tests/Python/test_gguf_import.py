"""`apr import` against transformers' own GGUF loader, and against the `gguf` package.

Weights are compared bit for bit: both sides decode the same blocks, so there is nothing to tolerate.
"""
import json
import pathlib
import random
import subprocess
import sys
import unicodedata

import pytest
import support

sys.path.insert(0, str(support.ROOT / "Tools" / "golden"))

import gguf  # noqa: E402
import make_gguf_fixtures as fixtures  # noqa: E402

GOLDEN = support.ROOT / "Tests" / "Fixtures" / "gguf" / "dequantisation.gguf"
ARCHITECTURES = ["llama", "qwen2", "qwen3"]

pytestmark = pytest.mark.usefixtures("apr_program")


def import_gguf(source, directory, *options):
    support.apr("import", source, "-o", directory, *options)
    return directory


@pytest.fixture(scope="module", params=ARCHITECTURES)
def imported(request, tmp_path_factory):
    """A tiny model of each architecture, its matrices of every stored type: the GGUF file and its import."""
    folder = tmp_path_factory.mktemp(request.param)
    source = folder / "model.gguf"
    fixtures.write_model(source, request.param)
    return request.param, source, import_gguf(source, folder / "imported")


def reference(source, **options):
    """What transformers makes of a GGUF file."""
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float32, **options).eval()


def load(directory):
    """Our directory as transformers loads it without being told anything, and what it says about the keys."""
    from transformers import AutoModelForCausalLM

    model, report = AutoModelForCausalLM.from_pretrained(directory, output_loading_info=True)
    return model.eval(), report


def bits(tensor):
    import torch

    return tensor.detach().contiguous().view(torch.int32)


def assert_same_weights(model, expected):
    import torch

    ours, theirs = model.state_dict(), expected.state_dict()
    assert set(ours) == set(theirs)
    different = [name for name in theirs if not torch.equal(bits(ours[name]), bits(theirs[name]))]
    assert different == []


def assert_no_problems(report, missing=frozenset(), unexpected=frozenset()):
    assert set(report["missing_keys"]) == set(missing)
    assert set(report["unexpected_keys"]) == set(unexpected)
    assert not report["mismatched_keys"]


# --- Weights and config -------------------------------------------------------------------------------------


def test_weights_are_transformers_bit_for_bit_and_no_key_is_missing(imported):
    import torch

    _, source, directory = imported
    model, report = load(directory)
    assert_no_problems(report)
    assert model.dtype == torch.float32
    expected = reference(source)
    assert_same_weights(model, expected)
    ids = torch.arange(40).reshape(2, 20)
    with torch.no_grad():
        logits, wanted = model(ids).logits, expected(ids).logits
    assert wanted.abs().max() > 0.5
    assert torch.equal(logits, wanted)


def test_every_stored_type_occurs_in_the_tiny_models(imported):
    _, source, _ = imported
    assert {tensor.tensor_type for tensor in gguf.GGUFReader(source).tensors} == set(fixtures.TYPES)


def test_the_classifier_class_lacks_only_its_head(imported):
    from transformers import AutoModelForSequenceClassification

    _, _, directory = imported
    model, report = AutoModelForSequenceClassification.from_pretrained(
        directory, num_labels=5, output_loading_info=True)
    # The head of the language model is left over, as from any directory of one.
    assert_no_problems(report, missing={"score.weight"}, unexpected={"lm_head.weight"})
    assert type(model).__name__.endswith("ForSequenceClassification")


# What a directory has over a GGUF file: the class, the precision, and no name of its own.
OURS_ALONE = {"architectures", "dtype"}
PLACES = {"_name_or_path", "_model_name_or_path"}


def differences(source, directory):
    from transformers import AutoConfig

    theirs = AutoConfig.from_pretrained(source.parent, gguf_file=source.name)
    ours = AutoConfig.from_pretrained(directory)
    assert type(ours) is type(theirs)
    left, right = ours.to_dict(), theirs.to_dict()
    return {
        key: (left.get(key, "absent"), right.get(key, "absent"))
        for key in (left.keys() | right.keys()) - OURS_ALONE - PLACES
        if left.get(key, "absent") != right.get(key, "absent")
    }


def test_config_is_the_one_transformers_makes_field_by_field(imported):
    _, source, directory = imported
    assert differences(source, directory) == {}


def test_config_names_the_class_and_the_precision(imported):
    architecture, _, directory = imported
    config = json.loads((directory / "config.json").read_text())
    name = {"llama": "Llama", "qwen2": "Qwen2", "qwen3": "Qwen3"}[architecture]
    assert config["architectures"] == [f"{name}ForCausalLM"]
    assert config["dtype"] == "float32"
    assert config["tie_word_embeddings"] is False


def test_without_an_output_matrix_the_embeddings_are_tied(tmp_path):
    from safetensors import safe_open

    source = tmp_path / "model.gguf"
    fixtures.write_model(source, "qwen2", tied=True)
    directory = import_gguf(source, tmp_path / "imported")
    assert differences(source, directory) == {}
    with safe_open(directory / "model.safetensors", "pt") as file:
        assert "lm_head.weight" not in file.keys()
    model, report = load(directory)
    assert_no_problems(report)
    assert model.config.tie_word_embeddings
    assert_same_weights(model, reference(source))


def test_version_2_reads_as_version_3(tmp_path):
    for version in (2, 3):
        fixtures.write_model(tmp_path / f"v{version}.gguf", "llama", version=version)
        import_gguf(tmp_path / f"v{version}.gguf", tmp_path / f"v{version}")
    assert (tmp_path / "v2.gguf").read_bytes()[4] == 2
    first, second = ((tmp_path / f"v{version}" / "model.safetensors").read_bytes() for version in (2, 3))
    assert first == second


def test_bf16_is_torch_rounding_of_fp32(imported, tmp_path):
    import torch
    from safetensors.torch import load_file

    _, source, directory = imported
    half = import_gguf(source, tmp_path / "bf16", "--dtype", "bf16")
    assert json.loads((half / "config.json").read_text())["dtype"] == "bfloat16"
    full, rounded = load_file(directory / "model.safetensors"), load_file(half / "model.safetensors")
    assert set(full) == set(rounded)
    for name, tensor in full.items():
        assert torch.equal(rounded[name].view(torch.int16), tensor.to(torch.bfloat16).view(torch.int16)), name
    model, report = load(half)
    assert_no_problems(report)
    assert model.dtype == torch.bfloat16


@pytest.mark.parametrize("factor", [8.0, 32.0])
def test_llama_3_rope_scaling_is_recovered_from_the_stored_divisors(tmp_path, factor):
    """transformers' GGUF loader leaves the scaling out; the reference is transformers' own Llama 3 scaling."""
    import torch
    from transformers import AutoConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    source = tmp_path / "model.gguf"
    fixtures.write_model(source, "llama", scaling={"factor": factor})
    directory = import_gguf(source, tmp_path / "imported")
    config = AutoConfig.from_pretrained(directory)
    assert config.rope_parameters == {
        "rope_type": "llama3", "factor": factor, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192, "rope_theta": 500000.0}
    frequencies, _ = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    size = 2 * len(frequencies)
    plain = 1 / 500000.0 ** (torch.arange(0, size, 2, dtype=torch.float32) / size)
    stored = torch.from_numpy(fixtures.rope_factors(size, factor=factor))
    # Both in single precision, by different routes.
    assert torch.allclose(frequencies, plain / stored, rtol=1e-5, atol=0)


def test_rope_divisors_of_another_family_are_refused(tmp_path):
    source = tmp_path / "model.gguf"
    fixtures.write_model(source, "llama", scaling={"factor": 8.0, "original": 4096})
    assert_refused(source, tmp_path, "rope frequency factors")


READ_DIRECTORIES = """
import json, sys
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

request = json.load(open(sys.argv[1]))
answer = {}
for name, directory in request["directories"].items():
    model, report = AutoModelForCausalLM.from_pretrained(directory, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"], report
    assert model.dtype == torch.float32
    with torch.no_grad():
        answer[name] = model.eval()(torch.arange(30).reshape(1, 30)).logits
    classifier, report = AutoModelForSequenceClassification.from_pretrained(
        directory, num_labels=3, output_loading_info=True)
    assert set(report["missing_keys"]) == {"score.weight"}, report
    ids = AutoTokenizer.from_pretrained(directory)(request["texts"])["input_ids"]
    answer[name + ".ids"] = torch.tensor(sum(ids, [len(row) for row in ids]))
save_file(answer, sys.argv[2])
"""


def test_both_pinned_stacks_read_the_directories_alike(stack, tmp_path):
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    directories = {}
    for architecture in ARCHITECTURES:
        source = tmp_path / f"{architecture}.gguf"
        fixtures.write_model(source, architecture)
        directories[architecture] = str(import_gguf(source, tmp_path / architecture))
    sentences = texts(300, seed=3)
    request, answer = tmp_path / "request.json", tmp_path / "answer.safetensors"
    request.write_text(json.dumps({"directories": directories, "texts": sentences}))
    support.execute(stack, "-c", READ_DIRECTORIES, request, answer)
    found = load_file(answer)
    for architecture, directory in directories.items():
        model, _ = load(pathlib.Path(directory))
        with torch.no_grad():
            wanted = model(torch.arange(30).reshape(1, 30)).logits
        # Two versions of transformers order the same operations a little differently: single precision's noise.
        assert (found[architecture] - wanted).abs().max() <= 2e-5 * wanted.abs().max()
        rows = ids(Tokenizer.from_file(f"{directory}/tokenizer.json"), sentences)
        assert found[f"{architecture}.ids"].tolist() == [len(row) for row in rows] + sum(rows, [])


# --- Tokenizers ---------------------------------------------------------------------------------------------

PIECES = [
    "The", " the", "it's", "I'D", "we'll", " don't", "hello", "WORLD", "Größe", "naïve", "日本語", "中文", "한국어",
    "Привет", "مرحبا", "שלום", "ไทย", "हिन्दी", "0", "1", "12", "123", "1234567", "٣٤", "²", "½", " ", "  ", "   ", "      ",
    "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2028", "\u200b", "\u200d", ".", "...", "!?", "—", "«", "»", "$", "#!/bin/sh",
    "rm -rf", "\"$HOME\"", "{a,b}", "&&", "||", ">&2", "e\u0301", "o\u0308\u0323", "\u1112\u1161\u11ab", "ﬁ", "Å", "\u212b", "👩‍👩‍👧", "🇩🇪",
    "🏽", "\x00", "\x07", "\x7f", "\ufffd", "\ufdd0", "\U000e0001", "\U0010ffff", "▁", "▁▁", "<0x41>", "<s>", "</s>", "<unk>",
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "[PAD601]",
]


def texts(count=4000, seed=5):
    """Random sentences made to hurt: scripts, digits, white space and special tokens run together."""
    source = random.Random(seed)
    result = ["", " ", "\n", "a", fixtures.TEXT]
    while len(result) < count:
        result.append("".join(source.choice(PIECES) for _ in range(source.randint(1, 12))))
    return result


def ids(tokenizer, sentences):
    return [encoding.ids for encoding in tokenizer.encode_batch(sentences)]


TOKENIZERS = [
    ("llama", "smollm", {}),
    ("llama", "gpt-2", {"add_eos": True}),
    ("llama", "default", {}),
    ("llama", "llama-bpe", {"add_bos": True}),
    ("llama", "sentencepiece", {}),
    ("llama", "sentencepiece", {"with_merges": True}),
    ("qwen2", "qwen2", {"add_bos": False}),
    ("qwen3", "qwen2", {}),
]


@pytest.mark.parametrize("architecture, pre, flags", TOKENIZERS, ids=lambda value: str(value).replace(" ", ""))
def test_tokenizer_gives_the_ids_of_transformers_loader(tmp_path, architecture, pre, flags):
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    source = tmp_path / "model.gguf"
    fixtures.write_model(source, architecture, tokenizer=pre, types=[gguf.GGMLQuantizationType.F16], **flags)
    directory = import_gguf(source, tmp_path / "imported")
    ours = Tokenizer.from_file(str(directory / "tokenizer.json"))
    theirs = AutoTokenizer.from_pretrained(tmp_path, gguf_file=source.name)
    sentences = texts()
    if pre == "qwen2":
        # That loader leaves out Qwen's NFC, which the real tokenizers have; on composed text they agree.
        assert any(unicodedata.normalize("NFC", text) != text for text in sentences)
        assert ids(ours, sentences) == ids(ours, [unicodedata.normalize("NFC", text) for text in sentences])
        sentences = [unicodedata.normalize("NFC", text) for text in sentences]
    assert ids(ours, sentences) == ids(theirs.backend_tokenizer, sentences)
    assert ids(ours, sentences)[4] != []

    # The directory as transformers 5 reads it, special tokens included.
    loaded = AutoTokenizer.from_pretrained(directory)
    assert loaded(texts(200))["input_ids"] == ids(ours, texts(200))
    for name in ("bos_token", "eos_token", "unk_token", "pad_token", "chat_template"):
        assert getattr(loaded, name) == getattr(theirs, name), name
    assert len(loaded) <= json.loads((directory / "config.json").read_text())["vocab_size"]


def test_llama_3_takes_a_whole_token_that_merges_do_not_reach(tmp_path):
    """As Llama 3's own tokenizer.json says (ignore_merges); transformers' GGUF loader leaves it out."""
    from tokenizers import Tokenizer

    for pre, expected in [("llama-bpe", ["zyxwv"]), ("gpt-2", list("zyxwv"))]:
        source = tmp_path / f"{pre}.gguf"
        fixtures.write_model(source, "llama", tokenizer=pre, unreachable=["zyxwv"])
        directory = import_gguf(source, tmp_path / pre)
        assert Tokenizer.from_file(str(directory / "tokenizer.json")).encode("zyxwv").tokens == expected


# --- The real model -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_smollm2_has_the_weights_config_ids_and_logits_of_transformers(smollm2, smollm2_gguf):
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    assert differences(smollm2_gguf, smollm2) == {}
    tokenizer = Tokenizer.from_file(str(smollm2 / "tokenizer.json"))
    theirs = AutoTokenizer.from_pretrained(smollm2_gguf.parent, gguf_file=smollm2_gguf.name)
    sentences = texts(10_000, seed=9)
    assert ids(tokenizer, sentences) == ids(theirs.backend_tokenizer, sentences)
    assert AutoTokenizer.from_pretrained(smollm2)(sentences[:500])["input_ids"] == ids(tokenizer, sentences[:500])

    model, report = load(smollm2)
    assert_no_problems(report)
    expected = reference(smollm2_gguf)
    assert_same_weights(model, expected)
    with torch.no_grad():
        for text in ["The quick brown fox jumps over", "#!/bin/sh\nrm -rf \"$HOME\"/tmp"]:
            row = torch.tensor([tokenizer.encode(text).ids])
            logits, wanted = model(row).logits, expected(row).logits
            # The issue's bound, of the logits' scale; equal weights give equal bits.
            assert (logits - wanted).abs().max() <= 2e-5 * wanted.abs().max()


# --- Refusals -----------------------------------------------------------------------------------------------


def assert_refused(source, folder, *words):
    """The import fails with a message that has these words, and leaves nothing behind."""
    folder = folder / "refused"
    folder.mkdir()
    result = support.apr("import", source, "-o", folder / "out", expect=None)
    assert result.returncode == 65, result
    for word in words:
        assert word in result.stderr
    assert list(folder.iterdir()) == []


def test_another_architecture_is_refused_by_name(tmp_path):
    source = tmp_path / "model.gguf"
    fixtures.write_model(source, "gemma2")
    assert_refused(source, tmp_path, '"gemma2"')


def test_another_tensor_type_is_refused_by_name(tmp_path):
    kind = gguf.GGMLQuantizationType.TQ2_0
    source = tmp_path / "model.gguf"
    fixtures.write_model(source, "llama", types=[gguf.GGMLQuantizationType.F16, kind])
    assert_refused(source, tmp_path, "TQ2_0", "blk.0.attn_q.weight")


def test_another_pre_tokenizer_is_refused_by_name(tmp_path):
    source = tmp_path / "model.gguf"
    fixtures.write_model(source, "llama", tokenizer="tekken")
    assert_refused(source, tmp_path, '"tekken"')


def test_another_tokenizer_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(
        gguf.GGUFWriter, "add_tokenizer_model", lambda self, model: self.add_string("tokenizer.ggml.model", "t5"))
    source = tmp_path / "model.gguf"
    fixtures.write_model(source, "llama")
    assert_refused(source, tmp_path, '"t5"')


def test_big_endian_is_refused_by_name(tmp_path):
    source = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(source, "llama", endianess=gguf.GGUFEndian.BIG)
    writer.add_name("turned round")
    fixtures.finish(writer)
    assert_refused(source, tmp_path, "big-endian")


def test_a_file_cut_short_is_refused(imported, tmp_path):
    _, source, _ = imported
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(source.read_bytes()[:-1000])
    assert_refused(cut, tmp_path, "is the download complete?")


# --- The command and the committed fixture ------------------------------------------------------------------


def test_inspect_lists_what_the_gguf_package_reads(imported):
    _, source, _ = imported
    found = json.loads(support.apr("inspect", source, "--json").stdout)
    reader = gguf.GGUFReader(source)
    assert found["kind"] == "gguf"
    assert [(t["name"], t["dtype"], t["shape"], t["bytes"]) for t in found["tensors"]] == [
        (t.name, t.tensor_type.name, t.shape.tolist()[::-1], t.n_bytes) for t in reader.tensors]
    names = [name for name in reader.fields if not name.startswith("GGUF.")]
    assert list(found["metadata"]) == names
    tokens = reader.fields["tokenizer.ggml.tokens"]
    assert found["metadata"]["tokenizer.ggml.tokens"] == {
        "count": len(tokens.data), "type": "string", "first": tokens.contents()[:8]}
    assert found["metadata"]["general.name"] == reader.fields["general.name"].contents()


def test_importing_twice_does_the_work_once(imported, tmp_path):
    _, source, _ = imported
    directory = import_gguf(source, tmp_path / "out")
    before = {path.name: path.stat().st_mtime_ns for path in directory.iterdir()}
    import_gguf(source, directory)
    assert {path.name: path.stat().st_mtime_ns for path in directory.iterdir()} == before


def test_a_directory_of_something_else_is_not_overwritten(imported, tmp_path):
    _, source, _ = imported
    (tmp_path / "mine.txt").write_text("precious")
    result = support.apr("import", source, "-o", tmp_path, expect=None)
    assert result.returncode not in (0, 139) and "mine.txt" not in result.stdout
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_the_committed_fixture_is_what_its_script_writes(tmp_path):
    script = support.ROOT / "Tools" / "golden" / "make_gguf_fixtures.py"
    made = tmp_path / "dequantisation.gguf"
    subprocess.run([sys.executable, script, "dequantisation", made], check=True)
    assert made.read_bytes() == GOLDEN.read_bytes()
    assert GOLDEN.stat().st_size < 100_000
