"""Sealed audits on this node: verdicts that wait, orders that serve a stock's tasks again, and what is known of these."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import desk
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId
from hakari.sources.kind import TaskSpec
from hakari.work import blind, challenges, orders, quality
from hakari.work.challenges import NOTHING, Carried
from hakari.work.intake import Running
from hakari.work.orders import Order
from hakari.work.records import OrderRow

AUDIT = "audit"
JUDGED = ("appealable", "jury", "judged")


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """What an order has to do with sealed audits. sealed: its own still wait, `seconds` at most after its audits' time, which ends the
    wait at `until` (Unix seconds; None before they are drawn). served: the order whose audits it serves, with its tasks, None where it
    serves none."""

    sealed: bool
    seconds: int
    until: int | None
    served: StatementId | None
    tasks: int


def again(node: Node, book: Book, row: OrderRow) -> Again | None:
    """Return what an order has to do with sealed audits, None where it has nothing."""
    facts = desk.running(node, row.id)
    declared, served = quality.read(facts.order.quality), challenges.of(facts.order.quality)
    if declared is None or (served is None and not declared.sealed_s):
        return None
    return Again(
        sealed=declared.sealed_s > 0 and row.status not in JUDGED,
        seconds=declared.sealed_s,
        until=sealed_until(book, facts),
        served=None if served is None else served.of,
        tasks=0 if served is None else len(desk.running(node, served.of).publics),
    )


def check(book: Book, order: Order, *, said: int) -> None:
    """Raise Malformed unless the stock that an order serves is one of this node's that still waits for its verdicts, and fits.

    Inside the transaction that records the order, the stock is held: it can't be judged meanwhile.
    """
    declared = challenges.of(order.quality)
    if declared is None:
        return
    row, found = book.orders.held(declared.of), book.statements.get(declared.of)
    if row is None or found is None or row.status in JUDGED:
        raise challenges.no_stock(declared.of)
    stock = orders.order(found[0])
    others = (each for each in serving(book, stock) if each.id != order.id)
    challenges.check_stock(order, stock, said=said, served=sum(each.redundancy for each in others))


def check_more(book: Book, stock: Order, row: OrderRow, *, redundancy: int) -> None:
    """Raise Malformed unless an order's sealed audits can be served so many times more, before anybody pays for it."""
    declared = quality.read(stock.quality)
    if declared is None or not declared.sealed_s or row.status in JUDGED:
        raise challenges.no_stock(stock.id)
    challenges.check_servings(redundancy, served=sum(each.redundancy for each in serving(book, stock)))


def salts(book: Book, order: Order, specs: Sequence[TaskSpec], extra: Mapping[str, bytes]) -> dict[int, str]:
    """Return by task the salt of the stock's task that it serves again, so that both have one commitment.

    extra: the evidence handed in, by SHA-256. Raises Malformed unless it has the places that the order commits to, and each holds the
    content of the stock's.
    """
    declared = challenges.of(order.quality)
    if declared is None:
        return {}
    if declared.places not in extra:
        raise Malformed(
            "an order with challenges must come with the evidence that challenges.places names",
            pointer=challenges.PLACES,
        )
    theirs = book.orders.tasks(declared.of)
    lines = canonical.read_lines(extra[declared.places])
    at = challenges.places(lines, stock=len(theirs), tasks=len(specs))
    held = [cast(Json, {"data": dict(each.data), "public": dict(each.public)}) for each in theirs]
    mine = [cast(Json, {"data": dict(each.data), "public": dict(each.public)}) for each in specs]
    for n, m in challenges.unlike(at, mine, held):
        raise Malformed(f"item {n} must be task {m} of the stock, got another content", pointer=f"/items/{n}")
    return {n: theirs[m].salt for n, m in at.items()}


def serving(book: Book, stock: Order) -> Iterator[Order]:
    """Yield the orders that serve a stock, in order of intake."""
    for each in book.orders.of_buyer(stock.buyer):
        found = book.statements.get(each)
        order = None if found is None else orders.order(found[0])
        declared = None if order is None else challenges.of(order.quality)
        if order is not None and declared is not None and declared.of == stock.id:
            yield order


def waits(facts: Running) -> bool:
    """Return whether an order's verdicts wait for another's, so that its work ends before."""
    return challenges.of(facts.order.quality) is not None


def ready(node: Node, book: Book, facts: Running) -> bool:
    """Return whether first verdicts of an order may be said as far as sealed audits go: its own, or those that it serves."""
    served = challenges.of(facts.order.quality)
    if served is not None:
        stock = book.orders.get(served.of)
        said = book.statements.about("verdicts", served.of)
        return stock is not None and stock.status in JUDGED and all(leaf is not None for _, leaf in said)
    until = sealed_until(book, facts)
    if until is None or node.clock() >= until:
        return True
    rows = [book.orders.get(each.id) for each in serving(book, facts.order)]
    return bool(rows) and all(row is not None and row.status not in ("open", "closing") for row in rows)


def sealed_until(book: Book, facts: Running) -> int | None:
    """Return the Unix second until which an order's audits may be kept, None where they are not sealed or not drawn yet."""
    declared = quality.read(facts.order.quality)
    if declared is None or not declared.sealed_s:
        return None
    drawn = [each for each, _ in book.statements.about("draw", facts.order.id) if each.body["role"] == AUDIT]
    return drawn[-1].time + declared.within_s(AUDIT) + declared.sealed_s if drawn else None


def carried(node: Node, book: Book, order: Order, *, size: int) -> Carried:
    """Return what a stock makes known of an order's tasks, by what the log held in leaves < size."""
    declared = challenges.of(order.quality)
    if declared is None:
        return NOTHING
    stock = desk.running(node, declared.of).order
    said = [each for each, leaf in book.statements.about("verdicts", stock.id) if leaf is not None and leaf < size]
    below = cast(int, said[-1].body["size"]) if said else 0
    rows = [row for row in book.answers.blind(stock.id) if row.leaf is not None and row.leaf < below]
    known = blind.audited((row.role, row.given) for row in rows)
    sat = [_given(book, stock.id, size)]
    for each in serving(book, stock):
        if each.id != order.id and _judged(book, each.id, size):
            at = places(node, each)
            sat.append({(account, at[n]) for account, n in _given(book, each.id, size) if n in at})
    return challenges.carried(places(node, order), known, sat)


def places(node: Node, order: Order) -> Mapping[int, int]:
    """Return the stock's task at each of an order's own that serves one; none where it serves none."""
    declared = challenges.of(order.quality)
    if declared is None:
        return {}
    key = f"places:{order.id}"
    known = node.cards.get(key)
    if known is None:
        counts = {
            "stock": len(desk.running(node, declared.of).publics),
            "tasks": len(desk.running(node, order.id).publics),
        }
        lines = canonical.read_lines(node.kept(declared.places))
        known = node.cards[key] = challenges.places(lines, **counts)
    return cast(Mapping[int, int], known)


def _judged(book: Book, order: StatementId, size: int) -> bool:
    return any(leaf is not None and leaf < size for _, leaf in book.statements.about("verdicts", order))


def _given(book: Book, order: StatementId, size: int) -> set[tuple[Account, int]]:
    """Return who was assigned which task of an order, in any role, in leaves < size."""
    return {
        (Account(str(said.body["account"])), task)
        for said, leaf in book.statements.about("assignment", order)
        if leaf is not None and leaf < size
        for task in cast(list[int], said.body["tasks"])
    }


def out(book: Book, row: OrderRow) -> bool:
    """Return whether the contents of an order's tasks may be shown to anybody, as far as sealed audits go."""
    said = book.statements.get(row.id)
    held = said is not None and challenges.held_back(orders.order(said[0]).quality)
    return not held or bool(book.statements.about("verdicts", row.id))
