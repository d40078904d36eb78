"""What a calibration forbids is seen by who reads the log: tasks given out early, words out of turn, answers under another version."""

import hashlib
from typing import ClassVar

import pytest

from hakari.verify.verification import verify
from hakari.work.drawing import drawn

from .world import KINDS, World, sha

FIRST, WORD_S = 2, 600
NEXT = b"Look three times."


class Calibrated(World):
    """Three workers answer the first two tasks, the buyer mends the guideline, and they answer the rest."""

    terms_of_order: ClassVar = {"calibration": {"tasks": FIRST, "word_s": WORD_S}}

    def __init__(self, lies=None, **more):
        super().__init__(lies, workers=3, **more)

    def draw(self, worker, tasks):
        """Assign the account these tasks, in the order of its draw."""
        given = self.given.setdefault(worker.account, [])
        size = self.sizes.setdefault(worker.account, self.size)
        fresh = drawn(
            root=self.root(size),
            order=self.order_statement.id,
            account=worker.account,
            wanted=tasks,
            given=given,
            count=len(tasks),
            first=FIRST,
        )
        given += fresh
        body = {"account": worker.account, "order": self.order_statement.id, "size": size, "tasks": fresh}
        self.say(self.operator, "assignment", body)
        return fresh

    def work(self):
        self.opened, self.given, self.sizes = [], {}, {}
        order, rest = self.order_statement.id, list(range(FIRST, self.task_count))
        early = self.at("early", [])
        for number, worker in enumerate(self.workers):
            self.submit(number, worker, self.at(f"first {number}", self.draw(worker, [*range(FIRST), *early])))
        author, task = self.at("remark", (self.workers[0], 1))
        note = hashlib.sha256(b"a note").hexdigest()
        self.say(author, "remark", {"note": note, "order": order, "task": task}, name="remark statement")
        self.say(self.operator, "calibration", {"order": order}, name="calibration")
        self.time += self.at("late", 10)
        author, text, version = self.at("word", (self.buyer, NEXT, 2))
        body = {"order": order, "sha256": sha(text), "version": version}
        if self.say(author, "guideline", body, name="guideline") is not None:
            self.keep(text)
        self.version = self.at("version", 2)
        for number, worker in enumerate(self.workers):
            self.submit(number, worker, self.draw(worker, rest))
        if self.at("again", False):
            self.say(self.buyer, "guideline", {"order": order, "sha256": sha(NEXT), "version": 2})


def found(lies=None):
    report = verify(Calibrated(lies).held(), kinds=KINDS)
    return {each.what.partition(" (leaf")[0] for each in report.mismatches}


def silent(**more):
    """A buyer who says nothing: the order goes on after its time, under the version that it had."""
    return {"guideline": lambda _: None, "late": lambda _: WORD_S, "version": lambda _: 1, **more}


def test_a_calibration_is_made_again_with_and_without_a_word():
    assert found() == set()
    assert found(silent()) == set()


@pytest.mark.parametrize(
    ("lies", "named"),
    [
        ({"early": lambda _: [5]}, "assigned task"),
        (silent(late=lambda _: WORD_S - 20), "assigned task"),
        (silent(calibration=lambda _: None), "assigned task"),
        ({"first 1": lambda tasks: tasks[:1]}, "answers to task"),
        ({"late": lambda _: WORD_S + 1}, "guideline"),
        ({"word": lambda given: (given[0], given[1], 3)}, "guideline"),
        ({"word": lambda given: (given[0], b"Look twice.", 2)}, "guideline"),
        ({"again": lambda _: True}, "guideline"),
        ({"version": lambda _: 1}, "guideline of answer"),
        ({"version": lambda _: 3}, "guideline"),
        ({"remark": lambda given: (given[0], 3)}, "remark"),
    ],
)
def test_what_no_node_may_do_is_named(lies, named):
    assert any(each.startswith(named) for each in found(lies)), found(lies)


def test_a_word_by_somebody_else_is_named():
    world = Calibrated()
    world.lies["word"] = lambda given: (world.reader, *given[1:])
    assert any(each.what.startswith("guideline") for each in verify(world.held(), kinds=KINDS).mismatches)
