"""Who a settlement convicts."""

from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay.settlements import Batch, Rule, Standing

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
