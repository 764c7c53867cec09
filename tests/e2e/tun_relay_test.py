# SPDX-License-Identifier: Apache-2.0
"""The relay of the tests by itself: what it promises about delay, loss, rate and blocks is what sockets in its namespaces see."""
import select
import socket
import threading
import time
import unittest

from network import run_tests, wait_for
from tun_relay import Relay, unavailable

PORT = 7000


class TunRelay(unittest.TestCase):
    def make(self, count=2, seed=1):
        relay = Relay(count, seed)
        self.addCleanup(relay.close)
        return relay

    def udp(self, relay, member):
        made = relay.namespaces[member].socket(socket.SOCK_DGRAM)
        self.addCleanup(made.close)
        made.bind((relay.address(member), PORT))
        made.settimeout(20)
        return made

    def listen(self, relay, member):
        made = relay.namespaces[member].socket()
        self.addCleanup(made.close)
        made.bind((relay.address(member), PORT))
        made.listen()
        made.settimeout(20)
        return made

    def round_trip(self, relay, here, there):
        started = time.monotonic()
        here.sendto(b"there", (relay.address(1), PORT))
        there.recvfrom(100)
        there.sendto(b"back", (relay.address(0), PORT))
        here.recvfrom(100)
        return time.monotonic() - started

    def test_the_host_keeps_its_own_network(self):
        before = socket.if_nameindex()
        self.make()
        self.assertEqual(socket.if_nameindex(), before)

    def test_delay_and_jitter_are_seen_in_each_direction(self):
        relay = self.make()
        here, there = self.udp(relay, 0), self.udp(relay, 1)
        self.assertLess(min(self.round_trip(relay, here, there) for _ in range(5)), 0.050)
        relay.links[0, 1].delay = 0.080
        relay.links[1, 0].delay = 0.040
        self.assertGreaterEqual(min(self.round_trip(relay, here, there) for _ in range(5)), 0.119)
        relay.links[0, 1].jitter = 0.040
        times = [self.round_trip(relay, here, there) for _ in range(10)]
        self.assertGreaterEqual(min(times), 0.079)
        self.assertGreater(max(times) - min(times), 0.010)

    def test_loss_is_seen_and_comes_from_the_seed(self):
        arrived = []
        for _ in range(2):
            relay = self.make(seed=5)
            here, there = self.udp(relay, 0), self.udp(relay, 1)
            link = relay.links[0, 1]
            link.loss = 0.2
            numbers = []
            for batch in range(10):  # of a size that no queue of the kernel loses any of
                for i in range(50):
                    here.sendto(f"{batch} {i}".encode(), (relay.address(1), PORT))
                wait_for(lambda n=batch: link.forwarded + link.lost == 50 * n + 50, "the relay has taken all")
                numbers += [there.recvfrom(100)[0] for _ in range(link.forwarded - len(numbers))]
            arrived.append(numbers)
            self.assertTrue(60 < link.lost < 140, link)
        self.assertEqual(*arrived)

    def test_a_blocked_direction_sees_nothing_and_the_other_does(self):
        relay = self.make()
        here, there = self.udp(relay, 0), self.udp(relay, 1)
        relay.block([0], [1])
        here.sendto(b"blocked", (relay.address(1), PORT))
        wait_for(lambda: relay.links[0, 1].stopped == 1, "the packet met the block")
        there.sendto(b"passes", (relay.address(0), PORT))
        self.assertEqual(here.recvfrom(100)[0], b"passes")
        self.assertEqual(select.select([there], [], [], 0)[0], [])
        relay.heal()
        here.sendto(b"healed", (relay.address(1), PORT))
        self.assertEqual(there.recvfrom(100)[0], b"healed")

    def test_what_is_under_way_does_not_pass_a_later_block(self):
        relay = self.make()
        here, there = self.udp(relay, 0), self.udp(relay, 1)
        relay.links[0, 1].delay = 0.2
        here.sendto(b"late", (relay.address(1), PORT))
        wait_for(lambda: relay.waiting, "the packet is under way")
        relay.block([0], [1])
        wait_for(lambda: relay.links[0, 1].stopped == 1, "the packet met the block")
        self.assertEqual(select.select([there], [], [], 0)[0], [])

    def test_a_partition_parts_groups_and_nobody_within_one(self):
        relay = self.make(4)
        relay.partition([0, 1], [2, 3])
        self.assertEqual({pair for pair, link in relay.links.items() if not link.blocked}, {(0, 1), (1, 0), (2, 3), (3, 2)})
        relay.heal()
        relay.partition([0, 1, 2], [3])
        self.assertEqual({pair for pair, link in relay.links.items() if link.blocked},
                         {(i, 3) for i in range(3)} | {(3, i) for i in range(3)})

    def test_a_connection_brings_all_bytes_through_loss_at_no_more_than_the_rate(self):
        relay = self.make()
        relay.set_all(rate=125_000.0, loss=0.01)
        listener = self.listen(relay, 1)
        sent = bytes(range(256)) * 800
        client = relay.namespaces[0].socket()
        self.addCleanup(client.close)
        client.settimeout(60)
        client.connect((relay.address(1), PORT))
        server = listener.accept()[0]
        self.addCleanup(server.close)
        writer = threading.Thread(target=lambda: (client.sendall(sent), client.shutdown(socket.SHUT_WR)), daemon=True)
        started = time.monotonic()
        writer.start()
        got = b"".join(iter(lambda: server.recv(65536), b""))
        taken = time.monotonic() - started
        writer.join()
        self.assertEqual(got, sent)
        self.assertGreaterEqual(taken, (len(sent) - 3000) / 125_000)

    def test_a_full_queue_drops(self):
        relay = self.make()
        here = self.udp(relay, 0)
        link = relay.links[0, 1]
        link.rate, link.queue = 10_000.0, 20_000.0
        for _ in range(50):
            here.sendto(bytes(1000), (relay.address(1), PORT))
        wait_for(lambda: link.overflowed > 0 and link.overflowed + link.forwarded + len(relay.waiting) == 50, "all are dealt with")
        self.assertTrue(20 <= 50 - link.overflowed <= 26, link)


if __name__ == "__main__":
    run_tests(unavailable())
