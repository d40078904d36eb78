"""What a pause forbids is seen by who reads the log: assignments while it ran, answers that nobody had been shown before it."""

import pytest

from hakari.verify.verification import verify
from hakari.work import pauses
from hakari.work.pauses import Span

from .world import KINDS, World

HOUR = 3600


class Paused(World):
    """The buyer pauses before anybody is given a task; `late` seconds later the story goes on."""

    def __init__(self, until, *, late=0, by=None, **more):
        super().__init__(**more)
        self.until, self.late, self.by = until, late, by

    def order(self):
        super().order()
        body = {"order": self.order_statement.id, "until": self.until and self.time + self.until}
        self.say(self.by or self.buyer, "pause", body)
        self.time += self.late


def found(world):
    return {each.what.partition(" (leaf")[0] for each in verify(world.held(), kinds=KINDS).mismatches}


def test_an_assignment_while_paused_is_named_and_one_after_it_is_not():
    assert found(Paused(HOUR, late=HOUR)) == set()
    assert "time of an assignment" in found(Paused(HOUR))


def test_answers_of_an_open_order_are_taken_for_as_long_as_one_has_for_a_task():
    assert found(Paused(2 * HOUR, assignment="open")) == set()
    assert "time of a submission" in found(Paused(2 * HOUR, late=HOUR, assignment="open"))


@pytest.mark.parametrize("until", [0, pauses.LONGEST_S + 1, 100_001])
def test_a_pause_that_no_node_may_take_is_named(until):
    assert found(Paused(until)) == {"pause"}


def test_a_pause_by_somebody_else_is_named():
    world = Paused(HOUR)
    world.by = world.reader
    assert found(world) == {"pause"}


def test_spans_follow_the_log():
    assert pauses.spans([(10, 20), (15, 0)]) == [Span(start=10, until=15)]
    assert pauses.spans([(10, 20), (15, 40)]) == [Span(start=10, until=15), Span(start=15, until=40)]
    assert pauses.spans([(10, 20), (10, 0), (30, 31)]) == [Span(start=30, until=31)]
    assert pauses.running(pauses.spans([(10, 20)]), 9) is None
    assert pauses.running(pauses.spans([(10, 20)]), 19) == Span(start=10, until=20)
    assert pauses.running(pauses.spans([(10, 20)]), 20) is None
