"""Audits on their way: tasks and panels drawn once an order's answers are anchored, seats given, answers awaited."""

from collections.abc import Sequence
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import careers, desk, judgement, promises
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement
from hakari.pay.chain import ChainEvent
from hakari.work import panels, quality, seats
from hakari.work.intake import Running
from hakari.work.panels import Panel
from hakari.work.quality import Audits
from hakari.work.records import OrderRow
from hakari.work.service import roster

AUDIT = "audit"


def audits(facts: Running) -> Audits | None:
    """Return what an order declares of audits, or None where it has none."""
    declared = quality.read(facts.order.quality)
    return None if declared is None else declared.audits


def begin(node: Node, order: OrderRow) -> bool:
    """Take no more answers of an order whose work is done: its audits are drawn next."""
    with node.store.book() as book:
        now = book.orders.held(order.id)
        if now is None or now.status not in ("open", "closing") or now.answered != order.answered:
            return False
        book.orders.mark(order.id, "auditing")
    return True


def advance(node: Node, order: OrderRow) -> bool:
    """Bring an order's audits one step forward: anchor, draw, or judge when the answers are in or time is over."""
    with node.store.reading() as book:
        drawn = drawing(book, order.id, AUDIT)
    if drawn is None:
        return _draw(node, order)
    facts = desk.running(node, order.id)
    wanted = audits(facts)
    assert wanted is not None  # only such orders are ever `auditing`
    with node.store.reading() as book:
        answers = seats.given(book, order.id, AUDIT)
        placed = all(row.leaf is not None for rows in answers.values() for row in rows)
        busy = promises.crowded(book, order.pool)
    done = all(seats.enough(answers.get(each.task, ())) for each in panels_of(node, drawn))
    if placed and not busy and (done or node.clock() >= drawn.time + wanted.within_s):
        return judgement.judge(node, order)
    return False


def drawing(book: Book, order: StatementId, role: str) -> Statement | None:
    """Return the draw of a role in an order, or None."""
    said = [each for each, _ in book.statements.about("draw", order) if each.body["role"] == role]
    return said[-1] if said else None


def panels_of(node: Node, drawn: Statement) -> list[Panel]:
    """Return the panels that a draw named; kept, as they never change."""
    digest = str(drawn.body["panels"])
    known = node.cards.get(digest)
    if known is None:
        known = node.cards[digest] = panels.read_panels(canonical.read_lines(node.kept(digest)))
    return cast(list[Panel], known)


def anchor_of(node: Node, book: Book, last: int) -> ChainEvent | None:
    """Return the first anchor of this log on chain that covers leaf `last`, or None."""
    posted = book.chain.events(contract="anchor", event="Posted", having=("log_id", promises.log_id(node)))
    return next((each for each in posted if int(str(each.args["size"])) > last), None)


def awaited(book: Book) -> bool:
    """Tell whether a draw waits for its anchor to be in the log."""
    return any(drawing(book, order.id, AUDIT) is None for order in book.orders.with_status("auditing"))


def _draw(node: Node, order: OrderRow) -> bool:
    facts = desk.running(node, order.id)
    wanted = audits(facts)
    assert wanted is not None
    with node.store.reading() as book:
        work = book.answers.worked(order.id)
        if not work:
            return judgement.judge(node, order)
        last = max(cast(int, row.leaf) for row in work)
        anchor = anchor_of(node, book, last)
        reported = book.chain.mark("reported") or 0
    if anchor is None:
        checkpoint = node.log.checkpoint()
        return checkpoint is not None and checkpoint.size > last and promises.anchor(node)
    if anchor.block > reported:
        return False
    hash_ = node.chain.block_hash(anchor.block)
    if hash_ is None:
        return False
    size = int(str(anchor.args["size"]))
    with node.store.reading() as book:
        made = _panels(node, book, facts, size=size, anchor=anchor, block_hash=hash_)
    lines = canonical.lines(each.line() for each in made)
    body: dict[str, Json] = {
        "block": anchor.block,
        "block_hash": hash_,
        "order": order.id,
        "panels": node.evidence(lines),
        "role": AUDIT,
        "size": size,
    }
    with node.store.book() as book:
        if drawing(book, order.id, AUDIT) is not None:
            return False
        book.statements.add(node.sentence("draw", body), subject=order.id)
    return True


def _panels(
    node: Node, book: Book, facts: Running, *, size: int, anchor: ChainEvent, block_hash: str
) -> Sequence[Panel]:
    order, wanted = facts.order, audits(facts)
    assert wanted is not None
    said = [each for each, leaf in book.statements.about("service", str(order.pool)) if (leaf or 0) < size]
    workers = book.orders.assignees(order.id) | {row.account for row in book.answers.worked(order.id)}
    barred = workers | {order.buyer, node.operator} | careers.standing(node, book, order.pool, below=size).convicted()
    return panels.draw(
        panels.seed(root=bytes.fromhex(str(anchor.args["root"])), block_hash=block_hash, order=order.id, role=AUDIT),
        among=range(len(facts.publics)),
        count=wanted.count(len(facts.publics)),
        roster=roster(said, role=AUDIT, at=anchor.time) - barred,
        seats=panels.PLACES,
        kin=careers.groups(node, book, order.pool, below=size),
        workers=workers,
    )


def give(node: Node, facts: Running, row: OrderRow, account: Account, *, count: int) -> dict[int, int]:
    """Return up to `count` tasks that a drawn account may answer now, with the Unix second until which it may.

    Each is recorded as assigned before it is shown.
    """
    role = next((role for role, status in seats.STATUS.items() if status == row.status), None)
    chosen: dict[int, int] = {}
    if role is None:
        return chosen

    def write(book: Book) -> None:
        chosen.clear()
        standing, now = book.orders.held(row.id), node.clock()
        drawn = drawing(book, row.id, role)
        if standing is None or standing.status != row.status or drawn is None:
            return
        answers = seats.given(book, row.id, role)
        late = now >= drawn.time + _within(facts) // 2
        open_ = [each.task for each in panels_of(node, drawn) if _may(each, answers.get(each.task, ()), account, late)]
        before = {each.task for each in book.orders.assigned(row.id, account, role)}
        chosen.update(dict.fromkeys(open_[:count], drawn.time + _within(facts)))
        fresh = [task for task in chosen if task not in before]
        if fresh:
            book.orders.assign(row.id, account, fresh, size=0, time=now, role=role)
            body: dict[str, Json] = {
                "account": account,
                "order": row.id,
                "role": role,
                "size": 0,
                "tasks": list[Json](fresh),
            }
            book.statements.add(node.sentence("assignment", body, at=now), subject=row.id)

    node.store.commit(write)
    return chosen


def _within(facts: Running) -> int:
    wanted = audits(facts)
    return 0 if wanted is None else wanted.within_s


def _may(panel: Panel, answers: Sequence[object], account: Account, late: bool) -> bool:
    rows = cast(Sequence[seats.AnswerRow], answers)
    who = [row.account for row in rows]
    agreed = seats.enough(rows)
    return account in panels.open_seats(panel, who, agreed=agreed, late=late)
