"""Credit for invitations is counted again: an operator who leaves it out, or gives it for nothing, is named."""

from dataclasses import replace

import pytest

from hakari.core import canonical
from hakari.verify.verification import verify

from .world import KINDS, REWARD, World

INVITES = {"bps": 1000, "seconds": 86_400}


class Invited(World):
    """The second worker was invited by the first; what the operator pays for it is `credited`: who, to whom."""

    def __init__(self, credited, *, said=None, invites=INVITES):
        self.credited = credited
        self.invitations = [(1, 0)] if said is None else said
        super().__init__({"terms": lambda body: {**body, "invites": invites} if invites else body})

    def work(self):
        for who, by in self.invitations:
            host = "0x" + 40 * "0" if by is None else self.workers[by].account
            self.say(self.workers[who], "invitation", {"by": host, "pool": 1})
        super().work()

    def judge(self):
        names = [worker.account for worker in self.workers]
        self.due = super().judge()
        return replace(self.due, invited={names[who]: names[by] for who, by in self.credited.items()})


def found(*given, **named):
    return {each.what for each in verify(Invited(*given, **named).held(), kinds=KINDS).mismatches}


def test_the_right_credit_holds():
    assert found({1: 0}) == set()


def test_a_second_invitation_changes_nothing():
    assert found({1: 0}, said=[(1, 0), (1, 2)]) == set()
    assert found({1: 2}, said=[(1, 0), (1, 2)]) != set()


@pytest.mark.parametrize("credited", [{}, {1: 2}, {1: 0, 2: 0}])
def test_credit_left_out_given_to_another_or_for_nobody_is_named(credited):
    assert any(what.startswith("line of epoch statement") for what in found(credited))


@pytest.mark.parametrize("said", [[(1, 1)], [(1, None)]])
def test_nobody_is_invited_by_themselves_or_by_nobody(said):
    assert any(what.startswith("by of an invitation") for what in found({}, said=said))


def test_a_pool_whose_terms_give_none_takes_no_invitation():
    assert any(what.startswith("pool of an invitation") for what in found({}, invites=None))


def test_the_part_is_out_of_what_the_invited_earned():
    world = Invited({1: 0})
    world.held()
    names = [worker.account for worker in world.workers]
    own = {each: count * REWARD for each, count in world.due.accepted.items()}
    part = own[names[1]] // 10
    [first, *_] = [each for each in world.statements if each.kind == "epoch"]
    lines = {
        each["account"]: int(each["amount"])
        for each in canonical.read_lines(world.files[f"evidence/{first.body['lines']}"])
    }
    assert lines[names[1]] == own[names[1]] - part
    assert lines[names[0]] == own[names[0]] + part
