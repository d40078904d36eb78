"""Conviction and settlement."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.truth.evidence import SURE, convicts, convicts_exactly, log_e, min_skill, threshold
from hakari.truth.rules import bps, signed_bps
from hakari.truth.settlement import SHORT, deposit, entry_pay, guess_spread_bps, settle, settle_short
from hakari.truth.votes import BadVotes


def test_the_chance_of_ever_convicting_a_worker_at_the_minimum_skill_is_below_the_bound():
    rng = np.random.default_rng(0)
    wrong = np.cumsum(rng.random((4_000, 200)) < 0.35, axis=1)
    ever = 0
    table = {(w, n): convicts(w, n - w, skill=0.65) for n in range(1, 201) for w in range(n + 1) if w >= 0.35 * n}
    for path in wrong:
        ever += any(table.get((int(w), n), False) for n, w in enumerate(path.tolist(), 1))
    assert ever / 4_000 <= 0.01


@pytest.mark.parametrize("n", [1, 3, 8])
def test_the_mean_e_value_is_at_most_one_under_the_null(n):
    mean = sum(
        math.comb(n, w) * 0.35**w * 0.65 ** (n - w) * math.exp(log_e(w, n - w, skill=0.65)) for w in range(n + 1)
    )
    assert mean == pytest.approx(1)
    easier = sum(
        math.comb(n, w) * 0.2**w * 0.8 ** (n - w) * math.exp(log_e(w, n - w, skill=0.65)) for w in range(n + 1)
    )
    assert easier < 1


@given(st.integers(0, 80), st.integers(0, 80), st.integers(1, 9_999), st.integers(1, 5_000))
def test_whole_numbers_convict_as_floating_point_does_away_from_the_threshold(wrong, right, skill_bps, alpha_bps):
    skill, alpha = skill_bps / 10_000, alpha_bps / 10_000
    if abs(log_e(wrong, right, skill=skill) + math.log(alpha)) > SURE:
        exactly = convicts_exactly(wrong, right, skill_bps=skill_bps, alpha_bps=alpha_bps)
        assert exactly == convicts(wrong, right, skill=skill, alpha=alpha)


@pytest.mark.parametrize(
    ("wrong", "right", "skill_bps", "alpha_bps", "convicted"),
    [(7, 2, 5_000, 4_187, True), (7, 4, 7_500, 683, True), (5, 2, 6_500, 2_831, False)],
)
def test_near_the_threshold_whole_numbers_decide(wrong, right, skill_bps, alpha_bps, convicted):
    distance = log_e(wrong, right, skill=skill_bps / 10_000) + math.log(alpha_bps / 10_000)
    assert abs(distance) < SURE
    assert convicts_exactly(wrong, right, skill_bps=skill_bps, alpha_bps=alpha_bps) is convicted
    assert (distance > 0) is convicted


def test_always_wrong_is_convicted_after_a_few_audits_and_always_right_never():
    first = next(n for n in range(1, 50) if convicts(n, 0, skill=0.65))
    assert 5 <= first <= 8
    assert not any(convicts(0, n, skill=0.65) for n in range(1000))
    assert not convicts(5, 5, skill=0.65)


def test_who_looks_at_many_accounts_asks_more_of_a_lone_one_and_no_more_of_many():
    assert threshold([]) == threshold([0.0]) == threshold([5.0] * 30) == pytest.approx(math.log(100))
    lone = threshold([5.0, *[-1.0] * 39])
    assert lone == pytest.approx(math.log(40 / 0.05))
    assert threshold([7.0, *[-1.0] * 39]) == pytest.approx(lone)
    assert threshold([7.0, 6.5, *[-1.0] * 38]) == pytest.approx(math.log(20 / 0.05))


@pytest.mark.parametrize("guilty", [0, 1, 16])
def test_of_forty_accounts_flippers_are_convicted_and_boundary_workers_are_no_more_than_the_stated_share(guilty):
    rng = np.random.default_rng(guilty)
    chance = np.array([0.5] * guilty + [0.2] * (40 - guilty))
    false, caught = [], []
    for _ in range(200):
        wrong = (rng.random((60, 40)) < chance).sum(axis=0)
        found = np.array([log_e(int(each), 60 - int(each), skill=0.8) for each in wrong])
        convicted = found >= threshold(found.tolist())
        false.append(convicted[guilty:].sum() / max(1, convicted.sum()))
        caught.append(convicted[:guilty].mean() if guilty else 1.0)
    assert np.mean(false) <= 0.05
    assert np.mean(caught) >= (0.9 if guilty > 1 else 0.6)


@pytest.mark.parametrize("arguments", [(1, 1, 0.0), (1, 1, 1.0), (-1, 1, 0.5), (1, 1, float("nan"))])
def test_impossible_records_are_refused(arguments):
    wrong, right, skill = arguments
    with pytest.raises(BadVotes):
        log_e(wrong, right, skill=skill)


def test_the_minimum_skill_is_a_third_of_the_way_from_guessing():
    assert min_skill(2) == pytest.approx(0.65)
    assert min_skill(4) == pytest.approx(0.475)


@given(
    reward=st.integers(0, 10**9),
    answers=st.integers(0, 500),
    share=st.floats(0, 1),
    merit=st.integers(-10_000, 10_000),
    margin=st.integers(0, 10_000),
    held=st.integers(0, 10**12),
)
def test_a_batch_never_pays_more_than_it_reserved_nor_takes_more_than_is_held(  # noqa: PLR0917 drawn by name
    reward, answers, share, merit, margin, held
):
    accepted = int(answers * share)
    found = settle(
        reward=reward, accepted=accepted, answers=answers, merit_bps=merit * answers, margin_bps=margin, deposit=held
    )
    assert 0 <= found.paid <= reward * accepted
    assert 0 <= found.lost <= held
    assert found.paid == 0 or found.lost == 0


def test_perfect_work_is_paid_in_full_up_to_the_margin_and_empty_work_pays():
    full = settle(reward=100, accepted=10, answers=10, merit_bps=100_000, margin_bps=1_000, deposit=10_000)
    assert (full.paid, full.lost) == (900, 0)
    empty = settle(reward=100, accepted=5, answers=10, merit_bps=0, margin_bps=1_000, deposit=10_000)
    assert (empty.paid, empty.lost) == (0, 100)
    with pytest.raises(BadVotes):
        settle(reward=100, accepted=11, answers=10, merit_bps=0, margin_bps=0, deposit=0)


@pytest.mark.parametrize("answers", [1, 5, 20, 80, 320])
@pytest.mark.parametrize("skew", [0.2, 0.5, 0.8, 0.95])
def test_guessing_loses_money_at_every_size_of_batch_even_with_limited_liability(answers, skew):
    # The score of a guess after the clip: right with the share of the class it names; the base is that same share.
    rng = np.random.default_rng(answers)
    sigma = guess_spread_bps([skew, 1 - skew])
    held = deposit(reward=40_000, hold=20, margin_bps=1_000, spread_bps=sigma)
    spread = 1 - skew**2 - (1 - skew) ** 2
    right = rng.random((6_000, answers)) < skew
    merit = np.minimum((right - skew) / spread, 1)
    net = []
    for row in np.rint(merit * 10_000).astype(int).sum(axis=1).tolist():
        found = settle(reward=40_000, accepted=answers, answers=answers, merit_bps=row, margin_bps=1_000, deposit=held)
        net.append(found.paid - found.lost)
    assert np.mean(net) < 0


@pytest.mark.parametrize("answers", range(1, SHORT + 1))
@pytest.mark.parametrize("top", [5_000, 7_000, 9_500])
@pytest.mark.parametrize("rate", [500, 1_000, 3_000])
def test_guessing_loses_money_in_short_careers_at_every_audit_rate_and_skew(answers, top, rate):
    sigma = guess_spread_bps([top / 10_000, 1 - top / 10_000])
    held = deposit(reward=40_000, hold=20, margin_bps=1_000, spread_bps=sigma)
    spread = 10_000 - (top**2 + (10_000 - top) ** 2) // 10_000
    hit, miss = min(10_000, (10_000 - top) * 10_000 // spread), -top * 10_000 // spread
    mean = 0.0
    # Every course of events: a hit, a miss that no audit sees, a miss that one sees.
    for hits in range(answers + 1):
        for seen in range(answers - hits + 1):
            unseen = answers - hits - seen
            chance = (
                math.factorial(answers) / math.factorial(hits) / math.factorial(seen) / math.factorial(unseen)
                * (top / 1e4) ** hits
                * ((1 - top / 1e4) * rate / 1e4) ** seen
                * ((1 - top / 1e4) * (1 - rate / 1e4)) ** unseen
            )  # fmt: skip
            found = settle_short(
                reward=40_000, answers=answers, merit_bps=hits * hit + (seen + unseen) * miss, audited_wrong=seen,
                audit_bps=rate, top_bps=top, margin_bps=1_000, deposit=held,
            )  # fmt: skip
            assert 0 <= found.paid <= 40_000 * answers
            assert 0 <= found.lost <= held
            mean += chance * (found.paid - found.lost)
    assert mean < 0


def test_a_short_career_that_others_contradict_is_paid_something_and_an_audited_error_takes_it():
    terms = {
        "reward": 40_000,
        "answers": 1,
        "audit_bps": 1_000,
        "top_bps": 5_000,
        "margin_bps": 1_000,
        "deposit": 330_000,
    }
    assert 0 < settle_short(merit_bps=-10_000, audited_wrong=0, **terms).paid < 1_000
    assert settle_short(merit_bps=9_000, audited_wrong=0, **terms).paid > 15_000
    assert settle_short(merit_bps=-10_000, audited_wrong=1, **terms).lost > 100_000
    with pytest.raises(BadVotes):
        settle_short(merit_bps=0, audited_wrong=2, **terms)


def test_what_a_newcomer_is_due_is_worth_no_more_than_the_account_cost_to_whoever_guesses():
    mean = 0.0
    for hits in range(41):
        due = entry_pay(
            cost=2_000, merits_bps=[10_000] * hits + [-10_000] * (40 - hits), margin_bps=0, least_bps=-10_000
        )
        mean += math.comb(40, hits) / 2**40 * due
    assert 1_990 < mean <= 2_000


def test_a_newcomer_who_is_right_four_times_in_five_is_due_everything_after_sixty_answers():
    merits = [10_000] * 48 + [-10_000] * 12
    assert entry_pay(cost=2_000, merits_bps=merits, margin_bps=1_000, least_bps=-10_000) > 50 * 40_000
    with pytest.raises(BadVotes):
        entry_pay(cost=2_000, merits_bps=[-20_000], margin_bps=0, least_bps=-10_000)


def test_the_deposit_follows_the_margin_and_the_square_root():
    assert deposit(reward=10_000, hold=0, margin_bps=1_000) == 0
    assert deposit(reward=10_000, hold=100, margin_bps=1_000) == 10_000 * (10 + 14)
    with pytest.raises(BadVotes):
        deposit(reward=-1, hold=1, margin_bps=1)


def test_shares_become_basis_points_half_to_even_and_clipped():
    assert [bps(x) for x in (0.00025, 0.00035, 0.5, 2.0, -1.0, math.inf)] == [2, 4, 5_000, 10_000, 0, 10_000]
    assert [signed_bps(x) for x in (-0.5, -2.0, -math.inf)] == [-5_000, -10_000, -10_000]
    with pytest.raises(BadVotes):
        bps(math.nan)
