"""Settlements said: what an order's newest verdicts pay by merit, and what became of pay that it held."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import appeals, auditing, careers, challenges, desk, dues, gold, promises, versions
from hakari.app.aside import Aside
from hakari.app.careers import Kept
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.statement import Statement
from hakari.pay import merits, settlements
from hakari.pay.settlements import HOLD_S, Batch, Blind, Rule, Standing
from hakari.sources.kind import Answer, Verdict
from hakari.work import blind, quality
from hakari.work.challenges import Carried
from hakari.work.orders import Order
from hakari.work.records import OrderRow

OVER = "settled:"
"""The beginning of the names of notes: of orders that have said all but what becomes of pay that they hold."""


def settle(node: Node, pool: int) -> bool:
    """Say the next settlement of a pool, if any is due. One at a time: each stands on those before it."""
    with node.store.reading() as book:
        rows = [row for status in ("jury", "judged") for row in book.orders.with_status(status) if row.pool == pool]
        notes, kept = book.notes.beginning(OVER), careers.kept(node, book, pool)
    rows = [row for row in rows if _open(node, notes.get(f"{OVER}{row.escrow_order}"), kept, row)]
    by_merit = [row for row in rows if quality.read(desk.running(node, row.id).order.quality) is not None]
    if not by_merit:
        return False
    aside = Aside(node, "answer")
    for row in by_merit:
        answer = partial(appeals.answer, node, row)
        if row.status == "judged" and aside.do("order", row.escrow_order, answer, otherwise=False):
            return True
        again = partial(gold.mark_again, node, row)
        if row.status == "judged" and aside.do("order", row.escrow_order, again, otherwise=False):
            return True
    aside = Aside(node, "merit")
    made, over = None, dict[OrderRow, dict[str, Json]]()
    with node.store.reading() as book:
        for row in by_merit:
            say = partial(_settlement, node, book, row, kept.standing)
            made = aside.do("order", row.escrow_order, say, otherwise=None)
            if made is not None:
                break
            note = _over(book, row)
            if note is not None and f"{OVER}{row.escrow_order}" not in notes:
                over[row] = note
    if made is None and not over:
        return False
    with node.store.book() as book:
        for row, note in over.items():
            book.notes.put(f"{OVER}{row.escrow_order}", note)
        if made is None:
            return False
        row, statement = made
        # Another worker's settlement would have changed what this one stands on.
        if book.statements.count("settlement") != kept.count or promises.crowded(book, pool):
            return False
        return book.statements.add(statement, subject=row.id)


def _open(node: Node, note: Mapping[str, Json] | None, kept: Kept, row: OrderRow) -> bool:
    """Tell whether an order may have something to say. Where it is over, only pay that it held can move."""
    if note is None or row.id in kept.moving:
        return True
    return row.id in kept.holding and node.clock() >= cast(int, note["first"]) + HOLD_S


def _over(book: Book, row: OrderRow) -> dict[str, Json] | None:
    """Return the note of an order that has nothing to say now and never will but of pay that it holds; None of any other."""
    verdicts = book.statements.about("verdicts", row.id)
    said = {str(each.body["verdicts"]) for each, _ in book.statements.about("settlement", row.id)}
    if row.status != "judged" or not verdicts or verdicts[-1][0].id not in said:
        return None
    waiting = len(book.statements.about("appeal", row.id)) - len(book.statements.about("outcome", row.id))
    return None if waiting else {"first": verdicts[0][0].time}


def _settlement(node: Node, book: Book, row: OrderRow, standing: Standing) -> tuple[OrderRow, Statement] | None:
    order = desk.running(node, row.id).order
    verdicts = book.statements.about("verdicts", row.id)
    if not verdicts or verdicts[-1][1] is None:
        return None
    terms = versions.under(book, order)
    rule = settlements.rule(order, terms, said=verdicts[-1][0].time)
    said = [each for each, _ in book.statements.about("settlement", row.id)]
    final = row.status == "judged" and not any(each.body["verdicts"] == verdicts[-1][0].id for each in said)
    carried = challenges.carried(node, book, order, size=cast(int, verdicts[-1][0].body["size"]))
    batches = _batches(node, book, order, said, rule=rule, final=row.status == "judged", carried=carried)
    hidden = _blind(book, order, terms.fee_bps, carried) if final else []
    expired = node.clock() >= verdicts[0][0].time + HOLD_S
    pay = standing.settle(row.id, rule, batches=batches, blind=hidden, expired=expired)
    if not pay:
        return None
    body: dict[str, Json] = {
        "fee": str(standing.fees(rule, pay, hidden)),
        "free": str(
            standing.freed(row.id, rule, pay, hidden, seats=desk.running(node, row.id).seats_cost if final else 0)
        ),
        "order": row.id,
        "paid": str(sum(amount for _, amount, _ in pay.due)),
        "pay": node.evidence(merits.evidence(pay)),
        "verdicts": verdicts[-1][0].id,
    }
    return row, node.sentence("settlement", body)


def _batches(
    node: Node, book: Book, order: Order, said: Sequence[Statement], *, rule: Rule, final: bool, carried: Carried
) -> list[Batch]:
    """Return the work of every account that is not settled yet.

    While a jury sits (not final) those wait who answered a task that is appealed.
    """
    known = blind.audited(_hidden(book, order), carried.known)
    judged = _judged(book, order)
    disputed = {} if final else auditing.appealed(book, order.id)
    return settlements.unsettled(
        settlements.sheets(judged) if rule.exam or not rule.proves else settlements.batches(judged, known, carried),
        [dues.pay_of(node, each) for each in said],
        waiting={each.account for each, _ in judged if each.task in disputed},
    )


def _blind(book: Book, order: Order, fee_bps: int, carried: Carried) -> list[Blind]:
    return settlements.blind_batches(
        _hidden(book, order),
        judged=_judged(book, order),
        rewards=quality.rewards(order.quality),
        fee_bps=fee_bps,
        carried=carried,
    )


def _judged(book: Book, order: Order) -> list[tuple[Answer, Verdict]]:
    return [(row.judged.answer, row.judged.verdict) for row in book.answers.judged(order.id)]


def _hidden(book: Book, order: Order) -> list[tuple[str, Answer]]:
    return [(row.role, row.given) for row in book.answers.blind(order.id) if row.leaf is not None]
