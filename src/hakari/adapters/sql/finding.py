"""Looking things up in the log, for the explorer's pages: reads only, each by an index and for one page."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from hakari.adapters.sql.schema import statements
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement, parse_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A statement with its leaf, or None while it waits to be sequenced; `subject` is the order, release or pool it is about."""

    id: StatementId
    leaf: int | None
    subject: str | None
    statement: Statement

    @property
    def kind(self) -> str:
        """What kind of statement it is."""
        return self.statement.kind

    @property
    def author(self) -> Account:
        """Who said it."""
        return self.statement.author


class Finding:
    """Where things stand in the log."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self, *, before: int | None, limit: int, kind: str | None = None) -> list[Found]:
        """Return up to `limit` statements with leaves below `before`, newest first."""
        wanted = _COLUMNS.where(statements.c.leaf.is_not(None))
        if before is not None:
            wanted = wanted.where(statements.c.leaf < before)
        if kind is not None:
            wanted = wanted.where(statements.c.kind == kind)
        rows = self._connection.execute(wanted.order_by(statements.c.leaf.desc()).limit(limit))
        return [_found(row) for row in rows]


_COLUMNS = select(statements.c.id, statements.c.leaf, statements.c.subject, statements.c.bytes)


def _found(row: Any) -> Found:
    return Found(id=StatementId(row.id), leaf=row.leaf, subject=row.subject, statement=parse_bytes(row.bytes))
