"""Committed answers opened: the node calls for them when a task's places are all committed, and takes each reveal in its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import desk, quarantines
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.core.statement import BATCH, Statement
from hakari.people.book import may_sign
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.work import reveals, seats
from hakari.work.intake import Opened, Running
from hakari.work.records import WORK, OrderRow
from hakari.work.reveals import Committed, LateReveal, NotCommitted

AWAKE_S = 20
"""How often a node notes that it is there while openings are awaited."""
AWAY_S = 120
"""A node that noted nothing for so long was away: openings that were due meanwhile are called for once more."""


_STATUS = {WORK: ("open", "closing"), **{role: (status,) for role, status in seats.STATUS.items()}}
"""The statuses of an order while answers of a role are opened."""


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
        if order is None or any(order.status not in _STATUS[row.role] for row in chosen):
            raise LateReveal("openings are taken until the order's verdicts, which stand")
        book.statements.add(statement, subject=facts.order.id)
        book.commitments.open(chosen, statement.id)
        book.answers.add(opened)

    node.store.commit(write)
    return desk.receipt(node, statement)


def call_work(node: Node, row: OrderRow) -> bool:
    """Call for the openings of work that is due, of all of it once the order takes no more. Returns whether anything was said."""
    return call(node, row, WORK, over=row.status != "open" or node.clock() >= row.deadline)


def call(node: Node, row: OrderRow, role: str, *, over: bool) -> bool:
    """Call for the openings of every task whose places are all committed, or of all where the role's time is over.

    Where the node was away while openings were due, call for those once more. Returns whether anything was said.
    """
    facts = desk.running(node, row.id)
    if not reveals.reveals(facts, role):
        return False
    now = node.clock()
    with node.store.reading() as book:
        last = book.chain.mark(_awake(row))
        away = last if last is not None and now - last > AWAY_S else None
        if not _due(node, book, facts, role, over=over, away=away) and last is not None and now - last < AWAKE_S:
            return False
    with node.store.book() as book:
        standing = book.orders.held(row.id)
        if standing is None or standing.status != row.status:
            return False
        book.chain.set_mark(_awake(row), now)
        said = False
        for turn, rows in _due(node, book, facts, role, over=over, away=away).items():
            tasks = sorted({each.task for each in rows})
            for start in range(0, len(tasks), BATCH):
                some = tasks[start : start + BATCH]
                body: dict[str, Json] = {"order": row.id, "role": role, "tasks": list[Json](some), "turn": turn}
                # The same words in the same second are the same statement: a later wave of a task waits for the next one.
                if book.statements.add(node.sentence("call", body, at=now), subject=row.id):
                    book.commitments.call([each for each in rows if each.task in some], time=now)
                    said = True
    return said


def waiting(node: Node, book: Book, facts: Running, role: str) -> bool:
    """Return whether an answer in a role is committed and may still be opened, or its reveal has no leaf yet."""
    within_s, now = reveals.within_s(facts), node.clock()
    if not reveals.reveals(facts, role):
        return False
    stands = reveals.standing(book.commitments.left(facts.order.id, role), now=now, within_s=within_s)
    return bool(stands) or book.statements.waiting("reveal") > 0


def unopened(book: Book, facts: Running) -> int:
    """Return how many of the answers that an order counts as work were committed and not opened."""
    return len(book.commitments.left(facts.order.id, WORK)) if reveals.reveals(facts, WORK) else 0


def last(book: Book, order: StatementId) -> int:
    """Return the newest leaf of what an order's work was committed and opened by, -1 where none has one."""
    said = [*book.statements.about("submission", order), *book.statements.about("reveal", order)]
    return max((leaf for _, leaf in said if leaf is not None), default=-1)


def taken(node: Node, book: Book, facts: Running, role: str) -> dict[int, tuple[list[Committed], set[Account]]]:
    """Return by task what stands committed, and the accounts whose openings came too late."""
    within_s, now = reveals.within_s(facts), node.clock()
    found: dict[int, tuple[list[Committed], set[Account]]] = {}
    for task, rows in book.commitments.of_role(facts.order.id, role).items():
        stands = reveals.standing(rows, now=now, within_s=within_s)
        found[task] = stands, {row.account for row in rows} - {row.account for row in stands}
    return found


def _due(
    node: Node, book: Book, facts: Running, role: str, *, over: bool, away: int | None
) -> dict[int, list[Committed]]:
    """Return by turn what is to be called for: 1 first, 2 again. away: since when the node was away, None if it was not."""
    now, within_s = node.clock(), reveals.within_s(facts)
    found: dict[int, list[Committed]] = {1: [], 2: []}
    opened = seats.given(book, facts.order.id, role) if role != WORK else {}
    for task, rows in _looked_at(book, facts, role).items():
        if role == WORK:
            due = over or bool(book.orders.full(facts.order.id, [task]))
        else:
            due = reveals.due(
                rows, wanted=seats.places(facts, role, opened.get(task, ())), over=over, now=now, within_s=within_s
            )
        if due:
            found[1] += [row for row in rows if row.called is None]
        if away is not None:
            found[2] += [
                row
                for row in rows
                if reveals.again(row, now=now, within_s=within_s) and cast(int, row.until(within_s)) > away
            ]
    return {turn: rows for turn, rows in found.items() if rows}


def _looked_at(book: Book, facts: Running, role: str) -> dict[int, list[Committed]]:
    """Return by task what is committed in a role; of work, which may be much, what is not opened."""
    if role != WORK:
        return book.commitments.of_role(facts.order.id, role)
    found: dict[int, list[Committed]] = {}
    for row in book.commitments.left(facts.order.id, role):
        found.setdefault(row.task, []).append(row)
    return found


def _awake(row: OrderRow) -> str:
    """Return the name of the mark that says when the node last looked after an order's openings."""
    return f"opening:{row.escrow_order}"
