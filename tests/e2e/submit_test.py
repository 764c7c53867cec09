# SPDX-License-Identifier: Apache-2.0
"""What `provchain submit` does with every kind of answer, beside a node that gives scripted ones."""
import json
import os
import pathlib
import shutil
import tempfile
import unittest

from fake_node import FakeNode, problem
from network import run_provchain

VALID_HEIGHTS = 10_000


class Submit(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="provchain-submit-"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.environment = {**os.environ, "XDG_STATE_HOME": str(self.root / "state")}
        self.key = self.root / "author.key"
        self.assertEqual(run_provchain("key", "new", self.key).returncode, 0)
        self.file = self.root / "data.nq"
        self.file.write_text('<urn:a> <urn:p> "1" .\n<urn:a> <urn:p> "2" .\n')
        self.node = FakeNode()
        self.addCleanup(self.node.close)

    def submit(self, *words, env=None):
        return run_provchain("--api", self.node.api, "--output", "json", "submit", "--key", self.key, self.file, *words,
                             env=env or self.environment)

    def receipts(self):
        return list((self.root / "state/provchain/receipts").glob("*"))

    def report(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def assert_refused(self, done, code, *parts):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1], r"\Aprovchain: ")
        for part in parts:
            self.assertIn(part, done.stderr.splitlines()[-1])

    def test_is_valid_from_the_present_tip_on(self):
        self.node.height = 25_000
        self.assertEqual(self.report(self.submit())["quads"], 2)
        self.assertEqual(self.node.posted[0].valid_until, 25_000 + VALID_HEIGHTS)
        self.assertEqual(self.receipts(), [])

    def test_what_expired_in_a_receipt_is_signed_anew_with_the_same_lines(self):
        self.report(self.submit("--wait", "accepted"))
        self.assertEqual(len(self.receipts()), 1)
        self.node.height = 50_000
        first = self.node.posted[0]
        self.node.on_post = lambda tx: (202, {"state": "pending"}) if tx.valid_until > self.node.height else problem(422, "expired")
        known = lambda: len(self.node.posted) > 2
        self.node.on_get = lambda path: (200, {"state": "final", "height": 50_001}) if known() else problem(404, "not_found")
        report = self.report(self.submit())
        self.assertEqual([tx.data for tx in self.node.posted[:2]], [first.data, first.data])
        self.assertEqual(self.node.posted[2].payload, first.payload)
        self.assertEqual(self.node.posted[2].valid_until, 50_000 + VALID_HEIGHTS)
        self.assertEqual((len(self.node.posted), len(report["ids"]), self.receipts()), (3, 1, []))

    def test_what_is_final_after_all_is_not_signed_anew(self):
        self.report(self.submit("--wait", "accepted"))
        self.node.height = 50_000
        answers = [problem(404, "not_found")]
        self.node.on_get = lambda path: answers.pop() if answers else (200, {"state": "final", "height": 7})
        replies = [(200, {"state": "final", "height": 7}), problem(422, "expired")]
        self.node.on_post = lambda tx: replies.pop()
        self.report(self.submit())
        self.assertEqual(len({tx.data for tx in self.node.posted}), 1)
        self.assertTrue(any("wait_for=10000" in path for path in self.node.asked), self.node.asked)

    def test_a_refusal_names_the_receipt(self):
        self.node.on_post = lambda tx: problem(422, "author_not_admitted")
        done = self.submit()
        self.assert_refused(done, 1, "author_not_admitted", str(self.receipts()[0]))
        self.assertEqual(len(self.node.posted), 1)

    def test_no_room_ends_with_one_line(self):
        self.node.on_post = lambda tx: problem(429, "author_quota")
        self.assert_refused(self.submit("--patience", "1"), 1, "author_quota", "asked again for 1 s")

    def test_room_comes_from_its_own_oldest(self):
        pending = set()

        def on_post(transaction):
            if pending:
                return problem(429, "author_quota")
            pending.add(transaction.data)
            return 202, {"state": "pending"}

        def on_get(_):
            pending.clear()
            return 200, {"state": "final", "height": 1}

        self.node.on_post, self.node.on_get = on_post, on_get
        self.assertEqual(self.report(self.submit("--batch-quads", "1", "--patience", "0"))["transactions"], 2)

    def test_an_evicted_transaction_is_sent_again(self):
        self.node.on_get = lambda path: (200, {"state": "final", "height": 3}) if len(self.node.posted) == 2 else problem(404, "not_found")
        self.report(self.submit())
        self.assertEqual(self.node.posted[0].data, self.node.posted[1].data)

    def test_not_ready_is_waited_for(self):
        replies = [problem(503, "busy"), (200, {"state": "final", "height": 1})]
        self.node.on_get = lambda path: replies.pop(0)
        self.report(self.submit())

    def test_indexed_means_indexed(self):
        answers = [(200, {"state": "final", "height": 9, "indexed_height": 8}), (200, {"state": "final", "height": 9, "indexed_height": 9})]
        self.node.on_get = lambda path: answers.pop(0)
        self.report(self.submit("--wait", "indexed"))
        self.assertEqual(answers, [])

    def test_none_forgets_and_accepted_remembers(self):
        self.report(self.submit("--wait", "none"))
        self.assertEqual(self.receipts(), [])
        self.report(self.submit("--wait", "none"))
        self.assertNotEqual(self.node.posted[0].data, self.node.posted[1].data)
        self.report(self.submit("--wait", "accepted"))
        self.node.on_get = lambda path: (200, {"state": "pending"})
        self.report(self.submit("--wait", "accepted"))
        self.assertEqual((len(self.node.posted), len(self.receipts())), (3, 1))
        self.node.on_get = lambda path: (200, {"state": "final", "height": 4})
        self.report(self.submit("--wait", "accepted"))
        self.assertEqual((len(self.node.posted), len(self.receipts())), (3, 0))

    def test_a_file_may_be_corrected_as_long_as_nothing_was_signed(self):
        self.file.write_text("<urn:a> <urn:p> 1 .\n")
        self.assert_refused(self.submit(), 2, f"{self.file}:1:")
        self.file.write_text('<urn:a> <urn:p> "1" .\n')
        self.report(self.submit())
        self.node.on_post = lambda tx: problem(422, "author_not_admitted")
        self.assertEqual(self.submit().returncode, 1)
        self.file.write_text('<urn:a> <urn:p> "12" .\n')
        self.assert_refused(self.submit(), 2, "has changed since")

    def test_a_head_without_a_transaction_counts_as_absent(self):
        self.node.on_post = lambda tx: problem(422, "author_not_admitted")
        self.assertEqual(self.submit().returncode, 1)
        receipt = self.receipts()[0]
        receipt.write_text(receipt.read_text().splitlines(keepends=True)[0])
        self.file.write_text('<urn:a> <urn:p> "12" .\n')
        self.node.on_post = lambda tx: (202, {"state": "pending"})
        self.report(self.submit())

    def test_nothing_to_submit_is_said(self):
        self.file.write_text("# only a comment\n")
        self.assert_refused(self.submit(), 2, "data.nq", "no statements")
        self.assertEqual(self.receipts(), [])

    def test_a_wrong_graph_is_refused_first(self):
        self.assert_refused(self.submit("--graph", "rel ative"), 2, "--graph rel ative")
        self.assert_refused(self.submit("--graph", "urn:provchain:mine"), 2, "--graph urn:provchain:mine")
        self.assertEqual(self.node.posted, [])

    def test_a_strange_answer_is_one_line(self):
        self.node.status = {"network_id": 5}
        self.assert_refused(self.submit(), 1, "the node's answer")
        self.assert_refused(run_provchain("--api", self.node.api, "status"), 1, "the node's answer")

    def test_a_receipt_folder_that_cannot_be_made_is_one_line(self):
        (self.root / "state").write_text("a file")
        self.assert_refused(self.submit(), 2, str(self.root / "state"))

    def test_loopback_needs_no_proxy(self):
        self.report(self.submit(env={**self.environment, "http_proxy": "http://127.0.0.1:1"}))


if __name__ == "__main__":
    unittest.main(verbosity=2)
