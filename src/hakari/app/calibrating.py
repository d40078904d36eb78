"""Calibrations as this node runs them: said to be over, the buyer's word on the guideline taken, remarks kept for the buyer to read."""

import hashlib
from dataclasses import dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import desk, quarantines
from hakari.app.node import Node
from hakari.app.placement import utf8
from hakari.core import canonical
from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement, note_commitment
from hakari.people.book import may_sign
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.work import calibration, remarks
from hakari.work.calibration import Course
from hakari.work.records import OrderRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """What somebody who answered a task says of the guideline. note: the words, empty where this node does not hold them."""

    account: Account
    task: int
    note: str
    time: int


def finish(node: Node, row: OrderRow) -> bool:
    """Say that an order's first tasks have all their answers, once these have leaves. Returns whether anything was said."""
    order = desk.running(node, row.id).order
    if order.calibration is None:
        return False
    with node.store.book() as book:
        now = book.orders.held(row.id)
        if now is None or now.status != "open" or node.clock() >= now.deadline or not _answered(book, now, order.first):
            return False
        if calibration.course(book.statements, order).over is not None:
            return False
        book.statements.add(node.sentence("calibration", {"order": row.id}), subject=row.id)
    return True


def _answered(book: Book, row: OrderRow, first: int) -> bool:
    """Return whether nothing of an order's first tasks is wanted any more, and all that is answered is in the log."""
    stopped = quarantines.standing(book).tasks(row.id)
    waiting = [task for task in book.orders.unfilled(row.id) if task < first and task not in stopped]
    return bool(row.answered) and not waiting and book.answers.recorded(row.id) == row.answered


def decide(node: Node, statement: Statement, *, text: str | None) -> Receipt:
    """Record a buyer's word on the guideline, after its order's calibration. text: what the statement names by its digest;
    None for the text that the order has.

    Raises GuidelineClosed, Forbidden or Malformed.
    """
    desk.expect(statement, "guideline")
    check_body("guideline", statement.body)
    desk.not_early(node, statement)
    order = desk.running(node, str(statement.body["order"]), pointer="/body/order").order
    data = None if text is None else utf8(text, "/text")
    if (order.guideline_sha256 if data is None else hashlib.sha256(data).hexdigest()) != statement.body["sha256"]:
        raise Malformed("text must be the one whose digest the statement names", pointer="/text")

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_sign(statement, book.statements.key_held(statement.key))
        # Assignments of the order wait for this, and this for them: each is under the guideline that it shows.
        row = book.orders.held(order.id)
        if row is None or row.status != "open" or node.clock() >= row.deadline:
            raise calibration.GuidelineClosed("only an order that takes answers takes a word on its guideline")
        known = calibration.course(book.statements, order)
        calibration.check_word(known, statement, at=max(node.clock(), statement.time))
        if data is not None:
            node.evidence(data)
        book.statements.add(statement, subject=order.id)
        book.orders.mark(row.id, row.status)

    node.store.commit(write)
    return desk.receipt(node, statement)


def remark(node: Node, statement: Statement, *, note: str, salt: str) -> Receipt:
    """Record what somebody says of the guideline after a task of the calibration. The log holds the salted digest of the words alone.

    Raises RemarksClosed, NotRemarkable or Malformed.
    """
    desk.expect(statement, "remark")
    check_body("remark", statement.body)
    desk.not_early(node, statement)
    order = desk.running(node, str(statement.body["order"]), pointer="/body/order").order
    task, digest = cast(int, statement.body["task"]), statement.body["note"]
    utf8(note, "/note")
    if not note.strip() or note_commitment(note=note, salt=salt) != digest:
        raise Malformed("note must be the words whose salted digest the statement names", pointer="/body/note")
    node.accounts_pace.take(statement.author)

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_sign(statement, book.statements.key_held(statement.key))
        quarantines.pass_(book, order=order.id, account=statement.author)
        book.orders.held(order.id)
        remarks.check(
            calibration.course(book.statements, order),
            task,
            answered=task in book.answers.standing(order.id, statement.author, [task]),
            before=[cast(int, each.body["task"]) for each in _said(book, order.id) if each.author == statement.author],
            at=max(node.clock(), statement.time),
        )
        node.private.write(f"notes/{digest}", canonical.encode({"note": note, "salt": salt}))
        book.statements.add(statement, subject=order.id)

    node.store.commit(write)
    return desk.receipt(node, statement)


def remarked(node: Node, book: Book, order: StatementId) -> list[Remark]:
    """Return an order's remarks with their words, by task, for who may read them."""
    found = [
        Remark(
            account=said.author, task=cast(int, said.body["task"]), note=_words(node, said.body["note"]), time=said.time
        )
        for said in _said(book, order)
    ]
    return sorted(found, key=lambda each: (each.task, each.time))


def _said(book: Book, order: StatementId) -> list[Statement]:
    return [said for said, _ in book.statements.about("remark", order)]


def _words(node: Node, digest: object) -> str:
    kept = node.private.read(f"notes/{digest}")
    return "" if kept is None else str(cast(dict[str, object], canonical.decode(kept))["note"])


def waits(node: Node, book: Book, row: OrderRow) -> bool:
    """Return whether nothing more of an order is given out until its buyer has had a word on the guideline."""
    known = course(node, book, row)
    return known.over is not None and not known.goes_on(node.clock())


def course(node: Node, book: Book, row: OrderRow) -> Course:
    """Return how far an order's calibration is."""
    return calibration.course(book.statements, desk.running(node, row.id).order)
