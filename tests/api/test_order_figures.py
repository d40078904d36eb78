"""An order's figures through the public door: of judged answers alone, for everybody; single tasks of a sealed order for its buyer."""

import json

import pytest
from click.testing import CliRunner
from market import GUIDELINE, REWARD, UNIT_COST, Market, error, items

from hakari.client import Refused
from hakari.doors.cli.main import cli

TASKS = 26


def placed(market: Market, buyer: str, **changed) -> str:
    who = market.person(buyer, "buy")
    cost = TASKS * 3 * UNIT_COST
    escrow_order, deadline = market.fund(who, cost)
    body = market.body(escrow_order=escrow_order, deadline=deadline, budget=cost, **changed)
    return who.order(body, items=items(TASKS), guideline=GUIDELINE).id


def answered(market: Market, order: str, names=("ada", "ben", "sam")) -> None:
    for name in names:
        # Two agree everywhere; the third says «bad» to everything.
        said = [(n, {"mood": "bad" if n % 2 else "good"} if name != "sam" else {"mood": "bad"}) for n in range(TASKS)]
        market.signed_in(name, "work").submit(order, said)


def test_figures_are_of_judged_answers_alone(market: Market) -> None:
    order = placed(market, "buyer of figures")
    answered(market, order, ("ada", "ben"))
    before = market.http.get(f"/v1/orders/{order}/figures").json()
    assert (before["verdicts"], before["answers"], before["agreement"], before["confusion"]) == (None, 0, [], [])
    assert (before["money"], before["right"], before["voices"]) == (None, None, None)
    assert market.http.get(f"/v1/orders/{order}/figures/items").json() == {"items": [], "next": None}

    answered(market, order, ("sam",))
    market.until(lambda: market.http.get(f"/v1/orders/{order}").json()["status"] == "judged")
    found = market.http.get(f"/v1/orders/{order}/figures").json()
    [agreement] = found["agreement"]
    # By hand: 26 good and 52 bad of 78; in 13 tasks one of three differs, so 26 of 78 met values do, and 2 · 26 · 52 / 77 by chance.
    assert agreement == {"question": "mood", "compared": "equal", "alpha_bps": 2596, "answers": 78, "tasks": 26}
    assert found["verdicts"] == market.http.get(f"/v1/orders/{order}").json()["verdicts"][-1]["id"]
    accepted = sum(row["accepted"] for row in market.http.get(f"/v1/orders/{order}/figures/items").json()["items"])
    assert found["money"]["work"] == str(REWARD * accepted)
    assert found["money"]["kept"] == str(REWARD * (78 - accepted))
    assert (found["money"]["refused"], found["money"]["settled"]) == ("0", True)
    assert found["right"]["by"] == "confidence"
    assert int(found["money"]["per_right"]) >= int(found["money"]["all"]) // TASKS
    assert (found["voices"]["accounts"], found["voices"]["top_bps"], found["voices"]["languages"]) == (3, 3333, {})
    # sam says the same to everything.
    assert (found["peers"]["least"][0]["account"], found["peers"]["least"][0]["met"]) == (
        market.person("sam").account,
        52,
    )
    assert (found["peers"]["accounts"], found["peers"]["blind"]) == (3, 1)
    assert "People who share one sheet score highest" in market.http.get(f"/orders/{order}").text
    assert found["curve"][-1][0] == found["money"]["work"]
    [confusion] = found["confusion"]
    assert sum(map(sum, confusion["counts"])) == 78


def test_items_come_in_pages_and_the_command_shows_the_same(market: Market) -> None:
    order = placed(market, "buyer of pages")
    answered(market, order)
    market.until(lambda: market.http.get(f"/v1/orders/{order}").json()["status"] == "judged")
    path = f"/v1/orders/{order}/figures/items"
    first = market.http.get(path, params={"limit": 20}).json()
    rest = market.http.get(path, params={"limit": 20, "cursor": first["next"]}).json()
    assert [row["task"] for row in (*first["items"], *rest["items"])] == list(range(TASKS))
    assert (first["next"], rest["next"]) == ("20", None)
    assert all(set(row["confidence"]) == {"mood"} and row["answers"] == 3 for row in first["items"])
    run = CliRunner()
    shown = run.invoke(cli, ["order", "figures", order, "--url", market.url, "--json"])
    assert json.loads(shown.stdout) == market.http.get(f"/v1/orders/{order}/figures").json()
    lines = run.invoke(cli, ["order", "figures", order, "--items", "--url", market.url, "--json"])
    assert json.loads(lines.stdout) == [*first["items"], *rest["items"]]
    assert run.invoke(cli, ["order", "figures", order, "--url", market.url]).exit_code == 0


def test_single_tasks_of_a_sealed_order_are_its_buyers(market: Market) -> None:
    keyed, market.pool = market.pool, market._pool("sealed")
    try:
        order = placed(market, "buyer who seals", evidence="sealed")
    finally:
        market.pool = keyed
    answered(market, order)
    market.until(lambda: market.http.get(f"/v1/orders/{order}").json()["status"] == "judged")
    refused = market.http.get(f"/v1/orders/{order}/figures/items")
    assert (refused.status_code, error(refused)["code"]) == (403, "sealed_figures")
    with pytest.raises(Refused, match="sealed order"):
        market.signed_in("ada").get(f"/v1/orders/{order}/figures/items")
    own = market.signed_in("buyer who seals").get(f"/v1/orders/{order}/figures/items")
    assert len(own["items"]) == TASKS
    assert market.http.get(f"/v1/orders/{order}/figures").json()["answers"] == 3 * TASKS


def test_an_order_that_is_not_there_has_no_figures(market: Market) -> None:
    for path in ("figures", "figures/items"):
        missing = market.http.get(f"/v1/orders/{'0' * 64}/{path}")
        assert (missing.status_code, error(missing)["code"]) == (404, "unknown_order")


def test_what_people_say_of_themselves_counts_in_shares_and_is_shown_to_nobody_else(market: Market) -> None:
    ada, ben = (market.signed_in(name, "work") for name in ("ada", "ben"))
    assert ada.get("/v1/declared") == {"language": None, "region": None}
    for wrong, pointer in ((("Japanese", None), "/language"), (("ja", "jp"), "/region"), ((None, "JPN"), "/region")):
        with pytest.raises(Refused) as caught:
            ada.declare(language=wrong[0], region=wrong[1])
        assert (caught.value.status, caught.value.pointer) == (400, pointer)
    assert ada.get("/v1/declared") == {"language": None, "region": None}
    assert market.http.get("/v1/declared").status_code == 401
    with market.node.store.reading() as book:
        before = book.statements.size()
    assert ada.declare(language="ja", region="JP") == ada.get("/v1/declared") == {"language": "ja", "region": "JP"}
    ben.declare(language="pt")
    with market.node.store.reading() as book:
        assert book.statements.size() == before
    order = placed(market, "buyer of voices")
    answered(market, order)
    market.until(lambda: market.http.get(f"/v1/orders/{order}").json()["status"] == "judged")
    found = market.http.get(f"/v1/orders/{order}/figures").json()["voices"]
    # Fewer than twenty: no name stands there.
    assert found["languages"] == {"not declared": 3333, "other": 6667}
    assert found["regions"] == {"not declared": 6667, "other": 3333}
    assert ada.declare() == {"language": None, "region": None}
    ben.declare()
