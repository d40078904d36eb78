"""Money divides to the unit, whatever the weights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core import money
from hakari.core.errors import Malformed

weights = st.dictionaries(st.text(min_size=1, max_size=4), st.integers(0, 10**9), min_size=1, max_size=20).filter(
    lambda found: sum(found.values()) > 0
)


@given(st.integers(0, 2**95), weights)
def test_parts_sum_to_the_whole_and_are_within_one_unit_of_their_share(amount: int, found: dict[str, int]) -> None:
    parts = money.split(amount, found)
    total = sum(found.values())
    assert sum(parts.values()) == amount
    for key, weight in found.items():
        assert 0 <= parts.get(key, 0) - amount * weight // total <= 1
        assert weight or key not in parts


@given(st.integers(-(2**70), 2**100))
def test_a_node_keeps_amounts_of_64_bits_and_names_the_place_of_others(amount: int) -> None:
    if 0 <= amount < 2**63:
        assert money.kept(amount) == amount
    else:
        with pytest.raises(Malformed, match="below 2\\^63") as found:
            money.kept(amount, pointer="/body/budget")
        assert found.value.pointer == "/body/budget"


@pytest.mark.parametrize("amount", [2**63 - 1, 2**63, 2**96 - 1])
def test_the_edge_of_what_is_kept(amount: int) -> None:
    parsed = money.parse(str(amount))
    if amount < 2**63:
        assert money.kept(parsed) == amount
    else:
        with pytest.raises(Malformed):
            money.kept(parsed)


@given(st.integers(0, 10**12), weights)
def test_the_order_in_which_weights_come_changes_nothing(amount: int, found: dict[str, int]) -> None:
    assert money.split(amount, found) == money.split(amount, dict(reversed(found.items())))


def test_units_left_over_go_to_the_largest_remainders_then_to_the_lower_key() -> None:
    assert money.split(100, {"c": 1, "a": 1, "b": 1}) == {"a": 34, "b": 33, "c": 33}
    assert money.split(10, {"a": 1, "b": 3}) == {"a": 3, "b": 7}
    assert money.split(10, {"a": 1, "b": 2}) == {"a": 3, "b": 7}


@pytest.mark.parametrize("found", [{}, {"a": 0}, {"a": -1, "b": 2}])
def test_weights_that_divide_nothing_are_refused(found: dict[str, int]) -> None:
    with pytest.raises((Malformed, ValueError)):
        money.split(1, found)


@pytest.mark.parametrize(("text", "amount"), [("0", 0), ("40000", 40_000), (str(2**96 - 1), 2**96 - 1)])
def test_an_amount_is_a_decimal_string_of_micro_units(text: str, amount: int) -> None:
    assert money.parse(text) == amount


@pytest.mark.parametrize("text", ["", "00", "-1", "1.0", "+1", " 1", "1_0", "１", str(2**96), 40_000, None, True])
def test_anything_else_is_no_amount(text: object) -> None:
    with pytest.raises(Malformed, match="decimal string"):
        money.parse(text)


@pytest.mark.parametrize(
    ("amount", "shown"), [(0, "0"), (1, "0.000001"), (40_000, "0.04"), (1_234_500_000, "1,234.5"), (-1_500_000, "-1.5")]
)
def test_people_read_whole_tokens(amount: int, shown: str) -> None:
    assert money.show(amount) == shown
