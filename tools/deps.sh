#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the build and the tests need, from Debian 12's own packages. Does nothing when all is there.
#   tools/deps.sh          what a build, the demo and the tests need
#   tools/deps.sh --ci     also what the checks need: clang-19, clang-tidy-19, clang-format-19, ccache, spin
# Exit 0: all there. Exit 2: something is missing and this user may not install it; the one line to run is printed.
set -euo pipefail

packages=(
  g++-12 cmake ninja-build pkg-config git python3 zstd ca-certificates
  libuv1-dev libflatbuffers-dev flatbuffers-compiler libsodium-dev liblmdb-dev libserd-dev
  libxxhash-dev libzstd-dev libmicrohttpd-dev nlohmann-json3-dev libtomlplusplus-dev
  libspdlog-dev libfmt-dev libcli11-dev libcurl4-openssl-dev libgtest-dev libgmock-dev libbenchmark-dev
  iproute2 faketime
)
if [[ "${1:-}" == "--ci" ]]; then
  packages+=(clang-19 libclang-rt-19-dev libfuzzer-19-dev lld-19 llvm-19 clang-tidy-19 clang-format-19 ccache curl spin)
fi

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ "$state" == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}")
if [[ $(id -u) -eq 0 ]]; then
  runner=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  runner=(sudo)
else
  echo "provchain: packages are missing; run: sudo apt-get update && sudo apt-get install -y ${missing[*]}" >&2
  exit 2
fi
echo "provchain: installing ${missing[*]}" >&2
"${runner[@]}" apt-get update -qq >&2
"${runner[@]}" "${install[@]}" >&2
