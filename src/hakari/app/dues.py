"""What a pool owes: its verdicts, sales and instalments with what each makes due, and the terms by which it is paid."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple, cast

from hakari.adapters.sql.store import Book
from hakari.app import inviting, lineage, versions
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
from hakari.work import invitations, orders
from hakari.work.orders import Order
from hakari.work.quality import BY_MERIT

KINDS = ("verdicts", "settlement", "slash", "sale", "instalment")
"""The kinds of statement that make something due."""


class Due(NamedTuple):
    """A statement at its leaf, what it makes due, and the chain time (Unix seconds) from which an epoch may take its money.

    version: of the terms that its money is under.
    """

    leaf: int
    what: Debt
    ready: int
    version: int


def since(book: Book, pool: int) -> dict[int, int]:
    """Return for each version of a pool's terms the leaf below which nothing that is under it is left to put into an epoch."""
    found = {version: book.chain.mark(clear(pool, version)) or 0 for version in versions.said(book, pool)}
    unmet, row = set(found), book.payouts.last(pool)
    # Sizes never fall: an epoch below all that is left to look for tells nothing more.
    while row is not None and unmet and cast(int, row.body["size"]) > min(found[version] for version in unmet):
        version, size = cast(int, row.body["terms_version"]), cast(int, row.body["size"])
        if version in unmet:
            unmet.remove(version)
            found[version] = max(found[version], size)
        row = book.payouts.get(pool, row.number - 1)
    return found


def clear(pool: int, version: int) -> str:
    """Return the name of the mark that says from which leaf on there may be something due under a version of a pool's terms."""
    return f"clear:{pool}:{version}"


def due(node: Node, book: Book, pool: int, since: Mapping[int, int]) -> list[Due]:
    """Return what the pool's statements of KINDS make due, by leaf: for each version of `since` from that leaf on."""
    known, invited = versions.of(book, pool), inviting.first(book, pool)
    found: list[Due] = []
    for statement, leaf, version in said(book, pool, since):
        if leaf is None:
            continue
        for what, ready in _made(node, book, statement):
            if isinstance(what, Work | Settlement):
                terms = known[version].invites
                paid = invitations.running(invited, terms, what.accounts, leaf=leaf, time=statement.time)
                found.append(Due(leaf, replace(what, invited=paid), ready, version))
            else:
                found.append(Due(leaf, what, ready, version))
    return sorted(found, key=lambda each: each.leaf)


def said(book: Book, pool: int, since: Mapping[int, int]) -> list[tuple[Statement, int | None, int]]:
    """Return the pool's statements of KINDS with their versions of terms, but for verdicts whose settlements pay.

    Of each version in `since` those from that leaf on.
    """
    found: list[tuple[Statement, int | None, int]] = []
    for kind in KINDS:
        for statement, leaf in book.statements.about(kind, since=min(since.values(), default=0)):
            if statement.body.get("rules") in BY_MERIT or pool_of(book, statement) != pool:
                continue
            version = _version(book, statement)
            if version is not None and version in since and (leaf is None or leaf >= since[version]):
                found.append((statement, leaf, version))
    return found


def _version(book: Book, statement: Statement) -> int | None:
    """Return which version of its pool's terms a statement of KINDS is under; None of a licence that cost nothing."""
    if statement.kind in ("verdicts", "settlement"):
        return orders.order(_statement(book, str(statement.body["order"]))).terms_version
    paid = statement if statement.kind != "instalment" else _statement(book, str(statement.body["sale"]))
    income = book.chain.events(contract="escrow", event="Income", having=("order", str(paid.body["income_order"])))
    return int(str(income[0].args["terms_version"])) if income else None


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
    known = versions.of(book, pool)
    for statement, _ in book.statements.about("settlement"):
        ordered = book.statements.get(str(statement.body["order"]))
        assert ordered is not None  # settlements are said of recorded orders only
        order = orders.order(ordered[0])
        if order.pool == pool:
            rule = settlements.rule(order, known[order.terms_version], said=judged_at(book, statement))
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


def below(found: Iterable[Due], version: int, size: int, anchored: int) -> list[Debt]:
    """Return what an epoch of these terms and this size must pay: of instalments those that had vested when it was anchored."""
    return [each.what for each in found if each.version == version and each.leaf < size and each.ready <= anchored]


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
