"""What AutoTokenizer of this Python's transformers makes of directories: one process for any number of them.

    tokenizer_script.py REQUEST.json ANSWER.json

REQUEST: {"directories": […], "texts": [FILE.json, …], "limit": n}, a file of texts for each directory. ANSWER: for each {"plain", "default",
"right", "left"}: the ids of each text without truncation, truncated as the tokenizer's files say, and to `limit` tokens on either
side; "length", "side" and "pad", what the files say; and "inputs", the names of what it passes to a model. Or {"error"}.
"""
import json
import os
import sys

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")

import transformers.utils.import_utils as import_utils

# Without tekken.json mistral-common is not used, but transformers 5 imports it, which fails where it is half installed.
import_utils.is_mistral_common_available = lambda: False
import transformers.utils

transformers.utils.is_mistral_common_available = import_utils.is_mistral_common_available

from transformers import AutoTokenizer, logging

logging.set_verbosity_error()


def answer(directory, texts, limit):
    try:
        tokenizer = AutoTokenizer.from_pretrained(directory)
    except Exception as error:  # noqa: BLE001 - every kind is an answer here
        return {"error": f"{type(error).__name__}: {error}"}
    result = {
        "plain": tokenizer(texts)["input_ids"], "default": tokenizer(texts, truncation=True)["input_ids"],
        "length": tokenizer.model_max_length, "side": tokenizer.truncation_side, "pad": tokenizer.pad_token,
        "inputs": sorted(tokenizer(["a", "a b c d"], padding=True))}
    for side in ("right", "left"):
        tokenizer.truncation_side = side
        result[side] = tokenizer(texts, truncation=True, max_length=limit)["input_ids"]
    return result


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    answers = []
    for directory, name in zip(request["directories"], request["texts"], strict=True):
        with open(name, encoding="utf-8") as file:
            answers.append(answer(directory, json.load(file), request["limit"]))
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(answers, file)
