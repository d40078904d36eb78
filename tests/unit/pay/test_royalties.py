"""Royalties: the golden numbers of both policies, exact sums, and graphs that can't be paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core.errors import Malformed
from hakari.pay.royalties import Parent, RoyaltyTooHigh, absolute, relative

CHAIN = {"C": [Parent(work="B", bps=1000)], "B": [Parent(work="A", bps=500)]}
DIAMOND = {
    "D": [Parent(work="B", bps=1000), Parent(work="C", bps=2000)],
    "B": [Parent(work="A", bps=500)],
    "C": [Parent(work="A", bps=500)],
}


def test_the_absolute_policy_gives_the_published_numbers() -> None:
    # Story Protocol's example: A 5 % → B 10 % → C, C earns 1,000,000
    assert absolute(1_000_000, "C", CHAIN) == {"A": 50_000, "B": 100_000, "C": 850_000}


def test_the_relative_policy_gives_the_published_numbers() -> None:
    assert relative(1_000_000, "C", CHAIN) == {"A": 5_000, "B": 95_000, "C": 900_000}


def test_both_policies_agree_where_one_work_derives_directly() -> None:
    assert absolute(100, "B", CHAIN) == relative(100, "B", CHAIN) == {"A": 5, "B": 95}
    assert absolute(100, "A", CHAIN) == relative(100, "A", CHAIN) == {"A": 100}


def test_an_ancestor_on_two_ways_is_owed_for_both() -> None:
    assert absolute(1_000_000, "D", DIAMOND) == {"A": 100_000, "B": 100_000, "C": 200_000, "D": 600_000}
    assert relative(1_000_000, "D", DIAMOND) == {"A": 15_000, "B": 95_000, "C": 190_000, "D": 700_000}


def test_what_rounding_leaves_stays_with_the_child() -> None:
    assert absolute(19, "C", CHAIN) == {"B": 1, "C": 18}
    assert relative(199, "C", CHAIN) == {"B": 19, "C": 180}


@st.composite
def lineages(draw: st.DrawFn) -> dict[str, list[Parent]]:
    """Works 0..n, each deriving from lower ones for at most 4 % in all: payable by both policies."""
    count = draw(st.integers(0, 5))
    return {
        str(child): [
            Parent(work=str(parent), bps=draw(st.integers(0, 80)))
            for parent in draw(st.lists(st.integers(0, child - 1), max_size=5))
        ]
        for child in range(1, count + 1)
    }


@given(st.integers(0, 10**15), lineages(), st.integers(0, 5))
def test_parts_sum_to_the_unit_and_none_is_negative(amount: int, lineage: dict[str, list[Parent]], sold: int) -> None:
    by_relative = relative(amount, str(sold), lineage)

    assert sum(by_relative.values()) == amount
    assert min(by_relative.values(), default=1) > 0
    try:
        by_absolute = absolute(amount, str(sold), lineage)
    except RoyaltyTooHigh:
        return
    assert sum(by_absolute.values()) == amount
    assert min(by_absolute.values(), default=1) > 0
    # a royalty on a royalty is never more than one on the whole
    assert by_absolute.get(str(sold), 0) <= by_relative.get(str(sold), 0) + sum(map(len, lineage.values()))


@given(st.integers(0, 10**15), lineages(), st.randoms())
def test_the_order_of_parents_changes_nothing(amount, lineage, chance) -> None:  # type: ignore[no-untyped-def]
    mixed = {work: chance.sample(parents, len(parents)) for work, parents in lineage.items()}

    assert relative(amount, "5", lineage) == relative(amount, "5", mixed)


@pytest.mark.parametrize("policy", [absolute, relative])
def test_royalties_above_everything_are_refused(policy) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RoyaltyTooHigh, match="10001"):
        policy(100, "C", {"C": [Parent(work="A", bps=10_000), Parent(work="B", bps=1)]})

    assert policy(100, "C", {"C": [Parent(work="A", bps=9_999), Parent(work="B", bps=1)]})["A"] == 99


def test_a_stack_above_everything_is_refused_by_the_absolute_policy_alone() -> None:
    lineage = {"C": [Parent(work="B", bps=6000)], "B": [Parent(work="A", bps=6000)]}

    with pytest.raises(RoyaltyTooHigh, match="12000"):
        absolute(100, "C", lineage)
    assert relative(100, "C", lineage) == {"A": 36, "B": 24, "C": 40}


@pytest.mark.parametrize("policy", [absolute, relative])
@pytest.mark.parametrize(
    "lineage",
    [
        {"C": [Parent(work="C", bps=1)]},
        {"C": [Parent(work="B", bps=1)], "B": [Parent(work="A", bps=1)], "A": [Parent(work="C", bps=1)]},
        {"C": [Parent(work="B", bps=-1)]},
        {"C": [Parent(work="B", bps=10_001)]},
    ],
)
def test_a_circle_or_a_part_out_of_range_is_refused(policy, lineage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Malformed, match=r"itself|0 to 10000"):
        policy(100, "C", lineage)


def test_a_long_lineage_is_paid_and_many_ways_cost_little() -> None:
    chain = {str(n): [Parent(work=str(n - 1), bps=1)] for n in range(1, 5000)}
    # 2^60 ways from 60 to 0
    braid = {str(n): [Parent(work=str(n - 1), bps=5000), Parent(work=str(n - 1), bps=5000)] for n in range(1, 61)}

    assert sum(absolute(10**9, "4999", chain).values()) == 10**9
    assert relative(10**9, "60", braid) == {"0": 10**9}
