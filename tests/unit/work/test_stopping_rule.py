"""Which tasks go on after a wave: in whole numbers, from what was declared, and refused where it could not be."""

import hashlib
from dataclasses import replace

import pytest

from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.sources.table import KINDS
from hakari.work import quality, stopping
from hakari.work.orders import Calibration, Order
from hakari.work.quality import Stopping
from hakari.work.stopping import Choice

RULE = Stopping(first=3, sure_bps=9500, full_bps=1000, least_answers=20)
DECLARED = {"first": 3, "sure_bps": 9500, "full_bps": 1000, "least_answers": 20}
MERIT = {
    "rules": "label/2",
    "margin_bps": 1000,
    "hold": 4,
    "spread_bps": 7000,
    "min_skill_bps": 6500,
    "alpha_bps": 100,
}
CONFIG = '<View><Text name="t" value="$t"/>{}</View>'
CHOICES = '<Choices name="c" toName="t"><Choice value="a"/><Choice value="b"/></Choices>'


def ordered(**changes):
    order = Order(
        id=StatementId("0" * 64),
        pool=1,
        terms_version=1,
        escrow_order=1,
        buyer=Account("0x" + "0" * 40),
        source="label",
        spec={"config": CONFIG.format(CHOICES)},
        quality={**MERIT, "stopping": dict(DECLARED)},
        guideline=1,
        guideline_sha256="0" * 64,
        assignment="drawn",
        redundancy=5,
        reward=Micros(1),
        budget=Micros(1),
        deadline=1,
        evidence="open",
        title="t",
    )
    return replace(order, **changes)


def test_the_first_wave_draws_who_runs_full_and_everything_else_waits():
    seed = hashlib.sha256(b"seed").digest()
    full = stopping.drawn(seed, RULE, tasks=40)
    assert (len(full), full) == (4, sorted(set(full)))
    assert full != stopping.drawn(hashlib.sha256(b"another").digest(), RULE, tasks=40)
    choices = stopping.begin(RULE, full, tasks=40, most=7)
    assert {each.task for each in choices if each.wanted == 7} == set(full) == stopping.full_of(choices, most=7)
    assert {each.wanted for each in choices if each.task not in full} == {3}
    assert stopping.further([3] * 40, choices) == 4 * 4
    assert stopping.drawn(seed, RULE, tasks=1) == [0], "one at least"


def test_later_waves_go_on_where_the_answer_is_not_sure():
    wanted = [3, 7, 4, 3, 6]
    sure = {0: 0.95, 1: 0.1, 2: 0.9499, 4: 0.9}
    choices = stopping.decide(RULE, sure, wanted, most=7)
    assert [(each.task, each.wanted) for each in choices] == [(0, 3), (2, 5), (3, 4), (4, 7)]
    assert stopping.after(wanted, choices) == [3, 7, 5, 4, 7]
    assert stopping.further(wanted, choices) == 3


def test_below_the_least_answers_every_task_goes_on():
    choices = stopping.decide(replace(RULE, least_answers=7), {0: 1.0, 1: 1.0}, [3, 3], most=5)
    assert [each.wanted for each in choices] == [4, 4]
    assert [
        each.wanted for each in stopping.decide(replace(RULE, least_answers=6), {0: 1.0, 1: 1.0}, [3, 3], most=5)
    ] == [
        3,
        3,
    ]


def test_choices_are_read_as_they_were_written():
    choices = [Choice(task=0, wanted=3, sure=0.1 + 0.2), Choice(task=4, wanted=5, sure=1.0)]
    assert stopping.read(each.line() for each in choices) == choices
    assert stopping.read([Choice(task=2, wanted=3).line()]) == [Choice(task=2, wanted=3)]


@pytest.mark.parametrize(
    "line",
    [
        {"task": 1, "wanted": 2, "more": 1},
        {"task": True, "wanted": 2},
        {"task": 1, "wanted": -1},
        {"task": 1, "wanted": 2, "sure": "nan"},
        {"task": 1, "wanted": 2, "sure": "very"},
        {"wanted": 2},
    ],
)
def test_lines_that_are_no_choices_are_refused(line):
    with pytest.raises(Malformed, match="line 1"):
        stopping.read([line])
    with pytest.raises(Malformed, match="ascend"):
        stopping.read([{"task": 1, "wanted": 3}, {"task": 1, "wanted": 3}])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"first": 1}, "/first"),
        ({"first": "3"}, "/first"),
        ({"sure_bps": 5000}, "/sure_bps"),
        ({"sure_bps": 10_000}, "/sure_bps"),
        ({"full_bps": 0}, "/full_bps"),
        ({"full_bps": 10_000}, "/full_bps"),
        ({"least_answers": True}, "/least_answers"),
        ({"steps": 2}, ""),
    ],
)
def test_figures_out_of_range_are_refused_by_their_name(change, pointer):
    with pytest.raises(Malformed) as caught:
        quality.read({**MERIT, "stopping": {**DECLARED, **change}})
    assert caught.value.pointer == f"/body/quality/stopping{pointer}"


def test_work_that_is_committed_first_cannot_stop():
    with pytest.raises(Malformed, match="got both"):
        quality.read({**MERIT, "reveal": {"roles": ["work"], "within_s": 3600}, "stopping": DECLARED})


def test_an_exam_is_answered_whole():
    with pytest.raises(Malformed, match="answered whole"):
        quality.read({**MERIT, "exam": {"pass_bps": 8000, "truths": "0" * 64}, "stopping": DECLARED})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"redundancy": 3}, "below redundancy"),
        ({"assignment": "listed"}, "drawn or open"),
        ({"calibration": Calibration(tasks=1, word_s=1)}, "got both"),
        ({"spec": {"config": CONFIG.format('<TextArea name="said" toName="t"/>')}}, r"got \['said'\]"),
    ],
)
def test_orders_that_cannot_stop_are_refused(change, words):
    stopping.check_order(ordered(), KINDS["label"])
    with pytest.raises(Malformed, match=words):
        stopping.check_order(ordered(**change), KINDS["label"])
    stopping.check_order(ordered(quality=MERIT, **change), KINDS["label"])


def test_kinds_without_options_cannot_stop():
    with pytest.raises(Malformed, match="options to choose from"):
        stopping.check_order(ordered(spec={"pairs": 0, "models": ["a", "b"]}), KINDS["rank"])
