"""Intake: what must hold before a worker's statement is written, and what is written then.

Everything is refused before the first write. The caller opens the transaction and has checked key and signature
(`people.book.may_sign`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Forbidden, Malformed, Unknown
from hakari.core.ids import Account, StatementId
from hakari.core.statement import BATCH, Statement, written_answer_commitment
from hakari.sources.kind import Kind
from hakari.work import calibration, pauses
from hakari.work.orders import Order
from hakari.work.records import WORK, AnswerRow, OrderRow

SHORTEST_SALT, LONGEST_SALT = 22, 64


class UnknownTask(Unknown):
    """A task number that the order does not have."""

    code = "unknown_task"
    status = 422


class OrderClosed(Conflict):
    """The order takes no more answers: judged, or past its deadline."""

    code = "order_closed"


class AlreadyAnswered(Conflict):
    """The account has answered this task."""

    code = "already_answered"


class NotAssigned(Forbidden):
    """The task was not assigned to the account."""

    code = "not_assigned"


class AssignmentLapsed(Conflict):
    """The task was assigned to the account and not answered in time: it may be somebody else's by now."""

    code = "assignment_lapsed"


class TaskFull(Conflict):
    """The task has all the answers it wants."""

    code = "task_full"


class StaleGuideline(Conflict):
    """The answers were given under another version of the guideline."""

    code = "stale_guideline"


class OverBudget(Conflict):
    """The order's budget does not cover these answers."""

    code = "over_budget"


class WrongCommitment(Malformed):
    """An opened answer that is not what the signed statement committed to."""

    code = "wrong_commitment"
    status = 422


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """An answer as the worker hands it in, beside its signed commitment."""

    task: int
    answer: Json
    salt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """What does not change while an order runs: its terms, its kind, its tasks' public parts.

    unit_cost, seats_cost: micro-units of an answer, and of all seats for blind answers, each with its fee.
    """

    order: Order
    kind: Kind
    publics: Sequence[Mapping[str, Json]]
    unit_cost: int
    seats_cost: int = 0


class OrdersPart(Protocol):
    """What intake asks of orders."""

    def get(self, order: str, /) -> OrderRow | None: ...
    def held(self, order: str, /) -> OrderRow | None: ...
    def full(self, order: StatementId, numbers: Sequence[int], /) -> list[int]: ...
    def assigned_of(
        self, order: StatementId, account: Account, numbers: Sequence[int], role: str = WORK, /
    ) -> dict[int, int]: ...
    def answered(self, order: StatementId, counted: Sequence[int], /) -> None: ...


class AnswersPart(Protocol):
    """What intake asks of answers."""

    def standing(self, order: StatementId, account: Account, numbers: Sequence[int], /) -> set[int]: ...
    def add(self, rows: Sequence[AnswerRow], /) -> None: ...
    def blind(self, order: StatementId, role: str | None = None, /) -> list[AnswerRow]: ...


class StatementsPart(calibration.StatementsPart, Protocol):
    """What intake asks of statements."""

    def add(self, statement: Statement, *, subject: str | None = None) -> bool: ...


class IntakeBook(Protocol):
    """One transaction, as far as intake sees it."""

    @property
    def orders(self) -> OrdersPart: ...
    @property
    def answers(self) -> AnswersPart: ...
    @property
    def statements(self) -> StatementsPart: ...


def role_of(statement: Statement) -> str:
    """Return the role that an assignment or submission is in."""
    return str(statement.body.get("role", WORK))


def opened(running: Running, statement: Statement, answers: Sequence[Opened]) -> list[AnswerRow]:
    """Return the rows of a submission, after every check that needs no database.

    Raises Malformed, UnknownTask, WrongCommitment or AlreadyAnswered (one task twice), each with a pointer.
    Cost: one SHA-256 and one check by the kind for each answer.
    """
    commitments = statement.body["commitments"]
    if not isinstance(commitments, list) or len(commitments) != len(answers):
        got = len(commitments) if isinstance(commitments, list) else 0
        raise Malformed(
            f"answers must be as many as commitments, expected {got}, got {len(answers)}", pointer="/answers"
        )
    if not 1 <= len(answers) <= BATCH:
        raise Malformed(f"a submission must hold 1 to {BATCH} answers, got {len(answers)}", pointer="/answers")
    submission = statement.id
    rows: list[AnswerRow] = []
    seen: set[int] = set()
    for n, (given, commitment) in enumerate(zip(answers, commitments, strict=True)):
        pointer = f"/answers/{n}"
        if not 0 <= given.task < len(running.publics):
            raise UnknownTask(
                f"task must be 0 to {len(running.publics) - 1}, got {given.task}", pointer=f"{pointer}/task"
            )
        if given.task in seen:
            raise AlreadyAnswered(f"task {given.task} must be answered once, got it twice", pointer=f"{pointer}/task")
        seen.add(given.task)
        if not SHORTEST_SALT <= len(given.salt) <= LONGEST_SALT:
            raise Malformed(
                f"salt must be {SHORTEST_SALT} to {LONGEST_SALT} characters, got {len(given.salt)}",
                pointer=f"{pointer}/salt",
            )
        answer = checked(running, given, pointer)
        # The commitment is checked against the canonical answer: what was signed must be what will be judged.
        text = canonical.encode(answer)
        if written_answer_commitment(task=given.task, answer=text, salt=given.salt) != commitment:
            raise WrongCommitment(
                "commitment must be the SHA-256 of the canonical answer, salt and task (docs/reference/formats.md §1), "
                f"got {commitment!r}",
                pointer=f"/body/commitments/{n}",
            )
        rows.append(
            AnswerRow(
                order=running.order.id,
                account=statement.author,
                task=given.task,
                submission=submission,
                n=n,
                answer=answer,
                salt=given.salt,
                role=role_of(statement),
                text=text.decode(),
            )
        )
    return rows


def under(book: IntakeBook, order: Order, statement: Statement, numbers: Sequence[int]) -> None:
    """Raise StaleGuideline unless each of these tasks is answered under the version of the guideline that a submission names."""
    known, named = calibration.course(book.statements, order), statement.body["guideline"]
    other = calibration.others(known, named, numbers)
    if other:
        raise StaleGuideline(
            f"guideline of task {other[0]} must be version {known.version(other[0])}, got {named!r}",
            pointer="/body/guideline",
        )


def checked(running: Running, given: Opened, pointer: str) -> Json:
    """Return an answer in its canonical form. Raises what its kind refuses, with a pointer below `pointer`."""
    try:
        return running.kind.check(running.order.spec, running.publics[given.task], given.answer)
    except Malformed as error:
        error.pointer = f"{pointer}/answer{error.pointer or ''}"
        raise


def record(book: IntakeBook, running: Running, statement: Statement, rows: Sequence[AnswerRow], *, now: int) -> None:
    """Write a submission whose answers are checked.

    Raises OrderClosed, OrderPaused, StaleGuideline, AlreadyAnswered, NotAssigned, AssignmentLapsed, TaskFull or OverBudget and then
    nothing is written.
    `now`: Unix seconds.
    """
    order = running.order
    # Where nothing is assigned an answer is before a pause or sees it: they wait for each other.
    # And a wave says how many answers each task has: none comes between its being whole and what it decides.
    strict = order.assignment == "open" or "stopping" in order.quality
    row = book.orders.held(order.id) if strict else book.orders.get(order.id)
    if row is None or row.status != "open" or max(now, statement.time) >= order.deadline:
        raise OrderClosed(f"order takes answers until {order.deadline} while it is open, got one at {now}")
    numbers = [each.task for each in rows]
    under(book, order, statement, numbers)
    _may_answer(book, running, statement, numbers, now=now)
    full = book.orders.full(order.id, numbers) if strict else []
    if full:
        raise TaskFull(f"these tasks have all the answers they want: {sorted(full)[:10]}")
    afford(running, row, len(rows))
    book.statements.add(statement, subject=order.id)
    book.answers.add(rows)
    book.orders.answered(order.id, numbers)


def afford(running: Running, row: OrderRow, more: int) -> None:
    """Raise OverBudget unless an order's budget covers so many answers beside those it has."""
    cost = (row.answered + more) * running.unit_cost
    if cost > running.order.budget:
        raise OverBudget(f"budget {running.order.budget} must cover all recorded answers, which would cost {cost}")


def _may_answer(book: IntakeBook, running: Running, statement: Statement, numbers: Sequence[int], *, now: int) -> None:
    """Raise AlreadyAnswered, OrderPaused, NotAssigned or AssignmentLapsed unless these tasks are the author's to answer."""
    order = running.order
    standing = book.answers.standing(order.id, statement.author, numbers)
    if standing:
        raise AlreadyAnswered(f"a task must be answered once by an account; answered before: {sorted(standing)[:10]}")
    if order.assignment == "open":
        paused = pauses.spans(pauses.said(book.statements, order.id))
        if not pauses.takes(order, paused, max(now, statement.time)):
            raise pauses.OrderPaused(
                f"an answer is taken up to {order.answer_seconds} s after a pause began; the order's buyer has paused it"
            )
    else:
        may_still(book, running, statement, numbers, now=now)


def may_still(book: IntakeBook, running: Running, statement: Statement, numbers: Sequence[int], *, now: int) -> None:
    """Raise NotAssigned or AssignmentLapsed unless these tasks are assigned to the author, and theirs still."""
    order = running.order
    assigned = book.orders.assigned_of(order.id, statement.author, numbers)
    missing = set(numbers) - assigned.keys()
    if missing:
        raise NotAssigned(f"a task must be assigned to {statement.author} first; not assigned: {sorted(missing)[:10]}")
    at = max(now, statement.time)
    lapsed = [task for task, time in assigned.items() if at >= order.lapses(time)]
    if lapsed:
        raise AssignmentLapsed(
            f"a task must be answered within {order.answer_seconds} s of being assigned; lapsed: {sorted(lapsed)[:10]}. "
            "Ask for tasks again"
        )
