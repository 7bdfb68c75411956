"""The model card of a checkpoint whose base is a classifier itself: its snippet as it stands, in both stacks."""
import json
import re
import shutil

import numpy
import pytest

import support
import toybase

SCRIPT = """
import json, re, sys
card = open(sys.argv[1] + "/README.md", encoding="utf-8").read()
namespace = {}
exec(re.search(r"```python\\n(.*?)```", card, re.DOTALL).group(1), namespace)
json.dump({"texts": namespace["texts"], "logits": namespace["logits"].tolist()}, open(sys.argv[2], "w"))
"""


@pytest.fixture(scope="module", params=[3, 2], ids=["another width", "the same width"])
def run(request, apr_program, tmp_path_factory):
    """A run of two labels on a base with a head of its own, and the number of its labels."""
    import torch
    from safetensors.torch import load_file, save_file

    directory = tmp_path_factory.mktemp("head")
    base = directory / "base"
    shutil.copytree(toybase.base(), base)
    weights = load_file(base / "model.safetensors")
    head = torch.randn(request.param, 64, generator=torch.Generator().manual_seed(7))
    weights["score.weight"] = head.to(torch.bfloat16)
    save_file(weights, base / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((base / "config.json").read_text())
    config["architectures"] = ["Qwen2ForSequenceClassification"]
    config["id2label"] = {str(index): f"old {index}" for index in range(request.param)}
    config["label2id"] = {f"old {index}": index for index in range(request.param)}
    (base / "config.json").write_text(json.dumps(config))
    data = support.write_jsonl(directory / "corpus.jsonl", toybase.corpus(2))
    result = support.apr_json(
        "finetune", base, "--data", data, "--epochs", 2, "--learning-rate", 4e-3, "-o", directory / "run")
    return request.param, directory / "run" / "best", result


def test_the_plan_and_the_card_say_what_becomes_of_the_bases_head(run):
    count, best, result = run
    assert result["plan"]["head"] == ("taken_over" if count == 2 else "discarded")
    card = (best / "README.md").read_text()
    assert ("ignore_mismatched_sizes=True" in card) == (count != 2)
    assert json.loads((best / "metadata.json").read_text())["base_head_labels"] == count


@pytest.mark.parametrize("stack", sorted(support.STACKS))
def test_the_snippet_runs_as_it_stands_and_agrees(run, stack, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    support.execute(support.STACKS[stack], tmp_path / "script.py", run[1], tmp_path / "answer.json", timeout=300)
    answer = json.loads((tmp_path / "answer.json").read_text())
    arguments = [part for text in answer["texts"] for part in ("--text", text)]
    ours = numpy.array([row["logits"] for row in support.apr_lines("predict", run[1], *arguments)])
    assert numpy.ptp(ours) > 0.01
    assert numpy.abs(ours - numpy.array(answer["logits"])).max() <= 2e-5
