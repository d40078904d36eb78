"""Audits and reviews on their way: tasks and panels drawn once an order's answers are anchored, seats given, answers awaited."""

from collections.abc import Collection, Sequence
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import careers, desk, funding, judgement, opening, promises, rotation
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement
from hakari.pay import aiming
from hakari.pay.chain import ChainEvent
from hakari.pay.settlements import Standing
from hakari.work import aim, panels, quality, reveals, seats
from hakari.work.intake import Running
from hakari.work.panels import Kin, Lot, Panel
from hakari.work.quality import Audits, Quality
from hakari.work.records import WORK, AnswerRow, OrderRow
from hakari.work.reveals import Committed
from hakari.work.service import roster

AUDIT, REVIEW, JURY = "audit", "review", "jury"


def audits(facts: Running) -> Audits | None:
    """Return what an order declares of audits, or None where it has none."""
    declared = quality.read(facts.order.quality)
    return None if declared is None else declared.audits


def roles(facts: Running, status: str) -> list[str]:
    """Return the drawn roles that an order asks for while it has a status, in the order in which they are drawn."""
    declared = quality.read(facts.order.quality)
    return [
        role
        for role, theirs in seats.STATUS.items()
        if theirs == status and declared is not None and declared.asked(role) is not None
    ]


def begin(node: Node, order: OrderRow) -> bool:
    """Take no more answers of an order whose work is done: its audits and reviews are drawn next."""
    with node.store.book() as book:
        now = book.orders.held(order.id)
        if now is None or now.status not in ("open", "closing") or now.answered != order.answered:
            return False
        book.orders.uncount(order.id, opening.unopened(book, desk.running(node, order.id)))
        book.orders.mark(order.id, "auditing")
    return True


def advance(node: Node, order: OrderRow) -> bool:
    """Bring an order's audits and reviews one step forward: anchor, draw, or judge when the answers are in or time is over."""
    asked = roles(desk.running(node, order.id), order.status)
    if any([call(node, order, role) for role in asked]):
        return True
    if all(complete(node, order, role) for role in asked):
        return judgement.judge(node, order)
    return any(draw(node, order, role) for role in asked)


def call(node: Node, order: OrderRow, role: str) -> bool:
    """Call for the openings of a drawn role that are due. Returns whether anything was said."""
    with node.store.reading() as book:
        drawn = drawing(book, order.id, role)
    facts = desk.running(node, order.id)
    if drawn is None:
        return False
    return opening.call(node, order, role, over=node.clock() >= drawn.time + _within(facts, role))


def complete(node: Node, order: OrderRow, role: str) -> bool:
    """Return whether the answers of a drawn role are in, or its time is over, and verdicts may be said."""
    with node.store.reading() as book:
        drawn = drawing(book, order.id, role)
        if drawn is None:
            return False
        answers = seats.given(book, order.id, role)
        facts = desk.running(node, order.id)
        busy = promises.crowded(book, order.pool) or opening.waiting(node, book, facts, role)
    placed = all(row.leaf is not None for rows in answers.values() for row in rows)
    done = all(seats.enough(facts, role, answers.get(each.task, ())) for each in panels_of(node, drawn))
    return placed and not busy and (done or node.clock() >= drawn.time + _within(facts, role))


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


def anchored(node: Node, last: int) -> tuple[ChainEvent, str] | None:
    """Return the first anchor that covers leaf `last` with the hash of its block, or None until the log says of it."""
    with node.store.reading() as book:
        anchor = anchor_of(node, book, last)
        reported = book.chain.mark("reported") or 0
    if anchor is None or anchor.block > reported:
        return None
    hash_ = node.chain.block_hash(anchor.block)
    return None if hash_ is None else (anchor, hash_)


def ask_anchor(node: Node, last: int) -> bool:
    """Ask for an anchor that covers leaf `last`, unless there is one. Returns whether anything was asked for."""
    with node.store.reading() as book:
        if anchor_of(node, book, last) is not None:
            return False
    checkpoint = node.log.checkpoint()
    return checkpoint is not None and checkpoint.size > last and promises.anchor(node)


def awaited(node: Node, book: Book) -> bool:
    """Tell whether a draw waits for its anchor to be in the log."""
    return any(
        drawing(book, order.id, role) is None
        for status in sorted(set(seats.STATUS.values()))
        for order in book.orders.with_status(status)
        for role in roles(desk.running(node, order.id), status)
    )


def appealed(book: Book, order: StatementId) -> dict[int, int]:
    """Return the tasks of which somebody appealed, each with the leaf of the newest appeal, -1 where one has none yet."""
    tasks = {(row.leaf, row.n): row.task for row in book.answers.worked(order)}
    found: dict[int, int] = {}
    for said, leaf in book.statements.about("appeal", order):
        task = tasks[cast(int, said.body["leaf"]), cast(int, said.body["n"])]
        before = found.get(task, 0)
        found[task] = -1 if leaf is None or before < 0 else max(before, leaf)
    return found


def draw(node: Node, order: OrderRow, role: str) -> bool:
    """Draw tasks and panels for a role once the log over all that is drawn over is anchored. Returns whether anything was done."""
    facts = desk.running(node, order.id)
    with node.store.reading() as book:
        if drawing(book, order.id, role) is not None:
            return False
        if role == REVIEW and audits(facts) is not None and drawing(book, order.id, AUDIT) is None:
            return False
        work = book.answers.worked(order.id)
        over = appealed(book, order.id) if role == JURY else {row.task: cast(int, row.leaf) for row in work}
        if not work or not over:
            return judgement.judge(node, order)
        if min(over.values()) < 0:
            return False
        last = max([*over.values(), *(cast(int, row.leaf) for row in work)])
        if reveals.reveals(facts, WORK):
            # Who chooses what to open must not know what is audited.
            last = max(last, opening.last(book, order.id))
        told = funding.said(book, order.id) if funding.asked(facts) else None
    if funding.asked(facts):
        if told is None:
            return funding.say(node, order)
        if told[1] is None:
            return False
        # Whoever chooses when to look for payments must not know what is audited.
        last = max(last, told[1])
    found = anchored(node, last)
    if found is None:
        return ask_anchor(node, last)
    anchor, hash_ = found
    size = int(str(anchor.args["size"]))
    with node.store.reading() as book:
        before = drawing(book, order.id, AUDIT) if role == REVIEW else None
        lot = _lot(facts, role, over, [] if before is None else panels_of(node, before))
        made = _panels(node, book, facts, lot, size=size, anchor=anchor, block_hash=hash_)
    lines = canonical.lines(each.line() for each in made)
    body: dict[str, Json] = {
        "block": anchor.block,
        "block_hash": hash_,
        "order": order.id,
        "panels": node.evidence(lines),
        "role": role,
        "size": size,
    }
    with node.store.book() as book:
        if drawing(book, order.id, role) is not None:
            return False
        book.statements.add(node.sentence("draw", body), subject=order.id)
    return True


def _lot(facts: Running, role: str, over: Collection[int], audited: Sequence[Panel]) -> Lot:
    tasks = {each.task for each in audited}
    return panels.lot(_declared(facts), role, tasks=len(facts.publics), appealed=over, audited=tasks)


def _declared(facts: Running) -> Quality:
    declared = quality.read(facts.order.quality)
    assert declared is not None  # only orders by merit are drawn over
    return declared


def _panels(
    node: Node, book: Book, facts: Running, lot: Lot, *, size: int, anchor: ChainEvent, block_hash: str
) -> Sequence[Panel]:
    order, declared = facts.order, _declared(facts)
    offers = book.statements.about("service", str(order.pool))
    said = [each for each, leaf in offers if leaf is not None and leaf < size]
    workers = {row.account for row in book.answers.worked(order.id)} | {
        Account(str(each.body["account"]))
        for each, _ in book.statements.about("assignment", order.id)
        if "role" not in each.body
    }
    standing, kin = (
        careers.standing(node, book, order.pool, below=size),
        careers.groups(node, book, order.pool, below=size),
    )
    # Reviewers are drawn beside auditors, for other tasks; jurors are none of all who answered before.
    before = book.orders.assignees(order.id) if lot.role == JURY else set[Account]()
    barred = (
        workers
        | before
        | {order.buyer, *rotation.operators(book)}
        | standing.convicted()
        | standing.unfit(declared, lot.role)
    )
    return panels.draw(
        panels.seed(root=bytes.fromhex(str(anchor.args["root"])), block_hash=block_hash, order=order.id, role=lot.role),
        among=lot.among,
        count=lot.count,
        roster=roster(said, role=lot.role, at=anchor.time) - barred,
        seats=lot.places,
        kin=kin,
        workers=workers,
        weights=_weights(node, book, facts, standing, kin, below=size) if lot.aimed else (),
        by_weight=lot.aimed,
    )


def _weights(node: Node, book: Book, facts: Running, standing: Standing, kin: Kin, *, below: int) -> list[int]:
    """Return the weight of each task in a draw, from statements with leaf < below."""
    declared = _declared(facts)
    assigned, sent = (
        [said for said, leaf in book.statements.about(kind, facts.order.id) if leaf is not None and leaf < below]
        for kind in ("assignment", "submission")
    )
    given = aim.gathered(
        (
            (Account(str(said.body["account"])), said.time, cast(list[int], said.body["tasks"]))
            for said in assigned
            if "role" not in said.body
        ),
        (
            (said.author, said.time, len(cast(list[str], said.body["commitments"])))
            for said in sent
            if "role" not in said.body
        ),
    )
    linked = funding.linked(node, book, facts, aim.answering(given))
    parts = aiming.parts(given, declared=declared, standing=standing, kin=kin, linked=linked)
    return aim.weights(parts, len(facts.publics))


def give(node: Node, facts: Running, row: OrderRow, account: Account, *, count: int) -> dict[str, dict[int, int]]:
    """Return up to `count` tasks that a drawn account may answer now, by the role that it may in, each with the second until which.

    Each is recorded as assigned before it is shown. No task is given in two roles.
    """
    given: dict[str, dict[int, int]] = {}
    for role in roles(facts, row.status):
        left = count - sum(len(tasks) for tasks in given.values())
        if left:
            given[role] = _give(node, facts, row, account, role=role, count=left)
    return given


def _give(node: Node, facts: Running, row: OrderRow, account: Account, *, role: str, count: int) -> dict[int, int]:
    chosen: dict[int, int] = {}

    def write(book: Book) -> None:
        chosen.clear()
        standing, now = book.orders.held(row.id), node.clock()
        drawn = drawing(book, row.id, role)
        if standing is None or standing.status != row.status or drawn is None:
            return
        answers = seats.given(book, row.id, role)
        late, over = (now >= drawn.time + part for part in (_within(facts, role) // 2, _within(facts, role)))
        if over:
            return
        if reveals.reveals(facts, role):
            taken = opening.taken(node, book, facts, role)
            open_ = [
                each.task
                for each in panels_of(node, drawn)
                if _may_commit(
                    each,
                    taken.get(each.task),
                    account,
                    wanted=seats.places(facts, role, answers.get(each.task, ())),
                    late=late,
                )
            ]
        else:
            open_ = [
                each.task
                for each in panels_of(node, drawn)
                if _may(facts, role, each, answers.get(each.task, ()), account, late=late)
            ]
        before = {each.task for each in book.orders.assigned(row.id, account, role)}
        chosen.update(dict.fromkeys(open_[:count], drawn.time + _within(facts, role)))
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


def _within(facts: Running, role: str) -> int:
    declared = quality.read(facts.order.quality)
    return 0 if declared is None else declared.within_s(role)


def _may_commit(
    panel: Panel,
    taken: tuple[Sequence[Committed], Collection[Account]] | None,
    account: Account,
    *,
    wanted: int,
    late: bool,
) -> bool:
    """Return whether an account of a panel may commit an answer now. taken: what stands committed, and whose openings came too late."""
    stands, gone = taken or ((), ())
    left = Panel(task=panel.task, accounts=tuple(each for each in panel.accounts if each not in gone))
    return account in panels.open_seats(left, [each.account for each in stands], wanted=wanted, late=late)


def _may(
    facts: Running, role: str, panel: Panel, answers: Sequence[AnswerRow], account: Account, *, late: bool
) -> bool:
    who = [row.account for row in answers]
    return account in panels.open_seats(panel, who, wanted=seats.wanted(facts, role, answers), late=late)
