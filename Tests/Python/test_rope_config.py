"""A base whose config.json only transformers 5 understands: what we write beside its weights says the same to 4.

transformers 4 does not know `rope_parameters`; without `rope_theta` and `rope_scaling` it computes with theta 10000 and
no scaling, and says nothing.
"""
import json
import shutil

import numpy
import pytest

import support
import toybase

THETA = 1e6
DEFAULT = {"rope_type": "default", "rope_theta": THETA}
LLAMA3 = {"rope_type": "llama3", "rope_theta": THETA, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
ROPES = {
    "default": {"rope_parameters": DEFAULT},
    "linear": {"rope_parameters": {"rope_type": "linear", "rope_theta": THETA, "factor": 4.0}},
    "llama3": {"rope_parameters": {**LLAMA3, "original_max_position_embeddings": 64}},
    # transformers 5 takes the original context from the model's, and the theta of the parameters does not count.
    "scaling beside parameters": {"rope_parameters": DEFAULT, "rope_scaling": {**LLAMA3, "rope_theta": 5e5}},
}
TEXTS = ["copy the file " * 20 + str(index) for index in range(3)]
"""Long enough that positions matter."""

LOAD = """
import json, sys
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

directory, texts = sys.argv[1], json.loads(sys.argv[2])
tokenizer = AutoTokenizer.from_pretrained(directory)
model = AutoModelForSequenceClassification.from_pretrained(directory, torch_dtype=torch.float32).eval()
with torch.no_grad():
    print(json.dumps([model(**tokenizer(text, return_tensors="pt")).logits[0].tolist() for text in texts]))
"""


@pytest.fixture(scope="module", params=list(ROPES))
def merged(request, apr_program, tmp_path_factory):
    """The merged model of a short run on a base in transformers 5's spelling, and our logits."""
    directory = tmp_path_factory.mktemp(request.param.replace(" ", "-"))
    base = directory / "base"
    shutil.copytree(toybase.base(), base)
    config = json.loads((base / "config.json").read_text())
    for key in ("rope_theta", "rope_scaling"):
        config.pop(key, None)
    config |= {**ROPES[request.param], "max_position_embeddings": 512}
    (base / "config.json").write_text(json.dumps(config))
    data = support.write_jsonl(directory / "corpus.jsonl", toybase.corpus(2))
    support.apr("finetune", base, "--data", data, "--max-steps", 6, "--learning-rate", 4e-3, "--threads", 1,
                "-o", directory / "checkpoints")
    support.apr("merge", directory / "checkpoints" / "last", "-o", directory / "merged")
    texts = support.write_jsonl(directory / "texts.jsonl", [{"input": text} for text in TEXTS])
    ours = [row["logits"] for row in support.apr_lines("predict", directory / "checkpoints" / "last", "--data", texts)]
    return directory / "merged", numpy.array(ours)


def test_both_stacks_compute_with_the_bases_rope(merged, stack):
    directory, ours = merged
    theirs = json.loads(support.execute(stack, "-c", LOAD, directory, json.dumps(TEXTS)).stdout)
    # fp32 on both sides; the order of sums differs.
    assert numpy.abs(numpy.array(theirs) - ours).max() <= 1e-4
