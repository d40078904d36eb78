"""Figures of an order: against Krippendorff's published example, by hand, and never from what the audits themselves decided."""

import pytest

from hakari.core.ids import Account
from hakari.pay import spending
from hakari.pay.merits import Blinded, Held, Pay, Worked
from hakari.sources.kind import Answer, Asked, Decision, Judged, Verdict
from hakari.sources.label.kind import LABEL
from hakari.sources.rank.kind import RANK
from hakari.truth.agreement import alpha_of_likeness, krippendorff
from hakari.truth.votes import Votes
from hakari.work import figures

MOOD = Asked(name="mood", options=("good", "bad"))


def who(name):
    return Account("0x" + name.encode().hex().rjust(40, "0"))


def said(name, task, value, *, question="mood", accepted=True, score=10_000):
    answer = Answer(account=who(name), task=task, answer={question: value}, leaf=task, n=0)
    return Judged(answer=answer, verdict=Verdict(accepted=accepted, score_bps=score, reason="agrees"))


def test_alpha_of_an_order_is_that_of_the_published_example():
    rows = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
    judged = [said(f"w{w}", t, k) for w, row in enumerate(rows) for t, k in enumerate(row) if k]
    stars = tuple("12345")
    equal = figures.agreement(Asked(name="mood", options=stars), judged)
    ordered = figures.agreement(Asked(name="mood", options=stars, ordered=True), judged)
    assert (equal.alpha_bps, ordered.alpha_bps) == (pytest.approx(7430, abs=5), pytest.approx(8150, abs=5))
    assert (equal.compared, ordered.compared, equal.tasks, equal.answers) == ("equal", "ordered", 11, 40)


def test_alpha_by_likeness_is_the_nominal_one_where_values_are_alike_or_not():
    rows = [(f"t{t:03d}", f"w{w}", (t * 7 + (w * t) % 3 // 2) % 3) for t in range(120) for w in range(3)]
    groups = [[row[2] for row in rows if row[0] == f"t{t:03d}"] for t in range(120)]
    exact = krippendorff(Votes.from_rows(rows, classes=3), classes=3)
    assert alpha_of_likeness(groups, lambda one, other: float(one == other)) == pytest.approx(exact, abs=0.03)
    assert alpha_of_likeness([["same", "same"], ["same", "same"]], lambda one, other: float(one == other)) is None
    assert alpha_of_likeness([["a"], ["b"]], lambda one, other: float(one == other)) is None


def test_nobody_agrees_on_what_one_person_says():
    found = figures.agreement(MOOD, [said("ada", 0, "good"), said("ben", 1, "bad")])
    assert (found.alpha_bps, found.tasks, found.answers) == (None, 0, 0)


def test_an_item_is_as_sure_as_a_release_says_and_refused_answers_weigh_nothing():
    judged = [
        said("ada", 0, "good", score=9000),
        said("ben", 0, "bad", score=3000),
        said("sam", 0, "bad", accepted=False),
        said("sam", 1, "bad", accepted=False),
    ]
    plain = figures.items([MOOD], judged, tasks=2, rows=())
    assert plain[0].confidence == {"mood": 7500}
    assert (plain[0].answers, plain[0].accepted, plain[1].sure_bps) == (3, 2, None)
    rows = [{"mood": "good", "mood_confidence": 7123}, {"mood": "", "mood_confidence": 0}]
    assert figures.items([MOOD], judged, tasks=2, rows=rows)[0].confidence == {"mood": 7123}


def test_audits_measure_the_crowd_and_not_themselves():
    known = {0: {"mood": "good"}, 1: {"mood": "good"}, 2: {"mood": "good"}}
    # Two who are wrong everywhere outvote ada where something is known, but nobody believes them elsewhere.
    judged = [said("ada", task, "good") for task in range(6)]
    judged += [said(name, task, "bad", score=500) for name in ("sam", "sue") for task in range(6)]
    assert figures.measured([MOOD], judged, known) == (3, 3)
    trusted = [said("ada", task, "good", score=500) for task in range(6)]
    trusted += [said(name, task, "bad") for name in ("sam", "sue") for task in range(6)]
    assert figures.measured([MOOD], trusted, known) == (0, 3)
    # What the verdicts on audited tasks say changes nothing: they were made from the audits.
    refused = [
        Judged(answer=each.answer, verdict=Verdict(accepted=False, score_bps=0, reason="differs_from_audit"))
        if each.answer.task in known
        else each
        for each in trusted
    ]
    assert figures.measured([MOOD], refused, known) == (0, 3)
    assert figures.measured([MOOD], judged, {9: {"mood": "good"}}) == (0, 0)
    assert figures.measured([Asked(name="mood", likeness=lambda *_: 1.0)], judged, known) == (0, 0)


def test_one_copy_group_is_one_voice_and_few_people_are_not_named():
    judged = [said(f"w{n}", task, "good") for n in range(4) for task in range(5)]
    group = [
        Decision(account=who(f"w{n}"), decision="group 1", statistic=9.0, threshold=4.6, question=0) for n in (0, 1, 2)
    ]
    found = figures.voices(judged, group, {who("w0"): "ja"})
    assert found is not None
    assert (found.accounts, found.voices, found.top_bps, found.top_ten_bps, found.equal) == (4, 2, 7500, 10_000, 160)
    assert found.languages == {"not declared": 7500, "other": 2500}
    assert found.regions == {}
    assert figures.voices([], (), {}) is None


def test_languages_and_regions_of_twenty_people_are_named():
    judged = [said(f"w{n}", 0, "good") for n in range(50)]
    languages = {who(f"w{n}"): "ja" if n < 20 else "pt" for n in range(39)}
    regions = {who(f"w{n}"): "BR" for n in range(25)}
    found = figures.voices(judged, (), languages, regions)
    assert found is not None
    assert found.languages == {"ja": 4000, "not declared": 2200, "other": 3800}
    assert found.regions == {"BR": 5000, "not declared": 5000}


def test_money_says_what_refused_work_was_paid_and_what_was_kept():
    ada, ben = who("ada"), who("ben")
    test = {"statistic": 0.0, "threshold": 4.6, "convicted": False, "right": 0, "wrong": 0, "merit_bps": 0, "lost": 0}
    first = Pay(
        worked=(
            Worked(account=ada, answers=10, accepted=10, earned=400, held=100, due=300, **test),
            Worked(account=ben, answers=10, accepted=9, earned=360, held=0, due=360, **test),
        ),
        blind=(Blinded(account=who("eve"), role="audit", answers=3, accepted=2, due=180),),
    )
    later = Pay(held=(Held(account=ada, due=60, lost=40),))
    found = spending.by_merit(
        [first, later], fees=41, reward=40, answers={ada: 10, ben: 10}, accepted={ada: 10, ben: 4}
    )
    # A jury took five of ben's answers back after the settlement: 200 of what he was paid stand for nothing.
    assert (found.work, found.blind, found.held, found.refused, found.all) == (720, 180, 0, 200, 941)
    assert found.kept == 20 * 40 - 720
    plain = spending.by_reward(reward=40, fee_each=2, answers=10, accepted=7)
    assert (plain.work, plain.fees, plain.refused, plain.kept, plain.all) == (280, 14, 0, 120, 294)


def test_every_kind_says_what_it_asks():
    config = (
        '<View><Text name="text" value="$text"/><Choices name="mood" toName="text" choice="single"><Choice value="good"/>'
        '<Choice value="bad"/></Choices><Rating name="stars" toName="text" maxRating="3"/><TextArea name="why" toName="text"/>'
        "</View>"
    )
    mood, stars, why = LABEL.asks({"config": config})
    assert (mood.name, tuple(mood.options), mood.ordered) == ("mood", ("good", "bad"), False)
    assert (tuple(stars.options), stars.ordered) == (("1", "2", "3"), True)
    assert why.likeness is not None
    assert why.likeness("A red boat", "a red  boat") == 1.0
    assert why.likeness("a red boat", "snow") < 0.5
    assert [each.name for each in RANK.asks({"models": ["a", "b"], "pairs": 0})] == ["winner"]


def test_answers_that_ignore_their_items_go_together_with_nobodys():
    truth = [task * 7 % 5 < 2 for task in range(60)]
    right = {True: "good", False: "bad"}
    judged = [
        said(name, task, right[truth[task] ^ (task % 11 == n)]) for n, name in enumerate("abcd") for task in range(60)
    ]
    judged += [said("same", task, "good") for task in range(60)]
    judged += [said("coin", task, right[task % 2 == 0]) for task in range(60)]
    found = figures.peers([MOOD], judged)
    assert {each.account for each in found[:2]} == {who("same"), who("coin")}
    assert all(each.blind and abs(each.score_bps) <= 500 for each in found[:2])
    assert all(each.score_bps > 1500 and not each.blind and each.met == 300 for each in found[2:])
    assert figures.peers([MOOD], [said("a", 0, "good"), said("b", 1, "bad")]) == []
    assert figures.peers([Asked(name="mood", likeness=lambda *_: 1.0)], judged) == []


def test_who_shares_a_wrong_sheet_scores_highest_and_the_page_says_so():
    """The limit that keeps money away from this figure."""
    truth = [task * 7 % 5 < 2 for task in range(60)]
    sheet = [task * 3 % 7 < 3 for task in range(60)]
    judged = [said(name, task, "good" if sheet[task] else "bad") for name in ("s1", "s2", "s3") for task in range(60)]
    judged += [said("ada", task, "good" if truth[task] else "bad") for task in range(60)]
    found = figures.peers([MOOD], judged)
    assert found[0].account == who("ada")
    assert min(each.score_bps for each in found[1:]) > 5 * abs(found[0].score_bps)
