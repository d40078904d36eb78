"""Who a settlement convicts, what is known of the accounts that it settles, and who is unfit as a reviewer after it."""

from dataclasses import replace

import pytest

from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay.settlements import Batch, Blind, Rule, Standing
from hakari.work import quality

RULE = Rule(reward=Micros(1_000), fee_each=Micros(0), margin_bps=1_000, hold=5, spread_bps=7_000, skill=(6_500, 100))
ORDER = "ab" * 32


def account(number):
    return Account(f"0x{number:040x}")


def batch(number, *, right, wrong):
    return Batch(account=account(number), answers=20, accepted=15, merit_bps=100_000, right=right, wrong=wrong)


def convicted(*batches):
    return {each.account for each in Standing().settle(ORDER, RULE, batches=batches).worked if each.convicted}


def test_a_lone_account_among_many_needs_more_evidence_than_one_alone():
    assert convicted(batch(0, right=0, wrong=6)) == {account(0)}
    crowd = [batch(number, right=6, wrong=1) for number in range(1, 40)]
    assert convicted(batch(0, right=0, wrong=6), *crowd) == set()
    assert convicted(batch(0, right=0, wrong=9), *crowd) == {account(0)}
    guilty = [batch(number, right=0, wrong=7) for number in range(16)]
    assert convicted(*guilty, *crowd[15:]) == {each.account for each in guilty}


def test_accounts_without_an_audited_answer_are_neither_convicted_nor_counted():
    crowd = [batch(number, right=0, wrong=0) for number in range(1, 400)]
    assert convicted(batch(0, right=0, wrong=6), *crowd) == {account(0)}
    standing = Standing()
    near = standing.settle(
        ORDER, RULE, batches=[batch(0, right=0, wrong=6), *[batch(n, right=6, wrong=1) for n in range(1, 40)]]
    )
    standing.take(ORDER, RULE, near)
    again = standing.settle(ORDER, RULE, batches=[batch(0, right=0, wrong=0)])
    assert not again.worked[0].convicted
    assert again.worked[0].statistic >= again.worked[0].threshold


REVIEWING = quality.read(
    {
        "rules": "label/2",
        **{"margin_bps": 1_000, "hold": 5, "spread_bps": 7_000, "min_skill_bps": 6_500, "alpha_bps": 100},
        "reviews": {"reward": "1000", "share_bps": 1_000, "unfit_bps": 100, "within_s": 3_600},
    }
)
assert REVIEWING is not None
assert REVIEWING.reviews is not None


def reviewed(*counts, role="review"):
    """A pool after settlements in which account n has so many (right, wrong) blind answers."""
    standing = Standing()
    for number, (right, wrong) in enumerate(counts):
        answers = Blind(
            account=account(number),
            role=role,
            answers=right + wrong,
            accepted=right,
            reward=Micros(9),
            fee_each=Micros(0),
        )
        standing.take(ORDER, RULE, standing.settle(ORDER, RULE, batches=[], blind=[answers]))
    return standing


def test_what_is_known_of_an_account_is_counted_by_role_over_all_its_settlements():
    standing = reviewed((3, 1))
    again = Blind(account=account(0), role="audit", answers=2, accepted=2, reward=Micros(9), fee_each=Micros(0))
    for order in (ORDER, "cd" * 32):
        said = standing.settle(order, RULE, batches=[batch(0, right=4, wrong=1)], blind=[again])
        standing.take(order, RULE, said)
    stricter = replace(RULE, skill=(8_000, 100))
    standing.take("ef" * 32, stricter, standing.settle("ef" * 32, stricter, batches=[batch(0, right=1, wrong=0)]))
    assert standing.counts(account(0)) == {"work": (9, 2), "review": (3, 1), "audit": (4, 0)}
    assert standing.counts(account(9)) == {}


def test_reviewers_are_left_out_of_reviews_by_what_came_out_alone_and_of_nothing_else():
    standing = reviewed((0, 8), (40, 9), (0, 2), (25, 40), (0, 0))
    assert standing.unfit(REVIEWING, "review") == {account(0), account(3)}
    assert standing.unfit(REVIEWING, "audit") == standing.unfit(REVIEWING, "jury") == set()
    older = replace(REVIEWING, reviews=replace(REVIEWING.reviews, unfit_bps=None))
    assert standing.unfit(older, "review") == set()
    assert standing.unfit(replace(REVIEWING, reviews=None), "review") == set()
    assert standing.convicted() == set()


def test_no_order_can_ask_so_much_that_one_or_two_reviews_leave_somebody_out():
    picky = replace(REVIEWING, min_skill_bps=9_999)
    honest = reviewed((0, 1), (0, 2), (45, 15), (9, 3))
    assert honest.unfit(picky, "review") == set()
    assert honest.unfit(picky, "review") == honest.unfit(REVIEWING, "review")
    lenient = replace(REVIEWING, min_skill_bps=4_000)
    assert reviewed((25, 40)).unfit(lenient, "review") == set()


@pytest.mark.parametrize("role", ["audit", "jury"])
def test_auditors_and_jurors_are_known_by_what_came_out_and_left_out_of_nothing(role):
    standing = reviewed((0, 30), role=role)
    assert standing.counts(account(0)) == {role: (0, 30)}
    assert standing.unfit(REVIEWING, "review") == standing.unfit(REVIEWING, role) == set()
