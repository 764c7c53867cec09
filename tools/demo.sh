#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Four authorities on this machine, real RDF through all of them, a proof checked offline:
#   tools/demo.sh [--once] [--json] [FILE…]
# Installs what is missing, builds, makes a network under ./demo-net, starts it on loopback, submits the files (default: a small supply chain that
# the project ships), waits until every node has finalized and indexed them, and reports. Then it keeps running until Ctrl-C, or with --once stops
# the network and exits: 0 when all nodes agree and the proof holds, else 1. With --json the report is one JSON object on the last line of stdout.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/tools/build.sh" release provchain provchain-engine >&2
exec python3 "$root/tools/demo.py" "$root" "$@"
