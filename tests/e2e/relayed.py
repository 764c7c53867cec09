# SPDX-License-Identifier: Apache-2.0
"""A network of real nodes, each in a network namespace of its own, joined by the relay (tun_relay.py)."""
from network import Network
from tun_relay import Relay


class RelayedNetwork(Network):
    """Peers talk through the relay; the test reaches each node's API inside its namespace, so faults never come between them."""

    def __init__(self, nodes=4, seed=1, **options):
        self.relay = None
        super().__init__(nodes, **options)
        self.relay = Relay(nodes, seed)
        addresses = {self.peer_port(node): self.relay.address(i) for i, node in enumerate(self.nodes)}
        for i, node in enumerate(self.nodes):
            text = (node.folder / "node.toml").read_text()
            text = text.replace('listen_address = "127.0.0.1"', f'listen_address = "{self.relay.address(i)}"')
            for port, address in addresses.items():
                text = text.replace(f"@127.0.0.1:{port}", f"@{address}:{port}")
            (node.folder / "node.toml").write_text(text)
            node.prefix += self.relay.namespaces[i].prefix()
            node.open = self.relay.namespaces[i].opener()

    def close(self):
        super().close()
        if self.relay is not None:
            self.relay.close()

    @staticmethod
    def peer_port(node):
        text = (node.folder / "node.toml").read_text()
        return int(text.split("listen_port = ")[1].split()[0])
