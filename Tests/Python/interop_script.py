"""Loads one checkpoint through every entry point of the HuggingFace stack this Python has, and says what came out.

    interop_script.py REQUEST.json ANSWER.json

It runs in a process of its own, so that the same file serves both stacks. REQUEST: checkpoint, merged, base, labels,
texts, work (a directory to run in, where ./checkpoints/best/ is the checkpoint). ANSWER: for every entry point
{"logits": […]} or other results, or {"error": "Type: message"}.

checkpoint, merged and base may be ids of repositories, where HF_ENDPOINT names the Hub that has them. REQUEST may then be
a list, answered by a list. `only` restricts a request to the entry points whose names begin with one of its texts.
"""
import contextlib
import io
import json
import os
import re
import sys

os.environ["TOKENIZERS_PARALLELISM"] = "false"
if "HF_ENDPOINT" not in os.environ:
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")

import torch
import transformers

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()

SPEC_SNIPPET = '''
# Load in Python with PEFT
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer

base = AutoModelForSequenceClassification.from_pretrained("Qwen/Qwen2.5-Coder-0.5B")
model = PeftModel.from_pretrained(base, "./checkpoints/best/")
tokenizer = AutoTokenizer.from_pretrained("./checkpoints/best/")
'''
"""The spec page's own words."""

answer = {}
only = None


def entry(name, *arguments):
    """Runs a function now and keeps its result, or its error, under a name."""
    def run(function):
        if not wanted(name):
            return function
        try:
            answer[name] = function(*arguments)
        except Exception as error:  # noqa: BLE001 - every kind is an answer here
            answer[name] = {"error": f"{type(error).__name__}: {error}"}
        return function

    return run


def wanted(name):
    return only is None or name.startswith(tuple(only))


def local(directory, name):
    """The path of a file of a directory, or of a repository."""
    if os.path.isdir(directory):
        return os.path.join(directory, name)
    from huggingface_hub import hf_hub_download

    return hf_hub_download(directory, name)


def logits(model, tokenizer, texts, batch, side):
    """Logits of all texts, in batches, padded on one side."""
    model.eval()
    tokenizer.padding_side = side
    rows = []
    with torch.no_grad():
        for start in range(0, len(texts), batch):
            inputs = tokenizer(texts[start : start + batch], return_tensors="pt", padding=batch > 1)
            rows += model(**inputs).logits.float().tolist()
    return {"logits": rows}


def matrix(name, load, texts):
    """One entry point at batch 1 and 2, padded left and right; a failing load fails all four."""
    if not wanted(name):
        return
    try:
        model, tokenizer = load()
    except Exception as error:  # noqa: BLE001
        for batch in (1, 2):
            for side in ("left", "right"):
                answer[f"{name}/{batch}/{side}"] = {"error": f"{type(error).__name__}: {error}"}
        return
    for batch in (1, 2):
        for side in ("left", "right"):
            entry(f"{name}/{batch}/{side}", model, tokenizer, texts, batch, side)(logits)


def model_card_snippet(checkpoint):
    """The first block of Python in the model card."""
    with open(local(checkpoint, "README.md"), encoding="utf-8") as file:
        return re.search(r"```python\n(.*?)```", file.read(), re.DOTALL).group(1)


def main(request):
    from peft import AutoPeftModelForSequenceClassification, PeftModel
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, pipeline

    checkpoint, merged, base = request["checkpoint"], request["merged"], request["base"]
    labels, texts = request["labels"], request["texts"]
    os.chdir(request["work"])

    if labels == 2:
        code = SPEC_SNIPPET.replace("Qwen/Qwen2.5-Coder-0.5B", base)
        if not os.path.isdir(checkpoint):
            code = code.replace("./checkpoints/best/", checkpoint)
        for name, source in (
            ("literal", code),
            ("literal-float32", code.replace(f'"{base}"', f'"{base}", dtype=torch.float32')),
        ):
            @entry(name)
            def literal():
                namespace = {"torch": torch}
                exec(source, namespace)
                return logits(namespace["model"], namespace["tokenizer"], texts, 1, "right")

    def snippet(**settings):
        def load():
            tokenizer = AutoTokenizer.from_pretrained(checkpoint)
            model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=labels, **settings)
            model.config.pad_token_id = tokenizer.pad_token_id
            return PeftModel.from_pretrained(model, checkpoint), tokenizer

        return load

    def auto_peft(**settings):
        def load():
            tokenizer = AutoTokenizer.from_pretrained(checkpoint)
            model = AutoPeftModelForSequenceClassification.from_pretrained(checkpoint, num_labels=labels, **settings)
            model.base_model.config.pad_token_id = tokenizer.pad_token_id
            return model, tokenizer

        return load

    def auto_model(directory):
        def load():
            tokenizer = AutoTokenizer.from_pretrained(directory)
            return AutoModelForSequenceClassification.from_pretrained(directory), tokenizer

        return load

    matrix("snippet-float32", snippet(dtype=torch.float32), texts)
    matrix("snippet", snippet(), texts)
    matrix("auto-peft-float32", auto_peft(dtype=torch.float32), texts)
    matrix("auto-peft", auto_peft(), texts)
    matrix("auto-model-unmerged", auto_model(checkpoint), texts)
    matrix("auto-model-merged", auto_model(merged), texts)

    for name, directory in (("unmerged", checkpoint), ("merged", merged)):
        for batch in (1, 2):
            @entry(f"pipeline-{name}/{batch}")
            def through_pipeline():
                classify = pipeline("text-classification", directory, top_k=None, batch_size=batch)
                return {"scores": [{item["label"]: item["score"] for item in row} for row in classify(texts)]}

    @entry("auto-tokenizer")
    def auto_tokenizer():
        tokenizer = AutoTokenizer.from_pretrained(checkpoint)
        return {
            "ids": [tokenizer(text)["input_ids"] for text in texts], "pad": tokenizer.pad_token,
            "pad_id": tokenizer.pad_token_id}

    @entry("auto-config")
    def auto_config():
        config = AutoConfig.from_pretrained(checkpoint)
        return {
            "num_labels": config.num_labels, "id2label": {int(k): v for k, v in config.id2label.items()},
            "label2id": config.label2id, "pad_token_id": config.pad_token_id, "architectures": config.architectures,
            "model_type": config.model_type, "hidden_size": config.hidden_size}

    @entry("model-card")
    def model_card():
        namespace, printed = {}, io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(model_card_snippet(checkpoint), namespace)
        return {"texts": namespace["texts"], "logits": namespace["logits"].tolist(), "printed": printed.getvalue()}

    @entry("safetensors")
    def safetensors():
        from safetensors import safe_open

        result = {}
        for name in ("model.safetensors", "adapter_model.safetensors"):
            with safe_open(local(checkpoint, name), framework="pt") as file:
                result[name] = {key: list(file.get_tensor(key).shape) for key in file.keys()}
                result[name + " metadata"] = file.metadata()
        return result

    @entry("trainer-resume")
    def trainer_resume():
        from peft import LoraConfig, get_peft_model
        from transformers import Trainer, TrainingArguments

        model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=labels, dtype=torch.float32)
        model = get_peft_model(model, LoraConfig(task_type="SEQ_CLS", r=16, lora_alpha=32))
        arguments = TrainingArguments(
            "trainer-output", max_steps=1, report_to=[], use_cpu=True, disable_tqdm=True, save_strategy="no",
            per_device_train_batch_size=1)
        rows = [{"input_ids": [5, 6, 7], "labels": 0}] * 2
        Trainer(model, arguments, train_dataset=rows).train(resume_from_checkpoint=checkpoint)
        return {"resumed": True}


def answered(request):
    """The answer of one request."""
    global answer, only
    answer, only = {}, request.get("only")
    main(request)
    return {**answer, "versions": {"transformers": transformers.__version__}}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    answers = [answered(request) for request in asked] if isinstance(asked, list) else answered(asked)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(answers, file)
