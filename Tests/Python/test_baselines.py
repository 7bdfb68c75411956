"""The baselines beside a run against scikit-learn, and what the end of a run says about its model."""
import json
import random
import sys
import unicodedata

import numpy as np
import pytest
from sklearn import metrics
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

import support
import toybase

TOLERANCE = 1e-4
"""Ours ends where the gradient is shorter than 1e-5, so no score is further than that from the minimum's."""


def ours(texts, labels, classes, tests, multi_label=False, **limits):
    case = {"texts": texts, "labels": labels, "classes": classes, "test_texts": tests, **limits}
    extra = ["--multi-label"] if multi_label else []
    return json.loads(support.execute(support.PROBE, "baseline", *extra, input=json.dumps(case)).stdout)


def theirs(texts, labels, classes, tests, multi_label=False):
    """Probabilities for all classes, and predictions as lists."""
    vectorizer = TfidfVectorizer()
    rows, test_rows = vectorizer.fit_transform(texts), vectorizer.transform(tests)
    regression = LogisticRegression(max_iter=1000, tol=1e-8)
    if multi_label:
        flags = np.array([[int(label in row) for label in range(classes)] for row in labels])
        model = OneVsRestClassifier(regression).fit(rows, flags)
        return model.predict_proba(test_rows), [np.flatnonzero(row).tolist() for row in model.predict(test_rows)]
    model = regression.fit(rows, [row[0] for row in labels])
    probabilities = np.zeros((len(tests), classes))
    probabilities[:, model.classes_] = model.predict_proba(test_rows)
    return probabilities, [[int(label)] for label in model.predict(test_rows)]


def demo(name, limit=None):
    rows = support.read_jsonl(support.ROOT / "demo" / "data" / f"{name}.jsonl")[:limit]
    names = sorted({row["label"] for row in support.read_jsonl(support.ROOT / "demo" / "data" / "train.jsonl")})
    return [row["input"] for row in rows], [[names.index(row["label"])] for row in rows], len(names)


def unicode_rows(count=90):
    """Words of many scripts: marks, digits, capitals with several small letters, final sigmas, no words at all."""
    draw = random.Random(5)
    words = ["ΟΔΟΣ", "ΟΔΟΣ.", "Σ", "ΑΣ'Α", "İstanbul", "ISTANBUL", "ıI", "Straße", "STRASSE", "हिन्दी", "ไทย", "한국어",
             "漢字かな", "नमस्ते", "e\u0301te\u0301", "été", "ﬁne", "Ⅷ", "x²y", "½cup", "٣٤", "a_b", "don't", "ǅungla",
             "ab\u200dcd", "ΑΣ\u0301", "Ω", "😀😀", "a", "I", "_", "__", "1", "12", "ⓐⓑ", "ꟲx", "𝔘𝔫𝔦", "שלום", "Ნ", "ᲐᲑ"]
    texts = [" ".join(draw.choice(words) for _ in range(draw.randrange(1, 8))) for _ in range(count)]
    return texts, [[(len(text) + index) % 4] for index, text in enumerate(texts)], 4


def case(name):
    if name == "five classes":
        (texts, labels, classes), tests = demo("demo_train"), demo("demo_test")[0]
    elif name == "two classes":
        texts, labels, classes = demo("demo_train", 300)
        labels, classes, tests = [[int(row[0] == 3)] for row in labels], 2, demo("demo_test")[0]
    elif name == "a class without a row":
        texts, labels, classes = demo("demo_train", 300)
        labels, classes, tests = [[row[0] + (row[0] > 1)] for row in labels], classes + 1, demo("demo_test")[0]
    elif name == "two classes of four":
        texts, labels, _ = demo("demo_train", 200)
        labels, classes, tests = [[1 + 2 * int(row[0] == 3)] for row in labels], 4, demo("demo_test")[0]
    elif name == "many scripts":
        texts, labels, classes = unicode_rows()
        tests = texts[::2] + ["nothing known", "ΟΔΟΣΑ οδος", ""]
    else:
        assert name == "empty texts"
        texts, labels, classes = demo("demo_train", 100)
        texts, tests = ["" if index % 3 == 0 else text for index, text in enumerate(texts)], ["", "!", texts[1]]
    return texts, labels, classes, tests


@pytest.mark.parametrize("name", ["five classes", "two classes", "a class without a row", "two classes of four",
                                  "many scripts", "empty texts"])
def test_probabilities_and_predictions_are_scikit_learns(probe_program, name):
    texts, labels, classes, tests = case(name)
    got = ours(texts, labels, classes, tests)
    probabilities, predictions = theirs(texts, labels, classes, tests)
    assert np.abs(np.array(got["probabilities"]) - probabilities).max() < TOLERANCE
    # Where two classes are as near to each other as the tolerance, either may come first.
    ranked = np.sort(probabilities, axis=1)
    clear = ranked[:, -1] - ranked[:, -2] > 2 * TOLERANCE
    assert clear.mean() > 0.9
    assert [row for row, is_clear in zip(got["predictions"], clear) if is_clear] == [
        row for row, is_clear in zip(predictions, clear) if is_clear]
    assert got["rows"] == len(texts)
    assert probabilities.std() > 0.01, "the texts tell the classes apart"


def test_several_labels_are_one_against_the_rest(probe_program):
    texts, labels, classes = demo("demo_train", 400)
    draw = random.Random(2)
    # One label on a third of the rows, one on every row, one on none, and rows without a label but that.
    rows = [sorted({*(row if draw.random() < 0.8 else []), *([classes] if "echo" in text else []), classes + 1})
            for text, row in zip(texts, labels)]
    tests = demo("demo_test", 150)[0]
    got = ours(texts, rows, classes + 3, tests, multi_label=True)
    with pytest.warns(UserWarning, match="Label"):
        probabilities, predictions = theirs(texts, rows, classes + 3, tests, multi_label=True)
    assert np.abs(np.array(got["probabilities"]) - probabilities).max() < TOLERANCE
    assert np.abs(probabilities - 0.5).min() > 1e-5 and got["predictions"] == predictions
    assert {len(row) for row in predictions} >= {1, 2}


def test_words_are_pythons(probe_program):
    """Every character by itself between letters: whether it is part of a word, and what it is in small letters.

    Python 3.11 knows Unicode 14; characters that are younger are left out.
    """
    characters = [chr(code) for code in range(0x20, 0x2FA20)
                  if not 0xD800 <= code < 0xE000 and unicodedata.category(chr(code)) not in ("Cn", "Co")
                  # Thousands of letters without a case: a hundred of them are enough.
                  and not (0x3400 <= code < 0xD7A0 and code % 97) and not (0x17000 <= code and code % 53)]
    assert len(characters) > 9_000
    # A vocabulary of the words of two texts tells the words of both apart: each text has its own class.
    words = [f"q{character}q" for character in characters]
    vectorizer = TfidfVectorizer()
    rows = vectorizer.fit_transform([" ".join(words)])
    vocabulary = set(vectorizer.vocabulary_)
    assert rows.nnz == len(vocabulary)
    # If a word were read differently, the row's length would be another, and with it each probability.
    texts, labels = [" ".join(words), "other words"] * 2, [[0], [1]] * 2
    tests = [" ".join(words[start:start + 40]) for start in range(0, len(words), 40)]
    got = ours(texts, labels, 2, tests)
    probabilities, _ = theirs(texts, labels, 2, tests)
    difference = np.abs(np.array(got["probabilities"]) - probabilities).max(axis=1)
    assert difference.max() < 1e-6, tests[int(difference.argmax())]


def test_too_many_rows_are_thinned_out_evenly_and_too_many_classes_are_not_fitted(probe_program):
    texts, labels, classes = demo("demo_train")
    full = ours(texts, labels, classes, texts[:3])
    part = ours(texts, labels, classes, texts[:3], products=20_000)
    assert full["rows"] == len(texts) and len(texts) // 5 < part["rows"] <= len(texts) // 2
    kept = [index * len(texts) // part["rows"] for index in range(part["rows"])]
    same = ours([texts[index] for index in kept], [labels[index] for index in kept], classes, texts[:3])
    assert same["probabilities"] == part["probabilities"]
    assert ours(texts, labels, classes, texts[:3], weights=10) is None
    assert ours([], [], 2, ["x"]) is None


# ---------------------------------------------------------------------------------------------------- the end of a run


def finetune(directory, rows, *extra, learning_rate=4e-3, epochs=3):
    data = support.write_jsonl(directory / "corpus.jsonl", rows)
    result = support.apr_json(
        "finetune", toybase.base(), "--data", data, "--epochs", epochs, "--batch-size", 8, "--learning-rate",
        learning_rate, "--target-modules", "q_proj,v_proj", "--threads", 1, "-o", directory / "run", *extra)
    return result, {verdict["kind"]: verdict for verdict in result["verdicts"]}


def test_figures_beside_a_run_are_scikit_learns_on_its_own_split(apr_program, tmp_path):
    rows = toybase.corpus(5, count=120)
    for index, row in enumerate(rows):
        if index % 4 == 0:
            row["label"] = toybase.NAMES[5][index % 3]
    result, _ = finetune(tmp_path, rows)
    support.probe("initial", toybase.base(), tmp_path / "corpus.jsonl", {
        "seed": 42, "val_split": 0.2, "batch_size": 8, "epochs": 1, "rank": 4, "alpha": 8,
        "target_modules": ["q_proj"], "max_seq_length": 64}, tmp_path / "initial")
    split = json.loads((tmp_path / "initial" / "batches.json").read_text())
    names = sorted(toybase.NAMES[5])
    train, validation = ([rows[index] for index in split[side]] for side in ("train", "validation"))
    truth = [names.index(row["label"]) for row in validation]
    _, predictions = theirs([row["input"] for row in train], [[names.index(row["label"])] for row in train], 5,
                            [row["input"] for row in validation])
    figures = result["baselines"]
    assert (figures["train_rows"], figures["validation_rows"]) == (len(train), len(validation))
    flat = [row[0] for row in predictions]
    tfidf = figures["tfidf_logistic_regression"]
    assert tfidf["train_rows"] == len(train)
    assert tfidf["accuracy"] == pytest.approx(metrics.accuracy_score(truth, flat))
    assert tfidf["macro_f1"] == pytest.approx(
        metrics.f1_score(truth, flat, labels=range(5), average="macro", zero_division=0))
    counts = {name: sum(row["label"] == name for row in train) for name in names}
    most = max(names, key=counts.get)
    assert figures["majority_labels"] == [most]
    assert figures["majority"]["accuracy"] == pytest.approx(truth.count(names.index(most)) / len(truth))
    best = [epoch for epoch in result["result"]["history"] if epoch["is_best"]][-1]
    assert figures["run"]["macro_f1"] == pytest.approx(best["val_macro_f1"])
    assert figures["run"]["accuracy"] == pytest.approx(best["val_accuracy"])
    facts = json.loads((tmp_path / "run" / "report.json").read_text())
    assert facts["baselines"] == figures
    page = (tmp_path / "run" / "report.html").read_text()
    assert "TF-IDF + logistic regression" in page and f"always {most}" in page
    for baseline in (tfidf, figures["majority"]):
        difference = figures["run"]["macro_f1"] - baseline["macro_f1"]
        assert baseline["difference"]["lower"] <= difference <= baseline["difference"]["upper"]


def test_a_run_that_learns_nothing_says_so(apr_program, tmp_path):
    rows = toybase.corpus(5, count=150)
    result, verdicts = finetune(tmp_path, rows, learning_rate=1e-6)
    assert verdicts["worse_than_tfidf"]["is_problem"] and verdicts["no_better_than_majority"]["is_problem"]
    assert "against 1.000 on 30 validation rows" in verdicts["worse_than_tfidf"]["text"]
    text = support.apr("finetune", toybase.base(), "--data", tmp_path / "corpus.jsonl", "--epochs", 3, "--batch-size", 8,
                       "--learning-rate", 1e-6, "--target-modules", "q_proj,v_proj", "--threads", 1, "-o", tmp_path / "again").stdout
    for verdict in result["verdicts"]:
        assert verdict["text"] in text
    assert "TF-IDF + logistic regression" in text and "this run" in text
    assert verdicts["worse_than_tfidf"]["text"] in (tmp_path / "run" / "report.html").read_text()


def test_a_class_that_is_never_predicted_is_named(apr_program, tmp_path):
    # Nothing in a text tells whether it is one of the few, so a model that learns says that it is not.
    rows = [row | {"label": "rare" if index % 8 == 0 else "common"} for index, row in enumerate(toybase.corpus(5, count=160))]
    _, verdicts = finetune(tmp_path, rows)
    assert verdicts["never_predicted"]["text"] == "never predicts rare"
    assert verdicts["no_better_than_majority"]["is_problem"]


def test_without_validation_rows_the_run_says_what_cannot_be_said(apr_program, tmp_path):
    result, verdicts = finetune(tmp_path, toybase.corpus(2), "--val-split", 0, epochs=1)
    assert list(verdicts) == ["no_validation"] and result["baselines"] is None
    assert "--val-split 0.2" in verdicts["no_validation"]["text"]


def test_a_resumed_run_is_judged_as_the_uninterrupted_one(apr_program, tmp_path):
    rows = toybase.corpus(5, count=120)
    (tmp_path / "whole").mkdir()
    whole, _ = finetune(tmp_path / "whole", rows, epochs=2)
    finetune(tmp_path, rows, epochs=1)
    resumed = support.apr_json("finetune", "--resume", tmp_path / "run", "--epochs", 2)
    assert resumed["baselines"]["tfidf_logistic_regression"]["macro_f1"] == \
        whole["baselines"]["tfidf_logistic_regression"]["macro_f1"]
    assert resumed["baselines"]["run"] is not None


def test_the_lengths_of_a_plan_are_numpys(apr_program, tmp_path):
    rows = toybase.corpus(5, count=100)
    data = support.write_jsonl(tmp_path / "corpus.jsonl", rows)
    plan = support.apr_json("finetune", toybase.base(), "--data", data, "--max-seq-length", 12, "--plan")["plan"]
    lengths = np.array([len(line["ids"]) for line in support.apr_lines("tokenize", toybase.base(), "--data", data)])
    assert plan["text_lengths"] == {
        "median": np.percentile(lengths, 50, method="inverted_cdf"),
        "p95": np.percentile(lengths, 95, method="inverted_cdf"), "longest": lengths.max(),
        "truncated_texts": (lengths > 12).sum(),
        "truncated_token_share": pytest.approx(np.maximum(lengths - 12, 0).sum() / lengths.sum())}
    assert plan["seconds_estimate"] > 0


def test_labels_that_training_never_saw_count_as_scikit_learn_counts_them(apr_program, tmp_path):
    rows = toybase.corpus(2)
    finetune(tmp_path, rows)
    names = [*toybase.NAMES[2], "new", "other"]
    mixed = [row | {"label": names[2 + index % 2]} if index % 5 == 0 else row for index, row in enumerate(rows)]
    data = support.write_jsonl(tmp_path / "mixed.jsonl", mixed)
    report = support.apr_json("eval", tmp_path / "run" / "best", "--data", data, "--predictions", tmp_path / "rows.jsonl")
    written = support.read_jsonl(tmp_path / "rows.jsonl")
    truth, predicted = ([row[key] for row in written] for key in ("true_label_name", "label_name"))
    assert truth == [row["label"] for row in mixed] and set(predicted) == {"calm", "wild"}
    assert report["labels"] == names and report["unknown_labels"] == ["new", "other"]
    assert report["accuracy"] == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert report["macro_avg"]["f1"] == pytest.approx(
        metrics.f1_score(truth, predicted, labels=names, average="macro", zero_division=0))
    probabilities = np.array([row["probabilities"] + [0, 0] for row in written])
    assert report["log_loss"] == pytest.approx(
        metrics.log_loss([names.index(name) for name in truth], probabilities, labels=range(4)), rel=1e-6)


def probed(states, labels, classes, tests, *flags):
    case = {"states": states.tolist(), "labels": labels, "classes": classes, "test_states": tests.tolist()}
    return json.loads(support.execute(support.PROBE, "baseline", *flags, input=json.dumps(case)).stdout)


def scaled_regression():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000, tol=1e-9))


def test_a_linear_probe_is_scikit_learns(probe_program):
    draw = np.random.default_rng(4)
    labels = draw.integers(0, 4, 150)
    states = (draw.normal(size=(150, 24)) * draw.uniform(0.1, 30, 24) + 5 * labels[:, None] * (np.arange(24) < 6)).astype(np.float32)
    states[:, 7] = 3
    tests = states[::3] + draw.normal(size=(50, 24)).astype(np.float32)
    got = probed(states, [[int(label)] for label in labels], 4, tests)
    model = scaled_regression().fit(states.astype(float), labels)
    expected = model.predict_proba(tests.astype(float))
    assert np.abs(np.array(got["probabilities"]) - expected).max() < TOLERANCE and expected.std() > 0.1
    assert got["predictions"] == [[int(label)] for label in model.predict(tests.astype(float))] and got["rows"] == 150


def test_a_run_is_compared_with_a_probe_of_its_base(apr_program, tmp_path):
    """The states are transformers' own: the hidden state of the last token, after the last norm."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    rows = toybase.corpus(5, count=120)
    validation = support.write_jsonl(tmp_path / "validation.jsonl", toybase.corpus(5, count=60, seed=9))
    result, _ = finetune(tmp_path, rows, "--val-data", validation, "--linear-probe", epochs=1)
    tokenizer = AutoTokenizer.from_pretrained(toybase.base())
    model = AutoModel.from_pretrained(toybase.base(), dtype=torch.float32).eval()

    def states(file):
        with torch.no_grad():
            return np.stack([model(**tokenizer(row["input"], return_tensors="pt")).last_hidden_state[0, -1].numpy()
                             for row in support.read_jsonl(file)]).astype(float)
    train, held_out = tmp_path / "corpus.jsonl", validation
    known = [row["label"] for row in support.read_jsonl(train)]
    truth = [row["label"] for row in support.read_jsonl(held_out)]
    guesses = scaled_regression().fit(states(train), known).predict(states(held_out))
    probe = result["baselines"]["linear_probe"]
    assert probe["train_rows"] == len(known) == 120
    assert probe["accuracy"] == pytest.approx(metrics.accuracy_score(truth, guesses))
    assert probe["macro_f1"] == pytest.approx(metrics.f1_score(truth, guesses, average="macro"))
    assert 0.3 < probe["accuracy"]
    assert "linear probe on the base" in (tmp_path / "run" / "report.html").read_text()


def test_a_short_run_is_not_probed_unless_asked(apr_program, tmp_path):
    result, _ = finetune(tmp_path, toybase.corpus(2), epochs=3)
    assert result["baselines"]["linear_probe"] is None
    longer, _ = finetune(tmp_path, toybase.corpus(2), "--overwrite", epochs=4)
    assert longer["baselines"]["linear_probe"] is not None
    off, _ = finetune(tmp_path, toybase.corpus(2), "--overwrite", "--no-linear-probe", epochs=4)
    assert off["baselines"]["linear_probe"] is None
