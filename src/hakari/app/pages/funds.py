"""The money of one escrow order, as the chain's events say it."""

from dataclasses import dataclass

from hakari.adapters.sql.store import Book
from hakari.pay.chain import ChainEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class Funds:
    """Micro-units: funded by the buyer, paid to people, reserved for recorded work, returned; `left` is free.

    `refund_at`: Unix seconds, once the order is closing.
    """

    funded: int = 0
    paid: int = 0
    reserved: int = 0
    returned: int = 0
    refund_at: int | None = None

    @property
    def left(self) -> int:
        """What is neither paid, reserved nor returned."""
        return self.funded - self.paid - self.reserved - self.returned


def of(book: Book, escrow_order: int) -> Funds:
    """Return the money of an escrow order."""
    return counted(book.chain.events(contract="escrow", having=("order", str(escrow_order))))


def counted(events: list[ChainEvent]) -> Funds:
    """Return what the events of one escrow order come to, in their order."""
    funded = paid = reserved = returned = 0
    refund_at: int | None = None
    for each in events:
        amount = int(str(each.args.get("amount", 0)))
        if each.event in ("Funded", "Income"):
            funded += amount
        elif each.event == "Reserved":
            reserved += amount
        elif each.event == "Refunded":
            returned += amount
        elif each.event == "Closing":
            refund_at = int(str(each.args["refund_at"]))
        elif each.event == "PaidOut":
            pay, free = int(str(each.args["pay"])), int(str(each.args["free"]))
            paid += pay
            # As the contract has it: never below zero.
            reserved -= min(reserved, pay + free)
    return Funds(funded=funded, paid=paid, reserved=reserved, returned=returned, refund_at=refund_at)
