"""Lists every key that the installed transformers reads from a tokenizer's configuration files.

    python Tools/vocab/tokenizer_keys.py

It prints one key a line, found in the library's own sources: what is taken from `kwargs`, `init_kwargs` and
`tokenizer_config` by name, the parameters of the constructors of the tokenizers of supported families, and the special
tokens. Run it with the Python of each stack. Tests/Python/test_auto_tokenizer.py has a value, or a reason, for each.
"""
import ast
import pathlib

import transformers

ROOT = pathlib.Path(transformers.__file__).parent
FILES = [
    "tokenization_utils_base.py", "tokenization_utils_fast.py", "tokenization_utils_tokenizers.py",
    "models/auto/tokenization_auto.py",
    *(f"models/{family}/{file}" for family, stem in [("llama", "llama"), ("qwen2", "qwen2"), ("gpt2", "gpt2")]
      for file in (f"tokenization_{stem}.py", f"tokenization_{stem}_fast.py")),
]
"""Files that load a tokenizer; which of them exist depends on the version."""
HOLDERS = {"kwargs", "init_kwargs", "local_kwargs", "tokenizer_config", "special_tokens_map"}
"""The names of dictionaries with the files' content."""
LOADERS = {
    "__init__", "from_pretrained", "_from_pretrained", "convert_to_native_format", "_patch_mistral_regex",
    "_convert_from_tiktoken", "_convert_from_sentencepiece"}
"""Functions that run while a tokenizer is loaded."""


def text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def holder(node):
    return isinstance(node, ast.Name) and node.id in HOLDERS


def keys_read(function):
    """The keys that a function takes from one of the dictionaries."""
    for node in ast.walk(function):
        key = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if holder(node.func.value) and node.func.attr in {"pop", "get", "setdefault"}:
                key = text(node.args[0])
        elif isinstance(node, ast.Subscript) and holder(node.value):
            key = text(node.slice)
        elif isinstance(node, ast.Compare) and any(holder(other) for other in node.comparators):
            key = text(node.left)
        if key is not None:
            yield key


def parameters(function):
    arguments = function.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        if argument.arg not in {"self", "cls"}:
            yield argument.arg


def listed(tree):
    """The special tokens, which one list names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
                getattr(target, "id", getattr(target, "attr", "")) == "SPECIAL_TOKENS_ATTRIBUTES" for target in node.targets):
            yield from filter(None, (text(element) for element in getattr(node.value, "elts", [])))


def keys():
    found = set()
    for name in FILES:
        path = ROOT / name
        if not path.exists():
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found.update(listed(tree))
        for node in ast.walk(tree):
            if not isinstance(node, ast.ClassDef):
                continue
            for function in node.body:
                if isinstance(function, ast.FunctionDef) and function.name in LOADERS:
                    found.update(keys_read(function))
                    if function.name == "__init__" and ("Tokenizer" in node.name or "Backend" in node.name):
                        found.update(parameters(function))
    return sorted(found)


if __name__ == "__main__":
    assert len(keys()) > 20, "the sources have another form"
    print("\n".join(keys()))
