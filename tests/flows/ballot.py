"""A vote of a pool's people from its proposal to what it does, while chain time stands still but for what a test lets pass."""

from typing import Any

from eth_hash.auto import keccak
from stage import Stage
from world import WORKERS, secret

from hakari.app import Node, weights
from hakari.people.wallets import address_of

TERMS, OPERATOR, PRICE = 1, 2, 4


def asked(node: Node, stage: Stage, pool: int, kind: int, payload: bytes) -> int:
    """Open a vote by its first worker. Returns its number."""
    who = secret(WORKERS[0])
    shown: Any = weights.show(node, pool, address_of(who))
    shares = tuple(shown["shares"][name] for name in ("bundle", "root", "total", "depth"))
    opened = (bytes.fromhex(shares[0]), bytes.fromhex(shares[1]), int(shares[2]), shares[3])
    stage.send(who, "pools", "propose_vote", pool, kind, keccak(payload), shown["epoch"], opened)
    return int(stage.ask("pools", "vote_count"))


def voted(node: Node, stage: Stage, pool: int, kind: int, payload: bytes) -> int:
    """Have three of a pool's people vote for a payload, and let it come about. Returns the vote's number."""
    assert node.embedded is not None
    # A local chain's five days are seconds: a slow machine must not end the vote between two of its votes.
    clock, now = node.embedded._clock, node.chain.time()
    node.embedded._clock = lambda: now
    try:
        vote = asked(node, stage, pool, kind, payload)
        for name in WORKERS[:3]:
            mine: Any = weights.show(node, pool, address_of(secret(name)))["share"]
            path = [(bytes.fromhex(step), int(amount)) for step, amount in mine["path"]]
            share = (mine["account"], int(mine["weight"]), mine["index"], path)
            stage.send(secret(name), "pools", "cast", vote, True, share)
    finally:
        node.embedded._clock = clock
    stage.pass_time(6)
    stage.send(secret(WORKERS[0]), "pools", "queue", vote)
    stage.pass_time(4)
    stage.send(secret(WORKERS[0]), "pools", "execute", vote, payload)
    return vote
