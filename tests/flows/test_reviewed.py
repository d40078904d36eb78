"""Reviews: three answer blind, two more where they differ, one more where none leads; they refuse and convict nobody."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from market_by_merit import AUDIT_REWARD, AUDITS, QUALITY, Merit, cost
from retold import retold
from world import CONFIG, World, mismatches, world

from hakari.client import Client, Refused
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.doors.web.session import cookie_name
from hakari.work.quality import AUDITORS, REVIEWERS

HONEST = ("ada", "ben", "cho")
SPAMMER = "sam"
SERVING = ("eve", "fay", "gus", "hal", "ian", "jun", "kai", "liv", "mio")
JURORS = ("noa", "oda", "pia")
TASKS = 12
REWARD = 70_000
REVIEWS: dict[str, Json] = {"reward": str(REWARD), "share_bps": 4200, "within_s": 86_400}
APPEALS: dict[str, Json] = {"jurors": 3, "reward": "50000", "tasks": 1, "window_s": 3600, "within_s": 86_400}
SCRIPTS = ("aaa", "aabaa", "aabbua", "aabbuu", "bbb")
"""What those on a reviewed task's panel say, in its order: a what is true, b what is not, u that one can't tell."""
GIVEN = (3, 5, 6, 6, 3)
PAID = (3, 4, 3, 2, 0)
"""Of these are paid: whoever does not contradict what came out, by the reviewers and a worker, by the workers alone, or by the jury."""


def truth(task: int) -> Json:
    return {"mood": "good" if task * 7 % 5 < 2 else "bad"}


def other(task: int) -> Json:
    return {"mood": "bad" if truth(task) == {"mood": "good"} else "good"}


def says(name: str, task: int) -> Json:
    return other(task) if name == SPAMMER else truth(task)


def letter(of: str, task: int) -> Json:
    return {"a": truth(task), "b": other(task), "u": {"cannot_tell": True}}[of]


@dataclass
class Lived:
    """order: reviewed openly, beside an audit; first: reviewed with answers that are committed first. reviewed: the tasks of each."""

    market: World
    merit: Merit
    order: str = ""
    first: str = ""
    reviewed: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    def drawn(self, order: str) -> bool:
        """Tell whether reviewers are drawn, and their panels public."""
        said = [each for each in self.merit.said("draw") if (each["order"], each["role"]) == (order, "review")]
        return any((self.market.public / "evidence" / str(each["panels"])).exists() for each in said)

    def panels(self, order: str, role: str = "review") -> dict[int, list[str]]:
        """Return the panel of each task of a draw."""
        [draw] = [each for each in self.merit.said("draw") if (each["order"], each["role"]) == (order, role)]
        data = (self.market.public / "evidence" / str(draw["panels"])).read_bytes()
        return {int(str(line["task"])): list(line["panel"]) for line in canonical.read_lines(data)}  # type: ignore[arg-type]

    def lines(self, kind: str, member: str, order: str, at: int = -1) -> list[dict[str, Json]]:
        chosen = [each for each in self.merit.said(kind) if each["order"] == order][at]
        data = (self.market.public / "evidence" / str(chosen[member])).read_bytes()
        return [dict(line) for line in canonical.read_lines(data)]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    ahead = [0]
    with world(tmp_path_factory.mktemp("reviewed"), clock=lambda: int(time.time()) + ahead[0]) as (market, node):
        market.patience_s = 90.0
        merit = Merit(market, node)
        merit.serve(SERVING, "audit", "review")
        merit.serve(JURORS, "jury")
        found = Lived(market=market, merit=merit)
        found.order = merit.order(
            "buyer of reviews",
            items=[{"text": f"Evening {n} at the harbour."} for n in range(TASKS)],
            spec={"config": CONFIG},
            redundancy=4,
            quality={**QUALITY, "audits": {**AUDITS, "share_bps": 1}, "reviews": REVIEWS, "appeals": APPEALS},
            beside=AUDITORS * cost(AUDIT_REWARD) + len(SCRIPTS) * REVIEWERS[-1] * cost(REWARD) + 3 * cost(50_000),
        )
        found.first = merit.order(
            "buyer of secrets",
            items=[{"text": f"Morning {n}."} for n in range(2)],
            spec={"config": CONFIG},
            redundancy=2,
            quality={
                **QUALITY,
                "reviews": {**REVIEWS, "share_bps": 1},
                "reveal": {"roles": ["review"], "within_s": 3600},
            },
            beside=REVIEWERS[-1] * cost(REWARD),
        )
        for name in (*HONEST, SPAMMER):
            merit.answer(name, found.order, says)
        for name in HONEST[:2]:
            merit.answer(name, found.first, says)
        _review(found, found.order, SCRIPTS)
        _review(found, found.first, ["abaab"])
        _appeal(found)
        ahead[0] = 3600
        market.wait("the jury's draw", lambda: [each for each in merit.said("draw") if each["role"] == "jury"])
        _until(found, found.order, "jury", lambda who, task: (truth(task), "jury"), JURORS)
        for order in (found.order, found.first):
            merit.reach(order, "judged")
        market.wait("the settlements", lambda: len(merit.said("settlement")) == 3)
        market.settled("settlement")
        market.quiet()
        yield found


def _review(found: Lived, order: str, scripts: list[str] | tuple[str, ...]) -> None:
    """Have everybody who is drawn answer in turn until the order has its verdicts."""
    market, merit = found.market, found.merit
    merit.reach(order, "auditing")
    market.wait("the draw", lambda: found.drawn(order))
    found.reviewed[order] = found.panels(order)
    script = dict(zip(sorted(found.reviewed[order]), scripts, strict=True))

    def answer(who: Client, task: int) -> tuple[Json, str]:
        if task not in script:
            return truth(task), "audit"
        return letter(script[task][found.reviewed[order][task].index(who.account)], task), "review"

    _until(found, order, "auditing", answer, SERVING)


def _until(
    found: Lived, order: str, status: str, answer: Callable[[Client, int], tuple[Json, str]], names: tuple[str, ...]
) -> None:
    """Have these answer what they are given, in the role that they are given it in, while the order has a status."""
    market, merit = found.market, found.merit

    def over() -> bool:
        if merit.status(order) != status:
            return True
        for name in names:
            who = market.delegated(name, "work")
            market.signed_in(name)
            try:
                given = who.assignments(order, count=100)
            except Refused as error:
                if error.code != "order_closed":
                    raise
                return True
            for role in sorted({str(each["role"]) for each in given}):
                tasks = [int(each["task"]) for each in given if each["role"] == role]
                answers = [(task, answer(who, task)[0]) for task in tasks]
                assert {answer(who, task)[1] for task in tasks} == {role}
                send = who.commit if order == found.first else who.submit
                market.keep(send(order, answers, role=role))
            if order == found.first:
                merit.reveal([name])
        return False

    market.wait(f"the end of {status}", over)


def _appeal(found: Lived) -> None:
    """Ada appeals the answer that all reviewers of a task refused."""
    market, who = found.market, found.market.person("ada")
    task = sorted(found.reviewed[found.order])[-1]
    items = market.person("reader").get("/v1/statements", kind="verdicts", limit=200)["items"]
    [verdicts] = [each for each in items if each["statement"]["body"]["order"] == found.order]
    authors = {
        each["leaf"]: each["statement"]["author"]
        for each in market.person("reader").get("/v1/statements", kind="submission", limit=200)["items"]
    }
    [(leaf, n)] = [
        (int(str(line["leaf"])), int(str(line["n"])))
        for line in found.lines("verdicts", "answers", found.order)
        if line["task"] == task and authors[line["leaf"]] == who.account
    ]
    market.keep(who.appeal(found.order, verdicts=verdicts["id"], leaf=leaf, n=n, reason="answer"))


def test_a_stranger_recomputes_draws_reviews_verdicts_and_money(lived: Lived) -> None:
    report = lived.market.verify()
    assert mismatches(report) == []
    names = {check.name: check.level for check in report.checks}
    assert names["draws"] == names["verdicts"] == names["settlements"] == "recomputed"


def test_tasks_are_reviewed_that_no_audit_is_drawn_over(lived: Lived) -> None:
    audited = lived.panels(lived.order, "audit")
    assert len(audited) == 1
    assert len(lived.reviewed[lived.order]) == len(SCRIPTS)
    assert not audited.keys() & lived.reviewed[lived.order].keys()


def test_each_task_had_as_many_reviewers_as_its_answers_asked_for(lived: Lived) -> None:
    given = [int(str(line["task"])) for line in lived.lines("verdicts", "blind", lived.order, 0)]
    assert tuple(given.count(task) for task in sorted(lived.reviewed[lived.order])) == GIVEN
    [task] = lived.reviewed[lived.first]
    assert [line["task"] for line in lived.lines("verdicts", "blind", lived.first)] == [task] * 5
    # Committed first, three are called for together, and then two.
    calls = [each for each in lived.merit.said("call") if each["order"] == lived.first]
    assert [each["tasks"] for each in calls] == [[task], [task]]


def test_the_order_s_page_says_how_many_reviews_are_done_and_what_they_refused(lived: Lived) -> None:
    page = lived.market.person("reader").download(f"/orders/{lived.order}").decode()
    part = page[page.index('id="reviews"') :]
    part = part[: part.index("</section>")]
    for name, count in (("Tasks drawn", 5), ("Reviewed to the end", 5), ("Blind answers", sum(GIVEN))):
        assert f"<dt>{name}</dt><dd>{count}</dd>" in part
    # The spammer's on the first three; the jury has overruled the last.
    assert "<dt>Answers that reviewers alone refused</dt><dd>3</dd>" in part


def answers_of(lived: Lived, account: str, order: str) -> dict[int, str]:
    """Return what an order's page says of an account's answers, by task; blind ones stand beside work."""
    page = httpx.get(f"{lived.market.url}/orders/{order}?account={account}").text
    rows = page[page.index('id="answers"') :].split("</section>")[0].split("<tr><td><b>")[1:]
    return {int(row.split("<")[0]) - 1: row for row in rows}


def reasons(lived: Lived, at: int) -> dict[int, set[tuple[str, bool]]]:
    """Return how the answers to each reviewed task were judged."""
    tasks = {
        (line["leaf"], line["n"]): int(str(line["task"]))
        for line in lived.lines("verdicts", "answers", lived.order, at)
    }
    found: dict[int, set[tuple[str, bool]]] = {}
    for line in lived.lines("verdicts", "results", lived.order, at):
        if "reason" in line:
            said = str(line["reason"]), bool(line["accepted"])
            found.setdefault(tasks[line["leaf"], line["n"]], set()).add(said)
    return {task: found[task] for task in sorted(lived.reviewed[lived.order])}


def test_reviewers_refuse_for_a_reason_of_their_own_until_a_jury_overrules_them(lived: Lived) -> None:
    first, second = list(reasons(lived, 0).values()), list(reasons(lived, 1).values())
    refused = {("agrees", True), ("differs_from_review", False)}
    assert first[:3] == [refused] * 3
    assert ("differs_from_review", False) not in first[3]
    assert first[4] == refused
    assert second[4] == {("agrees", True), ("differs_from_audit", False)}
    [outcome] = lived.merit.said("outcome")
    assert outcome["result"] == "accepted"


def test_a_refusal_says_who_made_the_right_answer_known_and_how_many_without_a_name(lived: Lived) -> None:
    shown = answers_of(lived, lived.market.account(SPAMMER), lived.order)
    first, second, third, _, last = sorted(lived.reviewed[lived.order])
    for task, said, of in ((first, 3, 3), (second, 4, 5), (third, 3, 6)):
        assert "differs from the reviewers" in shown[task]
        assert f"{said} of {of} reviewers, who saw nobody&#39;s answer" in shown[task]
    assert "differs from what a jury found" in shown[last]
    assert "3 of 3 jurors said what counts as right" in shown[last]
    [audited] = lived.panels(lived.order, "audit")
    assert "differs from the audit" in shown[audited]
    assert "2 of 2 auditors, who saw nobody&#39;s answer" in shown[audited]
    # Where the reviewers made nothing known that refuses it, the others did.
    assert any("3 of 3 others who answered this task said what counts as right" in row for row in shown.values())
    assert not any(">True<" in row or "True" in row.split("data-name")[2] for row in shown.values())
    names = {lived.market.account(name) for name in (*SERVING, *JURORS)}
    assert not [who for row in shown.values() for who in names if who in row]


def test_whoever_was_refused_reads_when_that_can_be_appealed(lived: Lived) -> None:
    token = lived.market.signed_in(SPAMMER)._token
    assert token is not None
    cookies = {cookie_name(lived.merit.node, "session"): token}
    page = httpx.get(f"{lived.market.url}/orders/{lived.order}", cookies=cookies).text
    assert "The time for appeals is over: these verdicts stand." in page
    assert "This order pays for no jury" not in page


def test_a_reviewer_sees_what_came_out_of_each_blind_answer_and_what_was_not_paid(lived: Lived) -> None:
    rows = {who: line for (who, role), line in pays(lived, lived.order).items() if role == "review"}
    for who, line in rows.items():
        shown = [row for row in answers_of(lived, who, lived.order).values() if ">review<" in row]
        assert len(shown) == line["answers"]
        assert sum("Fits what came out" in row for row in shown) == line["accepted"]
        assert sum("what came out contradicts it" in row for row in shown) == int(str(line["answers"])) - int(
            str(line["accepted"])
        )
    unlucky = next(who for who, line in rows.items() if line["accepted"] != line["answers"])
    earned = httpx.get(f"{lived.market.url}/earnings?account={unlucky}").text
    assert "contradicted" in earned
    assert "wait for what comes out" not in earned


def pays(lived: Lived, order: str) -> Mapping[tuple[str, str], dict[str, Json]]:
    said = [each for each in lived.merit.said("settlement") if each["order"] == order]
    rows = [line for at in range(len(said)) for line in lived.lines("settlement", "pay", order, at)]
    return {(str(line["account"]), str(line["role"])): line for line in rows}


def _final(lived: Lived) -> list[dict[str, Json]]:
    """Return the settlements that pay the order's reviewers."""
    said = [each for each in lived.merit.said("settlement") if each["order"] == lived.order]
    return [
        each
        for at, each in enumerate(said)
        if any(line["role"] == "review" for line in lived.lines("settlement", "pay", lived.order, at))
    ]


def test_a_refusal_by_review_never_counts_in_the_sequential_test(lived: Lived) -> None:
    """The audit and the jury's task count, one each; the four reviewed ones, on which the spammer was wrong, don't."""
    found = pays(lived, lived.order)
    spam = found[lived.market.account(SPAMMER), "work"]
    assert (spam["wrong"], spam["right"], spam["convicted"]) == (2, 0, False)
    for name in HONEST:
        line = found[lived.market.account(name), "work"]
        assert (line["wrong"], line["right"]) == (0, 2)


def test_reviewers_are_paid_unless_what_came_out_contradicts_them(lived: Lived) -> None:
    rows = [line for (_, role), line in pays(lived, lived.order).items() if role == "review"]
    assert sum(int(str(line["answers"])) for line in rows) == sum(GIVEN)
    assert sum(int(str(line["accepted"])) for line in rows) == sum(PAID)
    assert all(line["due"] == str(int(str(line["accepted"])) * REWARD) for line in rows)
    hidden = [line for (_, role), line in pays(lived, lived.first).items() if role == "review"]
    assert (sum(int(str(each["answers"])) for each in hidden), sum(int(str(each["accepted"])) for each in hidden)) == (
        5,
        3,
    )


Change = Callable[[list[dict[str, Json]]], None]


def swap(lines: list[dict[str, Json]]) -> None:
    lines[0]["panel"] = list(reversed(lines[0]["panel"]))  # type: ignore[arg-type]


def convicts(lines: list[dict[str, Json]]) -> None:
    next(line for line in lines if line.get("reason") == "differs_from_review")["reason"] = "differs_from_audit"


def pardons(lines: list[dict[str, Json]]) -> None:
    next(line for line in lines if line.get("reason") == "differs_from_review")["accepted"] = True


def turn(lines: list[dict[str, Json]]) -> None:
    lines[0]["answer"] = {"mood": "good" if lines[0]["answer"] == {"mood": "bad"} else "bad"}


def contradicted(lines: list[dict[str, Json]]) -> None:
    line = next(line for line in lines if line["role"] == "review" and line["accepted"] != line["answers"])
    line["accepted"] = int(str(line["accepted"])) + 1
    line["due"] = str(int(str(line["due"])) + REWARD)


def unpaid(lines: list[dict[str, Json]]) -> None:
    line = next(line for line in lines if line["role"] == "review" and line["due"] != "0")
    line["accepted"], line["due"] = 0, "0"


def counted(lines: list[dict[str, Json]]) -> None:
    line = next(line for line in lines if line["role"] == "work" and line["wrong"])
    line["wrong"] = int(str(line["wrong"])) + 4


@pytest.mark.parametrize(
    ("where", "lines", "section"),
    [
        (("draw", 1, "panels"), swap, "draws"),
        (("verdicts", 0, "blind"), turn, "answers"),
        (("verdicts", 0, "results"), convicts, "verdicts"),
        (("verdicts", 0, "results"), pardons, "verdicts"),
        (("settlement", None, "pay"), contradicted, "settlements"),
        (("settlement", None, "pay"), unpaid, "settlements"),
        (("settlement", None, "pay"), counted, "settlements"),
    ],
)
def test_a_lie_about_reviews_is_named(
    lived: Lived, where: tuple[str, int | None, str], lines: Change, section: str
) -> None:
    kind, nth, member = where
    if nth is None:
        said = [each["pay"] for each in lived.merit.said(kind)]
        nth = said.index(_final(lived)[0]["pay"])
    report = retold(lived.merit.node, lived.market.public, kind=kind, nth=nth, member=member, lines=lines)
    assert section in {each.section for each in report.mismatches}, [each.line() for each in report.mismatches]


def test_verdicts_that_did_not_wait_for_a_reviewer_are_named(lived: Lived) -> None:
    """An operator who has what it likes leaves the last reviewer out, and all who come after."""
    with lived.merit.node.store.reading() as book:
        said = book.statements.about("submission", lived.order)
    last = max(leaf for each, leaf in said if leaf is not None and each.body.get("role") == "review")

    def shorter(body: dict[str, Json]) -> None:
        body["size"] = last

    def without(lines: list[dict[str, Json]]) -> None:
        lines[:] = [line for line in lines if line["leaf"] != last]

    report = retold(lived.merit.node, lived.market.public, kind="verdicts", member="blind", lines=without, body=shorter)
    assert "time of verdicts" in {each.what for each in report.mismatches}
