"""The Merkle sum tree of payouts: one root that commits to what every account of a pool is owed.

Whole trees are hashed in bulk over numpy arrays, single leaves and proofs through eth_hash. Bytes, depth, order and empty slots are
those of contracts/README.md, section 1; the contracts check the same proofs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from eth_hash.auto import keccak as keccak_256
from numpy.typing import NDArray

from hakari.core import money
from hakari.core.errors import Malformed, Unknown
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay import keccak
from hakari.pay.keccak import Words
from hakari.pay.lines import NOBODY, Line, Owed

TAG_ACCOUNT = keccak_256(b"hakari.account.1")
TAG_LINE = keccak_256(b"hakari.line.1")
TAG_SHARE = keccak_256(b"hakari.share.1")
TAG_EVIDENCE = keccak_256(b"hakari.evidence.1")

DEEPEST = 24
"""Levels above the leaves at most: a contract's proof has no more steps."""

Step: TypeAlias = tuple[bytes, int]
"""A value of the tree: 32 bytes of hash, and the sum below it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimLeaf:
    """An account's leaf with its way to the root, as the contracts' struct `Leaf` has it. Amounts are micro-units.

    path: the sibling of each level from the leaf up, `depth` of them; bit i of `index` is 1 where the sibling is the left one.
    """

    account: Account
    prev: Micros
    inc: Micros
    lines_root: bytes
    index: int
    path: tuple[Step, ...]

    @property
    def cumulative(self) -> Micros:
        """All that the account may have claimed once the epoch is accepted."""
        return Micros(self.prev + self.inc)

    def words(self) -> tuple[str, int, int, bytes, int, list[Step]]:
        """Return the struct's members in the contract's order."""
        return (self.account, self.prev, self.inc, self.lines_root, self.index, list(self.path))


@dataclass(frozen=True, kw_only=True, slots=True)
class LineProof:
    """A line with its way to its account's lines root, as the contracts' struct `LineProof` has it."""

    cause: bytes
    source: int
    amount: Micros
    index: int
    path: tuple[Step, ...]

    def words(self) -> tuple[bytes, int, int, int, list[Step]]:
        """Return the struct's members in the contract's order."""
        return (self.cause, self.source, self.amount, self.index, list(self.path))


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _node(left: Step, right: Step) -> Step:
    return keccak_256(left[0] + _word(left[1]) + right[0] + _word(right[1])), left[1] + right[1]


def _empties() -> list[Step]:
    """Return the value over empty slots only, for each level. Only the slot itself has hash 0."""
    values: list[Step] = [(bytes(32), 0)]
    for _ in range(DEEPEST):
        values.append(_node(values[-1], values[-1]))
    return values


EMPTY = _empties()
_EMPTY_NODES: Words = np.array(
    [[*np.frombuffer(hashed, "<u8"), 0, 0] for hashed, _ in EMPTY], dtype=np.uint64
)  # the same as the compiled code reads them


def depth(leaves: int) -> int:
    """Return the smallest d with 2^d ≥ leaves. Raises Malformed above 24: no contract takes a longer proof."""
    levels = max(0, leaves - 1).bit_length()
    if levels > DEEPEST:
        raise Malformed(f"a tree holds at most 2^{DEEPEST} leaves, got {leaves}")
    return levels


def account_leaf(*, account: Account, prev: int, inc: int, lines_root: bytes) -> Step:
    """Return the value of an account's leaf; its sum is `inc`."""
    key = bytes(12) + bytes.fromhex(account[2:])
    return keccak_256(TAG_ACCOUNT + key + _word(prev) + _word(inc) + lines_root), inc


def line_leaf(*, cause: bytes, source: int, amount: int) -> Step:
    """Return the value of a line's leaf; its sum is `amount`."""
    return keccak_256(TAG_LINE + cause + _word(source) + _word(amount) + bytes(32)), amount


def lines_root(lines: Sequence[Line]) -> bytes:
    """Return the hash of the lines tree of one account, 32 zero bytes where it has none.

    Raises Malformed where causes don't strictly ascend or the lines are not of one account.
    """
    return _levels(_line_leaves(lines))[-1][0][0] if lines else bytes(32)


def line_proof(lines: Sequence[Line], cause: str) -> LineProof:
    """Return the proof that one account's `lines` hold the one with this cause. Raises Unknown where they don't."""
    index = next((at for at, line in enumerate(lines) if line.cause == cause), None)
    if index is None:
        raise Unknown(f"no line has the cause {cause}")
    path = _path(_levels(_line_leaves(lines)), index)
    return LineProof(
        cause=bytes.fromhex(cause), source=lines[index].source, amount=lines[index].amount, index=index, path=path
    )


def shares_root(weights: Mapping[Account, int]) -> Step:
    """Return hash and sum of the shares tree, (0, 0) where there are none. Weights are above 0."""
    leaves = [_share_leaf(account, weights[account]) for account in sorted(weights)]
    return _levels(leaves)[-1][0] if leaves else EMPTY[0]


def _share_leaf(account: Account, weight: int) -> Step:
    key = bytes(12) + bytes.fromhex(account[2:])
    return keccak_256(TAG_SHARE + key + _word(weight) + bytes(64)), weight


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """An account's weight in the votes of a pool, with its path in the shares tree."""

    account: Account
    weight: int
    index: int
    path: tuple[Step, ...]


def share(weights: Mapping[Account, int], account: Account) -> Share:
    """Return the proof of an account's weight. Raises Unknown where it has none."""
    accounts = sorted(weights)
    if account not in weights:
        raise Unknown(f"{account} has no weight here")
    index = accounts.index(account)
    path = _path(_levels([_share_leaf(each, weights[each]) for each in accounts]), index)
    return Share(account=account, weight=weights[account], index=index, path=path)


def evidence_of(lines_sha256: str, weights: Mapping[Account, int]) -> bytes:
    """Return the evidence of a proposal with these lines and these weights, if any, by which its pool votes."""
    return evidence_hash(lines_sha256, shares=shares_root(weights), shares_depth=depth(len(weights)))


def evidence_hash(lines_sha256: str, *, shares: Step = EMPTY[0], shares_depth: int = 0) -> bytes:
    """Return the 32 bytes of evidence of a proposal. lines_sha256: hexadecimal SHA-256 of the lines file."""
    return keccak_256(TAG_EVIDENCE + bytes.fromhex(lines_sha256) + shares[0] + _word(shares[1]) + _word(shares_depth))


def _line_leaves(lines: Sequence[Line]) -> list[Step]:
    for before, after in pairwise(lines):
        if before.account != after.account or before.cause >= after.cause:
            raise Malformed(f"lines of one account must ascend by cause, got {after.cause} after {before.cause}")
    return [line_leaf(cause=bytes.fromhex(line.cause), source=line.source, amount=line.amount) for line in lines]


def _levels(leaves: Sequence[Step]) -> list[list[Step]]:
    """Return the tree's levels from the leaves up, without what lies over empty slots only."""
    levels = [list(leaves)]
    for height in range(depth(len(leaves))):
        below = levels[-1] if len(levels[-1]) % 2 == 0 else [*levels[-1], EMPTY[height]]
        levels.append([_node(left, right) for left, right in zip(below[::2], below[1::2], strict=True)])
    return levels


def _path(levels: Sequence[Sequence[Step]], index: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    for height, level in enumerate(levels[:-1]):
        sibling = (index >> height) ^ 1
        steps.append(level[sibling] if sibling < len(level) else EMPTY[height])
    return tuple(steps)


def fold(start: Step, *, index: int, path: Iterable[Step]) -> Step:
    """Return the root that `path` leads to from the value `start` at leaf `index`."""
    value = start
    for height, sibling in enumerate(path):
        value = _node(sibling, value) if index >> height & 1 else _node(value, sibling)
    return value


def verify_proof(leaf: ClaimLeaf, *, root: bytes, total: int, depth: int) -> bool:
    """Return whether `leaf` is in the tree of this root, sum and depth: what the contracts would say.

    False also for a path of another length, an index beyond the width, a number that no word holds and the zero address.
    """
    whole = leaf.account != NOBODY and len(leaf.lines_root) == 32
    if not whole or not _fits(leaf.index, leaf.path, depth, (leaf.prev, leaf.inc)):
        return False
    start = account_leaf(account=leaf.account, prev=leaf.prev, inc=leaf.inc, lines_root=leaf.lines_root)
    return fold(start, index=leaf.index, path=leaf.path) == (root, total)


def verify_line(proof: LineProof, *, leaf: ClaimLeaf) -> bool:
    """Return whether the line is in the lines tree of `leaf`, whose sum is its `inc`."""
    if len(proof.cause) != 32 or not _fits(proof.index, proof.path, len(proof.path), (proof.source, proof.amount)):
        return False
    value = line_leaf(cause=proof.cause, source=proof.source, amount=proof.amount)
    return fold(value, index=proof.index, path=proof.path) == (leaf.lines_root, leaf.inc)


def _fits(index: int, path: Sequence[Step], depth: int, numbers: Iterable[int]) -> bool:
    # a contract's uint256 sums revert on overflow; with every number below 2^248 and at most 25 of them they can't
    small = all(0 <= number < 2**248 for number in (*numbers, *(step[1] for step in path)))
    return (
        small and len(path) == depth <= DEEPEST and 0 <= index < 2**depth and all(len(step[0]) == 32 for step in path)
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Tree:
    """A pool's accounts in one epoch. root: 32 bytes; total: sum of `inc` in micro-units; depth: steps of a proof.

    For n accounts, ascending: accounts (n, 4) as right-aligned words, prev (n, 2), lines_roots (n, 4); levels[i] is
    (ceil(n / 2^i), 6), hash and sum of each node that lies over any account. About 180 bytes an account.
    """

    root: bytes
    total: Micros
    depth: int
    accounts: Words
    prev: Words
    lines_roots: Words
    levels: tuple[Words, ...]

    def __len__(self) -> int:
        return len(self.accounts)

    def proof(self, account: Account) -> ClaimLeaf:
        """Return the account's leaf and path. Raises Unknown where the tree does not hold it. Cost O(log n)."""
        key = bytes(12) + bytes.fromhex(account[2:])
        keys = self.accounts.view("S32").ravel()
        index = int(np.searchsorted(keys, np.bytes_(key)))
        if index == len(keys) or self.accounts[index].tobytes() != key:
            raise Unknown(f"{account} was never paid in this pool")
        return self.slot(index)

    def slot(self, index: int) -> ClaimLeaf:
        """Return the leaf and path of a position; an empty slot is the zero address with nothing. Raises Unknown beyond the width."""
        if not 0 <= index < 2**self.depth:
            raise Unknown(f"slot must be 0 to {2**self.depth - 1}, got {index}")
        return self._leaf(index, tuple(self._step(height, index >> height ^ 1) for height in range(self.depth)))

    def proofs(self) -> Iterator[ClaimLeaf]:
        """Yield the leaf and path of every account, ascending. Neighbours share the upper steps: much faster than one by one."""
        path: list[Step] = [EMPTY[0]] * self.depth
        for index in range(len(self)):
            # counting up by one changes the trailing ones and the zero above them: those levels have a new sibling
            changed = self.depth if index == 0 else min(self.depth, (index ^ (index - 1)).bit_length())
            for height in range(changed):
                path[height] = self._step(height, index >> height ^ 1)
            yield self._leaf(index, tuple(path))

    def _step(self, height: int, at: int) -> Step:
        level = self.levels[height]
        if at >= len(level):
            return EMPTY[height]
        return level[at, :4].tobytes(), level.item(at, 4) << 64 | level.item(at, 5)

    def _leaf(self, index: int, path: tuple[Step, ...]) -> ClaimLeaf:
        if index >= len(self):
            return ClaimLeaf(
                account=NOBODY, prev=Micros(0), inc=Micros(0), lines_root=bytes(32), index=index, path=path
            )
        leaves = self.levels[0]
        return ClaimLeaf(
            account=Account("0x" + self.accounts[index].tobytes()[12:].hex()),
            prev=Micros(self.prev.item(index, 0) << 64 | self.prev.item(index, 1)),
            inc=Micros(leaves.item(index, 4) << 64 | leaves.item(index, 5)),
            lines_root=self.lines_roots[index].tobytes(),
            index=index,
            path=path,
        )


def build(owed: Sequence[Owed]) -> Tree:
    """Return the tree over every account ever paid in the pool, as `lines.carry` gives them.

    Raises Malformed where accounts don't strictly ascend from above the zero address, lines don't ascend by cause, lines don't sum to
    `inc`, an amount or the total reaches 2^96, or there are more than 2^24 accounts. Cost: five permutations an account with one line.
    """
    levels_above = depth(len(owed))
    accounts = _words("".join("0" * 24 + each.account[2:] for each in owed), len(owed), "account")
    _ascend(np.concatenate([np.zeros((1, 4), np.uint64), accounts]), None, "accounts")
    prev, inc = _amounts([each.prev for each in owed]), _amounts([each.inc for each in owed])
    roots = _lines_roots(owed)
    if not np.array_equal(roots[:, 4:], inc):
        wrong = int(np.flatnonzero((roots[:, 4:] != inc).any(axis=1))[0])
        raise Malformed(f"inc of {owed[wrong].account} must be the sum of its lines, got {owed[wrong].inc}")
    lines_roots = np.ascontiguousarray(roots[:, :4])
    del roots
    levels = [keccak.account_leaves(_tag(TAG_ACCOUNT), accounts, prev, inc, lines_roots)]
    for height in range(levels_above):
        levels.append(keccak.level(levels[-1], _EMPTY_NODES[height]))
    root = levels[-1][0] if len(owed) else _EMPTY_NODES[0]
    total = int(root[4]) << 64 | int(root[5])
    if total >= money.LIMIT:
        raise Malformed(f"total of an epoch must be below 2^96, got {total}")
    return Tree(
        root=root[:4].tobytes(),
        total=Micros(total),
        depth=levels_above,
        accounts=accounts,
        prev=prev,
        lines_roots=lines_roots,
        levels=tuple(levels),
    )


def _lines_roots(owed: Sequence[Owed]) -> Words:
    lines = [line for each in owed for line in each.lines]
    starts = np.zeros(len(owed) + 1, np.int64)
    np.cumsum([len(each.lines) for each in owed], out=starts[1:])
    depth(int(np.diff(starts).max(initial=0)))
    causes = _words("".join(line.cause for line in lines), len(lines), "cause")
    _ascend(causes, starts[1:-1], "causes of one account")
    rows = np.empty((len(lines), 7), np.uint64)
    rows[:, :4] = causes
    rows[:, 4] = [line.source for line in lines]
    rows[:, 5:] = _amounts([line.amount for line in lines])
    return keccak.lines_roots(_tag(TAG_LINE), rows, starts, _EMPTY_NODES)


def _tag(tag: bytes) -> Words:
    return np.frombuffer(tag, "<u8").astype(np.uint64)


def _words(digits: str, count: int, name: str) -> Words:
    if len(digits) != 64 * count:
        raise Malformed(f"every {name} must be written in full, got {len(digits)} digits for {count}")
    return np.frombuffer(bytes.fromhex(digits), "<u8").astype(np.uint64).reshape(count, 4)


def _amounts(amounts: Sequence[int]) -> Words:
    if amounts and not 0 <= min(amounts) <= max(amounts) < money.LIMIT:
        raise Malformed(f"amounts must be 0 to 2^96 - 1, got {min(amounts)} to {max(amounts)}")
    packed = b"".join([amount.to_bytes(16, "big") for amount in amounts])
    return np.frombuffer(packed, ">u8").astype(np.uint64).reshape(len(amounts), 2)


def _ascend(words: Words, starts: NDArray[np.int64] | None, name: str) -> None:
    """Raise Malformed unless each row is above the one before, but for rows where a new list starts."""
    keys = words.view("S32").ravel()
    falls = keys[1:] <= keys[:-1]
    if starts is not None:
        begin = starts[(starts > 0) & (starts < len(keys))]
        falls[begin - 1] = False
    if falls.any():
        raise Malformed(
            f"{name} must strictly ascend, got 0x{words[int(np.argmax(falls)) + 1].tobytes().hex()} out of order"
        )
