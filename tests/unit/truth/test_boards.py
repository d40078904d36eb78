"""Bradley-Terry boards."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.truth.boards import of_rows
from hakari.truth.bradley_terry import MIDDLE, POINTS, counts, rank, scores
from hakari.truth.dense import poisson, solve
from hakari.truth.votes import BadVotes, EmptyVotes


def arena(models=8, votes=3000, seed=0, ties=0.2):
    rng = np.random.default_rng(seed)
    skill = np.linspace(-1, 1, models)
    left = rng.integers(0, models, votes)
    right = (left + rng.integers(1, models, votes)) % models
    first = rng.random(votes) < 1 / (1 + np.exp(skill[right] - skill[left]))
    winner = np.where(rng.random(votes) < ties, 2, np.where(first, 0, 1))
    return left, right, winner, [f"m{i}" for i in range(models)]


def test_scores_are_those_of_evalica():
    evalica = pytest.importorskip("evalica")
    left, right, winner, models = arena()
    words = [evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw]
    theirs = evalica.bradley_terry(
        [models[i] for i in left],
        [models[i] for i in right],
        [words[i] for i in winner],
        tolerance=1e-12,
        limit=100_000,
    ).scores
    logs = np.log(theirs.reindex(models).to_numpy())
    ours = (rank(left, right, winner, models, resamples=0).score - MIDDLE) / POINTS
    assert np.abs(ours - (logs - logs.mean())).max() < 2e-3


def test_the_order_and_the_side_of_votes_leave_no_trace():
    left, right, winner, models = arena(votes=500)
    first = rank(left, right, winner, models, resamples=20)
    shuffled = np.random.default_rng(1).permutation(500)
    swapped = np.where(winner == 2, 2, 1 - winner)
    for other in (
        rank(left[shuffled], right[shuffled], winner[shuffled], models, resamples=20),
        rank(right, left, swapped, models, resamples=20),
        rank(left, right, winner, models, resamples=20, threads=3),
    ):
        for name in ("score", "low", "high", "rank", "votes"):
            assert getattr(first, name).tobytes() == getattr(other, name).tobytes()


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    inside = []
    for seed in range(12):
        left, right, winner, models = arena(votes=1500, seed=seed, ties=0.0)
        board = rank(left, right, winner, models)
        true = MIDDLE + POINTS * np.linspace(-1, 1, 8)
        inside.append((board.low <= true) & (true <= board.high))
    assert 0.88 <= np.mean(inside) <= 1.0


def test_models_that_votes_cannot_tell_apart_share_a_rank():
    left, right = np.array([0, 1] * 20 + [0, 1] * 200), np.array([1, 0] * 20 + [2, 2] * 200)
    winner = np.array([0] * 40 + [0] * 400)
    board = rank(left, right, winner, ["a", "b", "c"])
    assert board.rank.tolist() == [1, 1, 3]
    assert board.votes.tolist() == [240, 240, 400]


def test_models_without_a_loss_or_a_link_stay_finite():
    board = rank([0, 2], [1, 3], [0, 0], ["a", "b", "c", "d"])
    assert np.isfinite(board.score).all()
    assert np.isfinite(board.high).all()
    assert board.score[0] > board.score[1]
    assert rank([0], [1], [2], ["a", "b", "never"], resamples=5).votes.tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        (([0], [0], [0]), "against itself"),
        (([0], [3], [0]), "numbered 0 to 2"),
        (([-1], [1], [0]), "numbered 0 to 2"),
        (([0], [1], [3]), "winner must be"),
        (([0], [1, 2], [0]), "one length"),
        (([0.5], [1], [0]), "whole numbers"),
    ],
)
def test_votes_that_make_no_sense_are_refused(columns, word):
    with pytest.raises(BadVotes, match=word):
        rank(*columns, ["a", "b", "c"])


def test_no_vote_is_refused():
    with pytest.raises(EmptyVotes):
        rank(np.zeros(0, int), np.zeros(0, int), np.zeros(0, int), ["a", "b"])


def test_a_tie_is_half_a_win_for_each():
    wins, ties = counts([0, 1, 0, 1], [1, 0, 1, 0], [0, 0, 2, 2], 2)
    assert wins.tolist() == [[0, 1], [1, 0]]
    assert ties.tolist() == [[0, 2], [0, 0]]
    assert scores(wins + (ties + ties.T) / 2).tolist() == [0, 0]


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(0, 1000))
def test_solve_agrees_with_lapack(n, seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, n))
    matrix, right = a @ a.T + np.eye(n), rng.normal(size=n)
    assert np.allclose(solve(matrix.copy(), right), np.linalg.solve(matrix, right), atol=1e-8)


@pytest.mark.parametrize("mean", [0.0, 0.5, 7.0, 300.0, 1000.0])
def test_poisson_draws_have_their_mean_and_variance(mean):
    draws = np.array([poisson(mean, 5, i) for i in range(4000)])
    assert abs(draws.mean() - mean) <= 4 * np.sqrt(mean / 4000)
    assert abs(draws.var() - mean) <= 0.1 * mean
    assert poisson(mean, 5, 1) == poisson(mean, 5, 1)


def test_a_table_of_preferences_becomes_a_board_best_first():
    rows = [("x", "y", "left", ""), ("y", "x", "right", ""), ("y", "z", "tie", "")]
    board = of_rows(rows)
    assert [row["model"] for row in board] == ["x", "z", "y"]
    assert list(board[0]) == ["model", "score", "low", "high", "rank", "votes"]
    assert sum(int(row["votes"]) for row in board) == 6
