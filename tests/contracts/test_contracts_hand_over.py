"""Two keys change hands, each in two steps: a log's, and a pool operator's. What strangers, thieves and typing errors get out of it."""

from __future__ import annotations

import pytest
from eth_abi import encode
from money_world import BOND, CONSTANTS, DAY, LOG_ID, UNIT, WINDOW, ZERO, World
from test_contracts_votes import OPERATOR, Voters


@pytest.fixture
def heir(world: World) -> str:
    return world.chain.account("heir")


def test_a_logs_key_moves_only_when_both_keys_say_so(world: World, heir: str, refuses) -> None:
    anchor, old = world.anchor, world.log_key
    for stranger in (world.outsider, heir, world.operator):
        with refuses("auth"):
            anchor.hand_over(LOG_ID, heir, sender=stranger)
        with refuses("auth"):
            anchor.take_over(LOG_ID, sender=stranger)
    anchor.hand_over(LOG_ID, heir, sender=old)
    assert world.chain.log("HandedOver") == {"log_id": LOG_ID, "key": heir}
    assert (anchor.key_of(LOG_ID), anchor.next_key(LOG_ID)) == (old, heir)
    world.checkpoint()  # the old key posts until the new one has taken over
    for other in (old, world.outsider):
        with refuses("auth"):
            anchor.take_over(LOG_ID, sender=other)
    with refuses("auth"):
        anchor.post(LOG_ID, 99, b"\1" * 32, world.chain.time, [], sender=heir)
    anchor.take_over(LOG_ID, sender=heir)
    assert world.chain.log("Registered") == {"log_id": LOG_ID, "key": heir}
    assert (anchor.key_of(LOG_ID), anchor.next_key(LOG_ID)) == (heir, ZERO)
    with refuses("auth"):
        world.checkpoint()
    with refuses("auth"):
        anchor.hand_over(LOG_ID, old, sender=old)
    with refuses("auth"):
        anchor.take_over(LOG_ID, sender=heir)
    with refuses("registered"):
        anchor.register(LOG_ID, old)


def test_a_log_goes_on_under_its_new_key_where_it_stood(world: World, heir: str, refuses) -> None:
    size = world.checkpoint()
    world.anchor.hand_over(LOG_ID, heir, sender=world.log_key)
    world.anchor.take_over(LOG_ID, sender=heir)
    assert world.anchor.latest(LOG_ID).size == size
    with refuses("size"):
        world.anchor.post(LOG_ID, size - 1, b"\1" * 32, world.chain.time, [], sender=heir)
    with refuses("fork"):
        world.anchor.post(LOG_ID, size, b"\1" * 32, world.chain.time, [], sender=heir)
    world.log_key = heir
    world.checkpoint()


def test_an_offer_of_a_logs_key_is_taken_back_and_binds_no_other_log(world: World, heir: str, refuses) -> None:
    other = b"\x18" * 32
    world.anchor.register(other, world.outsider)
    world.anchor.hand_over(LOG_ID, heir, sender=world.log_key)
    with refuses("auth"):
        world.anchor.take_over(other, sender=heir)
    with refuses("auth"):
        world.anchor.hand_over(other, heir, sender=world.log_key)
    world.anchor.hand_over(LOG_ID, ZERO, sender=world.log_key)
    with refuses("auth"):
        world.anchor.take_over(LOG_ID, sender=heir)
    # A log that nobody registered has the zero address as its key and as its next one: no sender is that.
    with refuses("auth"):
        world.anchor.take_over(b"\x19" * 32, sender=heir)
    with refuses("auth"):
        world.anchor.hand_over(b"\x19" * 32, heir, sender=heir)


def test_an_offer_to_an_address_without_a_key_strands_nothing(world: World, heir: str) -> None:
    typo = "0x" + "12" * 20
    world.anchor.hand_over(LOG_ID, typo, sender=world.log_key)
    world.pools.hand_over(world.pool, typo, sender=world.operator)
    world.checkpoint()
    world.accept(world.fund(), {world.workers[0]: [UNIT]})
    world.anchor.hand_over(LOG_ID, heir, sender=world.log_key)
    world.pools.hand_over(world.pool, heir, sender=world.operator)
    world.anchor.take_over(LOG_ID, sender=heir)
    world.pools.take_over(world.pool, sender=heir)
    assert (world.anchor.key_of(LOG_ID), world.pools.operator(world.pool)) == (heir, heir)


def test_an_operator_moves_only_when_both_accounts_say_so(world: World, heir: str, refuses) -> None:
    pools, pool, old = world.pools, world.pool, world.operator
    for stranger in (world.outsider, heir, world.buyer, world.arbiter, world.court, world.guardian):
        with refuses("auth"):
            pools.hand_over(pool, heir, sender=stranger)
        with refuses("auth"):
            pools.take_over(pool, sender=stranger)
    pools.hand_over(pool, heir, sender=old)
    assert world.chain.log("OperatorOffered") == {"pool": pool, "operator": heir}
    assert (pools.operator(pool), pools.next_operator(pool)) == (old, heir)
    for other in (old, world.outsider, world.arbiter):
        with refuses("auth"):
            pools.take_over(pool, sender=other)
    pools.take_over(pool, sender=heir)
    assert world.chain.log("OperatorChanged") == {"pool": pool, "operator": heir}
    assert (pools.operator(pool), pools.next_operator(pool)) == (heir, ZERO)
    with refuses("auth"):
        pools.hand_over(pool, old, sender=old)
    with refuses("auth"):
        pools.take_over(pool, sender=heir)
    for unknown in (0, pool + 1):
        with refuses("auth"):
            pools.hand_over(unknown, heir, sender=heir)
        with refuses("auth"):
            pools.take_over(unknown, sender=heir)


def test_an_offer_of_one_pool_opens_no_other_and_is_taken_back(world: World, heir: str, refuses) -> None:
    second = world.new_pool()
    world.pools.hand_over(world.pool, heir, sender=world.operator)
    with refuses("auth"):
        world.pools.take_over(second, sender=heir)
    world.pools.hand_over(world.pool, ZERO, sender=world.operator)
    with refuses("auth"):
        world.pools.take_over(world.pool, sender=heir)
    assert world.pools.operator(world.pool) == world.operator


@pytest.mark.parametrize("role", ["arbiter", "court"])
def test_no_resolver_becomes_the_operator_by_an_offer(world: World, refuses, role: str) -> None:
    """Also one whom newer terms named after the offer."""
    world.pools.hand_over(world.pool, getattr(world, role), sender=world.operator)
    with refuses("roles"):
        world.pools.take_over(world.pool, sender=getattr(world, role))
    late = world.chain.account("late resolver")
    world.pools.hand_over(world.pool, late, sender=world.operator)
    roles = {"arbiter": world.arbiter, "court": world.court, role: late}
    world.pools.publish_terms(
        world.pool, 2, b"\x02" * 32, roles["arbiter"], roles["court"], 300, CONSTANTS, sender=world.buyer
    )
    with refuses("roles"):
        world.pools.take_over(world.pool, sender=late)
    assert world.pools.operator(world.pool) == world.operator


def test_the_contributors_vote_in_between_ends_the_offer(world: World, heir: str, refuses) -> None:
    """A thief of the old key made it; who was voted out must not come back by an offer of before."""
    voters = Voters(world)
    payload = encode(["address"], [world.outsider])
    vote = voters.carry(OPERATOR, payload)
    world.pools.hand_over(world.pool, heir, sender=world.operator)
    world.pools.execute(vote, payload)
    assert world.pools.next_operator(world.pool) == ZERO
    with refuses("auth"):
        world.pools.take_over(world.pool, sender=heir)
    assert world.pools.operator(world.pool) == world.outsider


def test_the_contributors_vote_removes_whoever_took_over(world: World, heir: str, refuses) -> None:
    voters = Voters(world)
    payload = encode(["address"], [world.outsider])
    vote = voters.carry(OPERATOR, payload)
    world.pools.hand_over(world.pool, heir, sender=world.operator)
    world.pools.take_over(world.pool, sender=heir)
    world.pools.execute(vote, payload)
    assert world.pools.operator(world.pool) == world.outsider
    with refuses("auth"):
        world.pools.hand_over(world.pool, heir, sender=heir)


def test_the_creators_word_before_the_first_order_ends_the_offer(world: World, heir: str, refuses) -> None:
    world.pools.hand_over(world.pool, heir, sender=world.operator)
    world.pools.set_operator(world.pool, world.outsider, sender=world.buyer)
    with refuses("auth"):
        world.pools.take_over(world.pool, sender=heir)


def test_what_is_open_stays_with_the_account_that_did_it(world: World, heir: str, refuses) -> None:
    """A bond in the slot, what is reserved, half of an attestation, a credit: the money goes where it would have gone."""
    old, worker = world.operator, world.workers[0]
    order = world.fund(100 * UNIT)
    world.escrow.reserve(order, 10 * UNIT, 10, sender=old)
    world.escrow.close(order, sender=world.buyer)
    world.escrow.attest(order, sender=old)
    tree = world.propose_lines(order, {worker: [UNIT]}, free=9 * UNIT)
    world.pools.hand_over(world.pool, heir, sender=old)
    world.pools.take_over(world.pool, sender=heir)
    assert world.escrow.order(order).reserved == 10 * UNIT
    world.chain.pass_time(WINDOW)
    world.settle()
    assert (world.credit(old), world.credit(heir)) == (BOND, 0)
    with refuses("nothing"):
        world.payouts.withdraw_credit(heir, sender=heir)
    world.payouts.withdraw_credit(old, sender=old)
    world.claim(tree, worker)
    assert world.balance(worker) == UNIT
    with refuses("auth"):
        world.escrow.attest(order, sender=old)
    world.escrow.attest(order, sender=world.arbiter)  # the old operator's half still counts
    world.chain.pass_time(3 * DAY)
    had = world.balance(world.buyer)
    world.escrow.refund(order, world.buyer, sender=world.buyer)
    assert world.balance(world.buyer) - had == 99 * UNIT


def test_the_old_operator_can_do_nothing_after_it_and_the_new_one_all(world: World, heir: str, refuses) -> None:
    order, old = world.fund(), world.operator
    world.pools.hand_over(world.pool, heir, sender=old)
    world.pools.take_over(world.pool, sender=heir)
    offer = (world.pool, b"\0" * 32, 2, UNIT, 0, 30 * DAY, False, [])
    made: list[int] = []

    def acts(who: str) -> list:
        return [
            lambda: world.escrow.reserve(order, UNIT, 10, sender=who),
            lambda: world.pools.publish_release(world.pool, b"\x01" * 32, b"\x02" * 32, sender=who),
            lambda: made.append(world.licences.offer(*offer, sender=who)),
            lambda: world.propose_lines(order, {world.workers[0]: [UNIT]}, sender=who),
        ]

    for act in acts(old):
        with refuses("auth"):
            act()
    for act in acts(heir):
        act()
    with refuses("auth"):
        world.licences.issue(made[0], old, sender=old)
    with refuses("auth"):
        world.licences.stop_offer(made[0], sender=old)
    world.licences.issue(made[0], old, sender=heir)
    world.licences.stop_offer(made[0], sender=heir)


def test_an_arbiter_of_older_terms_who_takes_over_attests_nothing_alone(world: World, refuses) -> None:
    old_arbiter = world.arbiter
    order = world.fund()
    voters = Voters(world)
    payload = encode(
        ["uint256", "bytes32", "address", "address", "uint256", "(bytes32,uint256,uint256)"],
        [2, b"\x09" * 32, world.chain.account("second arbiter"), world.court, 250, CONSTANTS],
    )
    world.pools.execute(voters.carry(1, payload), payload)
    world.pools.hand_over(world.pool, old_arbiter, sender=world.operator)
    world.pools.take_over(world.pool, sender=old_arbiter)
    world.escrow.close(order, sender=world.buyer)
    with refuses("roles"):
        world.escrow.attest(order, sender=old_arbiter)
    with refuses("roles"):
        world.propose_lines(order, {world.workers[0]: [UNIT]}, sender=old_arbiter)
