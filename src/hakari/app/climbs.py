"""The way from a leaf to the root of its tree, rung by rung, for pictures and tables. What stands here is computed, not looked up."""

from collections.abc import Sequence
from dataclasses import dataclass

from hakari.core import merkle
from hakari.log.proof import LogProof
from hakari.pay import tree
from hakari.pay.tree import ClaimLeaf


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One level: the hash on the way, the given one beside it, and if the way's is the left one. Sums are micro-units, 0 in the log."""

    own: bytes
    given: bytes
    left: bool
    own_sum: int = 0
    given_sum: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Climb:
    """A whole way: rungs from the leaf up, and the root that they lead to."""

    rungs: Sequence[Rung]
    root: bytes
    root_sum: int = 0


def in_log(entry: bytes, proof: LogProof, size: int) -> Climb:
    """Return the way of an entry in a log of `size` leaves, by its proof of inclusion (RFC 9162 §2.1.3)."""
    at, last, own = proof.index, size - 1, merkle.leaf_hash(entry)
    rungs: list[Rung] = []
    for given in proof.path:
        right = bool(at & 1) or at == last
        rungs.append(Rung(own=own, given=given, left=not right))
        own = merkle.node_hash(given, own) if right else merkle.node_hash(own, given)
        if right:
            # At the right edge of a tree that is not full, levels without a sibling are passed over.
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return Climb(rungs=rungs, root=own)


def in_payouts(leaf: ClaimLeaf) -> Climb:
    """Return the way of an account's leaf in an epoch's sum tree."""
    own = tree.account_leaf(account=leaf.account, prev=leaf.prev, inc=leaf.inc, lines_root=leaf.lines_root)
    rungs: list[Rung] = []
    for height, given in enumerate(leaf.path):
        left = not leaf.index >> height & 1
        rungs.append(Rung(own=own[0], own_sum=own[1], given=given[0], given_sum=given[1], left=left))
        own = tree.fold(own, index=0 if left else 1, path=[given])
    return Climb(rungs=rungs, root=own[0], root_sum=own[1])
