"""A vote of a pool's people, counted again from the chain's events: no lie about it, or about what it did, goes unnamed."""

from dataclasses import replace

import pytest

from hakari.pay import tree as pay_tree
from hakari.pay.tree import keccak_256
from hakari.verify.verification import verify

from .test_outsiders import at_visit
from .world import KINDS, Person, View, World

PRICE, OFFER = 4, 1
ASKED, SOLD_AT = 2_000_000, 1_000_003


def with_votes(terms):
    return {**terms, "votes": "earned"}


def carried(world, kind, payload, contract, event, **effect):
    """Have the world's people vote for something after its first epoch, and let it come about in one transaction."""
    root, total = pay_tree.shares_root(world.earned)
    number, ends = 1, world.time + 5
    world.emit(
        "pools",
        "VoteProposed",
        vote=number,
        pool=1,
        kind=kind,
        payload_hash=keccak_256(payload).hex(),
        by=world.workers[0].account,
        snapshot_epoch=1,
        shares_root=root.hex(),
        shares_total=total,
        ends=ends,
    )
    for worker in world.workers[:3]:
        weight = world.earned[worker.account]
        world.emit("pools", "Cast", vote=number, account=worker.account, support=True, weight=weight)
    world.time = ends + 1
    world.emit("pools", "Queued", vote=number, ready=world.time + 3)
    world.time += 4
    done = world.block + 1
    world.emit("pools", "Executed", vote=number, payload=payload.hex())
    world.block = done - 1  # the same transaction
    world.emit(contract, event, **effect)
    if world.events[-1].block == done:
        world.events[-1] = replace(world.events[-1], index=1)


class Repriced(World):
    """The people lower what a licence costs before the first one is sold."""

    def __init__(self, lies=None):
        super().__init__(
            {"terms": with_votes, "licences.Offered": lambda args: {**args, "price": ASKED}, **(lies or {})}
        )

    def emit(self, contract, event, **args):
        super().emit(contract, event, **args)
        if event == "Offered":
            payload = OFFER.to_bytes(32, "big") + SOLD_AT.to_bytes(32, "big")
            carried(self, PRICE, payload, "licences", "Priced", offer=OFFER, price=SOLD_AT)


def test_a_vote_on_a_price_holds_with_and_without_an_rpc():
    world = Repriced()
    files = world.held()
    for chain, level in ((View(world), "recomputed"), (None, "recomputed")):
        report = verify(files, chain, kinds=KINDS)
        assert report.ok, report.mismatches
        assert {(each.name, each.level): each.count for each in report.checks}["votes", level] == 4


def changed(**given):
    return lambda args: {**args, **given}


@pytest.mark.parametrize(
    ("lies", "told"),
    [
        ({"pools.Cast": at_visit(1, changed(weight=1))}, "weight in vote 1"),
        ({"pools.Cast": at_visit(1, changed(account=Person(99).account))}, "weight in vote 1"),
        ({"pools.Cast": at_visit(2, changed(account=Person(10).account))}, "event"),
        ({"pools.Cast": changed(support=False)}, "majority of vote 1"),
        ({"pools.Cast": lambda _: None}, "majority of vote 1"),
        ({"pools.VoteProposed": changed(shares_root="ab" * 32)}, "weights of vote 1 by epoch 1"),
        ({"pools.VoteProposed": changed(snapshot_epoch=2)}, "epoch that a vote weighs by"),
        ({"pools.VoteProposed": changed(kind=8)}, "kind of a vote"),
        ({"pools.VoteProposed": changed(vote=2)}, "number of a vote"),
        ({"pools.VoteProposed": changed(ends=10**10)}, "majority"),
        ({"pools.VoteProposed": changed(ends=1)}, "vote"),
        ({"pools.VoteProposed": changed(payload_hash="ab" * 32)}, "hash of what vote 1 did"),
        ({"pools.Queued": lambda _: None}, "execution"),
        ({"pools.Queued": changed(ready=10**10)}, "execution"),
        ({"pools.Executed": lambda _: None}, "price"),
        ({"licences.Priced": lambda _: None}, "price of offer 1"),
        ({"licences.Priced": changed(price=SOLD_AT - 1)}, "price of offer 1"),
        ({"licences.Priced": changed(offer=2)}, "offer"),
    ],
)
def test_a_lie_about_a_vote_or_its_price_is_named(lies, told):
    report = verify(Repriced(lies).held(), kinds=KINDS)
    assert any(told in each.what for each in report.mismatches), report.mismatches


def test_nothing_is_sold_after_a_vote_stopped_it():
    class Stopped(World):
        def emit(self, contract, event, **args):
            super().emit(contract, event, **args)
            if event == "Offered":
                carried(self, 5, OFFER.to_bytes(32, "big"), "licences", "Stopped", offer=OFFER)

    report = verify(Stopped({"terms": with_votes}).held(), kinds=KINDS)
    assert any("sale of offer 1 stopped" in each.what for each in report.mismatches), report.mismatches


def test_no_vote_weighs_by_an_epoch_that_publishes_no_weights():
    report = verify(Repriced({"terms": lambda terms: terms}).held(), kinds=KINDS)
    assert any("weights of vote 1" in each.what for each in report.mismatches), report.mismatches


class Ousted(World):
    """The people give the pool to somebody else before the second epoch."""

    heir = Person(97)

    def release(self):
        super().release()
        payload = bytes(12) + bytes.fromhex(self.heir.account[2:])
        carried(self, 2, payload, "pools", "OperatorChanged", pool=1, operator=self.heir.account)


def test_an_epoch_by_who_was_voted_in_needs_no_word_of_who_was_voted_out():
    world = Ousted({"terms": with_votes})
    world.unsaid, world.proposers = {2}, {2: world.heir}
    report = verify(world.held(), kinds=KINDS)
    assert report.ok, report.mismatches
    assert any(f"proposed by {world.heir.account}, the pool's operator" in each for each in report.notes)


def test_an_epoch_said_by_who_was_voted_out_is_named():
    world = Ousted({"terms": with_votes})
    world.proposers = {2: world.heir}
    report = verify(world.held(), kinds=KINDS)
    [found] = report.mismatches
    assert (found.what, found.expected) == ("operator of pool 1 on chain", world.heir.account)
