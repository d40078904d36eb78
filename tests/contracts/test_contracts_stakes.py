"""Collateral: consent, freezing, the ladder of a slash, and the ways out that other systems left open."""

from __future__ import annotations

import pytest
from money_world import APPEAL, COURT, DAY, RESOLVE, SLASH_WINDOW, UNIT, UNSTAKE, World

SUM = 100 * UNIT


@pytest.fixture
def staked(world: World) -> World:
    ann = world.workers[0]
    world.rich(ann, world.griefer, world.outsider, amount=1_000 * UNIT)
    world.stakes.stake(SUM, sender=ann)
    world.stakes.commit(world.pool, SUM, sender=ann)
    return world


def accuse(world: World, amount: int = 50 * UNIT, sender: str | None = None) -> int:
    return world.stakes.propose_slash(
        world.pool, world.workers[0], amount, b"\x0e" * 32, sender=sender or world.outsider
    )


def owed(world: World) -> dict[str, float]:
    people = {"ann": world.workers[0]} | {n: getattr(world, n) for n in ("outsider", "griefer", "arbiter", "court")}
    found = {name: world.stakes.credits(who) / UNIT for name, who in people.items()}
    return {name: amount for name, amount in found.items() if amount}


def balanced(world: World, bonds: int = 0) -> None:
    """All that the contract holds is stakes, open bonds and credits."""
    people = [*world.workers, world.outsider, world.griefer, world.arbiter, world.court, world.buyer]
    stakes = [world.stakes.stake_of(who) for who in people]
    credits = sum(world.stakes.credits(who) for who in people)
    assert all(s.frozen <= s.active + s.cooling for s in stakes)
    held = world.token.balanceOf(world.stakes.address)
    assert held == sum(s.active + s.cooling for s in stakes) + credits + bonds


def test_an_uncontested_slash_pays_the_pool_and_the_proposer(staked: World, refuses) -> None:
    world = staked
    slash = accuse(world)
    balanced(world, bonds=10 * UNIT)
    world.chain.pass_time(SLASH_WINDOW - 1)
    with refuses("wait"):
        world.stakes.execute(slash)
    world.chain.pass_time(1)
    world.stakes.execute(slash)
    income = world.chain.log("Income")
    assert (income["kind"], income["amount"], income["pool"]) == (2, 45 * UNIT, world.pool)
    assert owed(world) == {"outsider": 15}
    assert world.stakes.stake_of(world.workers[0]).active == 50 * UNIT
    balanced(world)
    with refuses("state"):
        world.stakes.execute(slash)
    # what was slashed reaches people by an epoch like all money
    world.accept(income["order"], {world.workers[1]: [45 * UNIT]})
    with refuses("state"):
        world.escrow.close(income["order"], sender=world.outsider)


def test_slashing_oneself_costs_nine_tenths(staked: World) -> None:
    world = staked
    ann = world.workers[0]
    slash = accuse(world, sender=ann)
    world.chain.pass_time(SLASH_WINDOW)
    world.stakes.execute(slash)
    assert owed(world) == {"ann": 15}


def test_a_pool_needs_consent_and_stays_within_it(staked: World, refuses) -> None:
    world = staked
    ann = world.workers[0]
    other = world.new_pool()
    with refuses("limit"):
        world.stakes.propose_slash(other, ann, UNIT, b"\0" * 32, sender=world.outsider)
    world.stakes.commit(other, 20 * UNIT, sender=ann)
    with refuses("limit"):
        world.stakes.propose_slash(other, ann, 20 * UNIT + 1, b"\0" * 32, sender=world.outsider)
    slash = world.stakes.propose_slash(other, ann, 15 * UNIT, b"\0" * 32, sender=world.outsider)
    with refuses("limit"):
        world.stakes.propose_slash(other, ann, 6 * UNIT, b"\0" * 32, sender=world.outsider)
    world.chain.pass_time(SLASH_WINDOW)
    world.stakes.execute(slash)
    assert world.stakes.exposure(other, ann).limit == 5 * UNIT
    with refuses("limit"):
        world.stakes.propose_slash(other, ann, 6 * UNIT, b"\0" * 32, sender=world.outsider)


def test_the_same_coin_is_never_in_two_slashes(staked: World, refuses) -> None:
    world = staked
    ann = world.workers[0]
    other = world.new_pool()
    world.stakes.commit(other, SUM, sender=ann)
    accuse(world, 60 * UNIT)
    with refuses("short"):
        world.stakes.propose_slash(other, ann, 41 * UNIT, b"\0" * 32, sender=world.outsider)
    world.stakes.propose_slash(other, ann, 40 * UNIT, b"\0" * 32, sender=world.outsider)


def test_lowering_consent_takes_as_long_as_leaving(staked: World) -> None:
    world = staked
    ann = world.workers[0]
    world.stakes.commit(world.pool, 10 * UNIT, sender=ann)
    world.chain.pass_time(UNSTAKE - 1)
    assert world.stakes.exposure(world.pool, ann).limit == SUM
    world.chain.pass_time(1)
    assert world.stakes.exposure(world.pool, ann).limit == 10 * UNIT
    world.stakes.commit(world.pool, 30 * UNIT, sender=ann)
    assert world.stakes.exposure(world.pool, ann).limit == 30 * UNIT


def test_a_raise_takes_back_a_lowering_and_a_second_lowering_starts_again(staked: World) -> None:
    world = staked
    ann = world.workers[0]
    world.stakes.commit(world.pool, 0, sender=ann)
    world.chain.pass_time(UNSTAKE - 1)
    world.stakes.commit(world.pool, 10 * UNIT, sender=ann)
    world.chain.pass_time(1)
    assert world.stakes.exposure(world.pool, ann).limit == SUM
    world.stakes.commit(world.pool, SUM, sender=ann)
    world.chain.pass_time(UNSTAKE)
    assert world.stakes.exposure(world.pool, ann).limit == SUM


def test_judgement_is_by_the_terms_that_the_account_agreed_to(world: World, refuses) -> None:
    ann = world.workers[0]
    world.rich(ann, world.outsider)
    world.stakes.stake(SUM, sender=ann)
    world.stakes.commit(world.pool, SUM, sender=ann)
    friend = world.chain.account("a judge of their own")
    world.pools.publish_terms(
        world.pool, 2, b"\2" * 32, friend, world.chain.account("second"), 0, (b"\x17" * 32, 0, 0), sender=world.buyer
    )
    slash = accuse(world)
    world.stakes.contest(slash, sender=ann)
    with refuses("auth"):
        world.stakes.rule(slash, True, sender=friend)
    world.stakes.rule(slash, False, sender=world.arbiter)


def test_only_a_raise_agrees_to_newer_terms(staked: World) -> None:
    world = staked
    ann = world.workers[0]
    world.pools.publish_terms(
        world.pool, 2, b"\2" * 32, world.griefer, world.court, 0, (b"\x17" * 32, 0, 0), sender=world.buyer
    )
    world.stakes.commit(world.pool, 10 * UNIT, sender=ann)
    assert world.chain.log("Committed")["terms_version"] == 1
    assert world.stakes.exposure(world.pool, ann).terms_version == 1
    world.stakes.commit(world.pool, SUM, sender=ann)
    assert world.chain.log("Committed")["terms_version"] == 2
    assert world.stakes.exposure(world.pool, ann).terms_version == 2


def test_the_accused_contests_for_free_and_wins_half_the_bond(staked: World) -> None:
    world = staked
    slash = accuse(world)
    world.stakes.contest(slash, sender=world.workers[0])
    balanced(world, bonds=10 * UNIT)
    world.stakes.rule(slash, False, sender=world.arbiter)
    world.chain.pass_time(APPEAL + 1)
    world.stakes.execute(slash)
    assert owed(world) == {"ann": 5, "arbiter": 5}
    assert world.stakes.stake_of(world.workers[0]).frozen == 0
    assert world.stakes.exposure(world.pool, world.workers[0]).pending == 0
    balanced(world)


def test_contesting_in_vain_costs_a_tenth_more(staked: World) -> None:
    world = staked
    slash = accuse(world)
    world.stakes.contest(slash, sender=world.workers[0])
    assert world.stakes.stake_of(world.workers[0]).frozen == 55 * UNIT
    world.stakes.rule(slash, True, sender=world.arbiter)
    world.chain.pass_time(APPEAL + 1)
    world.stakes.execute(slash)
    assert owed(world) == {"outsider": 17.5, "arbiter": 2.5}
    assert world.stakes.stake_of(world.workers[0]).active == 45 * UNIT
    balanced(world)


def test_a_stranger_contests_with_a_bond(staked: World) -> None:
    world = staked
    slash = accuse(world)
    world.stakes.contest(slash, sender=world.griefer)
    world.stakes.rule(slash, True, sender=world.arbiter)
    world.chain.pass_time(APPEAL + 1)
    world.stakes.execute(slash)
    assert owed(world) == {"outsider": 20, "arbiter": 5}
    balanced(world)


@pytest.mark.parametrize("guilty", [True, False])
def test_the_court_overturns_and_rewards_the_appeal(staked: World, guilty: bool) -> None:
    world = staked
    buyer = world.buyer
    world.rich(buyer)
    slash = accuse(world)
    world.stakes.contest(slash, sender=world.griefer)
    world.stakes.rule(slash, not guilty, sender=world.arbiter)
    world.stakes.appeal(slash, sender=buyer)
    balanced(world, bonds=40 * UNIT)
    world.stakes.rule(slash, guilty, sender=world.court)
    if guilty:
        balanced(world, bonds=20 * UNIT)
        world.stakes.execute(slash)
        assert owed(world) == {"outsider": 17.5, "court": 5}
    else:
        assert owed(world) == {"ann": 2.5, "griefer": 10, "court": 5}
    assert world.stakes.credits(buyer) == 22.5 * UNIT
    balanced(world)


def test_a_failed_appeal_pays_winner_and_court(staked: World) -> None:
    world = staked
    slash = accuse(world)
    world.stakes.contest(slash, sender=world.workers[0])
    world.stakes.rule(slash, False, sender=world.arbiter)
    world.stakes.appeal(slash, sender=world.outsider)
    world.stakes.rule(slash, False, sender=world.court)
    assert owed(world) == {"ann": 15, "court": 15}
    balanced(world)


def test_two_silent_resolvers_slash_nobody(staked: World, refuses) -> None:
    world = staked
    slash = accuse(world)
    world.stakes.contest(slash, sender=world.workers[0])
    with refuses("wait"):
        world.stakes.appeal(slash, sender=world.griefer)
    world.chain.pass_time(RESOLVE + 1)
    with refuses("window"):
        world.stakes.rule(slash, True, sender=world.arbiter)
    world.stakes.appeal(slash, sender=world.griefer)
    world.chain.pass_time(COURT + 1)
    with refuses("window"):
        world.stakes.rule(slash, True, sender=world.court)
    world.stakes.execute(slash)
    assert owed(world) == {"outsider": 10}
    assert world.stakes.stake_of(world.workers[0]).frozen == 0
    balanced(world)


def test_no_contest_after_the_window_and_only_one(staked: World, refuses) -> None:
    world = staked
    slash = accuse(world)
    with world.chain.undone():
        world.chain.pass_time(SLASH_WINDOW)
        with refuses("window"):
            world.stakes.contest(slash, sender=world.workers[0])
    world.stakes.contest(slash, sender=world.griefer)
    with refuses("state"):
        world.stakes.contest(slash, sender=world.workers[0])
    with refuses("auth"):
        world.stakes.rule(slash, False, sender=world.court)


def test_frozen_money_does_not_leave(staked: World, refuses) -> None:
    world = staked
    ann = world.workers[0]
    world.stakes.request_unstake(SUM, sender=ann)
    slash = accuse(world, 60 * UNIT)
    world.stakes.contest(slash, sender=ann)
    world.stakes.rule(slash, True, sender=world.arbiter)
    world.stakes.appeal(slash, sender=world.griefer)
    with refuses("wait"):
        world.stakes.withdraw(ann, sender=ann)
    world.stakes.rule(slash, True, sender=world.court)
    world.chain.pass_time(UNSTAKE)
    before = world.balance(ann)
    world.stakes.withdraw(ann, sender=ann)
    assert world.balance(ann) - before == 34 * UNIT
    world.stakes.execute(slash)
    left = world.stakes.stake_of(ann)
    assert (left.active, left.cooling, left.frozen) == (0, 0, 0)
    balanced(world)


# ---- the published findings about Sapien's staking, one test each


def test_cooldown_is_not_bypassed_by_a_small_early_request(staked: World, refuses) -> None:
    world = staked
    ann = world.workers[0]
    world.stakes.request_unstake(1, sender=ann)
    world.chain.pass_time(UNSTAKE - 1)
    world.stakes.request_unstake(SUM - 1, sender=ann)
    world.chain.pass_time(1)
    with refuses("wait"):
        world.stakes.withdraw(ann, sender=ann)
    world.chain.pass_time(UNSTAKE - 1)
    world.stakes.withdraw(ann, sender=ann)


def test_a_top_up_touches_no_clock(staked: World) -> None:
    world = staked
    ann = world.workers[0]
    world.stakes.request_unstake(SUM // 2, sender=ann)
    at = world.stakes.stake_of(ann).cool_at
    world.chain.pass_time(DAY)
    world.stakes.stake(UNIT, sender=ann)
    world.stakes.stake_for(ann, UNIT, sender=world.griefer)
    assert world.stakes.stake_of(ann).cool_at == at
    world.chain.pass_time(10 * UNSTAKE)
    world.stakes.stake(UNIT, sender=ann)
    after = world.stakes.stake_of(ann)
    assert (after.active, after.cooling) == (SUM // 2 + 3 * UNIT, SUM // 2)


def test_there_is_no_way_out_before_the_cooling_ends(staked: World, refuses) -> None:
    world = staked
    ann = world.workers[0]
    with refuses("nothing"):
        world.stakes.withdraw(ann, sender=ann)
    world.stakes.request_unstake(SUM, sender=ann)
    with refuses("amount"):
        world.stakes.request_unstake(1, sender=ann)
    with refuses("wait"):
        world.stakes.withdraw(ann, sender=ann)
    accuse(world, SUM)
    world.chain.pass_time(UNSTAKE)
    with refuses("nothing"):
        world.stakes.withdraw(ann, sender=ann)


def test_a_penalty_counts_cooling_money_once(staked: World) -> None:
    world = staked
    ann = world.workers[0]
    world.stakes.request_unstake(40 * UNIT, sender=ann)
    slash = accuse(world, 60 * UNIT)
    world.chain.pass_time(SLASH_WINDOW)
    world.stakes.execute(slash)
    left = world.stakes.stake_of(ann)
    assert (left.active, left.cooling, left.frozen) == (40 * UNIT, 0, 0)
    balanced(world)


def test_nobody_can_lock_anybody_out(world: World) -> None:
    names = {
        item["name"]
        for item in world.stakes.abi
        if item["type"] == "function" and item["stateMutability"] == "nonpayable"
    }
    assert names == {
        "stake",
        "stake_for",
        "request_unstake",
        "withdraw",
        "commit",
        "propose_slash",
        "contest",
        "rule",
        "appeal",
        "execute",
        "withdraw_credit",
    }


def test_the_guardian_pauses_staking_but_not_leaving(staked: World, refuses) -> None:
    world = staked
    ann = world.workers[0]
    world.stakes.request_unstake(SUM, sender=ann)
    world.chain.pass_time(UNSTAKE)
    world.pools.pause(30, sender=world.guardian)
    with refuses("paused"):
        world.stakes.stake(UNIT, sender=ann)
    world.stakes.withdraw(ann, sender=ann)


@pytest.mark.parametrize(("window", "unstake", "fine"), [(7, 13, True), (7, 12, False), (2, 13, False)])
def test_money_cools_longer_than_a_slash_takes(world: World, refuses, window: int, unstake: int, fine: bool) -> None:
    where = (world.token.address, world.escrow.address, world.pools.address, False)
    times = (window * DAY, unstake * DAY, RESOLVE, APPEAL, COURT)
    if fine:
        world.chain.deploy("stakes", *where, *times)
    else:
        with refuses("floor"):
            world.chain.deploy("stakes", *where, *times)
