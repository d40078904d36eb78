"""Exams on this node: who may sit one, who passed, and what an order that requires one says to everybody else."""

from dataclasses import dataclass

from hakari.adapters.sql.store import Book
from hakari.app import desk
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Forbidden, Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement
from hakari.work import exams, orders, quality
from hakari.work.blind import Known
from hakari.work.intake import Running
from hakari.work.orders import Order
from hakari.work.records import OrderRow


class ExamNotPassed(Forbidden):
    """The order is for accounts that passed an exam, which the message names. Sit it first."""

    code = "exam_not_passed"


class ExamTaken(Conflict):
    """The account has sat this exam, and its time is over: its result stands."""

    code = "exam_taken"


class ExamFull(Conflict):
    """Every place of the exam is taken. One comes free where somebody lets the time pass without an answer."""

    code = "exam_full"


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What an exam turned out to be for an account: right answers of all its tasks, and the statement that says so."""

    exam: StatementId
    passed: bool
    right: int
    tasks: int
    statement: StatementId


def results(book: Book, account: Account) -> dict[StatementId, Result]:
    """Return an account's results, by exam."""
    return {
        StatementId(str(said.body["order"])): Result(
            exam=StatementId(str(said.body["order"])),
            passed=bool(said.body["passed"]),
            right=int(str(said.body["right"])),
            tasks=int(str(said.body["tasks"])),
            statement=said.id,
        )
        for said, _ in book.statements.about("qualification", account)
    }


def required(order: Order) -> StatementId | None:
    """Return the exam that an order requires, or None."""
    declared = quality.read(order.quality)
    return None if declared is None else declared.requires


def pass_(book: Book, order: Order, account: Account) -> None:
    """Raise ExamNotPassed unless the account passed what the order requires."""
    exam = required(order)
    if exam is None:
        return
    found = results(book, account).get(exam)
    if found is None or not found.passed:
        got = "no result" if found is None else f"{found.right} right of {found.tasks}"
        raise ExamNotPassed(f"{account} must have passed the exam {exam}, got {got}")


def sit(book: Book, facts: Running, account: Account, *, now: int, given: bool) -> None:
    """Raise ExamTaken or ExamFull unless an account may be given an exam's tasks. given: it has them already, and time left."""
    order = facts.order
    if results(book, account).get(order.id) is not None:
        raise ExamTaken(f"{account} has sat the exam {order.id}: its result is in the log")
    if given:
        return
    taken = seated(book, order, now=now)
    if account not in taken and len(taken) >= order.redundancy:
        raise ExamFull(f"the exam {order.id} must have a place left of {order.redundancy}, all are taken")


def seated(book: Book, order: Order, *, now: int) -> set[Account]:
    """Return who has a place in an exam: all who answered, and all who still may."""
    return {*book.answers.sheets(order.id), *book.orders.holding(order.id, since=now - order.answer_seconds)}


def is_one(book: Book, order: StatementId) -> bool:
    """Return whether an order that is recorded is an exam."""
    said = book.statements.get(order)
    return said is not None and said[0].kind == "order" and quality.exam(orders.order(said[0]).quality) is not None


def check_required(book: Book, order: Order) -> None:
    """Raise Malformed unless what an order requires is an exam of this node."""
    exam = required(order)
    if exam is None:
        return
    if not is_one(book, exam):
        raise Malformed(f"requires must be an exam of this node, got {exam}", pointer="/body/quality/requires")
    if order.assignment == "open":
        raise Malformed(
            "an order that requires an exam must give its tasks to accounts: assignment must be drawn or listed, got 'open'",
            pointer="/body/assignment",
        )


def truths(node: Node, facts: Running) -> Known | None:
    """Return an exam's right answers, or None where the order is no exam."""
    exam = quality.exam(facts.order.quality)
    if exam is None:
        return None
    key = f"truths:{facts.order.id}"
    known = node.cards.get(key)
    if known is None:
        lines = canonical.read_lines(node.kept(exam.truths))
        known = node.cards[key] = exams.truths(lines, facts.kind, facts.order.spec, facts.publics)
    return known


def mark(node: Node) -> bool:
    """Say the result of every sheet that is whole, or whose time is over, in every exam that is not judged yet."""
    with node.store.reading() as book:
        rows = [row for status in ("open", "closing") for row in book.orders.with_status(status)]
    done = False
    for row in rows:
        facts = desk.running(node, row.id)
        if quality.exam(facts.order.quality) is not None:
            done |= _mark(node, facts, row)
    return done


def _mark(node: Node, facts: Running, row: OrderRow) -> bool:
    with node.store.reading() as book:
        due = _due(node, book, facts, row)
    if not due:
        return False
    with node.store.book() as book:
        # With the order held nobody answers meanwhile.
        held = book.orders.held(row.id)
        due = [] if held is None else _due(node, book, facts, held)
        for account in due:
            book.statements.add(_result(node, book, facts, account), subject=account)
    return bool(due)


def _due(node: Node, book: Book, facts: Running, row: OrderRow) -> list[Account]:
    """Return whose sheets can be marked: all answered, or nothing of them can be answered any more."""
    now, order = node.clock(), facts.order
    over = row.status != "open" or now >= order.deadline
    sitting = set[Account]() if over else book.orders.holding(order.id, since=now - order.answer_seconds)
    return [
        account
        for account, answers in sorted(book.answers.sheets(order.id).items())
        if (answers >= row.tasks or account not in sitting) and order.id not in results(book, account)
    ]


def _result(node: Node, book: Book, facts: Running, account: Account) -> Statement:
    exam = quality.exam(facts.order.quality)
    known = truths(node, facts)
    assert exam is not None  # only exams are marked
    assert known is not None
    sheet = [each.given for each in book.answers.of_account(facts.order.id, account)]
    right = exams.right(facts.kind, facts.order, facts.publics, sheet, known)
    tasks = len(facts.publics)
    body: dict[str, Json] = {
        "account": account,
        "order": facts.order.id,
        "passed": exam.passed(right=right, tasks=tasks),
        "right": right,
        "tasks": tasks,
    }
    return node.sentence("qualification", body)


def marked(book: Book, order: StatementId) -> bool:
    """Return whether everybody who answered in an exam has their result."""
    return all(order in results(book, account) for account in book.answers.sheets(order))


def over(node: Node, book: Book, row: OrderRow) -> bool:
    """Return whether every place of an exam was taken and has its result."""
    order = desk.running(node, row.id).order
    if quality.exam(order.quality) is None:
        return False
    return len(book.answers.sheets(order.id)) >= order.redundancy and marked(book, order.id)
