"""The Merkle sum tree written a second time, from the README only, to build roots and proofs for the contracts."""

from __future__ import annotations

from dataclasses import dataclass

from eth_abi import encode
from eth_utils import keccak

TAG_ACCOUNT = keccak(text="hakari.account.1")
TAG_LINE = keccak(text="hakari.line.1")
TAG_SHARE = keccak(text="hakari.share.1")
TAG_EVIDENCE = keccak(text="hakari.evidence.1")
EMPTY = (b"\0" * 32, 0)

Node = tuple[bytes, int]
Path = list[Node]


def node(left: Node, right: Node) -> Node:
    packed = encode(["bytes32", "uint256", "bytes32", "uint256"], [*left, *right])
    return keccak(packed), left[1] + right[1]


def account_leaf(account: str, prev: int, inc: int, lines_root: bytes) -> Node:
    packed = encode(
        ["bytes32", "address", "uint256", "uint256", "bytes32"], [TAG_ACCOUNT, account, prev, inc, lines_root]
    )
    return keccak(packed), inc


def line_leaf(cause: bytes, source: int, amount: int) -> Node:
    packed = encode(["bytes32", "bytes32", *["uint256"] * 3], [TAG_LINE, cause, source, amount, 0])
    return keccak(packed), amount


def share_leaf(account: str, weight: int) -> Node:
    packed = encode(["bytes32", "address", "uint256", "uint256", "uint256"], [TAG_SHARE, account, weight, 0, 0])
    return keccak(packed), weight


def evidence(bundle: bytes, shares: SumTree | None = None) -> bytes:
    root, total, depth = (shares.root, shares.total, shares.depth) if shares else (b"\0" * 32, 0, 0)
    types = ["bytes32", "bytes32", "bytes32", "uint256", "uint256"]
    return keccak(encode(types, [TAG_EVIDENCE, bundle, root, total, depth]))


class SumTree:
    """All levels over given slots; an empty slot is EMPTY, also in the middle (for wrong trees)."""

    def __init__(self, leaves: list[Node], depth: int | None = None) -> None:
        self.depth = max(len(leaves) - 1, 0).bit_length() if depth is None else depth
        level = [*leaves, *[EMPTY] * (2**self.depth - len(leaves))]
        self.levels = [level]
        while len(level) > 1:
            level = [node(level[i], level[i + 1]) for i in range(0, len(level), 2)]
            self.levels.append(level)

    @property
    def root(self) -> bytes:
        return self.levels[-1][0][0]

    @property
    def total(self) -> int:
        return self.levels[-1][0][1]

    def path(self, index: int) -> Path:
        return [self.levels[d][(index >> d) ^ 1] for d in range(self.depth)]


@dataclass(frozen=True, kw_only=True)
class Line:
    cause: bytes
    source: int
    amount: int


LineProof = tuple[bytes, int, int, int, Path]
LeafProof = tuple[str, int, int, bytes, int, Path]
NO_LEAF: LeafProof = ("0x" + "00" * 20, 0, 0, b"\0" * 32, 0, [])
NO_LINE: LineProof = (b"\0" * 32, 0, 0, 0, [])


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One account of an epoch: what it carries over and its new lines (given order is kept)."""

    account: str
    prev: int
    lines: tuple[Line, ...] = ()
    inc_said: int | None = None

    @property
    def inc(self) -> int:
        return sum(line.amount for line in self.lines) if self.inc_said is None else self.inc_said

    def lines_tree(self) -> SumTree:
        return SumTree([line_leaf(line.cause, line.source, line.amount) for line in self.lines])

    @property
    def lines_root(self) -> bytes:
        return self.lines_tree().root if self.lines else b"\0" * 32

    def line_proof(self, index: int) -> LineProof:
        line = self.lines[index]
        return (line.cause, line.source, line.amount, index, self.lines_tree().path(index))


class EpochTree:
    """An epoch from entries in the given order; None is an empty slot."""

    def __init__(self, entries: list[Entry | None], depth: int | None = None) -> None:
        self.entries = entries
        leaves = [EMPTY if e is None else account_leaf(e.account, e.prev, e.inc, e.lines_root) for e in entries]
        self.tree = SumTree(leaves, depth)
        self.root, self.total, self.depth = self.tree.root, self.tree.total, self.tree.depth

    def proof(self, index: int) -> LeafProof:
        entry = self.entries[index] if index < len(self.entries) else None
        if entry is None:
            return (NO_LEAF[0], 0, 0, b"\0" * 32, index, self.tree.path(index))
        return (entry.account, entry.prev, entry.inc, entry.lines_root, index, self.tree.path(index))

    def index(self, account: str) -> int:
        return next(i for i, e in enumerate(self.entries) if e is not None and e.account == account)

    def of(self, account: str) -> LeafProof:
        return self.proof(self.index(account))

    def entry(self, account: str) -> Entry:
        found = self.entries[self.index(account)]
        assert found is not None
        return found


def next_epoch(last: EpochTree | None, lines: dict[str, list[Line]]) -> EpochTree:
    """Return the honest next epoch: every account ever paid, ascending, carry-over right, lines ascending by cause."""
    carried = {e.account: e.prev + e.inc for e in last.entries if e is not None} if last else {}
    accounts = sorted(carried.keys() | lines.keys(), key=lambda a: int(a, 16))
    return EpochTree(
        [
            Entry(
                account=a,
                prev=carried.get(a, 0),
                lines=tuple(sorted(lines.get(a, []), key=lambda line: line.cause)),
            )
            for a in accounts
        ]
    )
