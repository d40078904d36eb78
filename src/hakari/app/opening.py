"""Committed answers opened: the node calls for them when a task's seats are all committed, and takes each reveal in its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import desk, quarantines
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.core.statement import BATCH, Statement
from hakari.people.book import may_sign
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.work import quality, reveals, seats
from hakari.work.intake import Opened, Running
from hakari.work.quality import SEATS
from hakari.work.records import OrderRow
from hakari.work.reveals import Committed, LateReveal, NotCommitted

AWAKE_S = 20
"""How often a node notes that it is there while openings are awaited."""
AWAY_S = 120
"""A node that noted nothing for so long was away: openings that were due meanwhile are called for once more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Awaited:
    """A committed answer that is not opened. until: the Unix second before which it must be, None while it is not called for."""

    row: Committed
    until: int | None

    @property
    def json(self) -> dict[str, Json]:
        """The commitment as the API shows it."""
        row = self.row
        return {
            "commitment": row.commitment,
            "n": row.n,
            "order": row.order,
            "role": row.role,
            "submission": row.submission,
            "task": row.task,
            "until": self.until,
        }


def awaited(node: Node, account: Account) -> list[Awaited]:
    """Return what an account committed and may still open, now or later, by order and task."""
    with node.store.reading() as book:
        rows = book.commitments.unopened(account)
    now = node.clock()
    found = [(row, reveals.within_s(desk.running(node, row.order))) for row in rows]
    return [Awaited(row=row, until=row.until(within)) for row, within in found if not row.lapsed(now, within)]


def reveal(node: Node, statement: Statement, answers: Sequence[Opened]) -> Receipt:
    """Record that an author opened what they committed to. Raises EarlyReveal, LateReveal, WrongReveal or NotCommitted.

    The receipt is the author's evidence: an opening that the log or the verdicts then leave out was left out by the node.
    """
    desk.expect(statement, "reveal")
    check_body("reveal", statement.body)
    desk.not_early(node, statement)
    facts = desk.running(node, str(statement.body["order"]), pointer="/body/order")
    submission, numbers = str(statement.body["submission"]), cast(list[int], statement.body["n"])
    node.accounts_pace.take(statement.author)

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_sign(statement, book.statements.key_held(statement.key))
        quarantines.pass_(book, order=facts.order.id, account=statement.author)
        order = book.orders.held(facts.order.id)
        rows = book.commitments.of_submission(submission)
        if not rows:
            raise NotCommitted("submission must be one whose answers were committed first", pointer="/body/submission")
        opened = reveals.opened(facts, statement, answers, rows)
        chosen = [rows[n] for n in numbers]
        reveals.in_time(chosen, now=max(node.clock(), statement.time), within_s=reveals.within_s(facts))
        if order is None or any(order.status != seats.STATUS[row.role] for row in chosen):
            raise LateReveal("openings are taken until the order's verdicts, which stand")
        book.statements.add(statement, subject=facts.order.id)
        book.commitments.open(chosen, statement.id)
        book.answers.add(opened)

    node.store.commit(write)
    return desk.receipt(node, statement)


def call(node: Node, row: OrderRow, drawn: Statement) -> bool:
    """Call for the openings of every task whose seats are all committed, or of all once the role's time is over.

    Where the node was away while openings were due, call for those once more. Returns whether anything was said.
    """
    facts, role = desk.running(node, row.id), str(drawn.body["role"])
    if not reveals.reveals(facts, role):
        return False
    now = node.clock()
    with node.store.reading() as book:
        last = book.chain.mark(_awake(row))
        away = last if last is not None and now - last > AWAY_S else None
        if not _due(node, book, facts, drawn, away=away) and last is not None and now - last < AWAKE_S:
            return False
    with node.store.book() as book:
        standing = book.orders.held(row.id)
        if standing is None or standing.status != row.status:
            return False
        book.chain.set_mark(_awake(row), now)
        due = _due(node, book, facts, drawn, away=away)
        for turn, rows in due.items():
            tasks = sorted({each.task for each in rows})
            for start in range(0, len(tasks), BATCH):
                some: list[Json] = list(tasks[start : start + BATCH])
                body: dict[str, Json] = {"order": row.id, "role": role, "tasks": some, "turn": turn}
                book.statements.add(node.sentence("call", body, at=now), subject=row.id)
            book.commitments.call(rows, time=now)
    return bool(due)


def waiting(node: Node, book: Book, facts: Running, role: str) -> bool:
    """Return whether an answer in a role is committed and may still be opened, or its reveal has no leaf yet."""
    within_s, now = reveals.within_s(facts), node.clock()
    rows = [row for task in book.commitments.of_role(facts.order.id, role).values() for row in task]
    stands = reveals.standing(rows, now=now, within_s=within_s)
    return any(row.reveal is None for row in stands) or (bool(rows) and book.statements.waiting("reveal") > 0)


def taken(node: Node, book: Book, facts: Running, role: str) -> dict[int, tuple[list[Committed], set[Account]]]:
    """Return by task what stands committed, and the accounts whose openings came too late."""
    within_s, now = reveals.within_s(facts), node.clock()
    found: dict[int, tuple[list[Committed], set[Account]]] = {}
    for task, rows in book.commitments.of_role(facts.order.id, role).items():
        stands = reveals.standing(rows, now=now, within_s=within_s)
        found[task] = stands, {row.account for row in rows} - {row.account for row in stands}
    return found


def _due(node: Node, book: Book, facts: Running, drawn: Statement, *, away: int | None) -> dict[int, list[Committed]]:
    """Return by turn what is to be called for: 1 first, 2 again. away: since when the node was away, None if it was not."""
    role, now, within_s = str(drawn.body["role"]), node.clock(), reveals.within_s(facts)
    declared = quality.read(facts.order.quality)
    over = declared is not None and now >= drawn.time + declared.within_s(role)
    found: dict[int, list[Committed]] = {1: [], 2: []}
    for rows in book.commitments.of_role(facts.order.id, role).values():
        if reveals.due(rows, seats=seats.jurors(facts, role) or SEATS, over=over, now=now, within_s=within_s):
            found[1] += [row for row in rows if row.called is None]
        if away is not None:
            found[2] += [
                row
                for row in rows
                if reveals.again(row, now=now, within_s=within_s) and cast(int, row.until(within_s)) > away
            ]
    return {turn: rows for turn, rows in found.items() if rows}


def _awake(row: OrderRow) -> str:
    """Return the name of the mark that says when the node last looked after an order's openings."""
    return f"opening:{row.escrow_order}"
