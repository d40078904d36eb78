"""The embedded chain's one file: state by key, blocks, transactions, receipts and logs as rows.

Everything that one block changes is committed in one SQLite transaction, so that a kill at any instant leaves a whole head.
"""

import fcntl
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth.db.backends.base import BaseDB

from hakari.core.errors import Conflict, HakariError

_TABLES = """
CREATE TABLE IF NOT EXISTS state (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, time INTEGER NOT NULL, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (hash TEXT PRIMARY KEY, block INTEGER NOT NULL, position INTEGER NOT NULL,
  json TEXT NOT NULL, receipt TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transactions_block ON transactions (block, position);
CREATE TABLE IF NOT EXISTS logs (block INTEGER NOT NULL, position INTEGER NOT NULL, address TEXT NOT NULL, topic0 TEXT,
  json TEXT NOT NULL, PRIMARY KEY (block, position)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS logs_address ON logs (address, topic0, block);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class ChainInUse(Conflict):
    """Another process has the embedded chain open."""

    code = "chain_in_use"


class ChainStorage(HakariError):
    """The embedded chain's file could not be written; the block was not made."""

    code = "chain_storage"
    status = 507


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedBlock:
    """What one block adds: its JSON, and JSON of its transactions, receipts and logs in order."""

    number: int
    hash: str
    time: int
    block: Mapping[str, Any]
    transactions: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
    logs: Sequence[Mapping[str, Any]]


class Buffered(BaseDB):
    """py-evm's key-value store: reads through to SQLite, writes held in memory until the block is sealed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._fresh: dict[bytes, bytes | None] = {}
        self._read: dict[bytes, bytes] = {}

    def __getitem__(self, key: bytes) -> bytes:
        if key in self._fresh:
            found = self._fresh[key]
        elif key in self._read:
            return self._read[key]
        else:
            row = self._connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
            found = None if row is None else bytes(row[0])
            if found is not None:
                if len(self._read) > 200_000:
                    self._read.clear()
                self._read[key] = found
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._fresh[key] = value

    def __delitem__(self, key: bytes) -> None:
        self._fresh[key] = None

    def _exists(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    def forget(self) -> None:
        """Drop what was not sealed."""
        self._fresh.clear()

    def flush(self) -> None:
        """Write what is held, inside the caller's SQLite transaction."""
        put = [(key, value) for key, value in self._fresh.items() if value is not None]
        gone = [(key,) for key, value in self._fresh.items() if value is None]
        self._connection.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", put)
        self._connection.executemany("DELETE FROM state WHERE key = ?", gone)
        for key, value in put:
            self._read[key] = value
        for (key,) in gone:
            self._read.pop(key, None)
        self._fresh.clear()


class ChainFile:
    """The file, locked against a second process for as long as it is open."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = path.with_name(f"{path.name}.lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise ChainInUse(
                f"{path.name} is open in another process: stop it, or use its /rpc as HAKARI_CHAIN_URL"
            ) from error
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.executescript(_TABLES)
            # Readers have a connection of their own, so that they see sealed blocks only.
            self._reads = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            self.close()
            raise ChainStorage(f"{path.name} must be a chain's file: {error}") from error
        self._turn = threading.Lock()
        self.state = Buffered(self._connection)

    def seal(self, sealed: SealedBlock | None, facts: Mapping[str, str]) -> None:
        """Commit held state, one block and facts together. Raises ChainStorage and then nothing is written."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self.state.flush()
            if sealed is not None:
                self._rows(sealed)
            self._connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items()))
            self._connection.execute("COMMIT")
        except (sqlite3.Error, OverflowError) as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self.state.forget()
            raise ChainStorage(f"the block could not be written: {error}") from error

    def _rows(self, sealed: SealedBlock) -> None:
        run = self._connection
        run.execute(
            "INSERT INTO blocks VALUES (?, ?, ?, ?)",
            (sealed.number, sealed.hash, sealed.time, json.dumps(sealed.block)),
        )
        run.executemany(
            "INSERT INTO transactions VALUES (?, ?, ?, ?, ?)",
            [
                (made["hash"], sealed.number, n, json.dumps(made), json.dumps(receipt))
                for n, (made, receipt) in enumerate(sealed.transactions)
            ],
        )
        run.executemany(
            "INSERT INTO logs VALUES (?, ?, ?, ?, ?)",
            [
                (sealed.number, n, log["address"], log["topics"][0] if log["topics"] else None, json.dumps(log))
                for n, log in enumerate(sealed.logs)
            ],
        )

    def fact(self, name: str) -> str | None:
        """Return a fact, or None."""
        row = self._first("SELECT value FROM facts WHERE name = ?", name)
        return None if row is None else str(row[0])

    def block(self, *, number: int | None = None, hash_: str | None = None) -> dict[str, Any] | None:
        """Return a block's JSON by number or hash, or None."""
        where, value = ("number", number) if hash_ is None else ("hash", hash_)
        row = self._first(f"SELECT json FROM blocks WHERE {where} = ?", value)
        return None if row is None else json.loads(row[0])

    def transaction(self, hash_: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return a mined transaction and its receipt, or None."""
        row = self._first("SELECT json, receipt FROM transactions WHERE hash = ?", hash_)
        return None if row is None else (json.loads(row[0]), json.loads(row[1]))

    def transactions(self, block: int) -> list[dict[str, Any]]:
        """Return a block's transactions in order."""
        rows = self._all("SELECT json FROM transactions WHERE block = ? ORDER BY position", block)
        return [json.loads(row[0]) for row in rows]

    def logs(self, *, first: int, last: int, addresses: Iterable[str]) -> list[dict[str, Any]]:
        """Return logs of blocks first..last in order; of all contracts where no address is given."""
        wanted = list(addresses)
        query = "SELECT json FROM logs WHERE block BETWEEN ? AND ?"
        if wanted:
            query += f" AND address IN ({','.join('?' * len(wanted))})"
        rows = self._all(f"{query} ORDER BY block, position", first, last, *wanted)
        return [json.loads(row[0]) for row in rows]

    def _first(self, query: str, *values: object) -> tuple[Any, ...] | None:
        found = self._all(query, *values)
        return found[0] if found else None

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._turn:
            return self._reads.execute(query, values).fetchall()

    def close(self) -> None:
        """Close the file and let others open it."""
        reads = getattr(self, "_reads", None)
        if reads is not None:
            reads.close()
        self._connection.close()
        self._lock.close()
