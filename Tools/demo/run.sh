#!/usr/bin/env bash
# The demo: fine-tune, evaluate on templates that training never saw, predict, and judge the outcome.
#
#   Tools/demo/run.sh demo|full BASE_DIR TRAIN.jsonl TEST.jsonl WORK_DIR
#
# Writes WORK_DIR/result.txt only when everything held; make takes that file for the work being done.
set -euo pipefail

kind=$1 base=$2 train=$3 test=$4 work=$5
apr=.build/release/apr
checkpoint=$work/checkpoints/best
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
    "$apr" finetune --task classify "$base" --data "$train" --epochs 1 --max-seq-length 256 \
        --early-stopping-patience 1 -o "$work/checkpoints" --overwrite
    touch "$finished"
fi
trained=$((SECONDS - started))

step "evaluating on $test, whose templates training never saw"
"$apr" eval "$checkpoint" --data "$test" --json >"$work/eval.json"
"$apr" eval "$checkpoint" --data "$test" >"$work/eval.txt"

step "predicting sentences training never saw"
python3 Tools/demo/judge.py inputs demo/sentences.jsonl >"$work/inputs.jsonl"
"$apr" predict "$checkpoint" --data "$work/inputs.jsonl" --json >"$work/predictions.jsonl"

if [ "$kind" = full ]; then
    step "the baseline: TF-IDF + logistic regression on the same files"
    "$BASELINE_PYTHON" Tools/corpus/baseline.py --train "$train" --test "$test" --json >"$work/baseline.json"
    baseline=("$work/baseline.json")
fi
cat "$work/eval.txt" >&2
python3 Tools/demo/judge.py result demo/sentences.jsonl "$train" "$work/predictions.jsonl" "$work/eval.json" \
    ${baseline[@]+"${baseline[@]}"} | tee "$work/result.partial"
echo "fine-tuning took $((trained / 60)) min $((trained % 60)) s" >>"$work/result.partial"
mv "$work/result.partial" "$work/result.txt"
