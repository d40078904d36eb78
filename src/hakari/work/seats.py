"""Blind answers taken in: who was drawn answers a task that has not enough of them yet."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement
from hakari.work import blind, quality, reveals
from hakari.work.intake import AlreadyAnswered, IntakeBook, NotAssigned, OrderClosed, Running, TaskFull, role_of, under
from hakari.work.quality import SEATS
from hakari.work.records import AnswerRow
from hakari.work.reveals import Committed

STATUS: Mapping[str, str] = {"audit": "auditing", "review": "auditing", "jury": "jury"}
"""The status of an order while answers of a role are taken."""


class CommitmentsPart(Protocol):
    """What intake asks of commitments."""

    def standing(self, order: StatementId, account: Account, numbers: Sequence[int], /) -> set[int]: ...
    def of_role(self, order: StatementId, role: str, /) -> dict[int, list[Committed]]: ...
    def add(self, rows: Sequence[Committed], /) -> None: ...


class CommitBook(IntakeBook, Protocol):
    """One transaction, as far as commitments see it."""

    @property
    def commitments(self) -> CommitmentsPart: ...


def given(book: IntakeBook, order: StatementId, role: str) -> dict[int, list[AnswerRow]]:
    """Return the answers of a role so far by task, in order of (leaf, n)."""
    found: dict[int, list[AnswerRow]] = {}
    for row in book.answers.blind(order, role):
        found.setdefault(row.task, []).append(row)
    return found


def wanted(running: Running, role: str, answers: Sequence[AnswerRow]) -> int:
    """Return how many answers in a drawn role a task wants in all, given those so far."""
    declared = quality.read(running.order.quality)
    least = SEATS if declared is None else declared.least(role)
    return blind.wanted(role, [each.answer for each in answers], seats=least)


def enough(running: Running, role: str, answers: Sequence[AnswerRow]) -> bool:
    """Return whether a task needs no further answer in a drawn role."""
    return len(answers) >= wanted(running, role, answers)


def places(running: Running, role: str, answers: Sequence[AnswerRow]) -> int:
    """Return how many of a drawn role commit to a task before any further of them is called for, given the answers opened so far."""
    declared = quality.read(running.order.quality)
    seats = SEATS if declared is None else declared.seats(role)
    return blind.wanted(role, [each.answer for each in answers], seats=seats)


def record(book: IntakeBook, running: Running, statement: Statement, rows: Sequence[AnswerRow]) -> None:
    """Write a submission in another role than work, whose answers are checked.

    Raises OrderClosed, StaleGuideline, AlreadyAnswered, NotAssigned or TaskFull and then nothing is written.
    """
    numbers = [each.task for each in rows]
    _drawn(book, running, statement, numbers)
    before = given(book, running.order.id, role_of(statement))
    full = [n for n in numbers if enough(running, role_of(statement), before.get(n, ()))]
    if full:
        raise TaskFull(f"these tasks have the blind answers that they need: {sorted(full)[:10]}")
    book.statements.add(statement, subject=running.order.id)
    book.answers.add(rows)


def commit(
    book: CommitBook, running: Running, statement: Statement, rows: Sequence[Committed], *, now: int, until: int
) -> None:
    """Write a submission in a role whose answers are committed first. until: the Unix second in which the role's time is over.

    Raises what `record` raises, and then nothing is written.
    """
    order, role, numbers = running.order, role_of(statement), [each.task for each in rows]
    _drawn(book, running, statement, numbers)
    if now >= until:
        raise OrderClosed(f"answers in the role {role} are taken until {until}, got one at {now}")
    before = book.commitments.standing(order.id, statement.author, numbers)
    if before:
        raise AlreadyAnswered(f"a task must be answered once by an account; committed before: {sorted(before)[:10]}")
    within_s, opened = reveals.within_s(running), given(book, order.id, role)
    others = book.commitments.of_role(order.id, role)
    full = [
        n
        for n in numbers
        if reveals.filled(
            reveals.standing(others.get(n, ()), now=now, within_s=within_s),
            wanted=places(running, role, opened.get(n, ())),
        )
    ]
    if full:
        raise TaskFull(f"these tasks have the blind answers that they need for now: {sorted(full)[:10]}")
    book.statements.add(statement, subject=order.id)
    book.commitments.add(rows)


def _drawn(book: IntakeBook, running: Running, statement: Statement, numbers: Sequence[int]) -> None:
    """Raise OrderClosed, StaleGuideline, AlreadyAnswered or NotAssigned unless the account may answer these tasks in that role."""
    order, role = running.order, role_of(statement)
    row = book.orders.get(order.id)
    if row is None or row.status != STATUS.get(role):
        state = "none" if row is None else f"one that is {row.status}"
        raise OrderClosed(f"answers in the role {role} are taken while the order is {STATUS.get(role)}, got {state}")
    under(book, order, statement, numbers)
    standing = book.answers.standing(order.id, statement.author, numbers)
    if standing:
        raise AlreadyAnswered(f"a task must be answered once by an account; answered before: {sorted(standing)[:10]}")
    missing = set(numbers) - book.orders.assigned_of(order.id, statement.author, numbers, role).keys()
    if missing:
        raise NotAssigned(
            f"a task must be assigned to {statement.author} as {role} first; not assigned: {sorted(missing)[:10]}"
        )
