"""Releases and the uses that their licences saw."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, func, select

from hakari.adapters.sql.schema import releases, uses
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseRow:
    """A release; `offer` is what its originator asked for: price, purposes, term_seconds."""

    id: StatementId
    order: StatementId
    pool: int
    body: Mapping[str, Json]
    offer: Mapping[str, Json] | None


class Releases:
    """The shelf."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, release: ReleaseRow) -> None:
        """Record a release."""
        seq = (self._connection.scalar(select(func.max(releases.c.seq))) or 0) + 1
        self._connection.execute(
            releases.insert().values(
                id=release.id,
                seq=seq,
                order=release.order,
                pool=release.pool,
                body=canonical.encode(release.body).decode(),
                offer=None if release.offer is None else canonical.encode(release.offer).decode(),
            )
        )

    def get(self, release: str) -> ReleaseRow | None:
        """Return a release, or None."""
        row = self._connection.execute(select(releases).where(releases.c.id == release)).first()
        return None if row is None else _release(row)

    def of_order(self, order: str) -> list[ReleaseRow]:
        """Return an order's releases, oldest first."""
        rows = self._connection.execute(select(releases).where(releases.c.order == order).order_by(releases.c.seq))
        return [_release(row) for row in rows]

    def page(self, *, after: int, limit: int) -> list[tuple[int, ReleaseRow]]:
        """Return up to `limit` releases with sequence above `after`."""
        rows = self._connection.execute(
            select(releases).where(releases.c.seq > after).order_by(releases.c.seq).limit(limit)
        )
        return [(row.seq, _release(row)) for row in rows]

    def add_use(self, *, use: StatementId, licence: int, release: str, account: Account) -> None:
        """Record a use of a licence."""
        self._connection.execute(uses.insert().values(id=use, licence=licence, release=release, account=account))

    def uses(self, release: str) -> list[tuple[str, int, Account]]:
        """Return (use, licence, account) of every use of a release."""
        rows = self._connection.execute(select(uses).where(uses.c.release == release))
        return [(row.id, row.licence, Account(row.account)) for row in rows]

    def use(self, use: str) -> tuple[int, str, Account] | None:
        """Return (licence, release, account) of a use, or None."""
        row = self._connection.execute(select(uses).where(uses.c.id == use)).first()
        return None if row is None else (row.licence, row.release, Account(row.account))


def _release(row: Row[tuple[object, ...]]) -> ReleaseRow:
    return ReleaseRow(
        id=row.id,
        order=row.order,
        pool=row.pool,
        body=json.loads(row.body),
        offer=None if row.offer is None else json.loads(row.offer),
    )
