"""A pool's people vote for other terms: what was funded under the first version is paid by it, what comes after by the second."""

from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from ballot import TERMS, voted
from retold import retold
from stage import Stage, operating, served
from world import CONFIG, FEE_BPS, LABEL_ITEMS, REWARD, WORKERS, World, mismatches, opened, secret
from world import terms as world_terms

from hakari.app import Node, amending, pools
from hakari.core.canonical import Json
from hakari.core.money import portion
from hakari.people.wallets import address_of

NEW_FEE_BPS = 800
ITEMS = LABEL_ITEMS[:2]
ANSWERS = len(WORKERS) * len(ITEMS)
ARBITER, COURT = (address_of(secret(name)) for name in ("arbiter", "court"))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    folder = tmp_path_factory.mktemp("terms")
    node = opened(folder)
    try:
        with served(node):
            market = World(url=node.settings.url, public=folder / "public", names=("one", "two", "three", *WORKERS))
            stage = Stage(node=node, market=market, arbiter=None, court=None)  # type: ignore[arg-type]
            with operating(node):
                made = lives(node, market, stage)
            yield made
            market.close()
    finally:
        node.close()


def lives(node: Node, market: World, stage: Stage) -> SimpleNamespace:
    first: dict[str, Json] = {**world_terms(node), "votes": "earned"}
    pools.open_pool(node, name="World", terms=first, arbiter=ARBITER, court=COURT)
    pool = market.pool()
    one, two = (place(market, name, version=1) for name in ("one", "two"))
    worked(market, one)
    # The second order is funded before the vote and worked on after it.
    second: dict[str, Json] = {**first, "fee_bps": NEW_FEE_BPS, "early": {"answers": 2, "extra_bps": 5000, "most": 2}}
    motion = amending.draft(node, pool, second, arbiter=ARBITER, court=COURT)
    voted(node, stage, pool, TERMS, motion.payload)
    market.wait("the second version", lambda: len(market.person("reader").get(f"/v1/pools/{pool}/terms")["items"]) > 1)
    three = place(market, "three", version=2)
    worked(market, three)
    worked(market, two)
    market.claim()
    market.quiet()
    return SimpleNamespace(
        node=node, market=market, stage=stage, pool=pool, orders=(one, two, three), terms=(first, second), motion=motion
    )


def place(market: World, name: str, *, version: int) -> str:
    """Place a label order under a version of the terms."""
    fee = (FEE_BPS, NEW_FEE_BPS)[version - 1]
    return market.order(
        name,
        source="label",
        answers=ANSWERS,
        items=ITEMS,
        spec={"config": CONFIG},
        listed=None,
        version=version,
        unit_cost=REWARD + portion(REWARD, fee),
    )


def worked(market: World, order: str) -> None:
    """Have an order answered, judged and paid by an accepted epoch."""
    market.work_all({"label": order})
    market.judged({"label": order})
    market.settled()


def fees(node: Node, order: str) -> dict[str, int]:
    """What an order's lines are by their why, over all accepted epochs."""
    found: Counter[str] = Counter()
    with node.store.reading() as book:
        cause = book.statements.about("verdicts", order)[-1][0].id
        for row in book.payouts.epochs():
            for line in book.payouts.lines(row.pool, row.number):
                if row.status == "accepted" and line.cause == cause:
                    found[line.why] += line.amount
    return dict(found)


def test_each_order_is_paid_by_the_terms_that_it_was_funded_under(lived: SimpleNamespace) -> None:
    for order, fee in zip(lived.orders, (FEE_BPS, FEE_BPS, NEW_FEE_BPS), strict=True):
        got = fees(lived.node, order)
        assert got["fee"] == got["work"] // REWARD * portion(REWARD, fee)
    with lived.node.store.reading() as book:
        versions = [row.body["terms_version"] for row in book.payouts.epochs(lived.pool)]
    assert versions == [1, 2, 1]


def test_a_stranger_finds_everything_right(lived: SimpleNamespace) -> None:
    assert mismatches(lived.market.verify()) == []
    assert mismatches(lived.market.verify(rpc=False)) == []


def test_the_log_and_the_door_say_both_versions(lived: SimpleNamespace) -> None:
    reader = lived.market.person("reader")
    found = reader.get(f"/v1/pools/{lived.pool}/terms")
    assert [each["terms"] for each in found["items"]] == list(lived.terms)
    assert found["waiting"] == []
    assert found["items"][1]["hash"] == lived.motion.hash
    assert reader.get("/v1/pools")["items"][0]["terms_version"] == 2
    [vote] = reader.votes(lived.pool)
    changed = {each["what"]: (each["from"], each["to"]) for each in vote["change"]}
    assert changed["terms_version"] == ("1", "2")
    assert changed["terms.fee_bps"] == (str(FEE_BPS), str(NEW_FEE_BPS))
    assert changed["terms.early.most"] == ("", "2")
    assert "terms.licence" not in changed


@pytest.mark.parametrize(
    ("which", "version", "section"),
    [(0, 2, "statements"), (1, 1, "epochs"), (2, 2, "epochs")],
    ids=["before it was said", "the new order's", "the old order's"],
)
def test_an_epoch_under_the_wrong_version_is_named(
    lived: SimpleNamespace, which: int, version: int, section: str
) -> None:
    def lie(body: dict[str, Json]) -> None:
        body["terms_version"] = version

    report = retold(lived.node, lived.market.public, kind="epoch", nth=which, body=lie)
    assert any(each.section == section for each in report.mismatches), mismatches(report)


def test_lines_by_the_other_versions_fee_are_named(lived: SimpleNamespace) -> None:
    def lie(lines: list[dict[str, Json]]) -> None:
        for line in lines:
            if line["why"] == "fee":
                line["amount"] = str(int(str(line["amount"])) * FEE_BPS // NEW_FEE_BPS)

    report = retold(lived.node, lived.market.public, kind="epoch", nth=1, member="lines", lines=lie)
    assert any("line of epoch statement" in each.what for each in report.mismatches), mismatches(report)


def test_a_version_that_the_chain_never_bound_is_named(lived: SimpleNamespace) -> None:
    def lie(body: dict[str, Json]) -> None:
        body["terms"] = {**lived.terms[1], "fee_bps": FEE_BPS + 1}

    report = retold(lived.node, lived.market.public, kind="pool", nth=1, body=lie, until="chain")
    assert any("hash of terms 2" in each.what for each in report.mismatches), mismatches(report)
