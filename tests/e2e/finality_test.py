# SPDX-License-Identifier: Apache-2.0
"""Real data through four processes: every node gives it back byte for byte and proofs of it hold offline."""
import json
import os
import pathlib
import random
import subprocess
import unittest
import urllib.parse

from network import DATA, LIMIT_SECONDS, SOURCE, Network, run_provchain, wait_for


class Finality(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.network.start()

    @classmethod
    def tearDownClass(cls):
        cls.network.close()

    def wait_indexed(self, height):
        for node in self.network.nodes:
            wait_for(lambda n=node: (n.status() or {}).get("indexed_height", -1) >= height, f"{node.folder.name} has indexed {height}")

    def test_01_example_is_final_on_every_node(self):
        report = self.network.submit(SOURCE / "docs/examples/coffee.trig")
        self.assertGreaterEqual(report["quads"], 60)
        self.network.wait_height(report["height"])
        self.wait_indexed(report["height"])
        graph = urllib.parse.quote("https://example.org/graph/roasting", safe="")
        answers = {node.get(f"/v1/graphs/{graph}") for node in self.network.nodes}
        self.assertEqual(len(answers), 1)
        self.assertIn(b"https://example.org/step/roasting", answers.pop())

    def test_02_ucsb_comes_back_line_for_line(self):
        path = DATA / "provenance/ucsb-izc00012194.nq"
        if not path.exists():
            self.skipTest(f"no test data at {DATA}")
        report = self.network.submit(path, "--wait", "indexed", node=1)
        self.assertEqual(report["quads"], 902)
        self.network.wait_height(report["height"])
        expected = b"".join(sorted(set(path.read_bytes().splitlines(keepends=True))))
        for node in self.network.nodes:
            got = b"".join(sorted(b"".join(node.dataset(tx) for tx in report["ids"]).splitlines(keepends=True)))
            self.assertEqual(got, expected, node.folder.name)

    def test_03_proofs_hold_offline_and_no_changed_byte_passes(self):
        node = self.network.nodes[2]
        quad = node.get_json("/v1/quads?limit=1&p=" + urllib.parse.quote("http://www.w3.org/ns/prov#used", safe=""))["quads"][0]
        folder = self.network.root
        proofs = {"block": folder / "block.json", "tx": folder / "tx.json", "quad": folder / "quad.json"}
        for words in (["block", str(quad["height"])], ["tx", quad["tx"]], ["quad", quad["s"], quad["p"], quad["o"], quad["g"]]):
            made = run_provchain("--api", node.api, "prove", *words, "--out", proofs[words[0]])
            self.assertEqual(made.returncode, 0, made.stderr)
        for kind, proof in proofs.items():
            checked = run_provchain("--output", "json", "verify", proof, "--genesis", self.network.genesis)
            self.assertEqual(checked.returncode, 0, checked.stderr)
            self.assertEqual(json.loads(checked.stdout)["kind"], kind)
        self.assertIn(quad["line"], run_provchain("verify", proofs["quad"], "--genesis", self.network.genesis).stdout)
        choose = random.Random(7)
        for original, other in ((proofs["quad"], None), (self.network.genesis, proofs["quad"])):
            data = original.read_bytes()
            for _ in range(25):
                changed = bytearray(data)
                changed[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
                file = folder / "changed"
                file.write_bytes(changed)
                words = (file, "--genesis", self.network.genesis) if other is None else (other, "--genesis", file)
                checked = run_provchain("verify", *words)
                self.assertEqual(checked.returncode, 1, bytes(changed))
                self.assertRegex(checked.stderr, r"^provchain: .+\n$")

    def test_04_the_same_bytes_twice_are_one_transaction(self):
        before = self.network.nodes[0].status()["total_txs"]
        path = self.network.root / "once.nq"
        path.write_text('<https://example.org/once> <https://example.org/p> "1" .\n')
        first = self.network.submit(path, "--wait", "accepted")
        self.network.submit(path)  # the receipt of the first, whose end nobody waited for, is taken up again
        self.assertEqual(len(first["ids"]), 1)
        wait_for(lambda: self.network.nodes[0].transaction_state(first["ids"][0]) == "final", "the transaction is final")
        self.assertEqual(self.network.nodes[0].status()["total_txs"], before + 1)


class RealChain(unittest.TestCase):
    """The first logs of a real provenance chain, one log a transaction."""

    LOGS = int(os.environ.get("PVC_E2E_LOGS", "500"))

    def test_every_node_gives_back_each_log(self):
        archive = DATA / "provenance/preston-dbg-2022.nq.zst"
        if not archive.exists():
            self.skipTest(f"no test data at {DATA}")
        index = subprocess.run(["zstd", "-dc", str(DATA / "provenance/preston-dbg-2022.chain.tsv.zst")], capture_output=True, check=True).stdout
        rows = [row.split("\t") for row in index.decode().splitlines() if row and row[0].isdigit()][:self.LOGS]
        reader = subprocess.Popen(["zstd", "-dc", "--long=27", str(archive)], stdout=subprocess.PIPE)
        stream = reader.stdout.read(max(int(row[4]) + int(row[5]) for row in rows))
        reader.stdout.close()
        reader.wait(timeout=LIMIT_SECONDS)
        network = Network(max_block_size="4194304")
        self.addCleanup(network.close)
        network.start()
        files = []
        for row in rows:
            offset, size = int(row[4]), int(row[5])
            file = pathlib.Path(network.root) / f"log-{int(row[0]):05d}.nq"
            file.write_bytes(stream[offset:offset + size])
            files.append(file)
        report = network.submit(*files, "--wait", "final")
        self.assertEqual(report["transactions"], len(rows))
        network.wait_height(report["height"])
        for tx, file in zip(report["ids"], files):
            expected = b"".join(sorted(set(file.read_bytes().splitlines(keepends=True))))
            for node in network.nodes:
                self.assertEqual(node.dataset(tx), expected, f"{file.name} on {node.folder.name}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
