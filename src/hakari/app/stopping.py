"""Waves of answers on their way: when a wave is whole, the node says which tasks go on, or that none does."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import auditing, desk, judgement
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import StatementId
from hakari.core.statement import Statement
from hakari.work import panels, quality, stopping
from hakari.work.orders import Order
from hakari.work.quality import Stopping
from hakari.work.records import OrderRow
from hakari.work.stopping import Choice


def waves(book: Book, order: StatementId) -> list[Statement]:
    """Return the waves that were said of an order, in order."""
    return [each for each, _ in book.statements.about("wave", order)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """How far an order that stops early is. most: answers that a task gets. waves: that were whole. answers: not asked for so far."""

    most: int
    waves: int
    answers: int


def saved(book: Book, order: Order) -> Saved | None:
    """Return what an order has saved so far, None where it does not stop early.

    Before a second wave was whole nothing is decided, and a task that stopped can go on again.
    """
    if quality.stopping(order.quality) is None:
        return None
    whole = len(waves(book, order.id))
    answers = book.orders.spared(order.id, order.redundancy) if whole > 1 else 0
    return Saved(most=order.redundancy, waves=whole, answers=answers)


def view(book: Book, order: Order) -> dict[str, Json] | None:
    """Return `saved` as the API shows it."""
    found = saved(book, order)
    return None if found is None else asdict(found)


def began(book: Book, order: Order) -> bool:
    """Return whether an order that stops early is behind its first wave."""
    return quality.stopping(order.quality) is not None and bool(waves(book, order.id))


def goes_on(node: Node, book: Book, order: OrderRow) -> bool:
    """Return whether a wave must be said before an order is judged: its last one asked for answers, and there is time."""
    if order.status != "open" or node.clock() >= order.deadline or declared(book, order.id) is None:
        return False
    said = waves(book, order.id)
    return not said or said[-1].body["further"] != 0


def declared(book: Book, order: StatementId) -> Stopping | None:
    """Return when an order's tasks have answers enough, or None where each gets as many as were ordered."""
    found = book.statements.get(order)
    return None if found is None else quality.stopping(cast(dict[str, Json], found[0].body["quality"]))


def awaited(book: Book) -> bool:
    """Tell whether a first wave waits for its anchor to be in the log."""
    return any(
        order.answered >= order.wanted and declared(book, order.id) is not None and not waves(book, order.id)
        for order in book.orders.with_status("open")
    )


def advance(node: Node, order: OrderRow) -> bool:
    """Say which tasks go on after a whole wave. Returns whether anything was done.

    What is said follows from the log alone, so a node that was killed in between says the same when it is back.
    """
    facts = desk.running(node, order.id)
    rule = quality.stopping(facts.order.quality)
    assert rule is not None  # goes_on asked
    with node.store.reading() as book:
        rows = book.answers.worked(order.id)
        said = waves(book, order.id)
        size = book.statements.size()
    if any(row.leaf is None for row in rows):
        return False
    tasks, most = len(facts.publics), facts.order.redundancy
    extra: dict[str, Json] = {}
    if not said:
        last = max(cast(int, row.leaf) for row in rows)
        found = auditing.anchored(node, last)
        if found is None:
            return auditing.ask_anchor(node, last)
        anchor, hash_ = found
        size = int(str(anchor.args["size"]))
        extra = {"block": anchor.block, "block_hash": hash_}
        seed = panels.seed(
            root=bytes.fromhex(str(anchor.args["root"])), block_hash=hash_, order=order.id, role=stopping.FULL
        )
        choices = stopping.begin(rule, stopping.drawn(seed, rule, tasks=tasks), tasks=tasks, most=most)
        wanted = [rule.first] * tasks
    else:
        before = [chosen(node, each) for each in said]
        wanted = [rule.first] * tasks
        for each in before:
            wanted = stopping.after(wanted, each)
        with node.store.reading() as book:
            batch = judgement.batch_of(book, facts, judgement.openings(rows), size)
        sure = stopping.surely(facts.kind, batch, stopping.full_of(before[0], most=most), rule)
        choices = stopping.decide(rule, sure, wanted, most=most)
    return _say(node, order, choices, wanted=wanted, size=size, extra=extra, number=len(said))


def chosen(node: Node, wave: Statement) -> list[Choice]:
    """Return what a wave decided; kept, as it never changes."""
    digest = str(wave.body["decisions"])
    known = node.cards.get(digest)
    if known is None:
        known = node.cards[digest] = stopping.read(canonical.read_lines(node.kept(digest)))
    return cast(list[Choice], known)


def _say(
    node: Node,
    order: OrderRow,
    choices: Sequence[Choice],
    *,
    wanted: Sequence[int],
    size: int,
    extra: dict[str, Json],
    number: int,
) -> bool:
    body: dict[str, Json] = {
        **extra,
        "decisions": node.evidence(canonical.lines(each.line() for each in choices)),
        "further": stopping.further(wanted, choices),
        "order": order.id,
        "size": size,
    }
    with node.store.book() as book:
        now = book.orders.held(order.id)
        if now is None or now.status != "open" or now.answered != order.answered:
            return False
        if len(waves(book, order.id)) != number:
            return False
        book.statements.add(node.sentence("wave", body), subject=order.id)
        book.orders.want(order.id, {each.task: each.wanted for each in choices if each.wanted > wanted[each.task]})
    return True
