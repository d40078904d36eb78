"""Royalties: the golden numbers of both policies, exact sums, and graphs that can't be paid."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core.errors import Malformed
from hakari.core.money import Micros
from hakari.pay.royalties import Lineage, Parent, RoyaltyTooHigh, lineage, parts

CHAIN = {"C": [Parent(work="B", bps=1000)], "B": [Parent(work="A", bps=500)]}
DIAMOND = {
    "D": [Parent(work="B", bps=1000), Parent(work="C", bps=2000)],
    "B": [Parent(work="A", bps=500)],
    "C": [Parent(work="A", bps=500)],
}


def absolute(amount: int, work: str, given: Lineage) -> dict[str, Micros]:
    """Parts where every parent asks of all that is sold below it."""
    return parts(amount, work, {child: [replace(each, of="all") for each in named] for child, named in given.items()})


def relative(amount: int, work: str, given: Lineage) -> dict[str, Micros]:
    """Parts where every parent asks of what its child received."""
    return parts(amount, work, given)


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


def test_parents_of_both_policies_share_one_income() -> None:
    # A asks of all, B of what came to its child: first A's 5 % of everything, then B's 10 % of what is left
    mixed = {"C": [Parent(work="B", bps=1000)], "B": [Parent(work="A", bps=500, of="all")]}
    assert parts(1_000_000, "C", mixed) == {"A": 50_000, "B": 95_000, "C": 855_000}
    # the other way round B has its 10 % of everything, and A 5 % of that
    mixed = {"C": [Parent(work="B", bps=1000, of="all")], "B": [Parent(work="A", bps=500)]}
    assert parts(1_000_000, "C", mixed) == {"A": 5_000, "B": 95_000, "C": 900_000}


def test_a_lineage_is_asked_of_each_work_once() -> None:
    asked: list[str] = []

    def parents(work: str) -> list[Parent]:
        asked.append(work)
        return DIAMOND.get(work, [])

    assert lineage("D", parents) == {**DIAMOND, "A": []}
    assert sorted(asked) == ["A", "B", "C", "D"]


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
def test_parts_sum_to_the_unit_and_none_is_negative(amount: int, given: dict[str, list[Parent]], sold: int) -> None:
    by_relative = relative(amount, str(sold), given)

    assert sum(by_relative.values()) == amount
    assert min(by_relative.values(), default=1) > 0
    try:
        by_absolute = absolute(amount, str(sold), given)
    except RoyaltyTooHigh:
        return
    assert sum(by_absolute.values()) == amount
    assert min(by_absolute.values(), default=1) > 0
    # a royalty on a royalty is never more than one on the whole
    assert by_absolute.get(str(sold), 0) <= by_relative.get(str(sold), 0) + sum(map(len, given.values()))


@given(st.integers(0, 10**15), lineages(), st.randoms())
def test_the_order_of_parents_changes_nothing(amount, given, chance) -> None:  # type: ignore[no-untyped-def]
    mixed = {work: chance.sample(named, len(named)) for work, named in given.items()}

    assert relative(amount, "5", given) == relative(amount, "5", mixed)


@pytest.mark.parametrize("policy", [absolute, relative])
def test_royalties_above_everything_are_refused(policy) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RoyaltyTooHigh, match="10001"):
        policy(100, "C", {"C": [Parent(work="A", bps=10_000), Parent(work="B", bps=1)]})

    assert policy(100, "C", {"C": [Parent(work="A", bps=9_999), Parent(work="B", bps=1)]})["A"] == 99


def test_a_stack_above_everything_is_refused_by_the_absolute_policy_alone() -> None:
    stack = {"C": [Parent(work="B", bps=6000)], "B": [Parent(work="A", bps=6000)]}

    with pytest.raises(RoyaltyTooHigh, match="12000"):
        absolute(100, "C", stack)
    assert relative(100, "C", stack) == {"A": 36, "B": 24, "C": 40}


@pytest.mark.parametrize("policy", [absolute, relative])
@pytest.mark.parametrize(
    "wrong",
    [
        {"C": [Parent(work="C", bps=1)]},
        {"C": [Parent(work="B", bps=1)], "B": [Parent(work="A", bps=1)], "A": [Parent(work="C", bps=1)]},
        {"C": [Parent(work="B", bps=-1)]},
        {"C": [Parent(work="B", bps=10_001)]},
    ],
)
def test_a_circle_or_a_part_out_of_range_is_refused(policy, wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Malformed, match=r"itself|0 to 10000"):
        policy(100, "C", wrong)


def test_a_long_lineage_is_paid_and_many_ways_cost_little() -> None:
    chain = {str(n): [Parent(work=str(n - 1), bps=1)] for n in range(1, 5000)}
    # 2^60 ways from 60 to 0
    braid = {str(n): [Parent(work=str(n - 1), bps=5000), Parent(work=str(n - 1), bps=5000)] for n in range(1, 61)}

    assert sum(absolute(10**9, "4999", chain).values()) == 10**9
    assert relative(10**9, "60", braid) == {"0": 10**9}


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(Malformed, match="all or received"):
        parts(100, "C", {"C": [Parent(work="B", bps=1, of="some")]})
