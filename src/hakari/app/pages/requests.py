"""Requests for data: what each asks for, what it pays now and later, and what one account has handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from hakari.adapters.sql.store import Book
from hakari.app import desk
from hakari.app.node import Node
from hakari.app.pages import queue
from hakari.app.pages.queue import Work
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.sources.collect import catalogue
from hakari.work.records import AnswerRow

KIND = "collect"
HANDED_SHOWN = 500
FAMILIES: Mapping[str, Mapping[str, str]] = {
    "texts": catalogue.TEXTS,
    "pictures": catalogue.IMAGES,
    "sounds": catalogue.SOUNDS,
    "others": catalogue.OTHERS,
}
"""The types of content by what people call them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """An open request. share_bps: the part of each later sale that goes to those whose units were kept. families: words for types."""

    work: Work
    spec: Mapping[str, Any]
    share_bps: int
    families: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Handed:
    """A unit that an account handed in; `reason` and `kept` once it is judged."""

    name: str
    type: str
    bytes: int
    sha256: str
    submission: str
    leaf: int | None
    kept: bool | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request in full: `prompts` are what to make, in turn; status as the order's; `handed` the reader's own units, newest first."""

    asked: Asked
    prompts: Sequence[str]
    status: str
    guideline: str
    handed: Sequence[Handed]

    @property
    def takes(self) -> bool:
        """Whether units can be handed in now."""
        return self.status == "open" and self.asked.work.left > 0


def requests(node: Node, who: Account | None) -> list[Asked]:
    """Return the requests that take units now, best pay first."""
    found = queue.work(node, who, kind=KIND)
    with node.store.reading() as book:
        asked = [_asked(book, each) for each in found if each.closed != "listed"]
    # What somebody lists of their own asks nobody for anything.
    return [each for each in asked if each.work.reward or "listed" not in each.spec]


def request(node: Node, order: str, who: Account | None) -> Request:
    """Return one request. Raises UnknownOrder where there is none of this id."""
    work = queue.one(node, order, who)
    if work is None or work.kind != KIND:
        raise desk.UnknownOrder(f"order must be a request of this node's, got {order}")
    with node.store.reading() as book:
        asked = _asked(book, work)
        row = book.orders.get(order)
        assert row is not None  # it was found a moment ago
        first = book.orders.tasks(row.id, list(range(min(work.tasks, 20))))
        prompts = list(dict.fromkeys(str(task.data["prompt"]) for task in first))
        rows = book.answers.of_account(row.id, who) if who else []
    ended = row.status == "open" and row.deadline <= node.clock()
    return Request(
        asked=asked,
        prompts=prompts,
        status="closing" if ended else row.status,
        guideline=queue.guideline(node, order),
        handed=[
            _handed(each) for each in sorted(rows, key=lambda each: (-(each.leaf or 2**53), each.n))[:HANDED_SHOWN]
        ],
    )


def _asked(book: Book, work: Work) -> Asked:
    said = book.statements.get(work.id)
    pool = book.orders.pool(work.pool)
    assert said is not None  # an order is recorded together with its statement, in a pool that is known
    assert pool is not None
    spec = cast(Mapping[str, Any], said[0].body["spec"])
    terms = cast(Mapping[str, Any], pool.body["terms"])
    return Asked(
        work=work,
        spec=spec,
        share_bps=int(terms["sale_split"]["contributors"]),
        families=families(spec["types"]),
    )


def families(types: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """Return types of content by family, each with the endings of such files."""
    return [
        (name, endings)
        for name, known in FAMILIES.items()
        if (endings := list(dict.fromkeys(known[each] for each in types if each in known)))
    ]


def _handed(row: AnswerRow) -> Handed:
    unit = cast(Mapping[str, Json], row.answer)
    return Handed(
        name=str(unit["name"]),
        type=str(unit["type"]),
        bytes=cast(int, unit["bytes"]),
        sha256=str(unit["sha256"]),
        submission=str(row.submission),
        leaf=row.leaf,
        kept=row.accepted,
        reason=row.reason,
    )
