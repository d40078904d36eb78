"""Extra shares of early answers: golden numbers, caps that hold, and money that splits to the unit."""

from hypothesis import given
from hypothesis import strategies as st

from hakari.core import money
from hakari.core.ids import Account
from hakari.core.money import BPS
from hakari.pay.lines import early_shares, shares
from hakari.work.orders import Early

ADA, BEN, CHO = (Account("0x" + digit * 40) for digit in "abc")
EARLY = Early(answers=5, extra_bps=5000, most=3)


def test_the_golden_numbers() -> None:
    accepted, first = [{ADA: 4, BEN: 2}, {CHO: 3}], [{ADA: 4, BEN: 1}, {CHO: 3}]
    assert early_shares(accepted, first, EARLY) == {ADA: 55_000, BEN: 25_000, CHO: 45_000}
    split = money.split(1_000_003, early_shares(accepted, first, EARLY))
    assert split == {ADA: 440_001, BEN: 200_001, CHO: 360_001}


def test_without_early_terms_an_answer_weighs_one() -> None:
    assert early_shares([{BEN: 2, ADA: 4}], [{ADA: 4}], None) == {ADA: 4, BEN: 2} == shares([{ADA: 4, BEN: 2}])


counts = st.dictionaries(
    st.sampled_from([ADA, BEN, CHO]), st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1
)


@given(
    batches=st.lists(counts, min_size=1, max_size=4),
    early=st.builds(Early, answers=st.integers(1, 50), extra_bps=st.integers(1, BPS), most=st.integers(1, 50)),
    amount=st.integers(0, 10**15),
)
def test_caps_hold_and_sums_are_exact(batches: list[dict[Account, tuple[int, int]]], early: Early, amount: int) -> None:
    accepted = [{who: count for who, (count, _) in each.items()} for each in batches]
    first = [{who: min(pair) for who, pair in each.items()} for each in batches]
    weights, plain = early_shares(accepted, first, early), shares(accepted)
    assert weights.keys() == plain.keys()
    for who, count in plain.items():
        extra = weights[who] - BPS * count
        assert 0 <= extra <= early.extra_bps * min(count, early.most)
    assert sum(money.split(amount, weights).values()) == amount
