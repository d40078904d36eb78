"""What people hand in at a node: session keys and answers; and what every request about an order starts from.

Each function is one request and one transaction: everything is checked before the first write.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import contents, offices, quarantines, versions
from hakari.app.node import Node
from hakari.core.errors import Forbidden, Malformed, Unknown
from hakari.core.statement import Statement
from hakari.people import receipts
from hakari.people.book import RevokedKey, TakenKey, UnknownKey, may_sign, may_use, signed
from hakari.people.delegation import check_delegation, check_revocation
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.sources.table import KINDS
from hakari.work import intake, orders, quality, reveals, sealed, seats
from hakari.work.intake import Opened, Running
from hakari.work.orders import Terms
from hakari.work.records import WORK

CLOCK_SKEW_S = 600
"""How far a statement's time may be ahead of ours."""


class EarlyStatement(Malformed):
    """A statement from the future."""

    code = "early_statement"


class WrongKind(Malformed):
    """A good statement at the wrong door."""

    code = "wrong_kind"


def delegate(node: Node, statement: Statement) -> Receipt:
    """Record a session key that an account delegates."""
    expect(statement, "delegation")
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
    expect(statement, "revocation")
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


def submit(node: Node, statement: Statement, answers: Sequence[Opened]) -> Receipt:
    """Record a batch of answers. The same statement again gives the same receipt and writes nothing."""
    expect(statement, "submission")
    check_body("submission", statement.body)
    not_early(node, statement)
    facts = running(node, str(statement.body["order"]), pointer="/body/order")
    if reveals.reveals(facts, intake.role_of(statement)):
        return _commit(node, facts, statement, answers)
    if "tasks" in statement.body:
        raise Malformed("tasks must not be named where answers are not committed first", pointer="/body/tasks")
    rows = intake.opened(facts, statement, answers)
    # The signature is checked outside the write lock, whose key it is inside.
    if not signed(statement):
        with node.store.reading() as book:
            may_sign(statement, book.statements.key(statement.key))
    # After the signature: nobody uses up what is somebody else's.
    node.accounts_pace.take(statement.author)
    contents.check(node, facts, statement.author, rows)

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_use(statement, book.statements.key(statement.key))
        quarantines.pass_(book, order=facts.order.id, account=statement.author)
        if intake.role_of(statement) == WORK:
            offices.pass_(node, book, facts.order.pool)
            intake.record(book, facts, statement, rows, now=node.clock())
        else:
            seats.record(book, facts, statement, rows)
        contents.keep(book, facts, statement.author, rows)

    node.store.together(write)
    return receipt(node, statement)


def _commit(node: Node, facts: Running, statement: Statement, answers: Sequence[Opened]) -> Receipt:
    """Record commitments alone: their openings come when they are called for, and are refused before."""
    if answers:
        raise reveals.OpenedEarly(
            "answers in this role are committed first; hand in no openings until they are called for",
            pointer="/answers",
        )
    rows, role = reveals.committed(facts, statement), intake.role_of(statement)
    node.accounts_pace.take(statement.author)

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_sign(statement, book.statements.key(statement.key))
        quarantines.pass_(book, order=facts.order.id, account=statement.author)
        if role == WORK:
            offices.pass_(node, book, facts.order.pool)
            sealed.commit(book, facts, statement, rows, now=node.clock())
            return
        # Held against a call that is said at the same moment: what it is of stands in earlier leaves.
        book.orders.held(facts.order.id)
        drawn = [each for each, _ in book.statements.about("draw", facts.order.id) if each.body["role"] == role]
        declared = quality.read(facts.order.quality)
        until = drawn[-1].time + declared.within_s(role) if drawn and declared is not None else 0
        seats.commit(book, facts, statement, rows, now=node.clock(), until=until)

    node.store.commit(write)
    return receipt(node, statement)


def serve(node: Node, statement: Statement) -> Receipt:
    """Record in which roles an account lets itself be drawn in a pool, and until when."""
    expect(statement, "service")
    check_body("service", statement.body)
    not_early(node, statement)

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_sign(statement, book.statements.key_held(statement.key))
        pool = cast(int, statement.body["pool"])
        terms(book, pool)
        book.statements.add(statement, subject=str(pool))

    node.store.commit(write)
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
        pool_terms = versions.under(book, parsed)
    facts = Running(
        order=parsed,
        kind=KINDS[parsed.source],
        publics=[publics[n] for n in range(row.tasks)],
        unit_cost=orders.unit_cost(reward=parsed.reward, fee_bps=pool_terms.fee_bps),
        seats_cost=quality.cost(quality.read(parsed.quality), tasks=row.tasks, fee_bps=pool_terms.fee_bps),
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
    """Return what the chain says of an escrow order of a buyer, or None. Raises OrderNotFunded where it is not deep enough yet."""
    newest = orders.funded(escrow_order, node.chain.call(node.contracts, "escrow", "order", [escrow_order]))
    if newest is None or not node.confirmations:
        return newest
    deep = node.chain.call(node.contracts, "escrow", "order", [escrow_order], block=max(0, node.confirmed()))
    found = orders.funded(escrow_order, deep)
    if found is None:
        raise orders.OrderNotFunded(
            f"escrow order {escrow_order} must be funded {node.confirmations} blocks deep, it is in a newer block; send the order "
            "again in a while",
            pointer="/body/escrow_order",
        )
    return found


def terms(book: Book, pool: int) -> Terms:
    """Return a pool's newest terms. Raises UnknownPool."""
    row = book.orders.pool(pool)
    if row is None:
        raise UnknownPool(f"pool must be one of this node's, got {pool}", pointer="/body/pool")
    return orders.terms(row.body)


def expect(statement: Statement, kind: str) -> None:
    """Raise WrongKind for a statement of another kind."""
    if statement.kind != kind:
        raise WrongKind(f"kind must be {kind!r} here, got {statement.kind!r}", pointer="/kind")


def not_early(node: Node, statement: Statement) -> None:
    """Raise EarlyStatement for a statement from the future."""
    latest = node.clock() + CLOCK_SKEW_S
    if statement.time > latest:
        raise EarlyStatement(f"time must be at most {latest}, got {statement.time}", pointer="/time")
