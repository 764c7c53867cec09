#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration that tools/demo.sh starts once everything is built: network, submission, comparison of all nodes, proof, report."""
import argparse
import http.client
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

NODES = 4
WAIT_SECONDS = 120


class DemoError(Exception):
    pass


def say(text):
    print(text, file=sys.stderr, flush=True)


# The nodes are on this machine: a proxy of the environment is not asked for them.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch(url):
    with OPENER.open(url, timeout=WAIT_SECONDS + 30) as answer:
        return answer.read()


def fetch_json(url):
    return json.loads(fetch(url))


class Network:
    """The four nodes as one child process, `provchain testnet run`."""

    def __init__(self, bin_dir, directory):
        self.bin_dir = bin_dir
        self.directory = directory
        self.apis = []
        self.process = None

    def provchain(self, *words):
        done = subprocess.run([self.bin_dir / "provchain", *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DemoError(done.stderr.strip() or f"provchain {words[0]} ended with status {done.returncode}")
        return done.stdout

    def start(self):
        if self.directory.exists():
            if not (self.directory / "genesis.toml").exists():
                raise DemoError(f"{self.directory} exists and is not a demo network; move it away")
            shutil.rmtree(self.directory)
        self.provchain("testnet", "new", str(self.directory), "--nodes", str(NODES), "--base-port", "0", "--block-interval", "0")
        self.process = subprocess.Popen([self.bin_dir / "provchain", "--output", "json", "testnet", "run", str(self.directory)],
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise DemoError(f"the network did not start; the logs are {self.directory}/node*/log")
        self.apis = [node["api"] for node in json.loads(line)["nodes"]]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()  # its nodes end with it


def graphs_of(api, most):
    return [entry["graph"] for entry in fetch_json(f"{api}/v1/graphs?limit={most}")["graphs"]]


def all_agree(apis, height, ids):
    """Every node has every block and gives back every transaction byte for byte as the first does."""
    heads = {fetch(f"{api}/v1/blocks/{height}/raw") for api in apis}
    if len(heads) != 1:
        return False
    for tx in ids:
        if len({fetch(f"{api}/v1/transactions/{tx}/dataset") for api in apis}) != 1:
            return False
    for graph in graphs_of(apis[0], 5):
        name = urllib.parse.quote(graph.strip("<>"), safe="")
        if len({fetch(f"{api}/v1/graphs/{name}") for api in apis}) != 1:
            return False
    return True


def prove_first_quad(network, genesis):
    """Asks the last node for a quad and its proof, and checks the proof with nothing but the genesis."""
    quad = fetch_json(f"{network.apis[-1]}/v1/quads?limit=1")["quads"][0]
    query = urllib.parse.urlencode({name: quad[name] for name in ("s", "p", "o", "g")})
    with tempfile.TemporaryDirectory() as folder:
        proof = pathlib.Path(folder) / "proof.json"
        proof.write_bytes(fetch(f"{network.apis[-1]}/v1/proofs/quad?{query}"))
        say(network.provchain("verify", str(proof), "--genesis", str(genesis)).rstrip())
    return True


def run(network, files):
    say(f"starting {NODES} authorities under {network.directory}")
    network.start()
    submitted = json.loads(network.provchain("--api", network.apis[0], "--output", "json", "submit", *files, "--wait", "final",
                                             "--key", str(network.directory / "node1/keys/submitter.key")))
    height = submitted["height"]
    for api in network.apis:
        fetch(f"{api}/v1/blocks/{height}?wait_for={height}&timeout={WAIT_SECONDS}")
    report = {
        "nodes": NODES,
        "finalized_height": height,
        "transactions": submitted["transactions"],
        "quads": submitted["quads"],
        "finality_ms_p50": round(submitted["finality_ms_p50"], 3),
        "finality_ms_p99": round(submitted["finality_ms_p99"], 3),
        "all_nodes_agree": all_agree(network.apis, height, submitted["ids"]),
        "proof_verified": prove_first_quad(network, network.directory / "genesis.toml"),
    }
    return report


def main():
    parser = argparse.ArgumentParser(prog="demo.sh")
    parser.add_argument("root", help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", metavar="FILE", help="RDF files to submit")
    parser.add_argument("--once", action="store_true", help="stop the network after the report")
    parser.add_argument("--json", action="store_true", help="the report as one JSON object on the last line")
    arguments = parser.parse_intermixed_args()  # files may stand before, between and behind the flags
    root = pathlib.Path(arguments.root)
    files = arguments.files or [str(root / "docs/examples/coffee.trig")]
    network = Network(root / "build/release/bin", pathlib.Path("demo-net"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        report = run(network, files)
        if not arguments.json:
            for name, value in report.items():
                print(f"{name:<18} {value}")
        for number, api in enumerate(network.apis, 1):
            say(f"node{number}: {api}/v1/status")
        if not arguments.once:
            say("running; Ctrl-C stops the network")
            if arguments.json:
                print(json.dumps(report), flush=True)
            while network.process.poll() is None:
                time.sleep(1)
        network.stop()
        if arguments.json and arguments.once:
            print(json.dumps(report), flush=True)
        return 0 if report["all_nodes_agree"] and report["proof_verified"] else 1
    except KeyboardInterrupt:
        return 0
    except (DemoError, OSError, http.client.HTTPException) as error:
        say(f"demo: {error}")
        return 1
    finally:
        network.stop()


if __name__ == "__main__":
    sys.exit(main())
