"""Slashed money on its way to people: first the harmed buyer, never more than the proven loss, then the honest who worked beside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hakari.core import money
from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.pay.merits import Pay
from hakari.pay.settlements import Rule
from hakari.work.blind import REVIEW

WHY = "slash"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slash:
    """A `slash` statement that is due.

    cause: its id. source: the income order. income: micro-units. buyer, loss: who was harmed, and by how much at most. weights: the
    honest, by their accepted answers.
    """

    cause: StatementId
    source: int
    income: Micros
    buyer: Account
    loss: Micros
    weights: Mapping[Account, int]


def parts(slash: Slash) -> list[tuple[Account, int, str]]:
    """Return (account, micro-units, why) of slashed money; what nobody worked for stays in escrow."""
    harmed = min(slash.income, slash.loss)
    rest = slash.income - harmed
    split = money.split(rest, slash.weights) if rest and sum(slash.weights.values()) else {}
    return [(slash.buyer, harmed, WHY), *((account, int(part), WHY) for account, part in split.items())]


def fresh(pay: Pay, before: Iterable[Account]) -> dict[Account, int]:
    """Return whom a settlement convicts first, with the number of their answers in it. before: convicted earlier in the pool."""
    known = set(before)
    return {each.account: each.answers for each in pay.worked if each.convicted and each.account not in known}


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """A settlement of the pool: whose order it was of, what it paid, by which rule, with which fee on all of it."""

    id: str
    buyer: Account
    pay: Pay
    rule: Rule
    fee: Micros


def of(
    *, cause: StatementId, source: int, income: Micros, account: Account, settlement: str, past: Sequence[Past]
) -> Slash:
    """Return what slashed money of `account` becomes that `settlement` convicted. past: the pool's settlements, in log order.

    Raises Malformed where that settlement is not among them, or does not convict the account first.
    """
    at = next((n for n, each in enumerate(past) if each.id == settlement), None)
    if at is None:
        raise Malformed(f"settlement must be one of the pool's, got {settlement}")
    by = past[at]
    before = {line.account for each in past[:at] for line in each.pay.worked if line.convicted}
    if account not in fresh(by.pay, before):
        raise Malformed(f"settlement {settlement} must convict {account} first, it does not")
    return Slash(
        cause=cause,
        source=source,
        income=income,
        buyer=by.buyer,
        loss=loss(account, by, [each for each in past[: at + 1] if each.buyer == by.buyer]),
        weights=weights(by.pay),
    )


def loss(account: Account, by: Past, paid: Iterable[Past]) -> Micros:
    """Return what a convicted account cost the buyer of the order whose settlement convicts it.

    paid: all settlements of this buyer's orders so far, that one included: what they made due to the account, with its fee, was paid
    for work of somebody who is now known not to do it. Beside that its part of the audits that showed it: their pay and fee, by its
    share of all answers that they found wrong, rounded down. Reviews show nothing of it: of what blind answers cost theirs is left out.
    """
    due = sum(
        each.rule.cost(line.due)
        for each in paid
        for line in (*each.pay.worked, *each.pay.held)
        if line.account == account
    )
    wrong = sum(each.wrong for each in by.pay.worked)
    own = sum(each.wrong for each in by.pay.worked if each.account == account)
    work_fee = sum(by.rule.fee(each.due) for each in (*by.pay.worked, *by.pay.held))
    hidden = sum(each.due for each in by.pay.blind)
    shown = sum(each.due for each in by.pay.blind if each.role != REVIEW)
    audits = (hidden + by.fee - work_fee) * shown // hidden if hidden else 0
    return Micros(due + (audits * own // wrong if wrong else 0))


def weights(pay: Pay) -> dict[Account, int]:
    """Return who shares what is left: accepted answers of everyone in the settlement who is not convicted and earned, or audited."""
    found: dict[Account, int] = {}
    for each in pay.worked:
        if each.earned and not each.convicted:
            found[each.account] = found.get(each.account, 0) + each.accepted
    for blind in pay.blind:
        found[blind.account] = found.get(blind.account, 0) + blind.accepted
    return {account: count for account, count in sorted(found.items()) if count}
