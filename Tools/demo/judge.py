"""Says whether the demo worked. Needs only Python.

    judge.py inputs SENTENCES                                                 the sentences without their answers
    judge.py result SENTENCES TRAIN PREDICTIONS EVALUATION [BASELINE]         the outcome; exit status 1 when it failed

It worked when every sentence is one training never saw and is predicted right, and when macro-F1 on the test set has
a 95 % lower bound above that of always answering with the most frequent class; with BASELINE also when macro-F1 is at
least five points above that of TF-IDF + logistic regression.
"""
import json
import pathlib
import sys

LEAD = 0.05
"""What fine-tuning has to be better by, in macro-F1, to be worth its time."""


def rows(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]


def inputs(sentences):
    for row in rows(sentences):
        print(json.dumps({"input": row["input"]}, ensure_ascii=False))


def result(sentences, train, predictions, evaluation, baseline=None):
    failures = []
    seen = {row["input"] for row in rows(train)}
    print("sentences that training never saw:")
    expected, predicted = rows(sentences), rows(predictions)
    if len(expected) != len(predicted):
        failures.append(f"{len(predicted)} predictions for {len(expected)} sentences")
    for row, prediction in zip(expected, predicted):
        name = prediction["label_name"]
        share = prediction["probabilities"][prediction["label"]]
        right = name == row["label"] and prediction["input"] == row["input"]
        if row["input"] in seen:
            failures.append(f"was trained on: {row['input']}")
        if not right:
            failures.append(f"predicted {name}, expected {row['label']}: {row['input']}")
        print(f"  {'ok   ' if right else 'WRONG'} {name:18} {share:6.1%}  {row['input'].splitlines()[0]}")

    report = json.loads(pathlib.Path(evaluation).read_text(encoding="utf-8"))
    macro = report["macro_avg"]["f1"]
    lower, upper = (report["confidence_intervals_95"]["macro_f1"][end] for end in ("lower", "upper"))
    majority = report["majority_baseline"]["macro_f1"]
    print(f"{report['samples']} test rows from templates that training never saw:")
    print(f"  apr                            macro-F1 {macro:.3f} (95 % interval {lower:.3f} to {upper:.3f}), "
          f"accuracy {report['accuracy']:.3f}")
    if baseline:
        rival = json.loads(pathlib.Path(baseline).read_text(encoding="utf-8"))
        print(f"  TF-IDF + logistic regression   macro-F1 {rival['macro_f1']:.3f}, accuracy {rival['accuracy']:.3f} "
              f"({rival['setup']}, {rival['test_rows']} rows)")
        if rival["test_rows"] != report["samples"]:
            failures.append(f"the baseline saw {rival['test_rows']} test rows, apr {report['samples']}")
        if macro < rival["macro_f1"] + LEAD:
            failures.append(f"macro-F1 {macro:.3f} is not {LEAD} above the baseline's {rival['macro_f1']:.3f}")
    print(f"  the most frequent class        macro-F1 {majority:.3f}")
    if report["trained_on_rows"]:
        failures.append(f"{report['trained_on_rows']} test rows were trained on")
    if lower <= majority:
        failures.append(f"the lower bound {lower:.3f} of macro-F1 is not above the majority baseline's {majority:.3f}")
    for failure in failures:
        print(f"demo: FAILED: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    command, *arguments = sys.argv[1:] or [""]
    if command not in ("inputs", "result"):
        sys.exit(__doc__)
    sys.exit(globals()[command](*arguments))
