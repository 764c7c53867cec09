# SPDX-License-Identifier: Apache-2.0
"""A network of one authority grows to four and seven and shrinks to four others, under load, with the command line only."""
import json
import socket
import unittest

from checkers import check_running, check_stopped, mode_of
from fake_node import FakeNode
from load import LoadPerNode
from network import Network, Node, run_provchain, wait_for

NODES = 7
ALIKE = ("epoch", "anchor_id", "anchor_height", "quorum", "open_participation", "evidence")  # of /v1/authorities, on every node


def free_ports(count):
    """All are bound at once, so that none is given twice."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [entry.getsockname()[1] for entry in sockets]
    for entry in sockets:
        entry.close()
    return ports


def set_of(node):
    """What a node says of who decides, without what is its own view of them."""
    answer = node.get_json("/v1/authorities")
    return {**{name: answer.get(name) for name in ALIKE}, "authorities": [(entry["name"], entry["key"]) for entry in answer["authorities"]]}


class Grow(unittest.TestCase):
    def setUp(self):
        self.network = Network(nodes=1, block_interval="20ms")
        self.addCleanup(self.network.close)
        self.nodes = self.network.nodes
        self.first = self.nodes[0]
        self.make_newcomers()
        self.proposals = 0

    # ---- newcomers ----
    def make_newcomers(self):
        """Six nodes beside the testnet's: the same genesis, keys and journals of their own, everybody else as a peer."""
        config = (self.first.folder / "node.toml").read_text()
        listen_port = next(line for line in config.splitlines() if line.startswith("listen_port")).split()[-1]
        peers = [f"{self.done('key', 'show', self.first.folder / 'keys/node.key').strip()}@127.0.0.1:{listen_port}"]
        ports = free_ports(2 * (NODES - 1))
        for i in range(1, NODES):
            folder = self.network.directory / f"node{i + 1}"
            (folder / "keys").mkdir(parents=True)
            self.done("key", "new", folder / "keys/authority.key")
            node_id = self.done("key", "new", folder / "keys/node.key").strip()
            peers.append(f"{node_id}@127.0.0.1:{ports[2 * i - 2]}")
            self.nodes.append(Node(folder, f"http://127.0.0.1:{ports[2 * i - 1]}"))
        for i, node in enumerate(self.nodes[1:], 1):
            others = [peer for j, peer in enumerate(peers) if j != i]
            (node.folder / "node.toml").write_text(f"""[network]
network_id = "provchain-testnet"
genesis_file = "../genesis.toml"
listen_address = "127.0.0.1"
listen_port = {ports[2 * i - 2]}
bootstrap_peers = {json.dumps(others)}

[consensus]
is_authority = true
authority_key_file = "keys/authority.key"

[api]
listen = "127.0.0.1:{ports[2 * i - 1]}"
token_file = "keys/api.token"
""")
            (node.folder / "keys/api.token").touch(mode=0o600)  # share_tokens fills it
            self.done("key", "journal", node.folder / "node.toml")
        self.keys = [self.done("key", "show", node.folder / "keys/authority.key").strip() for node in self.nodes]

    # ---- the command line ----
    def done(self, *words):
        made = run_provchain(*words, env=self.network.environment)
        self.assertEqual(made.returncode, 0, f"{words}: {made.stderr}")
        return made.stdout

    def authority(self, node, *words):
        return run_provchain("--api", node.api, "authority", *words, env=self.network.environment)

    def change(self, *words):
        made = self.authority(*words)
        self.assertEqual(made.returncode, 0, f"{words[1:]}: {made.stderr}")
        return made.stdout

    def assert_refused(self, made, *parts):
        self.assertIn(made.returncode, (1, 2), made.stderr)
        self.assertRegex(made.stderr, r"\Aprovchain: [^\n]+\n\Z")
        for part in parts:
            self.assertIn(part, made.stderr)

    def submit(self, node, file):
        return self.authority(node, "submit", file, "--key", self.first.folder / "keys/submitter.key")

    # ---- changes ----
    def propose(self, added, removed, asked):
        self.proposals += 1
        file = self.network.root / f"proposal{self.proposals}.json"
        for i in added:
            self.change(asked, "propose-add", self.keys[i], f"member-{i + 1}", "--file", file)
        for i in removed:
            self.change(asked, "propose-remove", self.keys[i], "--file", file)
        return file

    def sign_all(self, file, signers, added):
        for i in signers:
            self.change(self.nodes[i], "sign", file, "--key", self.nodes[i].folder / "keys/authority.key")
        for i in added:
            self.make_ready(self.nodes[i], file)

    def make_ready(self, node, file):
        """Asked again while the node says that it is catching up: who only follows is, for the moment of a block, under any load."""

        def is_ready():
            made = self.authority(node, "ready", file, "--key", node.folder / "keys/authority.key")
            if made.returncode != 0:
                self.assert_refused(made, "still catching up")
            return made.returncode == 0

        wait_for(is_ready, f"{node.folder.name} is in step")

    def move(self, signers, added, removed, expected, asked):
        """One change by as many signatures as needed; returns the proposal once every node stands in the next epoch under load."""
        epoch = set_of(asked)["epoch"]
        file = self.propose(added, removed, asked)
        self.sign_all(file, signers[:-1], added)
        self.assert_refused(self.submit(asked, file), "not submitted", "missing")
        self.sign_all(file, signers[-1:], [])
        made = self.submit(asked, file)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.await_set(epoch + 1, expected)
        self.assert_load_goes_on()
        return file

    def await_set(self, epoch, expected):
        for node in self.nodes:
            wait_for(lambda n=node: set_of(n)["epoch"] >= epoch, f"{node.folder.name} in epoch {epoch}: {node.status()}; {node.log_tail()[-800:]}")
        sets = [set_of(node) for node in self.nodes]
        for one, node in zip(sets, self.nodes):
            self.assertEqual(one, sets[0], node.folder.name)
            self.assertEqual(one["epoch"], epoch)
        self.assertEqual({key for _, key in sets[0]["authorities"]}, {self.keys[i] for i in expected})
        for i, node in enumerate(self.nodes):
            mode = "active" if i in expected else "observer"
            wait_for(lambda n=node, m=mode: mode_of(n) == m, f"{node.folder.name} is {mode}, not {mode_of(node)}")
            self.assertEqual(node.status()["role"], "authority" if i in expected else "full", node.folder.name)

    def assert_load_goes_on(self):
        """Through every node, authority or not: what is submitted there becomes final."""
        counts = [len(writer.final) for writer in self.load.writers]
        for writer, count in zip(self.load.writers, counts):
            wait_for(lambda w=writer, c=count: len(w.final) >= c + 3, f"the load through {writer.nodes[0].folder.name} goes on")

    # ---- the test ----
    def test_one_four_seven_four_under_load(self):
        self.load = LoadPerNode(self.network)
        self.network.start()
        self.network.wait_connected()
        self.load.start()
        self.assert_load_goes_on()
        oldest, before = self.load.writers[0].final[0], self.first.get_json("/v1/blocks/1")
        self.assert_refused(self.authority(self.first, "propose-add", self.keys[0], "again", "--file", self.network.root / "again.json"),
                            "an authority already")

        first_change = self.move([0], [1, 2, 3], [], [0, 1, 2, 3], self.first)
        self.assert_refused(self.submit(self.first, first_change), "for epoch 0", "in epoch 1", "propose it anew")
        self.move([1, 2, 3], [4, 5, 6], [], range(7), self.nodes[4])
        unused, seven = self.proposal_of_seven()
        self.move([0, 1, 2, 3, 4], [], [0, 1, 2], [3, 4, 5, 6], self.nodes[6])
        self.check_removed_keys(unused, seven)

        for node in self.nodes:
            node.kill()
        self.network.start()
        self.network.wait_connected()
        self.await_set(3, [3, 4, 5, 6])
        self.assert_load_goes_on()
        self.load.stop()
        check_running(self.nodes, self.load.written(), observers=self.nodes[:3])
        self.check_old_blocks(before)
        self.check_proof(oldest)
        check_stopped(self.nodes)

    def proposal_of_seven(self):
        """A change that five of seven have signed and nobody has submitted, and what a node said of its authorities then."""
        unused = self.propose([], [6], self.first)
        self.sign_all(unused, [0, 1, 2, 3, 4], [])
        return unused, self.first.get_json("/v1/authorities")

    def check_removed_keys(self, unused, seven):
        removed_key = self.nodes[0].folder / "keys/authority.key"
        file = self.propose([], [6], self.first)
        self.assert_refused(self.authority(self.first, "sign", file, "--key", removed_key), "not one of the authorities of epoch 3")
        self.assert_refused(self.submit(self.first, unused), "for epoch 2", "in epoch 3")
        # Signatures of the old epoch, put under the new one.
        forged = {**json.loads(unused.read_text()), "anchor_id": set_of(self.first)["anchor_id"]}
        renamed = self.network.root / "forged.json"
        renamed.write_text(json.dumps(forged))
        self.assert_refused(self.submit(self.first, renamed), "is not of this proposal")
        # The command line is not what keeps them out: the transaction it would have made is refused by a removed and a present authority.
        fake = FakeNode(height=self.first.height())
        self.addCleanup(fake.close)
        fake.status = {**self.first.status(), "syncing": False}
        fake.on_get = lambda path: (200, seven if path == "/v1/authorities" else {"state": "final", "height": 1})
        made = self.submit(fake, unused)
        self.assertEqual(made.returncode, 0, made.stderr)
        for node in (self.nodes[0], self.nodes[3]):
            status, answer = self.post_when_in_step(node, fake.posted[0].data)
            self.assertEqual((status, answer.get("code")), (422, "bad_governance"), answer)

    @staticmethod
    def post_when_in_step(node, transaction):
        def answer_in_step():
            status, answer = node.post(transaction)
            return None if answer.get("code") == "syncing" else (status, answer)

        return wait_for(answer_in_step, f"{node.folder.name} takes transactions")

    def check_old_blocks(self, before):
        """Names and certificates of a block are those of its epoch, whoever decides now."""
        for node in self.nodes:
            answer = node.get_json("/v1/blocks/1")
            self.assertEqual(answer["proposer_name"], "authority-1")
            self.assertEqual(answer["certificate"]["signers"], ["authority-1"])
            self.assertEqual(answer["id"], before["id"])
            newest = node.get_json("/v1/blocks/latest")
            self.assertEqual(newest["epoch"], 3)
            self.assertIn(newest["proposer_name"], [f"member-{i}" for i in (4, 5, 6, 7)])
            self.assertGreaterEqual(len(newest["certificate"]["signers"]), 3)

    def check_proof(self, transaction):
        """The genesis alone proves what was final in its epoch, over every change since; no step of the way can be left out."""
        file = self.network.root / "proof.json"
        for node in (self.nodes[0], self.nodes[6]):
            self.done("--api", node.api, "prove", "tx", transaction, "--out", file)
            self.assertIn(transaction, self.done("--api", "http://127.0.0.1:1", "verify", file, "--genesis", self.network.genesis))
        text = file.read_text()
        proof = json.loads(text)
        self.assertEqual(len(proof["epochs"]), 3)
        self.assertEqual(self.spelled(proof), text, "a change below is a change of content and not of spelling")
        for i in range(3):
            file.write_text(self.spelled({**proof, "epochs": proof["epochs"][:i] + proof["epochs"][i + 1:]}))
            self.assert_refused(run_provchain("verify", file, "--genesis", self.network.genesis), "does not hold")

    @staticmethod
    def spelled(proof):
        return json.dumps(proof, separators=(",", ":"), ensure_ascii=False) + "\n"


if __name__ == "__main__":
    unittest.main()
