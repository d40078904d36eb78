"""Answers of every kind, judged by one procedure: careful people above, whoever ignores the task at nothing."""

import random

import pytest

from hakari.truth.answers import plain, regions, texts
from hakari.truth.answers.judged import ANSWER_REASONS, NEEDS_REVIEW, judge_answers
from hakari.truth.answers.overlap import Box, Polygon, Span
from hakari.truth.votes import BadVotes, EmptyVotes

WORDS = ["rain", "snow", "wind", "sun", "cloud", "storm", "hail", "fog", "frost", "heat"]


def _box(rng, x, y, size, wobble):
    off = [rng.uniform(-wobble, wobble) for _ in range(4)]
    return Box(label="car", x=x + off[0], y=y + off[1], width=size + off[2], height=size + off[3])


def _outline(b):
    return Polygon(
        label=b.label, points=((b.x, b.y), (b.x + b.width, b.y), (b.x + b.width, b.y + b.height), (b.x, b.y + b.height))
    )


def _boxes(rng, truth, *, blind):
    places = [(rng.uniform(0, 80), rng.uniform(0, 80)) for _ in truth] if blind else truth
    return tuple(_box(rng, x, y, 15, 1.5) for x, y in places)


KINDS = {
    "boxes": (
        regions.boxes(),
        lambda rng: [(rng.uniform(0, 80), rng.uniform(0, 80)) for _ in range(2)],
        lambda rng, truth, blind: _boxes(rng, truth, blind=blind),
    ),
    "polygons": (
        regions.polygons(),
        lambda rng: [(rng.uniform(0, 80), rng.uniform(0, 80))],
        lambda rng, truth, blind: tuple(_outline(b) for b in _boxes(rng, truth, blind=blind)),
    ),
    "spans": (
        regions.spans(),
        lambda rng: rng.randrange(0, 200),
        lambda rng, truth, blind: (
            Span(label="name", start=rng.randrange(0, 200), end=230)
            if blind
            else Span(label="name", start=truth + rng.randrange(2), end=truth + 12),
        ),
    ),
    "options": (
        plain.options(),
        lambda rng: frozenset(rng.sample("abcdef", 3)),
        lambda rng, truth, blind: frozenset(rng.sample("abcdef", 3)) if blind or rng.random() < 0.2 else truth,
    ),
    "ratings": (
        plain.rating(7),
        lambda rng: rng.randrange(1, 8),
        lambda rng, truth, blind: rng.randrange(1, 8) if blind else min(7, max(1, truth + rng.choice([-1, 0, 0, 1]))),
    ),
    "rankings": (
        plain.ranking(),
        lambda rng: tuple(rng.sample("abcde", 5)),
        lambda rng, truth, blind: tuple(rng.sample("abcde", 5)) if blind or rng.random() < 0.2 else truth,
    ),
    "transcripts": (
        texts.transcript(),
        lambda rng: [rng.choice(WORDS) for _ in range(6)],
        lambda rng, truth, blind: " ".join(
            rng.choice(WORDS) if blind or rng.random() < 0.05 else word for word in truth
        ),
    ),
}


def crowd(name, *, tasks=40, workers=5, blind=1, seed=1):
    measure, true, said = KINDS[name]
    rng = random.Random(f"{name} {seed}")
    truth = {f"t{n:03d}": true(rng) for n in range(tasks)}
    rows = [
        (task, f"~blind{w - workers}" if w >= workers else f"w{w}", said(rng, right, w >= workers))
        for task, right in truth.items()
        for w in range(workers + blind)
    ]
    rng.shuffle(rows)
    return measure, rows


def sums(rows, found):
    merit, accepted = {}, {}
    for (_, worker, _), each in zip(rows, found.findings, strict=True):
        merit.setdefault(worker, []).append(each.merit_bps)
        accepted.setdefault(worker, []).append(each.accepted)
    return [{w: sum(v) / len(v) for w, v in each.items()} for each in (merit, accepted)]


@pytest.mark.parametrize("name", KINDS)
def test_people_who_look_earn_and_who_does_not_earns_nothing(name):
    measure, rows = crowd(name)
    found = judge_answers(rows, measure)
    merit, accepted = sums(rows, found)
    careful = [w for w in merit if w.startswith("w")]
    assert min(merit[w] for w in careful) > 3_000
    assert abs(merit["~blind0"]) < 1_200
    assert min(accepted[w] for w in careful) > accepted["~blind0"] + 0.2
    assert min(found.reliability[w] for w in careful) > 2 * found.reliability["~blind0"]
    assert {each.reason for each in found.findings} <= set(ANSWER_REASONS)


@pytest.mark.parametrize("name", KINDS)
def test_no_order_of_arrival_changes_a_verdict(name):
    measure, rows = crowd(name, tasks=12)
    first = dict(zip([(t, w) for t, w, _ in rows], judge_answers(rows, measure).findings, strict=True))
    again = rows[::-1]
    assert dict(zip([(t, w) for t, w, _ in again], judge_answers(again, measure).findings, strict=True)) == first


def test_an_audit_decides_and_a_group_is_one_voice():
    rows = [(f"t{n}", f"w{w}", n % 5 + 1) for n in range(20) for w in range(3)]
    rows += [(f"t{n}", f"~army{w}", 5 - n % 5) for n in range(20) for w in range(9)]
    alone = judge_answers(rows, plain.rating(5))
    assert alone.agreed["t0"].answer == 5
    army = {f"~army{w}": "army" for w in range(9)}
    apart = judge_answers(rows, plain.rating(5), voices=army)
    assert [apart.agreed[f"t{n}"].answer for n in range(5)] == [1, 2, 3, 4, 5]
    assert apart.agreed["t0"].voices == 4
    held = judge_answers(rows, plain.rating(5), known={"t0": 1, "t1": 2})
    reasons = {(t, w): each.reason for (t, w, _), each in zip(rows, held.findings, strict=True)}
    assert reasons["t0", "w0"] == "agrees"
    assert reasons["t0", "~army0"] == "differs_from_audit"


def test_where_texts_rightly_differ_people_read_them():
    rows = [
        ("t", "u", "A short tale of a fox."), ("t", "v", "Once, three hens fled."), ("t", "w", "Nobody knew the way."),
        ("s", "u", "yes"), ("s", "v", "yes"), ("s", "w", "yes"),
    ]  # fmt: skip
    found = judge_answers(rows, texts.free_text())
    assert [each.reason for each in found.findings] == [NEEDS_REVIEW] * 3 + ["agrees"] * 3
    assert all(each.accepted for each in found.findings)


def test_one_answer_alone_is_accepted_in_doubt():
    found = judge_answers([("t", "w", 3)], plain.rating(5))
    assert [(each.accepted, each.reason) for each in found.findings] == [(True, "undecided")]
    assert found.agreed["t"].answer == 3


def test_a_task_with_a_thousand_answers_is_judged():
    found = judge_answers([("t", f"w{n:04d}", 1 + (n % 10 == 0)) for n in range(1_000)], plain.rating(2))
    assert found.agreed["t"].answer == 1
    assert sum(each.accepted for each in found.findings) == 900


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(EmptyVotes):
        judge_answers([], plain.rating(5))
    with pytest.raises(BadVotes, match="one answer of a worker to a task"):
        judge_answers([("t", "w", 1), ("t", "w", 2)], plain.rating(5))
    with pytest.raises(BadVotes, match="a rating of 1 to 5"):
        judge_answers([("t", "v", 1), ("t", "w", 9)], plain.rating(5))
