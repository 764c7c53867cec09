# SPDX-License-Identifier: Apache-2.0
"""provchain authority: proposals as files that go from hand to hand, and everything that can be wrong with them."""
import copy
import json
import pathlib
import struct
import tempfile
import unittest

from fake_node import FakeNode, problem
from network import run_provchain

NETWORK = "ab" * 32
ANCHOR = "cd" * 32


class Authority(unittest.TestCase):
    """Authorities a to d; e and f are newcomers. The node is a fake that knows their epoch."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.key = {}
        for name in ("a", "b", "c", "d", "e", "f", "submitter"):
            made = run_provchain("key", "new", cls.root / f"{name}.key")
            cls.key[name] = made.stdout.strip()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.node = FakeNode(height=40)
        self.addCleanup(self.node.close)
        self.node.status = {"network_id": NETWORK, "max_block_bytes": 65536, "syncing": False}
        self.authorities = {
            "epoch": 2, "anchor_id": ANCHOR, "anchor_height": 32, "quorum": 3, "open_participation": True, "participants": 0, "evidence": [],
            "authorities": [{"index": i, "name": name, "key": self.key[name], "connected": True} for i, name in enumerate("abcd")]}
        self.node.on_get = lambda path: (200, self.authorities if path == "/v1/authorities" else {"state": "final", "height": 41})
        self.file = self.root / f"{self._testMethodName}.json"

    # ---- verbs ----
    def run_verb(self, verb, *words):
        return run_provchain("--api", self.node.api, "authority", verb, *words)

    def offline(self, verb, *words):
        return run_provchain("--api", "http://127.0.0.1:1", "authority", verb, *words)

    def done(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def propose_add(self, name="e", file=None):
        return self.done(self.run_verb("propose-add", self.key[name], name, "--file", file or self.file))

    def sign(self, name, file=None):
        return self.offline("sign", file or self.file, "--key", self.root / f"{name}.key")

    def ready(self, name, *words):
        return self.run_verb("ready", self.file, "--key", self.root / f"{name}.key", *words)

    def submit(self, *files):
        return self.run_verb("submit", *(files or [self.file]), "--key", self.root / "submitter.key")

    def signed_proposal(self):
        self.propose_add()
        for name in "abc":
            self.done(self.sign(name))
        self.done(self.ready("e"))

    def change_file(self, change):
        proposal = json.loads(self.file.read_text())
        change(proposal)
        self.file.write_text(json.dumps(proposal))

    def assert_refused(self, done, code, *parts):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertRegex(done.stderr, r"\Aprovchain: [^\n]+\n\Z")
        for part in parts:
            self.assertIn(part, done.stderr)

    # ---- the way it should go ----
    def test_a_proposal_goes_from_hand_to_hand(self):
        words = self.propose_add()
        self.assertIn(f'add the authority "e" {self.key["e"]}', words)
        self.assertIn("3 more authorities (of a, b, c, d) and the newcomer e", words)
        self.assertIn("then       5 authorities, 4 needed to decide, 1 may be lost", words)
        self.assertIn("signed by  a\n", self.done(self.sign("a")))
        self.done(self.sign("b"))
        self.assertIn("e (newcomer)", self.done(self.ready("e")))
        self.assert_refused(self.submit(), 1, "1 more authority (of c, d) are missing")
        self.assertEqual(self.node.posted, [])
        self.assertNotIn("missing", self.done(self.sign("d")))
        self.assertIn("final at height 41; in force above height 48", self.done(self.submit()))

    def test_what_is_posted_is_the_documented_layout(self):
        self.signed_proposal()
        self.done(self.submit())
        (transaction,) = self.node.posted
        kind, = struct.unpack_from("<I", transaction.data, 4)
        self.assertEqual(kind, 2)
        proposal = json.loads(self.file.read_text())
        action = bytes.fromhex(proposal["action"])
        self.assertEqual(action, b"\x01" + struct.pack("<H", 1) + b"\x01" + bytes.fromhex(self.key["e"]) + b"\x01e")
        approvals = b"".join(struct.pack("<H", entry["signer"]) + bytes.fromhex(entry["signature"]) for entry in proposal["approvals"])
        self.assertEqual([entry["signer"] for entry in proposal["approvals"]], [0, 1, 2, 0x8000])
        self.assertEqual(transaction.payload, struct.pack("<I", len(action)) + action + struct.pack("<H", 4) + approvals)

    def test_several_changes_stand_in_one_proposal(self):
        self.propose_add("e")
        self.done(self.offline("propose-remove", self.key["d"], "--file", self.file))
        self.done(self.offline("propose-close", "--file", self.file))
        words = self.done(self.offline("propose-admit", self.key["submitter"], "--file", self.file))
        for part in ('add the authority "e"', f'remove the authority "d" {self.key["d"]}', "let only participants submit",
                     f"admit the participant {self.key['submitter']}", "then       4 authorities, 3 needed"):
            self.assertIn(part, words)

    def test_files_signed_apart_are_put_together(self):
        self.propose_add()
        blank = self.file.read_text()
        files = []
        for name in "abd":
            files.append(self.root / f"from-{name}.json")
            files[-1].write_text(blank)
            self.done(self.sign(name, files[-1]))
        self.done(self.ready("e"))
        self.assert_refused(self.submit(*files), 1, "the newcomer e")
        self.done(self.submit(*files, self.file))
        self.assertEqual(len(self.node.posted), 1)

    def test_signing_twice_changes_nothing(self):
        self.propose_add()
        self.done(self.sign("a"))
        once = self.file.read_text()
        self.done(self.sign("a"))
        self.assertEqual(self.file.read_text(), once)

    def test_json_output_is_the_proposal(self):
        self.propose_add()
        shown = run_provchain("--output", "json", "authority", "show", self.file)
        self.assertEqual(json.loads(shown.stdout), json.loads(self.file.read_text()))

    # ---- wrong keys ----
    def test_a_key_without_a_part_cannot_sign(self):
        self.propose_add()
        before = self.file.read_text()
        self.assert_refused(self.sign("f"), 2, self.key["f"], "not one of the authorities of epoch 2")
        self.assert_refused(self.sign("e"), 2, "not one of the authorities of epoch 2")
        self.assert_refused(self.ready("a"), 2, "not one that the proposal adds")
        self.assert_refused(self.sign("nobody"), 2, "nobody.key", "provchain key new")
        self.assertEqual(self.file.read_text(), before)

    def test_a_sealed_key_needs_its_password(self):
        password = self.root / "password"
        password.write_text("secret\n")
        sealed = self.root / "sealed.key"
        key = self.done(run_provchain("key", "new", sealed, "--password-file", password)).strip()
        self.done(self.run_verb("propose-add", key, "sealed", "--file", self.file))
        words = ("ready", self.file, "--offline", "--key", sealed)
        self.assert_refused(self.offline(*words), 2, "--password-file")
        password.write_text("wrong\n")
        self.assert_refused(self.offline(*words, "--password-file", password), 2, "sealed.key")
        password.write_text("secret\n")
        self.done(self.offline(*words, "--password-file", password))

    # ---- a newcomer's own node ----
    def test_a_newcomer_is_asked_for_a_node_in_step(self):
        self.propose_add()
        self.assert_refused(self.offline("ready", self.file, "--key", self.root / "e.key"), 3, "is the node running?")
        self.node.status["syncing"] = True
        self.assert_refused(self.ready("e"), 1, "still catching up", "--offline")
        self.node.status["syncing"] = False
        self.authorities["anchor_id"] = "00" * 32
        self.authorities["epoch"] = 1
        self.assert_refused(self.ready("e"), 1, "the node is in epoch 1, the proposal is for epoch 2")
        self.node.status["network_id"] = "00" * 32
        self.assert_refused(self.ready("e"), 1, "another network")
        del self.authorities["anchor_id"]
        self.assert_refused(self.ready("e"), 1, "ask again")
        self.done(self.ready("e", "--offline"))

    # ---- wrong epochs and networks ----
    def test_a_proposal_of_another_epoch_or_network_is_not_submitted(self):
        self.signed_proposal()
        self.authorities["anchor_id"] = "00" * 32
        self.authorities["epoch"] = 3
        self.assert_refused(self.submit(), 1, "for epoch 2", "in epoch 3", "propose it anew")
        self.node.status["network_id"] = "00" * 32
        self.assert_refused(self.submit(), 2, "another network")
        self.assertEqual(self.node.posted, [])

    def test_files_of_different_proposals_are_not_mixed(self):
        self.propose_add("e")
        other = self.root / "other-change.json"
        self.propose_add("f", other)
        self.assert_refused(self.submit(self.file, other), 2, "other-change.json", "proposes something else")
        self.authorities["anchor_id"] = "00" * 32
        elsewhere = self.root / "other-epoch.json"
        self.propose_add("e", elsewhere)
        self.assert_refused(self.submit(self.file, elsewhere), 2, "other-epoch.json", "another network or epoch")

    # ---- wrong changes ----
    def test_changes_that_change_nothing_are_refused(self):
        self.assert_refused(self.run_verb("propose-add", self.key["a"], "again", "--file", self.file), 2, "an authority already")
        self.assert_refused(self.run_verb("propose-remove", self.key["f"], "--file", self.file), 2, "not an authority")
        self.assert_refused(self.run_verb("propose-add", "abc", "short", "--file", self.file), 2, "'abc'", "64 lower-case hex digits")
        self.assert_refused(self.run_verb("propose-add", "00" * 32, "zero", "--file", self.file), 2, "not an Ed25519 key")
        self.assert_refused(self.run_verb("propose-add", self.key["e"], "two\nlines", "--file", self.file), 2, "control characters")
        self.assertFalse(self.file.exists())

    def test_a_signed_proposal_does_not_change_any_more(self):
        self.propose_add()
        self.done(self.sign("a"))
        self.assert_refused(self.offline("propose-remove", self.key["d"], "--file", self.file), 2, "has been signed", "--file")

    # ---- files that were tampered with ----
    def test_words_that_differ_from_what_is_signed_are_refused(self):
        self.propose_add()
        self.change_file(lambda proposal: proposal["changes"][0].update(key=self.key["f"]))
        self.assert_refused(self.sign("a"), 2, str(self.file), '"changes" does not say')

    def test_a_signature_of_something_else_is_refused(self):
        self.signed_proposal()
        good = json.loads(self.file.read_text())

        def swap(proposal):
            entries = proposal["approvals"]
            entries[0]["signature"], entries[1]["signature"] = entries[1]["signature"], entries[0]["signature"]

        self.change_file(swap)
        self.assert_refused(self.submit(), 2, str(self.file), "the signature of a is not of this proposal")
        self.file.write_text(json.dumps(good))
        self.change_file(lambda proposal: proposal.update(anchor_id="00" * 32))
        self.assert_refused(self.submit(), 2, "is not of this proposal")

    def test_damaged_files_get_one_line_that_names_them(self):
        self.propose_add()
        good = json.loads(self.file.read_text())
        for name, value, part in (("format", "provchain-proposal/2", '"format"'), ("network_id", "ab", '"network_id"'), ("epoch", "two", '"epoch"'),
                                  ("anchor_id", None, '"anchor_id"'), ("authorities", [], '"authorities"'), ("authorities", {}, '"authorities"'),
                                  ("action", "zz", '"action" is not hex'), ("action", "02", '"action"'), ("changes", [], '"changes"'),
                                  ("approvals", None, '"approvals"'), ("approvals", [7], "JSON object"),
                                  ("approvals", [{"signer": 9, "signature": "00" * 64}], "signer 9"),
                                  ("approvals", [{"signer": 0, "signature": "00" * 64}], "the signature of a")):
            bad = copy.deepcopy(good)
            bad[name] = value
            self.file.write_text(json.dumps(bad))
            self.assert_refused(self.offline("show", self.file), 2, str(self.file), part)
        for text in ("", "{", "[]", "null"):
            self.file.write_text(text)
            self.assert_refused(self.offline("show", self.file), 2, str(self.file))
        self.assert_refused(self.offline("show", self.root / "none.json"), 2, "none.json")

    def test_names_cannot_play_with_the_terminal(self):
        self.propose_add()
        self.change_file(lambda proposal: proposal["authorities"][0].update(name="a\u001b[2J"))
        self.assert_refused(self.offline("show", self.file), 2, str(self.file), '"name"')

    # ---- what the node says ----
    def test_the_nodes_refusal_is_told(self):
        self.signed_proposal()
        self.node.on_post = lambda transaction: problem(422, "bad_governance")
        self.assert_refused(self.submit(), 1, "bad_governance")
        self.node.on_post = lambda transaction: (202, {"state": "pending"})
        self.node.on_get = lambda path: (200, self.authorities if path == "/v1/authorities" else {"state": "rejected", "reason": "not_applicable"})
        self.assert_refused(self.submit(), 1, "not_applicable")

    def test_authorities_shows_what_waits_and_what_is_proven(self):
        self.authorities["next"] = {"waiting": ["11" * 32], "open_participation": False, "participants": 2,
                                    "authorities": [{"name": name, "key": self.key[name]} for name in "abe"]}
        self.authorities["evidence"] = [{"id": "22" * 32, "epoch": 1, "authority": 3, "key": self.key["d"], "name": "d",
                                         "contradiction": "two_notarisations"}]
        words = self.done(run_provchain("--api", self.node.api, "authorities"))
        self.assertIn("epoch 2 began above height 32; votes needed: 3; everybody may submit", words)
        self.assertIn("the next epoch begins with a, b, e; 2 participants may submit", words)
        self.assertIn(f"proven: d ({self.key['d']}) signed two_notarisations in epoch 1", words)


if __name__ == "__main__":
    unittest.main()
