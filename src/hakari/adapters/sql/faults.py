"""What the errors of the two databases mean to a caller: raced, unavailable, or text that no database takes."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from hakari.core.errors import Conflict, HakariError, Malformed

# 23505 unique, 23P01 exclusion, 40xxx the transaction lost against another one and must be begun again.
_RACED = ("23505", "23P01", "40")
# 08 connection, 53 no room, 55P03 lock, 57 shut down or cancelled, 58 and XX the machine, 25006 a standby, 42P01 no tables.
_GONE = ("08", "53", "55P03", "57", "58", "XX", "25006", "42P01")
_RACED_LITE = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
    sqlite3.SQLITE_BUSY_SNAPSHOT,
}
_GONE_LITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


class DatabaseUnavailable(HakariError):
    """The database is gone, locked or full. Nothing was written; the request can be repeated."""

    code = "database_unavailable"
    status = 503


class Raced(Conflict):
    """Two transactions wanted the same row at once; the other was first. Nothing was written; run the whole one again."""

    code = "raced"


def speak_plainly(engine: Engine) -> None:
    """Make the engine raise Raced, DatabaseUnavailable and Malformed. What is left as it is would be a mistake of ours."""
    event.listen(engine, "handle_error", _translate)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "before_cursor_execute", _refuse_nul)


def _translate(context: ExceptionContext) -> None:
    error = context.original_exception
    # The pool asks an old connection whether it lives, and takes a new one by itself where it does not.
    if isinstance(error, HakariError) or context.is_pre_ping:
        return
    if isinstance(error, UnicodeEncodeError):
        raise Malformed(f"text must be Unicode without lone surrogates, got {error.object[error.start]!a}")
    if isinstance(error, OverflowError):
        raise Malformed(f"number must fit 64 bits: {error}")
    # A write in a transaction that only reads is a mistake of ours, not of the database's.
    reads = context.engine is not None and context.engine.get_execution_options().get("hakari_reads", False)
    if reads and (getattr(error, "sqlstate", None) == "25006" or "attempt to write a readonly" in str(error)):
        return
    if isinstance(error, sqlite3.Error):
        _translate_lite(error)
    state = getattr(error, "sqlstate", None) or ""
    if state.startswith(_RACED):
        raise Raced(f"another request was first, nothing was written: {_first_line(error)}")
    if state.startswith("22") or (not state and type(error).__name__ == "DataError"):
        raise Malformed(f"text and numbers must fit the database: {_first_line(error)}")
    # The driver knows no state of a server that it can't reach.
    unreached = not state and type(error).__name__ in ("OperationalError", "ConnectionTimeout")
    if context.is_disconnect or unreached or state.startswith(_GONE):
        raise DatabaseUnavailable(f"the database did not answer, nothing was written: {_first_line(error)}")


def _translate_lite(error: sqlite3.Error) -> None:
    code = getattr(error, "sqlite_errorcode", None)
    if code in _RACED_LITE:
        raise Raced(f"another request was first, nothing was written: {error}")
    if (code is not None and code & 0xFF in _GONE_LITE) or "no such table" in str(error):
        raise DatabaseUnavailable(f"the database did not answer, nothing was written: {error}")


def _first_line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0]


def _refuse_nul(
    _connection: object, _cursor: object, _statement: str, parameters: Any, _context: object, executemany: bool
) -> None:
    # PostgreSQL can't hold NUL. A node that may move there must not take it before either.
    rows: Sequence[Sequence[object]] = parameters if executemany else (parameters,)
    for row in rows:
        for value in row:
            if isinstance(value, str) and "\0" in value:
                raise Malformed(f"text must be without NUL, got {value[:80]!a}")
