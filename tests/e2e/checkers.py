# SPDX-License-Identifier: Apache-2.0
"""What must hold of a network once its faults have healed. Each checker raises AssertionError and names the node.

`check_running` asks the nodes over their APIs, `check_stopped` reads their folders afterwards; a test calls both.
"""
import hashlib
import re

from network import LIMIT_SECONDS, position_of, votes_in_journal, wait_for

UNTIMELY = "the times of proposals and this clock disagree"


def check_running(nodes, written, beyond=0, observers=()):
    """All nodes reach one height above `beyond`, with the same blocks, data and index up to it; all of `written` (id -> bytes) is there.

    Call it when nobody submits any more. `observers` are those of the nodes that have no vote. Returns the common height.
    """
    height = common_height(nodes, beyond)
    check_same_blocks(nodes, height)
    check_all_final(nodes, written)
    check_same_index(nodes, height)
    check_quiet(nodes, observers=observers)
    return height


def common_height(nodes, beyond):
    """The height at which all nodes stand, waited for: nothing is pending anywhere and nobody is behind."""

    def settled():
        states = [node.status() for node in nodes]
        if None in states or any(state["mempool"]["transactions"] for state in states):
            return None
        heights = {state["finalized_height"] for state in states}
        return heights.pop() if len(heights) == 1 and min(heights) > beyond else None

    def stands():
        return ", ".join(f"{node.folder.name}: {brief(node.status())}" for node in nodes)

    try:
        return wait_for(settled, f"all nodes at one height above {beyond}")
    except AssertionError as error:
        raise AssertionError(f"{error}; {stands()}") from None


def brief(status):
    if status is None:
        return "no answer"
    consensus = status["consensus"]
    return (f"height {status['finalized_height']} view {consensus['view']} {consensus['mode']} peers {status['peers']} "
            f"pending {status['mempool']['transactions']}")


def block_ids(node, height):
    ids = []
    while len(ids) < height:
        page = node.get_json(f"/v1/blocks?from={len(ids) + 1}&limit={min(1000, height - len(ids))}")["blocks"]
        assert page, f"{node.folder.name} has no block {len(ids) + 1}"
        ids += [block["id"] for block in page]
    return ids


def check_same_blocks(nodes, height):
    expected = block_ids(nodes[0], height)
    for node in nodes[1:]:
        for number, (mine, first) in enumerate(zip(block_ids(node, height), expected), 1):
            assert mine == first, f"FORK: block {number} is {mine} on {node.folder.name} and {first} on {nodes[0].folder.name}"


def check_all_final(nodes, written):
    """Every transaction that was reported final is on every node, byte for byte as it was submitted."""
    assert written, "something was reported final"
    for node in nodes:
        for tx, text in written.items():
            answer = node.get_or_none(f"/v1/transactions/{tx}/dataset")
            assert answer is not None, f"{tx} was reported final and {node.folder.name} has lost it"
            assert answer == text, f"{tx} has other bytes on {node.folder.name}"


def index_summary(node, height):
    """(count, digest) of all quads as of a height, in the index's order."""
    count, digest, cursor = 0, hashlib.sha256(), ""
    while True:
        page = node.get_json(f"/v1/quads?limit=10000&as_of={height}" + (f"&cursor={cursor}" if cursor else ""))
        for quad in page["quads"]:
            count += 1
            digest.update(f"{quad['line']}\0{quad['g']}\0{quad['tx']}\0{quad['height']}\n".encode())
        cursor = page.get("cursor", "")
        if not cursor:
            return count, digest.hexdigest()


def check_same_index(nodes, height):
    for node in nodes:
        wait_for(lambda n=node: (n.status() or {}).get("indexed_height", -1) >= height, f"{node.folder.name} has indexed {height}")
    total = nodes[0].get_json(f"/v1/blocks/{height}")["total_quads"]
    summaries = {node.folder.name: index_summary(node, height) for node in nodes}
    assert len(set(summaries.values())) == 1, f"the indexes differ: {summaries}"
    assert summaries[nodes[0].folder.name][0] == total, f"the index holds {summaries} quads, the chain {total}"


def check_quiet(nodes, limit=LIMIT_SECONDS, observers=()):
    """Everybody who has a vote votes again, and nobody has seen an honest authority contradict itself."""
    for node in nodes:
        # Who came back last may still be waiting for others to vouch for its journal, or be catching up.
        passing = ("joining", "syncing")
        mode = wait_for(lambda n=node: mode_of(n) not in passing and mode_of(n), f"{node.folder.name} is done {mode_of(node)}", limit)
        assert mode == ("observer" if node in observers else "active"), f"{node.folder.name} is {mode}"
        seen = re.findall(r'^provchain_consensus_rejects_total\{reason="equivocation"\} (\d+)', node.get("/metrics").decode(), re.M)
        assert seen == ["0"], f"{node.folder.name} counts equivocations: {seen}"


def mode_of(node):
    return node.status()["consensus"]["mode"]


def alarms(node):
    """The text of every ALARM line in a node's log, over all its starts."""
    return re.findall(r"ALARM: (.*)", (node.folder / "log").read_text(errors="replace"))


def check_stopped(nodes, allowed=()):
    """Ends the nodes and reads what they leave: no position voted twice, nobody stopped for a person, no alarm but the allowed ones."""
    for node in nodes:
        if node.process is not None:
            status = node.kill(15)
            assert status == 0, f"{node.folder.name} ended with {status}: {node.log_tail()[-800:]}"
    for node in nodes:
        check_journal(node)
        assert not (node.folder / "data/STOPPED").exists(), f"{node.folder.name}: {(node.folder / 'data/STOPPED').read_text()}"
        unexpected = [text for text in alarms(node) if not text.startswith(tuple(allowed))]
        assert not unexpected, f"{node.folder.name}: {unexpected}"


def check_journal(node):
    """Positions in a journal strictly increase, so none is held twice."""
    last = (0, 0, 0)
    for statement in votes_in_journal(node.folder):
        position = position_of(statement)
        assert position > last, f"{node.folder.name} voted at {position} after {last}"
        last = position
    assert last > (0, 0, 0), f"{node.folder.name} has never voted"
