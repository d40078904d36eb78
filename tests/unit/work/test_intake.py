"""Intake by itself: what it refuses before the first write, in the order in which it looks."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.core.statement import Statement, answer_commitment
from hakari.sources.table import KINDS
from hakari.work import intake
from hakari.work.intake import Opened, Running
from hakari.work.orders import Order
from hakari.work.records import OrderRow

WHO = Account("0x" + "12" * 20)
ID = StatementId("ab" * 32)
SALT = "s" * 22

ORDER = Order(
    id=ID,
    pool=1,
    terms_version=1,
    escrow_order=1,
    buyer=Account("0x" + "34" * 20),
    source="rank",
    spec={"models": ["a", "b"], "pairs": 0},
    quality={"rules": "rank/1"},
    guideline=1,
    assignment="open",
    redundancy=2,
    reward=Micros(10),
    budget=Micros(100),
    deadline=1000,
    evidence="keyed",
    title="",
)
RUNNING = Running(order=ORDER, kind=KINDS["rank"], publics=[{}, {}, {}], unit_cost=10)


def said(opened: list[Opened], **changed: Any) -> Statement:
    commitments = [answer_commitment(task=each.task, answer=each.answer, salt=each.salt) for each in opened]
    body = {"commitments": commitments, "guideline": 1, "order": ID} | changed
    return Statement(kind="submission", author=WHO, time=500, body=body, key="cd" * 32, signature="ef" * 64)


def left(task: int) -> Opened:
    return Opened(task=task, answer={"winner": "left"}, salt=SALT)


class Rows:
    """A book of three answers' worth: what intake asks of it, and what it wrote."""

    def __init__(self, *, answered: int = 0, status: str = "open", standing: set[int] | None = None) -> None:
        self.written: list[str] = []
        row = OrderRow(
            id=ID,
            pool=1,
            escrow_order=1,
            buyer=ORDER.buyer,
            source="rank",
            tasks=3,
            wanted=6,
            answered=answered,
            deadline=1000,
            status=status,
        )
        self.orders = SimpleNamespace(
            get=lambda order: row,
            held=lambda order: row,
            full=lambda order, numbers: [],
            assigned_of=lambda order, account, numbers: {0: 450} if 0 in numbers else {},
            answered=lambda order, numbers: self.written.append("counts"),
        )
        self.answers = SimpleNamespace(
            standing=lambda order, account, numbers: standing or set(), add=lambda rows: self.written.append("answers")
        )
        self.statements = SimpleNamespace(
            add=lambda statement, subject=None: self.written.append("statement"), about=lambda kind, subject: []
        )


def test_what_is_accepted_is_written_whole():
    book, opened = Rows(), [left(0), left(2)]
    rows = intake.opened(RUNNING, said(opened), opened)
    intake.record(book, RUNNING, said(opened), rows, now=500)  # type: ignore[arg-type]
    assert book.written == ["statement", "answers", "counts"]
    assert [(row.n, row.task, row.text) for row in rows] == [(0, 0, '{"winner":"left"}'), (1, 2, '{"winner":"left"}')]


def test_answers_beyond_the_budget_are_refused_and_the_last_that_fits_is_not():
    opened = [left(0)]
    rows = intake.opened(RUNNING, said(opened), opened)
    fits, over = Rows(answered=9), Rows(answered=10)
    intake.record(fits, RUNNING, said(opened), rows, now=500)  # type: ignore[arg-type]
    assert fits.written
    with pytest.raises(intake.OverBudget, match="budget 100 must cover all recorded answers, which would cost 110"):
        intake.record(over, RUNNING, said(opened), rows, now=500)  # type: ignore[arg-type]
    assert not over.written


@pytest.mark.parametrize(
    ("book", "now", "time", "error"),
    [
        (Rows(status="judged"), 500, 500, intake.OrderClosed),
        (Rows(), 1000, 500, intake.OrderClosed),
        (Rows(), 500, 1000, intake.OrderClosed),
        (Rows(standing={0}), 500, 500, intake.AlreadyAnswered),
    ],
)
def test_what_is_refused_writes_nothing(book: Rows, now: int, time: int, error: type[Exception]):
    opened = [left(0)]
    statement = replace(said(opened), time=time)
    with pytest.raises(error):
        intake.record(book, RUNNING, statement, intake.opened(RUNNING, statement, opened), now=now)  # type: ignore[arg-type]
    assert not book.written


def test_answers_under_another_guideline_than_was_shown_write_nothing():
    book, opened = Rows(), [left(0)]
    statement = said(opened, guideline=2)
    rows = intake.opened(RUNNING, statement, opened)
    with pytest.raises(intake.StaleGuideline, match="guideline of task 0 must be version 1, got 2") as found:
        intake.record(book, RUNNING, statement, rows, now=500)  # type: ignore[arg-type]
    assert (found.value.pointer, book.written) == ("/body/guideline", [])


def test_a_task_of_a_listed_order_must_be_assigned():
    running = replace(RUNNING, order=replace(ORDER, assignment="listed"))
    for task, written in ((0, True), (1, False)):
        book, opened = Rows(), [left(task)]
        rows = intake.opened(running, said(opened), opened)
        if written:
            intake.record(book, running, said(opened), rows, now=500)  # type: ignore[arg-type]
        else:
            with pytest.raises(intake.NotAssigned, match=r"not assigned: \[1\]"):
                intake.record(book, running, said(opened), rows, now=500)  # type: ignore[arg-type]
        assert bool(book.written) is written


@pytest.mark.parametrize(("now", "time", "written"), [(549, 549, True), (550, 500, False), (500, 550, False)])
def test_a_drawn_task_is_answered_in_its_time_or_refused(now: int, time: int, written: bool):
    running = replace(RUNNING, order=replace(ORDER, assignment="drawn", answer_seconds=100))
    book, opened = Rows(), [left(0)]
    statement = replace(said(opened), time=time)
    rows = intake.opened(running, statement, opened)
    if written:
        intake.record(book, running, statement, rows, now=now)  # type: ignore[arg-type]
    else:
        with pytest.raises(intake.AssignmentLapsed, match=r"within 100 s .* lapsed: \[0\]"):
            intake.record(book, running, statement, rows, now=now)  # type: ignore[arg-type]
    assert bool(book.written) is written


def test_a_listed_task_lapses_with_its_order_only():
    running = replace(RUNNING, order=replace(ORDER, assignment="listed", answer_seconds=100))
    book, opened = Rows(), [left(0)]
    intake.record(book, running, said(opened), intake.opened(running, said(opened), opened), now=999)  # type: ignore[arg-type]
    assert book.written
    assert running.order.lapses(450) == 1000
    assert replace(running.order, assignment="drawn", deadline=500).lapses(450) == 500


@pytest.mark.parametrize(
    ("opened", "changed", "error", "pointer"),
    [
        ([left(3)], {}, intake.UnknownTask, "/answers/0/task"),
        ([left(0), left(0)], {}, intake.AlreadyAnswered, "/answers/1/task"),
        ([left(0)], {"commitments": ["00" * 32]}, intake.WrongCommitment, "/body/commitments/0"),
        ([left(0)], {"commitments": []}, intake.Malformed, "/answers"),
        ([Opened(task=0, answer={"winner": "both"}, salt=SALT)], {}, intake.Malformed, "/answers/0/answer/winner"),
        ([Opened(task=0, answer={"winner": "left"}, salt="s" * 21)], {}, intake.Malformed, "/answers/0/salt"),
        ([Opened(task=0, answer={"winner": "left"}, salt="s" * 65)], {}, intake.Malformed, "/answers/0/salt"),
    ],
)
def test_openings_are_checked_with_their_place(
    opened: list[Opened], changed: dict[str, Any], error: type[intake.Malformed], pointer: str
):
    with pytest.raises(error) as found:
        intake.opened(RUNNING, said(opened, **changed), opened)
    assert found.value.pointer == pointer
