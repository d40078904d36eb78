"""Audits drawn where they tell most: whole numbers, nobody out of reach, and what only raises a weight."""

import hashlib
from collections import Counter

import pytest

from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.work import aim, panels, quality
from hakari.work.aim import Given, Parts, Past

SKILL = 6500
GOOD = Past(judged=200, right=20, wrong=0, kin=False)


def who(n):
    return Account(f"0x{n:040x}")


def given(tasks, *, answers=None, seconds=600):
    return Given(tasks=tasks, first=1000, last=1000 + seconds, answers=len(tasks) if answers is None else answers)


def doubt(past, *, pace=10, median=10_000):
    part = Given(tasks=range(10), first=0, last=10 * pace, answers=10)
    return aim.suspicion(part, past, min_skill_bps=SKILL, median=median)


def test_who_is_known_to_be_good_draws_no_audits():
    assert doubt(GOOD) == 0
    assert doubt(Past(judged=0, right=0, wrong=0, kin=False)) == aim.NEVER
    assert doubt(Past(judged=50, right=0, wrong=0, kin=False)) == 0


@pytest.mark.parametrize("wrong", range(1, 12))
def test_each_wrong_audited_answer_raises_doubt(wrong):
    before = doubt(Past(judged=50, right=20, wrong=wrong - 1, kin=False))
    assert doubt(Past(judged=50, right=20, wrong=wrong, kin=False)) >= before
    assert doubt(Past(judged=50, right=0, wrong=10, kin=False)) == aim.DOUBT + aim.MOST_SURPLUS * aim.SURPLUS


def test_signs_of_one_person_behind_many_accounts_only_raise_it():
    for past in (GOOD, Past(judged=0, right=0, wrong=0, kin=False), Past(judged=9, right=1, wrong=4, kin=False)):
        plain = doubt(past)
        kin = Past(judged=past.judged, right=past.right, wrong=past.wrong, kin=True)
        assert doubt(kin) == plain + aim.KIN
        assert doubt(past, pace=2) == plain + aim.HASTE
        assert doubt(past, pace=2, median=None) == plain


def test_weights_add_up_by_task_and_lapsed_tasks_draw_nothing_to_others():
    part = {who(1): given(range(4)), who(2): given(range(2, 6)), who(3): given(range(6), answers=0)}
    past = {
        who(1): GOOD,
        who(2): Past(judged=0, right=0, wrong=0, kin=True),
        who(3): Past(judged=0, right=0, wrong=0, kin=True),
    }
    base = aim.weights(Parts(given=part, past=past, min_skill_bps=SKILL), 8)
    more = aim.NEVER + aim.KIN
    assert base == [100, 100, *[100 + more] * 4, 100, 100]
    few = {**part, who(2): given(range(2, 6), answers=1)}
    assert aim.weights(Parts(given=few, past=past, min_skill_bps=SKILL), 8)[2] == 100 + more // 4


def test_what_the_log_says_of_a_part_does_not_depend_on_its_order():
    assigned = [(who(1), 50, [3, 4]), (who(1), 20, [1]), (who(2), 30, [1])]
    sent = [(who(1), 90, 2), (who(1), 120, 1)]
    found = aim.gathered(assigned, sent)
    assert found == aim.gathered(assigned[::-1], sent[::-1])
    assert (set(found[who(1)].tasks), found[who(1)].first, found[who(1)].last, found[who(1)].answers) == (
        {1, 3, 4},
        20,
        120,
        3,
    )
    assert (found[who(1)].pace, found[who(2)].pace) == (33_333, 0)


def slow(drawn_by, weights, among, count):
    """The rule as rules.md says it."""
    left, chosen = sorted(among), []
    for i in range(min(count, len(left))):
        under = int.from_bytes(hashlib.sha256(drawn_by + b"aim" + i.to_bytes(8, "big")).digest(), "big")
        under %= sum(weights[task] for task in left)
        for task in left:
            if under < weights[task]:
                break
            under -= weights[task]
        left.remove(task)
        chosen.append(task)
    return sorted(chosen)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 64, 65])
def test_the_draw_is_the_rules_word_for_word(size):
    weights = [100 + 37 * n % 230 for n in range(size + 3)]
    among = [n for n in range(size + 3) if n % 5 != 2][:size]
    for n, count in enumerate((1, size // 2, size, size + 1)):
        seed = bytes([n, size]) * 16
        found = aim.aimed(seed, weights, among=among, count=count)
        assert found == slow(seed, weights, among, count)
        assert len(set(found)) == min(count, len(among))


def test_a_task_of_three_times_the_weight_is_drawn_about_three_times_as_often():
    weights = [100] * 10 + [300] * 10
    count = Counter(
        task >= 10 for n in range(2000) for task in aim.aimed(n.to_bytes(32, "big"), weights, among=range(20), count=1)
    )
    # 1500 of 2000 expected, standard deviation 19.
    assert 1420 < count[True] < 1580


def test_a_draw_is_half_even_and_half_aimed():
    seed = bytes(32)
    weights = [100] * 90 + [400] * 10
    drawn = [
        each.task
        for each in panels.draw(
            seed, among=range(100), count=20, roster=(), seats=4, kin={}, workers=(), weights=weights, by_weight=10
        )
    ]
    evenly = panels.tasks(seed, range(100), 10)
    assert set(evenly) < set(drawn)
    assert drawn == sorted(set(drawn))
    assert len(drawn) == 20
    plain = panels.draw(seed, among=range(100), count=20, roster=(), seats=4, kin={}, workers=())
    assert [each.task for each in plain] == panels.tasks(seed, range(100), 20)


def test_at_most_half_is_aimed():
    declared = {
        "rules": "label/2",
        "margin_bps": 1000,
        "hold": 4,
        "spread_bps": 7000,
        "min_skill_bps": 6500,
        "alpha_bps": 100,
        "audits": {"aimed_bps": 5000, "reward": "1", "share_bps": 1000, "within_s": 60},
    }
    found = quality.read(declared)
    assert found is not None
    assert found.audits is not None
    assert [(found.audits.count(n), found.audits.aimed(n)) for n in (5, 10, 35, 100)] == [
        (1, 0),
        (1, 0),
        (3, 1),
        (10, 5),
    ]
    declared["audits"]["aimed_bps"] = 5001
    with pytest.raises(Malformed, match="0 to 5000") as refused:
        quality.read(declared)
    assert refused.value.pointer == "/body/quality/audits/aimed_bps"
