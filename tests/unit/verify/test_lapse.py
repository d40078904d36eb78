"""Who might answer what, and when: recomputed from assignments that lapse."""

from typing import ClassVar

import pytest

from hakari.verify.verification import verify

from .world import KINDS, World

HOUR = 3600


class Late(World):
    """The first worker's tasks are assigned, lapse, and are assigned to it again `after` seconds later; it answers `wait` later."""

    def __init__(self, *, after=2 * HOUR, wait=0, **more):
        super().__init__(**more)
        self.after, self.wait = after, wait

    def assign(self, worker, count=None):
        tasks = super().assign(worker, count)
        if worker is self.workers[0] and self.after is not None:
            self.time += self.after
            for task in reversed(tasks):  # what came back may be given in any order
                body = {
                    "account": worker.account,
                    "order": self.order_statement.id,
                    "size": self.drawn_at,
                    "tasks": [task],
                }
                self.say(self.operator, "assignment", body)
        if worker is self.workers[0]:
            self.time += self.wait
        return tasks


def found(world):
    report = verify(world.held(), kinds=KINDS)
    return [(each.section, each.what) for each in report.mismatches]


def test_what_lapsed_may_be_assigned_again_and_answered_in_its_time():
    assert found(Late()) == []
    assert found(Late(wait=HOUR - 60)) == []


def test_an_answer_after_the_time_is_named_with_its_author():
    world = Late(after=None, wait=HOUR)
    named = found(world)
    assert named
    assert {section for section, _ in named} == {"answers"}
    assert all(world.workers[0].account in what for _, what in named)
    assert found(Late(wait=HOUR))


def test_the_order_may_say_another_time():
    class Patient(Late):
        terms_of_order: ClassVar = {"answer_seconds": 2 * HOUR}

    assert found(Patient(after=None, wait=HOUR)) == []
    assert found(Patient(after=None, wait=2 * HOUR))


@pytest.mark.parametrize("after", [0, HOUR, 2 * HOUR - 60])
def test_a_task_comes_back_to_its_account_no_sooner(after):
    section, what = found(Late(after=after))[0]
    assert section == "statements"
    assert what.startswith("assigned task (leaf ")
