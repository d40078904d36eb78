"""Copy groups, content-free workers, the consensus with groups counted once, and the judgement that follows."""

import numpy as np
import pytest

from hakari.truth.consensus import consensus
from hakari.truth.content import ODDS, sees
from hakari.truth.groups import Group, Proof, confirmed, find_groups, group_vote, worse_by_far
from hakari.truth.judgement import REASONS, judge_labels
from hakari.truth.membership import sheet
from hakari.truth.suspects import pairs
from hakari.truth.votes import UNKNOWN, Votes

from . import made


def audited(votes, true, *, every=10):
    """Return known answers for every tenth task; tasks keep their numbers because made ids sort in order."""
    return np.where(np.arange(len(votes.tasks)) % every == 0, true, UNKNOWN).astype(np.int32)


def army(noise=0.0, classes=3):
    votes, true = made.crowd(tasks=200, workers=30, per_task=5, classes=classes, skill=0.75)
    mixed = made.with_army(votes, true, members=5, classes=classes, noise=noise)
    return mixed, true, audited(mixed, true)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_an_army_with_one_sheet_is_found_and_nobody_else(noise):
    votes, _, known = army(noise)
    (group,) = find_groups(votes, classes=3, known=known)
    members = {votes.workers[m] for m in group.members}
    assert members == {name for name in votes.workers if name.startswith("~")}
    assert group.proof.z > 4
    assert set(group.hard) <= set(group.members)


def test_an_army_that_strays_far_from_its_sheet_is_found_too():
    votes, true = made.crowd(tasks=400, workers=40, per_task=5, classes=2, skill=0.8)
    mixed = made.with_army(votes, true, members=6, classes=2, noise=0.35)
    (group,) = find_groups(mixed, classes=2, known=audited(mixed, true))
    assert {mixed.workers[m] for m in group.members} == {name for name in mixed.workers if name.startswith("~")}


def strangers(*, copy):
    """Return a crowd of forty and, on each task, four accounts of five answers each: of one sheet but for a seventh, or honest."""
    votes, true = made.crowd(tasks=150, workers=12, per_task=4, classes=2, skill=0.8)
    rng = np.random.default_rng(3)
    sheet = rng.integers(0, 2, 150)
    more = []
    for t in range(150):
        for place in range(4):
            said = sheet[t] if copy else true[t]
            label = said if rng.random() < (0.85 if copy else 0.75) else 1 - said
            more.append((votes.tasks[t], f"~{place}-{t % 30:03d}", int(label)))
    return Votes.from_rows([*made.rows(votes), *more], classes=2), votes, true


def test_strangers_who_mislead_are_not_counted_and_those_who_help_are():
    for copy in (True, False):
        mixed, alone, true = strangers(copy=copy)
        known = audited(mixed, true, every=5)
        found = consensus(mixed, classes=2, known=known, groups=())
        left_out = {mixed.workers[w] for w in np.flatnonzero(found.blind)}
        assert left_out == ({name for name in mixed.workers if name.startswith("~")} if copy else set())
        rest = known == UNKNOWN
        plain = consensus(alone, classes=2, known=audited(alone, true, every=5))
        gain = made.accuracy(found.p_label[rest], true[rest]) - made.accuracy(plain.p_label[rest], true[rest])
        assert gain >= (0 if copy else 0.02)


def test_audits_keep_many_who_name_one_class_from_drowning_ten():
    votes, true = made.crowd(tasks=300, workers=20, per_task=3, classes=10, skill=0.7)
    rng = np.random.default_rng(2)
    more = [
        (name, f"~{m}", int(rng.integers(0, 10)) if rng.random() < 0.2 else 0) for name in votes.tasks for m in range(3)
    ]
    mixed = Votes.from_rows([*made.rows(votes), *more], classes=10)
    known = audited(mixed, true)
    rest = known == UNKNOWN
    answers = [consensus(each, classes=10, known=known).p_label[rest] for each in (mixed, votes)]
    assert made.accuracy(answers[0], true[rest]) >= made.accuracy(answers[1], true[rest]) - 0.03


def test_an_honest_crowd_has_no_group():
    votes, true = made.crowd(tasks=200, workers=30, per_task=5, skill=0.75)
    assert find_groups(votes, classes=3, known=audited(votes, true)) == ()


def test_honest_people_who_share_hard_tasks_are_no_group():
    # On a third of the tasks everyone errs the same way half of the time: agreement in error, but of all with all.
    votes, true = made.crowd(tasks=300, workers=20, per_task=6, classes=2, skill=0.9)
    rng = np.random.default_rng(5)
    hard = rng.random(300) < 0.33
    label = np.where(hard[votes.task] & (rng.random(len(votes)) < 0.5), 1 - true[votes.task], votes.label)
    other = Votes.from_arrays(votes.task, votes.worker, label, classes=2, tasks=votes.tasks, workers=votes.workers)
    assert find_groups(other, classes=2, known=audited(other, true, every=5)) == ()


def test_without_audits_nothing_is_called_a_group():
    votes, _, _ = army()
    nothing = np.full(len(votes.tasks), UNKNOWN, np.int32)
    assert find_groups(votes, classes=3, known=nothing) == ()


def test_the_army_costs_the_answer_less_than_two_points():
    votes, true, known = army()
    honest = votes.keep(np.array([not name.startswith("~") for name in votes.workers])[votes.worker])
    rest = known == UNKNOWN
    with_army = made.accuracy(consensus(votes, classes=3, known=known).p_label[rest], true[rest])
    alone = made.accuracy(consensus(honest, classes=3, known=known).p_label[rest], true[rest])
    naive = made.accuracy(consensus(votes, classes=3).p_label[rest], true[rest])
    assert with_army >= alone - 0.02
    assert naive < alone - 0.1


def test_a_sheet_that_is_often_right_helps_and_one_that_ignores_the_truth_says_nothing():
    votes, true = made.crowd(tasks=400, workers=30, per_task=5, classes=2)
    known = audited(votes, true, every=4)
    members = np.arange(5, dtype=np.int32)
    clear = np.zeros(400, np.bool_)
    rng = np.random.default_rng(0)

    def voice(answers):
        rows = [(name, f"w{m:05d}", int(answers[t])) for m in range(5) for t, name in enumerate(votes.tasks)]
        table = group_vote(Votes.from_rows(rows, classes=2), members, classes=2, known=known, clear=clear)
        return table[np.arange(400), true] - table[np.arange(400), 1 - true]

    right = voice(np.where(rng.random(400) < 0.8, true, 1 - true))
    coin = voice(rng.integers(0, 2, 400))
    wrong = voice(1 - true)
    assert right.mean() > 0.3
    assert abs(coin.mean()) < 0.1
    assert wrong.mean() > 0.3


def test_a_sheet_is_what_its_members_say():
    votes = Votes.from_rows([("a", "u", 1), ("a", "v", 1), ("a", "w", 0), ("b", "w", 0)], classes=2)
    found = sheet(votes, np.array([1.0, 1.0, 0.0]), 2)
    assert found[0, 1] > 0.9
    assert found[1].tolist() == pytest.approx([0.5, 0.5])


def test_pairs_count_common_tasks_and_agreement():
    votes = Votes.from_rows(
        [("a", "u", 1), ("a", "v", 1), ("a", "w", 0), ("b", "u", 0), ("b", "v", 1), ("c", "w", 0)], classes=2
    )
    i, j, together, agreed = pairs(votes)
    assert list(zip(i.tolist(), j.tolist(), together.tolist(), agreed.tolist(), strict=True)) == [
        (0, 1, 2, 1),
        (0, 2, 1, 0),
        (1, 2, 1, 0),
    ]


def test_crowded_tasks_are_thinned_the_same_way_twice():
    rows = [("a", f"w{w:04d}", w % 2) for w in range(300)]
    votes = Votes.from_rows(rows, classes=2)
    first, again = pairs(votes), pairs(votes)
    assert len(first[0]) == 200 * 199 // 2
    assert all(a.tobytes() == b.tobytes() for a, b in zip(first, again, strict=True))


def proof(**changes):
    numbers = {
        "agreement": 0.9,
        "by_skill": 0.4,
        "excess": 0.83,
        "outside": 0.0,
        "z": 9.0,
        "same_errors": 0.8,
        "audited": 30,
        "edge": -0.2,
    }
    return Proof(**(numbers | changes))


def test_a_better_group_is_collapsed_only_when_near_identical():
    assert confirmed(proof())
    assert not confirmed(proof(edge=0.2))
    assert confirmed(proof(edge=0.2, agreement=0.99, excess=0.98))


@pytest.mark.parametrize(
    "change", [{"excess": 0.5}, {"outside": 0.5}, {"z": 3.0}, {"same_errors": 0.5}, {"audited": 4}]
)
def test_each_missing_number_clears_a_group_that_is_no_worse_than_others(change):
    assert confirmed(proof(edge=0.05))
    assert not confirmed(proof(edge=0.05, **change))


def test_who_agrees_beyond_skill_and_is_not_better_needs_no_shared_error():
    assert confirmed(proof(edge=-0.01, same_errors=0.4))
    assert not confirmed(proof(edge=0.02, same_errors=0.4))
    assert not confirmed(proof(edge=-0.01, same_errors=0.4, z=7.0))
    assert not confirmed(proof(edge=-0.01, same_errors=0.4, audited=19))


def test_a_sheet_that_follows_the_crowd_where_it_is_sure_is_found_if_audits_show_it_worse():
    assert confirmed(proof(edge=-0.1, outside=0.5))
    assert not confirmed(proof(edge=-0.05, outside=0.5))
    assert not confirmed(proof(edge=-0.1, outside=0.6))
    assert not confirmed(proof(edge=-0.1, outside=0.5, same_errors=0.5))


def test_who_is_worse_and_agrees_with_nobody_else_needs_fewer_audits():
    small = {"edge": -0.05, "outside": 0.0, "excess": 0.75, "z": 6.0, "audited": 10, "same_errors": 0.4}
    assert confirmed(proof(**small))
    for change in ({"edge": -0.04}, {"outside": 0.15}, {"excess": 0.69}, {"z": 5.4}, {"audited": 9}):
        assert not confirmed(proof(**(small | change)))


def said_otherwise(*, right):
    """Four accounts share a sheet that is right with chance `right`: the mean rise of the belief in what they say of a task that they
    are held to, and that outsiders are held to, from their saying it."""
    votes, true = made.crowd(tasks=200, workers=30, per_task=3, classes=3, skill=0.7)
    rng = np.random.default_rng(3)
    copied = np.where(rng.random(200) < right, true, (true + 1) % 3)
    sheet_ = [(name, f"~{m}", int(copied[t])) for m in range(4) for t, name in enumerate(votes.tasks)]
    mixed = Votes.from_rows([*made.rows(votes), *sheet_], classes=3)
    theirs = np.array([name.startswith("~") for name in mixed.workers])
    members = np.flatnonzero(theirs).astype(np.int32)
    group = Group(members=members, hard=members, evidence=np.full(4, 9.0), proof=None)
    known = audited(mixed, true)
    before = consensus(mixed, classes=3, known=known, groups=[group]).others
    rises = []
    for t in (5, 37, 61, 93, 125, 157, 181, 199):
        turned, new = mixed.label.copy(), (copied[t] + 1) % 3
        turned[(mixed.task == t) & theirs[mixed.worker]] = new
        other = Votes.from_arrays(mixed.task, mixed.worker, turned, classes=3, tasks=mixed.tasks, workers=mixed.workers)
        after = consensus(other, classes=3, known=known, groups=[group]).others
        rise = (before[:, copied[t]] - after[:, copied[t]] + after[:, new] - before[:, new]) / 2
        rises.append([rise[(mixed.task == t) & (theirs[mixed.worker] == own)].mean() for own in (True, False)])
    return np.mean(rises, axis=0)


def test_what_a_group_says_of_a_task_is_heard_by_outsiders_and_hardly_by_itself():
    own, outside = said_otherwise(right=0.9)
    # Not nothing: what they say teaches who else is reliable. A ring pays below the margin of 0.10 only (docs/explain/judging.md).
    assert own < 0.10
    assert outside > 3 * own
    own, _ = said_otherwise(right=0.33)
    assert own < 0.02


def test_coins_and_constants_are_blind_and_people_see():
    votes, true = made.crowd(tasks=300, workers=15, per_task=5, classes=3, skill=0.75)
    rng = np.random.default_rng(2)
    coins = [(name, f"~coin{n}", int(rng.integers(0, 3))) for n in range(4) for name in votes.tasks]
    constants = [(name, f"~same{n}", n % 3) for n in range(4) for name in votes.tasks]
    mixed = Votes.from_rows([*made.rows(votes), *coins, *constants], classes=3)
    others = np.full((len(mixed), 3), 0.1)
    others[np.arange(len(mixed)), true[mixed.task]] = 0.8
    blind = sees(mixed, others) <= -np.log(ODDS)
    assert {mixed.workers[w] for w in np.flatnonzero(blind)} == {n for n in mixed.workers if n.startswith("~")}


def test_every_label_gets_a_verdict_from_the_fixed_list():
    votes, true, known = army()
    judged = judge_labels(votes, classes=3, known=known)
    assert set(judged.reason) <= set(REASONS)
    at = known[votes.task] != UNKNOWN
    right = votes.label == true[votes.task]
    assert (judged.accepted[at] == right[at]).all()
    assert (judged.score_bps[at] == np.where(right[at], 10_000, 0)).all()
    sybil = np.array([name.startswith("~") for name in votes.workers])[votes.worker]
    assert judged.accepted[~sybil].mean() > 0.7 > judged.accepted[sybil].mean()
    assert judged.merit_bps[sybil].mean() < 0 < judged.merit_bps[~sybil].mean()


def test_recorded_decisions_are_followed_exactly():
    votes, _, known = army()
    first = judge_labels(votes, classes=3, known=known)
    again = judge_labels(votes, classes=3, known=known, recorded=first.decisions)
    assert first.decisions
    assert first.decisions == again.decisions
    assert first.score_bps.tobytes() == again.score_bps.tobytes()
    assert first.merit_bps.tobytes() == again.merit_bps.tobytes()
    alone = judge_labels(votes, classes=3, known=known, recorded=())
    assert alone.label_bps.tobytes() != first.label_bps.tobytes()


def test_judging_twice_in_another_order_gives_the_same_bytes():
    votes, _, known = army(0.1)
    rows = made.rows(votes)
    other = Votes.from_rows(rows[::-1], classes=3)
    first, again = (judge_labels(each, classes=3, known=known) for each in (votes, other))
    assert first.score_bps.tobytes() == again.score_bps.tobytes()
    assert first.label_bps.tobytes() == again.label_bps.tobytes()
    assert first.decisions == again.decisions


@pytest.mark.parametrize("kind", ["constant", "coin", "shares"])
def test_a_report_without_content_has_merit_zero_within_three_standard_errors(kind):
    votes, true = made.crowd(tasks=400, workers=30, per_task=5, classes=3, skill=0.75)
    rng = np.random.default_rng(7)
    label = {
        "constant": lambda: 1,
        "coin": lambda: rng.integers(0, 3),
        "shares": lambda: rng.choice(3, p=[0.6, 0.3, 0.1]),
    }
    blind = [(name, "~", int(label[kind]())) for name in votes.tasks]
    mixed = Votes.from_rows([*made.rows(votes), *blind], classes=3)
    judged = judge_labels(mixed, classes=3, known=np.full(400, UNKNOWN, np.int32))
    own = judged.merit_bps[mixed.worker == mixed.workers.index("~")] / 10_000
    assert abs(own.mean()) <= 3 * max(own.std(), 0.05) / np.sqrt(len(own)) + 1e-4
    assert (judged.merit_bps[mixed.worker == 0] / 10_000).mean() > 0.3
    assert len(true) == 400


FAR = {"excess": 0.5, "outside": 0.05, "z": 16.0, "same_errors": 0.7, "audited": 200, "edge": -0.2}


@pytest.mark.parametrize(
    "change",
    [{"excess": 0.34}, {"outside": 0.21}, {"z": 9.9}, {"same_errors": 0.49}, {"audited": 39}, {"edge": -0.05}],
)
def test_who_strays_far_is_a_group_only_by_every_sign(change):
    assert worse_by_far(proof(**FAR))
    assert not worse_by_far(proof(**(FAR | change)))
