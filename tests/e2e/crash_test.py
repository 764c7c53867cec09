# SPDX-License-Identifier: Apache-2.0
"""Processes that are killed at random moments: what was reported final stays, the rest go on, and nobody signs two things for one view."""
import os
import random
import threading
import unittest

from checkers import check_journal
from load import Load, share_tokens
from network import Network, small_dataset, wait_for

ROUNDS = int(os.environ.get("PVC_E2E_ROUNDS", "50"))
SEED = int(os.environ.get("PVC_E2E_SEED", "1"))


def turns_of(node):
    """(height, (proposed, missed) of each authority) as a node counts them."""
    answer = node.get_json("/v1/authorities")
    return answer["turns_counted_to"], tuple((authority["proposed"], authority["missed"]) for authority in answer["authorities"])


class Crashes(unittest.TestCase):
    def setUp(self):
        self.network = Network()
        self.addCleanup(self.network.close)
        self.token = share_tokens(self.network)
        self.choose = random.Random(SEED)

    def assert_no_double_vote(self):
        for node in self.network.nodes:
            check_journal(node)

    def assert_nothing_lost(self, ids):
        for node in self.network.nodes:
            for tx in ids:
                wait_for(lambda n=node, t=tx: n.transaction_state(t) == "final", f"{tx} on {node.folder.name}; log: {node.log_tail()[-800:]}")

    def test_three_go_on_when_any_one_is_killed_and_it_catches_up(self):
        self.network.start()
        for victim in range(4):
            others = [node for i, node in enumerate(self.network.nodes) if i != victim]
            load = Load(others, self.token)
            load.start()
            wait_for(lambda: len(load.final) >= 5, "the load is running")
            self.network.nodes[victim].kill()
            count = len(load.final)
            wait_for(lambda: len(load.final) >= count + 10, f"three go on without node{victim + 1}")
            self.network.start([victim])
            load.stop()
            height = max(node.height() for node in others)
            self.network.wait_height(height, [victim])
            self.assert_nothing_lost(load.final[-3:])
        # Each has been down once: what they counted before and what they read again at their start must come to the same.
        wait_for(lambda: len({turns_of(node) for node in self.network.nodes}) == 1, "all nodes count the same turns")
        self.assertGreater(sum(missed for _, missed in turns_of(self.network.nodes[0])[1]), 0)
        for node in self.network.nodes:
            node.kill(15)
        self.assert_no_double_vote()

    def test_nothing_final_is_lost_when_all_are_killed_at_once(self):
        final = []
        for _ in range(ROUNDS):
            self.network.start()
            load = Load(self.network.nodes, self.token)
            load.number = len(final) + self.choose.randrange(1 << 30)
            load.start()
            moment = self.choose.randrange(1, 12)
            wait_for(lambda: len(load.final) >= moment, f"{moment} transactions are final; log: {self.network.nodes[0].log_tail()[-800:]}")
            self.network.nodes[0].process.poll()
            pause = threading.Event()
            pause.wait(self.choose.random() * 0.02)  # somewhere within a block, not at its end
            load.ended.set()
            for node in self.choose.sample(self.network.nodes, 4):
                node.kill()
            load.stop()
            final += load.final
        self.network.start()
        self.assert_nothing_lost(final)
        for node in self.network.nodes:
            node.kill(15)
        self.assert_no_double_vote()

    def test_two_of_four_finalize_nothing_and_three_resume(self):
        self.network.start()
        load = Load(self.network.nodes[:1], self.token)
        load.start()
        wait_for(lambda: len(load.final) >= 3, "the load is running")
        for node in self.network.nodes[2:]:
            node.kill()
        load.stop()
        status, answer = self.network.nodes[0].post(small_dataset(900_000_000).encode(), content_type="application/n-quads", headers=load.headers)
        self.assertEqual(status, 202, answer)
        height = max(node.height() for node in self.network.nodes[:2])
        pause = threading.Event()
        pause.wait(3.0)  # twelve first view timeouts
        self.assertEqual(max(node.height() for node in self.network.nodes[:2]), height)
        self.assertEqual(self.network.nodes[0].transaction_state(answer["id"]), "pending")
        self.network.start([2])
        wait_for(lambda: self.network.nodes[0].transaction_state(answer["id"]) == "final", "finality resumes with three")
        self.network.start([3])
        self.assert_nothing_lost(load.final + [answer["id"]])


if __name__ == "__main__":
    unittest.main(verbosity=2)
