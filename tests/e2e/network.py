# SPDX-License-Identifier: Apache-2.0
"""Real nodes on loopback for the end-to-end tests: made by `provchain testnet new`, started, killed and asked one by one.

Nothing here sleeps for a fixed time: every wait is for an event and ends with an error after a generous limit.
"""
import atexit
import http.client
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

BIN = pathlib.Path(os.environ["PVC_BIN_DIR"])
SOURCE = pathlib.Path(os.environ["PVC_SOURCE_DIR"])
DATA = pathlib.Path(os.environ.get("PROVCHAIN_TEST_DATA", SOURCE / "../shared/data"))
LIMIT_SECONDS = float(os.environ.get("PVC_E2E_LIMIT_SECONDS", "120"))
SKIPPED = 77  # CTest's SKIP_RETURN_CODE
NO_ANSWER = (urllib.error.URLError, ConnectionError, TimeoutError, http.client.HTTPException)  # of a node that is away, or dies meanwhile


def wait_for(condition, what, limit=LIMIT_SECONDS):
    """The first true value of condition(), which is asked again and again; what never becomes true fails the test by name."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit:.0f} s: {what}")
        time.sleep(0.02)


def run_tests(why_not=None):
    """Runs the tests of the file that was started. A reason why this machine cannot is one plain line, and a skipped test to CTest."""
    if why_not:
        print(f"skipped: {why_not}")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)


def run_provchain(*words, env=None, stdin=None):
    return subprocess.run([BIN / "provchain", *map(str, words)], capture_output=True, text=True, check=False, env=env, stdin=stdin,
                          timeout=LIMIT_SECONDS * 5)


class Node:
    def __init__(self, folder, api):
        self.folder = folder
        self.api = api
        self.process = None
        self.log = None
        self.open = urllib.request.urlopen  # of a node that lives elsewhere: what opens a URL there
        self.prefix = ["setpriv", "--pdeathsig", "KILL"]  # a node does not outlive the test, however that ends
        self.environment = None  # None: the test's own

    def start(self, *flags):
        self.log = open(self.folder / "log", "ab")
        command = [*self.prefix, BIN / "provchain-engine", "--config", self.folder / "node.toml", *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=self.environment)

    def wait_ready(self):
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            raise AssertionError(f"{self.folder.name} did not start: {self.log_tail()}")

    def kill(self, number=signal.SIGKILL):
        if self.process is None:
            return None
        self.process.send_signal(number)
        status = self.process.wait(timeout=LIMIT_SECONDS)
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return status

    def pause(self):
        """The process stands still, its sockets stay open: to its peers it is silent and not gone."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def log_tail(self):
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def get(self, path):
        with self.open(self.api + path, timeout=LIMIT_SECONDS) as answer:
            return answer.read()

    def get_json(self, path):
        return json.loads(self.get(path))

    def get_or_none(self, path):
        """The answer, or None while the node does not answer or does not have it."""
        try:
            return self.get(path)
        except NO_ANSWER:
            return None

    def status(self):
        answer = self.get_or_none("/v1/status")
        return json.loads(answer) if answer else None

    def height(self):
        status = self.status()
        return status["finalized_height"] if status else -1

    def transaction_state(self, tx):
        answer = self.get_or_none(f"/v1/transactions/{tx}")
        return json.loads(answer)["state"] if answer else "unknown"

    def dataset(self, tx):
        return self.get(f"/v1/transactions/{tx}/dataset")

    def post(self, body, wait="", content_type="application/vnd.provchain.tx", headers=None, limit=LIMIT_SECONDS):
        """(status, answer) of a POST; (0, {}) when the node does not answer."""
        request = urllib.request.Request(self.api + "/v1/transactions" + (f"?wait={wait}" if wait else ""), data=body, method="POST",
                                         headers={"Content-Type": content_type, **(headers or {})})
        try:
            with self.open(request, timeout=limit) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
        except NO_ANSWER:
            return 0, {}


class Network:
    def __init__(self, nodes=4, block_interval="0", max_block_size="1048576"):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="provchain-e2e-"))
        atexit.register(self.close)  # Ctrl-C skips what unittest would clean up
        self.nodes = []
        self.directory = self.root / "net"
        self.environment = {**os.environ, "XDG_STATE_HOME": str(self.root / "state")}
        made = run_provchain("--output", "json", "testnet", "new", self.directory, "--nodes", nodes, "--base-port", 0, "--block-interval",
                             block_interval, "--max-block-size", max_block_size)
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        listed = json.loads(made.stdout)["nodes"]
        self.nodes = [Node(pathlib.Path(entry["config"]).parent, entry["api"]) for entry in listed]
        self.genesis = self.directory / "genesis.toml"

    def start(self, which=None):
        chosen = self.nodes if which is None else [self.nodes[i] for i in which]
        for node in chosen:
            node.start()
        for node in chosen:
            node.wait_ready()

    def wait_connected(self, which=None):
        chosen = self.nodes if which is None else [self.nodes[i] for i in which]
        for node in chosen:
            wait_for(lambda n=node: (n.status() or {}).get("peers", 0) >= len(chosen) - 1, f"{node.folder.name} connected to all others")

    def close(self):
        atexit.unregister(self.close)
        for node in self.nodes:
            if node.process is not None:
                node.kill()
        shutil.rmtree(self.root, ignore_errors=True)

    def submit(self, *words, node=0):
        """The report of `provchain submit` as an object; fails the test when it does not succeed."""
        done = self.try_submit(*words, node=node)
        if done.returncode != 0:
            raise AssertionError(f"submit: {done.stderr}")
        return json.loads(done.stdout)

    def try_submit(self, *words, node=0):
        return run_provchain("--api", self.nodes[node].api, "--output", "json", "submit", "--key",
                             self.directory / "node1/keys/submitter.key", *words, env=self.environment)

    def wait_height(self, height, which=None):
        chosen = self.nodes if which is None else [self.nodes[i] for i in which]
        for node in chosen:
            wait_for(lambda n=node: n.height() >= height, f"{node.folder.name} at height {height}; log: {node.log_tail()[-800:]}")


def small_dataset(number, lines=3):
    """Canonical N-Quads that no other number gives."""
    return "".join(f'<https://example.org/thing/{number:06d}> <https://example.org/p{i:06d}> "value {i} of {number}" .\n' for i in range(lines))


def votes_in_journal(folder):
    """All VOTE statements in a node's journal, oldest first, read by the documented layout alone."""
    votes = []
    for segment in sorted((folder / "data/journal").glob("*.seg")):
        data = segment.read_bytes()
        assert data[:8] == b"PVCJRNL1", segment
        offset = 112
        while data[offset:offset + 4] == b"PVCB":
            (size,) = struct.unpack_from("<I", data, offset + 4)
            record = offset + 32
            end = record + size
            while record < end:
                payload, kind = struct.unpack_from("<IB", data, record)
                if kind == 1:
                    votes.append(data[record + 8:record + 8 + payload])
                record += 8 + (payload + 7) // 8 * 8
            offset = end
    return votes


def position_of(statement):
    """(epoch, view, step) of a 152-byte statement; step 1 is NOTARIZE, 2 FINALIZE or NULLIFY."""
    kind = statement[80]
    epoch, view = struct.unpack_from("<QQ", statement, 88)
    return epoch, view, 1 if kind == 1 else 2
