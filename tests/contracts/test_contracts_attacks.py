"""One scripted attack for each row of the specification's table that other files do not already show."""

from __future__ import annotations

import pytest
from evm_chain import Chain, Contract
from money_world import BOND, COURT, DAY, DEAD, GRACE, NOTICE, RESOLVE, UNIT, WINDOW, World
from sum_tree import SumTree, account_leaf, next_epoch


def test_a_hostile_operator_takes_at_most_what_it_pulls_and_is_stopped_by_anyone(world: World) -> None:
    order = world.fund(1_000 * UNIT)
    world.propose_lines(order, {world.operator: [1_000 * UNIT]})
    world.challenge(world.outsider, ground=2)
    world.payouts.rule(world.pool, False, sender=world.arbiter)
    world.chain.pass_time(WINDOW)
    world.settle()
    assert world.escrow.order(order).left == 1_000 * UNIT
    assert world.credit(world.outsider) == BOND + BOND // 2


def test_withheld_leaves_void_the_root_and_leave_older_epochs_claimable(world: World) -> None:
    order = world.fund()
    ann = world.workers[0]
    first = world.accept(order, {ann: [UNIT]})
    world.propose_lines(order, {world.workers[1]: [UNIT]})
    world.challenge(world.outsider, ground=1)
    world.payouts.rule(world.pool, False, sender=world.arbiter)
    world.claim(first, ann, epoch=1)
    world.chain.pass_time(WINDOW)
    world.settle()
    assert world.balance(ann) == UNIT


def test_a_censoring_operator_loses_the_slot_after_two_voids_and_the_line_comes_later(world: World) -> None:
    order = world.fund()
    victim = world.workers[1]
    for _ in range(2):
        world.propose_lines(order, {world.workers[0]: [UNIT]})
        world.challenge(victim, ground=4)
        world.payouts.rule(world.pool, False, sender=world.arbiter)
        world.chain.pass_time(WINDOW)
        world.settle()
    tree = world.propose_lines(order, {world.workers[0]: [UNIT], victim: [UNIT]}, sender=world.outsider)
    world.chain.pass_time(WINDOW)
    world.settle()
    before = world.balance(victim)
    world.claim(tree, victim)
    assert world.balance(victim) - before == UNIT


def test_a_dead_operator_strands_nothing(world: World) -> None:
    """Escape hatch: an outsider recomputes, posts the bond, settles; its fee is a line."""
    order = world.fund(100 * UNIT)
    world.escrow.reserve(order, 100 * UNIT, 10, sender=world.operator)
    world.checkpoint()
    world.escrow.close(order, sender=world.buyer)
    world.chain.pass_time(DEAD)
    amounts = {w: [24 * UNIT] for w in world.workers} | {world.outsider: [4 * UNIT]}
    tree = next_epoch(None, world.lines(order, amounts))
    world.propose(tree, [(order, tree.total, 0)], sender=world.outsider, size=world.size)
    world.chain.pass_time(WINDOW)
    world.settle()
    before = world.balance(world.outsider)
    for who in [*world.workers, world.outsider]:
        world.claim(tree, who)
    assert world.balance(world.outsider) - before == 4 * UNIT
    assert world.escrow.order(order).left == 0
    assert world.token.balanceOf(world.payouts.address) == BOND


def test_a_buyer_cannot_hog_the_slot_until_the_notice_ends_and_take_earned_money(world: World, refuses) -> None:
    """The first prototype lost 1,000 earned units to this for one bond. Now an honest proposal comes first each time."""
    order = world.fund(1_000 * UNIT)
    world.rich(world.buyer)
    world.escrow.close(order, sender=world.buyer)
    world.chain.pass_time(DEAD)
    for _ in range(5):
        world.propose_lines(order, {world.buyer: [UNIT]}, sender=world.buyer)
        world.challenge(world.outsider)
        world.payouts.rule(world.pool, False, sender=world.arbiter)
        world.chain.pass_time(WINDOW)
        world.settle()
        world.chain.pass_time(GRACE - 1)
        assert world.payouts.busy(world.pool)
    assert world.chain.time > world.escrow.order(order).refund_at
    with refuses("busy"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    tree = world.propose_lines(order, {world.workers[0]: [1_000 * UNIT]}, sender=world.outsider)
    world.chain.pass_time(WINDOW)
    world.settle()
    world.claim(tree, world.workers[0])
    assert world.balance(world.workers[0]) == 1_000 * UNIT
    world.chain.pass_time(GRACE)
    with refuses("nothing"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)


def test_no_refund_between_proposal_and_settlement(world: World, refuses) -> None:
    order = world.fund(2_000 * UNIT)
    world.escrow.close(order, sender=world.buyer)
    world.chain.pass_time(NOTICE)
    world.propose_lines(order, {world.workers[0]: [1_000 * UNIT]})
    with refuses("busy"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    world.chain.pass_time(WINDOW)
    world.settle()
    assert world.escrow.order(order).left == 1_000 * UNIT


def test_reserved_work_is_paid_after_the_deadline_and_the_buyers_refund(world: World, refuses) -> None:
    """Elsewhere an order that expired could not pay any more, or its buyer took what was reserved too."""
    order, ann = world.fund(100 * UNIT, deadline=DAY), world.workers[0]
    world.escrow.reserve(order, 60 * UNIT, 10, sender=world.operator)
    world.chain.pass_time(DAY + 1)
    world.escrow.close(order, sender=world.griefer)
    world.chain.pass_time(NOTICE)
    world.escrow.refund(order, world.buyer, sender=world.buyer)
    assert world.balance(world.buyer) == 40 * UNIT
    with refuses("nothing"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    world.chain.pass_time(90 * DAY)
    world.claim(world.accept(order, {ann: [60 * UNIT]}), ann)
    assert world.balance(ann) == 60 * UNIT


def test_a_griefer_of_every_epoch_pays_while_one_court_is_alive(world: World) -> None:
    order = world.fund()
    world.rich(world.griefer)
    spent = world.balance(world.griefer)
    for _ in range(3):
        world.propose_lines(order, {world.workers[0]: [UNIT]})
        world.payouts.challenge(world.pool, 3, b"\0" * 32, sender=world.griefer)
        world.chain.pass_time(RESOLVE + 1)
        world.payouts.appeal(world.pool, sender=world.griefer)
        world.payouts.rule(world.pool, True, sender=world.court)
        world.settle()
    assert world.payouts.epoch_count(world.pool) == 3
    assert spent - world.balance(world.griefer) == 3 * BOND
    assert world.credit(world.griefer) == 0


def test_while_the_court_sleeps_a_griefer_delays_for_growing_capital_only(world: World) -> None:
    """The named limit: no theft, no refund, but no payment either until a court answers."""
    order = world.fund()
    world.rich(world.griefer)
    capital = []
    for _ in range(4):
        world.propose_lines(order, {world.workers[0]: [UNIT]})
        bond = world.payouts.slot(world.pool).bond
        world.payouts.challenge(world.pool, 3, b"\0" * 32, sender=world.griefer)
        world.payouts.rule(world.pool, True, sender=world.arbiter)
        world.payouts.appeal(world.pool, sender=world.griefer)
        capital.append(3 * bond // BOND)
        world.chain.pass_time(COURT + 1)
        world.settle()
    assert capital == [3, 6, 12, 24]
    assert world.payouts.epoch_count(world.pool) == 0
    assert world.escrow.order(order).left == 1_000 * UNIT


def test_an_operator_and_a_buyer_alone_attest_nothing(world: World, refuses) -> None:
    order = world.fund()
    world.escrow.close(order, sender=world.buyer)
    world.escrow.attest(order, sender=world.operator)
    with refuses("auth"):
        world.escrow.attest(order, sender=world.buyer)
    with refuses("wait"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)


def test_a_proof_for_another_pool_pays_nothing(world: World, refuses) -> None:
    order = world.fund()
    ann = world.workers[0]
    tree = world.accept(order, {ann: [UNIT]})
    other = world.new_pool()
    with refuses("epoch"):
        world.payouts.claim(other, 1, tree.of(ann))


def test_a_pull_from_another_pools_order_is_refused(world: World, refuses) -> None:
    other = world.new_pool()
    theirs = world.fund(pool=other)
    tree = next_epoch(None, world.lines(theirs, {world.workers[0]: [UNIT]}))
    with refuses("order"):
        world.propose(tree, [(theirs, UNIT, 0)])


def test_an_epoch_pulls_orders_of_one_version_only(world: World, refuses) -> None:
    world.pools.publish_terms(
        world.pool, 2, b"\2" * 32, world.arbiter, world.court, 0, (b"\x17" * 32, 0, 0), sender=world.buyer
    )
    world.rich(world.buyer)
    old = world.fund()
    new = world.escrow.fund(world.pool, 2, 10 * UNIT, world.chain.time + DAY, sender=world.buyer)
    tree = next_epoch(None, world.lines(old, {world.workers[0]: [2 * UNIT]}))
    with refuses("terms"):
        world.propose(tree, [(old, UNIT, 0), (new, UNIT, 0)])


def test_eight_orders_feed_one_epoch(world: World) -> None:
    orders = [world.fund(10 * UNIT) for _ in range(8)]
    tree = next_epoch(None, world.lines(orders[0], {w: [20 * UNIT] for w in world.workers}))
    world.propose(tree, [(order, 10 * UNIT, 0) for order in orders])
    world.chain.pass_time(WINDOW)
    world.settle()
    assert [world.escrow.order(order).left for order in orders] == [0] * 8


def test_nobody_but_its_neighbours_moves_escrows_money(world: World, refuses) -> None:
    order = world.fund()
    with refuses("auth"):
        world.escrow.pay_out(order, UNIT, 0, 1, sender=world.operator)
    with refuses("auth"):
        world.escrow.stop_sale(order, sender=world.operator)
    with refuses("state"):
        world.escrow.stop_sale(order, sender=world.licences.address)
    with refuses("short"):
        world.escrow.pay_out(order, world.escrow.order(order).left + 1, 0, 1, sender=world.payouts.address)
    for kind in (1, 2, 3):
        with refuses("auth"):
            world.escrow.income(world.pool, kind, UNIT, 0, 0, world.griefer, sender=world.griefer)


# ---- tokens with bad habits


@pytest.fixture(params=[6, 18])
def odd(request: pytest.FixtureRequest) -> World:
    chain = Chain()
    token: Contract = chain.deploy_test_contract("odd_token", request.param)
    return World(token=token, chain=chain)


def test_amounts_stay_micro_units_over_a_token_of_any_decimals(odd: World) -> None:
    world = odd
    ann = world.workers[0]
    order = world.fund(100 * UNIT)
    assert world.token.balanceOf(world.escrow.address) == 100 * UNIT * world.scale
    tree = world.accept(order, {ann: [40 * UNIT + 1]})
    world.claim(tree, ann)
    assert world.token.balanceOf(ann) == (40 * UNIT + 1) * world.scale
    world.payouts.withdraw_credit(world.operator, sender=world.operator)
    assert world.token.balanceOf(world.payouts.address) == 0
    offer = world.licences.offer(world.pool, b"\0" * 32, 2, UNIT, 0, 0, False, [], sender=world.operator)
    world.rich(world.buyer)
    world.licences.buy(offer, world.buyer, UNIT, sender=world.buyer)
    assert world.token.balanceOf(world.escrow.address) == (60 * UNIT - 1 + UNIT) * world.scale


def test_a_token_with_few_decimals_is_refused(world: World, refuses) -> None:
    token = world.chain.deploy_test_contract("odd_token", 5)
    with refuses("decimals"):
        world.chain.deploy("escrow", token.address, world.pools.address, False, NOTICE, 180 * DAY)
    with refuses("decimals"):
        world.chain.deploy("licences", token.address, world.escrow.address, world.pools.address, False)


def test_a_fee_on_transfer_is_refused_at_every_door(odd: World, refuses) -> None:
    world = odd
    order = world.fund()
    world.rich(world.buyer, world.operator, world.griefer)
    offer = world.licences.offer(world.pool, b"\0" * 32, 2, UNIT, 0, 0, False, [], sender=world.operator)
    world.token.set_fee(1)
    with refuses("short"):
        world.escrow.fund(world.pool, 1, UNIT, world.chain.time + DAY, sender=world.buyer)
    with refuses("short"):
        world.propose_lines(order, {world.workers[0]: [UNIT]})
    with refuses("short"):
        world.licences.buy(offer, world.buyer, UNIT, sender=world.buyer)
    with refuses("short"):
        world.stakes.stake(UNIT, sender=world.griefer)


def test_a_blacklisted_account_stops_nothing_but_its_own_transfer(odd: World, refuses) -> None:
    world = odd
    ann, ben = world.workers[:2]
    order = world.fund(100 * UNIT)
    tree = world.propose_lines(order, {ann: [10 * UNIT], ben: [10 * UNIT]})
    world.challenge()
    for who in (ann, world.operator, world.griefer, world.buyer, world.arbiter):
        world.token.block_account(who, True)
    world.payouts.rule(world.pool, True, sender=world.arbiter)
    world.chain.pass_time(WINDOW)
    world.settle()
    world.claim(tree, ben)
    assert world.balance(ben) == 10 * UNIT
    with refuses("blocked"):
        world.claim(tree, ann)
    world.escrow.close(order, sender=world.buyer)
    world.chain.pass_time(NOTICE)
    with refuses("blocked"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    safe = world.chain.account("a clean account of the buyer")
    world.escrow.refund(order, safe, sender=world.buyer)
    assert world.balance(safe) == 80 * UNIT
    world.payouts.withdraw_credit(safe, sender=world.operator)
    world.token.block_account(ann, False)
    world.claim(tree, ann)


def test_a_leaf_at_another_depth_than_the_proposals_is_not_paid(world: World, refuses) -> None:
    """A bent account tree: one leaf hangs a level higher. Absence proofs need one depth, so such a leaf is worth nothing."""
    order = world.fund()
    ann, ben, cleo = world.workers[:3]
    low = SumTree([account_leaf(ann, 0, UNIT, b"\1" * 32), account_leaf(ben, 0, UNIT, b"\1" * 32)])
    top = SumTree([(low.root, low.total), account_leaf(cleo, 0, UNIT, b"\1" * 32)])
    world.rich(world.operator)
    pulls = [(order, 3 * UNIT, 0)]
    world.payouts.propose(
        world.pool, 1, top.root, 3 * UNIT, 2, pulls, world.checkpoint(), b"\1" * 32, sender=world.operator
    )
    world.chain.pass_time(WINDOW)
    world.payouts.settle(world.pool, pulls)
    world.payouts.claim(world.pool, 1, (ann, 0, UNIT, b"\1" * 32, 0, [*low.path(0), *top.path(0)]))
    with refuses("proof"):
        world.payouts.claim(world.pool, 1, (cleo, 0, UNIT, b"\1" * 32, 1, top.path(1)))
