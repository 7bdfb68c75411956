#!/usr/bin/env bash
# Runs every fuzz target for FUZZ_SECONDS (300 each, an hour in all) and writes docs/results/fuzz-DATE.md.
#
#     Fuzz/run.sh PROGRAM APR [TARGET…]
#
# A finding is kept as .build/fuzz-findings/TARGET-…; the exit status is 1 when there is one.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1 apr=$2
shift 2
seconds=${FUZZ_SECONDS:-300}
commit=$(git rev-parse --short HEAD)
read -ra targets <<<"${*:-$("$program")}"
corpus=.build/fuzz-corpus findings=.build/fuzz-findings logs=.build/logs
mkdir -p "$corpus" "$findings" "$logs"
python3 Fuzz/seeds.py "$apr" "$corpus/seeds"

rows=() status=0
for target in "${targets[@]}"; do
    mkdir -p "$corpus/$target"
    before=$(find "$findings" -name "$target-*" | wc -l)
    # Swift's own backtracer and the fuzzer wait for each other; -k because a stuck process ignores TERM.
    FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 \
        timeout -k 10 $((seconds + 60)) "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -malloc_limit_mb=1024 -max_len=65536 -print_final_stats=1 -artifact_prefix="$findings/$target-" \
        "$corpus/$target" "$corpus/seeds/$target" </dev/null >"$logs/fuzz-$target.log" 2>&1 || true
    cases=$(awk '/stat::number_of_executed_units/ { print $2 }' "$logs/fuzz-$target.log")
    edges=$(grep -oE 'cov: [0-9]+' "$logs/fuzz-$target.log" | tail -n 1 | cut -d' ' -f2)
    memory=$(awk '/stat::peak_rss_mb/ { print $2 }' "$logs/fuzz-$target.log")
    found=$(($(find "$findings" -name "$target-*" | wc -l) - before))
    # A process that ended without its figures was not a run, whatever it left.
    if [ "$found" -gt 0 ] || [ -z "$cases" ]; then status=1; fi
    rows+=("| $target | $seconds | ${cases:-none} | ${edges:-none} | ${memory:-?} | $found |")
    echo "$target: ${cases:-no} cases in $seconds s, ${edges:-no} edges, $found findings"
done

mkdir -p docs/results
page=docs/results/fuzz-$(date +%F).md
{
    echo "# Fuzzing, $(date +%F)"
    echo
    echo "Commit $commit; \`make fuzz FUZZ_SECONDS=$seconds\`: libFuzzer with the address sanitizer, inputs up to"
    echo "64 KiB, at most 1 GiB in one allocation, 2 GiB in all and 20 s a case. The corpus grows from run to run and is not committed."
    echo
    echo "| target | seconds | cases | edges covered | peak MiB | findings |"
    echo "|---|---:|---:|---:|---:|---:|"
    printf '%s\n' "${rows[@]}"
} >"$page"
echo "written to $page"
exit $status
