"""The items of an exam as its page rates them: those that the people who passed got wrong come first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hakari.adapters.sql.store import Book
from hakari.app import corrections, desk, exams, gold
from hakari.app.corrections import NotCorrected
from hakari.app.gold import Gold
from hakari.app.node import Node
from hakari.app.pages import rights
from hakari.core.canonical import Json
from hakari.core.errors import Unknown
from hakari.core.ids import Account
from hakari.work.records import OrderRow

SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Rating:
    """An item: how it did, what was written down as right, what a jury found instead where it is retired, and what it shows where it
    may be shown here."""

    gold: Gold
    written: str
    found: str
    data: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratings:
    """Items of an exam, the most doubtful first: SHOWN of them in full, the others in numbers. here: whether its right answers are."""

    shown: Sequence[Rating]
    more: Sequence[Gold]
    challenged: int
    retired: int
    here: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """The reader's answer to an item as text, the right one beside it."""

    task: int
    said: str
    right: str
    is_right: bool


def own(node: Node, book: Book, row: OrderRow, reader: Account | None) -> Sequence[Own]:
    """Return the reader's answers beside the right ones; none where these are not shown to them (yet)."""
    try:
        found = corrections.of(node, book, desk.running(node, row.id), reader) if reader else ()
    except (NotCorrected, Unknown):
        return ()
    return [
        Own(
            task=each.task,
            said=" / ".join(rights.controls(each.answer).values()) or "–",
            right=_text(each.right),
            is_right=each.is_right,
        )
        for each in found
    ]


def of(node: Node, book: Book, row: OrderRow, rated: Sequence[Gold], *, reader: Account | None) -> Ratings:
    """Return an exam's items as they were rated; none before its verdicts."""
    facts = desk.running(node, row.id)
    try:
        written = exams.truths(node, facts) or {}
    except Unknown:
        return Ratings(shown=(), more=(), challenged=0, retired=0, here=False)
    placed = sorted(rated, key=_doubt)
    found = gold.ruled(book, row.id)
    open_ = facts.order.evidence == "open" or reader == row.buyer
    shown = placed[:SHOWN]
    data = {each.n: each.data for each in book.orders.tasks(row.id, [item.task for item in shown])} if open_ else {}
    return Ratings(
        shown=[
            Rating(
                gold=each,
                written=_text(written[each.task]),
                found=_text(found[each.task]) if each.retired else "",
                data=data.get(each.task, {}),
            )
            for each in shown
        ],
        more=placed[SHOWN:],
        challenged=sum(each.challenged for each in rated),
        retired=sum(each.retired for each in rated),
    )


def _doubt(item: Gold) -> tuple[bool, bool, float, float, int]:
    """Return by what items are placed: retired ones, challenged ones, and then the share of who passed, and of all, that was right."""
    return (
        not item.retired,
        not item.challenged,
        item.good_right / item.good if item.good else 1.0,
        item.right / item.answers if item.answers else 1.0,
        item.task,
    )


def _text(right: Mapping[str, Json]) -> str:
    return " / ".join(rights.controls(dict(right)).values())
