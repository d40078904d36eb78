"""The chain's events as the log restates them, held against each other and, where there is an RPC, against the chain."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

from hakari.core import ids
from hakari.core.canonical import Json
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account
from hakari.pay.chain import ChainEvent
from hakari.verify.arguments import Impossible
from hakari.verify.evidence import BadEvidence, Shelf
from hakari.verify.ledger import Ledger
from hakari.verify.placed import Placed
from hakari.verify.ports import ChainView
from hakari.verify.replay import Replay
from hakari.verify.report import Findings

LEFT_OUT = "payment_token"
"""Its events are not restated: a public token has other people's transfers by the million."""

_MEMBERS = {"address", "args", "block", "contract", "event", "index", "time", "tx"}


def contracts(node: Mapping[str, Json]) -> dict[str, Account]:
    """Return the contracts whose events the log restates, by name."""
    chain = cast(Mapping[str, Mapping[str, Account]], node["chain"])
    return {name: address for name, address in sorted(chain["contracts"].items()) if name != LEFT_OUT}


def replay(ledger: Ledger, shelf: Shelf, view: ChainView | None, findings: Findings) -> Replay | None:
    """Return the state that all restated events give, None where a file of them can't be read: then nothing rests on them."""
    copy = _Copy(shelf=shelf, findings=findings, known=contracts(ledger.node), state=Replay())
    with findings.section("chain"):
        if view is not None and ledger.chains:
            copy.seen = _seen(view, ledger, findings)
        for placed in ledger.chains:
            try:
                copy.take(placed)
            except BadEvidence as error:
                findings.wrong(error.path, error.what, expected=error.expected, got=error.got)
                return None
        copy.finish()
    return copy.state


def _seen(view: ChainView, ledger: Ledger, findings: Findings) -> Iterator[ChainEvent] | None:
    chain = cast(Mapping[str, Json], ledger.node["chain"])
    if not findings.same("node.json", "chain id of the RPC", expected=chain["chain_id"], got=view.chain_id()):
        return None
    return events(view, ledger.node, ledger.chains[0].number("from"), ledger.chains[-1].number("to"))


def events(view: ChainView, node: Mapping[str, Json], first: int, last: int) -> Iterator[ChainEvent]:
    """Return what an RPC shows of the events that the log restates, in blocks first..last."""
    chain = cast(Mapping[str, Mapping[str, Account]], node["chain"])
    return (event for event in view.events(chain["contracts"], first, last) if event.contract != LEFT_OUT)


@dataclass
class _Copy:
    """The operator's copy of the events, read range by range beside the chain itself (`seen`) where there is an RPC."""

    shelf: Shelf
    findings: Findings
    known: Mapping[str, Account]
    state: Replay
    seen: Iterator[ChainEvent] | None = None

    def take(self, placed: Placed) -> None:
        """Fold the events of one `chain` statement. Raises BadEvidence."""
        digest, count, last = placed.text("events"), 0, (-1, -1)
        for count, line in enumerate(self.shelf.lines(digest), 1):
            try:
                event = read_event(line)
                self._in_place(event, placed, last)
            except Malformed as error:
                raise self.shelf.broken(
                    digest, count, "an event of our contracts in its place", error.message
                ) from error
            last = event.block, event.index
            if self.seen is not None:
                self._compare(event, next(self.seen, None))
            self._fold(_place(event), partial(self.state.take, event))
            self.findings.holds("asserted" if self.seen is None else "recomputed")
        self.findings.same(placed.id, "count of events", expected=placed.number("count"), got=count)

    def finish(self) -> None:
        """Check what must hold after the last range."""
        further = None if self.seen is None else next(self.seen, None)
        if further is not None:
            self.findings.wrong(
                _place(further), "event on chain", expected="restated in the log", got=f"{further.event}, left out"
            )
        self._fold("chain", self.state.finish)

    def _in_place(self, event: ChainEvent, placed: Placed, last: tuple[int, int]) -> None:
        if event.address != self.known.get(event.contract):
            raise Malformed(
                f"address of {event.contract} must be {self.known.get(event.contract)}, got {event.address}"
            )
        if not placed.number("from") <= event.block <= placed.number("to"):
            raise Malformed(f"block must be {placed.number('from')} to {placed.number('to')}, got {event.block}")
        if (event.block, event.index) <= last:
            raise Malformed(f"events must ascend by block and index, got {(event.block, event.index)} after {last}")

    def _fold(self, where: str, fold: Callable[[], None]) -> None:
        try:
            fold()
        except Impossible as error:
            self.findings.wrong(where, error.what, expected=error.expected, got=error.got)
        except HakariError as error:
            self.findings.wrong(where, "event", expected="one that its contract emits", got=error.message)

    def _compare(self, event: ChainEvent, real: ChainEvent | None) -> None:
        if real is None:
            self.findings.wrong(_place(event), "event", expected="none on chain", got=event.event)
        elif real.line() != event.line():
            self.findings.wrong(_place(event), f"event {event.event}", expected=real.line(), got=event.line())


def read_event(line: Mapping[str, Json]) -> ChainEvent:
    """Return the event of one evidence line. Raises Malformed; arguments are looked at by who needs them."""
    if set(line) != _MEMBERS:
        raise Malformed(f"members must be {sorted(_MEMBERS)}, got {sorted(line)}")
    for name in ("block", "index", "time"):
        if not isinstance(line[name], int) or isinstance(line[name], bool) or cast(int, line[name]) < 0:
            raise Malformed(f"{name} must be a whole number, got {line[name]!r}")
    for name in ("address", "contract", "event", "tx"):
        if not isinstance(line[name], str):
            raise Malformed(f"{name} must be text, got {line[name]!r}")
    if not isinstance(line["args"], dict):
        raise Malformed(f"args must be an object, got {line['args']!r}")
    return ChainEvent(
        block=cast(int, line["block"]),
        index=cast(int, line["index"]),
        contract=cast(str, line["contract"]),
        event=cast(str, line["event"]),
        address=cast(str, line["address"]),
        tx=ids.digest(line["tx"], pointer="/tx"),
        time=cast(int, line["time"]),
        args=cast(Mapping[str, Json], line["args"]),
    )


def _place(event: ChainEvent) -> str:
    return f"block {event.block} event {event.index}"
