"""The plain road: fund, reserve, propose, window, settle, claim, close, refund; and a neighbour that is refused for each."""

from __future__ import annotations

import pytest
from eth_account.messages import encode_typed_data
from money_world import ABANDON, DAY, GRACE, NOTICE, UNIT, WINDOW, ZERO, World, key
from sum_tree import EMPTY, EpochTree, Line, SumTree, account_leaf, evidence, line_leaf, next_epoch, share_leaf


def test_the_tree_gives_the_vectors_of_the_readme() -> None:
    def cause(n: int) -> bytes:
        return n.to_bytes(32, "big")

    one, two, three = ("0x" + d * 40 for d in "123")
    b_lines = SumTree(
        [line_leaf(cause(1), 7, 250_000), line_leaf(cause(2), 7, 500_000), line_leaf(cause(9), 8, 50_000)]
    )
    assert b_lines.root.hex() == "2fcebfeb00967e4cf1759a66424e537a040e60f01a3c2223af924fe0e5d923db"
    a_root = SumTree([line_leaf(cause(1), 7, 1_000_000)]).root
    tree = SumTree(
        [
            account_leaf(one, 0, 1_000_000, a_root),
            account_leaf(two, 4_000_000, 800_000, b_lines.root),
            account_leaf(three, 75_000, 0, b"\0" * 32),
        ]
    )
    assert (tree.root.hex(), tree.total, tree.depth) == (
        "3f1ab7d9831833d4e59f3ed588617fb3f28f71829aa4ac927928cbc60e028647",
        1_800_000,
        2,
    )
    assert SumTree([]).root == EMPTY[0]
    shares = SumTree([share_leaf(one, 10), share_leaf(two, 30)])
    assert evidence(cause(5), shares).hex() == "70cdbb7c3a1ae6bce78d72fc77f603cadfbad5d95bf596d15fcb88033b31e190"


def test_money_flows_from_the_buyer_to_the_workers(world: World) -> None:
    order = world.fund(1_000 * UNIT)
    assert world.chain.log("Funded")["amount"] == 1_000 * UNIT
    world.escrow.reserve(order, 300 * UNIT, 10, sender=world.operator)
    ann, ben = world.workers[:2]
    tree = world.propose_lines(order, {ann: [100 * UNIT, 50 * UNIT], ben: [120 * UNIT]}, free=30 * UNIT)
    proposed = world.chain.log("Proposed")
    assert proposed["pulls"][0].pay == 270 * UNIT
    assert (proposed["root"], proposed["total"], proposed["bond"]) == (tree.root, tree.total, 100 * UNIT)
    world.chain.pass_time(WINDOW)
    world.settle()
    assert world.chain.log("PaidOut")["epoch"] == 1
    assert world.escrow.order(order).reserved == 0
    assert world.escrow.order(order).left == 730 * UNIT
    for account, amount in ((ann, 150 * UNIT), (ben, 120 * UNIT)):
        world.claim(tree, account, sender=world.outsider)
        assert world.balance(account) == amount
    assert world.payouts.entered(world.pool) == world.payouts.paid(world.pool) == 270 * UNIT
    world.payouts.withdraw_credit(world.operator, sender=world.operator)
    assert world.token.balanceOf(world.payouts.address) == 0


def test_a_second_epoch_pays_the_difference_only(world: World, refuses) -> None:
    order = world.fund()
    ann, ben, cleo = world.workers[:3]
    first = world.accept(order, {ann: [10 * UNIT], ben: [20 * UNIT]})
    world.claim(first, ann)
    second = world.accept(order, {ann: [5 * UNIT], cleo: [7 * UNIT]})
    world.claim(second, ann)
    world.claim(second, ben)
    assert (world.balance(ann), world.balance(ben)) == (15 * UNIT, 20 * UNIT)
    # the old epoch stays valid, but cumulative amounts pay once
    with refuses("nothing"):
        world.claim(first, ben, epoch=1)
    with refuses("nothing"):
        world.claim(second, ann)


def test_an_old_epoch_is_claimable_for_ever(world: World) -> None:
    order = world.fund()
    ann, ben = world.workers[:2]
    first = world.accept(order, {ann: [10 * UNIT]})
    world.accept(order, {ben: [20 * UNIT]})
    world.chain.pass_time(3_650 * DAY)
    world.claim(first, ann, epoch=1)
    assert world.balance(ann) == 10 * UNIT


def test_nothing_is_claimable_before_acceptance(world: World, refuses) -> None:
    order = world.fund()
    tree = world.propose_lines(order, {world.workers[0]: [UNIT]})
    with refuses("epoch"):
        world.claim(tree, world.workers[0], epoch=1)
    world.chain.pass_time(WINDOW - 1)
    with refuses("wait"):
        world.settle()


def test_a_claim_with_another_amount_is_refused(world: World, refuses) -> None:
    order = world.fund()
    ann, ben = world.workers[:2]
    tree = world.accept(order, {ann: [10 * UNIT], ben: [20 * UNIT]})
    account, prev, inc, root, index, path = tree.of(ann)
    for wrong in (
        (account, prev + 1, inc, root, index, path),
        (account, prev, inc + 1, root, index, path),
        (ben, prev, inc, root, index, path),
        (account, prev, inc, root, 1, path),
        (account, prev, inc, root, index, path[:-1]),
        (account, prev, inc, root, index, [*path, EMPTY]),
    ):
        with refuses("proof"):
            world.payouts.claim(world.pool, 1, wrong)
    with refuses("index"):
        world.payouts.claim(world.pool, 1, (account, prev, inc, root, index + 2, path))


def test_nobody_claims_for_the_empty_account(world: World, refuses) -> None:
    tree = world.accept(world.fund(), {ZERO: [10 * UNIT], world.workers[0]: [UNIT]})
    with refuses("empty"):
        world.claim(tree, ZERO)


def test_claim_many_pays_each_account(world: World) -> None:
    order = world.fund()
    tree = world.accept(order, {a: [UNIT * (i + 1)] for i, a in enumerate(world.workers)})
    world.payouts.claim_many([(world.pool, 1, tree.of(a)) for a in world.workers], sender=world.outsider)
    assert [world.balance(a) for a in world.workers] == [UNIT * (i + 1) for i in range(4)]
    assert len([log for log in world.chain.logs if log.name == "Claimed"]) == 4


def claim_message(world: World, account: str, recipient: str, *, cumulative: int, deadline: int, fee: int = 0):
    return encode_typed_data(
        domain_data={
            "name": "hakari payouts",
            "version": "1",
            "chainId": world.chain.chain_id,
            "verifyingContract": world.payouts.address,
        },
        message_types={
            "Claim": [
                {"name": "pool", "type": "uint256"},
                {"name": "account", "type": "address"},
                {"name": "recipient", "type": "address"},
                {"name": "max_cumulative", "type": "uint256"},
                {"name": "fee", "type": "uint256"},
                {"name": "nonce", "type": "uint256"},
                {"name": "deadline", "type": "uint256"},
            ]
        },
        message_data={
            "pool": world.pool,
            "account": account,
            "recipient": recipient,
            "max_cumulative": cumulative,
            "fee": fee,
            "nonce": 0,
            "deadline": deadline,
        },
    )


def test_a_signed_claim_pays_another_recipient_and_the_relayer(world: World, refuses) -> None:
    ann = key("ann")
    order = world.fund()
    tree = world.accept(order, {ann.address: [10 * UNIT]})
    to, until = world.chain.account("her bank"), world.chain.time + DAY
    signature = ann.sign_message(
        claim_message(world, ann.address, to, cumulative=10 * UNIT, fee=UNIT, deadline=until)
    ).signature
    leaf = tree.of(ann.address)
    nowhere = ann.sign_message(
        claim_message(world, ann.address, ZERO, cumulative=10 * UNIT, fee=UNIT, deadline=until)
    ).signature
    with refuses("empty"):
        world.payouts.claim_for(world.pool, 1, leaf, ZERO, UNIT, until, nowhere, sender=world.outsider)
    with refuses("signature"):
        world.payouts.claim_for(world.pool, 1, leaf, world.griefer, UNIT, until, signature, sender=world.outsider)
    with refuses("signature"):
        world.payouts.claim_for(world.pool, 1, leaf, to, 2 * UNIT, until, signature, sender=world.outsider)
    with world.chain.undone():
        world.chain.pass_time(2 * DAY)
        with refuses("deadline"):
            world.payouts.claim_for(world.pool, 1, leaf, to, UNIT, until, signature, sender=world.outsider)
    world.payouts.claim_for(world.pool, 1, leaf, to, UNIT, until, signature, sender=world.outsider)
    assert (world.balance(to), world.balance(world.outsider), world.balance(ann.address)) == (9 * UNIT, UNIT, 0)
    with refuses("signature"):
        world.payouts.claim_for(world.pool, 1, leaf, to, UNIT, until, signature, sender=world.outsider)


def test_only_the_operator_proposes_while_it_is_alive(world: World, refuses) -> None:
    order = world.fund()
    with refuses("auth"):
        world.propose_lines(order, {world.workers[0]: [UNIT]}, sender=world.outsider)
    world.chain.pass_time(7 * DAY)
    assert world.payouts.open_to_all(world.pool)
    world.propose_lines(order, {world.workers[0]: [UNIT]}, sender=world.outsider)


@pytest.mark.parametrize("role", ["arbiter", "court"])
def test_a_resolver_never_proposes(world: World, refuses, role: str) -> None:
    order = world.fund()
    world.chain.pass_time(7 * DAY)
    with refuses("roles"):
        world.propose_lines(order, {world.workers[0]: [UNIT]}, sender=getattr(world, role))


def test_the_sum_must_be_the_money_pulled(world: World, refuses) -> None:
    order = world.fund()
    ann = world.workers[0]
    tree = next_epoch(None, {ann: [Line(cause=world.cause(), source=order, amount=10 * UNIT)]})
    with refuses("total"):
        world.propose(tree, [(order, 9 * UNIT, 0)])
    with refuses("total"):
        world.propose(tree, [(order, 11 * UNIT, 0)])
    with refuses("short"):
        world.propose(tree, [(order, 1_001 * UNIT, 0)], total=1_001 * UNIT)
    with refuses("empty"):
        world.propose(EpochTree([]), [(order, 0, 0)])
    with refuses("order"):
        world.propose(tree, [(order, 5 * UNIT, 0), (order, 5 * UNIT, 0)])
    with refuses("order"):
        world.propose(tree, [(order + 1, 10 * UNIT, 0)])
    world.propose(tree, [(order, 10 * UNIT, 0)])


def test_a_tree_that_promises_more_than_its_sum_cannot_be_claimed(world: World, refuses) -> None:
    order = world.fund()
    ann, ben = world.workers[:2]
    honest = world.lines(order, {ann: [10 * UNIT], ben: [10 * UNIT]})
    tree = next_epoch(None, honest)
    world.propose(tree, [(order, 15 * UNIT, 0)], total=15 * UNIT)
    world.chain.pass_time(WINDOW)
    world.settle()
    with refuses("proof"):
        world.claim(tree, ann)


def test_an_unanchored_or_older_checkpoint_is_refused(world: World, refuses) -> None:
    order = world.fund()
    ann = world.workers[0]
    old = world.checkpoint()
    world.accept(order, {ann: [UNIT]})
    tree = next_epoch(world.tree, world.lines(order, {ann: [UNIT]}))
    with refuses("checkpoint"):
        world.propose(tree, [(order, UNIT, 0)], size=world.size + 1)
    with refuses("checkpoint"):
        world.propose(tree, [(order, UNIT, 0)], size=old)
    world.propose(tree, [(order, UNIT, 0)], size=world.size)


def test_the_slot_takes_one_proposal(world: World, refuses) -> None:
    order = world.fund()
    world.propose_lines(order, {world.workers[0]: [UNIT]})
    with refuses("pending"):
        world.propose_lines(order, {world.workers[0]: [UNIT]})
    with refuses("pulls"):
        world.chain.pass_time(WINDOW)
        world.payouts.settle(world.pool, [(order, UNIT, 1)])


def test_the_buyer_takes_back_what_is_free_after_the_notice(world: World, refuses) -> None:
    order = world.fund(100 * UNIT)
    world.escrow.reserve(order, 40 * UNIT, 10, sender=world.operator)
    with refuses("state"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    with refuses("auth"):
        world.escrow.close(order, sender=world.outsider)
    world.escrow.close(order, sender=world.buyer)
    assert world.chain.log("Closing")["refund_at"] == world.chain.time + NOTICE
    with refuses("wait"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    world.chain.pass_time(NOTICE)
    with refuses("auth"):
        world.escrow.refund(order, world.outsider, sender=world.outsider)
    with refuses("empty"):
        world.escrow.refund(order, "0x" + "00" * 20, sender=world.buyer)
    world.escrow.refund(order, world.buyer, sender=world.buyer)
    assert world.balance(world.buyer) == 60 * UNIT
    assert world.escrow.order(order).left == 40 * UNIT
    with refuses("nothing"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    # the reserved part still pays the worker after the buyer has left
    world.accept(order, {world.workers[0]: [40 * UNIT]})
    assert world.escrow.order(order).left == 0


def test_anyone_closes_after_the_deadline(world: World, refuses) -> None:
    order = world.fund(deadline=DAY)
    with refuses("auth"):
        world.escrow.close(order, sender=world.outsider)
    world.chain.pass_time(DAY + 1)
    world.escrow.close(order, sender=world.outsider)
    with refuses("state"):
        world.escrow.close(order, sender=world.outsider)


def test_two_attestations_shorten_the_notice_and_one_does_not(world: World, refuses) -> None:
    order = world.fund(100 * UNIT)
    with refuses("state"):
        world.escrow.attest(order, sender=world.operator)
    world.escrow.close(order, sender=world.buyer)
    with refuses("auth"):
        world.escrow.attest(order, sender=world.buyer)
    world.escrow.attest(order, sender=world.operator)
    world.escrow.attest(order, sender=world.operator)
    with refuses("wait"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    world.escrow.attest(order, sender=world.arbiter)
    world.escrow.refund(order, world.buyer, sender=world.buyer)
    assert world.balance(world.buyer) == 100 * UNIT


def test_no_refund_while_the_pool_is_busy_or_in_its_grace(world: World, refuses) -> None:
    order = world.fund(100 * UNIT)
    world.escrow.close(order, sender=world.buyer)
    world.chain.pass_time(NOTICE)
    world.propose_lines(order, {world.workers[0]: [60 * UNIT]})
    with refuses("busy"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    world.chain.pass_time(WINDOW)
    world.settle()
    with refuses("busy"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    world.chain.pass_time(GRACE)
    world.escrow.refund(order, world.buyer, sender=world.buyer)
    assert world.balance(world.buyer) == 40 * UNIT


def test_abandoned_reservations_return_at_last(world: World, refuses) -> None:
    order = world.fund(100 * UNIT)
    world.escrow.reserve(order, 100 * UNIT, 10, sender=world.operator)
    with refuses("state"):
        # No order is abandoned that its buyer did not close: it has no date to count from.
        world.escrow.refund_abandoned(order, world.buyer, sender=world.buyer)
    world.escrow.close(order, sender=world.buyer)
    world.chain.pass_time(NOTICE + ABANDON - 1)
    with refuses("wait"):
        world.escrow.refund_abandoned(order, world.buyer, sender=world.buyer)
    world.chain.pass_time(1)
    with refuses("auth"):
        world.escrow.refund_abandoned(order, world.griefer, sender=world.griefer)
    world.escrow.refund_abandoned(order, world.buyer, sender=world.buyer)
    assert world.balance(world.buyer) == 100 * UNIT
    assert world.escrow.order(order).reserved == 0


def test_reserving_is_the_operators_and_bounded(world: World, refuses) -> None:
    order = world.fund(100 * UNIT)
    with refuses("auth"):
        world.escrow.reserve(order, UNIT, 10, sender=world.buyer)
    with refuses("short"):
        world.escrow.reserve(order, 101 * UNIT, 10, sender=world.operator)
    world.escrow.reserve(order, 60 * UNIT, 10, sender=world.operator)
    with refuses("short"):
        world.escrow.reserve(order, 41 * UNIT, 10, sender=world.operator)


def permit(world: World, owner, amount: int, nonce: int, deadline: int) -> tuple[int, bytes, bytes]:
    signed = owner.sign_message(
        encode_typed_data(
            domain_data=token_domain(world),
            message_types={
                "Permit": [
                    {"name": "owner", "type": "address"},
                    {"name": "spender", "type": "address"},
                    {"name": "value", "type": "uint256"},
                    {"name": "nonce", "type": "uint256"},
                    {"name": "deadline", "type": "uint256"},
                ]
            },
            message_data={
                "owner": owner.address,
                "spender": world.escrow.address,
                "value": amount,
                "nonce": nonce,
                "deadline": deadline,
            },
        )
    )
    return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


def token_domain(world: World) -> dict[str, object]:
    return {
        "name": "Hakari test dollar",
        "version": "1",
        "chainId": world.chain.chain_id,
        "verifyingContract": world.token.address,
    }


def test_funding_by_permit_survives_a_front_run_permit(world: World, refuses) -> None:
    buyer = key("buyer")
    world.token.faucet(buyer.address, 20 * UNIT)
    until = world.chain.time + DAY
    v, r, s = permit(world, buyer, 10 * UNIT, 0, until)
    args = (world.pool, 1, 10 * UNIT, until, until, v, r, s)
    world.token.permit(buyer.address, world.escrow.address, 10 * UNIT, until, v, r, s, sender=world.griefer)
    order = world.escrow.fund_with_permit(*args, sender=buyer.address)
    assert world.escrow.order(order).buyer == buyer.address
    with refuses("erc20: insufficient allowance"):
        world.escrow.fund_with_permit(*args, sender=buyer.address)


def authorise(world: World, owner, to: str, amount: int, *, nonce: bytes, before: int) -> tuple[int, bytes, bytes]:
    signed = owner.sign_message(
        encode_typed_data(
            domain_data=token_domain(world),
            message_types={
                "ReceiveWithAuthorization": [
                    {"name": "from", "type": "address"},
                    {"name": "to", "type": "address"},
                    {"name": "value", "type": "uint256"},
                    {"name": "validAfter", "type": "uint256"},
                    {"name": "validBefore", "type": "uint256"},
                    {"name": "nonce", "type": "bytes32"},
                ]
            },
            message_data={
                "from": owner.address,
                "to": to,
                "value": amount,
                "validAfter": 0,
                "validBefore": before,
                "nonce": nonce,
            },
        )
    )
    return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


def test_a_relayer_funds_an_order_but_no_other_one(world: World, refuses) -> None:
    from eth_abi import encode
    from eth_utils import keccak

    buyer, salt = key("buyer"), b"\x09" * 32
    world.token.faucet(buyer.address, 20 * UNIT)
    until = world.chain.time + DAY
    types = ["uint256", "address", "uint256", "uint256", "uint256", "uint256", "bytes32"]
    nonce = keccak(encode(types, [31337, world.escrow.address, world.pool, 1, 10 * UNIT, until, salt]))
    v, r, s = authorise(world, buyer, world.escrow.address, 10 * UNIT, nonce=nonce, before=until)
    other = world.new_pool()
    with refuses("signature"):
        world.escrow.fund_with_authorization(
            buyer.address, other, 1, 10 * UNIT, until, salt, 0, until, v, r, s, sender=world.outsider
        )
    order = world.escrow.fund_with_authorization(
        buyer.address, world.pool, 1, 10 * UNIT, until, salt, 0, until, v, r, s, sender=world.outsider
    )
    assert world.escrow.order(order).buyer == buyer.address
    with refuses("used"):
        world.escrow.fund_with_authorization(
            buyer.address, world.pool, 1, 10 * UNIT, until, salt, 0, until, v, r, s, sender=world.outsider
        )
