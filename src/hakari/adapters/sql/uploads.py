"""Uploads: what came, from whom, and what was found in it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, func, select, update

from hakari.adapters.sql.listed import among, listed
from hakari.adapters.sql.schema import uploads
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadRow:
    """An upload. Lengths are bytes, times Unix seconds. `sha256` and `stated` are None until it is whole, `expires` once an answer
    names it, `expected` where its owner named no digest. `status` is open, held or refused; `note` is (code, message) of a refusal.
    """

    id: str
    account: Account
    length: int
    type: str
    name: str
    created: int
    expires: int | None
    expected: str | None = None
    sha256: str | None = None
    stated: Mapping[str, Json] | None = None
    status: str = "open"
    note: tuple[str, str] | None = None


class Uploads:
    """What people hand in as bytes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: UploadRow) -> None:
        """Record an upload."""
        self._connection.execute(
            uploads.insert().values(
                id=row.id,
                account=row.account,
                length=row.length,
                type=row.type,
                name=row.name,
                expected=row.expected,
                sha256=row.sha256,
                stated=None if row.stated is None else canonical.encode(row.stated).decode(),
                status=row.status,
                note=None if row.note is None else json.dumps(row.note),
                created=row.created,
                expires=row.expires,
            )
        )

    def get(self, upload: str) -> UploadRow | None:
        """Return an upload, or None."""
        row = self._connection.execute(select(uploads).where(uploads.c.id == upload)).first()
        return None if row is None else _upload(row)

    def hold(self, upload: str, *, sha256: str, stated: Mapping[str, Json], expires: int) -> None:
        """Record that an upload is whole and good."""
        self._connection.execute(
            update(uploads)
            .where(uploads.c.id == upload)
            .values(sha256=sha256, stated=canonical.encode(stated).decode(), status="held", expires=expires)
        )

    def refuse(self, upload: str, *, note: tuple[str, str], expires: int) -> None:
        """Record that an upload was not taken, and why."""
        self._connection.execute(
            update(uploads)
            .where(uploads.c.id == upload)
            .values(status="refused", note=json.dumps(note), expires=expires)
        )

    def held(self, account: Account, digests: Iterable[str]) -> dict[str, UploadRow]:
        """Return what an account holds here of these contents, by SHA-256."""
        rows = self._connection.execute(
            select(uploads)
            .where(uploads.c.account == account, uploads.c.status == "held", among(uploads.c.sha256))
            .order_by(uploads.c.created, uploads.c.id),
            {"listed": listed(list(digests))},
        )
        return {row.sha256: _upload(row) for row in rows}

    def keep(self, account: Account, digests: Iterable[str]) -> None:
        """Let these contents of an account stay for good: answers name them."""
        self._connection.execute(
            update(uploads)
            .where(uploads.c.account == account, uploads.c.status == "held", among(uploads.c.sha256))
            .values(expires=None),
            {"listed": listed(list(digests))},
        )

    def taken(self, account: Account) -> int:
        """Return the bytes that an account's uploads take, those still to come counted."""
        wanted = select(func.coalesce(func.sum(uploads.c.length), 0)).where(
            uploads.c.account == account, uploads.c.status != "refused"
        )
        return int(self._connection.scalar(wanted) or 0)

    def expired(self, now: int, limit: int) -> list[UploadRow]:
        """Return up to `limit` uploads whose time is over."""
        rows = self._connection.execute(select(uploads).where(uploads.c.expires <= now).limit(limit))
        return [_upload(row) for row in rows]

    def delete(self, upload: str) -> None:
        """Forget an upload."""
        self._connection.execute(uploads.delete().where(uploads.c.id == upload))

    def holders(self, sha256: str) -> int:
        """Return how many uploads are of this content."""
        return int(
            self._connection.scalar(select(func.count()).where(uploads.c.sha256 == sha256, uploads.c.status == "held"))
            or 0
        )


def _upload(row: Row[tuple[object, ...]]) -> UploadRow:
    note = None if row.note is None else json.loads(row.note)
    return UploadRow(
        id=row.id,
        account=row.account,
        length=row.length,
        type=row.type,
        name=row.name,
        expected=row.expected,
        sha256=row.sha256,
        stated=None if row.stated is None else json.loads(row.stated),
        status=row.status,
        note=None if note is None else (note[0], note[1]),
        created=row.created,
        expires=row.expires,
    )
