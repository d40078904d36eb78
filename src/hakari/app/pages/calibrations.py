"""An order's calibration as everybody sees it, and what its buyer reads before the rest begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hakari.adapters.sql.store import Book
from hakari.app import calibrating, desk
from hakari.app.calibrating import Remark
from hakari.app.node import Node
from hakari.app.pages import rights
from hakari.core.ids import Account
from hakari.sources.kind import CANNOT_TELL
from hakari.work import splits
from hakari.work.records import AnswerRow, OrderRow
from hakari.work.splits import Mixed, Split

MIXED_SHOWN = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A task of the calibration: its data, how its answers split by question, and what was remarked on it."""

    task: int
    data: Mapping[str, Any]
    splits: Sequence[Split]
    remarks: Sequence[Remark]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a calibration's answers tell its buyer. agreement_bps: by question. items: those on which people differ most come first."""

    agreement_bps: Mapping[str, int]
    mixed: Sequence[Mixed]
    items: Sequence[Item]


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibrated:
    """How far a calibration is: answers so far of those wanted on its tasks; times are Unix seconds.

    until: until when its buyer has a word, None while answers are wanted. versions: of the guideline, with the text's digest.
    """

    tasks: int
    word_s: int
    answered: int
    wanted: int
    over: int | None
    until: int | None
    goes_on: bool
    versions: Sequence[tuple[int, str]]
    reading: Reading | None


def of(node: Node, book: Book, row: OrderRow, reader: Account | None) -> Calibrated | None:
    """Return how far an order's calibration is, with a reading for its buyer; None where it has none."""
    known = calibrating.course(node, book, row)
    if known.order.calibration is None:
        return None
    numbers = list(range(known.order.first))
    tasks = book.orders.tasks(row.id, numbers)
    return Calibrated(
        tasks=known.order.first,
        word_s=known.order.calibration.word_s,
        answered=sum(each.answered for each in tasks),
        wanted=sum(each.wanted for each in tasks),
        over=known.over,
        until=known.until,
        goes_on=known.goes_on(node.clock()),
        versions=known.versions(),
        reading=_reading(node, book, row, known.order.first) if reader == row.buyer else None,
    )


def _reading(node: Node, book: Book, row: OrderRow, first: int) -> Reading:
    rows = [each for each in book.answers.worked(row.id) if each.task < first]
    found = splits.splits(_values(rows))
    remarked = calibrating.remarked(node, book, row.id)
    items = [
        Item(
            task=task.n,
            data=task.data,
            splits=[each for each in found if each.task == task.n],
            remarks=[each for each in remarked if each.task == task.n],
        )
        for task in book.orders.tasks(row.id, list(range(first)))
    ]
    return Reading(
        agreement_bps=splits.agreement_bps(found),
        mixed=splits.mixed(found, most=MIXED_SHOWN),
        items=sorted(items, key=lambda each: (_share(each.splits), -len(each.remarks), each.task)),
    )


def _values(rows: Sequence[AnswerRow]) -> list[tuple[int, dict[str, str]]]:
    """Return what each answer says to each question; «cannot tell» is said to all of them."""
    said = [(each.task, rights.controls(each.answer)) for each in rows]
    asked = sorted({control for _, values in said for control in values} - {CANNOT_TELL})
    return [(task, dict.fromkeys(asked, CANNOT_TELL) if CANNOT_TELL in values else values) for task, values in said]


def _share(found: Sequence[Split]) -> float:
    return min((each.agreeing / each.pairs for each in found if each.pairs), default=1.0)


def view(node: Node, order: str, *, reader: Account | None) -> dict[str, Any]:
    """Return a calibration as the API shows it. Raises UnknownOrder."""
    with node.store.reading() as book:
        row = book.orders.get(order)
        found = None if row is None else of(node, book, row, reader)
    if row is None:
        raise desk.UnknownOrder(f"order must be one of this node's, got {order}")
    if found is None:
        return {"calibration": None}
    return {
        "calibration": {
            "tasks": found.tasks,
            "word_s": found.word_s,
            "answered": found.answered,
            "wanted": found.wanted,
            "over": found.over,
            "until": found.until,
            "goes_on": found.goes_on,
            "guidelines": [{"sha256": sha256, "version": version} for version, sha256 in found.versions],
            "reading": None if found.reading is None else _read(found.reading),
        }
    }


def _read(reading: Reading) -> dict[str, Any]:
    return {
        "agreement_bps": dict(reading.agreement_bps),
        "mixed": [
            {"control": each.control, "one": each.one, "other": each.other, "pairs": each.pairs, "tasks": each.tasks}
            for each in reading.mixed
        ],
        "items": [
            {
                "task": each.task,
                "splits": [{"control": split.control, "counts": dict(split.counts)} for split in each.splits],
                "remarks": [{"account": said.account, "note": said.note, "time": said.time} for said in each.remarks],
            }
            for each in reading.items
        ],
    }
