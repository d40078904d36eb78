"""What an operator should have said long ago and did not. Silence is no lie, but it holds up people's money: it is named apart.

Every date follows from the log and the chain alone, so that whoever looks with the same clock names the same things.
"""

from collections.abc import Iterable, Iterator

from hakari.core import money
from hakari.core.errors import Malformed
from hakari.core.ids import StatementId
from hakari.pay.lines import Debt, Settlement, Work
from hakari.pay.settlements import HOLD_S
from hakari.pay.slashes import Slash
from hakari.verify.docket import Docket
from hakari.verify.dues import Dues, income
from hakari.verify.ends import lacking
from hakari.verify.ledger import OrderFile
from hakari.verify.replay import Replay
from hakari.verify.report import Overdue
from hakari.verify.sheets import exam_of
from hakari.work import blind, doubt, quality
from hakari.work.quality import BY_MERIT, CALLS, Quality

LATE_S = 7 * 86_400
"""Seconds after which something due is overdue: as long as the chain waits (DEAD) before anyone may propose in the operator's place."""


def overdue(docket: Docket, pools: Iterable[Dues], clock: int) -> list[Overdue]:
    """Return all that has been due for LATE_S by this clock (Unix seconds) and is not said, oldest first.

    pools: what each pool owes, what accepted epochs paid taken out.
    """
    found: list[Overdue] = []
    for file in docket.log.ledger.orders.values():
        found += _of_order(docket, file)
    if docket.replay is not None:
        found += _of_chain(docket, docket.replay, clock)
        for each in pools:
            found += _epoch(docket.replay, each)
    late = [each for each in found if each.since + LATE_S <= clock]
    return sorted(late, key=lambda each: (each.since, each.what, each.where))


def _of_order(docket: Docket, file: OrderFile) -> Iterator[Overdue]:
    where, declared = file.order.id, _declared(file)
    if file.submissions and file.judged < len(file.submissions):
        # Orders that say by when they are decided have a check of their own.
        if doubt.until(file.order) is None:
            yield Overdue(where=where, what="verdicts", since=_due(docket, file))
        return
    if not file.rulings:
        return
    first, newest = file.rulings[0].placed, file.rulings[-1].placed
    over = first.time + (declared.appeals.window_s if declared is not None and declared.appeals is not None else 0)
    if file.appeals and len(file.rulings) == 1:
        yield Overdue(where=where, what="verdicts of the jury", since=over + _waits(declared, blind.JURY))
        return
    if len(file.outcomes) < len(file.appeals):
        yield Overdue(where=where, what="outcomes of appeals", since=newest.time)
    if file.order.quality["rules"] not in BY_MERIT:
        return
    if newest.id not in {each.text("verdicts") for each in file.settlements}:
        yield Overdue(where=where, what="settlement", since=max(over, newest.time))
    pays = [docket.pays[each.id] for each in file.settlements if each.id in docket.pays]
    held = sum(each.held for pay in pays for each in pay.worked)
    if held > sum(each.due + each.lost for pay in pays for each in pay.held):
        yield Overdue(where=where, what="settlement of pay that was held", since=first.time + HOLD_S)


def _due(docket: Docket, file: OrderFile) -> int:
    """Return from when on first verdicts of an order are due: where it serves another's sealed audits, not before that one's."""
    declared = _declared(file)
    due = _answered(docket, file) + max(_waits(declared, role) for role in ("audit", blind.REVIEW))
    if declared is None or declared.challenges is None:
        return due + (0 if declared is None else declared.sealed_s)
    stock = docket.log.ledger.orders[declared.challenges.of]
    return max(due, stock.rulings[0].placed.time if stock.rulings else _due(docket, stock))


def _declared(file: OrderFile) -> Quality | None:
    try:
        return quality.read(file.order.quality)
    except Malformed:
        return None  # named with the order


def _answered(docket: Docket, file: OrderFile) -> int:
    """Return from when on an order's answers wait for their verdicts: all are in, or its deadline is over."""
    missing = lacking(docket, file, docket.log.ledger.size)
    if missing is None or missing > 0:
        return file.order.deadline
    return min(max(each.time for each in file.submissions), file.order.deadline)


def _waits(declared: Quality | None, role: str) -> int:
    """Return how long a drawn role may take: for its answers, a third where two differ, and to open what was committed."""
    if declared is None:
        return 0
    opening = CALLS * declared.reveal.within_s if declared.reveal is not None and declared.reveals(role) else 0
    return 2 * declared.within_s(role) + opening


def _of_chain(docket: Docket, replay: Replay, clock: int) -> Iterator[Overdue]:
    ledger = docket.log.ledger
    ours = {pool for pool, _ in ledger.pools}
    for key, since in replay.bound.items():
        if key[0] in ours and key not in ledger.pools and replay.logs[key] == docket.log_id:
            yield Overdue(where=f"pool {key[0]}", what=f"version {key[1]} of its terms", since=since)
    sold = {each.number("licence"): each for each in ledger.sales}
    for number, licence in replay.licences.items():
        known = StatementId(replay.offers[licence.offer].release) in ledger.releases
        if licence.price and number not in sold and known:
            yield Overdue(where=f"licence {number}", what="sale", since=licence.bought)
    yield from _instalments(docket, replay, clock)
    slashed = {each.number("case") for each in ledger.slashes}
    for number, case in replay.cases.items():
        if case.order and number not in slashed and StatementId(case.evidence) in ledger.settlements:
            yield Overdue(where=f"case {number}", what="slash", since=replay.order(case.order).opened)
    for file in ledger.orders.values():
        exam = exam_of(file)
        sheets = {each.author: each.time for each in file.submissions} if exam is not None else {}
        for account, since in sheets.items():
            answers = sum(len(each) for each in file.submissions if each.author == account)
            if account not in file.results and answers >= file.task_count:
                yield Overdue(where=account, what=f"result of exam {file.order.id}", since=since)


def _instalments(docket: Docket, replay: Replay, clock: int) -> Iterator[Overdue]:
    said: dict[StatementId, int] = {}
    for placed in docket.log.ledger.instalments:
        sale = StatementId(placed.text("sale"))
        said[sale] = said.get(sale, 0) + money.parse(placed.body["amount"])
    for sale in docket.log.ledger.sales:
        order = income(docket, replay, sale)
        before = clock - LATE_S
        if order is None or not order.vests:
            continue
        done = said.get(sale.id, 0)
        due = order.vesting.due(done, order.vesting.instalment(done, before))
        if due is not None:
            yield Overdue(where=sale.id, what="instalment", since=due[1])


def _epoch(replay: Replay, pool: Dues) -> Iterator[Overdue]:
    """What waits for an epoch, one for each version of the terms; a pool whose slot is taken waits for people, not the operator."""
    accepted = replay.accepted.get(pool.pool, [])
    idle = accepted[-1].window_ends if accepted else 0
    if pool.pool in replay.open:
        return
    for version in sorted({each.terms_version for each in pool.all}):
        waiting = [each for each in pool.open() if each.terms_version == version and _pays(each.what)]
        if waiting:
            oldest = min(waiting, key=lambda each: max(each.said, each.ready))
            yield Overdue(
                where=f"pool {pool.pool}",
                what=f"epoch under version {version} of its terms, for {oldest.cause}",
                since=max(oldest.said, oldest.ready, idle),
            )


def _pays(what: Debt | None) -> bool:
    """Tell whether an epoch of this alone would pay or free something; None is named where it can't be read."""
    if what is None:
        return False
    if isinstance(what, Work):
        return what.judged > 0
    if isinstance(what, Settlement):
        return bool(sum(amount for _, amount, _ in what.amounts) + what.fee + what.free)
    return what.income > 0 if isinstance(what, Slash) else what.price > 0
