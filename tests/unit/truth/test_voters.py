"""Voters on pairs: people on llmfao where the data is at hand, made-up arenas everywhere."""

import csv
from pathlib import Path

import numpy as np
import pytest

from hakari.truth import davidson
from hakari.truth.voters import judge_voters
from hakari.truth.votes import BadVotes, EmptyVotes

from . import made

LLMFAO = Path(made.CROWD) / "llmfao" / "comparisons.csv"


def arena(*, people=20, robots=5, each=15, models=3, prompts=30, seed=0, answer=None):
    """Return the columns of a small blind arena: people follow the models' skill, robots don't look."""
    rng = np.random.default_rng(seed)
    skill = np.linspace(-1.2, 1.2, models)
    rows = []
    for voter in range(people + robots):
        for _ in range(each):
            prompt = rng.integers(prompts)
            a, b = rng.choice(models, 2, replace=False)
            if voter >= people:
                winner = rng.integers(0, 3) if answer is None else answer
            elif rng.random() < 0.15:
                winner = 2
            else:
                winner = 0 if rng.random() < 1 / (1 + np.exp(2 * (skill[b] - skill[a]))) else 1
            rows.append((prompt * 100 + min(a, b) * 10 + max(a, b), a, b, winner, voter))
    columns = np.array(rows, np.int64).T
    names = ("comparison", "left", "right", "winner", "voter")
    return dict(zip(names, columns, strict=True)) | {"models": models, "voters": people + robots}


def test_most_votes_of_robots_are_refused_and_most_of_people_counted():
    taken = {"people": [], "robots": []}
    for seed in range(6):
        columns = arena(seed=seed)
        found = judge_voters(**columns)
        robot = columns["voter"] >= 20
        taken["robots"].append(found.accepted[robot].mean())
        taken["people"].append(found.accepted[~robot].mean())
    assert np.mean(taken["robots"]) < 0.35
    assert np.mean(taken["people"]) > 0.75


@pytest.mark.parametrize("answer", [0, 1, None])
def test_robots_with_many_votes_are_refused_as_a_whole(answer):
    columns = arena(each=80, robots=4, seed=3, answer=answer)
    found = judge_voters(**columns)
    assert set(found.decision[20:]) <= {"refuse", "each"}
    assert not found.accepted[columns["voter"] >= 20].mean() > 0.15
    assert found.decision[:20].count("accept") >= 15


def test_the_order_of_votes_leaves_no_trace():
    columns = arena()
    order = np.random.default_rng(1).permutation(len(columns["voter"]))
    moved = {k: v[order] if isinstance(v, np.ndarray) else v for k, v in columns.items()}
    first, other = judge_voters(**columns), judge_voters(**moved)
    assert first.decision == other.decision
    assert np.allclose(first.statistic, other.statistic, atol=1e-9)
    assert (first.score_bps[order] == other.score_bps).all()


def test_two_runs_give_the_same_bytes():
    columns = arena()
    first, again = judge_voters(**columns), judge_voters(**columns)
    assert first.statistic.tobytes() == again.statistic.tobytes()
    assert first.gain.tobytes() == again.gain.tobytes()


def test_swapping_the_sides_of_everything_changes_no_decision():
    columns = arena()
    swapped = columns | {
        "left": columns["right"],
        "right": columns["left"],
        "winner": np.where(columns["winner"] == 2, 2, 1 - columns["winner"]),
    }
    first, other = judge_voters(**columns), judge_voters(**swapped)
    assert np.allclose(first.statistic, other.statistic, atol=1e-9)


def test_recorded_decisions_are_followed():
    columns = arena()
    words = ["refuse"] * 24 + ["accept"]
    found = judge_voters(**columns, recorded=words)
    assert found.decision == tuple(words)
    assert found.accepted.tolist() == (columns["voter"] == 24).tolist()


def test_a_lone_voter_is_presumed_to_look():
    found = judge_voters(comparison=[0], left=[0], right=[1], winner=[0], voter=[0], models=2, voters=1)
    assert found.decision != ("refuse",)
    assert found.score_bps.tolist() != [10_000]


@pytest.mark.parametrize(
    "change", [{"left": [1]}, {"winner": [3]}, {"voter": [1]}, {"comparison": [-1]}, {"left": [0, 0]}, {"right": [0.5]}]
)
def test_votes_that_make_no_sense_are_refused(change):
    columns = {"comparison": [0], "left": [0], "right": [1], "winner": [0], "voter": [0]}
    with pytest.raises(BadVotes):
        judge_voters(**(columns | change), models=2, voters=1)


def test_no_votes_are_refused():
    empty = {name: np.zeros(0, int) for name in ("comparison", "left", "right", "winner", "voter")}
    with pytest.raises(EmptyVotes):
        judge_voters(**empty, models=2, voters=1)


def test_leaving_a_voter_out_in_one_step_is_close_to_fitting_again():
    columns = arena(people=12, robots=0, each=30)
    first, second = (columns[name].astype(np.int32) for name in ("left", "right"))
    outcome, who = columns["winner"].astype(np.int32), columns["voter"]
    weight = np.ones(len(who))
    point = davidson.fit(first, second, outcome, weight, 3)
    order = np.argsort(who, kind="stable")
    start = np.arange(13) * 30
    out = np.empty((len(who), 3))
    davidson.without_each(first, second, outcome, weight, point, start, order, out, 0, 12)
    for w in (0, 7):
        kept = who != w
        exact = davidson.fit(first[kept], second[kept], outcome[kept], weight[kept], 3)
        for v in np.flatnonzero(who == w):
            assert out[v] == pytest.approx(davidson.chances(exact, int(first[v]), int(second[v])), abs=0.01)
    full = davidson.chances(point, int(first[0]), int(second[0]))
    assert sum(full) == pytest.approx(1)


@pytest.mark.skipif(not LLMFAO.exists(), reason="the votes of llmfao are not shipped")
def test_people_of_llmfao_count_and_random_voters_beside_them_do_not():
    rows = list(csv.DictReader(LLMFAO.read_text(encoding="utf-8").splitlines()))
    models = sorted({row["left"] for row in rows} | {row["right"] for row in rows})
    place = {name: n for n, name in enumerate(models)}
    who = {name: n for n, name in enumerate(sorted({row["worker"] for row in rows}))}
    table = np.array(
        [
            (
                int(r["id"]),
                place[r["left"]],
                place[r["right"]],
                ("left", "right", "tie").index(r["winner"]),
                who[r["worker"]],
            )
            for r in rows
        ]
    )
    rng = np.random.default_rng(0)
    shown = table[np.unique(table[:, 0], return_index=True)[1]]
    extra = []
    for n, each in enumerate([14] * 60 + [70] * 20):
        some = shown[rng.choice(len(shown), each, replace=False)].copy()
        some[:, 3] = rng.integers(0, 3, each)
        some[:, 4] = len(who) + n
        extra.append(some)
    mixed = np.concatenate([table, *extra]).T
    names = ("comparison", "left", "right", "winner", "voter")
    found = judge_voters(**dict(zip(names, mixed, strict=True)), models=len(models), voters=len(who) + 80)
    random = mixed[4] >= len(who)
    assert found.accepted[~random].mean() > 0.8
    assert found.accepted[random].mean() < 0.15
    people = np.array(found.decision[: len(who)])
    assert (people == "refuse").mean() < 0.08
