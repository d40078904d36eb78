"""A pool's people vote on what a licence costs, and then for another operator: the node follows, and steps down; nobody loses pay."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import httpx
import pytest
from ballot import OPERATOR, PRICE, voted
from retold import retold
from stage import Stage, operating, served, until
from test_hatch import eyes_of
from world import CONFIG, GUIDELINE, LABEL_ITEMS, REWARD, UNIT_COST, WORKERS, World, mismatches, opened, secret
from world import PRICE as FIRST_PRICE
from world import terms as world_terms

from hakari.app import Node, pools, watcher, watching
from hakari.client import Refused
from hakari.doors.web import formats
from hakari.people.wallets import address_of

NEW_PRICE = 600_000
ITEMS = LABEL_ITEMS[:2]
ANSWERS = len(WORKERS) * len(ITEMS)
ARBITER, COURT, HEIR = (address_of(secret(name)) for name in ("arbiter", "court", "watcher"))
BEFORE = WORKERS[:2]
"""Who answered the second order before the pool was given to somebody else."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    folder = tmp_path_factory.mktemp("votes")
    node = opened(folder)
    try:
        with served(node):
            names = ("buyer of labels", "two", "student", *WORKERS)
            market = World(url=node.settings.url, public=folder / "public", names=names)
            yield lives(node, market, Stage(node=node, market=market, arbiter=None, court=None))  # type: ignore[arg-type]
            market.close()
    finally:
        node.close()


def lives(node: Node, market: World, stage: Stage) -> SimpleNamespace:
    made = SimpleNamespace(node=node, market=market, stage=stage, words=list[watcher.Word](), refused={})
    reader = market.person("reader")
    with operating(node):
        pools.open_pool(
            node, name="World", terms={**world_terms(node), "votes": "earned"}, arbiter=ARBITER, court=COURT
        )
        made.pool = market.pool()
        first = place(market, "buyer of labels")
        market.work_all({"label": first})
        market.judged({"label": first})
        market.settled()
        made.release = market.release(first)
        offer = int(reader.get(f"/v1/releases/{made.release}")["offers"][0]["offer"])
        market.quiet()
    voted(node, stage, made.pool, PRICE, offer.to_bytes(32, "big") + NEW_PRICE.to_bytes(32, "big"))
    with operating(node):
        market.wait("the new price", lambda: price_of(made) == NEW_PRICE)
        market.buy(made.release)
        market.wait("the sale", lambda: reader.get("/v1/statements", kind="sale")["items"])
        market.settled()
        made.second = place(market, "two")
        for name in BEFORE:
            market.work(name, {"label": made.second})
        market.quiet()
    made.epochs = len(stage.events("Accepted"))
    made.vote = voted(node, stage, made.pool, OPERATOR, bytes(12) + bytes.fromhex(HEIR[2:]))
    with operating(node):
        market.wait("the new operator", lambda: not reader.get("/v1/pools")["items"][0]["operated"])
        made.refused = {
            "work": refused(lambda: market.work(WORKERS[2], {"label": made.second})),
            "order": refused(lambda: another_order(market)),
        }
        number = int(reader.get(f"/v1/orders/{made.second}")["body"]["escrow_order"])
        stage.send(secret("two"), "escrow", "close", number)
        market.judged({"label": made.second})
        until("an anchor of what is due", stage.anchored)
        market.quiet()
        made.silent = len(stage.events("Proposed"))
        stage.rich(secret("watcher"))
        eyes = eyes_of(stage, made.words)
        until(
            "an epoch by the new operator",
            lambda: len(stage.events("Accepted")) > made.epochs,
            lambda: watching.look(eyes) or stage.pass_time(2),
        )
        watching.look(eyes)  # it claims for everybody
        market.quiet()
    return made


def place(market: World, name: str) -> str:
    return market.order(name, source="label", answers=ANSWERS, items=ITEMS, spec={"config": CONFIG}, listed=None)


def another_order(market: World) -> None:
    """Place an order in a pool that the node does not operate any more, past what makes a client careful."""
    who = market.delegated("three", "buy")
    number, deadline = market.fund("three", ANSWERS * UNIT_COST)
    body = {**next(iter(who.pages("/v1/orders")))["body"], "deadline": deadline, "escrow_order": number}
    who.order(body, items=ITEMS, guideline=GUIDELINE)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def price_of(made: SimpleNamespace) -> int:
    return int(made.market.person("reader").get(f"/v1/releases/{made.release}")["offers"][0]["price"])


def test_a_licence_is_sold_at_the_price_that_the_people_voted_for(lived: SimpleNamespace) -> None:
    [sale] = lived.market.person("reader").get("/v1/statements", kind="sale")["items"]
    assert (sale["statement"]["body"]["price"], FIRST_PRICE) == (str(NEW_PRICE), 1_000_003)
    assert lived.market.balance(lived.market.account("student")) == FIRST_PRICE - NEW_PRICE


def test_who_was_voted_out_takes_nothing_new_and_proposes_nothing(lived: SimpleNamespace) -> None:
    assert lived.refused == {"work": "other_operator", "order": "other_operator"}
    assert lived.silent == lived.epochs
    assert lived.market.person("reader").node_now()["sending"] == []


def test_who_was_voted_in_proposes_what_the_log_gives_and_work_before_the_vote_is_paid(lived: SimpleNamespace) -> None:
    *_, last = lived.stage.events("Proposed")
    assert last.args["proposer"] == HEIR
    assert [word.text for word in lived.words if word.kind == "could_not"] == []
    assert any(f"operated by {HEIR}" in word.text for word in lived.words)
    for name in WORKERS:
        lines = lived.market.person("reader").get(f"/v1/accounts/{lived.market.account(name)}/lines")["items"]
        assert {line["status"] for line in lines} == {"accepted"}
        paid = sum(int(line["amount"]) for line in lines if line["why"] == "work")
        assert name not in BEFORE or paid == 2 * len(ITEMS) * REWARD


def test_a_stranger_finds_everything_right_and_who_proposed(lived: SimpleNamespace) -> None:
    for rpc in (True, False):
        report = lived.market.verify(rpc=rpc)
        assert mismatches(report) == []
        assert any(f"proposed by {HEIR}, the pool's operator on chain" in note for note in report.notes)
        assert {each.name for each in report.checks} >= {"votes", "operator"}


def test_a_sale_at_another_price_than_the_voted_one_is_named(lived: SimpleNamespace) -> None:
    def lie(body) -> None:
        body["price"] = str(FIRST_PRICE)

    report = retold(lived.node, lived.market.public, kind="sale", nth=0, body=lie, until="chain")
    assert any("price of a sale" in each.what for each in report.mismatches), mismatches(report)


def test_the_votes_are_shown_as_done_with_what_they_changed(lived: SimpleNamespace) -> None:
    operator, price = lived.market.person("ada").votes(lived.pool)
    assert (operator["kind"], operator["state"]) == ("operator", "done")
    assert (price["kind"], price["state"]) == ("price", "done")
    assert price["change"][1] == {"what": "price", "from": str(FIRST_PRICE), "to": str(NEW_PRICE)}
    assert operator["change"] == [{"what": "operator", "from": lived.node.operator, "to": HEIR}]
    page = httpx.get(f"{lived.market.url}/p/{lived.pool}/votes").text
    for shown in ("000003", HEIR, lived.node.operator, formats.short(HEIR), 'id="vote-2"'):
        assert shown in page
    assert "another operator" in httpx.get(f"{lived.market.url}/p/{lived.pool}").text
    assert "hakari pool ask" in page
