"""What a pool owes: its verdicts, sales and instalments with what each makes due, and the terms by which it is paid."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple, cast

from hakari.adapters.sql.store import Book
from hakari.app import lineage
from hakari.app.node import Node
from hakari.core import canonical, money
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.core.statement import Statement
from hakari.pay import lines as pay_lines
from hakari.pay import merits, settlements, slashes
from hakari.pay.lines import Debt, Sale, Settlement, Work
from hakari.pay.merits import Pay
from hakari.pay.settlements import Rule
from hakari.pay.slashes import Slash
from hakari.pay.vesting import Vesting
from hakari.work import orders
from hakari.work.orders import Order, Terms
from hakari.work.quality import BY_MERIT

KINDS = ("verdicts", "settlement", "slash", "sale", "instalment")
"""The kinds of statement that make something due."""


class Due(NamedTuple):
    """A statement at its leaf, what it makes due, and the chain time (Unix seconds) from which an epoch may take its money."""

    leaf: int
    what: Debt
    ready: int


def due(node: Node, book: Book, pool: int, since: int) -> list[Due]:
    """Return what the pool's statements of KINDS from leaf `since` on make due, by leaf."""
    found = [
        Due(leaf, what, ready)
        for statement, leaf in said(book, pool, since)
        if leaf is not None
        for what, ready in _made(node, book, statement)
    ]
    return sorted(found, key=lambda each: each.leaf)


def said(book: Book, pool: int, since: int) -> list[tuple[Statement, int | None]]:
    """Return the pool's statements of KINDS from leaf `since` on, but for verdicts whose settlements pay."""
    return [
        (statement, leaf)
        for kind in KINDS
        for statement, leaf in book.statements.about(kind, since=since)
        if statement.body.get("rules") not in BY_MERIT and pool_of(book, statement) == pool
    ]


def _made(node: Node, book: Book, statement: Statement) -> list[tuple[Debt, int]]:
    if statement.kind == "settlement":
        return [(_settlement(node, book, statement), 0)]
    if statement.kind == "slash":
        return [(_slash(node, book, statement), 0)]
    if statement.kind == "verdicts":
        return [(_work(book, statement), 0)]
    return _sale(book, statement) if statement.kind == "sale" else _instalment(book, statement)


def _settlement(node: Node, book: Book, statement: Statement) -> Settlement:
    order = book.orders.get(str(statement.body["order"]))
    assert order is not None  # settlements are said of recorded orders only
    return Settlement(
        cause=statement.id,
        source=order.escrow_order,
        amounts=pay_of(node, statement).due,
        fee=money.parse(statement.body["fee"]),
        free=money.parse(statement.body["free"]),
    )


def pay_of(node: Node, settlement: Statement) -> Pay:
    """Return the pay lines of a settlement."""
    return merits.read(canonical.read_lines(node.kept(str(settlement.body["pay"]))))


def judged_at(book: Book, settlement: Statement) -> int:
    """Return the time (Unix seconds) of the verdicts that a settlement is of."""
    found = book.statements.get(str(settlement.body["verdicts"]))
    assert found is not None  # a settlement names verdicts that stand
    return found[0].time


def settled(node: Node, book: Book, pool: int) -> list[tuple[Statement, Order, Pay, Rule]]:
    """Return the settlements of a pool in the order they were said, each with its order, pay lines and rule."""
    found: list[tuple[Statement, Order, Pay, Rule]] = []
    known = terms(book, pool)
    for statement, _ in book.statements.about("settlement"):
        ordered = book.statements.get(str(statement.body["order"]))
        assert ordered is not None  # settlements are said of recorded orders only
        order = orders.order(ordered[0])
        if order.pool == pool:
            rule = settlements.rule(order, known, said=judged_at(book, statement))
            found.append((statement, order, pay_of(node, statement), rule))
    return found


def _slash(node: Node, book: Book, statement: Statement) -> Slash:
    pool = pool_of(book, statement)
    assert pool is not None  # it is said of a settlement that stands here
    return slashes.of(
        cause=statement.id,
        source=cast(int, statement.body["income_order"]),
        income=money.parse(statement.body["income"]),
        account=Account(str(statement.body["account"])),
        settlement=str(statement.body["settlement"]),
        past=[
            slashes.Past(id=each.id, buyer=order.buyer, pay=pay, rule=rule, fee=money.parse(each.body["fee"]))
            for each, order, pay, rule in settled(node, book, pool)
        ],
    )


def anchored(book: Book, origin: str) -> dict[int, int]:
    """Return the time of the block in which each size of the log of this origin was first anchored, by ascending size."""
    # Contracts may serve several nodes: only our own log's anchors count.
    log_id = hashlib.sha256(origin.encode()).hexdigest()
    found: dict[int, int] = {}
    for event in book.chain.events(contract="anchor", event="Posted", having=("log_id", log_id)):
        found.setdefault(int(str(event.args["size"])), event.time)
    return found


def below(found: Iterable[Due], size: int, anchored: int) -> list[Debt]:
    """Return what an epoch of this size must pay: of instalments those that had vested when its checkpoint was anchored."""
    return [each.what for each in found if each.leaf < size and each.ready <= anchored]


def pool_of(book: Book, statement: Statement) -> int | None:
    """Return the pool that a statement of KINDS is of, None where its order or release is not known."""
    if statement.kind == "slash":
        found = book.statements.get(str(statement.body["settlement"]))
        return None if found is None else pool_of(book, found[0])
    if statement.kind in ("verdicts", "settlement"):
        order = book.orders.get(str(statement.body["order"]))
        return None if order is None else order.pool
    sale = statement if statement.kind == "sale" else _statement(book, str(statement.body["sale"]))
    release = book.releases.get(str(sale.body["release"]))
    return None if release is None else release.pool


def terms(book: Book, pool: int) -> Terms:
    """Return the terms of a pool of this node."""
    row = book.orders.pool(pool)
    assert row is not None  # only pools of this table come here
    return orders.terms(row.body)


def vesting(book: Book, sale: Statement) -> Vesting | None:
    """Return when the price of a sale is earned, as far as the chain was heard; None where all of it was when it was bought."""
    number = str(sale.body["income_order"])
    income = book.chain.events(contract="escrow", event="Income", having=("order", number))
    if not income:
        return None  # a free licence
    [opened], args = income, income[0].args
    if int(str(args["vest_to"])) <= opened.time:
        return None
    closing = book.chain.events(contract="escrow", event="Closing", having=("order", number))
    return Vesting(
        price=int(str(args["amount"])),
        start=int(str(args["vest_from"])),
        end=int(str(args["vest_to"])),
        stopped=int(str(closing[0].args["refund_at"])) if closing else None,
    )


def _statement(book: Book, id_: str) -> Statement:
    found = book.statements.get(id_)
    assert found is not None  # what the operator says refers to what it said
    return found[0]


def _work(book: Book, statement: Statement) -> Work:
    order = orders.order(_statement(book, str(statement.body["order"])))
    return Work(
        cause=statement.id,
        source=order.escrow_order,
        reward=order.reward,
        judged=cast(int, statement.body["count"]),
        accepted=book.answers.accepted_by_account(statement.id),
    )


def _sale(book: Book, statement: Statement) -> list[tuple[Debt, int]]:
    if vesting(book, statement) is not None:
        return []
    return [(_income(book, statement.id, statement, money.parse(statement.body["price"])), 0)]


def _instalment(book: Book, statement: Statement) -> list[tuple[Debt, int]]:
    sale = _statement(book, str(statement.body["sale"]))
    vests = vesting(book, sale)
    said = 0
    for earlier, _ in book.statements.about("instalment", sale.id):
        if earlier.id == statement.id:
            break
        said += money.parse(earlier.body["amount"])
    found = None if vests is None else vests.due(said, money.parse(statement.body["amount"]))
    return [] if found is None else [(_income(book, statement.id, sale, found[0]), found[1])]


def _income(book: Book, cause: StatementId, sale: Statement, amount: int) -> Sale:
    release = str(sale.body["release"])
    above = lineage.upwards(book, release)
    owners = {each: lineage.owners(book, each) for each in above}
    return Sale(
        cause=cause,
        source=cast(int, sale.body["income_order"]),
        price=Micros(amount),
        originator=owners[release].originator,
        weights=owners[release].weights,
        upstream=pay_lines.upstream(amount, release, above, owners),
    )
