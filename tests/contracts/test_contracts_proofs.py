"""Proofs of a wrong root: each lie dies in one transaction, and no honest root dies by any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from evm_chain import Reverted
from money_world import BOND, UNIT, WINDOW, World
from sum_tree import EMPTY, NO_LEAF, NO_LINE, Entry, EpochTree, Line, SumTree, account_leaf, line_leaf, next_epoch

BETWEEN, FIRST, LAST, TAIL, EMPTY_TREE = range(5)


def epochs(world: World, first: int = 3) -> tuple[int, EpochTree]:
    """Accept one epoch that pays the first few workers; returns the order and the tree."""
    order = world.fund()
    tree = world.accept(order, {w: [(i + 1) * UNIT, 10 * UNIT] for i, w in enumerate(world.workers[:first])})
    return order, tree


def lie(world: World, order: int, entries: list[Entry | None], depth: int | None = None) -> EpochTree:
    """Propose a tree made of these entries and pull exactly its sum."""
    tree = EpochTree(entries, depth)
    world.propose(tree, [(order, tree.total, 1)])
    return tree


def dead(world: World) -> int:
    """Return the kind of proof that voided the slot, and check that prover and court share the bond."""
    (proven,) = [log for log in world.chain.logs if log.name == "Proven"]
    assert [log.args["why"] for log in world.chain.logs if log.name == "Voided"] == [4]
    assert world.payouts.slot(world.pool).state == 0
    assert (world.credit(world.outsider), world.credit(world.court)) == (BOND // 2, BOND // 2)
    return proven.args["kind"]


def honest_entries(world: World, tree: EpochTree) -> list[Entry]:
    """The same accounts once more, each with a new line."""
    entries = [e for e in tree.entries if e is not None]
    return [
        Entry(account=e.account, prev=e.prev + e.inc, lines=(Line(cause=world.cause(), source=1, amount=UNIT),))
        for e in entries
    ]


@pytest.mark.parametrize("change", [-1, 1])
def test_a_wrong_carry_over_dies(world: World, change: int) -> None:
    order, old = epochs(world)
    entries = honest_entries(world, old)
    victim = entries[1]
    entries[1] = Entry(account=victim.account, prev=victim.prev + change, lines=victim.lines)
    tree = lie(world, order, list(entries))
    world.proofs.prove_prev(world.pool, tree.of(victim.account), old.of(victim.account), sender=world.outsider)
    assert dead(world) == 1


def test_an_invented_carry_over_dies_wherever_the_account_would_have_stood(world: World) -> None:
    order, old = epochs(world, first=3)
    for place, edge in ((0, FIRST), (1, BETWEEN), (2, BETWEEN), (3, TAIL)):
        with world.chain.undone():
            known = [int(e.account, 16) for e in old.entries if e is not None]
            low = [0, *known][place]
            high = [*known, 2**160 - 1][place]
            ghost = world.chain.account("x")[:2] + f"{(low + high) // 2:040x}"
            entries = sorted(
                [*honest_entries(world, old), Entry(account=ghost, prev=5 * UNIT)], key=lambda e: int(e.account, 16)
            )
            tree = lie(world, order, list(entries))
            a = old.proof(place - 1) if place else NO_LEAF
            world.proofs.prove_fresh(world.pool, tree.of(ghost), a, old.proof(place), edge, sender=world.outsider)
            assert dead(world) == 2


def test_an_invented_carry_over_behind_a_full_tree_dies(world: World) -> None:
    order, old = epochs(world, first=4)
    ghost = "0x" + "ff" * 20
    tree = lie(world, order, [*honest_entries(world, old), Entry(account=ghost, prev=5 * UNIT)])
    world.proofs.prove_fresh(world.pool, tree.of(ghost), old.proof(3), NO_LEAF, LAST, sender=world.outsider)
    assert dead(world) == 2


def test_a_carry_over_in_the_first_epoch_dies(world: World) -> None:
    order = world.fund()
    ann = world.workers[0]
    tree = lie(
        world, order, [Entry(account=ann, prev=UNIT, lines=(Line(cause=world.cause(), source=order, amount=UNIT),))]
    )
    world.proofs.prove_fresh(world.pool, tree.of(ann), NO_LEAF, NO_LEAF, 0, sender=world.outsider)
    assert dead(world) == 2


@pytest.mark.parametrize("dropped", range(4))
def test_a_dropped_account_dies(world: World, dropped: int) -> None:
    order, old = epochs(world, first=4)
    entries = honest_entries(world, old)
    victim = entries.pop(dropped)
    tree = lie(world, order, list(entries))
    a = tree.proof(dropped - 1) if dropped else NO_LEAF
    edge = {0: FIRST, 3: TAIL}.get(dropped, BETWEEN)
    world.proofs.prove_missing(world.pool, old.of(victim.account), a, tree.proof(dropped), edge, sender=world.outsider)
    assert dead(world) == 3


def test_dropping_everybody_dies(world: World) -> None:
    order, old = epochs(world)
    tree = lie(world, order, [])
    victim = old.proof(1)
    world.proofs.prove_missing(world.pool, victim, NO_LEAF, tree.proof(0), EMPTY_TREE, sender=world.outsider)
    assert dead(world) == 3


def test_the_last_account_dropped_from_a_full_tree_dies(world: World) -> None:
    order, old = epochs(world, first=3)
    entries = honest_entries(world, old)[:2]
    tree = lie(world, order, list(entries))
    world.proofs.prove_missing(world.pool, old.proof(2), tree.proof(1), NO_LEAF, LAST, sender=world.outsider)
    assert dead(world) == 3


def test_a_wrong_order_and_a_duplicate_die(world: World) -> None:
    order, old = epochs(world)
    entries = honest_entries(world, old)
    for wrong in ([entries[1], entries[0], entries[2]], [entries[0], entries[0], entries[1]]):
        with world.chain.undone():
            tree = lie(world, order, list(wrong))
            world.proofs.prove_order(world.pool, tree.proof(0), tree.proof(1), sender=world.outsider)
            assert dead(world) == 4


def test_a_gap_in_the_tree_dies(world: World) -> None:
    order, old = epochs(world)
    a, b, c = honest_entries(world, old)
    tree = lie(world, order, [a, None, b, c])
    world.proofs.prove_hole(world.pool, 1, 0, tree.tree.path(1), tree.proof(2), sender=world.outsider)
    assert dead(world) == 5


def test_an_empty_slot_with_money_dies(world: World) -> None:
    order = world.fund()
    ann = world.workers[0]
    entry = Entry(account=ann, prev=0, lines=(Line(cause=world.cause(), source=order, amount=UNIT),))
    tree = EpochTree([entry])
    tree.tree = SumTree([account_leaf(ann, 0, UNIT, entry.lines_root), (EMPTY[0], 5 * UNIT)])
    tree.root, tree.total, tree.depth = tree.tree.root, tree.tree.total, tree.tree.depth
    world.propose(tree, [(order, 6 * UNIT, 0)])
    world.proofs.prove_hole(world.pool, 1, 5 * UNIT, tree.tree.path(1), NO_LEAF, sender=world.outsider)
    assert dead(world) == 5


def test_one_cause_twice_in_one_epoch_dies(world: World) -> None:
    order = world.fund()
    ann = world.workers[0]
    line = Line(cause=world.cause(), source=order, amount=UNIT)
    entry = Entry(account=ann, prev=0, lines=(line, line))
    tree = lie(world, order, [entry])
    world.proofs.prove_double(
        world.pool, tree.of(ann), entry.line_proof(0), 0, tree.of(ann), entry.line_proof(1), sender=world.outsider
    )
    assert dead(world) == 6


def test_one_cause_again_after_an_accepted_epoch_dies(world: World) -> None:
    order, old = epochs(world)
    world.accept(order, {world.workers[0]: [UNIT]})
    ann = world.workers[0]
    assert world.tree is not None
    again = old.entry(ann).lines[1]
    entries = [Entry(account=e.account, prev=e.prev + e.inc) for e in world.tree.entries if e is not None]
    entries[0] = Entry(account=ann, prev=entries[0].prev, lines=(again,))
    tree = lie(world, order, list(entries))
    world.proofs.prove_double(
        world.pool,
        tree.of(ann),
        entries[0].line_proof(0),
        1,
        old.of(ann),
        old.entry(ann).line_proof(1),
        sender=world.outsider,
    )
    assert dead(world) == 6


def test_a_double_line_hidden_at_another_depth_dies(world: World) -> None:
    """The lines tree is bent: one line hangs at depth 1, its twin at depth 2. Only the path lengths differ in kind."""
    order = world.fund()
    ann = world.workers[0]
    cause = world.cause()
    twin = line_leaf(cause, order, UNIT)
    inner = SumTree([line_leaf(world.cause(), order, UNIT), twin])
    top = SumTree([(inner.root, inner.total), twin])
    leaf = account_leaf(ann, 0, 3 * UNIT, top.root)
    tree = SumTree([leaf])
    world.rich(world.operator)
    pulls = [(order, 3 * UNIT, 0)]
    world.payouts.propose(
        world.pool, 1, tree.root, 3 * UNIT, 0, pulls, world.checkpoint(), b"\1" * 32, sender=world.operator
    )
    proof = (ann, 0, 3 * UNIT, top.root, 0, [])
    # both have index 1: right at the top, or right at the bottom and left at the top
    shallow = (cause, order, UNIT, 1, top.path(1))
    deep = (cause, order, UNIT, 1, [inner.path(1)[0], top.path(0)[0]])
    world.proofs.prove_double(world.pool, proof, shallow, 0, proof, deep, sender=world.outsider)
    assert dead(world) == 6


@pytest.mark.parametrize("said", [UNIT, 3 * UNIT])
def test_lines_that_do_not_add_up_die(world: World, said: int) -> None:
    order = world.fund()
    ann = world.workers[0]
    lines = tuple(Line(cause=world.cause(), source=order, amount=UNIT) for _ in range(2))
    entry = Entry(account=ann, prev=0, lines=lines, inc_said=said)
    tree = lie(world, order, [entry])
    world.proofs.prove_lines(world.pool, tree.of(ann), entry.line_proof(1), sender=world.outsider)
    assert dead(world) == 7


def test_money_without_lines_dies(world: World) -> None:
    order = world.fund()
    ann = world.workers[0]
    tree = lie(world, order, [Entry(account=ann, prev=0, inc_said=UNIT)])
    world.proofs.prove_lines(world.pool, tree.of(ann), NO_LINE, sender=world.outsider)
    assert dead(world) == 7


def test_a_proof_ends_a_dispute_at_any_stage_and_returns_the_other_bonds(world: World) -> None:
    order = world.fund()
    ann = world.workers[0]
    for stage in range(4):
        with world.chain.undone():
            tree = lie(world, order, [Entry(account=ann, prev=0, inc_said=UNIT)])
            if stage > 0:
                world.challenge()
            if stage > 1:
                world.payouts.rule(world.pool, False, sender=world.arbiter)
            if stage > 2:
                world.appeal(world.operator)
            world.proofs.prove_lines(world.pool, tree.of(ann), NO_LINE, sender=world.outsider)
            assert dead(world) == 7
            assert world.credit(world.griefer) == (BOND if stage else 0)
            assert world.credit(world.operator) == (2 * BOND if stage == 3 else 0)


def test_a_root_upheld_by_a_mistaken_court_still_dies_by_proof(world: World) -> None:
    order = world.fund()
    ann = world.workers[0]
    tree = lie(world, order, [Entry(account=ann, prev=0, inc_said=UNIT)])
    world.challenge()
    world.payouts.rule(world.pool, True, sender=world.arbiter)
    world.appeal()
    world.payouts.rule(world.pool, True, sender=world.court)
    before = world.token.balanceOf(world.payouts.address)
    world.proofs.prove_lines(world.pool, tree.of(ann), NO_LINE, sender=world.outsider)
    assert world.payouts.slot(world.pool).state == 0
    owed = sum(world.credit(who) for who in (world.operator, world.griefer, world.outsider, world.arbiter, world.court))
    assert owed == before == 4 * BOND


def test_a_proof_that_a_bot_copies_kills_the_root_all_the_same(world: World, refuses) -> None:
    """Whoever reads it on its way and is faster has the reward; the root is dead, and no bond is shared out twice."""
    order = world.fund()
    ann = world.workers[0]
    tree = lie(world, order, [Entry(account=ann, prev=0, inc_said=UNIT)])
    world.proofs.prove_lines(world.pool, tree.of(ann), NO_LINE, sender=world.griefer)
    with refuses("state"):
        world.proofs.prove_lines(world.pool, tree.of(ann), NO_LINE, sender=world.outsider)
    assert world.payouts.slot(world.pool).state == 0
    assert [world.credit(who) for who in (world.griefer, world.outsider, world.operator)] == [BOND // 2, 0, 0]


def test_nothing_is_proven_without_a_proposal_or_after_acceptance(world: World, refuses) -> None:
    order, old = epochs(world)
    with refuses("state"):
        world.proofs.prove_order(world.pool, old.proof(1), old.proof(0))
    with refuses("auth"):
        world.payouts.void_proven(world.pool, 1, world.outsider, sender=world.outsider)
    tree = lie(world, order, [])
    world.chain.pass_time(WINDOW)
    world.settle()
    with refuses("state"):
        world.proofs.prove_hole(world.pool, 0, 0, tree.tree.path(0), old.proof(1))


def test_cheap_junk_that_dies_by_proof_makes_no_bond_dearer_and_stops_no_decay(world: World) -> None:
    order = world.fund()
    ann = world.workers[0]
    world.propose_lines(order, {ann: [UNIT]})
    world.challenge()
    world.payouts.rule(world.pool, False, sender=world.arbiter)
    world.chain.pass_time(WINDOW)
    world.settle()
    assert world.payouts.bond_now(world.pool, 1, 0) == 2 * BOND
    for _ in range(3):
        tree = lie(world, order, [Entry(account=ann, prev=0, inc_said=UNIT)])
        world.chain.pass_time(WINDOW - 1)
        world.proofs.prove_lines(world.pool, tree.of(ann), NO_LINE, sender=world.outsider)
        world.chain.pass_time(WINDOW // 3 - 1)
        assert world.payouts.bond_now(world.pool, 1, 0) == 2 * BOND
    # three idle thirds of three days, less three seconds
    world.chain.pass_time(3)
    assert world.payouts.bond_now(world.pool, 1, 0) == BOND


def test_a_wrong_root_that_nobody_stopped_costs_its_own_pool_and_no_other(world: World, refuses) -> None:
    order = world.fund()
    ann, ben = world.workers[:2]
    world.accept(order, {ben: [5 * UNIT]})
    other = world.new_pool()
    theirs = world.fund(pool=other)
    tree = next_epoch(None, world.lines(theirs, {ben: [50 * UNIT]}))
    world.propose(tree, [(theirs, tree.total, 0)], pool=other)
    world.chain.pass_time(WINDOW)
    world.payouts.settle(other, world.pulls)
    for carried in (6 * UNIT, 5 * UNIT):
        with world.chain.undone():
            bad = lie(world, order, [Entry(account=ann, prev=carried)])
            world.chain.pass_time(WINDOW)
            world.settle()
            if carried > 5 * UNIT:
                with refuses("short"):
                    world.claim(bad, ann)
            else:
                world.claim(bad, ann)
            world.payouts.claim(other, 1, tree.of(ben))


def attempts(
    world: World, old: EpochTree, new: EpochTree, *, in_turn: bool = False
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Every proof over all slots of both trees, all neighbours and edges, all pairs of lines.

    in_turn: show each pair of neighbours one account as absent, all accounts in turn, and not every account to every pair.
    """
    p, pool = world.proofs, world.pool
    olds = [old.proof(i) for i in range(2**old.depth)]
    news = [new.proof(i) for i in range(2**new.depth)]
    for a, b in product(news, olds):
        yield "prev", lambda a=a, b=b: p.prove_prev(pool, a, b)

    def shown(leaves: list[Any], neighbours: int) -> Iterator[tuple[Any, int, int, int]]:
        places = product(range(neighbours), range(neighbours), range(6))
        if in_turn:
            yield from ((leaves[n % len(leaves)], *place) for n, place in enumerate(places))
        else:
            yield from ((leaf, *place) for leaf, place in product(leaves, places))

    for leaf, i, j, edge in shown(news, len(olds)):
        yield "fresh", lambda x=leaf, i=i, j=j, e=edge: p.prove_fresh(pool, x, olds[i], olds[j], e)
    for leaf, i, j, edge in shown(olds, len(news)):
        yield "missing", lambda x=leaf, i=i, j=j, e=edge: p.prove_missing(pool, x, news[i], news[j], e)
    for a, b in product(news, news):
        yield "order", lambda a=a, b=b: p.prove_order(pool, a, b)
    for slot, later in product(range(len(news)), news):
        for amount in (0, 1):
            yield "hole", lambda s=slot, m=amount, x=later: p.prove_hole(pool, s, m, news[s][5], x)
    mine = [(new.of(e.account), e.line_proof(i)) for e in new.entries if e for i in range(len(e.lines))]
    theirs = [(old.of(e.account), e.line_proof(i)) for e in old.entries if e for i in range(len(e.lines))]
    for (a, x), (b, y) in product(mine, mine):
        yield "double", lambda a=a, x=x, b=b, y=y: p.prove_double(pool, a, x, 0, b, y)
    for (a, x), (b, y) in product(mine, theirs):
        yield "double", lambda a=a, x=x, b=b, y=y: p.prove_double(pool, a, x, 1, b, y)
    for leaf, (_, y) in product(news, mine):
        yield "lines", lambda a=leaf, y=y: p.prove_lines(pool, a, y)


def count_refused(world: World, old: EpochTree, new: EpochTree, *, in_turn: bool = False) -> int:
    refused = 0
    for kind, attempt in attempts(world, old, new, in_turn=in_turn):
        try:
            attempt()
        except Reverted:
            refused += 1
        else:
            pytest.fail(f"an honest root was voided by a false proof of kind {kind}")
    return refused


def test_no_false_proof_kills_an_honest_root(world: World) -> None:
    order = world.fund()
    a, b, c, d = world.workers
    old = world.accept(order, {a: [UNIT, 2 * UNIT], c: [UNIT]})
    new = next_epoch(old, world.lines(order, {a: [UNIT], b: [UNIT, UNIT]}))
    world.propose(new, [(order, new.total, 0)])
    assert count_refused(world, old, new) > 200
    world.chain.pass_time(WINDOW)
    world.settle()
    assert world.payouts.epoch_count(world.pool) == 2
    assert d not in [e.account for e in new.entries if e]


@pytest.mark.soak
@pytest.mark.parametrize(("before", "after"), [(5, 8), (6, 6), (3, 7)])
def test_no_false_proof_kills_an_honest_root_of_many_accounts(world: World, before: int, after: int) -> None:
    order = world.fund()
    people = [world.chain.account(f"person {i}") for i in range(after)]
    old = world.accept(order, {p: [UNIT] * (i % 3 + 1) for i, p in enumerate(people[:before])})
    new = next_epoch(old, world.lines(order, {p: [UNIT] * (i % 2 + 1) for i, p in enumerate(people)}))
    world.propose(new, [(order, new.total, 0)])
    assert count_refused(world, old, new) > 2_000


@pytest.mark.parametrize("count", [1, 2, 3, *(pytest.param(n, marks=pytest.mark.soak) for n in range(4, 21))])
def test_no_false_proof_over_any_pair_of_leaves_kills_an_honest_root(world: World, count: int) -> None:
    order = world.fund()
    people = [world.chain.account(f"person {i}") for i in range(count)]
    # one account more and one that earns nothing: both kinds of absence, carry-overs with and without lines
    old = world.accept(order, {p: [UNIT] for p in people[: count - 1] or people})
    new = next_epoch(old, world.lines(order, {p: [UNIT] * (i % 2 + 1) for i, p in enumerate(people) if i != 1}))
    world.propose(new, [(order, new.total, 0)])
    leaves = 2**new.depth
    assert count_refused(world, old, new, in_turn=True) > leaves * leaves
    world.chain.pass_time(WINDOW)
    world.settle()
    assert world.payouts.epoch_count(world.pool) == 2
