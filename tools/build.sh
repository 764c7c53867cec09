#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds one preset (default release) after installing what is missing: tools/build.sh [PRESET] [TARGET…]. Programs land in build/PRESET/bin/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:-release}
shift || true
case "$preset" in
  asan | tsan | fuzz | coverage) tools/deps.sh --ci ;;
  *) tools/deps.sh ;;
esac
targets=()
for target in "$@"; do targets+=(--target "$target"); done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
cmake --build "build/$preset" --parallel "$(nproc)" "${targets[@]}"
