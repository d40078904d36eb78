"""Sealed audits and the orders that serve them again: what is refused, what is carried over, and what counts for whom."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.pay import settlements
from hakari.sources.kind import Answer, Verdict
from hakari.truth.judgement import DIFFERS_FROM_AUDIT
from hakari.work import blind, challenges, doubt, quality
from hakari.work.orders import Calibration, Order
from hakari.work.quality import LONGEST_S

DAY = 86_400
BASE = {
    "alpha_bps": 100,
    "hold": 4,
    "margin_bps": 1000,
    "min_skill_bps": 8000,
    "rules": "label/2",
    "spread_bps": 7000,
}
SEALED = {"reward": "90000", "share_bps": 10_000, "within_s": DAY, "sealed_s": 5 * DAY}
SERVED = {**BASE, "challenges": {"of": "ab" * 32, "places": "cd" * 32}}
STOCK = Order(
    id=StatementId("ab" * 32),
    pool=1,
    terms_version=1,
    escrow_order=1,
    buyer=Account("0x" + "b" * 40),
    source="label",
    spec={"config": "<View/>"},
    quality={**BASE, "audits": SEALED},
    guideline=1,
    assignment="drawn",
    redundancy=2,
    reward=Micros(40_000),
    budget=Micros(10**9),
    deadline=10 * DAY,
    evidence="keyed",
    title="A stock",
    guideline_sha256="ef" * 32,
)
ORDER = replace(STOCK, id=StatementId("bc" * 32), quality=SERVED, redundancy=10, title="It serves the stock")
ADA, BEN = Account("0x" + "a" * 40), Account("0x" + "c" * 40)


def check(order=ORDER, stock=STOCK, *, said=DAY, served=0):
    challenges.check_order(order, quality.read(order.quality))
    challenges.check_stock(order, stock, said=said, served=served)


def test_an_order_may_serve_a_stock_up_to_thirty_times():
    check(served=20)
    with pytest.raises(Malformed, match="at most 10, got 11"):
        check(replace(ORDER, redundancy=11), served=20)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"assignment": "listed"}, "/body/assignment"),
        ({"assignment": "open"}, "/body/assignment"),
        ({"evidence": "sealed"}, "/body/evidence"),
        ({"calibration": Calibration(tasks=1, word_s=60)}, "/body/calibration"),
        ({"buyer": ADA}, challenges.OF),
        ({"pool": 2}, challenges.OF),
        ({"spec": {"config": "<View></View>"}}, challenges.OF),
        ({"guideline_sha256": "00" * 32}, "/body/guideline"),
        ({"guideline": 2}, "/body/guideline"),
        ({"decided_seconds": 2 * DAY}, "/body/decided_seconds"),
    ],
)
def test_an_order_that_could_not_be_judged_by_the_stock_is_refused(changed, pointer):
    with pytest.raises(Malformed) as caught:
        check(replace(ORDER, **changed))
    assert caught.value.pointer == pointer


def test_what_is_served_must_be_sealed_and_end_before_escrow_gives_the_order_back():
    open_ = {name: value for name, value in SEALED.items() if name != "sealed_s"}
    with pytest.raises(Malformed, match="whose audits are sealed"):
        check(stock=replace(STOCK, quality={**BASE, "audits": open_}))
    last = STOCK.deadline + DAY + 5 * DAY
    check(said=last - LONGEST_S)
    with pytest.raises(Malformed, match=f"got up to {LONGEST_S + 1}"):
        check(said=last - LONGEST_S - 1)


def test_a_stock_may_be_listed_and_not_open_to_everybody():
    challenges.check_order(replace(STOCK, assignment="listed"), quality.read(STOCK.quality))
    with pytest.raises(Malformed, match=r"\['drawn', 'listed'\], got 'open'"):
        challenges.check_order(replace(STOCK, assignment="open"), quality.read(STOCK.quality))


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({**SERVED, "audits": SEALED}, "can't seal its own"),
        ({**BASE, "audits": {**SEALED, "within_s": LONGEST_S}}, "together"),
        ({**BASE, "audits": {**SEALED, "sealed_s": 0}}, "sealed_s"),
        ({**SERVED, "exam": {"pass_bps": 5000, "truths": "00" * 32}}, "challenges"),
        ({**BASE, "challenges": {"of": "ab" * 32}}, "places"),
    ],
)
def test_quality_that_does_not_go_together_is_refused(declared, said):
    with pytest.raises(Malformed, match=said):
        quality.read(declared)


def test_the_time_by_which_all_is_decided_covers_the_seal():
    least = DAY + 5 * DAY + doubt.SLACK_S
    doubt.check(replace(STOCK, decided_seconds=least))
    with pytest.raises(Malformed, match=f"at least {least}"):
        doubt.check(replace(STOCK, decided_seconds=least - 1))


@given(st.integers(1, 12), st.integers(0, 12), st.randoms(use_true_random=False))
def test_mixed_items_are_found_again_at_their_places(stock, more, random):
    own = stock + more
    shuffled = list(range(own + stock))
    random.shuffle(shuffled)
    mine, theirs = [f"own {n}" for n in range(own)], [f"stock {n}" for n in range(stock)]
    items, lines = challenges.mixed(mine, theirs, shuffled=shuffled, salts=["s" * 24] * stock)
    at = challenges.places(lines, stock=stock, tasks=own + stock)
    assert sorted(items) == sorted([*mine, *theirs])
    assert challenges.unlike(at, items, theirs) == []
    assert {items[n] for n in at} == set(theirs)


def line(task, of, salt="s" * 24):
    return {"of": of, "salt": salt, "task": task}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([line(0, 0)], "every task of the stock must have one place, 2 of them, got 1 at 1"),
        ([line(0, 0), line(1, 0)], "got 1 at 2"),
        ([line(0, 0), line(1, 1), line(2, 1)], "got 2 at 3"),
        ([line(1, 0), line(0, 1)], "line 2"),
        ([line(0, 0), line(4, 1)], "line 2"),
        ([line(0, 0), line(1, 2)], "line 2"),
        ([line(0, False), line(1, 1)], "line 1"),
        ([line(0, 0, "short"), line(1, 1)], "line 1: salt must be"),
        ([{**line(0, 0), "more": 1}, line(1, 1)], "line 1"),
    ],
)
def test_places_that_are_not_one_for_each_task_of_the_stock_are_refused(lines, said):
    with pytest.raises(Malformed, match=said):
        challenges.places(lines, stock=2, tasks=4)


def test_half_of_the_tasks_at_least_are_the_orders_own():
    lines = [line(0, 0), line(1, 1)]
    assert challenges.places(lines, stock=2, tasks=4) == {0: 0, 1: 1}
    with pytest.raises(Malformed, match="expected 4 tasks or more, got 3"):
        challenges.places(lines, stock=2, tasks=3)


def answer(account, task, value="bad", leaf=5):
    return Answer(account=account, task=task, answer={"mood": value}, leaf=leaf, n=task)


def test_what_the_stock_knew_is_known_unless_the_orders_own_audit_or_jury_says_otherwise():
    carried = challenges.carried({3: 0, 5: 1, 6: 2}, {0: {"mood": "good"}, 2: {"mood": "good"}}, [])
    assert carried.known == {3: {"mood": "good"}, 6: {"mood": "good"}}
    audits = [("audit", answer(ADA, 3)), ("audit", answer(BEN, 3))]
    assert blind.audited(audits, carried.known)[3] == {"mood": "bad"}
    jury = [("jury", answer(ADA, 6)), ("jury", answer(BEN, 6))]
    assert blind.audited(jury, carried.known)[6] == {"mood": "bad"}
    reviews = [
        ("review", answer(ADA, 3)),
        ("review", answer(BEN, 3)),
        ("review", answer(ADA, 5)),
        ("review", answer(BEN, 5)),
    ]
    assert blind.decided(reviews, carried.known) == {3: {"mood": "good"}, 5: {"mood": "bad"}, 6: {"mood": "good"}}


def test_a_content_counts_once_for_an_account():
    carried = challenges.carried({3: 0, 5: 1}, {0: {"mood": "good"}, 1: {"mood": "good"}}, [{(ADA, 0)}, {(BEN, 7)}])
    assert carried.sat == {(ADA, 3)}
    wrong = Verdict(accepted=False, score_bps=0, reason=DIFFERS_FROM_AUDIT, merit_bps=-10_000)
    right = Verdict(accepted=True, score_bps=10_000, reason="agrees", merit_bps=10_000)
    judged = [(answer(who, task), wrong if task == 3 else right) for who in (ADA, BEN) for task in (3, 5)]
    first, second = settlements.batches(judged, carried.known, carried)
    assert (first.wrong, first.right, first.answers, first.merit_bps) == (0, 1, 2, 0)
    assert (second.wrong, second.right, second.answers) == (1, 1, 2)
    assert settlements.batches(judged, {3, 5})[0].wrong == 1, "without a stock everything counts as ever"


def test_only_orders_with_sealed_audits_keep_their_tasks_back():
    assert challenges.held_back(STOCK.quality)
    assert challenges.held_back(SERVED)
    assert not challenges.held_back(BASE)
    assert not challenges.held_back({"rules": "label/1"})
