"""Agreement, peers, reputation, careers and attackers: pure reports against figures from outside."""

from itertools import combinations

import numpy as np
import pytest

from hakari.truth.agreement import confusion, diversity, krippendorff
from hakari.truth.attacks import ATTACKS, infest
from hakari.truth.careers import convicted_by, ever_convicted, exam_farm
from hakari.truth.judgement import judge_labels
from hakari.truth.majority import shares
from hakari.truth.peers import correlated_agreement
from hakari.truth.reputation import beta_quantile, reputation
from hakari.truth.standins import MAKES, skewed, thinned
from hakari.truth.standins import made as standin
from hakari.truth.votes import BadVotes, Votes

from . import made


def published():
    # Krippendorff 2011, section C: four observers, twelve units, 0 where one gave nothing.
    rows = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
    given = [(f"t{t:02d}", f"w{w}", k - 1) for w, row in enumerate(rows) for t, k in enumerate(row) if k]
    return Votes.from_rows(given, classes=5)


@pytest.mark.parametrize(("scale", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_the_published_example(scale, alpha):
    assert krippendorff(published(), classes=5, scale=scale) == pytest.approx(alpha, abs=5e-4)


def test_alpha_is_not_defined_where_nothing_can_differ():
    assert krippendorff(Votes.from_rows([("a", "u", 0), ("b", "v", 1)], classes=2), classes=2) is None
    assert krippendorff(Votes.from_rows([("a", "u", 0), ("a", "v", 0)], classes=2), classes=2) is None


def test_confusion_counts_what_was_said_by_what_is_true():
    votes = Votes.from_rows([("a", "u", 0), ("a", "v", 1), ("b", "u", 1)], classes=2)
    assert confusion(votes, np.eye(2)).tolist() == [[1, 0], [1, 1]]
    with pytest.raises(BadVotes):
        confusion(votes, np.eye(3))


def test_diversity_names_no_group_of_fewer_than_twenty():
    votes = Votes.from_rows([("a", f"w{n:02d}", 0) for n in range(30)], classes=1)
    found = diversity(votes, {f"w{n:02d}": "ja" if n < 20 else "zh" for n in range(25)})
    assert found.groups == {"ja": 20 / 30, "not declared": 5 / 30, "other": 5 / 30}
    assert (found.top, found.top_ten) == (pytest.approx(1 / 30), pytest.approx(1 / 3))
    assert found.voices == pytest.approx(30)


def test_peers_reward_content_and_not_constants_or_coins():
    votes, true = made.crowd(tasks=400, workers=20, per_task=5, classes=3, skill=0.75)
    rng = np.random.default_rng(1)
    blind = [(name, who, int(k)) for name in votes.tasks for who, k in (("~coin", rng.integers(3)), ("~same", 1))]
    mixed = Votes.from_rows([*made.rows(votes), *blind], classes=3)
    found = correlated_agreement(mixed, classes=3)
    score = dict(zip(mixed.workers, found.score.tolist(), strict=True))
    assert abs(score["~coin"]) < 0.05
    assert abs(score["~same"]) < 0.05
    assert min(score[name] for name in votes.workers) > 0.05
    assert len(true) == 400


def beside(label, *, count):
    """Merit of accounts that say `label(rng, task's commonest answer)` of every task, and of people, nobody audited."""
    votes, _ = made.crowd(tasks=300, workers=20, per_task=6, classes=3, skill=0.75)
    rng = np.random.default_rng(4)
    most = [int(row.argmax()) for row in shares(votes, 3)]
    added = [
        (t, f"~{n}", int(label(rng, most[i]))) for n in range(count) for i, t in enumerate(votes.tasks) if i % 4 == n
    ]
    mixed = Votes.from_rows([*made.rows(votes), *added], classes=3)
    merit = judge_labels(mixed, classes=3).merit_bps / 10_000
    theirs = np.array([name.startswith("~") for name in mixed.workers])[mixed.worker]
    return merit[theirs], merit[~theirs]


@pytest.mark.parametrize(
    "label",
    [lambda rng, _: rng.integers(3), lambda *_: 1, lambda rng, _: rng.choice(3, p=[0.5, 0.3, 0.2])],
    ids=["coins", "constants", "draws from shares"],
)
def test_without_audits_accounts_that_look_at_nothing_earn_nothing_in_the_mean(label):
    blind, people = beside(label, count=4)
    assert blind.mean() <= 3 * blind.std() / np.sqrt(len(blind)) + 1e-4
    assert people.mean() > 0.3


def test_without_audits_repeating_what_most_say_earns_as_if_one_had_looked():
    # The limit of every score from reports alone, said in docs/explain/judging.md.
    copied, people = beside(lambda _, most: most, count=4)
    assert copied.mean() > people.mean() > 0.3


@pytest.mark.parametrize(
    ("share", "a", "b", "x"), [(0.3, 1, 1, 0.3), (0.25, 2, 1, 0.5), (0.5, 5, 5, 0.5), (0.05, 1, 10, 1 - 0.95**0.1)]
)
def test_quantiles_of_beta_are_the_known_ones(share, a, b, x):
    assert beta_quantile(share, a, b) == pytest.approx(x, abs=1e-9)


def test_reputation_rises_with_proof():
    new, some, many = (reputation(n, 0, classes=2) for n in (0, 10, 100))
    assert new.low < some.low < many.low < 1
    assert reputation(10, 10, classes=2).low < some.low
    with pytest.raises(BadVotes):
        reputation(float("inf"), 0, classes=2)


def test_the_false_conviction_bound_holds_for_ten_thousand_boundary_workers():
    assert ever_convicted(skill=0.8, workers=10_000, answers=120) <= 0.01


def test_nine_in_ten_coin_flippers_are_convicted_within_sixty_audits():
    chance = convicted_by(wrong=0.5, skill=0.8, answers=60)
    assert chance[-1] >= 0.9
    assert (np.diff(chance) >= 0).all()
    assert convicted_by(wrong=0.2, skill=0.8, answers=60)[-1] <= 0.01


@pytest.mark.parametrize("work", [0, 20, 80])
def test_exam_farmers_gain_nothing(work):
    terms = {"questions": 10, "pass_bps": 7_000, "exam_pay": 400_000, "reward": 40_000, "margin_bps": 1_000}
    gone = exam_farm(accounts=1_000, cost=2_000, right=0.9, work=work, **terms)
    assert gone.passed > 0.9
    assert -2_000_000 <= gone.net_micros <= 0


@pytest.mark.parametrize("attack", ATTACKS)
def test_attackers_take_their_share_and_never_a_task_twice(attack):
    rows, truth = standin("balanced")
    found = infest(rows, truth, attack, seed=2)
    assert len(found.rows) == len(rows)
    assert len({(t, w) for t, w, _ in found.rows}) == len(rows)
    assert 0.35 < 1 - len(found.honest) / len(rows) < 0.45
    assert found.rows == infest(rows, truth, attack, seed=2).rows
    assert set(found.roles) == {w for _, w, _ in found.rows}


def said(attack):
    """Return the attackers' labels by worker, in the order of arrival, and the truth, of the made-up crowd of three classes."""
    rows, truth = standin("balanced")
    by: dict[str, dict[str, str]] = {}
    for task, worker, label in infest(rows, truth, attack, seed=2).rows:
        if worker.startswith("~"):
            by.setdefault(worker, {})[task] = label
    return list(by.values()), truth


def agreement(attack):
    pairs = [
        one[task] == two[task] for one, two in combinations(said(attack)[0], 2) for task in one.keys() & two.keys()
    ]
    return sum(pairs) / len(pairs)


def test_copies_agree_as_far_as_they_keep_to_their_sheet():
    assert agreement("army") == 1
    # Both keep to it with .7 + .3 / 3, or both say one of the two other classes.
    assert agreement("stray-army") == pytest.approx(0.8**2 + 2 * 0.1**2, abs=0.03)
    # Of two cousins one in six has the very same sheet.
    assert 0.66 < agreement("cousins") < 0.8
    assert agreement("biased") == pytest.approx((0.8 + 0.2 / 3) ** 2 + 2 * (0.2 / 3) ** 2, abs=0.03)
    assert agreement("spam") == pytest.approx(1 / 3, abs=0.03)


def test_sleepers_begin_right_and_end_guessing():
    careers, truth = said("sleeper")
    hits = [[label == truth[task] for task, label in career.items()] for career in careers]
    early, late = ([hit for each in hits for hit in each[part]] for part in (slice(None, 5), slice(-5, None)))
    assert sum(early) / len(early) > 0.8
    assert sum(late) / len(late) < 0.55


def test_an_unknown_attack_or_share_is_refused():
    with pytest.raises(BadVotes):
        infest([], {}, "charm")
    with pytest.raises(BadVotes):
        infest([], {}, "army", share=float("nan"))


@pytest.mark.parametrize("name", MAKES)
def test_stand_ins_are_a_function_of_their_seed(name):
    rows, truth = standin(name, seed=1)
    assert standin(name, seed=1) == (rows, truth)
    assert {t for t, _, _ in rows} == set(truth)
    assert max(sum(1 for r in thinned(rows, each=2) if r[0] == t) for t in list(truth)[:20]) <= 2
    cut, left = skewed(rows, truth, share=0.95)
    assert {t for t, _, _ in cut} == set(left)
