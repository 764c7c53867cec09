#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy-19 over the .cpp files that changed: tools/lint.sh [BASE] (default: the commit before HEAD; --all: every file).
# Uses the compile commands of the asan preset, which clang made.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=${1:-HEAD~1}
[[ -f build/asan/compile_commands.json ]] || tools/build.sh asan
if [[ $base == --all ]]; then
  files=$(git ls-files 'base/*.cpp' 'crypto/*.cpp' 'wire/*.cpp' 'storage/*.cpp' 'engine/*.cpp' 'tools/*.cpp')
else
  git rev-parse -q --verify "$base" >/dev/null || { echo "lint: no commit $base to compare with"; exit 0; }
  files=$(git diff --name-only --diff-filter=AM "$base" -- 'base/*.cpp' 'crypto/*.cpp' 'wire/*.cpp' 'storage/*.cpp' 'engine/*.cpp' 'tools/*.cpp')
fi
[[ -z $files ]] && { echo "lint: no source file changed"; exit 0; }
printf '%s\n' "$files" | xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/asan --quiet 2>/dev/null
echo "lint: $(printf '%s\n' "$files" | wc -l) files, no complaint"
