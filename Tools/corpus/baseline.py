"""The bag-of-words rival: TF-IDF and logistic regression from scikit-learn.

    python3 Tools/corpus/baseline.py TRAIN.jsonl TEST.jsonl [TEST.jsonl...]

Several test files are one test set. Four usual set-ups are tried: scikit-learn's words, words
with all shell punctuation as tokens, character n-grams, and words with characters. The one
reported is the one with the best macro-F1 on the test set: a choice in the rival's favour.
`all` has the result of each.
"""
import json
import sys
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline, make_union

TOKENS = r"\w+|[^\w\s]"


def words(**options):
    return TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=3, lowercase=False, **options)


def characters():
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=3, sublinear_tf=True, lowercase=False)


SETUPS = {
    "words": lambda: words(),
    "words and punctuation": lambda: words(token_pattern=TOKENS),
    "characters": characters,
    "words and characters": lambda: make_union(words(token_pattern=TOKENS), characters()),
}


def model(name):
    classifier = LogisticRegression(C=10.0, class_weight="balanced", max_iter=300, tol=1e-3)
    return make_pipeline(SETUPS[name](), classifier)


def load(paths):
    rows = [json.loads(line) for path in paths for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return [row["input"] for row in rows], [row["label"] for row in rows]


def scores(truth, predicted):
    labels = sorted(set(truth))
    per_class = f1_score(truth, predicted, labels=labels, average=None, zero_division=0)
    return {
        "accuracy": round(float(accuracy_score(truth, predicted)), 4),
        "macro_f1": round(float(f1_score(truth, predicted, labels=labels, average="macro", zero_division=0)), 4),
        "per_class_f1": {label: round(float(value), 4) for label, value in zip(labels, per_class)},
    }


def evaluate(train_path, test_paths):
    texts, labels = load([train_path])
    test_texts, truth = load(test_paths)
    results = {}
    for name in SETUPS:
        predicted = model(name).fit(texts, labels).predict(test_texts)
        results[name] = scores(truth, predicted)
    best = max(results, key=lambda name: results[name]["macro_f1"])
    majority = max(set(labels), key=labels.count)
    return {
        "train_rows": len(texts), "test_rows": len(test_texts), "setup": best, **results[best],
        "majority": scores(truth, [majority] * len(truth)), "all": results,
    }


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__.split("\n")[2].strip())
    print(json.dumps(evaluate(sys.argv[1], sys.argv[2:]), indent=2))
