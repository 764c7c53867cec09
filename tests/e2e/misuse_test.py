# SPDX-License-Identifier: Apache-2.0
"""Wrong input at the command line: one clear line, the documented exit code, and nothing lost."""
import json
import os
import signal
import subprocess
import unittest

from network import BIN, Network, run_provchain, wait_for


class Misuse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network(nodes=1)
        cls.network.start()

    @classmethod
    def tearDownClass(cls):
        cls.network.close()

    def file(self, name, text):
        path = self.network.root / name
        path.write_text(text)
        return path

    def assert_refused(self, done, code, *parts):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertRegex(done.stderr, r"\Aprovchain(-engine)?: [^\n]+\n\Z")
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_one_authority_finalizes_alone(self):
        report = self.network.submit(self.file("alone.nq", '<urn:a> <urn:p> "1" .\n'))
        self.assertEqual(report["transactions"], 1)

    def test_bad_rdf_names_line_and_column(self):
        path = self.file("bad.nq", '<urn:a> <urn:p> "1" .\n<urn:a> <urn p> "1" .\n')
        self.assert_refused(self.network.try_submit(path), 2, f"{path}:2:")

    def test_blank_nodes_are_refused_with_advice(self):
        path = self.file("blank.ttl", "@prefix e: <http://e/> .\ne:a e:p [ e:q 1 ] .\n")
        done = self.network.try_submit(path)
        self.assert_refused(done, 2, "blank", "give the node an IRI")
        self.assertEqual(done.stderr.count("give the node an IRI"), 1)

    def test_reserved_graphs_are_refused(self):
        path = self.file("reserved.nq", '<urn:a> <urn:p> "1" <urn:provchain:ledger> .\n')
        self.assert_refused(self.network.try_submit(path), 2, f"{path}:1:")

    def test_unknown_extension_and_missing_file(self):
        self.assert_refused(self.network.try_submit(self.file("data.json", "{}")), 2, ".ttl")
        self.assert_refused(self.network.try_submit(self.network.root / "none.nq"), 2, "none.nq")

    def test_unreachable_node_is_exit_3(self):
        self.assert_refused(run_provchain("--api", "http://127.0.0.1:1", "status"), 3, "is the node running?")

    def test_not_found_is_exit_1(self):
        api = self.network.nodes[0].api
        self.assert_refused(run_provchain("--api", api, "tx", "0" * 64), 1, "not_found")
        self.assert_refused(run_provchain("--api", api, "block", "999999"), 1, "not_found")
        self.assert_refused(run_provchain("--api", api, "graph", "https://example.org/none"), 1, "not_found")

    def test_a_loose_key_file_is_refused(self):
        key = self.network.root / "loose.key"
        self.assertEqual(run_provchain("key", "new", key).returncode, 0)
        self.assert_refused(run_provchain("key", "new", key), 2, "loose.key")
        os.chmod(key, 0o644)
        self.assert_refused(run_provchain("key", "show", key), 1, "chmod 600")

    def test_a_locked_data_directory_is_exit_4(self):
        node = self.network.nodes[0]
        done = subprocess.run([BIN / "provchain-engine", "--config", node.folder / "node.toml", "--set", "network.listen_port=0", "--set",
                               "api.listen=127.0.0.1:0"], capture_output=True, text=True, check=False, timeout=60)
        self.assert_refused(done, 4, "in use by another process")

    def test_wrong_configuration_is_exit_2_with_its_place(self):
        config = self.file("node.toml", "[network]\nlisten_prt = 1\n")
        self.assert_refused(run_provchain("config", "check", config), 2, "node.toml:2:1", "listen_prt")
        done = subprocess.run([BIN / "provchain-engine", "--check-config", "--config", config], capture_output=True, text=True, check=False, timeout=60)
        self.assert_refused(done, 2, "node.toml:2:1")

    def test_wrong_flags_are_one_line_of_the_program(self):
        self.assert_refused(run_provchain("nonsense"), 2, "provchain --help")
        self.assert_refused(run_provchain(), 2, "provchain --help")
        done = subprocess.run([BIN / "provchain-engine"], capture_output=True, text=True, check=False, timeout=60)
        self.assert_refused(done, 2, "--config is required")

    def test_a_missing_key_is_advised_where_it_belongs(self):
        done = subprocess.run([BIN / "provchain", "--api", self.network.nodes[0].api, "submit", self.file("keyless.nq", "")], capture_output=True,
                              text=True, check=False, timeout=60, cwd=self.network.root)
        self.assert_refused(done, 2, "provchain key new keys/submitter.key")

    def test_a_password_may_end_with_carriage_return(self):
        key = self.network.root / "sealed.key"
        made = run_provchain("key", "new", key, "--password-file", self.file("dos.txt", "secret\r\n"))
        self.assertEqual(made.returncode, 0, made.stderr)
        shown = run_provchain("key", "show", key, "--password-file", self.file("unix.txt", "secret\n"))
        self.assertEqual(shown.stdout, made.stdout)

    def test_a_refused_test_network_leaves_nothing_behind(self):
        folder = self.network.root / "refused"
        for words in (["--base-port", "65530"], ["--max-block-size", "1"], ["--block-interval", "soon"], ["--nodes", "101"], ["--network-id", ""]):
            self.assert_refused(run_provchain("testnet", "new", folder, *words), 2)
            self.assertFalse(folder.exists(), words)
        self.assert_refused(run_provchain("testnet", "new", self.file("occupied", "")), 2, "occupied")
        self.assertEqual(run_provchain("testnet", "new", folder, "--base-port", "65528").returncode, 0)

    def test_the_token_of_a_test_network_is_private(self):
        token = self.network.directory / "node1/keys/api.token"
        self.assertEqual(token.stat().st_mode & 0o777, 0o600)
        self.assertRegex(token.read_text(), r"\A[0-9a-f]{32}\n\Z")

    def test_a_lost_journal_stops_an_authority_from_voting(self):
        network = Network(nodes=1)
        self.addCleanup(network.close)
        network.start()
        path = self.file("before.nq", '<urn:before> <urn:p> "1" .\n')
        self.assertEqual(network.submit(path)["transactions"], 1)
        node = network.nodes[0]
        self.assertEqual(node.kill(signal.SIGTERM), 0)
        for segment in (node.folder / "data/journal").glob("*.seg"):
            segment.unlink()
        network.start()
        self.assertEqual(node.get_json("/v1/consensus")["mode"], "quarantined")
        self.assertIn("does not vote", node.log_tail())

    def test_a_broken_off_submission_goes_on_without_doubling(self):
        lines = "".join(f'<urn:item:{i:05d}> <urn:p> "value {i}" .\n' for i in range(3000))
        path = self.file("many.nq", lines)
        before = self.network.nodes[0].status()["total_txs"]
        command = [BIN / "provchain", "--api", self.network.nodes[0].api, "submit", "--batch-quads", "10", "--key",
                   self.network.directory / "node1/keys/submitter.key", path]
        first = subprocess.Popen(command, env=self.network.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.network.nodes[0].status()["total_txs"] >= before + 20, "some batches are final")
        first.kill()
        first.wait(timeout=60)
        second = subprocess.run(command, env=self.network.environment, capture_output=True, text=True, check=False, timeout=300)
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertIn("going on with an earlier submission", second.stderr)
        self.assertEqual(self.network.nodes[0].status()["total_txs"], before + 300)


if __name__ == "__main__":
    unittest.main(verbosity=2)
