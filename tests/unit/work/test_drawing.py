"""The draw: an account's own shuffle, what it passed by, and how much it may hold."""

from hypothesis import given
from hypothesis import strategies as st

from hakari.core.ids import Account, StatementId
from hakari.work.drawing import drawn, most_open, priority

ROOT, ORDER, WHO = b"r" * 32, StatementId("ab" * 32), Account("0x" + "12" * 20)


def draw(wanted, before=(), count=500):
    return drawn(root=ROOT, order=ORDER, account=WHO, wanted=wanted, given=before, count=count)


def place(task):
    return priority(root=ROOT, order=ORDER, account=WHO, task=task)


def test_the_shuffle_goes_on_behind_what_was_given_and_what_came_back_is_last():
    whole = draw(range(20))
    assert whole == sorted(range(20), key=place)
    before = whole[3:7]
    assert draw(set(range(20)) - set(before), before) == [*whole[7:], *whole[:3]]
    assert draw(set(range(20)) - set(before), before, count=14) == [*whole[7:], whole[0]]


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)), st.integers(0, 70))
def test_a_draw_is_of_wanted_tasks_each_once_and_as_many_as_there_are(wanted, before, count):
    found = draw(wanted, before, count)
    assert set(found) <= wanted
    assert len(found) == len(set(found)) == min(count, len(wanted))
    behind = max(map(place, before), default=b"")
    ahead = [task for task in found if place(task) > behind]
    assert found[: len(ahead)] == ahead == sorted(ahead, key=place)


@given(st.integers(1, 10**6), st.integers(0, 10**4), st.integers(0, 10**4))
def test_what_an_account_may_hold_shrinks_with_what_it_let_lapse_and_never_to_none(tasks, answered, lapsed):
    most = most_open(tasks=tasks, answered=answered, lapsed=lapsed)
    assert 1 <= most <= 500
    assert most_open(tasks=tasks, answered=answered, lapsed=lapsed + 1) <= most
    assert most_open(tasks=tasks, answered=answered + 1, lapsed=lapsed) >= most
    assert most_open(tasks=tasks, answered=lapsed, lapsed=lapsed) == min(500, max(10, tasks // 4))


def test_a_wallet_that_holds_a_small_order_holds_one_task_of_it_the_next_time():
    assert most_open(tasks=12, answered=0, lapsed=0) == 10
    assert most_open(tasks=12, answered=0, lapsed=10) == 1
    assert most_open(tasks=12, answered=2, lapsed=10) == 2
