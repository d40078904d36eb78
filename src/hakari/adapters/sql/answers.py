"""Answers and their verdicts."""

import json
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Connection, Row, bindparam, func, select, update

from hakari.adapters.sql.listed import among, listed
from hakari.adapters.sql.schema import answers, orders, statements
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.work.records import WORK, AnswerRow

# Built once, as in statements.py.
_ADD = answers.insert()
_STANDING = select(answers.c.task).where(
    answers.c.order == bindparam("in_order"), answers.c.account == bindparam("by"), among(answers.c.task)
)


class Answers:
    """One row for one account's answer to one task."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[AnswerRow]) -> None:
        """Record answers. The caller has checked that none stands already."""
        if not rows:
            return
        self._connection.execute(
            _ADD,
            [
                {
                    "order": row.order,
                    "account": row.account,
                    "task": row.task,
                    "submission": row.submission,
                    "n": row.n,
                    "answer": row.text or canonical.encode(row.answer).decode(),
                    "salt": row.salt,
                    "role": row.role,
                }
                for row in rows
            ],
        )

    def standing(self, order: StatementId, account: Account, numbers: Sequence[int]) -> set[int]:
        """Return which of these tasks the account has answered."""
        return set(self._connection.scalars(_STANDING, {"in_order": order, "by": account, "listed": listed(numbers)}))

    def recorded(self, order: StatementId) -> int:
        """Return how many answers in the role of work are in the log."""
        return (
            self._connection.scalar(
                select(func.count())
                .select_from(answers.join(statements, statements.c.id == answers.c.submission))
                .where(answers.c.order == order, answers.c.role == WORK, statements.c.leaf.is_not(None))
            )
            or 0
        )

    def unjudged(self, order: StatementId, size: int) -> list[AnswerRow]:
        """Return the order's work with leaf < size that no verdicts judged, in order of (leaf, n)."""
        rows = self._connection.execute(
            select(answers, statements.c.leaf)
            .join(statements, statements.c.id == answers.c.submission)
            .where(
                answers.c.order == order,
                answers.c.role == WORK,
                answers.c.verdicts.is_(None),
                statements.c.leaf < size,
            )
            .order_by(statements.c.leaf, answers.c.n)
        )
        return [_answer(row) for row in rows]

    def worked(self, order: StatementId) -> list[AnswerRow]:
        """Return the order's work that has leaves, judged or not, in order of (leaf, n)."""
        rows = self._connection.execute(
            select(answers, statements.c.leaf)
            .join(statements, statements.c.id == answers.c.submission)
            .where(answers.c.order == order, answers.c.role == WORK, statements.c.leaf.is_not(None))
            .order_by(statements.c.leaf, answers.c.n)
        )
        return [_answer(row) for row in rows]

    def blind(self, order: StatementId, role: str | None = None) -> list[AnswerRow]:
        """Return the order's answers in other roles than work (or in one), in order of (leaf, n); those without a leaf last."""
        wanted = (
            select(answers, statements.c.leaf)
            .join(statements, statements.c.id == answers.c.submission)
            .where(answers.c.order == order, answers.c.role != WORK)
        )
        if role is not None:
            wanted = wanted.where(answers.c.role == role)
        rows = self._connection.execute(wanted.order_by(statements.c.leaf.is_(None), statements.c.leaf, answers.c.n))
        return [_answer(row) for row in rows]

    def judged(self, order: StatementId) -> list[AnswerRow]:
        """Return the order's judged answers in order of (task, leaf, n)."""
        rows = self._connection.execute(
            select(answers, statements.c.leaf)
            .join(statements, statements.c.id == answers.c.submission)
            .where(answers.c.order == order, answers.c.role == WORK, answers.c.verdicts.is_not(None))
            .order_by(answers.c.task, statements.c.leaf, answers.c.n)
        )
        return [_answer(row) for row in rows]

    def judge(self, rows: Sequence[AnswerRow]) -> None:
        """Record the verdicts that these rows carry."""
        if not rows:
            return
        self._connection.execute(
            update(answers)
            .where(
                answers.c.order == bindparam("in_order"),
                answers.c.account == bindparam("by"),
                answers.c.task == bindparam("on"),
            )
            .values(
                verdicts=bindparam("v"),
                accepted=bindparam("ok"),
                score=bindparam("bps"),
                reason=bindparam("because"),
                merit=bindparam("worth"),
            ),
            [
                {
                    "in_order": row.order,
                    "by": row.account,
                    "on": row.task,
                    "v": row.verdicts,
                    "ok": row.accepted,
                    "bps": row.score,
                    "because": row.reason,
                    "worth": row.merit,
                }
                for row in rows
            ],
        )

    def accepted_by_account(self, verdicts: StatementId) -> dict[Account, int]:
        """Return how many answers of each account these verdicts accepted; accounts with none are left out."""
        rows = self._connection.execute(
            select(answers.c.account, func.count().label("accepted"))
            .where(answers.c.verdicts == verdicts, answers.c.accepted.is_(True))
            .group_by(answers.c.account)
        )
        return {Account(row.account): row.accepted for row in rows}

    def first_by_account(self, verdicts: StatementId, first: int) -> dict[Account, int]:
        """Return how many of each account's answers are among the `first` that these verdicts accepted, in the log's order."""
        ordered = (
            select(answers.c.account)
            .join(statements, statements.c.id == answers.c.submission)
            .where(answers.c.verdicts == verdicts, answers.c.accepted.is_(True))
            .order_by(statements.c.leaf, answers.c.n)
            .limit(first)
            .subquery()
        )
        rows = self._connection.execute(
            select(ordered.c.account, func.count().label("first")).group_by(ordered.c.account)
        )
        return {Account(row.account): row.first for row in rows}

    def accepted_in(self, pool: int, source: str, size: int) -> list[Json]:
        """Return the answers of a kind that verdicts with leaf < size accepted in a pool, in order of those verdicts."""
        rows = self._connection.execute(
            select(answers.c.answer)
            .join(orders, orders.c.id == answers.c.order)
            .join(statements, statements.c.id == answers.c.verdicts)
            .where(
                orders.c.pool == pool,
                orders.c.source == source,
                answers.c.accepted.is_(True),
                statements.c.leaf < size,
            )
            .order_by(statements.c.leaf)
        )
        return [json.loads(row.answer) for row in rows]

    def sheets(self, order: StatementId) -> dict[Account, int]:
        """Return how many tasks of an order each account answered as work."""
        rows = self._connection.execute(
            select(answers.c.account, func.count().label("count"))
            .where(answers.c.order == order, answers.c.role == WORK)
            .group_by(answers.c.account)
        )
        return {Account(row.account): cast(int, row.count) for row in rows}

    def has_of(self, order: StatementId, account: Account) -> bool:
        """Return whether an account answered anything in an order."""
        return (
            self._connection.scalar(
                select(answers.c.task).where(answers.c.order == order, answers.c.account == account).limit(1)
            )
            is not None
        )

    def of_submission(self, submission: str) -> list[AnswerRow]:
        """Return the answers of one submission in order of n."""
        rows = self._connection.execute(
            select(answers, statements.c.leaf)
            .join(statements, statements.c.id == answers.c.submission)
            .where(answers.c.submission == submission)
            .order_by(answers.c.n)
        )
        return [_answer(row) for row in rows]

    def of_account(self, order: StatementId, account: Account) -> list[AnswerRow]:
        """Return an account's answers to an order by task."""
        rows = self._connection.execute(
            select(answers, statements.c.leaf)
            .join(statements, statements.c.id == answers.c.submission)
            .where(answers.c.order == order, answers.c.account == account)
            .order_by(answers.c.task)
        )
        return [_answer(row) for row in rows]

    def tally(self, account: Account) -> dict[str, int]:
        """Return how many answers of the account are waiting, accepted and refused."""
        row = self._connection.execute(
            select(
                func.count().filter(answers.c.verdicts.is_(None)).label("waiting"),
                func.count().filter(answers.c.accepted.is_(True)).label("accepted"),
                func.count().filter(answers.c.accepted.is_(False)).label("refused"),
            ).where(answers.c.account == account, answers.c.role == WORK)
        ).one()
        return {"waiting": row.waiting, "accepted": row.accepted, "refused": row.refused}


def _answer(row: Row[tuple[object, ...]]) -> AnswerRow:
    return AnswerRow(
        order=row.order,
        account=row.account,
        task=row.task,
        submission=row.submission,
        n=row.n,
        answer=json.loads(row.answer),
        salt=row.salt,
        leaf=row.leaf,
        verdicts=row.verdicts,
        accepted=row.accepted,
        score=row.score,
        reason=row.reason,
        role=row.role,
        merit=row.merit,
    )
