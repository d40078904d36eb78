"""The ladder of a slash: no rung is skipped, taken twice, taken too early or by another than its turn; and what each would cost."""

from __future__ import annotations

import pytest
import test_contracts_stakes
from money_world import APPEAL, COURT, RESOLVE, SLASH_WINDOW, UNIT, UNSTAKE, ZERO, World
from test_contracts_stakes import SUM, accuse, balanced, owed

staked = test_contracts_stakes.staked

CONTESTED, RULED, AT_COURT, UPHELD, EXECUTED, DROPPED = range(2, 8)


@pytest.fixture
def contested(staked: World) -> World:
    """Slash 1: the outsider accuses Ann of 50, and she contests."""
    staked.rich(staked.buyer)
    accuse(staked)
    staked.stakes.contest(1, sender=staked.workers[0])
    return staked


def appealed(world: World, *, guilty: bool) -> None:
    """The arbiter rules and the buyer appeals."""
    world.stakes.rule(1, guilty, sender=world.arbiter)
    world.stakes.appeal(1, sender=world.buyer)


def test_nobody_judges_what_nobody_contested(staked: World, refuses) -> None:
    """Else a court alone could slash in the block of the accusation, before the accused has read of it."""
    world = staked
    accuse(world)
    for who in (world.arbiter, world.court):
        with refuses("state"):
            world.stakes.rule(1, True, sender=who)
    world.stakes.contest(1, sender=world.workers[0])


@pytest.mark.parametrize("guilty", [True, False])
def test_a_court_rules_once_and_no_bond_is_paid_twice(contested: World, refuses, guilty: bool) -> None:
    """A second last word would pay the appeal once more, out of other people's stakes."""
    world = contested
    world.stakes.stake(SUM, sender=world.griefer)
    appealed(world, guilty=not guilty)
    world.stakes.rule(1, guilty, sender=world.court)
    credits = owed(world), world.stakes.credits(world.buyer)
    for who in (world.court, world.arbiter):
        with refuses("state"):
            world.stakes.rule(1, guilty, sender=who)
    assert (owed(world), world.stakes.credits(world.buyer)) == credits
    if guilty:
        world.stakes.execute(1)
    assert world.stakes.slash(1).state == (EXECUTED if guilty else DROPPED)
    with refuses("state"):
        world.stakes.rule(1, True, sender=world.court)
    balanced(world)


def test_only_the_court_has_the_last_word(contested: World, refuses) -> None:
    world = contested
    appealed(world, guilty=False)
    for who in (world.arbiter, world.outsider, world.workers[0], world.buyer, world.operator):
        with refuses("auth"):
            world.stakes.rule(1, True, sender=who)
    world.stakes.rule(1, False, sender=world.court)
    assert world.stakes.slash(1).state == DROPPED


def test_there_is_no_appeal_before_a_ruling_is_due(staked: World, refuses) -> None:
    """An uncontested case at the court would owe its contester, who is nobody, a bond that nobody put up."""
    world = staked
    accuse(world)
    world.chain.pass_time(SLASH_WINDOW)
    with refuses("state"):
        world.stakes.appeal(1, sender=world.outsider)
    world.stakes.execute(1)
    with refuses("state"):
        world.stakes.appeal(1, sender=world.outsider)
    balanced(world)


def test_a_second_appeal_does_not_bury_the_first(contested: World, refuses) -> None:
    """Two appellants in one place would be an address of nobody: the first bond could never be returned."""
    world = contested
    appealed(world, guilty=True)
    with refuses("state"):
        world.stakes.appeal(1, sender=world.griefer)
    assert world.stakes.slash(1).appellant == world.buyer
    world.stakes.rule(1, False, sender=world.court)
    assert world.stakes.credits(world.buyer) == 22.5 * UNIT
    balanced(world)


def test_an_appeal_is_made_in_its_time_or_not_at_all(contested: World, refuses) -> None:
    """A late one would take back what both sides already count on."""
    world = contested
    world.stakes.rule(1, True, sender=world.arbiter)
    world.chain.pass_time(APPEAL)
    with world.chain.undone():
        world.stakes.appeal(1, sender=world.buyer)
    world.chain.pass_time(1)
    with refuses("appeal"):
        world.stakes.appeal(1, sender=world.buyer)
    world.stakes.execute(1)
    assert world.stakes.slash(1).state == EXECUTED


@pytest.mark.parametrize("guilty", [True, False])
def test_a_ruling_is_executed_only_when_its_time_to_appeal_is_over(contested: World, refuses, guilty: bool) -> None:
    """Else a captured arbiter rules and takes the stake in one block, and the court is never asked."""
    world = contested
    world.stakes.rule(1, guilty, sender=world.arbiter)
    for wait in (0, APPEAL):
        world.chain.pass_time(wait)
        with refuses("wait"):
            world.stakes.execute(1)
    assert world.stakes.slash(1).state == RULED
    world.chain.pass_time(1)
    world.stakes.execute(1)
    assert world.stakes.slash(1).state == (EXECUTED if guilty else DROPPED)
    balanced(world)


def test_the_court_has_its_whole_time(contested: World, refuses) -> None:
    """Else the guilty appeals and drops the case in the same block, as if the court had stayed silent."""
    world = contested
    appealed(world, guilty=True)
    for wait in (0, COURT):
        world.chain.pass_time(wait)
        with refuses("wait"):
            world.stakes.execute(1)
    assert world.stakes.slash(1).state == AT_COURT
    world.stakes.rule(1, True, sender=world.court)
    assert world.stakes.slash(1).state == UPHELD
    world.stakes.execute(1)
    balanced(world)


def test_a_silent_arbiter_has_its_whole_time_too(contested: World, refuses) -> None:
    world = contested
    world.chain.pass_time(RESOLVE)
    with refuses("wait"):
        world.stakes.appeal(1, sender=world.buyer)
    world.stakes.rule(1, False, sender=world.arbiter)
    assert world.stakes.slash(1).state == RULED


def test_dust_freezes_nobody(staked: World, refuses) -> None:
    """Below five micro-units the bond of a fifth is nothing: accusations would be free."""
    for amount in (0, 4, 999):
        with refuses("amount"):
            accuse(staked, amount)
    assert staked.stakes.stake_of(staked.workers[0]).frozen == 0
    accuse(staked, 1_000)
    assert staked.chain.log("SlashProposed")["bond"] == 200


def test_no_amount_spills_into_its_neighbour(staked: World, refuses) -> None:
    """Two amounts share a stored word, 96 bits each: one more bit of an accusation, a limit or a stake would be another's."""
    world = staked
    ann, ben = world.workers[:2]
    with refuses("amount"):
        world.stakes.commit(world.pool, 2**96, sender=ann)
    world.stakes.commit(world.pool, 2**96 - 1, sender=ann)
    assert world.stakes.exposure(world.pool, ann).pending == 0
    world.rich(ben, amount=2**97)
    for amount in (0, 2**96):
        with refuses("amount"):
            world.stakes.stake(amount, sender=ben)
    world.stakes.stake(2**96 - 1, sender=ben)
    with refuses("amount"):
        world.stakes.stake(1, sender=ben)
    world.stakes.request_unstake(2**96 - 1, sender=ben)
    with refuses("amount"):
        world.stakes.stake_for(ben, 1, sender=ann)
    after = world.stakes.stake_of(ben)
    assert (after.active, after.cooling) == (0, 2**96 - 1)


def test_nothing_is_staked_for_or_paid_to_nobody(staked: World, refuses) -> None:
    world = staked
    ann = world.workers[0]
    with refuses("empty"):
        world.stakes.stake_for(ZERO, UNIT, sender=ann)
    world.stakes.request_unstake(SUM, sender=ann)
    world.chain.pass_time(UNSTAKE)
    with refuses("empty"):
        world.stakes.withdraw(ZERO, sender=ann)
    world.stakes.withdraw(world.buyer, sender=ann)
    assert world.stakes.stake_of(ann).cooling == 0


def test_consent_is_given_to_a_pool_that_exists(staked: World, refuses) -> None:
    """Whoever opens the next pool would otherwise write the terms of a consent given before."""
    for unknown in (0, staked.pool + 1):
        with refuses("terms"):
            staked.stakes.commit(unknown, SUM, sender=staked.workers[0])


def test_a_credit_is_paid_once_and_to_somebody(staked: World, refuses) -> None:
    world = staked
    accuse(world)
    world.chain.pass_time(SLASH_WINDOW)
    world.stakes.execute(1)
    with refuses("empty"):
        world.stakes.withdraw_credit(ZERO, sender=world.outsider)
    before = world.balance(world.buyer)
    world.stakes.withdraw_credit(world.buyer, sender=world.outsider)
    assert world.balance(world.buyer) - before == 15 * UNIT
    for who in (world.outsider, world.griefer):
        with refuses("nothing"):
            world.stakes.withdraw_credit(who, sender=who)
    balanced(world)
