"""What people ask of a node: delegate a key, place an order, be given tasks, hand answers in, use a licence.

Each function is one request and one transaction: everything is checked before the first write.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app.node import Node
from hakari.core import canonical, ids
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Forbidden, HakariError, Malformed, Unknown
from hakari.core.ids import Account
from hakari.core.statement import BATCH, Statement, item_commitment
from hakari.people import receipts
from hakari.people.book import RevokedKey, TakenKey, UnknownKey, may_sign, may_use, signed
from hakari.people.delegation import check_delegation, check_revocation
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.sources.kind import TaskSpec
from hakari.sources.table import KINDS
from hakari.work import drawing, intake, orders
from hakari.work.intake import Opened, Running
from hakari.work.orders import Order, Terms
from hakari.work.records import OrderRow, TaskRow

CLOCK_SKEW_S = 600
"""How far a statement's time may be ahead of ours."""


class EarlyStatement(Malformed):
    """A statement from the future."""

    code = "early_statement"


class LogAway(HakariError):
    """The published log can't be read now. The request can be repeated."""

    code = "log_away"
    status = 503


class WrongKind(Malformed):
    """A good statement at the wrong door."""

    code = "wrong_kind"


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A task as its worker sees it."""

    task: int
    public: Mapping[str, Json]
    data: Mapping[str, Json]


def delegate(node: Node, statement: Statement) -> Receipt:
    """Record a session key that an account delegates."""
    _expect(statement, "delegation")
    session = check_delegation(statement, chain_id=node.settings.chain_id, origin=node.signer.name)
    not_early(node, statement)
    if statement.author == node.operator or "operate" in session.scopes:
        raise Forbidden(
            "the scope operate is the operator's, whose keys this node keeps itself", pointer="/body/scopes"
        )

    def write(book: Book) -> None:
        known = book.statements.key(session.key)
        if book.statements.has(statement.id):
            return
        if known is not None and known.account != session.account:
            raise TakenKey(f"key {session.key} belongs to another account", pointer="/body/session_key")
        if known is not None and known.revoked:
            raise RevokedKey(f"key {session.key} was revoked; delegate a new one", pointer="/body/session_key")
        if known is not None and session.nonce <= known.nonce:
            raise TakenKey(f"nonce must be above {known.nonce}, got {session.nonce}", pointer="/body/nonce")
        book.statements.add(statement, subject=statement.author)
        book.statements.keep_key(session)

    node.store.commit(write)
    return receipt(node, statement)


def revoke(node: Node, statement: Statement) -> Receipt:
    """Record that an account takes a session key back."""
    _expect(statement, "revocation")
    key = check_revocation(statement, chain_id=node.settings.chain_id, origin=node.signer.name)
    not_early(node, statement)

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        known = book.statements.key(key)
        if known is None or known.account != statement.author:
            raise UnknownKey(f"session_key must be one of {statement.author}, got {key}", pointer="/body/session_key")
        if known.revoked:
            raise RevokedKey(f"key {key} was revoked before", pointer="/body/session_key")
        book.statements.add(statement, subject=statement.author)
        book.statements.keep_key(replace(known, revoked=True))

    node.store.commit(write)
    return receipt(node, statement)


def place_order(
    node: Node, statement: Statement, *, items: Sequence[Json], guideline: str, extra: Sequence[bytes]
) -> Receipt:
    """Record a funded order: its tasks are planned, committed to and open for work.

    items: what the kind's plan makes tasks of. guideline: the text whose SHA-256 the order names. extra: evidence that the spec names
    by digest (`listed`). Raises OrderNotFunded unless the chain holds the budget.
    """
    _expect(statement, "order")
    check_body("order", statement.body)
    not_early(node, statement)
    order = orders.order(statement)
    with node.store.reading() as book:
        if book.statements.has(statement.id):
            return receipt(node, statement)
        # Before anything that costs: a stranger's order must not make us plan, hash or keep a byte.
        may_sign(statement, book.statements.key(statement.key))
        terms = _terms(book, order.pool)
    if order.deadline <= node.clock():
        raise Malformed(f"deadline must lie ahead, got {order.deadline}", pointer="/body/deadline")
    orders.check_terms(order, terms)
    orders.check_funding(order, funded(node, order.escrow_order))
    with node.store.reading() as book:
        _unclaimed(book, order)
    kind = KINDS.get(order.source)
    if kind is None:
        raise Malformed(f"source must be one of {sorted(KINDS)}, got {order.source!r}", pointer="/body/source")
    if order.quality.get("rules") != kind.rules:
        raise Malformed(
            f"rules must be {kind.rules!r}, got {order.quality.get('rules')!r}", pointer="/body/quality/rules"
        )
    own = {name: part for name, part in order.spec.items() if name != "listed"}
    try:
        canonical_spec = kind.spec(own)
    except Malformed as error:
        error.pointer = f"/body{error.pointer or '/spec'}"
        raise
    if canonical_spec != own:
        raise Malformed("spec must be in the kind's canonical form", pointer="/body/spec")
    digest = cast(dict[str, Json], statement.body["guideline"])["sha256"]
    got = hashlib.sha256(_utf8(guideline, "/guideline")).hexdigest()
    if got != digest:
        raise Malformed(
            f"guideline must be the text whose SHA-256 the order names, {digest}, got one of {got}",
            pointer="/guideline",
        )
    specs = kind.plan(order.spec, items)
    if not specs:
        raise Malformed("an order must have at least one task, got none", pointer="/items")
    listed = _listed(order, extra, len(specs))
    wanted = _wanted(order, specs, listed)
    cost = sum(wanted) * orders.unit_cost(reward=order.reward, fee_bps=terms.fee_bps)
    if cost > order.budget:
        raise intake.OverBudget(f"budget must cover all answers, {cost}, got {order.budget}", pointer="/body/budget")
    planned = [_task(n, spec, count) for n, (spec, count) in enumerate(zip(specs, wanted, strict=True))]
    lines = canonical.lines({"item": task.item, "n": task.n, "public": dict(task.public)} for task in planned)
    for piece in (guideline.encode(), *extra, lines):
        node.evidence(piece)
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
        _unclaimed(book, order)
        book.statements.add(statement, subject=statement.id)
        book.orders.add(row, planned)
        book.statements.add(said, subject=statement.id)

    node.store.commit(write)
    return receipt(node, statement)


def _unclaimed(book: Book, order: Order) -> None:
    if book.orders.of_escrow(order.escrow_order) is not None:
        raise Conflict(f"escrow order {order.escrow_order} has its order already", pointer="/body/escrow_order")


def _utf8(text: str, pointer: str) -> bytes:
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


def _wanted(order: Order, specs: Sequence[TaskSpec], listed: Sequence[tuple[Account, int]]) -> list[int]:
    if order.assignment != "listed":
        return [order.redundancy] * len(specs)
    counts = [0] * len(specs)
    for _, task in listed:
        counts[task] += 1
    return counts


def _task(n: int, spec: TaskSpec, wanted: int) -> TaskRow:
    salt = secrets.token_urlsafe(18)
    item = item_commitment(data=cast(Json, spec.data), salt=salt)
    return TaskRow(n=n, item=item, public=spec.public, data=spec.data, salt=salt, wanted=wanted)


def assign(node: Node, order: str, account: Account, *, count: int) -> list[Given]:
    """Give an account up to `count` (1 to 500) tasks that it has not answered; new ones are drawn where too few are open.

    The `assignment` statement is logged before the tasks are shown. Orders with assignment «open» show tasks without one.
    """
    if not 1 <= count <= BATCH:
        raise Malformed(f"count must be 1 to {BATCH}, got {count}", pointer="/count")
    facts = running(node, order)
    found = facts.order
    if found.assignment == "open":
        return _browse(node, facts, account, count)
    newest = (b"", 0) if found.assignment == "listed" else _shuffle(node, found, account)
    chosen: list[int] = []

    def write(book: Book) -> None:
        # Assignments of one order wait for each other, or two accounts would be given the last place of a task.
        _gives(book.orders.held(order), node.clock())
        before = book.orders.assigned(found.id, account)
        given = [task for task, _ in before]
        root, size = newest
        if before and before[0][1] != size:
            # Another request of this account was first and fixed its shuffle.
            size = before[0][1]
            root = node.log.root_at(size)
        standing = book.answers.standing(found.id, account, given) if given else set[int]()
        chosen[:] = [task for task in given if task not in standing][:count]
        missing = count - len(chosen)
        if not missing:
            return
        if found.assignment == "listed":
            fresh = [task for task in _listed_for(node, found, account) if task not in set(given)][:missing]
        else:
            fresh = drawing.drawn(
                root=root,
                order=found.id,
                account=account,
                wanted=book.orders.wanting(found.id),
                after=given[-1] if given else None,
                count=missing,
            )
        if fresh:
            book.orders.assign(found.id, account, fresh, size=size)
            body: dict[str, Json] = {"account": account, "order": found.id, "size": size, "tasks": list[Json](fresh)}
            book.statements.add(node.sentence("assignment", body), subject=found.id)
            chosen.extend(fresh)

    node.store.commit(write)
    with node.store.reading() as book:
        rows = {row.n: row for row in book.orders.tasks(found.id, chosen)}
    return [Given(task=n, public=rows[n].public, data=rows[n].data) for n in chosen]


def _gives(row: OrderRow | None, now: int) -> None:
    if row is None or row.status != "open" or now >= row.deadline:
        state = "none" if row is None else f"one that is {row.status} and ends at {row.deadline}"
        raise intake.OrderClosed(f"order gives tasks while it is open, got {state}")


def _browse(node: Node, facts: Running, account: Account, count: int) -> list[Given]:
    with node.store.reading() as book:
        _gives(book.orders.get(facts.order.id), node.clock())
        wanting = book.orders.unfilled(facts.order.id)
        standing = book.answers.standing(facts.order.id, account, wanting)
        chosen = [n for n in wanting if n not in standing][:count]
        rows = book.orders.tasks(facts.order.id, chosen)
    return [Given(task=row.n, public=row.public, data=row.data) for row in rows]


def _shuffle(node: Node, order: Order, account: Account) -> tuple[bytes, int]:
    """Return the log root and size that fix an account's shuffle: those of its first assignment, or of now."""
    with node.store.reading() as book:
        before = book.orders.assigned(order.id, account)
    checkpoint = node.log.checkpoint()
    if checkpoint is None:
        # Nothing is drawn from a root that nobody has seen: the log is about to be published for the first time, or again.
        raise LogAway("the log is not published at this moment; ask again in a few seconds")
    size = before[0][1] if before else checkpoint.size
    return node.log.root_at(size), size


def _listed_for(node: Node, order: Order, account: Account) -> list[int]:
    digest = str(order.spec["listed"])
    known = node.listed.get(digest)
    if known is None:
        known = {}
        for line in canonical.read_lines(node.kept(digest)):
            known.setdefault(str(line["account"]), []).append(cast(int, line["task"]))
        node.listed[digest] = known
    return known.get(account, [])


def submit(node: Node, statement: Statement, answers: Sequence[Opened]) -> Receipt:
    """Record a batch of answers. The same statement again gives the same receipt and writes nothing."""
    _expect(statement, "submission")
    check_body("submission", statement.body)
    not_early(node, statement)
    facts = running(node, str(statement.body["order"]), pointer="/body/order")
    rows = intake.opened(facts, statement, answers)
    # The signature is checked outside the write lock, whose key it is inside.
    if not signed(statement):
        with node.store.reading() as book:
            may_sign(statement, book.statements.key(statement.key))

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_use(statement, book.statements.key(statement.key))
        intake.record(book, facts, statement, rows, now=node.clock())

    node.store.together(write)
    return receipt(node, statement)


def receipt(node: Node, statement: Statement) -> Receipt:
    """Return the node's signed promise to include a recorded statement."""
    now = node.clock()
    return receipts.make(node.signer, statement=statement.id, time=now, include_by=now + node.settings.include_s)


def running(node: Node, order: str, *, pointer: str | None = None) -> Running:
    """Return what does not change while an order runs. Raises Unknown where there is no such order."""
    known = node.running.get(order)
    if known is not None:
        return known
    with node.store.reading() as book:
        found = book.statements.get(order)
        row = book.orders.get(order)
        if found is None or row is None:
            raise UnknownOrder(f"order must be one of this node's, got {order[:80]!r}", pointer=pointer)
        parsed = orders.order(found[0])
        publics = book.orders.publics(parsed.id)
        terms = _terms(book, parsed.pool)
    facts = Running(
        order=parsed,
        kind=KINDS[parsed.source],
        publics=[publics[n] for n in range(row.tasks)],
        unit_cost=orders.unit_cost(reward=parsed.reward, fee_bps=terms.fee_bps),
    )
    node.running[order] = facts
    return facts


class UnknownOrder(Unknown):
    """An order that this node does not run."""

    code = "unknown_order"


class UnknownPool(Unknown):
    """A pool that this node does not serve."""

    code = "unknown_pool"


def funded(node: Node, escrow_order: int) -> orders.Funded | None:
    """Return what the chain says of an escrow order of a buyer, or None."""
    found = node.chain.call(node.contracts, "escrow", "order", [escrow_order])
    return orders.funded(escrow_order, found)


def _terms(book: Book, pool: int) -> Terms:
    row = book.orders.pool(pool)
    if row is None:
        raise UnknownPool(f"pool must be one of this node's, got {pool}", pointer="/body/pool")
    return orders.terms(row.body)


def _expect(statement: Statement, kind: str) -> None:
    if statement.kind != kind:
        raise WrongKind(f"kind must be {kind!r} here, got {statement.kind!r}", pointer="/kind")


def not_early(node: Node, statement: Statement) -> None:
    """Raise EarlyStatement for a statement from the future."""
    latest = node.clock() + CLOCK_SKEW_S
    if statement.time > latest:
        raise EarlyStatement(f"time must be at most {latest}, got {statement.time}", pointer="/time")
