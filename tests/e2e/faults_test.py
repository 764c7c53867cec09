# SPDX-License-Identifier: Apache-2.0
"""Processes that are killed and stopped while writers keep 4, 7 and 16 of them busy: up to f at a time the rest go on; after all at once they resume.

The victims come from a seed. All checkers hold at the end of each test.
"""
import os
import random
import threading
import unittest

from checkers import UNTIMELY, check_running, check_stopped
from load import LoadPerNode
from network import Network, run_tests, wait_for

SEED = int(os.environ.get("PVC_E2E_SEED", "1"))
STANDSTILL_SECONDS = 3.0  # longer than any view of a healthy network


class Faults(unittest.TestCase):
    def run_faults(self, count, rounds, blocks, pause=0.1, **options):
        """`rounds` times up to f victims, half killed and half stopped, each until the others have made `blocks` more; then all at once."""
        self.network = Network(count, **options)
        self.addCleanup(self.network.close)
        self.load = LoadPerNode(self.network, pause)
        self.addCleanup(self.load.stop)
        self.start(self.network.nodes)
        self.load.start()
        wait_for(lambda: self.load.final_count() >= count, "the load is running")
        choose = random.Random(SEED)
        faulty = (count - 1) // 3
        for number in range(rounds):
            victims = choose.sample(self.network.nodes, faulty)
            killed = (faulty + number % 2) // 2
            self.strike(victims[:killed], victims[killed:], blocks)
        self.stop_all()
        self.kill_all()
        self.wait_progress(self.network.nodes, blocks)
        self.load.stop()
        check_running(self.network.nodes, self.load.written())
        check_stopped(self.network.nodes, allowed=[UNTIMELY])  # whoever stood still meets proposals of long ago

    def start(self, nodes):
        for node in nodes:
            node.start()
        for node in nodes:
            node.wait_ready()

    def wait_progress(self, nodes, blocks):
        wanted = max(node.height() for node in nodes) + blocks
        for node in nodes:
            wait_for(lambda n=node: n.height() >= wanted, f"{node.folder.name} at height {wanted}: {node.log_tail()[-600:]}")

    def strike(self, killed, stopped, blocks):
        for node in killed:
            node.kill()
        for node in stopped:
            node.pause()
        threading.Event().wait(STANDSTILL_SECONDS)  # how long they are away: the fault, not what it leads to
        self.wait_progress([node for node in self.network.nodes if node not in killed + stopped], blocks)
        self.start(killed)
        for node in stopped:
            node.resume()
        self.wait_progress(self.network.nodes, blocks)

    def stop_all(self):
        for node in self.network.nodes:
            node.pause()
        threading.Event().wait(STANDSTILL_SECONDS)
        for node in self.network.nodes:
            node.resume()
        self.wait_progress(self.network.nodes, 1)

    def kill_all(self):
        for node in self.network.nodes:
            node.kill()
        self.start(self.network.nodes)

    def test_four(self):
        self.run_faults(4, rounds=4, blocks=10, block_interval="20ms")

    def test_seven(self):
        self.run_faults(7, rounds=3, blocks=10, block_interval="100ms")

    def test_sixteen(self):
        # Sixteen processes share what may be two cores, and every block costs 16 journals' writes and about 700 messages: so blocks come more slowly.
        self.run_faults(16, rounds=2, blocks=4, block_interval="500ms", pause=1.0)


if __name__ == "__main__":
    run_tests()
