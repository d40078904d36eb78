"""Votes of a pool's contributors: weights from the last accepted epoch, a timelock, and the things no vote can do."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from money_world import DAY, LOG_ID, UNIT, WINDOW, ZERO, World, key
from sum_tree import EpochTree, SumTree, evidence, next_epoch, share_leaf

TERMS, OPERATOR, RELEASE, PRICE, STOP_SALE, SPEND, VERSION = range(1, 8)
BUNDLE = b"\x05" * 32
WEIGHTS = [10, 20, 30, 40]


class Voters:
    """Four workers with weights 10, 20, 30, 40, published by an accepted epoch."""

    def __init__(self, world: World, people: list[str] | None = None) -> None:
        self.world = world
        self.people = people or world.workers
        self.tree = SumTree([share_leaf(p, w) for p, w in zip(self.people, WEIGHTS, strict=True)])
        order = world.fund()
        tree = next_epoch(world.tree, world.lines(order, {p: [UNIT] for p in self.people}))
        self.publish(tree, order)

    def publish(self, tree: EpochTree, order: int) -> None:
        world = self.world
        world.rich(world.operator)
        pulls = [(order, tree.total, 0)]
        said = evidence(BUNDLE, self.tree)
        at = world.checkpoint()
        world.payouts.propose(world.pool, 1, tree.root, tree.total, tree.depth, pulls, at, said, sender=world.operator)
        world.chain.pass_time(WINDOW)
        world.payouts.settle(world.pool, pulls)
        world.tree = tree

    @property
    def shares(self) -> tuple[bytes, bytes, int, int]:
        return (BUNDLE, self.tree.root, self.tree.total, self.tree.depth)

    def share(self, i: int) -> tuple[str, int, int, list[Any]]:
        return (self.people[i], WEIGHTS[i], i, self.tree.path(i))

    def open(self, kind: int, payload: bytes, *, epoch: int = 1) -> int:
        return self.world.pools.propose_vote(self.world.pool, kind, keccak(payload), epoch, self.shares)

    def cast(self, vote: int, support: bool, *voters: int) -> None:
        for i in voters:
            self.world.pools.cast(vote, support, self.share(i), sender=self.people[i])

    def carry(self, kind: int, payload: bytes) -> int:
        """Vote everybody for it and wait until it can be executed."""
        vote = self.open(kind, payload)
        self.cast(vote, True, 0, 1, 2, 3)
        self.world.chain.pass_time(5 * DAY)
        self.world.pools.queue(vote)
        self.world.chain.pass_time(3 * DAY)
        return vote


@pytest.fixture
def voters(world: World) -> Voters:
    return Voters(world)


def terms_payload(world: World, version: int, *, court: str | None = None) -> bytes:
    return encode(
        ["uint256", "bytes32", "address", "address", "uint256", "(bytes32,uint256,uint256)"],
        [version, b"\x09" * 32, world.arbiter, court or world.court, 250, (LOG_ID, 0, 0)],
    )


def test_a_vote_for_terms_makes_a_version_for_new_orders_only(voters: Voters, refuses) -> None:
    world = voters.world
    payload = terms_payload(world, 2)
    vote = voters.carry(TERMS, payload)
    with refuses("payload"):
        world.pools.execute(vote, terms_payload(world, 3))
    world.pools.execute(vote, payload)
    assert world.pools.latest_version(world.pool) == 2
    assert world.pools.terms(world.pool, 2).fee_cap_bps == 250
    assert world.escrow.order(1).terms_version == 1
    assert world.pools.terms(world.pool, 1).fee_cap_bps == 500
    with refuses("done"):
        world.pools.execute(vote, payload)


def test_an_operator_is_replaced_after_the_timelock(voters: Voters, refuses) -> None:
    world = voters.world
    payload = encode(["address"], [world.outsider])
    vote = voters.open(OPERATOR, payload)
    voters.cast(vote, True, 3)
    with refuses("wait"):
        world.pools.queue(vote)
    world.chain.pass_time(5 * DAY)
    with refuses("wait"):
        world.pools.execute(vote, payload)
    world.pools.queue(vote)
    with refuses("queued"):
        world.pools.queue(vote)
    world.chain.pass_time(3 * DAY - 1)
    with refuses("wait"):
        world.pools.execute(vote, payload)
    world.chain.pass_time(1)
    world.pools.execute(vote, payload)
    assert world.pools.operator(world.pool) == world.outsider


def test_no_vote_makes_a_resolver_the_operator_or_the_registry_a_court(voters: Voters, refuses) -> None:
    world = voters.world
    for kind, payload in (
        (OPERATOR, encode(["address"], [world.arbiter])),
        (OPERATOR, encode(["address"], [ZERO])),
        (TERMS, terms_payload(world, 2, court=world.pools.address)),
        (TERMS, terms_payload(world, 2, court=world.operator)),
    ):
        with world.chain.undone():
            vote = voters.carry(kind, payload)
            with refuses("roles"):
                world.pools.execute(vote, payload)


def test_terms_need_two_thirds_and_an_operator_half(voters: Voters, refuses) -> None:
    world = voters.world
    terms, operator = terms_payload(world, 2), encode(["address"], [world.outsider])
    first, second = voters.open(TERMS, terms), voters.open(OPERATOR, operator)
    for vote in (first, second):
        voters.cast(vote, True, 1, 3)
        voters.cast(vote, False, 0, 2)
    world.chain.pass_time(5 * DAY)
    with refuses("majority"):
        world.pools.queue(first)
    world.pools.queue(second)


def test_a_fifth_of_the_weight_must_vote_and_a_tie_changes_nothing(voters: Voters, refuses) -> None:
    world = voters.world
    payload = encode(["address"], [world.outsider])
    few, enough, tie = (voters.open(OPERATOR, payload) for _ in range(3))
    voters.cast(few, True, 0)
    voters.cast(enough, True, 1)
    voters.cast(tie, True, 0, 1)
    voters.cast(tie, False, 2)
    world.chain.pass_time(5 * DAY)
    with refuses("quorum"):
        world.pools.queue(few)
    with refuses("majority"):
        world.pools.queue(tie)
    world.pools.queue(enough)


def test_one_account_votes_once_with_its_own_weight(voters: Voters, refuses) -> None:
    world = voters.world
    vote = voters.open(OPERATOR, encode(["address"], [world.outsider]))
    account, weight, index, path = voters.share(1)
    with refuses("auth"):
        world.pools.cast(vote, True, (account, weight, index, path), sender=world.griefer)
    with refuses("proof"):
        world.pools.cast(vote, True, (account, weight + 1, index, path), sender=account)
    with refuses("proof"):
        world.pools.cast(vote, True, (world.griefer, weight, index, path), sender=world.griefer)
    voters.cast(vote, True, 1)
    with refuses("voted"):
        voters.cast(vote, False, 1)
    world.chain.pass_time(5 * DAY)
    with refuses("closed"):
        voters.cast(vote, True, 2)


def test_weights_are_those_of_the_last_accepted_epoch(voters: Voters, refuses) -> None:
    world = voters.world
    payload = keccak(b"")
    with refuses("epoch"):
        world.pools.propose_vote(world.pool, OPERATOR, payload, 0, voters.shares)
    with refuses("epoch"):
        world.pools.propose_vote(world.pool, OPERATOR, payload, 2, voters.shares)
    with refuses("kind"):
        world.pools.propose_vote(world.pool, 8, payload, 1, voters.shares)
    bundle, root, total, depth = voters.shares
    for wrong in (
        (bundle, b"\1" * 32, total, depth),
        (bundle, root, total + 1, depth),
        (bundle, root, total, depth + 1),
    ):
        with refuses("evidence"):
            world.pools.propose_vote(world.pool, OPERATOR, payload, 1, wrong)
    order = world.fund()
    world.accept(order, {world.workers[0]: [UNIT]})
    with refuses("epoch"):
        voters.open(OPERATOR, b"")
    # that epoch published no shares: nobody can vote until one does
    with refuses("shares"):
        world.pools.propose_vote(world.pool, OPERATOR, payload, 2, (BUNDLE, b"\0" * 32, 0, 0))


def test_a_signed_vote_is_sent_by_anyone_and_changed_by_nobody(world: World, refuses) -> None:
    ann = key("ann")
    people = sorted([ann.address, *world.workers[:3]], key=lambda a: int(a, 16))
    voters = Voters(world, people)
    vote = voters.open(OPERATOR, encode(["address"], [world.outsider]))
    until = world.chain.time + DAY
    signed = ann.sign_message(
        encode_typed_data(
            domain_data={
                "name": "hakari pools",
                "version": "1",
                "chainId": world.chain.chain_id,
                "verifyingContract": world.pools.address,
            },
            message_types={
                "Vote": [
                    {"name": "vote", "type": "uint256"},
                    {"name": "account", "type": "address"},
                    {"name": "support", "type": "bool"},
                    {"name": "deadline", "type": "uint256"},
                ]
            },
            message_data={"vote": vote, "account": ann.address, "support": True, "deadline": until},
        )
    ).signature
    share = voters.share(people.index(ann.address))
    with refuses("signature"):
        world.pools.cast_for(vote, False, share, until, signed, sender=world.outsider)
    with refuses("signature"):
        world.pools.cast_for(vote, True, voters.share((people.index(ann.address) + 1) % 4), until, signed)
    world.pools.cast_for(vote, True, share, until, signed, sender=world.outsider)
    with refuses("voted"):
        world.pools.cast_for(vote, True, share, until, signed, sender=world.outsider)


def test_a_vote_publishes_a_release_sets_a_price_and_stops_a_sale(voters: Voters, refuses) -> None:
    world = voters.world
    offer = world.licences.offer(world.pool, b"\0" * 32, 2, 5 * UNIT, 0, 0, False, [], sender=world.operator)
    release = encode(["bytes32", "bytes32"], [b"\x31" * 32, b"\x32" * 32])
    world.pools.execute(voters.carry(RELEASE, release), release)
    assert world.pools.release_root(world.pool, b"\x31" * 32) == b"\x32" * 32
    price = encode(["uint256", "uint256"], [offer, 7 * UNIT])
    world.pools.execute(voters.carry(PRICE, price), price)
    assert world.licences.offers(offer).price == 7 * UNIT
    world.rich(world.buyer)
    with refuses("price"):
        world.licences.buy(offer, world.buyer, 5 * UNIT, sender=world.buyer)
    stop = encode(["uint256"], [offer])
    world.pools.execute(voters.carry(STOP_SALE, stop), stop)
    with refuses("stopped"):
        world.licences.buy(offer, world.buyer, 7 * UNIT, sender=world.buyer)


def test_a_vote_reaches_no_other_pools_offers(voters: Voters, refuses) -> None:
    world = voters.world
    other = world.new_pool()
    offer = world.licences.offer(other, b"\0" * 32, 2, 5 * UNIT, 0, 0, False, [], sender=world.operator)
    for kind, payload in (
        (PRICE, encode(["uint256", "uint256"], [offer, 0])),
        (STOP_SALE, encode(["uint256"], [offer])),
    ):
        vote = voters.carry(kind, payload)
        with refuses("offer"):
            world.pools.execute(vote, payload)
    for call in (
        lambda: world.licences.price_by_vote(other, offer, 0),
        lambda: world.licences.stop_by_vote(other, offer),
    ):
        with refuses("auth"):
            call()


def test_a_vote_spends_the_reserve_of_its_own_pool_and_no_more(voters: Voters, refuses) -> None:
    world = voters.world
    payload = encode(["address", "uint256"], [world.outsider, 3 * UNIT])
    first, second = voters.carry(SPEND, payload), voters.carry(SPEND, payload)
    with refuses("short"):
        world.pools.execute(first, payload)
    # money that is merely sent here is nobody's reserve
    world.token.faucet(world.pools.address, 100 * UNIT)
    with refuses("short"):
        world.pools.execute(first, payload)
    order = world.fund()
    tree = world.accept(order, {world.pools.address: [5 * UNIT]})
    world.claim(tree, world.pools.address)
    assert world.pools.reserve_of(world.pool) == 5 * UNIT
    assert world.pools.reserve_of(world.new_pool()) == 0
    world.pools.execute(first, payload)
    assert (world.balance(world.outsider), world.pools.reserve_of(world.pool)) == (3 * UNIT, 2 * UNIT)
    with refuses("short"):
        world.pools.execute(second, payload)


def test_a_vote_lists_a_new_version_of_a_contract(voters: Voters) -> None:
    world = voters.world
    payload = encode(["string", "address"], ["payouts", world.outsider])
    world.pools.execute(voters.carry(VERSION, payload), payload)
    assert world.pools.versions(world.pool, "payouts") == world.outsider
    assert world.pools.versions(world.new_pool(), "payouts") == ZERO


def test_a_vote_lapses_and_then_changes_nothing(voters: Voters, refuses) -> None:
    world = voters.world
    payload = encode(["address"], [world.outsider])
    vote = voters.carry(OPERATOR, payload)
    world.chain.pass_time(14 * DAY)
    with refuses("lapsed"):
        world.pools.execute(vote, payload)
    assert world.pools.operator(world.pool) == world.operator
