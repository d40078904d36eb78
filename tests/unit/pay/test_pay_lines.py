"""Lines: exact to the unit, the same in any order, never more than was reserved or sold."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core import money
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay.lines import (
    NOBODY,
    Line,
    Owners,
    Sale,
    Upstream,
    Work,
    carry,
    cumulative,
    evidence,
    merged,
    pulls,
    read_evidence,
    read_shares,
    sale_lines,
    shares,
    shares_evidence,
    upstream,
    work_lines,
)
from hakari.pay.royalties import Parent
from hakari.work.orders import Terms, unit_cost

from .made import ALICE, BOB, CAROL, FEE, any_terms, cause, counts, line, sale, sales, terms, work, works


def test_each_accepted_answer_earns_the_reward_and_the_fee_is_on_top() -> None:
    lines = work_lines(work(1, accepted={BOB: 2, ALICE: 3, CAROL: 0}), terms(fee_bps=500))

    assert lines == [line(ALICE, 1, 7, 120_000), line(BOB, 1, 7, 80_000), line(FEE, 1, 7, 10_000, "fee")]


def test_a_fee_below_one_unit_gives_no_line() -> None:
    assert work_lines(work(1, accepted={ALICE: 1}, reward=19), terms(fee_bps=500)) == [line(ALICE, 1, 7, 19)]
    assert len(work_lines(work(1, accepted={ALICE: 1}, reward=20), terms(fee_bps=500))) == 2


def test_a_refused_batch_owes_nothing() -> None:
    assert work_lines(work(1, accepted={ALICE: 0}), terms()) == []


@pytest.mark.parametrize("accepted", [{ALICE: 101}, {ALICE: 60, BOB: 41}, {ALICE: -1, BOB: 2}])
def test_more_accepted_than_judged_is_refused(accepted: dict[str, int]) -> None:
    with pytest.raises(Malformed, match="0 to 100"):
        work_lines(work(1, accepted=accepted), terms())  # type: ignore[arg-type]


def test_a_sale_is_split_by_shares_and_the_odd_units_go_to_the_largest_remainders() -> None:
    lines = sale_lines(
        sale(1, price=1_000_001, weights={ALICE: 1, BOB: 2}), terms(sale_fee_bps=250, originator_bps=2000)
    )

    # 25,000.025 to the fee, 200,000.2 to the originator, 775,001 left: 258,333.67 and 516,667.33
    assert lines == [
        line(ALICE, 1, 9, 258_334, "sale"),
        line(BOB, 1, 9, 516_667, "sale"),
        line(CAROL, 1, 9, 200_000, "originator"),
        line(FEE, 1, 9, 25_000, "fee"),
    ]


def test_who_is_owed_twice_for_one_cause_has_one_line_named_after_the_first_reason() -> None:
    lines = sale_lines(sale(1, price=10_000, weights={FEE: 1}, originator=FEE), terms())

    assert lines == [line(FEE, 1, 9, 10_000, "sale")]


def test_the_contributors_part_of_a_sale_without_shares_is_the_originators() -> None:
    assert sale_lines(sale(1, price=10_000, weights={}), terms()) == [
        line(CAROL, 1, 9, 9_750, "originator"),
        line(FEE, 1, 9, 250, "fee"),
    ]


def test_what_is_upstream_is_split_by_its_own_terms_and_the_rest_is_the_releases_own() -> None:
    other = Account("0x" + 40 * "e")
    above = Upstream(
        amount=Micros(1_000),
        owners=Owners(
            terms=replace(terms(sale_fee_bps=1000, originator_bps=0), pool=2, fee_account=other),
            originator=BOB,
            weights={BOB: 1, ALICE: 2},
        ),
    )
    due = replace(sale(1, price=10_000, weights={ALICE: 1}), upstream=[above])

    assert sale_lines(due, terms()) == [
        # 7,750/10,000 of 9,000 as a contributor of the one sold, 600 of the one above: one cause, one line
        line(ALICE, 1, 9, 6_975 + 600, "sale"),
        line(BOB, 1, 9, 300, "upstream"),
        line(CAROL, 1, 9, 1_800, "originator"),
        line(other, 1, 9, 100, "upstream"),
        line(FEE, 1, 9, 225, "fee"),
    ]
    assert pulls([due], sale_lines(due, terms()), terms())[0].pay == 10_000
    with pytest.raises(Malformed, match="at most the price 999"):
        sale_lines(replace(due, price=Micros(999)), terms())


def test_the_lineage_says_what_is_upstream() -> None:
    owners = Owners(terms=terms(), originator=CAROL, weights={ALICE: 1})
    graph = {"C": [Parent(work="B", bps=1000)], "B": [Parent(work="A", bps=500)]}

    assert upstream(1_000_000, "C", graph, dict.fromkeys("ABC", owners)) == [
        Upstream(amount=Micros(5_000), owners=owners),
        Upstream(amount=Micros(95_000), owners=owners),
    ]
    assert upstream(1_000_000, "A", graph, {"A": owners}) == []


@given(works(), any_terms)
def test_work_is_paid_exactly_and_its_fee_never_above_the_terms(due: Work, known: Terms) -> None:
    lines = work_lines(due, known)

    paid = due.reward * sum(due.accepted.values())
    fee = sum(each.amount for each in lines) - paid
    assert 0 <= fee * money.BPS <= paid * known.fee_bps
    for each in lines:
        own = due.reward * due.accepted.get(each.account, 0)
        assert each.amount == own + (fee if each.account == known.fee_account else 0) > 0


@given(sales(), any_terms)
def test_a_sale_is_paid_to_the_unit(due: Sale, known: Terms) -> None:
    lines = sale_lines(due, known)

    assert sum(each.amount for each in lines) == due.price
    assert all(each.amount > 0 and each.source == due.source and each.cause == due.cause for each in lines)


@given(st.lists(works() | sales(), max_size=5, unique_by=lambda each: each.cause), any_terms, st.randoms())
def test_no_order_of_statements_or_lines_changes_the_lines(
    due: list[Work | Sale], known: Terms, chance: random.Random
) -> None:
    lines = all_lines(due, known)
    mixed = [*lines]
    chance.shuffle(mixed)
    chance.shuffle(due)

    assert merged(mixed) == merged(lines) == merged(all_lines(due, known)) == lines
    assert pulls(due, mixed, known) == pulls(due[::-1], lines, known)


def all_lines(due: Sequence[Work | Sale], known: Terms) -> list[Line]:
    return merged(
        each for one in due for each in (work_lines(one, known) if isinstance(one, Work) else sale_lines(one, known))
    )


@given(st.lists(works() | sales(), max_size=5, unique_by=lambda each: each.cause), any_terms)
def test_pulls_cover_the_lines_and_free_what_was_reserved(due: list[Work | Sale], known: Terms) -> None:
    lines = all_lines(due, known)

    taken = pulls(due, lines, known)

    assert [each.order for each in taken] == sorted({each.order for each in taken})
    assert sum(each.pay for each in taken) == sum(each.amount for each in lines)
    for each in taken:
        judged = [one for one in due if isinstance(one, Work) and one.source == each.order]
        reserved = sum(one.judged * unit_cost(reward=one.reward, fee_bps=known.fee_bps) for one in judged)
        assert each.pay == sum(one.amount for one in lines if one.source == each.order)
        assert each.pay + each.free == max(each.pay, reserved)


def test_refused_work_frees_its_reservation() -> None:
    due = [work(1, accepted={}, reward=1000, judged=10)]

    (taken,) = pulls(due, [], terms(fee_bps=500))

    assert (taken.order, taken.pay, taken.free) == (7, 0, 10_500)


def test_a_line_that_no_due_order_covers_is_refused() -> None:
    with pytest.raises(Malformed, match=r"\[7\], got 8"):
        pulls([work(1, accepted={})], [line(ALICE, 1, 8, 5)], terms())


def test_a_sale_frees_nothing() -> None:
    due = [sale(1, price=10_000, weights={ALICE: 1})]

    (taken,) = pulls(due, all_lines(due, terms()), terms())

    assert (taken.order, taken.pay, taken.free) == (9, 10_000, 0)


def test_one_cause_can_not_draw_on_two_orders() -> None:
    with pytest.raises(Malformed, match="one escrow order"):
        merged([line(ALICE, 1, 7, 5), line(BOB, 1, 8, 5)])


@pytest.mark.parametrize("amounts", [[2**96], [2**95, 2**95], [-1, 3]])
def test_an_amount_that_no_leaf_holds_is_refused(amounts: list[int]) -> None:
    with pytest.raises(Malformed, match=r"2\^96"):
        merged([line(ALICE, 1, 7, amount) for amount in amounts])


def test_an_unknown_reason_is_refused() -> None:
    with pytest.raises(Malformed, match="why must be one of"):
        merged([line(ALICE, 1, 7, 5, "gift")])


@given(st.lists(counts, max_size=4))
def test_shares_count_the_accepted_answers_of_the_lineage(accepted: list[dict[str, int]]) -> None:
    weights = shares(accepted)  # type: ignore[arg-type]

    assert sum(weights.values()) == sum(sum(each.values()) for each in accepted)
    assert list(weights) == sorted(weights)
    assert min(weights.values(), default=1) > 0
    assert read_shares(shares_evidence(weights)) == weights


@pytest.mark.parametrize(
    "data",
    [
        b'{"account":"0x' + b"2" * 40 + b'","weight":1}\n{"account":"0x' + b"1" * 40 + b'","weight":1}\n',
        b'{"account":"0x' + b"1" * 40 + b'","weight":0}\n',
        b'{"account":"0x' + b"1" * 40 + b'","weight":true}\n',
        b'{"account":"0x' + b"A" * 40 + b'","weight":1}\n',
        b'{"account":"0x' + b"1" * 40 + b'"}\n',
    ],
)
def test_shares_out_of_form_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match=r"line [12]:"):
        read_shares(data)


def test_the_lines_file_is_canonical_and_reads_back() -> None:
    lines = [line(ALICE, 1, 7, 120_000), line(FEE, 1, 7, 10_000, "fee")]

    data = evidence(lines)

    assert data.startswith(
        b'{"account":"0x' + b"1" * 40 + b'","amount":"120000","cause":"' + b"0" * 63 + b'1","source":7,"why":"work"}\n'
    )
    assert read_evidence(data) == lines
    assert evidence([]) == b""
    assert read_evidence(b"") == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [(b'"120000"', b'"0120000"'), (b":7", b":-7"), (b'"work"', b'"gift"'), (b"0x1", b"0xA"), (b'"why"', b'"whz"')],
)
def test_a_lines_file_out_of_form_is_refused(right: bytes, wrong: bytes) -> None:
    data = evidence([line(ALICE, 1, 7, 120_000)])

    assert right in data
    with pytest.raises(Malformed):
        read_evidence(data.replace(right, wrong))


@given(st.lists(works(), max_size=4, unique_by=lambda each: each.cause), counts, any_terms)
def test_the_carry_over_adds_up_and_drops_nobody(due: list[Work], before: dict[str, int], known: Terms) -> None:
    previous = {account: money.Micros(amount) for account, amount in before.items()}
    lines = all_lines(due, known)

    owed = carry(previous, lines)  # type: ignore[arg-type]

    assert [each.account for each in owed] == sorted(previous.keys() | {each.account for each in lines})
    assert [one for each in owed for one in each.lines] == lines
    assert sum(each.inc for each in owed) == sum(each.amount for each in lines)
    assert all(each.prev == previous.get(each.account, 0) for each in owed)
    assert sum(cumulative(owed).values()) == sum(previous.values()) + sum(each.amount for each in lines)
    assert carry(cumulative(owed), []) == [  # type: ignore[arg-type]
        type(each)(account=each.account, prev=money.Micros(each.prev + each.inc), inc=money.Micros(0), lines=())
        for each in owed
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [line(BOB, 1, 7, 5), line(ALICE, 2, 7, 5)],
        [line(ALICE, 2, 7, 5), line(ALICE, 1, 7, 5)],
        [line(ALICE, 1, 7, 5), line(ALICE, 1, 7, 5)],
        [line(NOBODY, 1, 7, 5)],
        [line(ALICE, 1, 7, 0)],
        [line(ALICE, 1, 7, 2**96 - 5)],
    ],
)
def test_lines_that_no_tree_can_carry_are_refused(lines: list[Line]) -> None:
    with pytest.raises(Malformed):
        carry({ALICE: money.Micros(5)}, lines)


def test_an_account_reaches_the_largest_amount_but_not_one_more() -> None:
    (largest,) = carry({ALICE: money.Micros(5)}, [line(ALICE, 1, 7, 2**96 - 6)])

    assert largest.prev + largest.inc == money.LIMIT - 1
    assert largest.lines[0].cause == cause(1)
