"""The work that is open: what each order pays, what is left of it, and why it is closed to somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from hakari.adapters.sql.figures import Tally
from hakari.adapters.sql.store import Book
from hakari.app import assignment, exams, offices, pausing, versions
from hakari.app.exams import Result
from hakari.app.node import Node
from hakari.app.pages import funds
from hakari.app.pages.funds import Funds
from hakari.app.pages.pace import Pace, pace
from hakari.core.ids import Account
from hakari.core.money import BPS
from hakari.work import doubt, orders, quality
from hakari.work.quality import Appeals
from hakari.work.records import WORK, OrderRow

OPEN = ("open",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitting:
    """An exam: how many right answers pass, places and those left, seconds for all of it, `hold` answers until its pay is due.

    challenges: how its items can be challenged once it is judged, None where they can't be. result: what it was for the reader, None
    where they have none. training: whether they are shown the right answers as soon as they have it.
    """

    training: bool
    needed: int
    places: int
    left: int
    seconds: int
    hold: int
    challenges: Appeals | None
    result: Result | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Required:
    """The exam that an order asks for, whether it can be sat now, and what it was for the reader."""

    id: str
    title: str
    open: bool
    result: Result | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """An order somebody may work on. `closed`: why it is closed to them (operator, own, listed, done, exam, sat, paused), else None.

    early, invites: the extra shares that the pool's terms give who answers first, and what they give who invites others.
    paused: until when its buyer has paused it, Unix seconds, else None.
    reward and `funds` are micro-units; `hourly` is what an hour at `pace` pays, None where the pace is not known yet.
    """

    id: str
    title: str
    about: str
    kind: str
    buyer: Account
    pool: int
    pool_name: str
    reward: int
    tasks: int
    wanted: int
    answered: int
    funds: Funds
    deadline: int
    decided: int | None
    committed: int | None
    evidence: str
    guideline: int
    requires: Required | None
    exam: Sitting | None
    pace: Pace | None
    mine: Tally | None
    closed: str | None
    paused: int | None
    early: orders.Early | None
    invites: orders.Invites | None

    @property
    def left(self) -> int:
        """Answers that are still wanted."""
        return max(0, self.wanted - self.answered)

    @property
    def hourly(self) -> int | None:
        """What an hour pays."""
        return self.pace.hourly(self.reward) if self.pace else None


def work(node: Node, who: Account | None, *, kind: str = "") -> list[Work]:
    """Return the orders that take answers now: those open to the reader first, best pay per hour first, then per answer.

    Requests for data stand behind: a unit of data takes longer than an answer, and what it pays can't be compared with one.
    """
    with node.store.reading() as book:
        rows = [row for status in OPEN for row in book.orders.with_status(status)]
        mine = dict(book.figures.orders_of(who)) if who else {}
        found = [
            _work(node, book, row, who, mine)
            for row in rows
            if row.deadline > node.clock() and row.answered < row.wanted and kind in ("", row.source)
        ]
    return sorted(
        found,
        key=lambda each: (
            each.closed is not None,
            each.kind == "collect",
            -(each.hourly or 0),
            -each.reward,
            each.title,
            each.id,
        ),
    )


def one(node: Node, order: str, who: Account | None) -> Work | None:
    """Return one order as work, whether it takes answers or not, or None."""
    with node.store.reading() as book:
        row = book.orders.get(order)
        mine = dict(book.figures.orders_of(who)) if who else {}
        return None if row is None else _work(node, book, row, who, mine)


def _work(node: Node, book: Book, row: OrderRow, who: Account | None, mine: Mapping[Any, Tally]) -> Work:
    said = book.statements.get(row.id)
    pool = book.orders.pool(row.pool)
    assert said is not None  # an order is recorded together with its statement, in a pool that is known
    assert pool is not None
    body = said[0].body
    parsed = orders.order(said[0])
    tally = mine.get(row.id)
    paused = pausing.running(book, row.id, node.clock()) if row.status == "open" else None
    requires = _required(node, book, parsed, who)
    exam = _sitting(node, book, row, parsed, who)
    declared, terms = quality.read(parsed.quality), versions.under(book, parsed)
    return Work(
        id=row.id,
        title=parsed.title,
        about=str(body["description"]),
        kind=row.source,
        buyer=row.buyer,
        pool=row.pool,
        pool_name=str(pool.body["name"]),
        reward=parsed.reward,
        tasks=row.tasks,
        wanted=row.wanted,
        answered=row.answered,
        funds=funds.of(book, row.escrow_order),
        deadline=row.deadline,
        committed=declared.reveal.within_s if declared and declared.reveal and declared.reveals(WORK) else None,
        decided=None if exam else doubt.until(parsed),
        evidence=parsed.evidence,
        guideline=parsed.guideline,
        requires=requires,
        exam=exam,
        pace=pace(book.figures.sent(row.id)),
        mine=tally,
        closed=("operator" if row.status == "open" and not offices.ours(node, book, row.pool) else None)
        or _closed(node, row, parsed, who, tally)
        or _barred(who, requires, exam)
        or ("paused" if paused else None),
        paused=None if paused is None else paused.until,
        early=terms.early,
        invites=terms.invites,
    )


def _required(node: Node, book: Book, order: orders.Order, who: Account | None) -> Required | None:
    exam = exams.required(order)
    said, row = (None, None) if exam is None else (book.statements.get(exam), book.orders.get(exam))
    if exam is None or said is None or row is None:
        return None
    return Required(
        id=exam,
        title=str(said[0].body["title"]),
        open=row.status == "open" and row.deadline > node.clock(),
        result=exams.results(book, who).get(exam) if who else None,
    )


def _sitting(node: Node, book: Book, row: OrderRow, order: orders.Order, who: Account | None) -> Sitting | None:
    declared = quality.read(order.quality)
    if declared is None or declared.exam is None:
        return None
    return Sitting(
        training=declared.exam.training,
        needed=-(-declared.exam.pass_bps * row.tasks // BPS),
        places=order.redundancy,
        left=max(0, order.redundancy - len(exams.seated(book, order, now=node.clock()))),
        seconds=order.answer_seconds,
        hold=declared.hold,
        challenges=declared.appeals,
        result=exams.results(book, who).get(row.id) if who else None,
    )


def _barred(who: Account | None, requires: Required | None, exam: Sitting | None) -> str | None:
    if who is not None and requires is not None and (requires.result is None or not requires.result.passed):
        return "exam"
    return "sat" if exam is not None and exam.result is not None else None


def _closed(node: Node, row: OrderRow, order: orders.Order, who: Account | None, tally: Tally | None) -> str | None:
    if who is None:
        return "listed" if order.assignment == "listed" else None
    if who == row.buyer:
        return "own"
    done = tally.all if tally else 0
    if order.assignment == "listed":
        listed = len(assignment.listed_for(node, order, who))
        return "listed" if not listed else ("done" if done >= listed else None)
    return "done" if done >= row.tasks else None


def guideline(node: Node, order: str) -> str:
    """Return the text of an order's guideline, empty where it is not here."""
    with node.store.reading() as book:
        said = book.statements.get(order)
    if said is None:
        return ""
    digest = str(cast(dict[str, Any], said[0].body["guideline"])["sha256"])
    data = node.private.read(f"evidence/{digest}") or node.public.read(f"evidence/{digest}")
    return "" if data is None else data.decode("utf-8", "replace")
