"""Runs in either pinned stack: what transformers' configuration classes know, and what their models compute.

    config_stack.py fields              the fields of every family, with the defaults of its class, as JSON
    config_stack.py logits CASES OUT    CASES lists {"directory", "rows", "labels"}; OUT receives the logits of each case's
                                        rows, or the error that transformers raises
"""
import dataclasses
import inspect
import json
import pathlib
import re
import sys

import torch
import transformers
from transformers import AutoModelForSequenceClassification

FAMILIES = {"llama": "LlamaConfig", "mistral": "MistralConfig", "qwen2": "Qwen2Config", "qwen3": "Qwen3Config"}
ROOT = pathlib.Path(transformers.__file__).parent
SHARED = [
    "masking_utils.py", "modeling_rope_utils.py", "modeling_layers.py", "cache_utils.py", "integrations/sdpa_attention.py",
    "loss/loss_utils.py", "modeling_utils.py", "configuration_utils.py", "models/auto/configuration_auto.py"]
"""The code that every family shares and that looks at its configuration."""


def _mentioned(path):
    """The keys that a source file takes from a configuration."""
    text = path.read_text()
    names = set(re.findall(r"\bconfig\.([a-z]\w*)\b(?!\()", text))
    names |= set(re.findall(r'(?:getattr|hasattr)\((?:self\.)?(?:\w+_)?config, "(\w+)"', text))
    if path.name == "configuration_utils.py":
        # What is neither an argument nor a dataclass field: `kwargs.pop("torch_dtype", None)`.
        start = re.search(r"\nclass Pre[Tt]rainedConfig\(.*?\n    def (?:__post_init__|__init__)\(", text, re.S).end()
        body = text[start:text.index("\n    def ", start)]
        names |= set(re.findall(r'kwargs\.(?:pop|get)\("(\w+)"', body))
    return names


def _own(kind):
    """A configuration class's fields and their defaults."""
    if dataclasses.is_dataclass(kind):
        return {field.name: field.default for field in dataclasses.fields(kind)}
    base = inspect.signature(transformers.PretrainedConfig.__init__).parameters
    own = inspect.signature(kind.__init__).parameters
    return {name: parameter.default for name, parameter in {**base, **own}.items()}


def _json(value):
    try:
        json.dumps(value)
    except TypeError:
        return None
    return value


def fields():
    base = transformers.PretrainedConfig
    shared = set().union(*(_mentioned(ROOT / file) for file in SHARED))
    methods = {name for name in dir(base) if callable(getattr(base, name, None))}
    if hasattr(base, "_get_global_generation_defaults"):
        shared |= set(base._get_global_generation_defaults())
    result = {}
    for family, name in FAMILIES.items():
        # A Mistral whose config.json has layer_types is loaded as a Ministral.
        kinds = [(family, name)] + ([("ministral", "MinistralConfig")] if family == "mistral" else [])
        own = {}
        for folder, kind in reversed(kinds):
            own |= _own(getattr(transformers, kind))
        names = set(own) | shared
        for folder, _ in kinds:
            names |= _mentioned(ROOT / "models" / folder / f"modeling_{folder}.py")
        names -= methods | {"self", "kwargs", "json"}
        result[family] = {
            name: {"default": _json(own.get(name, inspect.Parameter.empty)), "own": name in own}
            for name in sorted(names) if not name.startswith("_")}
    return result


def logits(case):
    try:
        model = AutoModelForSequenceClassification.from_pretrained(
            case["directory"], num_labels=case["labels"], torch_dtype=torch.float32).eval()
        with torch.no_grad():
            return [model(torch.tensor([row]))[0][0].tolist() for row in case["rows"]]
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    if sys.argv[1] == "fields":
        print(json.dumps(fields()))
    else:
        cases = json.loads(pathlib.Path(sys.argv[2]).read_text())
        pathlib.Path(sys.argv[3]).write_text(json.dumps([logits(case) for case in cases]))
