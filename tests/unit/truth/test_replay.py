import json
from pathlib import Path

import numpy as np
import pytest

from hakari.truth import replays
from hakari.truth.replay import Terms, drawn, replay
from hakari.truth.tables import BadTable
from hakari.truth.votes import BadVotes, Votes

from . import made


def tables(folder, **rules):
    roles = folder / "roles.csv"
    return replays.of_tables(
        (folder / "labels.csv").read_bytes(),
        (folder / "truth.csv").read_bytes(),
        roles.read_bytes() if roles.exists() else None,
        **rules,
    )


def job(members=5, noise=0.0):
    votes, true = made.crowd(tasks=300, workers=30, per_task=5, classes=2, skill=0.85)
    mixed = made.with_army(votes, true, members=members, classes=2, noise=noise) if members else votes
    rows = [(t, w, "yes" if label else "no") for t, w, label in made.rows(mixed)]
    truth = [(name, "yes" if true[t] else "no") for t, name in enumerate(votes.tasks)]
    roles = {name: "army" for name in mixed.workers if name.startswith("~")}
    return rows, truth, roles


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_an_army_earns_nothing_and_honest_people_are_paid(noise):
    rows, truth, roles = job(noise=noise)
    found = replay(rows, truth, roles, seed=1, audit_rate=0.1)
    army, honest = found["roles"]["army"], found["roles"]["honest"]
    assert army["net_micros"] < 0
    assert army["positive"] == 0
    assert honest["positive"] == 1
    assert honest["convicted"] == 0
    assert found["accuracy"] > 0.9
    assert (honest["workers"], army["workers"]) == (30, 5)
    assert honest["labels"] + army["labels"] == found["labels"] == len(rows)


def test_nobody_loses_more_than_the_deposit_nor_is_paid_more_than_the_reward():
    rows, truth, _ = job()
    each = {name: name for name in {row[1] for row in rows}}
    found = replay(rows, truth, each, seed=1, audit_rate=0.1, terms=Terms(reward=1_000))
    for row in found["roles"].values():
        assert 0 <= row["paid_micros"] <= 1_000 * row["accepted"]
        assert row["net_micros"] == row["paid_micros"] - row["lost_micros"]
    assert max(row["lost_micros"] for row in found["roles"].values()) > 0


def test_whom_audits_convict_is_paid_nothing_and_loses_deposit_and_stake_and_nobody_else_does():
    rows, truth, _ = job(members=0)
    wrong = [(t, "~liar", "no" if label == "yes" else "yes") for t, label in truth]
    each = {name: name for name in {row[1] for row in rows} | {"~liar"}}
    free, staked = (
        replay([*rows, *wrong], truth, each, seed=1, audit_rate=0.1, terms=Terms(stake=stake))["roles"]
        for stake in (0, 1_000)
    )
    assert free["~liar"]["convicted"] == staked["~liar"]["convicted"] == 1
    assert free["~liar"]["paid_micros"] == staked["~liar"]["paid_micros"] == 0
    assert free["~liar"]["lost_micros"] > 0
    assert staked["~liar"]["lost_micros"] == free["~liar"]["lost_micros"] + 1_000 * len(wrong)
    assert all(free[name] == staked[name] for name in free if not free[name]["convicted"])


def test_what_a_half_good_career_earned_is_lost_with_its_conviction():
    rows, truth, _ = job(members=0)
    right = dict(truth)
    half = [
        (t, "~turncoat", right[t] if n < 150 else "no" if right[t] == "yes" else "yes") for n, t in enumerate(right)
    ]
    found = replay([*rows, *half], truth, {"~turncoat": "turncoat"}, seed=1, audit_rate=0.5)["roles"]["turncoat"]
    assert (found["convicted"], found["paid_micros"], found["positive"]) == (1, 0, 0)


def test_a_replay_is_a_function_of_its_rows_and_its_seed():
    rows, truth, roles = job()
    first = replay(rows, truth, roles, seed=1, audit_rate=0.1)
    assert replay(rows[::-1], truth[::-1], roles, seed=1, audit_rate=0.1) == first
    other = replay(rows, truth, roles, seed=2, audit_rate=0.1)
    assert other["roles"] != first["roles"]
    json.dumps(first)


def test_the_audited_share_is_exact_and_only_tasks_with_a_truth_are_drawn():
    names = made.names("t", 400)
    votes = Votes.from_rows([(name, "w", 0) for name in names], classes=1)
    true = np.where(np.arange(400) % 2 == 0, 0, -1).astype(np.int32)
    every = drawn(votes, true, seed=3, rate=0.1)
    assert every.sum() == 40
    assert (true[every] == 0).all()
    assert not drawn(votes, true, seed=3, rate=0.0).any()
    assert drawn(votes, true, seed=3, rate=1.0).sum() == 200
    with pytest.raises(BadVotes):
        drawn(votes, true, seed=3, rate=float("nan"))


def test_a_job_with_one_class_is_answered_and_convicts_nobody():
    found = replay([(f"t{n}", f"w{n % 3}", "a") for n in range(30)], [("t1", "a")], seed=1, audit_rate=1.0)
    assert found["roles"]["honest"]["convicted"] == 0
    assert found["audits"] == 1


@pytest.mark.parametrize(
    "wrong", [{"margin": float("nan")}, {"alpha": 0.0}, {"min_skill": 1.0}, {"hold": -1}, {"stake": -1}]
)
def test_terms_out_of_range_are_refused(wrong):
    with pytest.raises(BadVotes):
        Terms(**wrong)


@pytest.mark.parametrize(
    ("labels", "truth"), [([], []), ([("t", "w", "a")] * 2, []), ([("t", "w", "a")], [("t", "a")] * 2)]
)
def test_an_empty_or_repeated_table_is_refused(labels, truth):
    with pytest.raises(BadVotes):
        replay(labels, truth, seed=1, audit_rate=0.1)


def test_without_audits_nobody_is_convicted_and_all_tasks_are_asked():
    rows, truth, roles = job(members=0)
    found = replay(rows, truth, roles, seed=1, audit_rate=0.0)
    assert (found["audits"], found["asked"]) == (0, 300)
    assert found["roles"]["honest"]["convicted"] == 0


def test_labels_are_bought_only_until_a_task_has_enough():
    votes, true = made.crowd(tasks=500, workers=30, per_task=12, classes=2, skill=0.85)
    order = np.random.default_rng(1).permutation(len(votes))
    rows = made.rows(votes)
    rows = [(rows[n][0], rows[n][1], str(rows[n][2])) for n in order]
    truth = [(name, str(true[t])) for t, name in enumerate(votes.tasks)]
    every, some = (replay(rows, truth, seed=1, audit_rate=0.1, stop=stop) for stop in (False, True))
    assert every["labels"] == every["labels_given"] == some["labels_given"] == len(rows)
    assert some["labels"] < 0.8 * len(rows)
    assert some["audits"] == every["audits"] == 50
    assert some["accuracy"] > every["accuracy"] - 0.02
    assert sum(row["labels"] for row in some["roles"].values()) == some["labels"]


@pytest.mark.parametrize(
    "rows",
    [
        [("t0", f"w{n}", "ab"[n % 3 == 0]) for n in range(1_000)],
        [(f"t{n}", "w", "ab"[n % 3 == 0]) for n in range(100_000)],
        [(f"t{n}", f"w{w}", "a") for n in range(50) for w in range(4)],
        [("t1", "w1", "nan"), ("t1", "w2", "inf"), ("t2", "w1", "NaN")],
    ],
    ids=["a task of a thousand", "a worker of a hundred thousand", "one label", "words for no number"],
)
def test_strange_jobs_have_a_defined_end(rows):
    found = replay(rows, [(rows[0][0], rows[0][2])], seed=1, audit_rate=0.5)
    row = found["roles"]["honest"]
    assert row["labels"] == found["labels"] == len(rows)
    assert row["paid_micros"] >= 0
    assert row["lost_micros"] >= 0
    assert found["audits"] in {0, 1}


def test_everything_audited_leaves_no_accuracy_to_measure():
    rows, truth, _ = job(members=0)
    found = replay(rows, truth, seed=1, audit_rate=1.0)
    assert found["accuracy"] is None
    assert found["roles"]["honest"]["positive"] == 1


def test_a_folder_is_read_with_its_roles(tmp_path: Path):
    rows, truth, roles = job()
    table = lambda header, lines: "\n".join([header, *(",".join(line) for line in lines)]) + "\n"  # noqa: E731
    (tmp_path / "labels.csv").write_text(table("task,worker,label", rows))
    (tmp_path / "truth.csv").write_text(table("task,label", truth))
    (tmp_path / "roles.csv").write_text(table("worker,role", roles.items()))
    found = tables(tmp_path, seed=1, audit_rate=0.1)
    assert found == replay(rows, truth, roles, seed=1, audit_rate=0.1) | {"repeats": 0}
    (tmp_path / "roles.csv").write_text("worker\nw\n")
    with pytest.raises(BadTable):
        tables(tmp_path, seed=1, audit_rate=0.1)


@pytest.mark.skipif(not Path(made.CROWD, "rte").exists(), reason="real crowds are not shipped")
@pytest.mark.parametrize(
    ("name", "least"), [("rte", 0.92), ("music", 0.785), ("weather_amt", 0.84), ("bluebird", 0.87)]
)
def test_real_crowds_are_answered_no_worse_than_a_point_below_what_was_measured(name, least):
    found = tables(Path(made.CROWD, name), seed=1, audit_rate=0.0)
    assert found["accuracy"] >= least
    assert found["groups"] == 0
    assert np.isfinite(found["roles"]["honest"]["net_micros"])
