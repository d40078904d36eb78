"""Pools, orders, their tasks and who was assigned what."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, Select, bindparam, exists, func, select, update

from hakari.adapters.sql.listed import among, listed
from hakari.adapters.sql.schema import answers, assignments, commitments, orders, pools, tasks
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.work.records import WORK, AssignedRow, OrderRow, TaskRow

# Built once, as in statements.py.
_GET = select(orders).where(orders.c.id == bindparam("id"))
_COUNT_TASKS = (
    update(tasks).where(tasks.c.order == bindparam("in_order"), among(tasks.c.n)).values(answered=tasks.c.answered + 1)
)
_COUNT_ORDER = (
    update(orders).where(orders.c.id == bindparam("in_order")).values(answered=orders.c.answered + bindparam("more"))
)
_WANT = update(tasks).where(tasks.c.order == bindparam("in_order"), among(tasks.c.n)).values(wanted=bindparam("count"))
_TASKS = select(tasks).where(tasks.c.order == bindparam("in_order")).order_by(tasks.c.n)
_PUBLICS = select(tasks.c.n, tasks.c.public).where(tasks.c.order == bindparam("in_order"))
_ASSIGNED_OF = select(assignments.c.task, assignments.c.time).where(
    assignments.c.order == bindparam("in_order"),
    assignments.c.account == bindparam("by"),
    assignments.c.role == bindparam("as"),
    among(assignments.c.task),
)
_FULL = select(tasks.c.n).where(
    tasks.c.order == bindparam("in_order"), among(tasks.c.n), tasks.c.answered >= tasks.c.wanted
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolRow:
    """A pool as its newest statement describes it."""

    pool: int
    statement: StatementId
    body: Mapping[str, Json]


class Orders:
    """Pools, orders and tasks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep_pool(self, pool: int, statement: StatementId, body: Mapping[str, Json]) -> None:
        """Record a pool's newest terms."""
        self._connection.execute(pools.delete().where(pools.c.pool == pool))
        self._connection.execute(
            pools.insert().values(pool=pool, statement=statement, body=canonical.encode(body).decode())
        )

    def pool(self, pool: int) -> PoolRow | None:
        """Return a pool, or None."""
        row = self._connection.execute(select(pools).where(pools.c.pool == pool)).first()
        return None if row is None else PoolRow(pool=row.pool, statement=row.statement, body=json.loads(row.body))

    def pools(self) -> list[PoolRow]:
        """Return every pool by number."""
        rows = self._connection.execute(select(pools).order_by(pools.c.pool))
        return [PoolRow(pool=row.pool, statement=row.statement, body=json.loads(row.body)) for row in rows]

    def add(self, order: OrderRow, planned: Sequence[TaskRow]) -> None:
        """Record an order with all its tasks."""
        seq = (self._connection.scalar(select(func.max(orders.c.seq))) or 0) + 1
        self._connection.execute(
            orders.insert().values(
                id=order.id,
                seq=seq,
                pool=order.pool,
                escrow_order=order.escrow_order,
                buyer=order.buyer,
                source=order.source,
                tasks=order.tasks,
                wanted=order.wanted,
                answered=0,
                deadline=order.deadline,
                status="open",
            )
        )
        if planned:
            self._connection.execute(
                tasks.insert(),
                [
                    {
                        "order": order.id,
                        "n": task.n,
                        "item": task.item,
                        "public": canonical.encode(task.public).decode(),
                        "data": canonical.encode(task.data).decode(),
                        "salt": task.salt,
                        "wanted": task.wanted,
                        "answered": 0,
                    }
                    for task in planned
                ],
            )

    def get(self, order: str) -> OrderRow | None:
        """Return an order, or None."""
        row = self._connection.execute(_GET, {"id": order}).first()
        return None if row is None else _order(row)

    def held(self, order: str) -> OrderRow | None:
        """Return an order as `get` does and keep others from changing it until this transaction ends."""
        row = self._connection.execute(select(orders).where(orders.c.id == order).with_for_update()).first()
        return None if row is None else _order(row)

    def of_escrow(self, escrow_order: int) -> OrderRow | None:
        """Return the order that an escrow order pays for, or None."""
        row = self._connection.execute(select(orders).where(orders.c.escrow_order == escrow_order)).first()
        return None if row is None else _order(row)

    def of_buyer(self, buyer: Account) -> list[StatementId]:
        """Return the orders that an account placed, in order of intake."""
        return list(self._connection.scalars(select(orders.c.id).where(orders.c.buyer == buyer).order_by(orders.c.seq)))

    def with_status(self, status: str) -> list[OrderRow]:
        """Return the orders of one status in order of intake."""
        return [
            _order(row)
            for row in self._connection.execute(select(orders).where(orders.c.status == status).order_by(orders.c.seq))
        ]

    def page(self, *, after: int, limit: int) -> list[tuple[int, OrderRow]]:
        """Return up to `limit` orders with sequence above `after`."""
        rows = self._connection.execute(select(orders).where(orders.c.seq > after).order_by(orders.c.seq).limit(limit))
        return [(row.seq, _order(row)) for row in rows]

    def mark(self, order: StatementId, status: str) -> None:
        """Set an order's status."""
        self._connection.execute(update(orders).where(orders.c.id == order).values(status=status))

    def answered(self, order: StatementId, counted: Sequence[int]) -> None:
        """Count one more answer for each of these tasks."""
        self._connection.execute(_COUNT_TASKS, {"in_order": order, "listed": listed(counted)})
        self._connection.execute(_COUNT_ORDER, {"in_order": order, "more": len(counted)})

    def want(self, order: StatementId, wanted: Mapping[int, int]) -> None:
        """Let these tasks want so many answers each, and the order as many more as they do."""
        now = {row.n: row.wanted for row in self._named(_TASKS, order, list(wanted))}
        by_count: dict[int, list[int]] = {}
        for n, count in wanted.items():
            by_count.setdefault(count, []).append(n)
        for count, numbers in sorted(by_count.items()):
            self._connection.execute(_WANT, {"in_order": order, "listed": listed(numbers), "count": count})
        more = sum(count - now[n] for n, count in wanted.items())
        self._connection.execute(update(orders).where(orders.c.id == order).values(wanted=orders.c.wanted + more))

    def uncount(self, order: StatementId, fewer: int) -> None:
        """Count so many answers less of an order: committed, and never opened. Their tasks stay as full as they were."""
        self._connection.execute(_COUNT_ORDER, {"in_order": order, "more": -fewer})

    def spared(self, order: StatementId, most: int) -> int:
        """Return how many answers below `most` each the tasks don't want that have all they want."""
        filled = (tasks.c.order == order, tasks.c.answered >= tasks.c.wanted)
        return self._connection.scalar(select(func.coalesce(func.sum(most - tasks.c.wanted), 0)).where(*filled)) or 0

    def tasks(self, order: StatementId, numbers: Sequence[int] | None = None) -> list[TaskRow]:
        """Return tasks of an order by number: all, or those named."""
        return [_task(row) for row in self._named(_TASKS, order, numbers)]

    def publics(self, order: StatementId, numbers: Sequence[int] | None = None) -> dict[int, dict[str, Json]]:
        """Return the public part of tasks by number: all, or those named."""
        return {row.n: json.loads(row.public) for row in self._named(_PUBLICS, order, numbers)}

    def _named(
        self, wanted: Select[Any, Any] | Select[Any], order: str, numbers: Sequence[int] | None
    ) -> CursorResult[Any]:
        if numbers is None:
            return self._connection.execute(wanted, {"in_order": order})
        return self._connection.execute(wanted.where(among(tasks.c.n)), {"in_order": order, "listed": listed(numbers)})

    def wanting(self, order: StatementId, *, since: int) -> list[int]:
        """Return the tasks that still want answers, unanswered assignments made after `since` counted as answers to come."""
        answered = exists().where(
            answers.c.order == assignments.c.order,
            answers.c.account == assignments.c.account,
            answers.c.task == assignments.c.task,
        )
        committed = exists().where(
            commitments.c.order == assignments.c.order,
            commitments.c.account == assignments.c.account,
            commitments.c.task == assignments.c.task,
        )
        held = (
            select(assignments.c.task, func.count().label("held"))
            .where(assignments.c.order == order, assignments.c.role == WORK, assignments.c.time > since)
            .where(~answered, ~committed)
            .group_by(assignments.c.task)
            .subquery()
        )
        rows = self._connection.execute(
            select(tasks.c.n)
            .outerjoin(held, held.c.task == tasks.c.n)
            .where(tasks.c.order == order, tasks.c.answered + func.coalesce(held.c.held, 0) < tasks.c.wanted)
            .order_by(tasks.c.n)
        )
        return [row.n for row in rows]

    def unfilled(self, order: StatementId) -> list[int]:
        """Return the tasks that have fewer answers than they want."""
        rows = self._connection.execute(
            select(tasks.c.n).where(tasks.c.order == order, tasks.c.answered < tasks.c.wanted).order_by(tasks.c.n)
        )
        return [row.n for row in rows]

    def assigned(self, order: StatementId, account: Account, role: str = WORK) -> list[AssignedRow]:
        """Return an account's assignments in a role, in the order they were made."""
        rows = self._connection.execute(
            select(assignments.c.task, assignments.c.size, assignments.c.time)
            .where(assignments.c.order == order, assignments.c.account == account, assignments.c.role == role)
            .order_by(assignments.c.seq)
        )
        return [AssignedRow(task=row.task, size=row.size, time=row.time) for row in rows]

    def assigned_of(
        self, order: StatementId, account: Account, numbers: Sequence[int], role: str = WORK
    ) -> dict[int, int]:
        """Return which of these tasks are assigned to the account in a role, each with the time of its newest assignment."""
        values = {"in_order": order, "by": account, "listed": listed(numbers), "as": role}
        return {row.task: row.time for row in self._connection.execute(_ASSIGNED_OF, values)}

    def assignees(self, order: StatementId) -> set[Account]:
        """Return every account that a task of the order was assigned to, in any role."""
        found = self._connection.scalars(select(assignments.c.account).where(assignments.c.order == order).distinct())
        return {Account(each) for each in found}

    def holding(self, order: StatementId, *, since: int) -> set[Account]:
        """Return the accounts to which a task of the order was assigned as work after `since`."""
        found = self._connection.scalars(
            select(assignments.c.account)
            .where(assignments.c.order == order, assignments.c.role == WORK, assignments.c.time > since)
            .distinct()
        )
        return {Account(each) for each in found}

    def full(self, order: StatementId, numbers: Sequence[int]) -> list[int]:
        """Return which of these tasks have all the answers they want."""
        return list(self._connection.scalars(_FULL, {"in_order": order, "listed": listed(numbers)}))

    def assign(
        self,
        order: StatementId,
        account: Account,
        numbers: Sequence[int],
        *,
        size: int,
        time: int,
        role: str = WORK,
    ) -> None:
        """Record assignments made at `time` after the account's earlier ones; a task that was assigned before is so anew."""
        if not numbers:
            return
        theirs = (assignments.c.order == order, assignments.c.account == account)
        self._connection.execute(
            assignments.delete().where(*theirs, among(assignments.c.task)), {"listed": listed(numbers)}
        )
        last = self._connection.scalar(select(func.max(assignments.c.seq)).where(*theirs))
        rows = [
            {"order": order, "account": account, "task": task, "seq": seq, "size": size, "time": time, "role": role}
            for seq, task in enumerate(numbers, 0 if last is None else last + 1)
        ]
        self._connection.execute(assignments.insert(), rows)


def _order(row: Row[tuple[object, ...]]) -> OrderRow:
    return OrderRow(
        id=row.id,
        pool=row.pool,
        escrow_order=row.escrow_order,
        buyer=row.buyer,
        source=row.source,
        tasks=row.tasks,
        wanted=row.wanted,
        answered=row.answered,
        deadline=row.deadline,
        status=row.status,
    )


def _task(row: Row[tuple[object, ...]]) -> TaskRow:
    return TaskRow(
        n=row.n,
        item=row.item,
        public=json.loads(row.public),
        data=json.loads(row.data),
        salt=row.salt,
        wanted=row.wanted,
        answered=row.answered,
    )
