"""Vesting: the contract's numbers, and instalments that never promise what escrow would refuse."""

from hypothesis import given
from hypothesis import strategies as st

from hakari.pay.vesting import Vesting

YEAR = Vesting(price=1_000, start=100, end=200)


def test_a_price_vests_evenly_and_rounds_down() -> None:
    assert [YEAR.vested(at) for at in (0, 100, 101, 150, 199, 200, 999)] == [0, 0, 10, 500, 990, 1000, 1000]
    assert Vesting(price=7, start=0, end=3).vested(1) == 2


def test_a_cliff_vests_all_at_its_end() -> None:
    cliff = Vesting(price=1_000, start=103, end=103)
    assert [cliff.vested(at) for at in (102, 103)] == [0, 1000]
    assert cliff.due(0, 1_000) == (1_000, 103)
    assert cliff.instalment(0, 102) == 0


def test_a_withdrawal_stops_the_clock() -> None:
    stopped = Vesting(price=1_000, start=100, end=200, stopped=130)
    assert stopped.vested(10**6) == 300
    assert Vesting(price=1_000, start=100, end=200, stopped=90).vested(10**6) == 0


def test_an_instalment_is_a_tenth_or_what_is_left() -> None:
    assert YEAR.instalment(0, 109) == 0
    assert YEAR.instalment(0, 110) == 100
    assert YEAR.instalment(950, 199) == 0
    assert YEAR.instalment(950, 200) == 50
    stopped = Vesting(price=1_000, start=100, end=200, stopped=109)
    assert stopped.instalment(0, 109) == 90
    assert stopped.instalment(90, 10**6) == 0


def test_what_was_said_too_much_is_due_to_nobody() -> None:
    assert YEAR.due(0, 2_000) == (1_000, 200)
    assert YEAR.due(1_000, 1) is None
    stopped = Vesting(price=1_000, start=100, end=200, stopped=130)
    assert stopped.due(0, 1_000) == (300, 130)
    assert stopped.due(300, 700) is None


@given(
    st.integers(1, 10**12),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 2 * 10**6) | st.none(),
    st.lists(st.integers(1, 10**12), max_size=6),
)
def test_whatever_is_said_is_vested_when_it_is_due_and_not_before(
    price: int, start: int, span: int, stopped: int | None, amounts: list[int]
) -> None:
    vesting = Vesting(price=price, start=start, end=start + span, stopped=stopped)
    said = paid = 0
    for amount in amounts:
        found = vesting.due(said, amount)
        said += amount
        if found is None:
            continue
        paid += found[0]
        assert found[0] > 0
        # the contract pays it at that second, and refuses it one second earlier
        assert vesting.vested(found[1]) >= paid > vesting.vested(found[1] - 1)
    assert paid == min(said, vesting.vested(10**12))


@given(st.integers(1, 10**12), st.integers(1, 10**4), st.lists(st.integers(0, 11_000), max_size=30))
def test_instalments_say_the_whole_price_once(price: int, span: int, moments: list[int]) -> None:
    vesting = Vesting(price=price, start=0, end=span)
    said, count = 0, 0
    for at in [*sorted(moments), span]:
        amount = vesting.instalment(said, at)
        said, count = said + amount, count + (amount > 0)
        assert said <= vesting.vested(at)
    assert said == price
    assert count <= 11
