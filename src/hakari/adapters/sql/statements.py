"""Statements, the outbox of the log, and session keys."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, Row, bindparam, func, select, update

from hakari.adapters.sql.listed import among, listed
from hakari.adapters.sql.schema import session_keys, statements
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement, parse_bytes
from hakari.people.delegation import SessionKey

# What every submission asks is built once: building takes SQLAlchemy four times as long as running it.
_ADD = statements.insert()
_HAS = select(statements.c.seq).where(statements.c.id == bindparam("id"))
_KEY = select(session_keys).where(session_keys.c.key == bindparam("key"))
_LEAVES = select(statements.c.id, statements.c.leaf).where(among(statements.c.id))


class Statements:
    """What was said, in order of intake; a statement without a leaf waits to be sequenced."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, statement: Statement, *, subject: str | None = None) -> bool:
        """Record a statement in the outbox. Returns False where it stood already."""
        # Encoded and hashed once: of a batch that takes longer than the insert.
        data = statement.bytes
        id_ = StatementId(hashlib.sha256(data).hexdigest())
        if self.has(id_):
            return False
        self._connection.execute(
            _ADD,
            {
                "id": id_,
                "kind": statement.kind,
                "author": statement.author,
                "subject": subject,
                "time": statement.time,
                "bytes": data,
            },
        )
        return True

    def has(self, statement: StatementId) -> bool:
        """Tell whether a statement is recorded."""
        return self._connection.scalar(_HAS, {"id": statement}) is not None

    def get(self, statement: str) -> tuple[Statement, int | None] | None:
        """Return a statement and its leaf, or None."""
        row = self._connection.execute(
            select(statements.c.bytes, statements.c.leaf).where(statements.c.id == statement)
        ).first()
        return None if row is None else (parse_bytes(row.bytes), row.leaf)

    def about(self, kind: str, subject: str | None = None, *, since: int = 0) -> list[tuple[Statement, int | None]]:
        """Return the statements of a kind (about a subject) in order of intake, each with its leaf or None; none of leaf < since."""
        wanted = select(statements.c.bytes, statements.c.leaf).where(statements.c.kind == kind)
        if since:
            wanted = wanted.where(statements.c.leaf.is_(None) | (statements.c.leaf >= since))
        if subject is not None:
            wanted = wanted.where(statements.c.subject == subject)
        return [
            (parse_bytes(row.bytes), row.leaf) for row in self._connection.execute(wanted.order_by(statements.c.seq))
        ]

    def count(self, kind: str) -> int:
        """Return how many statements of a kind are recorded, with a leaf or without."""
        return self._connection.scalar(select(func.count()).where(statements.c.kind == kind)) or 0

    def size(self) -> int:
        """Return how many statements have a leaf."""
        return self._connection.scalar(select(func.coalesce(func.max(statements.c.leaf) + 1, 0))) or 0

    def number(self, limit: int) -> int:
        """Give leaves to up to `limit` statements of the outbox, in order of intake. Returns how many."""
        place = func.row_number().over(order_by=statements.c.seq) - 1
        waiting = (
            select(statements.c.seq, place.label("place"))
            .where(statements.c.leaf.is_(None))
            .order_by(statements.c.seq)
            .limit(limit)
            .subquery()
        )
        return self._connection.execute(
            update(statements).where(statements.c.seq == waiting.c.seq).values(leaf=waiting.c.place + self.size())
        ).rowcount

    def entries(self, start: int, stop: int) -> list[bytes]:
        """Return the bytes of leaves start..stop-1."""
        return list(
            self._connection.scalars(
                select(statements.c.bytes)
                .where(statements.c.leaf >= start, statements.c.leaf < stop)
                .order_by(statements.c.leaf)
            )
        )

    def leaves(self, ids: Sequence[str]) -> dict[str, int | None]:
        """Return the leaf of each named statement that stands here."""
        rows = self._connection.execute(_LEAVES, {"listed": listed(ids)})
        return {row.id: row.leaf for row in rows}

    def page(
        self, *, kind: str | None, author: str | None, after: int, limit: int
    ) -> list[tuple[int, Statement, int | None]]:
        """Return up to `limit` statements with sequence above `after`, as (sequence, statement, leaf)."""
        wanted = select(statements.c.seq, statements.c.bytes, statements.c.leaf).where(statements.c.seq > after)
        if kind is not None:
            wanted = wanted.where(statements.c.kind == kind)
        if author is not None:
            wanted = wanted.where(statements.c.author == author)
        rows = self._connection.execute(wanted.order_by(statements.c.seq).limit(limit))
        return [(row.seq, parse_bytes(row.bytes), row.leaf) for row in rows]

    def waiting(self, kind: str | None = None) -> int:
        """Return how many statements (of a kind) wait to be sequenced."""
        wanted = select(func.count()).where(statements.c.leaf.is_(None))
        return self._connection.scalar(wanted if kind is None else wanted.where(statements.c.kind == kind)) or 0

    def key(self, key: str) -> SessionKey | None:
        """Return a session key, or None."""
        row = self._connection.execute(_KEY, {"key": key}).first()
        return None if row is None else _key(row)

    def key_held(self, key: str) -> SessionKey | None:
        """Return a session key as `key` does and keep others from changing it until this transaction ends."""
        row = self._connection.execute(
            select(session_keys).where(session_keys.c.key == key).with_for_update(read=True)
        ).first()
        return None if row is None else _key(row)

    def keys_of(self, account: Account) -> list[SessionKey]:
        """Return the session keys of an account, newest expiry first."""
        rows = self._connection.execute(
            select(session_keys).where(session_keys.c.account == account).order_by(session_keys.c.expires.desc())
        )
        return [_key(row) for row in rows]

    def keep_key(self, key: SessionKey) -> None:
        """Record a delegated key, or what became of it."""
        self._connection.execute(session_keys.delete().where(session_keys.c.key == key.key))
        self._connection.execute(
            session_keys.insert().values(
                key=key.key,
                account=key.account,
                scopes=" ".join(key.scopes),
                not_before=key.not_before,
                expires=key.expires,
                nonce=key.nonce,
                revoked=key.revoked,
            )
        )


def _key(row: Row[tuple[object, ...]]) -> SessionKey:
    return SessionKey(
        account=row.account,
        key=row.key,
        scopes=tuple(row.scopes.split(" ")),
        not_before=row.not_before,
        expires=row.expires,
        nonce=row.nonce,
        revoked=row.revoked,
    )
