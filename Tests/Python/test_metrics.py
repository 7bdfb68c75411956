"""Every figure of an evaluation report against scikit-learn, and ECE and bootstrap against a few lines of numpy."""
import json

import numpy as np
import pytest
from sklearn import metrics

import support

# Both sides compute in double from the same scores; sums of a few hundred terms in another order differ by less.
EXACT = 1e-12


def near(value):
    return pytest.approx(value, rel=EXACT, abs=EXACT)


def report(kind, scores, labels, names, seed=42):
    case = {"scores": np.asarray(scores).tolist(), "labels": labels, "label_names": names, "seed": seed}
    return json.loads(support.execute(support.PROBE, "metrics", kind, input=json.dumps(case)).stdout)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def float32(values):
    """Logits are single precision; rounding here keeps both sides on the same numbers."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def single_label_case(name):
    random = np.random.default_rng(sum(name.encode()))
    if name == "binary":
        labels = random.integers(0, 2, 301)
        return float32(random.normal(size=(301, 2)) + 1.5 * np.eye(2)[labels]), labels
    if name == "imbalanced":
        labels = random.choice(5, 500, p=[0.7, 0.15, 0.1, 0.04, 0.01])
        return float32(random.normal(size=(500, 5)) * 2 + 2 * np.eye(5)[labels]), labels
    if name == "classes without samples":
        labels = random.integers(0, 3, 120)
        return float32(random.normal(size=(120, 6)) + np.eye(6)[labels]), labels
    if name == "class never predicted":
        labels = random.integers(0, 4, 90)
        logits = random.normal(size=(90, 4))
        logits[:, 2] = -20
        return float32(logits), labels
    if name == "all right":
        labels = random.integers(0, 3, 40)
        return float32(random.normal(size=(40, 3)) * 0.1 + 5 * np.eye(3)[labels]), labels
    if name == "all wrong":
        labels = random.integers(0, 3, 40)
        return float32(random.normal(size=(40, 3)) * 0.1 - 5 * np.eye(3)[labels]), labels
    if name == "one class in the truth":
        return float32(random.normal(size=(33, 3))), np.zeros(33, dtype=int)
    if name == "enormous logits":
        labels = random.integers(0, 4, 60)
        return float32(random.normal(size=(60, 4)) * 1e6), labels
    assert name == "one sample"
    return float32([[0.25, 1.5, -3.0]]), np.array([1])


CASES = [
    "binary", "imbalanced", "classes without samples", "class never predicted", "all right", "all wrong",
    "one class in the truth", "enormous logits", "one sample",
]


@pytest.fixture(scope="module", params=CASES)
def case(request, probe_program):
    logits, labels = single_label_case(request.param)
    names = [f"class {index}" for index in range(logits.shape[1])]
    return logits, labels, names, report("logits", logits, labels.tolist(), names)


def test_scores_are_scikit_learns(case):
    logits, labels, names, ours = case
    predictions = logits.argmax(axis=1)
    every = list(range(len(names)))
    assert ours["samples"] == len(labels)
    assert ours["accuracy"] == near(metrics.accuracy_score(labels, predictions))
    per_class = metrics.precision_recall_fscore_support(labels, predictions, labels=every, zero_division=0)
    for index, entry in enumerate(ours["per_class"]):
        assert entry["label"] == names[index]
        assert (entry["precision"], entry["recall"], entry["f1"]) == near(tuple(float(x[index]) for x in per_class[:3]))
        assert entry["support"] == per_class[3][index]
        assert entry["predicted"] == int((predictions == index).sum())
    for key, average in (("macro_avg", "macro"), ("weighted_avg", "weighted")):
        theirs = metrics.precision_recall_fscore_support(
            labels, predictions, labels=every, average=average, zero_division=0)
        assert (ours[key]["precision"], ours[key]["recall"], ours[key]["f1"]) == near(tuple(map(float, theirs[:3])))
    assert ours["mcc"] == near(metrics.matthews_corrcoef(labels, predictions))
    if len(set(labels) | set(predictions)) > 1:
        assert ours["cohen_kappa"] == near(metrics.cohen_kappa_score(labels, predictions))
    else:
        assert ours["cohen_kappa"] is None
    matrix = metrics.confusion_matrix(labels, predictions, labels=every)
    assert ours["confusion_matrix"] == matrix.tolist()
    mistakes = sorted(
        (-int(matrix[row, column]), row, column)
        for row in every for column in every if row != column and matrix[row, column])
    assert [(-c["count"], names.index(c["label"]), names.index(c["predicted"])) for c in ours["top_confusions"]] \
        == mistakes[:10]


def test_probability_scores_are_scikit_learns(case):
    logits, labels, names, ours = case
    every = list(range(len(names)))
    probabilities = softmax(logits)
    assert ours["log_loss"] == near(metrics.log_loss(labels, probabilities, labels=every))
    # scale_by_half: ours sums over the classes for two of them as well.
    brier = metrics.brier_score_loss(labels, probabilities, labels=every, scale_by_half=False)
    assert ours["brier_score"] == near(brier)
    if len(names) > 2:
        # By logits: probabilities of far-off classes underflow to the same 0.
        top2 = metrics.top_k_accuracy_score(labels, logits, k=2, labels=every)
        assert ours["top2_accuracy"] == near(top2)
    else:
        assert ours["top2_accuracy"] == 1
    confidence = probabilities.max(axis=1)
    right = logits.argmax(axis=1) == labels
    assert ours["confidence"]["mean"] == near(confidence.mean())
    for key, chosen in (("mean_correct", right), ("mean_wrong", ~right)):
        assert ours["confidence"][key] == (near(confidence[chosen].mean()) if chosen.any() else None)


def test_calibration_is_ten_lines_of_numpy(case):
    logits, labels, _, ours = case
    probabilities = softmax(logits)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    error = 0.0
    for index, ours_bin in enumerate(ours["reliability_bins"]):
        chosen = (confidence > index / 10) & (confidence <= (index + 1) / 10)
        assert (ours_bin["lower"], ours_bin["upper"]) == near((index / 10, (index + 1) / 10))
        assert ours_bin["count"] == chosen.sum()
        if chosen.any():
            assert ours_bin["mean_confidence"] == near(confidence[chosen].mean())
            assert ours_bin["accuracy"] == near(right[chosen].mean())
            error += chosen.mean() * abs(right[chosen].mean() - confidence[chosen].mean())
        else:
            assert ours_bin["mean_confidence"] is None and ours_bin["accuracy"] is None
    assert len(ours["reliability_bins"]) == 10
    assert sum(b["count"] for b in ours["reliability_bins"]) == len(labels)
    assert ours["ece"] == near(error)


def test_majority_baseline_is_the_dummy_classifiers(case):
    logits, labels, names, ours = case
    constant = np.bincount(labels, minlength=len(names)).argmax()
    always = np.full_like(labels, constant)
    assert ours["majority_baseline"]["label"] == names[constant]
    assert ours["majority_baseline"]["accuracy"] == near(metrics.accuracy_score(labels, always))
    assert ours["majority_baseline"]["macro_f1"] == near(
        metrics.f1_score(labels, always, labels=range(len(names)), average="macro", zero_division=0))


def resample_indices(count, seed, resamples=1000):
    """The documented generator: SplitMix64 by position, then the upper half of a 128-bit product."""
    position = np.arange(resamples * count, dtype=np.uint64)
    with np.errstate(over="ignore"):
        word = np.uint64(seed) + (position + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        word ^= word >> np.uint64(31)
        high, low = word >> np.uint64(32), word & np.uint64(0xFFFFFFFF)
        # (high·2³² + low)·count / 2⁶⁴, exact for counts below 2³²
        index = (high * np.uint64(count) + ((low * np.uint64(count)) >> np.uint64(32))) >> np.uint64(32)
    return index.astype(np.int64).reshape(resamples, count)


@pytest.mark.parametrize("name, seed", [("binary", 42), ("imbalanced", 7), ("classes without samples", 2**40 + 1)])
def test_bootstrap_intervals_are_replayed_by_numpy(probe_program, name, seed):
    logits, labels = single_label_case(name)
    classes = logits.shape[1]
    ours = report("logits", logits, labels.tolist(), [str(i) for i in range(classes)], seed)["confidence_intervals_95"]
    assert (ours["resamples"], ours["seed"]) == (1000, str(seed))
    predictions = logits.argmax(axis=1)
    drawn = {"accuracy": [], "macro_f1": [], "mcc": []}
    for indices in resample_indices(len(labels), seed):
        truth, guess = labels[indices], predictions[indices]
        matrix = np.bincount(truth * classes + guess, minlength=classes * classes).reshape(classes, classes)
        hits, support, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
        drawn["accuracy"].append(hits.sum() / len(indices))
        drawn["macro_f1"].append(np.mean(2 * hits / np.maximum(support + predicted, 1)))
        spread = float(len(indices) ** 2 - (support ** 2).sum()) * float(len(indices) ** 2 - (predicted ** 2).sum())
        drawn["mcc"].append((hits.sum() * len(indices) - (support * predicted).sum()) / spread ** 0.5 if spread else 0)
    for key, values in drawn.items():
        assert (ours[key]["lower"], ours[key]["upper"]) == near(tuple(np.percentile(values, [2.5, 97.5])))
    # The interval is about the estimate, and not a point.
    assert ours["accuracy"]["lower"] < (predictions == labels).mean() < ours["accuracy"]["upper"]


def test_resampled_metrics_are_scikit_learns():
    """The closed forms used above, held to scikit-learn on a few resamples."""
    logits, labels = single_label_case("imbalanced")
    predictions = logits.argmax(axis=1)
    for indices in resample_indices(len(labels), 7, resamples=5):
        truth, guess = labels[indices], predictions[indices]
        matrix = np.bincount(truth * 5 + guess, minlength=25).reshape(5, 5)
        hits, support, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
        f1 = metrics.f1_score(truth, guess, labels=range(5), average="macro", zero_division=0)
        assert np.mean(2 * hits / np.maximum(support + predicted, 1)) == near(f1)


def test_certain_and_impossible_probabilities_are_clipped_as_scikit_learn_does(probe_program):
    probabilities = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 0], [0, 0.25, 0.75]], dtype=float)
    labels = [1, 1, 2, 2]
    ours = report("probabilities", probabilities, labels, ["a", "b", "c"])
    assert ours["log_loss"] == near(metrics.log_loss(labels, probabilities, labels=[0, 1, 2]))
    assert ours["log_loss"] > 10
    assert ours["brier_score"] == near(metrics.brier_score_loss(labels, probabilities, labels=[0, 1, 2], scale_by_half=False))


@pytest.mark.parametrize("name", ["ordinary", "label without samples", "label never predicted", "empty sets"])
def test_multi_label_scores_are_scikit_learns(probe_program, name):
    random = np.random.default_rng(sum(name.encode()))
    truth = (random.random((200, 6)) < [0.5, 0.3, 0.2, 0.1, 0.05, 0.3]).astype(int)
    logits = float32(random.normal(size=(200, 6)) * 2 + 2 * truth - 1)
    if name == "label without samples":
        truth[:, 3] = 0
    if name == "label never predicted":
        logits[:, 1] = -8
    if name == "empty sets":
        truth[:50] = 0
        logits[25:75] = -4
    names = [f"label {index}" for index in range(6)]
    ours = report("multi-label", logits, [np.flatnonzero(row).tolist() for row in truth], names)
    probabilities = 1 / (1 + np.exp(-logits))
    predictions = (probabilities >= 0.5).astype(int)
    per_label = metrics.precision_recall_fscore_support(truth, predictions, zero_division=0)
    for index, entry in enumerate(ours["per_label"]):
        assert entry["label"] == names[index]
        assert (entry["precision"], entry["recall"], entry["f1"]) == near(tuple(float(x[index]) for x in per_label[:3]))
        assert (entry["support"], entry["predicted"]) == (truth[:, index].sum(), predictions[:, index].sum())
        own = np.stack([1 - probabilities[:, index], probabilities[:, index]], axis=1)
        # 1 - sigmoid(x) has lost digits that sigmoid(-x) has: hence a wider bound than elsewhere.
        assert entry["log_loss"] == pytest.approx(metrics.log_loss(truth[:, index], own, labels=[0, 1]), rel=1e-11)
    for key, average in (("micro_avg", "micro"), ("macro_avg", "macro"), ("weighted_avg", "weighted")):
        theirs = metrics.precision_recall_fscore_support(truth, predictions, average=average, zero_division=0)
        assert (ours[key]["precision"], ours[key]["recall"], ours[key]["f1"]) == near(tuple(map(float, theirs[:3])))
    assert ours["subset_accuracy"] == near(metrics.accuracy_score(truth, predictions))
    assert ours["hamming_loss"] == near(metrics.hamming_loss(truth, predictions))
    assert ours["log_loss"] == near(np.mean([entry["log_loss"] for entry in ours["per_label"]]))
    assert ours["threshold"] == 0.5 and ours["thresholds"] == [0.5] * 6
    precisions = [metrics.average_precision_score(truth[:, label], logits[:, label]) if truth[:, label].any() else 0
                  for label in range(6)]
    assert [entry["average_precision"] for entry in ours["per_label"]] == near(precisions)
    assert ours["mean_average_precision"] == near(np.mean(precisions))


def test_multi_label_intervals_are_replayed_by_scikit_learn(probe_program):
    random = np.random.default_rng(3)
    truth = (random.random((90, 3)) < [0.5, 0.2, 0.05]).astype(int)
    # Equal scores are common, so that the order among them matters.
    logits = float32(np.round(random.normal(size=(90, 3)) + truth, 1))
    thresholds = [0.3, 0.4, 0.6]
    case = {"scores": logits.tolist(), "labels": [np.flatnonzero(row).tolist() for row in truth], "seed": 5,
            "label_names": ["a", "b", "c"], "thresholds": thresholds, "resamples": 150}
    ours = json.loads(support.execute(support.PROBE, "metrics", "multi-label", input=json.dumps(case)).stdout)
    guesses = (1 / (1 + np.exp(-logits)) >= thresholds).astype(int)
    assert ours["threshold"] is None and ours["thresholds"] == thresholds
    assert ours["macro_avg"]["f1"] == near(metrics.f1_score(truth, guesses, average="macro", zero_division=0))
    drawn = {"mean_average_precision": [], "macro_f1": [], "micro_f1": [], "subset_accuracy": []}
    for indices in resample_indices(90, 5, resamples=150):
        own, guess, scores = truth[indices], guesses[indices], logits[indices]
        drawn["mean_average_precision"].append(np.mean([
            metrics.average_precision_score(own[:, label], scores[:, label]) if own[:, label].any() else 0
            for label in range(3)]))
        for average in ("macro", "micro"):
            drawn[f"{average}_f1"].append(metrics.f1_score(own, guess, average=average, zero_division=0))
        drawn["subset_accuracy"].append(metrics.accuracy_score(own, guess))
    intervals = ours["confidence_intervals_95"]
    assert (intervals["resamples"], intervals["seed"]) == (150, "5")
    for key, values in drawn.items():
        bounds = (intervals[key]["lower"], intervals[key]["upper"])
        assert bounds == near(tuple(np.percentile(values, [2.5, 97.5]))) and bounds[0] < bounds[1]
