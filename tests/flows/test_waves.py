"""Answers bought only where a task is unsure: real labels replayed by people through the public door, wave after wave, and verified."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from market_by_merit import QUALITY, Merit
from retold import retold
from sapien_votes import CROWD, counted
from world import CONFIG, UNIT_COST, World, mismatches, world

from hakari.client import Refused
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.truth.stopping import bought
from hakari.truth.votes import Votes

TASKS, MOST, FIRST = 80, 5, 3
STOPPING: dict[str, Json] = {"first": FIRST, "full_bps": 1000, "least_answers": 100, "sure_bps": 9500}
Row = tuple[int, str, str]


def rows() -> list[Row]:
    """Return (task, person, label) in the order in which they came: the first labels of eighty pictures by a real crowd, where it is at
    hand, else of eighty replies by people who slip now and then."""
    if CROWD.exists():
        with (CROWD.parent / "face" / "labels.csv").open(encoding="utf-8", newline="") as file:
            given = [(task, f"worker {who}", label) for task, who, label in list(csv.reader(file))[1:]]
    else:
        given = [(str(n), who, said[n]) for n in range(200) for who, said in counted().honest.items() if n in said]
    counts = Counter(task for task, _, _ in given)
    chosen = [task for task, count in counts.items() if count >= MOST][:TASKS]
    at, seen = {task: n for n, task in enumerate(chosen)}, Counter[str]()
    found: list[Row] = []
    for task, who, label in given:
        if task in at and seen[task] < MOST:
            seen[task] += 1
            found.append((at[task], who, label))
    assert len(found) == TASKS * MOST
    return found


class Crowd:
    """People who have each answered some tasks once, and give those answers when they are asked for again, in the order of then."""

    def __init__(self, merit: Merit, order: str, given: Sequence[Row]) -> None:
        self.merit, self.order, self.said = merit, order, list[tuple[int, str]]()
        self.people = list(dict.fromkeys(who for _, who, _ in given))
        self.of: dict[str, dict[int, tuple[int, str]]] = {who: {} for who in self.people}
        counts: dict[int, int] = defaultdict(int)
        for task, who, label in given:
            self.of[who][task] = counts[task], label
            counts[task] += 1
        self.given: dict[int, int] = defaultdict(int)

    def wave(self, number: int) -> None:
        """Everybody whose turn it is answers what is open."""
        wanted = {
            task: FIRST if number == 0 else MOST if number == 1 else self.given[task] + 1 for task in range(TASKS)
        }
        for who in self.people:
            client = self.merit.market.delegated(who, "work")
            self.merit.market.signed_in(who)
            open_ = set(self.merit.given(client, self.order, 500))
            mine = {t: label for t, (rank, label) in self.of[who].items() if t in open_ and rank < wanted[t]}
            mine = {t: label for t, label in mine.items() if (t, who) not in self.said}
            if mine:
                self.merit.market.keep(client.submit(self.order, [(t, {"mood": label}) for t, label in mine.items()]))
                self.said += [(t, who) for t in mine]
        for task in range(TASKS):
            self.given[task] = sum(t == task for t, _ in self.said)


@dataclass(frozen=True, kw_only=True)
class Lived:
    market: World
    merit: Merit
    order: str
    rows: Sequence[Row]
    crowd: Crowd

    def waves(self) -> list[dict[str, Json]]:
        return [each for each in self.merit.said("wave") if each["order"] == self.order]

    def decisions(self, wave: Mapping[str, Json]) -> list[dict[str, Json]]:
        data = (self.market.public / "evidence" / str(wave["decisions"])).read_bytes()
        return [dict(line) for line in canonical.read_lines(data)]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    given = rows()
    labels = sorted({label for _, _, label in given})
    choices = "".join(f'<Choice value="{each}"/>' for each in labels)
    config = (
        f'<View><Text name="text" value="$text"/><Choices name="mood" toName="text" choice="single">{choices}'
        "</Choices></View>"
    )
    with world(tmp_path_factory.mktemp("waves")) as (market, node):
        market.patience_s = 120.0
        merit = Merit(market, node)
        order = merit.order(
            "buyer of sure answers",
            items=[{"text": f"Sentence {n} of a crowd."} for n in range(TASKS)],
            spec={"config": config},
            redundancy=MOST,
            quality={**QUALITY, "stopping": STOPPING},
            assignment="open",
        )
        crowd = Crowd(merit, order, given)
        lives = Lived(market=market, merit=merit, order=order, rows=given, crowd=crowd)
        number = 0
        while True:
            crowd.wave(number)
            number += 1
            market.wait("a wave", lambda n=number: len(lives.waves()) == n)
            if lives.waves()[-1]["further"] == 0:
                break
            early = market.public / "evidence" / str(lives.waves()[-1]["decisions"])
            assert not early.exists(), "what a wave decided is nobody's business before the verdicts"
        merit.reach(order, "judged")
        market.wait("the settlement", lambda: merit.said("settlement"))
        market.settled("settlement")
        market.quiet()
        yield lives


def test_a_stranger_decides_every_wave_again(lived: Lived) -> None:
    report = lived.market.verify()
    assert mismatches(report) == []
    held = {(check.name, check.level): check.count for check in report.checks}
    assert held["waves", "recomputed"] == len(lived.waves())
    assert held["draws", "recomputed"] == 1, "the block that the first wave names"


def test_labels_used_are_those_that_the_replay_uses_in_the_same_order_of_arrival(lived: Lived) -> None:
    """`hakari replay` buys by the same function; here it is told which tasks public randomness let run to the end."""
    names = sorted({label for _, _, label in lived.rows})
    account = lived.market.account
    votes = Votes.from_rows(
        [(f"{task:010d}", account(who), names.index(label)) for task, who, label in lived.rows], classes=len(names)
    )
    at = {(f"{task:010d}", account(who)): place for place, (task, who, _) in enumerate(lived.rows)}
    pairs = [(votes.tasks[t], votes.workers[w]) for t, w in zip(votes.task, votes.worker, strict=True)]
    drawn = lived.decisions(lived.waves()[0])
    found = bought(
        votes,
        classes=len(names),
        arrival=np.array([at[pair] for pair in pairs]),
        full=np.array([line["wanted"] == MOST for line in drawn]),
        sure=0.95,
        first=FIRST,
        least=100,
    )
    used = {pair for pair, kept in zip(pairs, found.used, strict=True) if kept}
    assert used == {(f"{task:010d}", account(who)) for task, who in lived.crowd.said}
    assert found.saved > 0.1
    # The first wave here is the one that `bought` does not count: it draws, and everything waits for what was drawn.
    assert found.waves == len(lived.waves()) - 1


def test_what_was_not_asked_for_goes_back_to_the_buyer(lived: Lived) -> None:
    market, merit = lived.market, lived.merit
    buyer = market.person("buyer of sure answers")
    number = next(
        each["escrow_order"] for each in merit.said("order") if each["quality"] == {**QUALITY, "stopping": STOPPING}
    )

    def escrowed(name: str) -> int:
        return int(merit.node.chain.call(merit.node.contracts, "escrow", "order", [number])[name])

    market.call(buyer, "escrow", "close(uint256)", [number])
    market.surely(
        lambda: escrowed("refunded"),
        lambda: (market.skip(3), market.call(buyer, "escrow", "refund(uint256,address)", [number, buyer.account])),
    )
    saved = TASKS * MOST - len(lived.crowd.said)
    assert escrowed("refunded") >= saved * UNIT_COST > 0


Change = Callable[[list[dict[str, Json]]], None]


def too_early(lines: list[dict[str, Json]]) -> None:
    line = next(line for line in lines if float(str(line["sure"])) < 0.95)
    line["wanted"] = int(str(line["wanted"])) - 1


def too_long(lines: list[dict[str, Json]]) -> None:
    line = next(line for line in lines if float(str(line["sure"])) >= 0.95)
    line["wanted"] = int(str(line["wanted"])) + 1


def another_belief(lines: list[dict[str, Json]]) -> None:
    lines[0]["sure"] = "0.999" if float(str(lines[0]["sure"])) < 0.95 else "0.951"


def another_draw(lines: list[dict[str, Json]]) -> None:
    full = next(line for line in lines if line["wanted"] == MOST)
    other = next(line for line in lines if line["wanted"] != MOST)
    full["wanted"], other["wanted"] = FIRST, MOST


@pytest.mark.parametrize(
    ("which", "change", "named"),
    [
        (1, too_early, "stopped too early"),
        (1, too_long, "gone on too long"),
        (2, another_belief, "how sure task"),
        (0, another_draw, "by the draw"),
    ],
)
def test_a_wave_that_decides_otherwise_is_named(lived: Lived, which: int, change: Change, named: str) -> None:
    report = retold(
        lived.merit.node,
        lived.market.public,
        kind="wave",
        nth=which,
        member="decisions",
        lines=change,
        until="verdicts",
    )
    assert any(each.section == "waves" and named in each.what for each in report.mismatches), mismatches(report)


def one_more(body: dict[str, Json]) -> None:
    body["further"] = int(str(body["further"])) + 1


def none_further(body: dict[str, Json]) -> None:
    body["further"] = 0


def drop_block(body: dict[str, Json]) -> None:
    del body["block"], body["block_hash"]


@pytest.mark.parametrize(
    ("which", "change", "named"),
    [(1, one_more, "answers before a wave"), (1, none_further, "answers"), (0, drop_block, "block of a wave")],
)
def test_a_wave_that_the_log_itself_contradicts_is_named(
    lived: Lived, which: int, change: Callable[[dict[str, Json]], None], named: str
) -> None:
    report = retold(lived.merit.node, lived.market.public, kind="wave", nth=which, body=change, until="verdicts")
    assert any(named in each.what for each in report.mismatches), mismatches(report)


def test_a_task_that_has_what_it_wants_takes_no_more(lived: Lived) -> None:
    """Drawn to each in turn: who comes when a wave is whole waits for the next, and each wave begins the shuffle anew."""
    market, merit = lived.market, lived.merit
    names = [f"person {n}" for n in range(5)]
    order = merit.order(
        "buyer of a few",
        items=[{"text": f"Morning {n}."} for n in range(12)],
        spec={"config": CONFIG},
        redundancy=4,
        quality={**QUALITY, "stopping": {**STOPPING, "first": 2, "least_answers": 1, "sure_bps": 8000}},
    )

    def said() -> list[dict[str, Json]]:
        return [each for each in merit.said("wave") if each["order"] == order]

    def works() -> bool:
        # Two think alike, one is contrary now and then: some tasks are sure, some are not.
        for n, name in enumerate(names):
            merit.answer(name, order, lambda _, task, n=n: {"mood": "good" if (task + (n == 4)) % 2 else "bad"}, page=3)
        return merit.status(order) == "judged"

    market.wait("an order that stops", works)
    assert len(said()) >= 2
    answered = int(market.person("reader").get(f"/v1/orders/{order}")["answered"])
    assert 24 < answered <= 48
    market.quiet()
    assert mismatches(market.verify()) == []


def test_an_order_that_its_buyer_closes_between_waves_is_judged_as_it_is(lived: Lived) -> None:
    market, merit = lived.market, lived.merit
    order = merit.order(
        "buyer who closes",
        items=[{"text": f"Noon {n}."} for n in range(6)],
        spec={"config": CONFIG},
        redundancy=4,
        quality={**QUALITY, "stopping": {**STOPPING, "first": 2}},
    )
    for name in ("person 0", "person 1"):
        merit.answer(name, order, lambda _, task: {"mood": "good" if task % 2 else "bad"})
    market.wait("the first wave", lambda: [each for each in merit.said("wave") if each["order"] == order])
    number = next(each["escrow_order"] for each in merit.said("order") if each["budget"] == str(24 * UNIT_COST))
    market.call(market.person("buyer who closes"), "escrow", "close(uint256)", [number])
    merit.reach(order, "judged")
    market.quiet()
    assert mismatches(market.verify()) == []


def test_stopping_that_cannot_be_is_refused_before_anything_is_kept(lived: Lived) -> None:
    def refused(config: str, **more: Json) -> Refused:
        with pytest.raises(Refused) as caught:
            lived.merit.order(
                "buyer of nothing",
                items=[{"text": "Dusk."}],
                spec={"config": config},
                redundancy=5,
                quality={**QUALITY, "stopping": {**STOPPING, **more}},
            )
        return caught.value

    texts = '<View><Text name="text" value="$text"/><TextArea name="said" toName="text"/></View>'
    for error, pointer, words in (
        (refused(CONFIG, first=5), "/first", "below redundancy"),
        (refused(CONFIG, sure_bps=5000), "/sure_bps", "5001 to 9999"),
        (refused(texts), "", "options to choose from, got ['said']"),
    ):
        assert (error.code, error.pointer) == ("malformed", f"/statement/body/quality/stopping{pointer}")
        assert words in error.message
