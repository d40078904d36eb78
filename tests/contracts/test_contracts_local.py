"""The local profile: the same contracts, a second for each day."""

from __future__ import annotations

from evm_chain import Chain
from money_world import UNIT, World


def test_an_epoch_of_seconds_pays_like_one_of_days(refuses) -> None:
    world = World(chain=Chain(chain_id=1337), local=True)
    ann = world.workers[0]
    order = world.fund(10 * UNIT, deadline=1000)
    tree = world.propose_lines(order, {ann: [4 * UNIT]})
    world.chain.pass_time(2)
    with refuses("wait"):
        world.settle()
    world.chain.pass_time(1)
    world.settle()
    world.claim(tree, ann)
    assert world.balance(ann) == 4 * UNIT
    world.escrow.close(order, sender=world.buyer)
    world.chain.pass_time(13)
    with refuses("wait"):
        world.escrow.refund(order, world.buyer, sender=world.buyer)
    world.chain.pass_time(1)
    world.escrow.refund(order, world.buyer, sender=world.buyer)
    assert world.balance(world.buyer) == 6 * UNIT


def test_the_profile_is_readable_on_every_contract() -> None:
    for local in (True, False):
        world = World(local=local)
        for contract in (world.pools, world.escrow, world.payouts, world.licences, world.stakes):
            assert contract.LOCAL() is local
