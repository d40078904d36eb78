"""Small things that accounts want remembered, by name: what they want to be told, and where to."""

import json
from typing import cast

from sqlalchemy import Connection, select

from hakari.adapters.sql.schema import marks
from hakari.core import canonical
from hakari.core.canonical import Json


class Notes:
    """One JSON object for each name of up to 64 characters, with the time (Unix seconds) at which it is due."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> dict[str, Json]:
        """Return a note; an empty one where none is kept."""
        text = self._connection.scalar(select(marks.c.text).where(marks.c.name == name))
        return cast(dict[str, Json], json.loads(text)) if text else {}

    def put(self, name: str, note: dict[str, Json], *, due: int = 0) -> None:
        """Keep a note, in place of an earlier one; an empty one is forgotten."""
        self._connection.execute(marks.delete().where(marks.c.name == name))
        if note:
            self._connection.execute(marks.insert().values(name=name, number=due, text=canonical.encode(note).decode()))

    def beginning(self, beginning: str) -> dict[str, dict[str, Json]]:
        """Return every note whose name begins so, by name."""
        wanted = select(marks.c.name, marks.c.text).where(
            marks.c.name >= beginning, marks.c.name < beginning + "\x7f", marks.c.text.is_not(None)
        )
        rows = self._connection.execute(wanted.order_by(marks.c.name))
        return {row.name: cast(dict[str, Json], json.loads(row.text)) for row in rows}

    def due(self, beginning: str, *, now: int, limit: int) -> list[str]:
        """Return up to `limit` names that begin so and are due."""
        wanted = select(marks.c.name).where(
            marks.c.name >= beginning, marks.c.name < beginning + "\x7f", marks.c.number <= now
        )
        return list(self._connection.scalars(wanted.order_by(marks.c.number).limit(limit)))
