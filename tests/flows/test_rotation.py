"""The operator's key replaced in the middle of a life: orders, pay, a release and its sale go on, and a stranger verifies it all."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from stage import until
from world import UNIT_COST, WORKERS, Ending, World, mismatches, opened, world

from hakari.app import Node, rotate, trust, watcher, watching
from hakari.core.ids import Account
from hakari.doors.server import serving
from hakari.doors.web import formats
from hakari.people.wallets import address_of

PASSPHRASE = "of these tests"


@dataclass(frozen=True, kw_only=True)
class Lived:
    """A life with two operators, over and served still."""

    world: World
    node: Node
    old: Account
    ending: Ending
    done: int


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("rotation")
    with world(folder, passphrase=PASSPHRASE) as (market, node):
        orders = market.orders()
        for name in WORKERS:
            market.work(name, {"label": orders["label"]})
        market.work(WORKERS[0], {"rank": orders["rank"]})
        # An epoch of the old account stands on chain, its bond in the slot, when the key is replaced.
        pool = market.pool()
        until("a proposal", lambda: market.number("payouts", "busy(uint256)", [pool]))
        settings, old = node.settings, node.operator
    rotate(settings, "operator")
    node = opened(folder, passphrase=PASSPHRASE, port=settings.port)
    try:
        with serving(node):
            market = World(url=node.settings.url, public=folder / "public", receipts=market.receipts)
            market.work_all(orders)
            market.judged(orders)
            market.settled()
            market.claim()
            market.buy(market.release(orders["label"]))
            market.wait("the sale", lambda: market.person("reader").get("/v1/statements", kind="sale")["items"])
            market.settled()
            market.claim()
            market.wait("the old account's credits", lambda: not held(market, node, old))
            market.quiet()
            ending = market.ending(orders)
            done = sum(int(str(each["accepted"])) for each in ending.orders.values())
            yield Lived(world=market, node=node, old=old, ending=ending, done=done)
            market.close()
    finally:
        node.close()


def held(market: World, node: Node, account: Account) -> int:
    """What an account has in tokens and credits."""
    credits_ = sum(market.number(each, "credits(address)", [account]) for each in ("payouts", "stakes"))
    return market.balance(account) + credits_


def test_a_life_with_two_operators_verifies_with_every_receipt_from_the_folder_and_with_an_rpc(lived: Lived) -> None:
    assert mismatches(lived.world.verify()) == []
    assert mismatches(lived.world.verify(rpc=False)) == []


def test_the_new_account_said_and_signed_what_came_after(lived: Lived) -> None:
    old, new, reader = lived.old, lived.node.operator, lived.world.person("reader")
    authors = {
        kind: [each["statement"]["author"] for each in reader.pages("/v1/statements", kind=kind)]
        for kind in ("node", "verdicts", "release", "sale")
    }
    assert authors == {"node": [old, old], "verdicts": [old, new], "release": [new], "sale": [new]}
    assert reader.node_now()["operator"] == new
    assert lived.world.number("pools", "operator(uint256)", [1]) == int(new, 16)
    *_, followed = reader.pages("/v1/statements", kind="node")
    page = httpx.get(f"{lived.world.url}/explore/{followed['leaf']}", headers={"Accept-Language": "en"}).text
    assert f"to {formats.short(new)}, who operates it from here on" in page


def test_everybody_is_paid_for_work_before_and_after(lived: Lived) -> None:
    balances = lived.ending.balances
    assert (
        sum(balances[name] for name in (*WORKERS, "treasury", "buyer of labels")) == lived.done * UNIT_COST + 1_000_003
    )
    assert held(lived.world, lived.node, lived.old) == 0
    # Nothing is left of what people earned; the operator's credits for its bonds are all that lies there.
    assert balances["payouts"] == lived.world.number("payouts", "credits(address)", [lived.node.operator])


def test_the_old_accounts_bonds_and_tokens_are_the_new_ones(lived: Lived) -> None:
    # Test money is given to each operator once; what is not in somebody's order came back from bonds.
    assert held(lived.world, lived.node, lived.node.operator) == 2 * 10**12


def test_trust_and_the_watcher_see_the_new_account(lived: Lived) -> None:
    roles = {role.name: [each.account for each in role.holders] for role in trust.trust(lived.node).roles}
    assert roles["operator"] == roles["session"] == [lived.node.operator]
    said: list[watcher.Word] = []
    watch = watcher.open_watch(
        lived.world.url, rpc=None, secret=b"\7" * 32, limit=0, claims=False, proposes=True, tell=said.append
    )
    assert address_of(watch.secret) != lived.node.operator
    assert not watching.look(watch)
    assert not watch.trouble, said
    assert [each.text.split(":")[1] for each in said] == [" the public files give each of their roots"]
