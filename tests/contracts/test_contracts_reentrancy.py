"""A token that calls back in the middle of a transfer gains nothing: every door is locked while one is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from evm_chain import Chain, Contract
from money_world import DAY, NOTICE, UNIT, WINDOW, World
from sum_tree import EpochTree


@pytest.fixture
def hooked() -> World:
    chain = Chain()
    return World(token=chain.deploy_test_contract("hooked_token"), chain=chain)


def interrupted(world: World, outer: Callable[[], Any], contract: Contract, name: str, *args: Any) -> bool:
    """Run `outer` with a call back into contract.name in its first transfer; returns whether that call went through."""
    world.token.set_hook(contract.address, contract.data(name, *args))
    before = world.token.successes(), world.token.calls()
    outer()
    assert world.token.calls() == before[1] + 1
    return world.token.successes() > before[0]


def paid_epoch(world: World) -> tuple[int, EpochTree]:
    order = world.fund(100 * UNIT)
    ann, ben = world.workers[:2]
    return order, world.accept(order, {ann: [10 * UNIT], ben: [10 * UNIT]})


def test_a_claim_inside_a_claim_is_locked_out_and_works_afterwards(hooked: World) -> None:
    world = hooked
    _, tree = paid_epoch(world)
    ann, ben = world.workers[:2]
    for victim in (ann, ben):
        with world.chain.undone():
            inner = (world.payouts, "claim", world.pool, 1, tree.of(victim))
            assert not interrupted(world, lambda: world.claim(tree, ann), *inner)
            assert (world.balance(ann), world.balance(ben)) == (10 * UNIT, 0)
            world.claim(tree, ben)


def test_nothing_moves_in_escrow_while_an_epoch_is_being_paid_out(hooked: World) -> None:
    world = hooked
    order = world.fund(100 * UNIT, deadline=DAY)
    world.chain.pass_time(DAY + 1)
    world.propose_lines(order, {world.workers[0]: [10 * UNIT]})
    world.chain.pass_time(WINDOW)
    assert not interrupted(world, world.settle, world.escrow, "close", order)
    assert world.payouts.epoch_count(world.pool) == 1
    world.escrow.close(order, sender=world.outsider)


def test_a_second_settlement_inside_the_first_is_locked_out(hooked: World) -> None:
    world = hooked
    order = world.fund(100 * UNIT)
    world.propose_lines(order, {world.workers[0]: [10 * UNIT]})
    world.chain.pass_time(WINDOW)
    assert not interrupted(world, world.settle, world.payouts, "settle", world.pool, world.pulls)
    assert world.payouts.entered(world.pool) == 10 * UNIT


def test_no_view_tells_a_half_truth_in_the_middle_of_a_refund(hooked: World) -> None:
    world = hooked
    order = world.fund(100 * UNIT)
    world.escrow.close(order, sender=world.buyer)
    world.chain.pass_time(NOTICE)

    def refund() -> None:
        world.escrow.refund(order, world.buyer, sender=world.buyer)

    with world.chain.undone():
        assert not interrupted(world, refund, world.escrow, "order", order)
        assert world.balance(world.buyer) == 100 * UNIT
    # the neighbour: a contract that is not in use answers
    assert interrupted(world, refund, world.payouts, "busy", world.pool)


def test_stakes_are_locked_while_they_pay(hooked: World) -> None:
    world = hooked
    ann = world.workers[0]
    world.rich(ann, amount=10 * UNIT)
    world.stakes.stake(10 * UNIT, sender=ann)
    world.stakes.request_unstake(10 * UNIT, sender=ann)
    world.chain.pass_time(30 * DAY)

    def leave() -> None:
        world.stakes.withdraw(ann, sender=ann)

    assert not interrupted(world, leave, world.stakes, "stake_for", ann, UNIT)
    assert world.balance(ann) == 10 * UNIT
