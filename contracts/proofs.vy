# pragma version ==0.4.3
# pragma evm-version cancun
# pragma nonreentrancy on
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Proofs that a proposed root is wrong
@license GNU Affero General Public License v3.0 only
@notice Each function shows in one transaction that the tree in a pool's slot breaks a rule of arithmetic, and voids it. No bond,
        no resolver, from the proposal until it is settled. Half of the proposer's bond goes to the sender. An honest tree
        has no such proof: see README.md section 1 for its rules. Holds no money and no state.
"""
import tree

interface Payouts:
    def epoch_count(pool: uint256) -> uint256: view
    def tree_of(pool: uint256, epoch: uint256) -> (bytes32, uint256, uint256): view
    def void_proven(pool: uint256, kind: uint256, prover: address): nonpayable

struct Tree:
    root: bytes32
    total: uint256
    depth: uint256

# kinds of proof
PREV: constant(uint256) = 1
FRESH: constant(uint256) = 2
MISSING: constant(uint256) = 3
ORDER: constant(uint256) = 4
HOLE: constant(uint256) = 5
DOUBLE: constant(uint256) = 6
LINES: constant(uint256) = 7

# where two neighbours show an absence
BETWEEN: constant(uint256) = 0
FIRST: constant(uint256) = 1
LAST: constant(uint256) = 2
TAIL: constant(uint256) = 3
EMPTY: constant(uint256) = 4

PAYOUTS: public(immutable(address))


@deploy
def __init__(payouts: address):
    PAYOUTS = payouts


@external
def prove_prev(pool: uint256, new: tree.Leaf, old: tree.Leaf):
    """
    @notice An account's carry-over is not its cumulative of the last accepted epoch.
    """
    n: uint256 = self._in_slot(pool, new)
    self._in_epoch(pool, n, n, old)
    assert new.account == old.account, "proof"
    assert new.prev != old.prev + old.inc, "right"
    self._proven(pool, PREV)


@external
def prove_fresh(pool: uint256, new: tree.Leaf, a: tree.Leaf, b: tree.Leaf, edge: uint256):
    """
    @notice An account carries money over though the last accepted epoch does not hold it. Before the first epoch a, b
            and edge are not read.
    """
    n: uint256 = self._in_slot(pool, new)
    assert new.prev > 0, "right"
    if n > 0:
        self._absent(self._tree(pool, n), new.account, a, b, edge)
    self._proven(pool, FRESH)


@external
def prove_missing(pool: uint256, old: tree.Leaf, a: tree.Leaf, b: tree.Leaf, edge: uint256):
    """
    @notice An account of the last accepted epoch is not in the proposed tree.
    """
    n: uint256 = self._pending(pool)
    self._in_epoch(pool, n, n, old)
    self._absent(self._tree(pool, n + 1), old.account, a, b, edge)
    self._proven(pool, MISSING)


@external
def prove_order(pool: uint256, a: tree.Leaf, b: tree.Leaf):
    """
    @notice Leaf a stands before leaf b, but its account is not smaller.
    """
    n: uint256 = self._in_slot(pool, a)
    self._holds(self._tree(pool, n + 1), b)
    assert a.index < b.index, "index"
    assert convert(a.account, uint256) >= convert(b.account, uint256), "right"
    self._proven(pool, ORDER)


@external
def prove_hole(pool: uint256, index: uint256, amount: uint256, path: DynArray[tree.Step, 24], later: tree.Leaf):
    """
    @notice An empty slot holds money, or stands before a filled one (`later`, unread if amount > 0).
    """
    n: uint256 = self._pending(pool)
    record: Tree = self._tree(pool, n + 1)
    self._same(record, tree._fold(empty(bytes32), amount, index, path), len(path))
    if amount == 0:
        self._holds(record, later)
        assert later.index > index, "right"
    self._proven(pool, HOLE)


@external
def prove_double(pool: uint256, new: tree.Leaf, x: tree.LineProof, epoch: uint256, old: tree.Leaf, y: tree.LineProof):
    """
    @notice One cause is paid twice to the same account: at two positions of the proposed tree (epoch 0), or again after an
            accepted epoch. Two path lengths are two positions.
    """
    n: uint256 = self._in_slot(pool, new)
    assert new.account == old.account and x.cause == y.cause, "proof"
    if epoch == 0:
        self._holds(self._tree(pool, n + 1), old)
        same: bool = new.index == old.index and x.index == y.index and len(x.path) == len(y.path)
        assert not same, "right"
    else:
        self._in_epoch(pool, n, epoch, old)
    self._line(new, x)
    self._line(old, y)
    self._proven(pool, DOUBLE)


@external
def prove_lines(pool: uint256, leaf: tree.Leaf, line: tree.LineProof):
    """
    @notice The lines of an account do not add up to its `inc`: a path to lines_root gives another sum, or there are no
            lines at all (`line` is then not read).
    """
    n: uint256 = self._in_slot(pool, leaf)
    total: uint256 = 0
    if leaf.lines_root != empty(bytes32):
        found: tree.Root = tree._line_root(line)
        assert found.h == leaf.lines_root, "proof"
        total = found.s
    assert total != leaf.inc, "right"
    self._proven(pool, LINES)


@internal
def _proven(pool: uint256, kind: uint256):
    extcall Payouts(PAYOUTS).void_proven(pool, kind, msg.sender)


@internal
@view
def _tree(pool: uint256, epoch: uint256) -> Tree:
    found: Tree = empty(Tree)
    found.root, found.total, found.depth = staticcall Payouts(PAYOUTS).tree_of(pool, epoch)
    return found


@internal
@view
def _in_slot(pool: uint256, leaf: tree.Leaf) -> uint256:
    n: uint256 = self._pending(pool)
    self._holds(self._tree(pool, n + 1), leaf)
    return n


@internal
@view
def _pending(pool: uint256) -> uint256:
    """
    @dev The number of accepted epochs; _tree(n + 1) reverts if nothing is proposed.
    """
    return staticcall Payouts(PAYOUTS).epoch_count(pool)


@internal
@view
def _in_epoch(pool: uint256, n: uint256, epoch: uint256, leaf: tree.Leaf):
    assert epoch > 0 and epoch <= n, "epoch"
    self._holds(self._tree(pool, epoch), leaf)


@internal
@pure
def _holds(found: Tree, leaf: tree.Leaf):
    self._same(found, tree._account_root(leaf), len(leaf.path))


@internal
@pure
def _same(expected: Tree, found: tree.Root, steps: uint256):
    assert steps == expected.depth, "proof"
    assert found.h == expected.root and found.s == expected.total, "proof"


@internal
@pure
def _line(leaf: tree.Leaf, line: tree.LineProof):
    assert tree._line_root(line).h == leaf.lines_root, "proof"


@internal
@pure
def _absent(expected: Tree, account: address, a: tree.Leaf, b: tree.Leaf, edge: uint256):
    """
    @dev Shows that `account` is in no leaf, if the tree is in order and without holes (both have their own proofs).
         BETWEEN: a and b are neighbours. FIRST: b is the first leaf. LAST: a fills the last slot. TAIL: a, then the empty
         slot b. EMPTY: the empty slot b is the first.
    """
    who: uint256 = convert(account, uint256)
    if edge in [BETWEEN, LAST, TAIL]:
        self._holds(expected, a)
        assert convert(a.account, uint256) < who, "edge"
    if edge in [BETWEEN, FIRST]:
        self._holds(expected, b)
        assert who < convert(b.account, uint256), "edge"
    elif edge in [TAIL, EMPTY]:
        self._same(expected, tree._fold(empty(bytes32), 0, b.index, b.path), len(b.path))
    if edge in [BETWEEN, TAIL]:
        assert b.index == a.index + 1, "edge"
    elif edge in [FIRST, EMPTY]:
        assert b.index == 0, "edge"
    else:
        assert edge == LAST, "edge"
        assert a.index + 1 == 1 << len(a.path), "edge"
