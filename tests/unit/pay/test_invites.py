"""Credit for invitations: out of what the invited earned and nowhere else, to the unit, for as long as the terms say."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hakari.core.money import Micros
from hakari.pay.lines import Settlement, pulls, settlement_lines, work_lines
from hakari.work.invitations import Invitation, running
from hakari.work.orders import Invites

from .made import ALICE, BOB, CAROL, FEE, accounts, cause, line, terms, work

INVITES = Invites(bps=1500, seconds=86_400)
TERMS = replace(terms(fee_bps=500), invites=INVITES)


def test_who_invited_has_a_part_of_what_the_invited_earned() -> None:
    due = replace(work(1, accepted={ALICE: 3, BOB: 1}), invited={ALICE: CAROL, BOB: ALICE})
    assert work_lines(due, TERMS) == [
        line(ALICE, 1, 7, 102_000 + 6_000),
        line(BOB, 1, 7, 34_000),
        line(CAROL, 1, 7, 18_000, "invite"),
        line(FEE, 1, 7, 8_000, "fee"),
    ]
    assert work_lines(due, replace(TERMS, invites=None)) == work_lines(work(1, accepted={ALICE: 3, BOB: 1}), TERMS)


def test_audits_and_juries_are_nobodys_to_share() -> None:
    amounts = [(ALICE, Micros(1_001), "work"), (ALICE, Micros(1_000), "audit"), (BOB, Micros(999), "held")]
    due = Settlement(
        cause=cause(1), source=7, amounts=amounts, fee=Micros(0), free=Micros(5), invited={ALICE: CAROL, BOB: CAROL}
    )
    assert settlement_lines(due, TERMS) == [
        line(ALICE, 1, 7, 1_001 - 150 + 1_000),
        line(BOB, 1, 7, 999 - 149, "held"),
        line(CAROL, 1, 7, 150 + 149, "invite"),
    ]


def test_credit_runs_from_the_invitation_on_for_as_long_as_the_terms_say() -> None:
    said = {ALICE: Invitation(by=BOB, leaf=10, time=1_000)}
    assert running(said, INVITES, [ALICE, CAROL], leaf=11, time=1_000) == {ALICE: BOB}
    assert running(said, INVITES, [ALICE], leaf=11, time=87_399) == {ALICE: BOB}
    assert running(said, INVITES, [ALICE], leaf=11, time=87_400) == {}
    assert running(said, INVITES, [ALICE], leaf=10, time=1_000) == {}
    assert running(said, None, [ALICE], leaf=11, time=1_000) == {}


@given(
    accepted=st.dictionaries(accounts, st.integers(0, 50), max_size=8),
    invited=st.dictionaries(accounts, accounts, max_size=8),
    bps=st.integers(1, 2000),
    reward=st.integers(1, 10**6),
)
def test_an_order_pays_not_a_unit_more_for_it(accepted, invited, bps, reward) -> None:
    due = replace(work(1, accepted=accepted, reward=reward, judged=400), invited=invited)
    asked = replace(TERMS, invites=Invites(bps=bps, seconds=86_400))
    with_it, without = work_lines(due, asked), work_lines(due, TERMS if not invited else replace(TERMS, invites=None))
    assert sum(each.amount for each in with_it) == sum(each.amount for each in without)
    assert pulls([due], with_it, asked) == pulls([due], without, asked)
