#!/usr/bin/env bash
# The demo: fine-tune, evaluate on templates that training never saw, predict, and judge the outcome.
#
#   Tools/demo/run.sh BASE_DIR TRAIN.jsonl TEST.jsonl WORK_DIR [FLAG OF apr finetune]...
#
# With BASELINE_PYTHON set, scikit-learn's TF-IDF + logistic regression is run on the same files and must be beaten by five points.
# Writes WORK_DIR/result.txt only when everything held; make takes that file for the work being done.
set -euo pipefail

base=$1 train=$2 test=$3 work=$4
shift 4
apr=${APR_BIN:-.build/release/apr}
mkdir -p "$work"
rm -f "$work/result.txt"

step() {
    echo >&2
    echo "demo: $*" >&2
}

started=$SECONDS
finished=$work/training-finished
if [ ! -e "$finished" ] || [ "$train" -nt "$finished" ] || [ "$base/config.json" -nt "$finished" ]; then
    step "fine-tuning $base on $train"
    "$apr" finetune --task classify "$base" --data "$train" "$@" -o "$work/checkpoints" --overwrite
    echo "$(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s" >"$finished"
fi

# A recipe that trains on all rows has no validation rows to call a checkpoint the best by.
checkpoint=$work/checkpoints/best
[ -d "$checkpoint" ] || checkpoint=$work/checkpoints/last

step "evaluating on $test, whose templates training never saw"
"$apr" eval "$checkpoint" --data "$test" --json-output "$work/eval.json" >&2

step "predicting sentences training never saw"
python3 Tools/demo/judge.py inputs demo/sentences.jsonl >"$work/inputs.jsonl"
"$apr" predict "$checkpoint" --data "$work/inputs.jsonl" --json >"$work/predictions.jsonl"

baseline=()
if [ -n "${BASELINE_PYTHON:-}" ]; then
    step "the baseline: TF-IDF + logistic regression on the same files"
    "$BASELINE_PYTHON" Tools/corpus/baseline.py "$train" "$test" >"$work/baseline.json"
    baseline=("$work/baseline.json")
fi
python3 Tools/demo/judge.py result demo/sentences.jsonl "$train" "$work/predictions.jsonl" "$work/eval.json" \
    ${baseline[@]+"${baseline[@]}"} >"$work/result.partial" || {
    cat "$work/result.partial"
    exit 1
}
echo "fine-tuning took $(cat "$finished")" >>"$work/result.partial"
mv "$work/result.partial" "$work/result.txt"
