"""Answers committed and not opened yet, and what became of them."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from hakari.adapters.sql.listed import among, listed
from hakari.adapters.sql.schema import commitments, orders
from hakari.core.ids import Account, StatementId
from hakari.work.reveals import Committed

_THIS = (
    commitments.c.order == bindparam("in_order"),
    commitments.c.account == bindparam("by"),
    commitments.c.task == bindparam("on"),
)


class Commitments:
    """One row for one account's committed answer to one task."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[Committed]) -> None:
        """Record commitments. The caller has checked that none of the account stands for these tasks."""
        if rows:
            self._connection.execute(
                commitments.insert(),
                [
                    {
                        "order": row.order,
                        "account": row.account,
                        "task": row.task,
                        "role": row.role,
                        "submission": row.submission,
                        "n": row.n,
                        "commitment": row.commitment,
                        "calls": 0,
                    }
                    for row in rows
                ],
            )

    def standing(self, order: StatementId, account: Account, numbers: Sequence[int]) -> set[int]:
        """Return for which of these tasks the account committed an answer, opened or not."""
        wanted = select(commitments.c.task).where(
            commitments.c.order == order, commitments.c.account == account, among(commitments.c.task)
        )
        return set(self._connection.scalars(wanted, {"listed": listed(numbers)}))

    def of_role(self, order: StatementId, role: str) -> dict[int, list[Committed]]:
        """Return what is committed in a role of an order, by task; of a task by account."""
        found: dict[int, list[Committed]] = {}
        for row in self._rows(
            select(commitments)
            .where(commitments.c.order == order, commitments.c.role == role)
            .order_by(commitments.c.task, commitments.c.account)
        ):
            found.setdefault(row.task, []).append(row)
        return found

    def of_submission(self, submission: str) -> dict[int, Committed]:
        """Return what one submission committed to, by n."""
        return {row.n: row for row in self._rows(select(commitments).where(commitments.c.submission == submission))}

    def left(self, order: StatementId, role: str) -> list[Committed]:
        """Return what is committed in a role of an order and not opened, by task and account."""
        return self._rows(
            select(commitments)
            .where(commitments.c.order == order, commitments.c.role == role, commitments.c.reveal.is_(None))
            .order_by(commitments.c.task, commitments.c.account)
        )

    def unopened(self, account: Account) -> list[Committed]:
        """Return what an account committed and did not open, in orders that are not judged yet, by order and task."""
        return self._rows(
            select(commitments)
            .join(orders, orders.c.id == commitments.c.order)
            .where(
                commitments.c.account == account,
                commitments.c.reveal.is_(None),
                orders.c.status.in_(("open", "closing", "auditing", "jury")),
            )
            .order_by(commitments.c.order, commitments.c.task)
        )

    def call(self, rows: Sequence[Committed], *, time: int) -> None:
        """Record that the openings of these are called for at `time`."""
        if rows:
            self._connection.execute(
                update(commitments).where(*_THIS).values(called=time, calls=commitments.c.calls + 1), _named(rows)
            )

    def open(self, rows: Sequence[Committed], reveal: StatementId) -> None:
        """Record that a statement opened these."""
        if rows:
            self._connection.execute(update(commitments).where(*_THIS).values(reveal=reveal), _named(rows))

    def _rows(self, wanted: Select[tuple[object, ...]]) -> list[Committed]:
        return [_committed(row) for row in self._connection.execute(wanted)]


def _named(rows: Sequence[Committed]) -> list[dict[str, object]]:
    return [{"in_order": row.order, "by": row.account, "on": row.task} for row in rows]


def _committed(row: Row[tuple[object, ...]]) -> Committed:
    return Committed(
        order=row.order,
        account=row.account,
        task=row.task,
        role=row.role,
        submission=row.submission,
        n=row.n,
        commitment=row.commitment,
        called=row.called,
        calls=row.calls,
        reveal=row.reveal,
    )
