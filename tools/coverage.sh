#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Line coverage of the consensus by the tests of the core (consensus_tests, core_tests, sim_tests), file by file; refuses less than a bound:
#   tools/coverage.sh [PERCENT]     (default 95; builds the coverage preset)
# Prints the lines that no test reaches with COVERAGE_SHOW=1. Run by hand after work on the consensus; .ci/run leaves it out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bound=${1:-95}
folder=engine/core/consensus
programs=(consensus_tests core_tests sim_tests)
tools/build.sh coverage "${programs[@]}"

profiles=$(mktemp -d)
trap 'rm -rf "$profiles"' EXIT
objects=()
for program in "${programs[@]}"; do
  objects+=(${objects:+-object} "build/coverage/bin/$program")  # llvm-cov takes the first without a name
  LLVM_PROFILE_FILE="$profiles/$program.profraw" "build/coverage/bin/$program" --gtest_brief=1 >"$profiles/log" 2>&1 || {
    cat "$profiles/log" >&2
    echo "coverage: $program failed" >&2
    exit 1
  }
done
llvm-profdata-19 merge -o "$profiles/all" "$profiles"/*.profraw

if [[ ${COVERAGE_SHOW:-} == 1 ]]; then
  llvm-cov-19 show "${objects[@]}" -instr-profile="$profiles/all" "$folder" | grep -E "^ *[0-9]+\| +0\||^$PWD|^$folder"
fi
llvm-cov-19 export -summary-only "${objects[@]}" -instr-profile="$profiles/all" "$folder" | python3 -c '
import json, sys
bound, root = float(sys.argv[1]), sys.argv[2] + "/"
data = json.load(sys.stdin)["data"][0]
for file in data["files"]:
    lines = file["summary"]["lines"]
    name = file["filename"].removeprefix(root)
    print("{:<48}{:6} lines{:5} missed{:8.2f} %".format(name, lines["count"], lines["count"] - lines["covered"], lines["percent"]))
lines = data["totals"]["lines"]
percent = lines["percent"]
print("coverage: {:.2f} % of {} lines, at least {:g} % expected".format(percent, lines["count"], bound))
sys.exit(lines["count"] == 0 or percent < bound)
' "$bound" "$PWD"
