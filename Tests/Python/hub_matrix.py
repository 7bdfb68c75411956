"""Loads a published adapter and a published merged model by their ids through the HuggingFace stack.

    hub_matrix.py REQUEST.json ANSWER.json      (HF_ENDPOINT, HF_HOME and HF_TOKEN say where)
"""
import json
import sys

import torch
import transformers
from huggingface_hub import snapshot_download
from peft import AutoPeftModelForSequenceClassification, PeftModel
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, pipeline

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()


def logits(model, tokenizer, texts):
    model.eval()
    rows = []
    with torch.no_grad():
        for start in range(0, len(texts), 2):
            inputs = tokenizer(texts[start : start + 2], return_tensors="pt", padding=True)
            rows += model(**inputs).logits.float().tolist()
    return {"logits": rows}


def main(request):
    texts, labels, answer = request["texts"], request["labels"], {}
    places = {"id": request["adapter"], "folder": snapshot_download(request["adapter"])}
    merged = {"id": request["merged"], "folder": snapshot_download(request["merged"])}
    answer["labels"] = [AutoConfig.from_pretrained(request["merged"]).id2label[index] for index in range(labels)]
    for kind, place in places.items():
        tokenizer = AutoTokenizer.from_pretrained(place)
        settings = json.load(open(f"{places['folder']}/adapter_config.json"))
        base = AutoModelForSequenceClassification.from_pretrained(
            settings["base_model_name_or_path"], revision=settings["revision"], num_labels=labels, dtype=torch.float32)
        base.config.pad_token_id = tokenizer.pad_token_id
        answer[f"peft {kind}"] = logits(PeftModel.from_pretrained(base, place), tokenizer, texts)
        model = AutoPeftModelForSequenceClassification.from_pretrained(place, num_labels=labels, dtype=torch.float32)
        model.base_model.config.pad_token_id = tokenizer.pad_token_id
        answer[f"auto-peft {kind}"] = logits(model, tokenizer, texts)
    for kind, place in merged.items():
        tokenizer = AutoTokenizer.from_pretrained(place)
        answer[f"merged {kind}"] = logits(AutoModelForSequenceClassification.from_pretrained(place), tokenizer, texts)
        classify = pipeline("text-classification", place, top_k=None, batch_size=2)
        order = AutoConfig.from_pretrained(place).label2id
        answer[f"pipeline {kind}"] = {"scores": [
            [score for _, score in sorted((order[item["label"]], item["score"]) for item in row)] for row in classify(texts)]}
    return answer


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(main(asked), file)
