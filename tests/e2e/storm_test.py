# SPDX-License-Identifier: Apache-2.0
"""Everything at once: killed and stopped nodes on links that lose, delay, throttle and cut, drawn from a seed; then calm, and all checkers.

During the storm nothing is promised but that nobody forks; after it, that all go on together and nothing reported final is lost.
"""
import os
import random
import threading
import unittest

from checkers import UNTIMELY, check_running, check_stopped
from load import LoadPerNode
from network import run_tests, wait_for
from relayed import RelayedNetwork
from tun_relay import unavailable

SEED = int(os.environ.get("PVC_E2E_SEED", "1"))
GUSTS = int(os.environ.get("PVC_E2E_GUSTS", "8"))
GUST_SECONDS = 2.0


class Storm(unittest.TestCase):
    def run_storm(self, count):
        self.network = RelayedNetwork(count, SEED, block_interval="50ms")
        self.addCleanup(self.network.close)
        self.load = LoadPerNode(self.network)
        self.addCleanup(self.load.stop)
        self.paused = set()
        self.choose = random.Random(f"{SEED} {count}")
        self.network.start()
        self.load.start()
        wait_for(lambda: self.load.final_count() >= count, "the load is running")
        told = []
        for _ in range(GUSTS):
            told.append(self.choose.choice([self.cut, self.degrade, self.deafen, self.kill, self.pause, self.calm])())
            threading.Event().wait(GUST_SECONDS)  # how long a fault lasts before the next joins it
        self.end(told)

    def end(self, told):
        self.calm()
        nodes = self.network.nodes
        wanted = max(node.height() for node in nodes) + 5
        try:
            self.network.wait_height(wanted)
        except AssertionError as error:
            raise AssertionError(f"after {told}: {error}") from None
        self.load.stop()
        check_running(nodes, self.load.written())
        check_stopped(nodes, allowed=[UNTIMELY])

    def any_nodes(self):
        """One to all of the nodes; the storm is not bound to f."""
        return self.choose.sample(range(len(self.network.nodes)), self.choose.randrange(1, len(self.network.nodes) + 1))

    def cut(self):
        side = self.any_nodes()
        self.network.relay.partition(side)
        self.network.relay.block([i for i in range(len(self.network.nodes)) if i not in side], side)
        return "cut", side

    def deafen(self):
        node = self.any_nodes()[0]
        self.network.relay.block(range(len(self.network.nodes)), [node])
        return "deaf", node

    def degrade(self):
        policy = {"loss": self.choose.choice([0.0, 0.05, 0.2]), "delay": self.choose.choice([0.0, 0.08, 0.3]), "jitter": 0.02,
                  "rate": self.choose.choice([0.0, 125_000.0])}
        self.network.relay.set_all(**policy)
        return "links", policy

    def kill(self):
        victims = self.any_nodes()
        for i in victims:
            self.network.nodes[i].kill()
            self.paused.discard(i)
        self.network.start(victims)
        return "kill", victims

    def pause(self):
        victims = self.any_nodes()
        for i in victims:
            self.network.nodes[i].pause()
        self.paused.update(victims)
        return "pause", victims

    def calm(self):
        self.network.relay.heal()
        for i in self.paused:
            self.network.nodes[i].resume()
        self.paused.clear()
        return "calm"

    def test_four(self):
        self.run_storm(4)

    def test_seven(self):
        self.run_storm(7)


if __name__ == "__main__":
    run_tests(unavailable())
