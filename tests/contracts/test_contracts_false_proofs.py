"""Proofs that lean on what is not there: a line that nobody was paid, an epoch that is not accepted yet, a leaf off its level."""

from __future__ import annotations

from money_world import UNIT, WINDOW, World
from sum_tree import NO_LEAF, Entry, EpochTree, Line, SumTree, account_leaf, line_leaf, next_epoch


def test_a_line_that_no_leaf_holds_convicts_nobody(world: World, refuses) -> None:
    """Else anyone invents a cause, shows it twice and voids any root."""
    order = world.fund()
    ann, ben = world.workers[:2]
    old = world.accept(order, {ann: [UNIT], ben: [UNIT, UNIT]})
    tree = world.propose_lines(order, {ann: [UNIT], ben: [UNIT, UNIT]})
    invented = SumTree([line_leaf(b"\x77" * 32, order, UNIT)] * 2)
    twice = [(b"\x77" * 32, order, UNIT, i, invented.path(i)) for i in range(2)]
    with refuses("proof"):
        world.proofs.prove_double(world.pool, tree.of(ann), twice[0], 0, tree.of(ann), twice[1])
    with refuses("proof"):
        world.proofs.prove_double(world.pool, tree.of(ann), twice[0], 1, old.of(ann), twice[1])
    # a true line, shown with an invented one of its cause
    mine = tree.entry(ann).line_proof(0)
    false = (mine[0], order, UNIT, 1, invented.path(1))
    with refuses("proof"):
        world.proofs.prove_double(world.pool, tree.of(ann), mine, 0, tree.of(ann), false)
    with refuses("proof"):
        world.proofs.prove_double(world.pool, tree.of(ann), mine, 1, old.of(ann), false)
    assert world.payouts.slot(world.pool).state == 1


def test_a_root_is_not_its_own_past(world: World, refuses) -> None:
    """Taken for an accepted epoch, a proposal would have paid each of its lines before."""
    order = world.fund()
    ann = world.workers[0]
    world.accept(order, {ann: [UNIT]})
    tree = world.propose_lines(order, {ann: [UNIT]})
    line = tree.entry(ann).line_proof(0)
    for epoch in (2, 3):
        with refuses("epoch"):
            world.proofs.prove_double(world.pool, tree.of(ann), line, epoch, tree.of(ann), line)
    with refuses("right"):
        world.proofs.prove_double(world.pool, tree.of(ann), line, 0, tree.of(ann), line)
    assert world.payouts.slot(world.pool).state == 1


def test_a_leaf_off_its_level_is_missed_by_nobody(world: World, refuses) -> None:
    """A bent tree was accepted. Its high leaf is no account: it can't be claimed, and the honest next root is not void without it."""
    order = world.fund()
    ann, ben, cleo = world.workers[:3]
    lines = world.lines(order, {ann: [UNIT], ben: [UNIT], cleo: [UNIT]})
    flat = next_epoch(None, lines)
    leaves = [account_leaf(e.account, 0, e.inc, e.lines_root) for e in flat.entries if e is not None]
    low = SumTree(leaves[:2])
    top = SumTree([(low.root, low.total), leaves[2]])
    bent = EpochTree([e for e in flat.entries if e is not None][:2])
    bent.root, bent.total, bent.depth = top.root, top.total, 2
    world.propose(bent, [(order, 3 * UNIT, 0)])
    world.chain.pass_time(WINDOW)
    world.settle()
    honest = EpochTree(
        [
            Entry(account=who, prev=UNIT, lines=(Line(cause=world.cause(), source=order, amount=UNIT),))
            for who in (ann, ben)
        ]
    )
    world.propose(honest, [(order, honest.total, 0)])
    entry = flat.entry(cleo)
    high = (cleo, 0, UNIT, entry.lines_root, 1, top.path(1))
    with refuses("proof"):
        world.proofs.prove_missing(world.pool, high, honest.proof(1), NO_LEAF, 2)
    assert world.payouts.slot(world.pool).state == 1
