"""What somebody has at stake: how much, which pools may take how much of it, and who asks for it now."""

from dataclasses import asdict, dataclass
from typing import Any

from hakari.adapters.sql.store import Book
from hakari.app.node import Node
from hakari.core.ids import Account

STATES = {
    "SlashProposed": "proposed",
    "Contested": "contested",
    "Ruled": "ruled",
    "Appealed": "at_court",
    "Slashed": "slashed",
    "Dropped": "dropped",
}
"""What became of a slash, by the contract's last event about it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A slash against an account. amount: micro-units. settlement: the statement that is its evidence. proposed: Unix seconds.

    until: the second before which its state can be contested, ruled or appealed; None once it is slashed or dropped.
    """

    case: int
    pool: int
    amount: int
    settlement: str
    state: str
    proposed: int
    until: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """What a pool may slash of an account: `limit` in all, of which `pending` is asked for.

    From `lower_at` (Unix seconds, 0 for never) on it is `lower_to`.
    """

    pool: int
    limit: int
    pending: int
    lower_to: int
    lower_at: int


def cases(book: Book, who: Account) -> list[Case]:
    """Return the slashes against an account, newest first."""
    found: list[Case] = []
    for proposed in book.chain.events(contract="stakes", event="SlashProposed", having=("account", who)):
        case = str(proposed.args["id"])
        last = [each for each in book.chain.events(contract="stakes", having=("id", case)) if each.event in STATES][-1]
        deadline = last.args.get("deadline")
        found.append(
            Case(
                case=int(case),
                pool=int(str(proposed.args["pool"])),
                amount=int(str(proposed.args["amount"])),
                settlement=str(proposed.args["evidence"]),
                state=STATES[last.event],
                proposed=proposed.time,
                until=None if deadline is None else int(str(deadline)),
            )
        )
    return found[::-1]


def view(node: Node, who: Account) -> dict[str, Any]:
    """Return an account's stake as the API shows it: amounts in micro-units as text."""
    with node.store.reading() as book:
        against = cases(book, who)
        named = book.chain.events(contract="stakes", event="Committed", having=("account", who))
    consents = [_consent(node, pool, who) for pool in sorted({int(str(each.args["pool"])) for each in named})]
    held = node.chain.call(node.contracts, "stakes", "stake_of", [who])
    return {
        **{name: str(int(held[name])) for name in ("active", "cooling", "frozen")},
        "cool_at": int(held["cool_at"]),
        "pools": [
            {**asdict(each), **{name: str(getattr(each, name)) for name in ("limit", "pending", "lower_to")}}
            for each in consents
        ],
        "cases": [{**asdict(each), "amount": str(each.amount)} for each in against],
    }


def _consent(node: Node, pool: int, who: Account) -> Consent:
    found = node.chain.call(node.contracts, "stakes", "exposure", [pool, who])
    return Consent(
        pool=pool,
        limit=int(found["limit"]),
        pending=int(found["pending"]),
        lower_to=int(found["lower_to"]),
        lower_at=int(found["lower_at"]),
    )
