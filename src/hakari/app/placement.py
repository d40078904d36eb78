"""Orders placed: a funded order becomes planned tasks, committed to and open for work."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import bids, challenges, continuing, desk, drafts, offices, quarantines, versions
from hakari.app import exams as sitting
from hakari.app.node import Node
from hakari.core import canonical, ids
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Malformed
from hakari.core.ids import Account
from hakari.core.statement import Statement, item_commitment
from hakari.people.book import may_sign
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.sources.kind import Kind, TaskSpec
from hakari.sources.table import KINDS
from hakari.work import calibration, doubt, exams, intake, orders, quality, sealed, stopping
from hakari.work import challenges as serving
from hakari.work.orders import Order
from hakari.work.records import OrderRow, TaskRow


def place_order(
    node: Node, statement: Statement, *, items: Sequence[Json], guideline: str, extra: Sequence[bytes]
) -> Receipt:
    """Record a funded order: its tasks are planned, committed to and open for work.

    items: what the kind's plan makes tasks of. guideline: the text whose SHA-256 the order names. extra: evidence that the spec names
    by digest (`listed`). Raises OrderNotFunded unless the chain holds the budget.
    """
    desk.expect(statement, "order")
    check_body("order", statement.body)
    desk.not_early(node, statement)
    order = orders.order(statement)
    with node.store.reading() as book:
        if book.statements.has(statement.id):
            return desk.receipt(node, statement)
        # Before anything that costs: a stranger's order must not make us plan, hash or keep a byte.
        may_sign(statement, book.statements.key(statement.key))
        node.accounts_pace.take(statement.author)
        desk.terms(book, order.pool)
        offices.pass_(node, book, order.pool)
        known = versions.of(book, order.pool)
    if order.deadline <= node.clock():
        raise Malformed(f"deadline must lie ahead, got {order.deadline}", pointer="/body/deadline")
    orders.check_bounds(order)
    terms = orders.check_terms(order, known)
    orders.check_funding(order, desk.funded(node, order.escrow_order))
    with node.store.reading() as book:
        _unclaimed(book, order)
        sitting.check_required(book, order)
        continuing.check(book, order, statement)
        challenges.check(book, order, said=statement.time)
    if "bid" in statement.body:
        with node.store.book() as book:
            bids.check_taken(book, order, statement)
    kind = KINDS.get(order.source)
    if kind is None:
        raise Malformed(f"source must be one of {sorted(KINDS)}, got {order.source!r}", pointer="/body/source")
    if order.quality.get("rules") not in (kind.rules, *kind.later):
        raise Malformed(
            f"rules must be one of {[kind.rules, *kind.later]}, got {order.quality.get('rules')!r}",
            pointer="/body/quality/rules",
        )
    if order.evidence not in kind.evidence:
        raise Malformed(
            f"evidence of a {kind.name} order must be one of {list(kind.evidence)}, got {order.evidence!r}",
            pointer="/body/evidence",
        )
    declared = quality.read(order.quality)
    doubt.check(order)
    sealed.check(order, declared)
    serving.check_order(order, declared)
    if declared is not None and declared.appeals is not None and order.evidence == "sealed":
        raise Malformed(
            "appeals need answers that jurors and verifiers can see: evidence must be open or keyed, got sealed",
            pointer="/body/quality/appeals",
        )
    if declared is None and {"challenges", "exam", "requires", "stopping"} & set(order.quality):
        raise Malformed(
            "an exam, and an order that requires one, serves challenges or stops early, must pay by merit: its rules",
            pointer="/body/quality/rules",
        )
    if declared is not None and declared.exam is not None:
        exams.check_order(order)
    calibration.check_order(order)
    own = {name: part for name, part in order.spec.items() if name != "listed"}
    try:
        canonical_spec = kind.spec(own)
    except Malformed as error:
        error.pointer = f"/body{error.pointer or '/spec'}"
        raise
    if canonical_spec != own:
        raise Malformed("spec must be in the kind's canonical form", pointer="/body/spec")
    digest = cast(dict[str, Json], statement.body["guideline"])["sha256"]
    got = hashlib.sha256(utf8(guideline, "/guideline")).hexdigest()
    if got != digest:
        raise Malformed(
            f"guideline must be the text whose SHA-256 the order names, {digest}, got one of {got}",
            pointer="/guideline",
        )
    stopping.check_order(order, kind)
    specs = kind.plan(order.spec, items)
    if not specs:
        raise Malformed("an order must have at least one task, got none", pointer="/items")
    calibration.check_tasks(order, len(specs))
    listed = _listed(order, extra, len(specs))
    handed = {hashlib.sha256(piece).hexdigest(): piece for piece in extra}
    _check_exam(order, kind, specs, handed)
    with node.store.reading() as book:
        salts = challenges.salts(book, order, specs, handed)
    most = _most(order, specs, listed)
    cost = sum(most) * orders.unit_cost(reward=order.reward, fee_bps=terms.fee_bps)
    cost += quality.cost(declared, tasks=len(specs), fee_bps=terms.fee_bps)
    if cost > order.budget:
        raise intake.OverBudget(
            f"budget must cover all answers in every role, {cost}, got {order.budget}", pointer="/body/budget"
        )
    early = None if declared is None else declared.stopping
    wanted = most if early is None else [early.first] * len(specs)
    planned = [_task(n, spec, count, salts) for n, (spec, count) in enumerate(zip(specs, wanted, strict=True))]
    lines = canonical.lines({"item": task.item, "n": task.n, "public": dict(task.public)} for task in planned)
    for piece in (guideline.encode(), *extra, lines):
        node.evidence(piece)
    drafts.keep_media(node, items)
    row = OrderRow(
        id=statement.id,
        pool=order.pool,
        escrow_order=order.escrow_order,
        buyer=order.buyer,
        source=order.source,
        tasks=len(planned),
        wanted=sum(wanted),
        answered=0,
        deadline=order.deadline,
        status="open",
    )
    said = node.sentence(
        "tasks", {"count": len(planned), "order": statement.id, "tasks": hashlib.sha256(lines).hexdigest()}
    )

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_sign(statement, book.statements.key_held(statement.key))
        quarantines.pass_(book, account=order.buyer)
        _unclaimed(book, order)
        offices.pass_(node, book, order.pool)
        bids.check_taken(book, order, statement)
        challenges.check(book, order, said=statement.time)
        book.statements.add(statement, subject=statement.id)
        book.orders.add(row, planned)
        book.statements.add(said, subject=statement.id)

    node.store.commit(write)
    return desk.receipt(node, statement)


def _unclaimed(book: Book, order: Order) -> None:
    if book.orders.of_escrow(order.escrow_order) is not None:
        raise Conflict(f"escrow order {order.escrow_order} has its order already", pointer="/body/escrow_order")


def utf8(text: str, pointer: str) -> bytes:
    """Return a text's bytes. Raises Malformed where it is no Unicode."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        got = f"got {text[error.start]!a} at character {error.start}"
        raise Malformed(f"text must be Unicode without lone surrogates, {got}", pointer=pointer) from error


def _listed(order: Order, extra: Sequence[bytes], tasks: int) -> list[tuple[Account, int]]:
    """Return who may answer what, of a `listed` order, from the evidence that its spec names."""
    if order.assignment != "listed":
        return []
    named = {hashlib.sha256(piece).hexdigest(): piece for piece in extra}
    digest = order.spec.get("listed")
    if not isinstance(digest, str) or digest not in named:
        raise Malformed(
            "a listed order must come with the evidence that spec.listed names", pointer="/body/spec/listed"
        )
    pairs: list[tuple[Account, int]] = []
    for number, line in enumerate(canonical.read_lines(named[digest]), 1):
        task = line.get("task")
        if not isinstance(task, int) or isinstance(task, bool) or not 0 <= task < tasks:
            raise Malformed(f"line {number}: task must be 0 to {tasks - 1}, got {task!r}", pointer="/extra")
        pairs.append((ids.account(line.get("account"), pointer="/extra"), task))
    if len(set(pairs)) != len(pairs):
        raise Malformed("a listed order must name each account and task once", pointer="/extra")
    return pairs


def _check_exam(order: Order, kind: Kind, specs: Sequence[TaskSpec], named: Mapping[str, bytes]) -> None:
    """Raise Malformed unless an exam comes with the right answers that it names. They are public from its verdicts on."""
    exam = quality.exam(order.quality)
    if exam is None:
        return
    exams.check_tasks(len(specs))
    if exam.truths not in named:
        raise Malformed(
            "an exam must come with the evidence that quality.exam.truths names", pointer="/body/quality/exam/truths"
        )
    exams.truths(canonical.read_lines(named[exam.truths]), kind, order.spec, [spec.public for spec in specs])


def _most(order: Order, specs: Sequence[TaskSpec], listed: Sequence[tuple[Account, int]]) -> list[int]:
    """Return the answers that each task gets at most."""
    if order.assignment != "listed":
        return [order.redundancy] * len(specs)
    counts = [0] * len(specs)
    for _, task in listed:
        counts[task] += 1
    return counts


def _task(n: int, spec: TaskSpec, wanted: int, salts: Mapping[int, str]) -> TaskRow:
    # What is served again keeps its salt: once both lists are out, equal commitments show anybody that the contents are the same.
    salt = salts.get(n) or secrets.token_urlsafe(18)
    item = item_commitment(data=cast(Json, spec.data), salt=salt)
    return TaskRow(n=n, item=item, public=spec.public, data=spec.data, salt=salt, wanted=wanted)
