"""Answers that are committed first and opened when all of a task have: nobody can copy what nobody can see yet.

A worker signs commitments and names their tasks (`submission`); when a task's seats are all committed, or the role's time is over, the
operator calls for the openings (`call`); the worker opens them to the node and signs that it did (`reveal`).
docs/reference/rules.md, section 5.7.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from hakari.core.errors import Conflict, Forbidden, Malformed
from hakari.core.ids import Account, Digest, StatementId
from hakari.core.statement import Statement, answer_commitment
from hakari.work import quality
from hakari.work.intake import AlreadyAnswered, Opened, Running, UnknownTask, checked, role_of
from hakari.work.quality import CALLS
from hakari.work.records import AnswerRow


class OpenedEarly(Conflict):
    """Openings handed in beside commitments where answers are committed first."""

    code = "opened_early"


class EarlyReveal(Conflict):
    """An opening that nobody called for yet."""

    code = "early_reveal"


class LateReveal(Conflict):
    """An opening that comes after its time: the answer counts as not given."""

    code = "late_reveal"


class WrongReveal(Malformed):
    """An opening that does not give the commitment that its author signed before."""

    code = "wrong_reveal"
    status = 422


class NotCommitted(Forbidden):
    """A reveal of what its author did not commit to in this order, or opened before."""

    code = "not_committed"


def open_until(called: int | None, within_s: int) -> int | None:
    """Return the Unix second from which an answer called for at `called` can't be opened any more, None while nobody called."""
    return None if called is None else called + within_s


def lapsed(called: int | None, within_s: int, *, opened: bool, now: int) -> bool:
    """Return whether an answer was called for and not opened in time: it counts as not given."""
    return not opened and called is not None and now >= called + within_s


@dataclass(frozen=True, kw_only=True, slots=True)
class Committed:
    """One committed answer. called: when its opening was last called for (Unix seconds), None while it was not; calls: how often.

    reveal: the statement that opened it.
    """

    order: StatementId
    account: Account
    task: int
    role: str
    submission: StatementId
    n: int
    commitment: Digest
    called: int | None = None
    calls: int = 0
    reveal: StatementId | None = None

    def until(self, within_s: int) -> int | None:
        """Return the Unix second from which it can't be opened any more, None while nobody called for it."""
        return open_until(self.called, within_s)

    def lapsed(self, now: int, within_s: int) -> bool:
        """Return whether it was called for and not opened in time."""
        return lapsed(self.called, within_s, opened=self.reveal is not None, now=now)


def reveals(running: Running, role: str) -> bool:
    """Return whether answers of an order in a role are committed first."""
    declared = quality.read(running.order.quality)
    return declared is not None and declared.reveals(role)


def within_s(running: Running) -> int:
    """Return the seconds in which answers of an order must be opened once they are called for, 0 where none are committed first."""
    declared = quality.read(running.order.quality)
    return 0 if declared is None or declared.reveal is None else declared.reveal.within_s


def standing(rows: Iterable[Committed], *, now: int, within_s: int) -> list[Committed]:
    """Return those that were opened or still may be."""
    return [each for each in rows if not each.lapsed(now, within_s)]


def filled(rows: Sequence[Committed], *, wanted: int) -> bool:
    """Return whether a task takes no further commitment for now, given those that stand and the answers that it wants by those opened.

    Seats that are all committed wait for their openings; where these differ the task wants more.
    """
    return len(rows) >= wanted


def due(rows: Sequence[Committed], *, wanted: int, over: bool, now: int, within_s: int) -> bool:
    """Return whether the openings of a task are to be called for: all that it wants are committed, or its role's time is over."""
    stand = standing(rows, now=now, within_s=within_s)
    return any(each.called is None for each in stand) and (over or len(stand) >= wanted)


def again(row: Committed, *, now: int, within_s: int) -> bool:
    """Return whether an opening that was not given in time may be called for once more."""
    return row.lapsed(now, within_s) and row.calls < CALLS


def committed(running: Running, statement: Statement) -> list[Committed]:
    """Return what a submission without openings commits to, checked as far as that goes without a database.

    Raises Malformed, UnknownTask or AlreadyAnswered (one task twice).
    """
    commitments, tasks = statement.body["commitments"], statement.body.get("tasks")
    if not isinstance(commitments, list) or not isinstance(tasks, list) or len(commitments) != len(tasks):
        got = len(tasks) if isinstance(tasks, list) else "none"
        raise Malformed(f"tasks must name the task of each commitment, got {got}", pointer="/body/tasks")
    rows: dict[int, Committed] = {}
    for n, (task, commitment) in enumerate(zip(tasks, commitments, strict=True)):
        pointer = f"/body/tasks/{n}"
        if not isinstance(task, int) or not 0 <= task < len(running.publics):
            raise UnknownTask(f"task must be 0 to {len(running.publics) - 1}, got {task}", pointer=pointer)
        if task in rows:
            raise AlreadyAnswered(f"task {task} must be answered once, got it twice", pointer=pointer)
        rows[task] = Committed(
            order=running.order.id,
            account=statement.author,
            task=task,
            role=role_of(statement),
            submission=statement.id,
            n=n,
            commitment=Digest(str(commitment)),
        )
    return list(rows.values())


def opened(
    running: Running, statement: Statement, answers: Sequence[Opened], rows: Mapping[int, Committed]
) -> list[AnswerRow]:
    """Return the answers that a `reveal` opens. rows: what the submission that it names committed to, by n.

    Raises NotCommitted, WrongReveal or what the kind refuses, each with a pointer.
    """
    numbers = cast(list[int], statement.body["n"])
    if len(numbers) != len(answers):
        raise Malformed(f"openings must be as many as n, {len(numbers)}, got {len(answers)}", pointer="/openings")
    if numbers != sorted(set(numbers)):
        raise Malformed(f"n must ascend, each once, got {numbers[:10]}", pointer="/body/n")
    found: list[AnswerRow] = []
    for at, (n, given) in enumerate(zip(numbers, answers, strict=True)):
        row = rows.get(n)
        if row is None or row.account != statement.author or row.order != running.order.id or row.reveal is not None:
            raise NotCommitted(
                f"n must be a commitment of {statement.author} in this submission that is not opened yet, got {n}",
                pointer=f"/body/n/{at}",
            )
        pointer = f"/openings/{at}"
        if given.task != row.task:
            raise WrongReveal(f"task must be {row.task}, as committed, got {given.task}", pointer=f"{pointer}/task")
        answer = checked(running, given, pointer)
        made = answer_commitment(task=given.task, answer=answer, salt=given.salt)
        if made != row.commitment:
            raise WrongReveal(f"the opening must give {row.commitment}, as committed, got {made}", pointer=pointer)
        found.append(
            AnswerRow(
                order=row.order,
                account=row.account,
                task=row.task,
                submission=row.submission,
                n=row.n,
                answer=answer,
                salt=given.salt,
                role=row.role,
            )
        )
    return found


def in_time(rows: Collection[Committed], *, now: int, within_s: int) -> None:
    """Raise EarlyReveal or LateReveal unless every one of these may be opened now."""
    early = sorted(each.task for each in rows if each.called is None)
    if early:
        raise EarlyReveal(f"openings are taken once they are called for; not called yet: tasks {early[:10]}")
    late = {each.task: each.until(within_s) for each in rows if each.lapsed(now, within_s)}
    if late:
        raise LateReveal(
            f"openings are taken within {within_s} s of their call; over (task, until): {sorted(late.items())[:10]}"
        )
