# SPDX-License-Identifier: Apache-2.0
"""The checkers find what they are for: each is shown nodes that are wrong in its own way, made up and without processes."""
import pathlib
import struct
import tempfile
import unittest

import checkers
from network import run_tests


class FakeNode:
    """Answers as a node that holds these blocks and datasets would."""

    def __init__(self, root, name, blocks=("b1", "b2"), datasets=None, quads=("q1", "q2"), mode="active", equivocations=0):
        self.folder = root / name
        (self.folder / "data/journal").mkdir(parents=True, exist_ok=True)
        (self.folder / "log").write_text("")
        self.process = None
        self.blocks = blocks
        self.datasets = {"t1": b"data"} if datasets is None else datasets
        self.quads = quads
        self.mode = mode
        self.equivocations = equivocations

    def status(self):
        return {"finalized_height": len(self.blocks), "indexed_height": len(self.blocks), "mempool": {"transactions": 0}, "peers": 1,
                "consensus": {"mode": self.mode, "view": 1}}

    def get_json(self, path):
        if path.startswith("/v1/quads"):
            return {"quads": [{"line": quad, "g": "g", "tx": "t1", "height": 1} for quad in self.quads]}
        if path.startswith("/v1/blocks?from="):
            first = int(path.split("from=")[1].split("&")[0])
            return {"blocks": [{"id": block} for block in self.blocks[first - 1:]]}
        return {"total_quads": 2}

    def get_or_none(self, path):
        return self.datasets.get(path.split("/")[3])

    def get(self, _):
        return f'provchain_consensus_rejects_total{{reason="equivocation"}} {self.equivocations}\n'.encode()

    def write_journal(self, *positions):
        """One segment whose votes stand at these (view, kind)."""
        records = b""
        for view, kind in positions:
            statement = bytearray(152)
            statement[80] = kind
            struct.pack_into("<QQ", statement, 88, 0, view)
            records += struct.pack("<IB3x", len(statement), 1) + bytes(statement)
        batch = b"PVCB" + struct.pack("<I", len(records)) + bytes(24) + records
        (self.folder / "data/journal/1.seg").write_bytes(b"PVCJRNL1" + bytes(104) + batch + bytes(8))


class Checkers(unittest.TestCase):
    WRITTEN = {"t1": b"data"}

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="provchain-checkers-")
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)
        self.good = [FakeNode(self.root, "node1"), FakeNode(self.root, "node2")]
        for node in self.good:
            node.write_journal((1, 1), (1, 2), (2, 1))

    def found(self, text, function, *arguments, **named):
        with self.assertRaisesRegex(AssertionError, text):
            function(*arguments, **named)

    def test_nothing_is_found_where_nothing_is_wrong(self):
        self.assertEqual(checkers.check_running(self.good, self.WRITTEN, beyond=1), 2)
        checkers.check_stopped(self.good)

    def test_another_block_at_one_height_is_a_fork(self):
        forked = FakeNode(self.root, "node3", blocks=("b1", "x2"))
        self.found("FORK: block 2 is x2 on node3", checkers.check_running, [*self.good, forked], self.WRITTEN)

    def test_a_lost_or_changed_transaction_is_found(self):
        self.found("node3 has lost it", checkers.check_running, [*self.good, FakeNode(self.root, "node3", datasets={})], self.WRITTEN)
        self.found("other bytes on node3", checkers.check_running, [*self.good, FakeNode(self.root, "node3", datasets={"t1": b"date"})], self.WRITTEN)
        self.found("something was reported final", checkers.check_running, self.good, {})

    def test_an_index_that_differs_or_lacks_quads_is_found(self):
        self.found("the indexes differ", checkers.check_running, [*self.good, FakeNode(self.root, "node3", quads=("q1", "q3"))], self.WRITTEN)
        self.found("the chain 2", checkers.check_running, [FakeNode(self.root, "node3", quads=("q1",))], self.WRITTEN)

    def test_a_node_that_votes_no_more_is_found(self):
        for mode in ("quarantined", "halted"):
            self.found(f"node3 is {mode}", checkers.check_running, [*self.good, FakeNode(self.root, "node3", mode=mode)], self.WRITTEN)
        self.found("node3 is done joining", checkers.check_quiet, [FakeNode(self.root, "node3", mode="joining")], limit=0.1)

    def test_a_counted_equivocation_is_found(self):
        self.found("node3 counts equivocations", checkers.check_running, [*self.good, FakeNode(self.root, "node3", equivocations=1)], self.WRITTEN)

    def test_a_journal_that_stands_still_goes_back_or_is_empty_is_found(self):
        node = self.good[1]
        for wrong in (((1, 1), (1, 1)), ((2, 1), (1, 2)), ((1, 2), (1, 3)), ()):
            node.write_journal(*wrong)
            self.found("node2 (voted at|has never voted)", checkers.check_stopped, self.good)

    def test_alarms_and_stopped_notes_are_found(self):
        node = self.good[1]
        (node.folder / "log").write_text(f"12:00 error ALARM: {checkers.UNTIMELY}: proposals of 2\n")
        checkers.check_stopped(self.good, allowed=[checkers.UNTIMELY])
        self.found("node2: .*clock", checkers.check_stopped, self.good)
        (node.folder / "log").write_text("")
        (node.folder / "data/STOPPED").write_text("quarantine\n")
        self.found("node2: quarantine", checkers.check_stopped, self.good)


if __name__ == "__main__":
    run_tests()
