# SPDX-License-Identifier: Apache-2.0
"""Clocks that are an hour off or jump while a node runs: up to f of them cost their own turns only, more cost progress and never agreement.

Debian's libfaketime gives single processes another wall clock; their monotonic clock stays right, as it does when an operator sets a clock.
"""
import email.utils
import glob
import os
import time
import unittest

from checkers import UNTIMELY, alarms, check_running, check_stopped
from load import LoadPerNode
from network import LIMIT_SECONDS, Network, run_tests, wait_for

HOUR = 3600
LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)


class Clock:
    """The wall clock of one node, right until set() moves it."""

    def __init__(self, node):
        self.node = node
        self.file = node.folder / "clock"
        self.write(0)
        node.environment = {**os.environ, "LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_CACHE_DURATION": "1",
                            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}

    def write(self, seconds):
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.rename(self.file)

    def set(self, seconds):
        """Moves the clock and returns once the running node has it, as the Date of its answers shows."""
        self.write(seconds)
        wait_for(lambda: abs(self.offset() - seconds) < 5, f"the clock of {self.node.folder.name} is {seconds:+d} s off")

    def offset(self):
        with self.node.open(self.node.api + "/livez", timeout=LIMIT_SECONDS) as answer:
            return email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()


class Clocks(unittest.TestCase):
    def begin(self, count, wrong):
        """Starts a network under load; the clocks of the members `wrong` can be set."""
        self.network = Network(count, block_interval="50ms")
        self.addCleanup(self.network.close)
        self.clocks = {i: Clock(self.network.nodes[i]) for i in wrong}
        self.others = [i for i in range(count) if i not in wrong]
        self.load = LoadPerNode(self.network)
        self.addCleanup(self.load.stop)
        self.network.start()
        self.load.start()
        wait_for(lambda: self.load.final_count() >= count, "the load is running")

    def end(self):
        for clock in self.clocks.values():
            clock.set(0)
        self.wait_progress(range(len(self.network.nodes)), 5)
        for i in self.clocks:
            self.wait_turn(i)
        self.load.stop()
        check_running(self.network.nodes, self.load.written())
        check_stopped(self.network.nodes, allowed=[UNTIMELY])

    def wait_progress(self, members, blocks):
        wanted = max(self.network.nodes[i].height() for i in members) + blocks
        self.network.wait_height(wanted, members)

    def wait_turn(self, member):
        """A block that this member proposed after now is final: its clock is right again in the eyes of the others."""
        node = self.network.nodes[member]
        key = node.get_json("/v1/consensus")["me"]
        start = node.height() + 1
        wait_for(lambda: key in [block["proposer_name"] for block in node.get_json(f"/v1/blocks?from={start}&limit=1000")["blocks"]],
                 f"a block of {node.folder.name}")

    def test_four_with_one_clock_that_jumps_an_hour_either_way(self):
        self.begin(4, wrong=[1])
        for jump in (HOUR, -HOUR):
            self.clocks[1].set(jump)
            self.wait_progress(self.others, 10)
            self.wait_progress(range(4), 5)  # whose clock is off follows all the same: finality is not a question of time
        self.end()

    def test_seven_with_one_clock_an_hour_ahead_and_one_an_hour_behind(self):
        self.begin(7, wrong=[2, 5])
        self.clocks[2].set(HOUR)
        self.clocks[5].set(-HOUR)
        self.wait_progress(self.others, 15)
        self.wait_progress(range(7), 5)
        self.end()

    def test_a_node_that_starts_with_a_clock_an_hour_off_follows(self):
        self.begin(4, wrong=[3])
        for jump in (HOUR, -HOUR):
            self.network.nodes[3].kill()
            self.clocks[3].write(jump)
            self.network.start([3])
            self.assertAlmostEqual(self.clocks[3].offset(), jump, delta=5)
            self.wait_progress(range(4), 5)
        self.end()

    def test_four_with_two_wrong_clocks_alarm_and_do_not_fork(self):
        self.begin(4, wrong=[0, 2])
        self.clocks[0].set(HOUR)
        self.clocks[2].set(-HOUR)
        for i in self.clocks:
            node = self.network.nodes[i]
            wait_for(lambda n=node: any(text.startswith(UNTIMELY) for text in alarms(n)), f"{node.folder.name} doubts its clock")
        self.end()


def unavailable():
    return None if LIBRARY else "libfaketime is missing (tools/deps.sh installs it)"


if __name__ == "__main__":
    run_tests(unavailable())
