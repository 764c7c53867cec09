# SPDX-License-Identifier: Apache-2.0
"""Writers that keep a network busy and remember what they were told is final."""
import threading

from network import LIMIT_SECONDS, small_dataset


class Load(threading.Thread):
    """Submits small transactions to the given nodes, in turn, until stopped; `final` holds the ids of those reported final, in order."""

    def __init__(self, nodes, token, first=0, pause=0.0, limit=LIMIT_SECONDS, lines=3):
        super().__init__(daemon=True)
        self.nodes = nodes
        self.headers = {"Authorization": f"Bearer {token}"}
        self.final = []
        self.written = {}  # id -> the bytes that were submitted
        self.number = first
        self.pause = pause
        self.limit = limit
        self.lines = lines
        self.ended = threading.Event()

    def run(self):
        while not self.ended.is_set():
            self.number += 1
            node = self.nodes[self.number % len(self.nodes)]
            text = small_dataset(self.number, self.lines).encode()
            status, answer = node.post(text, wait="final", content_type="application/n-quads", headers=self.headers, limit=self.limit)
            if status == 200 and answer.get("state") == "final":
                self.written[answer["id"]] = text
                self.final.append(answer["id"])
            self.ended.wait(self.pause)

    def stop(self):
        self.ended.set()
        self.join(timeout=self.limit + 60)


class LoadPerNode:
    """One writer a node, so that a node that stands still holds up nobody else's."""

    NUMBERS_EACH = 1_000_000  # no two writers submit the same dataset

    def __init__(self, network, pause=0.1, limit=10, lines=3):
        token = share_tokens(network)
        self.writers = [Load([node], token, i * self.NUMBERS_EACH, pause, limit, lines) for i, node in enumerate(network.nodes)]

    def start(self):
        for writer in self.writers:
            writer.start()

    def stop(self):
        for writer in self.writers:
            writer.ended.set()
        for writer in self.writers:
            writer.stop()

    def final_count(self):
        return sum(len(writer.final) for writer in self.writers)

    def written(self):
        """id -> bytes of all that was reported final to anybody."""
        return {tx: text for writer in self.writers for tx, text in writer.written.items()}


def share_tokens(network):
    """One token for all nodes, so that the load may go to any; read by a node when it starts."""
    token = (network.nodes[0].folder / "keys/api.token").read_text()
    for node in network.nodes[1:]:
        (node.folder / "keys/api.token").write_text(token)
    return token.strip()
