# SPDX-License-Identifier: Apache-2.0
"""A network between network namespaces, made of TUN devices and one relay thread, with faults that the test chooses.

Each member lives in a namespace of its own with one TUN device, address 10.77.0.(i+1). The relay holds the other ends and forwards IP packets
under a policy for each direction of each pair: loss, delay with jitter, rate with a bounded queue, block. Nothing of the host's network is
touched, and the kernel needs no traffic control. Namespaces are anonymous: they exist as long as a descriptor or a process of this test
does, so however the test ends, they are gone. What is random comes from one seed, one generator a direction.

A link keeps the order of its packets, as a cable does; jitter moves them together and apart. Thread rule: policies may be changed from
any thread at any time; the relay thread reads them once a packet.
"""
import ctypes
import dataclasses
import fcntl
import heapq
import http.client
import os
import random
import select
import shutil
import socket
import struct
import subprocess
import threading
import time
import urllib.request

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x0001 | 0x1000
PACKETS_A_TURN = 64  # from one device before the others and the clock get their turn

_libc = ctypes.CDLL(None, use_errno=True)


def unavailable():
    """Why this machine cannot have such a network, as one plain line, or None when it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for tool in ("ip", "nsenter"):
        if shutil.which(tool) is None:
            return f"the program {tool} is missing (tools/deps.sh installs it)"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    try:
        with Namespace() as namespace:
            os.close(namespace.make_tun("10.77.0.1/24"))
    except (OSError, subprocess.CalledProcessError) as error:
        return f"the kernel gives no network namespace with a TUN device: {error}"
    return None


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


class Namespace:
    """A network namespace of nobody else's, with its loopback up."""

    def __init__(self):
        self.fd = -1
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        failure = []

        def make():
            try:
                _check(_libc.unshare(CLONE_NEWNET), "unshare")
                self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            except OSError as error:
                failure.append(error)

        maker = threading.Thread(target=make)  # a thread of its own, since only that thread changes over
        maker.start()
        maker.join()
        if failure:
            os.close(self.home)
            raise failure[0]
        self.ip("link set lo up")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for fd in (self.fd, self.home):
            if fd >= 0:
                os.close(fd)
        self.fd = self.home = -1

    def prefix(self):
        """Words before a command that make it run in here."""
        return ["nsenter", f"--net=/proc/{os.getpid()}/fd/{self.fd}"]

    def ip(self, *lines):
        subprocess.run([*self.prefix(), "ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True, capture_output=True)

    def inside(self, function, *arguments):
        """What function(*arguments) gives when the calling thread is in here; sockets made so stay in here."""
        _check(_libc.setns(self.fd, CLONE_NEWNET), "setns")
        try:
            return function(*arguments)
        finally:
            _check(_libc.setns(self.home, CLONE_NEWNET), "setns back")

    def socket(self, kind=socket.SOCK_STREAM):
        return self.inside(socket.socket, socket.AF_INET, kind)

    def make_tun(self, address):
        """The descriptor behind a new device tun0 with this address and prefix length."""
        fd = self.inside(os.open, "/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self.inside(fcntl.ioctl, fd, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN_NO_PI))
            self.ip(f"addr add {address} dev tun0", "link set tun0 up")
        except BaseException:
            os.close(fd)
            raise
        return fd

    def opener(self):
        """As urllib.request.urlopen, for URLs of servers in here."""
        namespace = self

        class Connection(http.client.HTTPConnection):
            def connect(self):
                self.sock = namespace.socket()
                self.sock.settimeout(self.timeout)
                self.sock.connect((self.host, self.port))

        class Handler(urllib.request.HTTPHandler):
            def http_open(self, req):
                return self.do_open(Connection, req)

        return urllib.request.build_opener(Handler).open


@dataclasses.dataclass
class Link:
    """One direction between two members. The policy, and what became of the packets."""

    loss: float = 0.0  # share of the packets
    delay: float = 0.0  # seconds
    jitter: float = 0.0  # seconds up or down, evenly
    rate: float = 0.0  # bytes a second; 0: no limit
    burst: float = 3000.0  # bytes that pass at once after silence
    queue: float = 65536.0  # bytes that may wait for the rate; what comes on top is dropped
    blocked: bool = False
    forwarded: int = 0
    lost: int = 0
    overflowed: int = 0
    held: int = 0  # had to wait for the rate
    stopped: int = 0  # met a blocked link
    chance: random.Random = dataclasses.field(default_factory=random.Random, repr=False)
    free_at: float = 0.0  # when the rate has let through all that came so far
    last_out: float = 0.0

    def departure(self, now, size):
        """When a packet that arrives now comes out; None when it does not."""
        if self.blocked:
            self.stopped += 1
            return None
        if self.chance.random() < self.loss:
            self.lost += 1
            return None
        out = now
        if self.rate > 0:
            free_at = max(self.free_at, now - self.burst / self.rate)
            if (free_at - now) * self.rate > self.queue:
                self.overflowed += 1
                return None
            self.free_at = free_at + size / self.rate
            if self.free_at > now:
                out = self.free_at
                self.held += 1
        if self.delay > 0 or self.jitter > 0:
            out += max(0.0, self.delay + self.chance.uniform(-self.jitter, self.jitter))
        self.last_out = max(self.last_out, out)
        return self.last_out


class Relay:
    """Members 0 … count − 1 in namespaces of their own, and the thread between them."""

    def __init__(self, count, seed=1):
        self.namespaces = []
        self.devices = []
        self.waiting = []  # heap of (departure, number, from, to, packet)
        self.number = 0
        self.links = {(a, b): Link(chance=random.Random(f"{seed} {a} {b}")) for a in range(count) for b in range(count) if a != b}
        self.ending, self.end = os.pipe2(os.O_CLOEXEC)
        self.thread = threading.Thread(target=self.forward, daemon=True)
        try:
            for i in range(count):
                self.namespaces.append(Namespace())
                self.devices.append(self.namespaces[i].make_tun(f"{self.address(i)}/24"))
        except BaseException:
            self.close()
            raise
        self.thread.start()

    @staticmethod
    def address(member):
        return f"10.77.0.{member + 1}"

    def close(self):
        """Ends the relay. The namespaces go with the last process in them."""
        if self.end < 0:
            return
        os.close(self.end)
        self.end = -1
        if self.thread.is_alive():
            self.thread.join()
        for fd in (*self.devices, self.ending):
            os.close(fd)
        for namespace in self.namespaces:
            namespace.close()

    def between(self, members, others):
        """Links from any of `members` to any of `others`."""
        return [link for (a, b), link in self.links.items() if a in members and b in others]

    def set_all(self, **policy):
        """The same loss, delay, jitter, rate or queue for every direction of every pair."""
        for link in self.links.values():
            for name, value in policy.items():
                setattr(link, name, value)

    def block(self, members, others):
        """Nothing passes from `members` to `others` any more, what is under way included; the other direction stays as it is."""
        for link in self.between(members, others):
            link.blocked = True

    def partition(self, *groups):
        for group in groups:
            self.block(group, [i for i in range(len(self.devices)) if i not in group])

    def heal(self):
        """Ends all blocks and all policies."""
        self.set_all(loss=0.0, delay=0.0, jitter=0.0, rate=0.0, blocked=False)

    def forward(self):
        member_of = {fd: i for i, fd in enumerate(self.devices)}
        poll = select.epoll()
        for fd in (*self.devices, self.ending):
            poll.register(fd, select.EPOLLIN)
        with poll:
            while True:
                timeout = max(0.0, self.waiting[0][0] - time.monotonic()) if self.waiting else None
                for fd, _ in poll.poll(timeout):
                    if fd == self.ending:
                        return
                    self.take(member_of[fd], fd)
                self.deliver()

    def take(self, member, fd):
        for _ in range(PACKETS_A_TURN):
            try:
                packet = os.read(fd, 65536)
            except BlockingIOError:
                return
            # IPv4 only; the last byte of its destination is the member's number.
            if len(packet) < 20 or packet[0] >> 4 != 4:
                continue
            link = self.links.get((member, packet[19] - 1))
            departure = link.departure(time.monotonic(), len(packet)) if link else None
            if departure is not None:
                self.number += 1
                heapq.heappush(self.waiting, (departure, self.number, member, packet[19] - 1, packet))

    def deliver(self):
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now:
            _, _, member, other, packet = heapq.heappop(self.waiting)
            link = self.links[member, other]
            if link.blocked:
                link.stopped += 1
                continue
            try:
                os.write(self.devices[other], packet)
                link.forwarded += 1
            except BlockingIOError:
                link.overflowed += 1
