"""What the chain said, and what we want to tell it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from hakari.adapters.sql.schema import chain_arguments, chain_events, intents, marks
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.pay.chain import ChainEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A transaction that must happen once. `name` says what it is for; status is waiting, signed, done or reverted."""

    name: str
    signer: str
    contract: str
    function: str
    args: Sequence[Json]
    status: str = "waiting"
    nonce: int | None = None
    raw: bytes | None = None
    tx: str | None = None
    note: str | None = None


ARGUMENTS = frozenset(("account", "epoch", "id", "log_id", "offer", "order", "pool", "release", "to", "vote"))
"""Arguments by which events are looked up. Others can be asked for too, by reading all events of the contract."""

LONGEST_VALUE = 80


class Chain:
    """Events in order, intents by name, marks that say how far we are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, events: Sequence[ChainEvent]) -> None:
        """Record events that are not recorded yet."""
        if not events:
            return
        blocks = [event.block for event in events]
        standing = {
            (row.block, row.position)
            for row in self._connection.execute(
                select(chain_events.c.block, chain_events.c.position).where(
                    chain_events.c.block.between(min(blocks), max(blocks))
                )
            )
        }
        fresh = {(event.block, event.index): event for event in events if (event.block, event.index) not in standing}
        if not fresh:
            return
        self._connection.execute(
            chain_events.insert(),
            [
                {
                    "block": event.block,
                    "position": event.index,
                    "contract": event.contract,
                    "event": event.event,
                    "address": event.address,
                    "tx": event.tx,
                    "time": event.time,
                    "args": canonical.encode(event.args).decode(),
                }
                for event in fresh.values()
            ],
        )
        found = [
            {
                "contract": event.contract,
                "name": name,
                "value": value,
                "event": event.event,
                "block": event.block,
                "position": event.index,
            }
            for event in fresh.values()
            for name, value in event.args.items()
            if name in ARGUMENTS and isinstance(value, str) and len(value) <= LONGEST_VALUE
        ]
        if found:
            self._connection.execute(chain_arguments.insert(), found)

    def events(
        self,
        *,
        contract: str | None = None,
        event: str | None = None,
        first: int = 0,
        last: int | None = None,
        having: tuple[str, str] | None = None,
    ) -> list[ChainEvent]:
        """Return events in order of (block, index): of a contract and name, in blocks first..last, with one argument as given."""
        wanted = select(chain_events).where(chain_events.c.block >= first)
        if contract is not None:
            wanted = wanted.where(chain_events.c.contract == contract)
        if event is not None:
            wanted = wanted.where(chain_events.c.event == event)
        if last is not None:
            wanted = wanted.where(chain_events.c.block <= last)
        if having is not None and contract is not None and having[0] in ARGUMENTS:
            asked = chain_arguments.c
            same = and_(asked.block == chain_events.c.block, asked.position == chain_events.c.position)
            wanted = wanted.join(chain_arguments, same).where(
                asked.contract == contract, asked.name == having[0], asked.value == having[1]
            )
            if event is not None:
                wanted = wanted.where(asked.event == event)
        elif having is not None:
            # Canonical text: an argument stands in it in exactly one way.
            wanted = wanted.where(
                chain_events.c.args.contains(canonical.encode(dict([having]))[1:-1].decode(), autoescape=True)
            )
        rows = self._connection.execute(wanted.order_by(chain_events.c.block, chain_events.c.position))
        return [_event(row) for row in rows]

    def intend(self, intent: Intent) -> bool:
        """Record a transaction to be sent. Returns False where one of that name stands already."""
        if self.intent(intent.name) is not None:
            return False
        self._connection.execute(
            intents.insert().values(
                name=intent.name,
                signer=intent.signer,
                contract=intent.contract,
                function=intent.function,
                args=canonical.encode(list(intent.args)).decode(),
                status=intent.status,
            )
        )
        return True

    def intent(self, name: str) -> Intent | None:
        """Return an intent by name, or None."""
        row = self._connection.execute(select(intents).where(intents.c.name == name)).first()
        return None if row is None else _intent(row)

    def intents(self, *statuses: str, signer: str | None = None, limit: int = 1000) -> list[Intent]:
        """Return intents of the given statuses (and signer) in the order they were made."""
        wanted = select(intents).where(intents.c.status.in_(statuses))
        if signer is not None:
            wanted = wanted.where(intents.c.signer == signer)
        rows = self._connection.execute(wanted.order_by(intents.c.seq).limit(limit))
        return [_intent(row) for row in rows]

    def intents_about(self, beginning: str, *, limit: int = 20) -> list[Intent]:
        """Return up to `limit` intents whose name begins so, newest first."""
        wanted = select(intents).where(intents.c.name >= beginning, intents.c.name < beginning + "\x7f")
        return [_intent(row) for row in self._connection.execute(wanted.order_by(intents.c.seq.desc()).limit(limit))]

    def change(self, name: str, **fields: Any) -> None:
        """Set fields of an intent: status, nonce, raw, tx, note."""
        self._connection.execute(update(intents).where(intents.c.name == name).values(**fields))

    def mark(self, name: str) -> int | None:
        """Return a mark's number, or None."""
        return self._connection.scalar(select(marks.c.number).where(marks.c.name == name))

    def marked(self, name: str) -> tuple[int, str | None] | None:
        """Return a mark's number and text, or None."""
        row = self._connection.execute(select(marks.c.number, marks.c.text).where(marks.c.name == name)).first()
        return None if row is None else (row.number, row.text)

    def set_mark(self, name: str, number: int, *, text: str | None = None) -> None:
        """Set a mark."""
        if self.mark(name) is None:
            self._connection.execute(marks.insert().values(name=name, number=number, text=text))
        else:
            self._connection.execute(update(marks).where(marks.c.name == name).values(number=number, text=text))


def _event(row: Row[tuple[object, ...]]) -> ChainEvent:
    return ChainEvent(
        block=row.block,
        index=row.position,
        contract=row.contract,
        event=row.event,
        address=row.address,
        tx=row.tx,
        time=row.time,
        args=json.loads(row.args),
    )


def _intent(row: Row[tuple[object, ...]]) -> Intent:
    return Intent(
        name=row.name,
        signer=row.signer,
        contract=row.contract,
        function=row.function,
        args=json.loads(row.args),
        status=row.status,
        nonce=row.nonce,
        raw=row.raw,
        tx=row.tx,
        note=row.note,
    )
