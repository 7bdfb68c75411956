"""What needs no cell: the most frequent class, and TF-IDF with logistic regression, on validation data.

    .venv/bin/python Tools/defaults/baselines.py [NAME...]

Writes docs/results/defaults/baselines.json. It is scikit-learn with its defaults, which is what
apr computes beside every run (Tests/Python/test_baselines.py compares them).
"""
import json
import sys
from collections import Counter

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.multiclass import OneVsRestClassifier

import cells
import sets

STORE = cells.STORE.parent / "baselines.json"
SIZES = [150, 600, 1800, 5000]


def flags(rows, names):
    return np.array([[int(name in sets.labels_of(row)) for name in names] for row in rows])


def scores(truth, predicted):
    """Over 0/1 flags of every label, so that both kinds of task are counted alike."""
    return {"accuracy": round(float(accuracy_score(truth, predicted)), 4),
            "macro_f1": round(float(f1_score(truth, predicted, average="macro", zero_division=0)), 4)}


def measure(name, count, part="validation"):
    train, validation = sets.take(name, count), sets.judged_by(name, part, count)
    names = sorted({label for row in train for label in sets.labels_of(row)})
    several = any(isinstance(row["label"], list) for row in train)
    truth, known = flags(validation, names), flags(train, names)
    vectorizer = TfidfVectorizer()
    features = vectorizer.fit_transform([row["input"] for row in train])
    asked = vectorizer.transform([row["input"] for row in validation])
    regression = LogisticRegression(max_iter=1000)
    if several:
        predicted = OneVsRestClassifier(regression).fit(features, known).predict(asked)
    else:
        predicted = np.eye(len(names), dtype=int)[regression.fit(features, known.argmax(axis=1)).predict(asked)]
    # The most frequent set of labels, as the program names it.
    most = np.tile(Counter(map(tuple, known)).most_common(1)[0][0], (len(validation), 1))
    return {"labels": len(names), "rows": len(validation), "majority": scores(truth, most),
            "tfidf_logistic_regression": scores(truth, predicted)}


def main(names):
    found = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}
    for name in names or sets.FITTING + sets.JUDGING:
        available = len(sets.load(name, "train"))
        found[name] = {"training_rows": available, "sizes": {str(count): measure(name, count) for count in SIZES if count <= available}}
        print(name, json.dumps(found[name]["sizes"].get("600")), flush=True)
    STORE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
