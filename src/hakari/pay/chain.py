"""What the chain says, in the form of the `chain` statement's evidence."""

from collections.abc import Mapping
from dataclasses import dataclass

from hakari.core.canonical import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainEvent:
    """One event of one of our contracts. Integers in `args` are decimal strings, bytes hex without 0x, addresses lower case."""

    block: int
    index: int
    contract: str
    event: str
    address: str
    tx: str
    time: int
    args: Mapping[str, Json]

    def line(self) -> dict[str, Json]:
        """Return the evidence line of this event (formats §4.14)."""
        return {
            "address": self.address,
            "args": dict(self.args),
            "block": self.block,
            "contract": self.contract,
            "event": self.event,
            "index": self.index,
            "time": self.time,
            "tx": self.tx,
        }
