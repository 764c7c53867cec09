# SPDX-License-Identifier: Apache-2.0
"""Networks of 4 and 7 over links that lose, delay, throttle and cut: who has a quorum goes on, nobody else finalizes, and all catch up in the end.

Each node is in a network namespace of its own, the relay of tun_relay.py between them. What the relay does at random comes from a seed.
"""
import os
import threading
import unittest

from checkers import UNTIMELY, check_running, check_stopped
from load import LoadPerNode
from network import run_tests, wait_for
from relayed import RelayedNetwork
from tun_relay import unavailable

SEED = int(os.environ.get("PVC_E2E_SEED", "1"))
MBIT = 125_000.0  # bytes a second
CUT_SECONDS = 4.0  # sixteen first view timeouts
# A link without delay would let a small network make hundreds of blocks a second, which shows nothing more and costs the checkers time.
BLOCK_INTERVAL = "50ms"


class Links(unittest.TestCase):
    def begin(self, count, lines=3, **policy):
        self.network = RelayedNetwork(count, SEED, block_interval=BLOCK_INTERVAL)
        self.addCleanup(self.network.close)
        self.relay = self.network.relay
        self.relay.set_all(**policy)
        self.load = LoadPerNode(self.network, lines=lines)
        self.addCleanup(self.load.stop)
        self.network.start()
        self.load.start()
        wait_for(lambda: self.load.final_count() >= count, "the load is running")

    def end(self):
        self.relay.heal()
        self.wait_progress(range(len(self.network.nodes)), 5)
        self.load.stop()
        check_running(self.network.nodes, self.load.written())
        check_stopped(self.network.nodes, allowed=[UNTIMELY])  # what waited in a cut connection is late by as long as the cut

    def heights(self, members):
        return [self.network.nodes[i].height() for i in members]

    def wait_progress(self, members, blocks):
        wanted = max(self.heights(members)) + blocks
        self.network.wait_height(wanted, members)

    def stand_still(self, members):
        """Nobody of `members` finalizes anything for a while: an absence, so it has no event to wait for."""
        before = self.heights(members)
        threading.Event().wait(CUT_SECONDS)
        self.assertEqual(self.heights(members), before)

    def part(self, *groups):
        """Cuts the network into groups. One with a quorum goes on, the others stand; then all meet again."""
        self.relay.partition(*groups)
        count = len(self.network.nodes)
        going_on = [group for group in groups if len(group) > 2 * count // 3]
        standing = [i for group in groups if group not in going_on for i in group]
        for group in going_on:
            self.wait_progress(group, 10)
        # What was under way when the cut came is decided now: a certificate that was complete may still become a block.
        threading.Event().wait(0.5)
        self.stand_still(standing)
        for group in going_on:
            self.wait_progress(group, 10)
        self.relay.heal()
        self.wait_progress(range(count), 5)

    def silence_the_leader(self, heard):
        """Whoever leads now is cut one way: it hears and is not heard, or (`heard`) is heard and hears nothing. The others go on."""
        count = len(self.network.nodes)
        names = [authority["name"] for authority in self.network.nodes[0].get_json("/v1/authorities")["authorities"]]
        leader = names.index(self.network.nodes[0].get_json("/v1/consensus")["leader"])
        others = [i for i in range(count) if i != leader]
        self.relay.block(*(others, [leader]) if heard else ([leader], others))
        self.wait_progress(others, 10)
        self.relay.heal()
        self.wait_progress(range(count), 5)

    def lossy(self, count):
        self.begin(count, loss=0.05, delay=0.080, jitter=0.020)
        self.wait_progress(range(count), 15)
        self.assertGreater(sum(link.lost for link in self.relay.links.values()), 0)
        self.end()

    def test_four_with_loss_and_delay(self):
        self.lossy(4)

    def test_seven_with_loss_and_delay(self):
        self.lossy(7)

    def test_four_parted(self):
        self.begin(4)
        self.part([0, 1], [2, 3])
        self.part([0, 2, 3], [1])
        self.end()

    def test_seven_parted(self):
        self.begin(7)
        self.part([0, 2, 4, 6], [1, 3, 5])
        self.part([0, 1, 2], [3, 4, 5], [6])
        self.part([1, 2, 3, 4, 5], [0, 6])
        self.end()

    def test_four_parted_until_their_connections_have_ended(self):
        # Both sides have given each other up and dial in vain; after the heal only fresh connections can help.
        self.begin(4)
        self.relay.partition([0, 1], [2, 3])
        for node in self.network.nodes:
            wait_for(lambda n=node: n.status()["peers"] == 1, f"{node.folder.name} has one peer left")
        self.relay.heal()
        self.network.wait_connected()
        self.wait_progress(range(4), 5)
        self.end()

    def test_four_with_a_leader_cut_one_way(self):
        self.begin(4)
        self.silence_the_leader(heard=False)
        self.silence_the_leader(heard=True)
        self.end()

    def test_seven_with_a_leader_cut_one_way(self):
        self.begin(7)
        self.silence_the_leader(heard=False)
        self.silence_the_leader(heard=True)
        self.end()

    def narrow(self, count):
        # Every writer has about 25 kB under way: all of it together takes a link longer than a first view lasts.
        self.begin(count, lines=250, rate=MBIT, queue=32_768.0, delay=0.010)
        self.wait_progress(range(count), 10)
        for pair, link in self.relay.links.items():
            self.assertGreater(link.held, 0, f"the rate was never felt on {pair}")
        self.end()

    def test_four_with_one_megabit_a_second(self):
        self.narrow(4)

    def test_seven_with_one_megabit_a_second(self):
        self.narrow(7)


if __name__ == "__main__":
    run_tests(unavailable())
