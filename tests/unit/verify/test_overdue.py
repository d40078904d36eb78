"""What an operator kept silent about for a week is named as overdue, a second earlier it is not; it is never called a lie."""

import pytest

from hakari.verify.overdue import LATE_S
from hakari.verify.verification import verify

from .test_income import Vesting
from .world import CONTRACTS, KINDS, LOG_ID, T0, World


class Silent(World):
    """An operator who does all that it should up to a step, and nothing after it."""

    last = ""

    def tell(self):
        self.begin()
        self.order()
        self.work()
        self.time += 10
        if self.last != "work":
            due = self.judge()
        if self.last == "proposed":
            self.pay(1, [due], {})
        if self.last == "terms":
            self.pay(1, [due], {})
            self.bound(version=2, log=LOG_ID)
            self.bound(version=3, log="ab" * 32)
            self.restate()
        return self.publish()

    def emit(self, contract, event, **args):
        # Somebody's root stays in the slot: the chain, and not the operator, is who people wait for.
        if self.last != "proposed" or event not in ("PaidOut", "Accepted", "Claimed"):
            super().emit(contract, event, **args)

    def bound(self, *, version, log):
        roles = {"arbiter": CONTRACTS["pools"], "court": CONTRACTS["anchor"]}
        made = {"version": version, "hash": "cd" * 32, "fee_cap_bps": 0, "log_id": log, "bond": 0, "derive_bps": 0}
        self.emit("pools", "Terms", pool=1, **roles, **made)


def silent(step):
    return type("Silent", (Silent,), {"last": step})()


def overdue(world, *, now=None):
    """What is overdue in a world that is looked at so late."""
    report = verify(world.held(), kinds=KINDS, now=now or T0 + 100 * LATE_S)
    assert [each.line() for each in report.mismatches] == []
    assert report.ok
    assert report.json()["overdue"] == [
        {"since": each.since, "what": each.what, "where": each.where} for each in report.overdue
    ]
    return report.overdue


def test_who_says_everything_is_never_overdue():
    for world in (World(), Vesting()):
        assert overdue(world) == ()


@pytest.mark.parametrize(
    ("step", "what"),
    [("work", "verdicts"), ("judged", "epoch under version 1"), ("terms", "version 2 of its terms")],
)
def test_silence_is_overdue_after_a_week_and_not_a_second_before(step, what):
    world = silent(step)
    [found] = overdue(world)
    assert found.what.startswith(what)
    assert found.where == (world.order_statement.id if step == "work" else "pool 1")
    assert T0 < found.since <= world.time
    assert overdue(silent(step), now=found.since + LATE_S) == (found,)
    assert overdue(silent(step), now=found.since + LATE_S - 1) == ()


def test_a_pool_whose_slot_is_taken_waits_for_no_operator():
    assert overdue(silent("proposed")) == ()


class Unsold(Vesting):
    """The operator does not say that a licence was bought."""

    def say(self, who, kind, body, *, name=None):
        made = super().say(who, kind, body, name=name)
        if kind == "sale":
            self.statements.remove(made)
        return made

    def further(self, paid):
        del paid
        self.sell_derived()


class Slow(Vesting):
    """The operator says the sale, and nothing of what vests."""

    def further(self, paid):
        del paid
        self.sell_derived()


def test_a_sale_that_is_not_said_and_instalments_that_are_not_are_overdue():
    unsold, slow = Unsold(), Slow()
    [found] = overdue(unsold)
    assert (found.where, found.what) == ("licence 2", "sale")
    assert unsold.bought_at <= found.since <= unsold.time
    [found] = overdue(slow)
    assert (found.where, found.what, found.since) == (slow.sold.id, "instalment", slow.bought_at + 1000)
