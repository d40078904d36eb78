"""How far a calibration is, which version a task is answered under, and how answers split."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from hakari.core.ids import Account, StatementId
from hakari.work.calibration import Course, Word, course, others
from hakari.work.drawing import drawn, place
from hakari.work.orders import Calibration
from hakari.work.splits import Mixed, agreement_bps, mixed, splits

WHO, ORDER = Account("0x" + "12" * 20), StatementId("ab" * 32)


def order(first=2, word_s=100):
    declared = Calibration(tasks=first, word_s=word_s) if first else None
    return SimpleNamespace(id=ORDER, calibration=declared, first=first, guideline=1, guideline_sha256="a")


def test_the_rest_is_given_out_after_a_word_or_its_time():
    waiting = Course(order=order())
    assert [waiting.gives(task, 10**9) for task in (0, 1, 2)] == [True, True, False]
    over = Course(order=order(), over=1000)
    assert over.until == 1100
    assert [over.goes_on(at) for at in (1000, 1099, 1100)] == [False, False, True]
    said = Course(order=order(), over=1000, word=Word(version=2, sha256="b", time=1001))
    assert said.goes_on(1001)
    assert [said.version(task) for task in range(4)] == [1, 1, 2, 2]
    assert said.versions() == [(1, "a"), (2, "b")]
    assert others(said, 2, [3, 1, 0]) == [0, 1]
    same = Course(order=order(), over=1000, word=Word(version=1, sha256="a", time=1001))
    assert same.versions() == [(1, "a")]


def test_an_order_without_calibration_is_past_it_and_nothing_is_asked_of_it():
    plain = course(SimpleNamespace(about=None), order(first=0))
    assert plain.goes_on(0)
    assert (plain.until, plain.version(5)) == (None, 1)


@given(st.integers(0, 9), st.sets(st.integers(0, 12)))
def test_first_tasks_come_first_and_the_rest_is_shuffled_as_ever(first, wanted):
    more = {"root": b"r" * 32, "order": ORDER, "account": WHO, "given": (), "count": 500}
    found, plain = drawn(wanted=wanted, first=first, **more), drawn(wanted=wanted, **more)
    assert found == [n for n in plain if n < first] + [n for n in plain if n >= first]
    at = [place(root=b"r" * 32, order=ORDER, account=WHO, task=n, first=first) for n in found]
    assert at == sorted(at)


def test_splits_say_what_is_mixed_up_and_how_far_people_agree():
    said = [(0, "cat"), (0, "cat"), (0, "dog"), (1, "cat"), (1, "cat"), (1, "cat"), (2, "dog")]
    found = splits((task, {"what": value}) for task, value in said)
    assert [each.counts for each in found] == [(("cat", 2), ("dog", 1)), (("cat", 3),), (("dog", 1),)]
    assert agreement_bps(found) == {"what": 4 * 10_000 // 6}
    assert mixed(found, most=5) == [Mixed(control="what", one="cat", other="dog", pairs=2, tasks=1)]
    assert agreement_bps([]) == {}
    assert agreement_bps(found[2:]) == {}, "one answer agrees with nobody"
