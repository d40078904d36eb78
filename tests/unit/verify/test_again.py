"""Verdicts said again: the same answers are never paid twice, and none that should be paid are left out."""

import pytest

from hakari.verify.verification import verify

from .world import KINDS, View, World


class Again(World):
    """An operator who amends verdicts that nobody appealed of: both would pay every accepted answer."""

    def judge(self):
        self.first = super().judge()
        amended = {**self.ruling.body, "amends": self.ruling.id}
        self.time += 1
        self.second = self.say(self.operator, "verdicts", amended)
        return self.first

    def pay(self, number, due, previous):
        if number == 1:
            [work] = due
            due = [work, type(work)(**{**_members(work), "cause": self.second.id})]
        return super().pay(number, due, previous)


def _members(work):
    return {name: getattr(work, name) for name in work.__slots__}


@pytest.mark.parametrize("chain", [False, True])
def test_verdicts_that_amend_without_a_jury_are_named(chain):
    world = Again()
    report = verify(world.held(), View(world) if chain else None, kinds=KINDS)
    assert any("verdicts that amend" in each.line() for each in report.mismatches), report.mismatches
