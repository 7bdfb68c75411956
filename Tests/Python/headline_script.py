"""Runs the spec page's Python as written, in an offline HuggingFace cache, and writes logits as JSON.

    headline_script.py TEXTS.json ANSWER.json       (HF_HOME and the working directory say the rest)
"""
import json
import sys

import torch
import transformers

transformers.logging.set_verbosity_error()
torch.set_num_threads(2)

from interop_script import SPEC_SNIPPET  # noqa: E402


def run(source, texts):
    namespace = {"torch": torch}
    exec(source, namespace)
    model, tokenizer = namespace["model"].eval(), namespace["tokenizer"]
    with torch.no_grad():
        rows = [model(**tokenizer(text, return_tensors="pt")).logits[0].float().tolist() for text in texts]
    return {"logits": rows, "dtype": str(namespace["base"].dtype)}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    answer = {"printed": run(SPEC_SNIPPET, asked)}
    for dtype in ("float32", "bfloat16"):
        source = SPEC_SNIPPET.replace('Coder-0.5B")', f'Coder-0.5B", dtype=torch.{dtype})')
        assert source != SPEC_SNIPPET
        answer[dtype] = run(source, asked)
    answer["transformers"] = transformers.__version__
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(answer, file)
