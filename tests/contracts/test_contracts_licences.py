"""Offers, purchases, purposes, vesting, revocation: the money of a sale and the right that it buys."""

from __future__ import annotations

import pytest
from eth_abi import encode
from eth_utils import keccak
from money_world import CONSTANTS, DAY, GRACE, LOG_ID, UNIT, WINDOW, World, key
from test_contracts_plain_road import authorise

RESEARCH, TRAINING = 2, 8
RELEASE = b"\x0a" * 32


@pytest.fixture
def offer(world: World) -> int:
    world.pools.publish_release(world.pool, RELEASE, b"\x0b" * 32, sender=world.operator)
    return world.licences.offer(
        world.pool, RELEASE, RESEARCH | 4, 100 * UNIT, 365 * DAY, 100 * DAY, False, [], sender=world.operator
    )


def test_a_sale_gives_a_right_and_fills_an_order(world: World, offer: int, refuses) -> None:
    world.rich(world.buyer, amount=100 * UNIT)
    with refuses("price"):
        world.licences.buy(offer, world.buyer, 99 * UNIT, sender=world.buyer)
    number = world.licences.buy(offer, world.outsider, 100 * UNIT, sender=world.buyer)
    bought, income = world.chain.log("Bought"), world.chain.log("Income")
    assert bought["order"] == income["order"]
    assert bought["expires"] == world.chain.time + 365 * DAY
    assert world.licences.ownerOf(number) == world.outsider
    assert world.token.balanceOf(world.licences.address) == 0
    order = world.escrow.order(bought["order"])
    assert (order.kind, order.funded, order.buyer, order.vested) == (3, 100 * UNIT, world.buyer, 0)


@pytest.mark.parametrize(
    ("purpose", "valid"), [(2, True), (4, True), (1, False), (8, False), (6, False), (0, False), (3, False)]
)
def test_a_licence_allows_exactly_the_named_purposes_one_at_a_time(
    world: World, offer: int, purpose: int, valid: bool
) -> None:
    world.rich(world.buyer, amount=100 * UNIT)
    number = world.licences.buy(offer, world.buyer, 100 * UNIT, sender=world.buyer)
    assert world.licences.is_valid(number, purpose) is valid


def test_no_right_outlives_its_term_and_an_unknown_one_is_none(world: World, offer: int) -> None:
    world.rich(world.buyer, amount=100 * UNIT)
    number = world.licences.buy(offer, world.buyer, 100 * UNIT, sender=world.buyer)
    world.chain.pass_time(365 * DAY - 1)
    assert world.licences.is_valid(number, RESEARCH)
    world.chain.pass_time(1)
    assert not world.licences.is_valid(number, RESEARCH)
    assert not world.licences.is_valid(number + 1, RESEARCH)


def test_an_epoch_takes_only_what_has_vested(world: World, offer: int, refuses) -> None:
    world.rich(world.buyer, amount=100 * UNIT)
    world.licences.buy(offer, world.buyer, 100 * UNIT, sender=world.buyer)
    order = world.chain.log("Bought")["order"]
    ann = world.workers[0]
    world.chain.pass_time(10 * DAY)
    with refuses("vest"):
        world.propose_lines(order, {ann: [10 * UNIT + 1]})
    tree = world.accept(order, {ann: [10 * UNIT]})
    world.claim(tree, ann)
    assert world.balance(ann) == 10 * UNIT
    world.chain.pass_time(200 * DAY)
    world.accept(order, {ann: [90 * UNIT]})
    assert world.escrow.order(order).left == 0


def test_a_withdrawal_returns_the_unvested_part_and_ends_the_right(world: World, offer: int, refuses) -> None:
    world.rich(world.buyer, amount=100 * UNIT)
    number = world.licences.buy(offer, world.outsider, 100 * UNIT, sender=world.buyer)
    order = world.chain.log("Bought")["order"]
    world.chain.pass_time(25 * DAY)
    with refuses("auth"):
        world.licences.revoke(number, b"\x01" * 32, 1, sender=world.buyer)
    world.licences.revoke(number, b"\x01" * 32, 1, sender=world.operator)
    assert not world.licences.is_valid(number, RESEARCH)
    with refuses("revoked"):
        world.licences.revoke(number, b"\x01" * 32, 1, sender=world.operator)
    world.chain.pass_time(50 * DAY)
    world.escrow.refund(order, world.buyer, sender=world.buyer)
    assert world.balance(world.buyer) == 75 * UNIT
    assert world.escrow.order(order).vested == 25 * UNIT
    with refuses("nothing"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    world.accept(order, {world.workers[0]: [25 * UNIT]})
    assert world.escrow.order(order).left == 0


def test_a_revocation_waits_for_the_epoch_that_is_open(world: World, offer: int, refuses) -> None:
    world.rich(world.buyer, amount=100 * UNIT)
    number = world.licences.buy(offer, world.buyer, 100 * UNIT, sender=world.buyer)
    order = world.chain.log("Bought")["order"]
    world.chain.pass_time(50 * DAY)
    world.propose_lines(order, {world.workers[0]: [50 * UNIT]})
    world.licences.revoke(number, b"\x01" * 32, 1, sender=world.operator)
    with refuses("busy"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    world.chain.pass_time(WINDOW)
    world.settle()
    world.chain.pass_time(GRACE)
    world.escrow.refund(order, world.buyer, sender=world.buyer)
    assert world.balance(world.buyer) == 50 * UNIT


def test_a_breach_is_the_arbiters_word_and_returns_nothing(world: World, offer: int, refuses) -> None:
    world.rich(world.buyer, amount=100 * UNIT)
    number = world.licences.buy(offer, world.buyer, 100 * UNIT, sender=world.buyer)
    order = world.chain.log("Bought")["order"]
    with refuses("auth"):
        world.licences.revoke(number, b"\x01" * 32, 2, sender=world.operator)
    with refuses("scope"):
        world.licences.revoke(number, b"\x01" * 32, 3, sender=world.arbiter)
    world.licences.revoke(number, b"\x01" * 32, 2, sender=world.arbiter)
    assert not world.licences.is_valid(number, RESEARCH)
    with refuses("state"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)


def test_training_vests_at_once_after_three_days(world: World) -> None:
    number = world.licences.offer(
        world.pool, b"\0" * 32, TRAINING, 100 * UNIT, 0, 100 * DAY, False, [], sender=world.operator
    )
    world.rich(world.buyer, amount=100 * UNIT)
    right = world.licences.buy(number, world.buyer, 100 * UNIT, sender=world.buyer)
    order = world.chain.log("Bought")["order"]
    assert world.licences.licence(right).expires == 0
    world.chain.pass_time(3 * DAY - 1)
    assert world.escrow.order(order).vested == 0
    world.chain.pass_time(1)
    assert world.escrow.order(order).vested == 100 * UNIT


def test_a_relayer_buys_exactly_what_was_signed(world: World, offer: int, refuses) -> None:
    buyer, salt, until = key("buyer"), b"\x07" * 32, world.chain.time + DAY
    world.token.faucet(buyer.address, 100 * UNIT)
    types = ["uint256", "address", "uint256", "address", "uint256", "bytes32"]
    nonce = keccak(encode(types, [31337, world.licences.address, offer, buyer.address, 120 * UNIT, salt]))
    v, r, s = authorise(world, buyer, world.licences.address, 100 * UNIT, nonce=nonce, before=until)
    signed = (buyer.address, 120 * UNIT, salt, 0, until, v, r, s)
    with refuses("signature"):
        world.licences.buy_for(offer, world.griefer, signed, sender=world.griefer)
    with refuses("caller"):
        world.token.receiveWithAuthorization(
            buyer.address, world.licences.address, 100 * UNIT, 0, until, nonce, v, r, s, sender=world.griefer
        )
    number = world.licences.buy_for(offer, buyer.address, signed, sender=world.outsider)
    assert world.licences.ownerOf(number) == buyer.address
    with refuses("used"):
        world.licences.buy_for(offer, buyer.address, signed, sender=world.outsider)


def test_a_locked_licence_stays_and_a_resalable_one_moves(world: World, offer: int, refuses) -> None:
    free = world.licences.offer(world.pool, RELEASE, RESEARCH, 0, 0, 0, True, [], sender=world.operator)
    locked = world.licences.issue(offer, world.buyer, sender=world.operator)
    moving = world.licences.buy(free, world.buyer, 0, sender=world.buyer)
    assert world.licences.locked(locked)
    assert not world.licences.locked(moving)
    with refuses("locked"):
        world.licences.transferFrom(world.buyer, world.outsider, locked, sender=world.buyer)
    with refuses("auth"):
        world.licences.transferFrom(world.buyer, world.griefer, moving, sender=world.griefer)
    world.licences.transferFrom(world.buyer, world.outsider, moving, sender=world.buyer)
    assert world.licences.ownerOf(moving) == world.outsider
    assert world.licences.licence(locked).order == 0


def test_only_the_operator_offers_issues_and_stops(world: World, offer: int, refuses) -> None:
    with refuses("auth"):
        world.licences.offer(world.pool, RELEASE, RESEARCH, UNIT, 0, 0, False, [], sender=world.outsider)
    with refuses("auth"):
        world.licences.issue(offer, world.outsider, sender=world.outsider)
    with refuses("auth"):
        world.licences.stop_offer(offer, sender=world.outsider)
    with refuses("release"):
        world.licences.offer(world.pool, b"\x33" * 32, RESEARCH, UNIT, 0, 0, False, [], sender=world.operator)
    with refuses("purposes"):
        world.licences.offer(world.pool, RELEASE, 128, UNIT, 0, 0, False, [], sender=world.operator)
    world.licences.stop_offer(offer, sender=world.operator)
    with refuses("stopped"):
        world.licences.buy(offer, world.buyer, 100 * UNIT, sender=world.buyer)


def test_parents_get_at_least_what_their_terms_demand(world: World, offer: int, refuses) -> None:
    other = world.new_pool(constants=(LOG_ID, 0, 2_000))
    world.pools.publish_release(other, RELEASE, b"\x0c" * 32, sender=world.operator)

    def derive(*parents: tuple[int, bytes, int]) -> int:
        return world.licences.offer(
            world.pool, RELEASE, RESEARCH, UNIT, 0, 0, False, list(parents), sender=world.operator
        )

    with refuses("share"):
        derive((other, RELEASE, 1_999))
    with refuses("parent"):
        derive((other, b"\x44" * 32, 5_000))
    with refuses("share"):
        derive((other, RELEASE, 6_000), (world.pool, RELEASE, 4_001))
    derive((other, RELEASE, 2_000))
    assert world.chain.log("Offered")["parents"][0].share_bps == 2_000


def test_the_interfaces_are_declared(world: World) -> None:
    for known in ("01ffc9a7", "80ac58cd", "5b5e139f", "780e9d63", "b45a3c0e"):
        assert world.licences.supportsInterface(bytes.fromhex(known))
    assert not world.licences.supportsInterface(bytes.fromhex("ffffffff"))
    assert CONSTANTS[0] == LOG_ID
