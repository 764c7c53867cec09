#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes every target for a few seconds with a fixed seed and refuses a run that covered too little, which is how broken instrumentation shows:
#   tools/fuzz_smoke.sh [SECONDS]     (default 5; needs the fuzz preset, which it builds)
# The canary target must crash: it proves that the harness would notice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-5}
coverage_min=40
tools/build.sh fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
for program in build/fuzz/bin/fuzz_*; do
  name=${program##*/fuzz_}
  seeds=()
  for folder in "fuzz/corpus/$name" "fuzz/regress/$name"; do [[ -d $folder ]] && seeds+=("$folder"); done
  mkdir -p "$work/$name"
  if [[ $name == canary ]]; then
    if "$program" -runs=200000 -seed=1 -artifact_prefix="$work/" "$work/$name" >"$work/log" 2>&1; then
      echo "fuzz canary: did not crash, so the harness sees nothing" >&2
      failed=$((failed + 1))
    else
      passed=$((passed + 1))
    fi
    continue
  fi
  if ! "$program" -max_total_time="$seconds" -seed=1 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$work/" "$work/$name" "${seeds[@]}" >"$work/log" 2>&1; then
    echo "fuzz $name: failed" >&2
    tail -60 "$work/log" >&2
    failed=$((failed + 1))
    continue
  fi
  coverage=$(grep -oE 'cov: [0-9]+' "$work/log" | tail -1 | grep -oE '[0-9]+')
  if [[ -z $coverage || $coverage -lt $coverage_min ]]; then
    echo "fuzz $name: covered ${coverage:-nothing}, at least $coverage_min expected" >&2
    failed=$((failed + 1))
    continue
  fi
  echo "fuzz $name: fine, cov $coverage"
  passed=$((passed + 1))
done
echo "fuzz: $passed passed, $failed failed"
[[ $failed -eq 0 ]]
