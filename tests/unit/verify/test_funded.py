"""Who was paid by whom stands behind an order's last answer and before its draws, and pay claimed to another account counts too."""

from types import SimpleNamespace

import pytest

from hakari.pay.chain import ChainEvent
from hakari.verify import transfers
from hakari.verify.funding import take_funding
from hakari.verify.ledger import Ledger, OrderFile
from hakari.verify.order_life import take_draw, take_submission
from hakari.verify.placed import Misplaced, Placed, Submission
from hakari.verify.replay import Replay
from hakari.work.funding import RECENT, Transfer

A, B, C, PATRON, SINK = (f"0x{n:040x}" for n in range(1, 6))
AUDITS = {"aimed_bps": 5000, "funding": True, "reward": "1", "share_bps": 5000, "within_s": 60}
QUALITY = {
    "alpha_bps": 100,
    "audits": AUDITS,
    "hold": 20,
    "margin_bps": 1000,
    "min_skill_bps": 6500,
    "rules": "label/2",
    "spread_bps": 100,
}
ORDER = "ab" * 32


def placed(leaf, **body):
    return Placed(leaf=leaf, id=f"{leaf:064x}", author=A, time=1000 + leaf, body={"order": ORDER, **body})


def ledger(audits=AUDITS, *, answers=(A, B)):
    """A log of nine leaves with one order of eight tasks, answered by these accounts, and the chain restated up to block 40."""
    order = SimpleNamespace(id=ORDER, pool=1, quality={**QUALITY, "audits": audits})
    file = OrderFile(order=order, placed=placed(2), terms=None, tasks=placed(3), task_count=8)
    file.submissions += [
        Submission(leaf=4 + n, id=f"{4 + n:064x}", author=who, time=1004, commitments=bytes(32))
        for n, who in enumerate(answers)
    ]
    return Ledger(node={}, orders={ORDER: file}, chains=[placed(1, to=20), placed(8, to=40)])


def said(leaf=9, block=40):
    return placed(leaf, block=block, transfers="0" * 64)


def draw(leaf=11, size=10):
    return placed(leaf, role="audit", size=size)


def test_it_is_said_once_and_then_drawn():
    log = ledger()
    take_funding(log, said())
    take_draw(log, draw())
    assert log.orders[ORDER].funding.leaf == 9


@pytest.mark.parametrize("block", [20, 39, 41])
def test_the_operator_does_not_choose_when_to_look(block):
    with pytest.raises(Misplaced, match="block of funding: expected 40"):
        take_funding(ledger(), said(block=block))


def test_no_draw_comes_without_it_where_the_order_asks_for_it():
    with pytest.raises(Misplaced, match="draw: expected after the order's funding"):
        take_draw(ledger(), draw())
    take_draw(ledger({name: value for name, value in AUDITS.items() if name != "funding"}), draw())


def test_nothing_is_looked_up_for_nothing():
    for audits in (
        {name: value for name, value in AUDITS.items() if name != "funding"},
        {**AUDITS, "share_bps": 2000},  # one audited task: none of it is aimed
    ):
        with pytest.raises(Misplaced, match="of an order whose aimed audits ask for it"):
            take_funding(ledger(audits), said())
    with pytest.raises(Misplaced, match="after answers"):
        take_funding(ledger(answers=()), said())


def test_no_second_one_none_after_the_draw_and_no_answer_behind_it():
    log = ledger()
    take_funding(log, said())
    with pytest.raises(Misplaced, match="once"):
        take_funding(log, said(leaf=10))
    with pytest.raises(Misplaced, match="before the order's funding and draw"):
        take_submission(log, placed(10, commitments=["0" * 64], guideline=1))


def docket(log, *, recorded=(), claims=()):
    replay = Replay()
    for n, (account, recipient, block) in enumerate(claims):
        args = {"account": account, "amount": "0", "cumulative": "0", "fee": "0", "pool": "1", "recipient": recipient}
        replay.take(
            ChainEvent(
                block=block, index=n, contract="payouts", event="Claimed", address=C, tx="0" * 64, time=1, args=args
            )
        )
    kept = [
        Transfer(block=1, index=n, payer=x, payee=y, amount=10**6, tx="0" * 64) for n, (x, y) in enumerate(recorded)
    ]
    return SimpleNamespace(log=SimpleNamespace(ledger=log), replay=replay, transfers={ORDER: kept})


def tied(**told):
    log = ledger()
    take_funding(log, said())
    return transfers.linked(docket(log, **told), log.orders[ORDER], {A, B, C})


@pytest.mark.parametrize(
    ("pool", "leaf", "between", "counts"),
    [
        (1, 5, RECENT - 2, True),
        (1, 5, RECENT - 1, False),
        (2, 5, 0, False),
        (1, 100, 0, False),
    ],
    ids=["the last that counts", "too many since", "of another pool", "said later"],
)
def test_records_of_the_pool_up_to_the_orders_own_count(pool, leaf, between, counts):
    log = ledger()
    take_funding(log, said(leaf=90))
    own = log.orders[ORDER]
    for n, (where, at) in enumerate([(pool, leaf), *((1, 10 + n) for n in range(between))]):
        order = SimpleNamespace(id=f"{n:064x}", pool=where, quality=own.order.quality)
        log.orders[order.id] = OrderFile(order=order, placed=placed(2), terms=None, funding=said(leaf=at))
    told = docket(log, recorded=[(PATRON, A)])
    told.transfers[f"{0:064x}"] = docket(log, recorded=[(PATRON, B)]).transfers[ORDER]
    assert transfers.linked(told, own, {A, B, C}) == ({A, B} if counts else frozenset())


def test_pay_claimed_to_one_account_ties_as_if_it_had_been_sent_there():
    assert tied(claims=[(A, SINK, 30), (B, SINK, 40)]) == {A, B}
    assert tied(claims=[(A, B, 30)]) == {A, B}
    assert tied(recorded=[(C, SINK)], claims=[(A, SINK, 30)]) == {A, C}
    # Later than what was looked up, by nobody of the order, to oneself.
    assert tied(claims=[(A, SINK, 30), (B, SINK, 41)]) == frozenset()
    assert tied(claims=[(PATRON, A, 30), (PATRON, B, 30)]) == frozenset()
    assert tied(claims=[(A, A, 30), (B, B, 30)]) == frozenset()
