"""Numbers and addresses at the edge of what a contract can hold, and moves out of turn: each is refused, and what it would cost."""

from __future__ import annotations

import pytest
import test_contracts_licences
import test_contracts_votes
from eth_abi import encode
from eth_utils import keccak
from money_world import (
    ABANDON,
    APPEAL,
    BOND,
    CONSTANTS,
    COURT,
    DAY,
    DEAD,
    GRACE,
    LOG_ID,
    NOTICE,
    RESOLVE,
    UNIT,
    WINDOW,
    ZERO,
    World,
)
from sum_tree import SumTree, evidence, next_epoch, share_leaf
from test_contracts_votes import OPERATOR, PRICE, SPEND, VERSION, Voters

offer = test_contracts_licences.offer
voters = test_contracts_votes.voters
SIGNATURE = (27, b"\1" * 32, b"\1" * 32)
"""Of nobody: the odd token does not look."""


@pytest.fixture
def taking(world: World) -> World:
    """Another deployment on the same chain, over a token that keeps a hundredth of each transfer, signed ones too."""
    made = World(token=world.chain.deploy_test_contract("odd_token", 6), chain=world.chain)
    made.token.set_fee(100)
    return made


# ---- orders


def test_an_order_holds_no_number_that_spills_into_its_neighbour(world: World, refuses) -> None:
    """Amounts have 96 bits and times 40: one more would count as already paid out, or as the date of a refund."""
    world.rich(world.buyer, amount=2**97)
    until = world.chain.time + DAY
    for amount in (0, 2**96):
        with refuses("amount"):
            world.escrow.fund(world.pool, 1, amount, until, sender=world.buyer)
    for wrong in (2**40, world.chain.time, world.chain.time - 1):
        with refuses("time"):
            world.escrow.fund(world.pool, 1, UNIT, wrong, sender=world.buyer)
    order = world.escrow.fund(world.pool, 1, 2**96 - 1, 2**40 - 1, sender=world.buyer)
    kept = world.escrow.order(order)
    assert (kept.funded, kept.paid_out, kept.left) == (2**96 - 1, 0, 2**96 - 1)
    assert (kept.deadline, kept.refund_at) == (2**40 - 1, 0)
    for amount in (0, 2**96):
        with refuses("amount"):
            world.escrow.reserve(order, amount, 10, sender=world.operator)
    world.escrow.reserve(order, 2**96 - 1, 10, sender=world.operator)
    kept = world.escrow.order(order)
    assert (kept.reserved, kept.refunded) == (2**96 - 1, 0)


def test_nothing_is_reserved_in_an_order_that_is_over_or_of_a_sale(world: World, offer: int, refuses) -> None:
    """Nothing new is owed there: a reservation would only hold back what an epoch frees for the buyer."""
    order = world.fund(100 * UNIT)
    world.escrow.reserve(order, 60 * UNIT, 10, sender=world.operator)
    world.escrow.close(order, sender=world.buyer)
    # work of before the close is still recorded during the notice
    world.escrow.reserve(order, 10 * UNIT, 10, sender=world.operator)
    world.chain.pass_time(NOTICE)
    world.escrow.refund(order, world.buyer, sender=world.buyer)
    world.rich(world.buyer, amount=100 * UNIT)
    world.licences.buy(offer, world.buyer, 100 * UNIT, sender=world.buyer)
    for over in (order, world.chain.log("Income")["order"], 99):
        with refuses("state"):
            world.escrow.reserve(over, UNIT, 10, sender=world.operator)


def test_escrow_takes_nothing_before_it_knows_its_neighbours(world: World, refuses) -> None:
    """Money in an escrow whose `payouts` is not named yet would belong to whomever the deployer names."""
    own = {"sender": world.deployer}
    lone = world.chain.deploy("escrow", world.token.address, world.pools.address, False, NOTICE, ABANDON, **own)
    world.rich(world.buyer)
    with refuses("unbound"):
        lone.fund(world.pool, 1, UNIT, world.chain.time + DAY, sender=world.buyer)
    with refuses("empty"):
        lone.bind(ZERO, ZERO, ZERO, **own)


def test_a_fee_is_refused_where_a_signature_pays_too(taking: World, refuses) -> None:
    """What arrives short would leave an order that promises more than escrow holds."""
    world = taking
    until = world.chain.time + DAY
    world.rich(world.buyer)
    with refuses("short"):
        world.escrow.fund_with_authorization(world.buyer, world.pool, 1, UNIT, until, b"\1" * 32, 0, until, *SIGNATURE)
    number = world.licences.offer(world.pool, b"\0" * 32, 2, UNIT, 0, 0, False, [], sender=world.operator)
    with refuses("short"):
        world.licences.buy_for(number, world.buyer, (world.buyer, UNIT, b"\1" * 32, 0, until, *SIGNATURE))
    with refuses("empty"):
        world.escrow.fund_with_authorization(ZERO, world.pool, 1, UNIT, until, b"\1" * 32, 0, until, *SIGNATURE)


# ---- roots


def test_no_root_enters_before_the_proofs_are_named(world: World, refuses) -> None:
    """Nobody could prove it wrong."""
    own = {"sender": world.deployer}
    where = (world.token.address, world.escrow.address, world.pools.address, world.anchor.address, False)
    lone = world.chain.deploy("payouts", *where, WINDOW, RESOLVE, APPEAL, COURT, DEAD, GRACE, BOND, **own)
    with refuses("unbound"):
        lone.propose(world.pool, 1, b"\1" * 32, 0, 0, [(1, 0, 1)], 10, b"\1" * 32, sender=world.operator)
    with refuses("empty"):
        lone.bind(ZERO, **own)


def test_a_root_is_no_deeper_than_a_proof_and_frees_no_more_than_an_order_holds(world: World, refuses) -> None:
    """Leaves below level 24 could be neither claimed nor proven wrong."""
    order = world.fund()
    tree = next_epoch(None, world.lines(order, {world.workers[0]: [UNIT]}))
    world.rich(world.operator)
    at = world.checkpoint()

    def propose(depth: int, free: int, size: int = at) -> None:
        pulls = [(order, UNIT, free)]
        world.payouts.propose(
            world.pool, 1, tree.root, UNIT, depth, pulls, size, evidence(b"\5" * 32), sender=world.operator
        )

    with refuses("depth"):
        propose(25, 0)
    with refuses("total"):
        propose(0, 2**96)
    # a word that no checkpoint of a log has, and that would not fit beside the total
    with refuses("total"):
        propose(0, 0, 2**64)
    propose(24, 2**96 - 1)


def test_an_appeal_of_a_root_has_its_turn_and_is_made_once(world: World, refuses) -> None:
    """A second appellant would take the place of the first, whose two bonds nobody could ever take again."""
    order = world.fund()
    world.propose_lines(order, {world.workers[0]: [UNIT]})
    with refuses("state"):
        world.appeal()
    world.challenge()
    world.payouts.rule(world.pool, True, sender=world.arbiter)
    world.appeal()
    with refuses("state"):
        world.appeal(world.buyer)
    assert world.payouts.slot(world.pool).appellant == world.outsider
    world.payouts.rule(world.pool, False, sender=world.court)
    assert world.credit(world.outsider) == 2 * BOND + BOND // 4
    with refuses("state"):
        world.appeal(world.buyer)
    with refuses("state"):
        world.settle()


def test_an_empty_slot_is_proven_wrong_by_nobody(world: World, refuses) -> None:
    """The last proposal's bond is still written there: whoever could void it again would be paid from other people's money."""
    order = world.fund()
    world.accept(order, {world.workers[0]: [UNIT]})
    with refuses("state"):
        world.payouts.void_proven(world.pool, 1, world.griefer, sender=world.proofs.address)
    assert world.credit(world.griefer) == 0


def test_views_of_epochs_answer_for_those_that_there_are(world: World, refuses) -> None:
    order = world.fund()
    tree = world.accept(order, {world.workers[0]: [UNIT]})
    for view in (world.payouts.epochs, world.payouts.evidence_of):
        for unknown in (0, 2):
            with refuses("epoch"):
                view(world.pool, unknown)
    assert world.payouts.epochs(world.pool, 1).root == tree.root
    for unknown in (0, 3):
        with refuses("epoch"):
            world.payouts.tree_of(world.pool, unknown)
    with refuses("state"):
        world.payouts.tree_of(world.pool, 2)
    world.propose_lines(order, {world.workers[0]: [UNIT]})
    assert world.payouts.tree_of(world.pool, 2)[1] == UNIT
    # a root that is only proposed is no accepted epoch
    with refuses("epoch"):
        world.payouts.evidence_of(world.pool, 2)
    with refuses("terms"):
        world.payouts.bond_now(world.pool, 2, 0)


# ---- licences


def test_an_offer_and_a_price_keep_to_what_an_order_can_hold(voters: Voters, refuses) -> None:
    """A price of 97 bits could be offered, and never be bought."""
    world = voters.world
    for price, term, vest, why in (
        (2**96, 0, 0, "price"),
        (UNIT, 36_500 * DAY + 1, 0, "time"),
        (UNIT, 0, 36_500 * DAY + 1, "time"),
    ):
        with refuses(why):
            world.licences.offer(world.pool, b"\0" * 32, 2, price, term, vest, False, [], sender=world.operator)
    number = world.licences.offer(world.pool, b"\0" * 32, 2, UNIT, 0, 0, False, [], sender=world.operator)
    payload = encode(["uint256", "uint256"], [number, 2**96])
    with refuses("price"):
        world.pools.execute(voters.carry(PRICE, payload), payload)


def test_what_is_stopped_unknown_or_paused_is_not_sold(world: World, offer: int, refuses) -> None:
    world.rich(world.buyer)
    with refuses("offer"):
        world.licences.buy(offer + 1, world.buyer, UNIT, sender=world.buyer)
    with refuses("offer"):
        world.licences.issue(offer + 1, world.buyer, sender=ZERO)
    for call in (
        lambda: world.licences.revoke(1, b"\1" * 32, 1, sender=ZERO),
        lambda: world.licences.locked(1),
    ):
        with refuses("licence"):
            call()
    world.pools.pause(1, sender=world.guardian)
    with refuses("paused"):
        world.licences.buy(offer, world.buyer, 100 * UNIT, sender=world.buyer)
    world.chain.pass_time(DAY)
    world.licences.buy(offer, world.buyer, 100 * UNIT, sender=world.buyer)
    world.licences.stop_offer(offer, sender=world.operator)
    with refuses("stopped"):
        world.licences.stop_offer(offer, sender=world.operator)
    with refuses("stopped"):
        world.licences.stop_by_vote(world.pool, offer, sender=world.pools.address)


def test_what_is_free_is_not_bought_by_a_signature(world: World, refuses) -> None:
    """A signature over nothing binds nobody; whoever wants a free licence takes it with `buy`, in their own name."""
    number = world.licences.offer(world.pool, b"\0" * 32, 2, 0, 0, 0, False, [], sender=world.operator)
    until = world.chain.time + DAY
    with refuses("free"):
        world.licences.buy_for(number, world.griefer, (world.buyer, 0, b"\1" * 32, 0, until, *SIGNATURE))


# ---- pools


def test_terms_are_whole_or_not_at_all(world: World, refuses) -> None:
    """Half of a pool's terms could neither be read nor judged by, and orders under them would be stuck."""

    def create(
        text: bytes = b"\1" * 32,
        cap: int = 500,
        log: bytes = LOG_ID,
        bond: int = 0,
        derive: int = 0,
        **roles: str,
    ) -> None:
        who = {"operator": world.operator, "arbiter": world.arbiter, "court": world.court} | roles
        world.pools.create(text, who["operator"], who["arbiter"], who["court"], cap, (log, bond, derive))

    for why, wrong in (
        ("empty", {"text": b"\0" * 32}),
        ("log", {"log": b"\0" * 32}),
        ("bps", {"cap": 10_001}),
        ("bps", {"derive": 10_001}),
        ("bond", {"bond": 2**90}),
        ("roles", {"operator": ZERO}),
        ("roles", {"arbiter": ZERO}),
        ("roles", {"court": ZERO}),
        ("roles", {"arbiter": world.pools.address}),
    ):
        with refuses(why):
            create(**wrong)  # type: ignore[arg-type]
    create(cap=10_000, bond=2**90 - 1, derive=10_000)
    with refuses("terms"):
        world.pools.roles(world.pool, 2)


def test_a_registry_without_neighbours_opens_no_pool(world: World, refuses) -> None:
    own = {"sender": world.deployer}
    lone = world.chain.deploy("pools", world.guardian, False, **own)
    with refuses("unbound"):
        lone.create(b"\1" * 32, world.operator, world.arbiter, world.court, 500, CONSTANTS)
    with refuses("auth"):
        lone.bind(world.escrow.address, world.payouts.address, world.licences.address, sender=world.griefer)
    for wrong in ((ZERO, world.payouts.address), (world.escrow.address, ZERO)):
        with refuses("empty"):
            lone.bind(*wrong, world.licences.address, **own)


def test_a_release_has_a_name_and_a_root(world: World, refuses) -> None:
    for wrong in ((b"\0" * 32, b"\1" * 32), (b"\1" * 32, b"\0" * 32)):
        with refuses("empty"):
            world.pools.publish_release(world.pool, *wrong, sender=world.operator)


def test_a_vote_spends_on_nobody_and_lists_no_empty_address(voters: Voters, refuses) -> None:
    world = voters.world
    tree = world.accept(world.fund(), {world.pools.address: [5 * UNIT]})
    world.claim(tree, world.pools.address)
    voters.publish(next_epoch(world.tree, world.lines(world.fund(), {world.workers[0]: [UNIT]})), 3)
    for kind, payload in (
        (SPEND, encode(["address", "uint256"], [ZERO, UNIT])),
        (VERSION, encode(["string", "address"], ["payouts", ZERO])),
    ):
        vote = world.pools.propose_vote(world.pool, kind, keccak(payload), 3, voters.shares)
        voters.cast(vote, True, 0, 1, 2, 3)
        world.chain.pass_time(5 * DAY)
        world.pools.queue(vote)
        world.chain.pass_time(3 * DAY)
        with refuses("empty"):
            world.pools.execute(vote, payload)
    assert world.pools.reserve_of(world.pool) == 5 * UNIT


def test_a_signed_vote_is_no_longer_cast_after_its_deadline(voters: Voters, refuses) -> None:
    vote = voters.open(OPERATOR, b"")
    with refuses("deadline"):
        voters.world.pools.cast_for(vote, True, voters.share(0), voters.world.chain.time - 1, b"")


def test_a_share_at_another_depth_is_no_weight(world: World, refuses) -> None:
    """As with accounts: whoever builds the tree can hang one leaf higher; a place has one depth."""
    people = world.workers
    low = SumTree([share_leaf(people[0], 10), share_leaf(people[1], 20)])
    high = share_leaf(people[2], 70)
    voters = Voters.__new__(Voters)
    voters.world, voters.people = world, people
    bent = SumTree([(low.root, low.total), high])
    bent.depth = 2
    voters.tree = bent
    order = world.fund()
    voters.publish(next_epoch(None, world.lines(order, {p: [UNIT] for p in people})), order)
    vote = voters.open(OPERATOR, b"")
    bent.depth = 1
    with refuses("proof"):
        world.pools.cast(vote, True, (people[2], 70, 1, bent.path(1)), sender=people[2])
    world.pools.cast(vote, True, (people[0], 10, 0, [*low.path(0), *bent.path(0)]), sender=people[0])
