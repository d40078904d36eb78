"""Anchor, pools, the test token, one-shot binding and the floors: who may write what, once."""

from __future__ import annotations

import pytest
from evm_chain import Chain
from log_trees import alike, alike_consistency
from money_world import BOND, CONSTANTS, DAY, LOG_ID, UNIT, ZERO, World

TOKEN_DAYS = [3, 5, 2, 10, 7, 2]


def test_a_log_has_one_history(world: World, refuses) -> None:
    one, two = alike(5), alike(9)
    now = world.chain.time

    def post(size: int, root: bytes, time: int, proof: list[bytes], *, sender: str = world.log_key) -> None:
        world.anchor.post(LOG_ID, size, root, time, proof, sender=sender)

    with refuses("auth"):
        post(5, one, now, [], sender=world.outsider)
    for size, time in ((0, now), (2**63, now), (5, 2**64)):
        with refuses("range"):
            post(size, one, time, [])
    post(5, one, now, [])
    proof = alike_consistency(5, 9)
    with refuses("fork"):
        post(5, two, now, [])
    with refuses("size"):
        post(4, alike(4), now, [])
    with refuses("time"):
        post(9, two, now - 1, proof)
    with refuses("empty"):
        post(9, b"\0" * 32, now, proof)
    post(5, one, now + 1, [])
    with refuses("time"):
        post(9, two, now, proof)
    post(9, two, now + 2, proof)
    assert (world.anchor.root_at(LOG_ID, 5), world.anchor.root_at(LOG_ID, 9)) == (one, two)
    latest = world.anchor.latest(LOG_ID)
    assert (latest.size, latest.root, latest.time) == (9, two, now + 2)


def test_a_log_key_is_registered_once(world: World, refuses) -> None:
    with refuses("registered"):
        world.anchor.register(LOG_ID, world.outsider)
    with refuses("key"):
        world.anchor.register(b"\x99" * 32, ZERO)
    assert world.anchor.key_of(LOG_ID) == world.log_key


@pytest.mark.parametrize("same", [("operator", "arbiter"), ("operator", "court"), ("arbiter", "court")])
def test_three_roles_are_three_addresses(world: World, refuses, same: tuple[str, str]) -> None:
    with refuses("roles"):
        world.new_pool(**dict.fromkeys(same, world.operator))


def test_the_registry_is_no_court(world: World, refuses) -> None:
    with refuses("roles"):
        world.new_pool(court=world.pools.address)


def test_the_creator_changes_terms_until_the_first_order(world: World, refuses) -> None:
    def publish(version: int, sender: str) -> None:
        world.pools.publish_terms(
            world.pool, version, b"\x02" * 32, world.arbiter, world.court, 300, CONSTANTS, sender=sender
        )

    with refuses("auth"):
        publish(2, world.outsider)
    with refuses("version"):
        publish(3, world.buyer)
    publish(2, world.buyer)
    assert world.pools.terms(world.pool, 2).fee_cap_bps == 300
    world.fund(UNIT)
    with refuses("orders"):
        publish(3, world.buyer)
    with refuses("orders"):
        world.pools.set_operator(world.pool, world.outsider, sender=world.buyer)


def test_an_order_names_an_existing_version(world: World, refuses) -> None:
    world.rich(world.buyer)
    for version in (0, 2):
        with refuses("terms"):
            world.escrow.fund(world.pool, version, UNIT, world.chain.time + DAY, sender=world.buyer)
    with refuses("terms"):
        world.escrow.fund(world.pool + 1, 1, UNIT, world.chain.time + DAY, sender=world.buyer)


def test_a_release_is_published_once(world: World, refuses) -> None:
    with refuses("auth"):
        world.pools.publish_release(world.pool, b"\x01" * 32, b"\x02" * 32, sender=world.outsider)
    world.pools.publish_release(world.pool, b"\x01" * 32, b"\x02" * 32, sender=world.operator)
    with refuses("release"):
        world.pools.publish_release(world.pool, b"\x01" * 32, b"\x03" * 32, sender=world.operator)
    assert world.pools.release_root(world.pool, b"\x01" * 32) == b"\x02" * 32


def test_the_guardian_stops_inflow_only_and_not_for_ever(world: World, refuses) -> None:
    order = world.fund()
    with refuses("auth"):
        world.pools.pause(1, sender=world.operator)
    with refuses("days"):
        world.pools.pause(31, sender=world.guardian)
    world.pools.pause(30, sender=world.guardian)
    with refuses("paused"):
        world.fund()
    tree = world.accept(order, {world.workers[0]: [UNIT]})
    world.claim(tree, world.workers[0])
    world.chain.pass_time(30 * DAY)
    world.fund()
    with refuses("wait"):
        world.pools.pause(1, sender=world.guardian)
    world.chain.pass_time(30 * DAY)
    world.pools.pause(1, sender=world.guardian)


def test_binding_happens_once_and_only_by_the_deployer(world: World, refuses) -> None:
    some = world.outsider
    with refuses("bound"):
        world.pools.bind(some, some, some, sender=world.deployer)
    with refuses("bound"):
        world.escrow.bind(some, some, some, sender=world.deployer)
    with refuses("bound"):
        world.payouts.bind(some, sender=world.deployer)
    for bind in (lambda: world.payouts.bind(some), lambda: world.escrow.bind(some, some, some)):
        with refuses("auth"):
            bind()


def test_the_token_exists_on_local_chains_only(refuses) -> None:
    with refuses("local"):
        Chain(chain_id=1).deploy("payment_token")
    Chain(chain_id=1337).deploy("payment_token")


def test_the_local_profile_exists_on_local_chains_only(world: World, refuses) -> None:
    with refuses("local"):
        Chain(chain_id=8453).deploy("pools", ZERO, True)
    world.chain.deploy("pools", ZERO, True)


@pytest.mark.parametrize("below", range(6))
def test_times_below_the_floor_are_refused(world: World, refuses, below: int) -> None:
    floors = [1, 2, 1, 5, 3, 1]
    where = [world.token.address, world.escrow.address, world.pools.address, world.anchor.address]

    def deploy(days: list[float], *, local: bool, bond: int = BOND) -> None:
        scale = 1 if local else DAY
        world.chain.deploy("payouts", *where, local, *[int(d * scale) for d in days], bond)

    deploy(floors, local=False)
    deploy(floors, local=True)
    short = [d - 1 if i == below else d for i, d in enumerate(floors)]
    with refuses("floor"):
        deploy(short, local=False)
    with refuses("floor"):
        deploy(short, local=True)
    with refuses("floor"):
        deploy(floors, local=False, bond=UNIT - 1)


def test_the_notice_covers_the_dead_time_and_the_grace(world: World, refuses) -> None:
    own = {"sender": world.deployer}
    short = world.chain.deploy(
        "escrow", world.token.address, world.pools.address, False, 10 * DAY - 1, 180 * DAY, **own
    )
    with refuses("floor"):
        short.bind(world.payouts.address, world.licences.address, ZERO, **own)
    enough = world.chain.deploy("escrow", world.token.address, world.pools.address, False, 10 * DAY, 180 * DAY, **own)
    enough.bind(world.payouts.address, world.licences.address, ZERO, **own)
    with refuses("floor"):
        world.chain.deploy("escrow", world.token.address, world.pools.address, False, 10 * DAY, 90 * DAY - 1, **own)
