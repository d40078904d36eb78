"""One account operates the log after another: the log and the chain say the same, and no lie about it goes unnamed."""

import pytest

from hakari.core import canonical
from hakari.verify.verification import verify

from .test_ballots import carried, with_votes
from .test_outsiders import at_visit
from .world import KINDS, LOG_ID, Person, View, World

STRANGER = "0x" + "77" * 20
LIE = "account of this log on chain"


class Handed(World):
    """The operator hands the node to an heir between the first epoch and the release."""

    def __init__(self, lies=None, **more):
        super().__init__(lies, **more)
        self.founder, self.heir = self.operator, Person(99)

    def begin(self):
        self.emit("anchor", "Registered", log_id=LOG_ID, key=self.operator.account)
        self.emit("pools", "OperatorChanged", pool=1, operator=self.operator.account)
        super().begin()

    def take_over(self):
        self.emit("pools", "OperatorChanged", pool=1, operator=self.heir.account)
        self.emit("anchor", "Registered", log_id=LOG_ID, key=self.heir.account)

    def hand_over(self):
        self.take_over()
        self.restate()
        self.succeed()

    def succeed(self):
        named = self.at("successor", {**self.node, "operator": self.heir.account})
        if named is not None:
            self.node = named
            self.say(self.operator, "node", named)
        self.delegate(self.heir, "operate")
        self.operator = self.at("then", self.heir)

    def release(self):
        self.hand_over()
        super().release()


def wrongs(world, chain=None):
    report = verify(world.held(), chain, kinds=KINDS)
    return [(each.section, each.what, each.expected, each.got) for each in report.mismatches]


def test_a_log_that_one_account_operates_after_another_holds_with_and_without_an_rpc():
    world = Handed()
    files = world.held()
    assert verify(files, View(world), kinds=KINDS).ok
    report = verify(files, kinds=KINDS)
    assert report.ok, report.mismatches
    # The successor, and who said each of two epochs.
    assert {(each.name, each.level): each.count for each in report.checks}["operator", "asserted"] == 1 + 2
    assert canonical.decode_strict(files.files["node.json"])["operator"] == world.heir.account


def test_whoever_follows_may_follow_again():
    class Twice(Handed):
        def sell(self):
            self.heir = Person(98)
            self.hand_over()
            return super().sell()

    world = Twice()
    report = verify(world.held(), View(world), kinds=KINDS)
    assert report.ok, report.mismatches


def test_a_successor_whom_the_chain_never_made_operator_is_named():
    class Alone(Handed):
        def take_over(self):
            self.anchor()

    world = Alone()
    account, pool = wrongs(world)[:2]
    founder, heir = world.founder.account, world.heir.account
    assert account == ("operator", LIE, founder, heir)
    assert pool == ("operator", "operator of pool 1 on chain", founder, heir)


def test_a_successor_before_the_chain_shows_it_is_named():
    class Early(Handed):
        def hand_over(self):
            self.take_over()
            self.succeed()
            self.restate()

    assert [each[1] for each in wrongs(Early())] == [LIE, "operator of pool 1 on chain"]


def test_another_successor_than_the_chain_has_is_named():
    other = Person(98)

    class Other(Handed):
        def succeed(self):
            self.heir, chosen = other, self.heir
            super().succeed()
            self.chosen = chosen

    world = Other()
    found = wrongs(world)
    assert ("operator", LIE, world.chosen.account, other.account) in found
    assert ("operator", "operator of pool 1 on chain", world.chosen.account, other.account) in found


def test_a_dropped_successor_is_named_where_the_old_account_goes_on():
    class Dropped(Handed):
        def succeed(self):
            pass

    world = Dropped()
    epoch, (section, what, expected, got) = wrongs(world)
    assert epoch[1:] == ("operator of pool 1 on chain", world.heir.account, world.founder.account)
    assert section == "operator"
    assert what.startswith("operator after block ")
    assert world.heir.account in expected
    assert world.founder.account in got


def test_a_dropped_successor_is_named_where_the_new_account_goes_on():
    report = verify(Handed({"successor": lambda _: None}).held(), kinds=KINDS)
    assert any("not_operator" in each.got for each in report.mismatches)


def test_the_old_account_says_nothing_more_once_another_operates():
    founder = Handed().founder
    report = verify(Handed({"then": lambda _: founder}).held(), kinds=KINDS)
    assert any(f"got {founder.account}" in each.got for each in report.mismatches)


def test_a_successor_said_later_than_at_once_is_named():
    class Late(Handed):
        def hand_over(self):
            self.take_over()
            self.restate()
            self.anchor()
            self.restate()
            self.succeed()

    [(section, what, _, _)] = wrongs(Late())
    assert (section, what.split(" block")[0]) == ("operator", "operator after")


def test_a_pool_that_stays_with_the_old_account_is_named():
    world = Handed({"pools.OperatorChanged": at_visit(2, lambda _: None)})
    # The successor, and the epoch that it says.
    assert [each[1] for each in wrongs(world)] == 2 * ["operator of pool 1 on chain"]


def test_a_pool_that_goes_to_somebody_else_than_the_successor_is_named_unless_its_people_voted_so():
    world = Handed({"pools.OperatorChanged": at_visit(2, lambda args: {**args, "operator": STRANGER})})
    assert [(what, expected) for _, what, expected, _ in wrongs(world)] == 2 * [
        ("operator of pool 1 on chain", STRANGER)
    ]

    class Voted(Handed):
        def take_over(self):
            carried(
                self, 2, bytes(12) + bytes.fromhex(STRANGER[2:]), "pools", "OperatorChanged", pool=1, operator=STRANGER
            )
            self.emit("anchor", "Registered", log_id=LOG_ID, key=self.heir.account)

    world = Voted({"terms": with_votes})
    world.unsaid, world.proposers = {2}, {2: Person(97)}
    report = verify(world.held(), kinds=KINDS)
    assert report.ok, report.mismatches
    assert not [each for each in report.mismatches if each.section == "operator"], report.mismatches


def test_the_first_node_statement_names_no_other_account():
    world = Handed({"node": lambda body: {**body, "operator": STRANGER}})
    report = verify(world.held(), kinds=KINDS)
    assert any("operator in the first node statement" in each.what for each in report.mismatches)


@pytest.mark.parametrize("by", ["heir", "founder"])
def test_an_epoch_on_chain_is_the_operator_s_by_who_operated_the_pool_then(by):
    """What the former operator proposes later is an outsider's, and needs no statement; the new one's does."""
    world = Handed()
    world.proposers, world.unsaid = {2: getattr(world, by)}, {2}
    report = verify(world.held(), kinds=KINDS)
    whats = [each.what for each in report.mismatches]
    assert whats == ([] if by == "founder" else ["epoch statement against the chain"])
