"""Epochs and their lines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, func, select, true, tuple_, update

from hakari.adapters.sql.amounts import halves, whole
from hakari.adapters.sql.schema import epochs, lines
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.pay.lines import Line


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochRow:
    """An epoch of a pool; status is proposed or accepted."""

    pool: int
    number: int
    statement: StatementId
    body: Mapping[str, Json]
    status: str


class Payouts:
    """What was promised to whom, and how far it is on its way."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, epoch: EpochRow, owed: Sequence[Line]) -> None:
        """Record a proposed epoch with its lines."""
        self._connection.execute(
            epochs.insert().values(
                pool=epoch.pool,
                number=epoch.number,
                statement=epoch.statement,
                body=canonical.encode(epoch.body).decode(),
                status=epoch.status,
            )
        )
        if owed:
            self._connection.execute(
                lines.insert(),
                [
                    {
                        "pool": epoch.pool,
                        "epoch": epoch.number,
                        "account": line.account,
                        "cause": line.cause,
                        "source": line.source,
                        "amount": line.amount,
                        "why": line.why,
                    }
                    for line in owed
                ],
            )

    def mark(self, pool: int, number: int, status: str) -> None:
        """Set an epoch's status."""
        self._connection.execute(
            update(epochs).where(epochs.c.pool == pool, epochs.c.number == number).values(status=status)
        )

    def drop(self, pool: int, number: int) -> None:
        """Forget an epoch that the chain voided, so that its number and its causes are free again."""
        self._connection.execute(lines.delete().where(lines.c.pool == pool, lines.c.epoch == number))
        self._connection.execute(epochs.delete().where(epochs.c.pool == pool, epochs.c.number == number))

    def epochs(self, pool: int | None = None) -> list[EpochRow]:
        """Return epochs by pool and number."""
        wanted = select(epochs).order_by(epochs.c.pool, epochs.c.number)
        if pool is not None:
            wanted = wanted.where(epochs.c.pool == pool)
        return [_epoch(row) for row in self._connection.execute(wanted)]

    def get(self, pool: int, number: int) -> EpochRow | None:
        """Return an epoch, or None."""
        row = self._connection.execute(select(epochs).where(epochs.c.pool == pool, epochs.c.number == number)).first()
        return None if row is None else _epoch(row)

    def accepted(self, pool: int) -> int:
        """Return how many epochs of a pool the chain accepted."""
        wanted = select(func.count()).where(epochs.c.pool == pool, epochs.c.status == "accepted")
        return self._connection.scalar(wanted) or 0

    def last(self, pool: int) -> EpochRow | None:
        """Return a pool's epoch of the highest number, whatever its status, or None."""
        wanted = select(epochs).where(epochs.c.pool == pool).order_by(epochs.c.number.desc()).limit(1)
        row = self._connection.execute(wanted).first()
        return None if row is None else _epoch(row)

    def newest(self, pool: int) -> EpochRow | None:
        """Return a pool's newest accepted epoch, or None."""
        wanted = select(epochs).where(epochs.c.pool == pool, epochs.c.status == "accepted")
        row = self._connection.execute(wanted.order_by(epochs.c.number.desc()).limit(1)).first()
        return None if row is None else _epoch(row)

    def pools_of(self, account: Account) -> list[int]:
        """Return the pools in which an account has lines, ascending."""
        wanted = select(lines.c.pool).where(lines.c.account == account).distinct().order_by(lines.c.pool)
        return list(self._connection.scalars(wanted))

    def cumulative(self, pool: int, *, but: str = "", upto: int | None = None) -> dict[Account, Micros]:
        """Return what each account was promised in all accepted epochs of a pool (up to one).

        but: the `why` of lines that don't count.
        """
        rows = self._connection.execute(
            select(lines.c.account, *halves(lines.c.amount))
            .join(epochs, (epochs.c.pool == lines.c.pool) & (epochs.c.number == lines.c.epoch))
            .where(lines.c.pool == pool, epochs.c.status == "accepted", lines.c.why != but)
            .where(lines.c.epoch <= upto if upto is not None else true())
            .group_by(lines.c.account)
        )
        return {Account(row.account): Micros(whole(row)) for row in rows}

    def lines(self, pool: int, number: int) -> list[Line]:
        """Return an epoch's lines sorted by (account, cause)."""
        rows = self._connection.execute(
            select(lines).where(lines.c.pool == pool, lines.c.epoch == number).order_by(lines.c.account, lines.c.cause)
        )
        return [_line(row) for row in rows]

    def of_account(self, account: Account) -> list[tuple[EpochRow, Line]]:
        """Return every line of an account with its epoch, newest epoch last."""
        rows = self._connection.execute(
            select(lines, epochs.c.number, epochs.c.statement, epochs.c.body, epochs.c.status)
            .join(epochs, (epochs.c.pool == lines.c.pool) & (epochs.c.number == lines.c.epoch))
            .where(lines.c.account == account)
            .order_by(lines.c.pool, lines.c.epoch, lines.c.cause)
        )
        return [(_epoch(row), _line(row)) for row in rows]

    def totals(self, account: Account) -> dict[str, Micros]:
        """Return what an account's lines sum to, by the status of their epochs."""
        rows = self._connection.execute(
            select(epochs.c.status, *halves(lines.c.amount))
            .join(epochs, (epochs.c.pool == lines.c.pool) & (epochs.c.number == lines.c.epoch))
            .where(lines.c.account == account)
            .group_by(epochs.c.status)
        )
        return {row.status: Micros(whole(row)) for row in rows}

    def page(
        self, account: Account, *, after: tuple[int, int, str], limit: int
    ) -> list[tuple[tuple[int, int, str], str, Line]]:
        """Return up to `limit` lines of an account behind a place, as (place, status of the epoch, line).

        A place is (pool, epoch, cause); an account has one line for each.
        """
        place = tuple_(lines.c.pool, lines.c.epoch, lines.c.cause)
        rows = self._connection.execute(
            select(lines, epochs.c.status)
            .join(epochs, (epochs.c.pool == lines.c.pool) & (epochs.c.number == lines.c.epoch))
            .where(lines.c.account == account, place > tuple_(*after))
            .order_by(lines.c.pool, lines.c.epoch, lines.c.cause)
            .limit(limit)
        )
        return [((row.pool, row.epoch, row.cause), row.status, _line(row)) for row in rows]


def _epoch(row: Row[tuple[object, ...]]) -> EpochRow:
    return EpochRow(
        pool=row.pool, number=row.number, statement=row.statement, body=json.loads(row.body), status=row.status
    )


def _line(row: Row[tuple[object, ...]]) -> Line:
    return Line(account=row.account, cause=row.cause, source=row.source, amount=row.amount, why=row.why)
