"""The dispute over a root: every way through the slot, who gets which bond, and that no bond is ever lost or made."""

from __future__ import annotations

import pytest
from money_world import APPEAL, BOND, COURT, DAY, DEAD, GRACE, RESOLVE, UNIT, WINDOW, ZERO, World


@pytest.fixture
def proposed(world: World) -> World:
    order = world.fund()
    world.propose_lines(order, {world.workers[0]: [10 * UNIT]})
    return world


def everybody(world: World) -> dict[str, int]:
    names = ("operator", "griefer", "outsider", "arbiter", "court")
    return {name: world.credit(getattr(world, name)) // UNIT for name in names if world.credit(getattr(world, name))}


def voided(world: World) -> int:
    (log,) = [log for log in world.chain.logs if log.name == "Voided"]
    return log.args["why"]


def test_an_unchallenged_root_returns_the_bond(proposed: World) -> None:
    proposed.chain.pass_time(WINDOW)
    proposed.settle()
    assert everybody(proposed) == {"operator": 100}


def test_the_arbiter_upholds_and_the_challenger_pays(proposed: World, refuses) -> None:
    world = proposed
    world.challenge()
    with refuses("state"):
        world.challenge(world.outsider)
    with refuses("auth"):
        world.payouts.rule(world.pool, True, sender=world.court)
    world.payouts.rule(world.pool, True, sender=world.arbiter)
    world.chain.pass_time(APPEAL)
    with refuses("wait"):
        world.settle()
    world.chain.pass_time(DAY + 1)
    world.settle()
    assert world.payouts.epoch_count(world.pool) == 1
    assert everybody(world) == {"operator": 150, "arbiter": 50}


def test_the_arbiter_voids_and_the_proposer_pays(proposed: World) -> None:
    world = proposed
    world.challenge()
    world.payouts.rule(world.pool, False, sender=world.arbiter)
    world.chain.pass_time(WINDOW)
    world.settle()
    assert voided(world) == 1
    assert world.payouts.epoch_count(world.pool) == 0
    assert everybody(world) == {"griefer": 150, "arbiter": 50}


def test_no_ruling_settles_before_the_window_is_over(proposed: World, refuses) -> None:
    world = proposed
    world.challenge()
    world.payouts.rule(world.pool, True, sender=world.arbiter)
    world.chain.pass_time(APPEAL + 1)
    assert world.chain.time < world.payouts.slot(world.pool).opened_at + WINDOW
    with refuses("wait"):
        world.settle()


@pytest.mark.parametrize("valid", [True, False])
def test_a_ruling_at_the_end_of_the_window_still_leaves_time_to_appeal(proposed: World, refuses, valid: bool) -> None:
    world = proposed
    world.challenge()
    world.chain.pass_time(WINDOW)
    world.payouts.rule(world.pool, valid, sender=world.arbiter)
    world.chain.pass_time(APPEAL)
    with refuses("wait"):
        world.settle()
    world.chain.pass_time(1)
    world.settle()
    assert world.payouts.epoch_count(world.pool) == (1 if valid else 0)


def test_a_court_that_rules_at_once_waits_for_the_window_too(proposed: World, refuses) -> None:
    world = proposed
    world.challenge()
    world.payouts.rule(world.pool, False, sender=world.arbiter)
    world.appeal()
    world.payouts.rule(world.pool, True, sender=world.court)
    with refuses("wait"):
        world.settle()
    world.chain.pass_time(WINDOW)
    world.settle()
    assert world.payouts.epoch_count(world.pool) == 1


def test_a_straw_challenge_shields_nobody(proposed: World) -> None:
    """A friend challenges and the arbiter waves the root through; any third party appeals (figures of the specification)."""
    world = proposed
    world.challenge()
    world.payouts.rule(world.pool, True, sender=world.arbiter)
    world.appeal()
    world.payouts.rule(world.pool, False, sender=world.court)
    assert voided(world) == 2
    assert everybody(world) == {"outsider": 225, "griefer": 125, "court": 50}


def test_a_failed_appeal_is_shared_by_winner_and_court(proposed: World) -> None:
    world = proposed
    world.challenge()
    world.payouts.rule(world.pool, True, sender=world.arbiter)
    world.appeal()
    world.payouts.rule(world.pool, True, sender=world.court)
    world.chain.pass_time(WINDOW)
    world.settle()
    assert everybody(world) == {"operator": 250, "court": 150}


def test_a_silent_arbiter_is_passed_over_for_free(proposed: World, refuses) -> None:
    world = proposed
    world.challenge()
    with refuses("wait"):
        world.payouts.appeal(world.pool)
    world.chain.pass_time(RESOLVE)
    with refuses("wait"):
        world.payouts.appeal(world.pool)
    world.chain.pass_time(1)
    with refuses("window"):
        world.payouts.rule(world.pool, True, sender=world.arbiter)
    world.payouts.appeal(world.pool, sender=world.chain.account("a passer-by without money"))
    with refuses("auth"):
        world.payouts.rule(world.pool, True, sender=world.arbiter)
    world.payouts.rule(world.pool, True, sender=world.court)
    world.settle()
    assert everybody(world) == {"operator": 150, "court": 50}


def test_two_silent_resolvers_void_the_root_and_return_all_bonds(proposed: World, refuses) -> None:
    world = proposed
    world.challenge()
    world.payouts.rule(world.pool, True, sender=world.arbiter)
    world.appeal()
    world.chain.pass_time(COURT)
    with refuses("wait"):
        world.settle()
    world.chain.pass_time(1)
    with refuses("window"):
        world.payouts.rule(world.pool, True, sender=world.court)
    world.settle()
    assert voided(world) == 3
    assert everybody(world) == {"operator": 100, "griefer": 100, "outsider": 200}


def test_every_late_move_opens_a_full_period(proposed: World, refuses) -> None:
    world = proposed
    world.chain.pass_time(WINDOW - 1)
    world.challenge()
    assert world.chain.log("Challenged")["deadline"] == world.chain.time + RESOLVE
    world.chain.pass_time(RESOLVE)
    world.payouts.rule(world.pool, False, sender=world.arbiter)
    assert world.chain.log("Ruled")["deadline"] == world.chain.time + APPEAL
    world.chain.pass_time(APPEAL)
    world.appeal()
    assert world.chain.log("Appealed")["deadline"] == world.chain.time + COURT


def test_no_challenge_after_the_window_and_no_appeal_after_its_time(proposed: World, refuses) -> None:
    world = proposed
    with world.chain.undone():
        world.chain.pass_time(WINDOW)
        with refuses("window"):
            world.challenge()
    with refuses("ground"):
        world.challenge(ground=8)
    world.challenge()
    with refuses("state"):
        world.payouts.rule(world.pool + 1, True, sender=world.arbiter)
    world.payouts.rule(world.pool, True, sender=world.arbiter)
    with refuses("state"):
        world.payouts.rule(world.pool, False, sender=world.arbiter)
    world.chain.pass_time(APPEAL + 1)
    with refuses("appeal"):
        world.appeal()


def test_challenging_oneself_costs_half_a_bond(proposed: World) -> None:
    world = proposed
    world.challenge(world.operator)
    world.payouts.rule(world.pool, False, sender=world.arbiter)
    world.chain.pass_time(WINDOW)
    world.settle()
    assert everybody(world) == {"operator": 150, "arbiter": 50}


def void_by_arbiter(world: World, order: int, sender: str) -> None:
    world.propose_lines(order, {world.workers[0]: [UNIT]}, sender=sender)
    world.challenge()
    world.payouts.rule(world.pool, False, sender=world.arbiter)
    world.chain.pass_time(WINDOW)
    world.settle()


def test_the_bond_doubles_with_each_ruled_void_and_falls_when_idle(world: World) -> None:
    order = world.fund()
    seen = []
    for _ in range(6):
        seen.append(world.payouts.bond_now(world.pool, 1, 0) // BOND)
        void_by_arbiter(world, order, world.operator)
    assert seen == [1, 2, 4, 8, 16, 16]
    for days, factor in ((3, 8), (3, 4), (3, 2), (3, 1), (3, 1)):
        world.chain.pass_time(days * DAY)
        assert world.payouts.bond_now(world.pool, 1, 0) == factor * BOND


def test_acceptance_resets_the_bond(world: World) -> None:
    order = world.fund()
    void_by_arbiter(world, order, world.operator)
    void_by_arbiter(world, order, world.operator)
    assert world.payouts.bond_now(world.pool, 1, 0) == 4 * BOND
    world.accept(order, {world.workers[0]: [UNIT]})
    assert world.payouts.bond_now(world.pool, 1, 0) == BOND


def test_a_large_pull_needs_a_hundredth_of_itself(world: World) -> None:
    assert world.payouts.bond_now(world.pool, 1, 10_000 * UNIT) == BOND
    assert world.payouts.bond_now(world.pool, 1, 50_000 * UNIT) == 500 * UNIT


def test_terms_may_ask_for_a_larger_bond(world: World) -> None:
    pool = world.new_pool(constants=(b"\x17" * 32, 700 * UNIT, 0))
    assert world.payouts.bond_now(pool, 1, 0) == 700 * UNIT
    low = world.new_pool(constants=(b"\x17" * 32, UNIT, 0))
    assert world.payouts.bond_now(low, 1, 0) == BOND


def test_two_voids_open_the_slot_to_everybody(world: World, refuses) -> None:
    order = world.fund()
    void_by_arbiter(world, order, world.operator)
    assert not world.payouts.open_to_all(world.pool)
    with refuses("auth"):
        world.propose_lines(order, {world.workers[0]: [UNIT]}, sender=world.outsider)
    void_by_arbiter(world, order, world.operator)
    assert world.payouts.open_to_all(world.pool)
    world.propose_lines(order, {world.workers[0]: [UNIT]}, sender=world.outsider)
    world.chain.pass_time(WINDOW)
    world.settle()
    # an accepted epoch gives the slot back to the operator
    assert not world.payouts.open_to_all(world.pool)


def test_whoever_hogs_the_open_slot_pays_twice_as_much_each_time_and_gives_way_at_last(world: World) -> None:
    """Junk of one micro-unit, challenged by the proposer, is the cheapest way to keep others out: half a bond a round."""
    order, hog = world.fund(), world.griefer
    world.rich(hog)
    world.chain.pass_time(DEAD)
    lost = []
    for _ in range(6):
        had = world.balance(hog) + world.credit(hog)
        world.propose_lines(order, {hog: [1]}, sender=hog)
        world.challenge(hog)
        world.payouts.rule(world.pool, False, sender=world.arbiter)
        world.chain.pass_time(WINDOW)
        world.settle()
        lost.append(2 * (had - world.balance(hog) - world.credit(hog)) // BOND)
    assert lost == [1, 2, 4, 8, 16, 16]
    tree = world.propose_lines(order, {world.workers[0]: [UNIT]}, sender=world.outsider)
    world.chain.pass_time(WINDOW)
    world.settle()
    world.claim(tree, world.workers[0])
    assert world.balance(world.workers[0]) == UNIT


def test_junk_does_not_reset_the_dead_time(world: World) -> None:
    order = world.fund()
    world.accept(order, {world.workers[0]: [UNIT]})
    accepted = world.chain.time
    world.chain.pass_time(6 * DAY)
    void_by_arbiter(world, order, world.operator)
    assert world.chain.time - accepted > 7 * DAY
    assert world.payouts.open_to_all(world.pool)


def test_more_evidence_is_an_event_and_only_while_something_is_open(proposed: World, refuses) -> None:
    proposed.payouts.add_evidence(proposed.pool, b"\x21" * 32, sender=proposed.outsider)
    assert proposed.chain.log("Evidence")["evidence"] == b"\x21" * 32
    with refuses("state"):
        proposed.payouts.add_evidence(proposed.pool + 1, b"\x21" * 32)


def test_credits_go_where_their_owner_says(proposed: World, refuses) -> None:
    world = proposed
    world.chain.pass_time(WINDOW)
    world.settle()
    with refuses("nothing"):
        world.payouts.withdraw_credit(world.outsider, sender=world.outsider)
    with refuses("empty"):
        world.payouts.withdraw_credit(ZERO, sender=world.operator)
    before = world.balance(world.outsider)
    world.payouts.withdraw_credit(world.outsider, sender=world.operator)
    assert world.balance(world.outsider) - before == BOND // UNIT * UNIT
    with refuses("nothing"):
        world.payouts.withdraw_credit(world.outsider, sender=world.operator)


def test_busy_ends_grace_after_the_slot_does(proposed: World) -> None:
    world = proposed
    assert world.payouts.busy(world.pool)
    world.chain.pass_time(WINDOW)
    world.settle()
    world.chain.pass_time(GRACE - 1)
    assert world.payouts.busy(world.pool)
    world.chain.pass_time(1)
    assert not world.payouts.busy(world.pool)
