"""Thresholds and temperatures that training tunes: recomputed with numpy and scipy, and used by every consumer."""
import json
import random

import numpy as np
import pytest
from sklearn import metrics

import support
import toybase

GRID = np.array([step / 10 - 7 for step in range(141)])
NAMES = ["often", "some", "rare"]


def sigmoid(values):
    return 1 / (1 + np.exp(-np.asarray(values, dtype=float)))


def several_labels(count, seed):
    """Rows whose words hint at their labels without deciding them, as texts of a rare topic do."""
    draw = random.Random(seed)
    rows = []
    for index in range(count):
        labels = [name for name, share in zip(NAMES, (0.5, 0.25, 0.12)) if draw.random() < share]
        hints = [name for name in NAMES if draw.random() < (0.75 if name in labels else 0.15)]
        words = [draw.choice(["run", "copy", "file", "path", "list"]) for _ in range(draw.randrange(2, 8))]
        rows.append({"input": " ".join([*hints, *words, str(index)]), "labels": labels})
    return rows


def one_label(count, seed):
    """Rows of which a third has a wrong label, so that a classifier that has learnt the right ones is too sure."""
    draw = random.Random(seed)
    return [row | {"label": draw.choice(toybase.NAMES[5])} if draw.random() < 0.35 else row
            for row in toybase.corpus(5, count=count, seed=seed)]


def finetune(directory, rows, validation, *extra):
    data = support.write_jsonl(directory / "corpus.jsonl", rows)
    held_out = support.write_jsonl(directory / "validation.jsonl", validation)
    result = support.apr_json(
        "finetune", toybase.base(), "--data", data, "--val-data", held_out, "--batch-size", 8, "--threads", 1,
        "--learning-rate", 2e-4, "--target-modules", "q_proj,v_proj", "--epochs", 3, "-o", directory / "run", *extra)
    return result, directory / "run" / "best", held_out


def evaluated(model, data, directory, *extra):
    report = support.apr_json("eval", model, "--data", data, "--predictions", directory / "rows.jsonl", "--resamples", 20, *extra)
    rows = support.read_jsonl(directory / "rows.jsonl")
    return report, rows, np.array([row["logits"] for row in rows])


def f1(truth, scores, threshold):
    return metrics.f1_score(truth, (scores >= threshold).astype(int), zero_division=0)


def best(values):
    """The threshold of the highest value, of equals the nearest to a probability of one half."""
    values = np.array(values)
    equal = GRID[values == values.max()]
    return equal[np.argmin(np.abs(equal))]


def tuned_thresholds(truth, logits):
    curves = [[f1(truth[:, label], logits[:, label], threshold) for threshold in GRID] for label in range(truth.shape[1])]
    positives = truth.sum(axis=0)
    common = best(sum(np.array(curve) for curve, count in zip(curves, positives) if count))
    return sigmoid([(count * best(curve) + 20 * common) / (count + 20) for curve, count in zip(curves, positives)])


def macro_f1(truth, logits, thresholds):
    return metrics.f1_score(truth, (sigmoid(logits) >= thresholds).astype(int), average="macro", zero_division=0)


@pytest.fixture(scope="module")
def several(apr_program, tmp_path_factory):
    directory = tmp_path_factory.mktemp("several")
    return finetune(directory, several_labels(120, 1), several_labels(150, 2), "--epochs", 3, "--learning-rate", 2e-3)


@pytest.fixture(scope="module")
def single(apr_program, tmp_path_factory):
    directory = tmp_path_factory.mktemp("single")
    return finetune(
        directory, toybase.corpus(5, count=100), one_label(100, 2), "--epochs", 6, "--learning-rate", 6e-3, "--metric-for-best", "accuracy")


def test_thresholds_are_those_of_scikit_learns_f1(several, tmp_path):
    result, model, data = several
    report, rows, logits = evaluated(model, data, tmp_path, "--raw")
    names = report["labels"]
    truth = np.array([[name in row["true_label_names"] for name in names] for row in rows]).astype(int)
    decision = json.loads((model / "metadata.json").read_text())["decision"]
    assert result["decision"] == decision and decision["samples"] == 150
    assert decision["thresholds"] == pytest.approx(tuned_thresholds(truth, logits), abs=1e-9)
    half = np.full(len(names), 0.5)
    assert decision["before"] == pytest.approx(macro_f1(truth, logits, half)) == report["macro_avg"]["f1"]
    fold = np.arange(len(rows)) % 5
    of_row = np.stack([tuned_thresholds(truth[fold != number], logits[fold != number]) for number in range(5)])[fold]
    assert decision["cross_fitted"] == pytest.approx(macro_f1(truth, logits, of_row))
    assert decision["cross_fitted"] > decision["before"], "tuning helps here"
    # The checkpoint's own figures are those before tuning.
    stored = json.loads((model / "metadata.json").read_text())["validation_report"]
    assert stored["macro_avg"]["f1"] == pytest.approx(decision["before"]) and stored["threshold"] == 0.5
    precisions = [metrics.average_precision_score(truth[:, label], logits[:, label]) for label in range(len(names))]
    assert report["mean_average_precision"] == pytest.approx(np.mean(precisions))


def test_every_consumer_uses_the_thresholds(several, tmp_path):
    _, model, data = several
    report, rows, logits = evaluated(model, data, tmp_path)
    names = report["labels"]
    decision = json.loads((model / "metadata.json").read_text())["decision"]
    assert report["thresholds"] == decision["thresholds"] and report["threshold"] is None

    def chosen(thresholds):
        return [[name for name, is_chosen in zip(names, row) if is_chosen] for row in sigmoid(logits) >= thresholds]
    tuned, half, few = chosen(decision["thresholds"]), chosen(0.5), chosen(0.9)
    assert tuned != half != few
    assert [row["label_names"] for row in rows] == tuned
    text = data.read_text()
    def predicted(*extra, of=model):
        return [row["label_names"] for row in support.apr_lines("predict", of, "-", *extra, input=text)]
    assert predicted() == tuned and predicted("--raw") == half and predicted("--threshold", 0.9) == few
    assert "a threshold for each label" in support.apr("eval", model, "--data", data, "--resamples", 20).stdout
    support.apr("merge", model, "-o", tmp_path / "merged")
    assert predicted(of=tmp_path / "merged") == tuned and predicted("--raw", of=tmp_path / "merged") == half
    assert support.apr("predict", model, "--text", "x", "--threshold", 1.5, expect=64).stderr.startswith("apr: --threshold: 1.5")


def test_the_cards_code_decides_as_apr_does(several, single, tmp_path):
    for _, model, data in (several, single):
        texts = [row["input"] for row in support.read_jsonl(data)][:30]
        card = (model / "README.md").read_text()
        code = card.split("```python\n")[1].split("```")[0]
        assert 'texts = ["first text", "second, somewhat longer text"]' in code
        (tmp_path / "card.py").write_text(code.replace(
            '["first text", "second, somewhat longer text"]', json.dumps(texts)))
        printed = support.execute(support.STACKS[sorted(support.STACKS)[-1]], tmp_path / "card.py", timeout=300).stdout.splitlines()
        predictions = support.apr_lines("predict", model, *[part for text in texts for part in ("--text", text)])
        for line, text, ours in zip(printed, texts, predictions, strict=True):
            if "labels" in ours:
                assert line == f"{ours['label_names']} {text}"
            else:
                name, share = ours["label_name"], max(ours["probabilities"])
                assert line.startswith(f"{name} (") and line.endswith(f"): {text}")
                assert float(line[len(name) + 2:].split(")")[0]) == pytest.approx(share, abs=6e-4)
        assert "validation examples that it was not tuned on" in card


def cost(logarithm, logits, truth):
    scaled = logits / np.exp(logarithm)
    highest = scaled.max(axis=1)
    total = highest + np.log(np.exp(scaled - highest[:, None]).sum(axis=1))
    return (total - scaled[np.arange(len(truth)), truth]).sum() + logarithm ** 2 / 2


def tuned_temperature(logits, truth):
    from scipy.optimize import minimize_scalar

    return np.exp(minimize_scalar(cost, bounds=(-3, 3), args=(logits, truth), method="bounded", options={"xatol": 1e-9}).x)


def log_loss(logits, truth, temperatures):
    scaled = logits / np.reshape(temperatures, (-1, 1))
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return metrics.log_loss(truth, powers / powers.sum(axis=1, keepdims=True), labels=range(logits.shape[1]))


def test_the_temperature_has_the_lowest_log_loss_and_changes_no_class(single, tmp_path):
    result, model, data = single
    raw, plain, logits = evaluated(model, data, tmp_path, "--raw")
    names = raw["labels"]
    truth = np.array([names.index(row["true_label_name"]) for row in plain])
    decision = json.loads((model / "metadata.json").read_text())["decision"]
    temperature = decision["temperature"]
    assert result["decision"] == decision and decision["samples"] == 100
    assert temperature == pytest.approx(tuned_temperature(logits, truth), rel=1e-4) and abs(temperature - 1) > 0.1
    assert decision["before"] == pytest.approx(log_loss(logits, truth, 1)) == raw["log_loss"]
    fold = np.arange(len(truth)) % 5
    of_row = np.array([tuned_temperature(logits[fold != number], truth[fold != number]) for number in range(5)])[fold]
    assert decision["cross_fitted"] == pytest.approx(log_loss(logits, truth, of_row), rel=1e-6)
    assert decision["cross_fitted"] < decision["before"], "tuning helps here"
    report, rows, _ = evaluated(model, data, tmp_path)
    assert report["temperature"] == temperature and raw["temperature"] == 1
    assert report["log_loss"] == pytest.approx(log_loss(logits, truth, temperature))
    assert report["log_loss"] < raw["log_loss"]
    shown = support.apr("eval", model, "--data", data, "--resamples", 20).stdout
    assert f"temperature {temperature:.3f}" in shown
    assert report["loss"] == raw["loss"] and report["accuracy"] == raw["accuracy"]
    assert [row["label"] for row in rows] == [row["label"] for row in plain]
    assert rows[0]["probabilities"] != plain[0]["probabilities"]
    support.apr("merge", model, "-o", tmp_path / "merged")
    text = data.read_text()
    merged = support.apr_lines("predict", tmp_path / "merged", "-", input=text)
    assert [row["probabilities"][0] for row in merged] == pytest.approx([row["probabilities"][0] for row in rows], abs=1e-4)
    wrong = support.apr("predict", model, "--text", "x", "--threshold", 0.3, expect=64).stderr
    assert "gives each text one; leave it out" in wrong


def test_few_validation_rows_tune_nothing_and_the_run_says_so(apr_program, tmp_path):
    result, model, data = finetune(tmp_path, several_labels(60, 1), several_labels(49, 2), "--epochs", 1)
    assert result["decision"] is None
    assert json.loads((model / "metadata.json").read_text())["decision"] is None
    text = support.apr("finetune", "--resume", tmp_path / "run", "--epochs", 2).stdout
    assert "threshold 0.5 for every label: tuning takes 50 validation rows" in text
    assert evaluated(model, data, tmp_path)[0]["threshold"] == 0.5


def test_a_decision_for_other_labels_is_refused(several, tmp_path):
    _, model, _ = several
    support.apr("merge", model, "-o", tmp_path / "merged")
    path = tmp_path / "merged" / "metadata.json"
    whole = json.loads(path.read_text())
    for thresholds in ([0.5], [0.5, 0.5, 2], [0.5, 0.5, "x"], "x", [0.5, 0.5, 0]):
        path.write_text(json.dumps(whole | {"decision": {"thresholds": thresholds}}))
        error = support.apr("predict", tmp_path / "merged", "--text", "x", expect=None).stderr
        assert '"decision" is not a temperature' in error


def test_a_merged_model_keeps_the_template_and_the_columns(apr_program, tmp_path):
    rows = [{"title": row["input"].split()[0], "body": row["input"], "labels": row["label"]} for row in toybase.corpus(2)]
    header = "title\tbody\tlabels\n"
    table = "".join(f"{row['title']}\t{row['body']}\t{row['labels']}{'; both' if index % 3 == 0 else ''}\n" for index, row in enumerate(rows))
    (tmp_path / "corpus.tsv").write_text(header + table)
    support.apr(
        "finetune", toybase.base(), "--data", tmp_path / "corpus.tsv", "--text-columns", "title,body", "--label-separator", ";",
        "--template", "{text} is", "--epochs", 1, "-o", tmp_path / "run")
    model, merged = tmp_path / "run" / "best", tmp_path / "merged"
    warning = support.apr("merge", model, "-o", merged).stderr
    assert 'transformers does not know the template "{text} is"' in warning
    joined = support.write_jsonl(tmp_path / "joined.jsonl", [{"input": f"{row['title']}\n{row['body']}"} for row in rows])
    expected = [row["logits"] for row in support.apr_lines("predict", model, "--data", joined, "--input-column", "input")]
    for path in (model, merged):
        got = support.apr("predict", path, "--data", tmp_path / "corpus.tsv", "--json")
        assert "text is title, body of each row, as in training" in got.stderr
        assert np.array([json.loads(line)["logits"] for line in got.stdout.splitlines()]) == pytest.approx(np.array(expected), abs=1e-4)
        report = support.apr_json("eval", path, "--data", tmp_path / "corpus.tsv")
        assert report["labels"] == ["both", "calm", "wild"] and report["unknown_labels"] == []
        assert report["per_label"][0]["support"] == 20
    bare = support.apr_lines("predict", tmp_path / "run" / "best", "--text", rows[0]["body"])[0]["logits"]
    assert bare != pytest.approx(expected[0], abs=1e-3), "the title makes a difference"
