"""Epochs that somebody else than the operator proposed: explained from the log's statements alone, and no lie in one goes unnamed."""

from itertools import count

import pytest

from hakari.verify.ports import Held
from hakari.verify.verification import verify

from .test_lies import moved
from .world import KINDS, Person, View, World


def by_outsiders(lies=None, *, epochs=(1, 2)):
    """The story with these epochs proposed by the reader, who says nothing in the log."""
    world = World(lies)
    world.proposers = dict.fromkeys(epochs, world.reader)
    world.unsaid = set(epochs)
    return world


def at_visit(number, change):
    """Return a lie that is told only the `number`-th time that the story comes there."""
    visits = count(1)
    return lambda value: change(value) if next(visits) == number else value


class Dead(World):
    """The operator restates nothing from its second epoch on; the reader proposes it."""

    def __init__(self, lies=None):
        super().__init__(lies)
        self.proposers, self.unsaid = {2: self.reader}, {2}
        self.stopped = False

    def pay(self, number, due, previous):
        self.stopped = number == 2
        return super().pay(number, due, previous)

    def restate(self):
        if not self.stopped:
            super().restate()

    def use(self):
        pass


def test_epochs_of_an_outsider_hold_and_the_report_says_who_proposed_them():
    world = by_outsiders()
    report = verify(world.held(), View(world), kinds=KINDS)
    assert report.ok, report.mismatches
    said = [note for note in report.notes if world.reader.account in note]
    assert [note.split(" was")[0] for note in said] == ["Epoch 1 of pool 1", "Epoch 2 of pool 1"]
    with_statements = verify(World().held(), kinds=KINDS)
    assert with_statements.ok
    assert not any("not the operator" in note for note in with_statements.notes)


@pytest.mark.parametrize("number", [1, 2])
def test_a_wrong_root_of_an_outsider_is_named_with_its_proposer(number):
    world = by_outsiders({"lines": at_visit(number, moved)}, epochs=[number])
    report = verify(world.held(), kinds=KINDS)
    first = report.mismatches[0]
    assert (first.section, first.what.split(" on chain")[0]) == ("epochs", "root proposed")
    assert world.reader.account in first.what


def test_an_operator_s_own_epoch_needs_its_statement():
    world = World()
    world.unsaid = {2}
    report = verify(world.held(), kinds=KINDS)
    assert [(each.what, each.got) for each in report.mismatches] == [("epoch statement against the chain", "none")]


def test_what_the_operator_said_of_a_number_that_an_outsider_took_must_be_right_for_its_own_size():
    class Overtaken(World):
        def pay(self, number, due, previous):
            if number == 2:
                self.stale = True
            return super().pay(number, due, previous)

        def anchor(self):
            size = super().anchor()
            if getattr(self, "stale", False):
                # Said at the size of now, proposed by the reader at that of the next statement.
                self.delegate(Person(99), "work")
                self.stale = False
                self.later = super().anchor()
            return size

    world = Overtaken({"payouts.Proposed": lambda args: at_later(world, args)})
    world.proposers = {2: world.reader}
    report = verify(world.held(), kinds=KINDS)
    assert report.ok, report.mismatches


def at_later(world, args):
    return {**args, "checkpoint_size": world.later} if args["epoch"] == 2 else args


def test_what_a_dead_operator_does_not_restate_is_read_from_the_chain():
    world = Dead()
    folder = world.held()
    assert not any("Epoch 2" in note for note in verify(folder, kinds=KINDS).notes)
    report = verify(folder, View(world), kinds=KINDS)
    assert report.ok, report.mismatches
    assert any("Epoch 2" in note and world.reader.account in note for note in report.notes)


def test_a_lie_beside_a_dead_operator_is_named_from_the_chain_alone():
    world = Dead({"lines": at_visit(2, moved)})
    folder = world.held()
    assert verify(folder, kinds=KINDS).ok
    report = verify(folder, View(world), kinds=KINDS)
    assert report.mismatches[0].what.startswith("root proposed on chain")
    assert any(each.what.startswith("cumulative amount claimed") for each in report.mismatches)


@pytest.mark.parametrize("grown", [False, True])
def test_a_chain_ahead_of_the_folder_is_no_fault(grown):
    world = World()
    world.begin()
    world.order()
    world.work()
    paid = world.pay(1, [world.judge()], {})
    world.release()
    sale = world.sell()
    folder = Held(files=world.publish())
    if grown:
        world.use()
    world.pay(2, [sale], paid)
    report = verify(folder, View(world), kinds=KINDS)
    assert report.ok, report.mismatches
    assert any("later log" in note for note in report.notes)
