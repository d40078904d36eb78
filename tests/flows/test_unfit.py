"""What comes out of reviews makes a reviewer's reputation; who is shown unfit is left out of the reviews of orders that ask for it."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from market_by_merit import QUALITY, Merit, cost
from retold import retold
from world import CONFIG, World, mismatches, world

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.truth.reputation import reputation
from hakari.work.quality import REVIEWERS

SERVING, UNFIT = ("eve", "fay"), "rod"
TASKS = 7
REWARD = 70_000
WITHIN = 3_600
REVIEWS: dict[str, Json] = {"reward": str(REWARD), "share_bps": 10_000, "within_s": WITHIN}


def says(name: str, _task: int) -> Json:
    return {"mood": "bad" if name == UNFIT else "good"}


@dataclass
class Lived:
    """careful: an order that leaves out reviewers who are unfit; open: one that does not. Both were drawn when one was shown to be."""

    market: World
    merit: Merit
    careful: str
    open: str

    def panels(self, order: str) -> list[list[str]]:
        [draw] = [each for each in self.merit.said("draw") if each["order"] == order]
        data = (self.market.public / "evidence" / str(draw["panels"])).read_bytes()
        return [list(line["panel"]) for line in canonical.read_lines(data)]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    ahead = [0]
    with world(tmp_path_factory.mktemp("unfit"), clock=lambda: int(time.time()) + ahead[0]) as (market, node):
        merit = Merit(market, node)
        merit.serve((*SERVING, UNFIT), "review")

        def order(buyer: str, items: int, reviews: dict[str, Json]) -> str:
            made = merit.order(
                buyer,
                items=[{"text": f"{buyer}, evening {n}."} for n in range(items)],
                spec={"config": CONFIG},
                redundancy=2,
                quality={**QUALITY, "reviews": reviews},
                beside=items * REVIEWERS[-1] * cost(REWARD),
            )
            for name in ("ada", "ben"):
                merit.answer(name, made, says)
            market.wait("the draw", lambda: [each for each in merit.said("draw") if each["order"] == made])
            return made

        first = order("buyer", TASKS, REVIEWS)
        for name in (*SERVING, UNFIT):
            merit.answer(name, first, says, role="review")
        ahead[0] = WITHIN
        market.wait("the settlement", lambda: merit.said("settlement"))
        market.settled("settlement")
        found = Lived(
            market=market,
            merit=merit,
            careful=order("careful buyer", 1, {**REVIEWS, "unfit_bps": 100}),
            open=order("open buyer", 1, REVIEWS),
        )
        market.quiet()
        yield found


def test_only_the_order_that_asks_for_it_leaves_the_unfit_reviewer_out(lived: Lived) -> None:
    eve, fay, rod = (lived.market.account(name) for name in (*SERVING, UNFIT))
    assert [set(panel) for panel in lived.panels(lived.careful)] == [{eve, fay}]
    assert [set(panel) for panel in lived.panels(lived.open)] == [{eve, fay, rod}]


def test_a_stranger_draws_the_same_and_counts_the_same_reputation(lived: Lived) -> None:
    report = lived.market.verify()
    assert mismatches(report) == []
    assert {check.name: check.level for check in report.checks}["draws"] == "recomputed"
    right, answers = Counter[str](), Counter[str]()
    for said in lived.merit.said("settlement"):
        for line in canonical.read_lines((lived.market.public / "evidence" / str(said["pay"])).read_bytes()):
            if line["role"] == "review":
                right[str(line["account"])] += int(str(line["accepted"]))
                answers[str(line["account"])] += int(str(line["answers"]))
    reader = lived.market.person("reader")
    for name, unfit in (*((each, False) for each in SERVING), (UNFIT, True)):
        account = lived.market.account(name)
        [known] = reader.get(f"/v1/accounts/{account}")["reputation"]
        assert (known["right"], known["wrong"]) == (right[account], answers[account] - right[account])
        bound = reputation(known["right"], known["wrong"], classes=2)
        assert known == {
            **{"pool": lived.market.pool(), "role": "review", "right": known["right"], "wrong": known["wrong"]},
            **{"low_bps": int(bound.low * 10_000), "unfit": unfit},
            **{"mean_bps": round(bound.mean * 10_000), "high_bps": round(bound.high * 10_000)},
        }
    assert (right[lived.market.account(UNFIT)], answers[lived.market.account(UNFIT)]) == (0, TASKS)


def test_the_roster_says_who_can_be_drawn_and_what_is_known_of_them(lived: Lived) -> None:
    reader, pool = lived.market.person("reader"), lived.market.pool()
    names = sorted(lived.market.account(name) for name in (*SERVING, UNFIT))
    first = reader.get(f"/v1/pools/{pool}/roster", limit=2)
    rest = reader.get(f"/v1/pools/{pool}/roster", limit=2, cursor=first["next"])
    assert [each["account"] for each in (*first["items"], *rest["items"])] == names
    assert rest["next"] is None
    for each in first["items"]:
        assert each["roles"] == ["review"]
        assert each["reputation"] == reader.get(f"/v1/accounts/{each['account']}")["reputation"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/p/{pool}", ("3 people who can be drawn", "7 of 7", "0 of 7", "left out", "at least 0.")),
        (
            "/explore/accounts/{unfit}",
            ("Reputation", "0 of 7 blind answers fit what came out", "Not drawn for reviews"),
        ),
        ("/earnings?account={unfit}", ("Reputation", "at least 0.", "Not drawn for reviews")),
        ("/earnings?account={fit}", ("7 of 7 blind answers fit what came out",)),
    ],
)
def test_pages_show_it_where_people_look(lived: Lived, place: str, words: tuple[str, ...]) -> None:
    market = lived.market
    at = place.format(pool=market.pool(), unfit=market.account(UNFIT), fit=market.account("eve"))
    page = httpx.get(f"{market.url}{at}").text
    assert [word for word in words if word not in page] == []


def with_rod(lived: Lived) -> Callable[[list[dict[str, Json]]], None]:
    def change(lines: list[dict[str, Json]]) -> None:
        lines[0]["panel"] = [*lines[0]["panel"], lived.market.account(UNFIT)]  # type: ignore[misc]

    return change


def without_rod(lived: Lived) -> Callable[[list[dict[str, Json]]], None]:
    def change(lines: list[dict[str, Json]]) -> None:
        lines[0]["panel"] = [each for each in lines[0]["panel"] if each != lived.market.account(UNFIT)]  # type: ignore[union-attr]

    return change


@pytest.mark.parametrize(("nth", "change"), [(1, with_rod), (2, without_rod)])
def test_a_draw_that_takes_in_or_leaves_out_another_is_named(
    lived: Lived, nth: int, change: Callable[[Lived], Callable[[list[dict[str, Json]]], None]]
) -> None:
    report = retold(lived.merit.node, lived.market.public, kind="draw", nth=nth, member="panels", lines=change(lived))
    assert "draws" in {each.section for each in report.mismatches}, [each.line() for each in report.mismatches]
