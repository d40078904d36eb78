"""An order that continues another is the same buyer's, by the same definition: each way in which it is not is named."""

import pytest

from hakari.verify.verification import verify

from .world import KINDS, Person, View, World


class Continued(World):
    """A buyer orders, and orders more: the second order is worked on, judged and paid."""

    def begin(self):
        super().begin()
        self.stranger = Person(77)
        self.delegate(self.stranger, "buy")

    def order(self, *, listed=None):
        self.version = self.at("version of the first", 1)
        self.spec = self.at("spec of the first", {"classes": 3})
        super().order(listed=listed)
        first = self.order_statement
        self.version, self.spec = 1, {"classes": 3}
        self.terms_of_order = {"continues": self.at("continues", first.id)}
        buyer, self.buyer = self.buyer, self.at("buyer", self.buyer)
        super().order(listed=listed)
        self.buyer = buyer


def first(lies):
    """What is named first, with the events of the chain and without."""
    world = Continued(lies)
    files = world.held()
    [said] = {verify(files, view, kinds=KINDS).mismatches[:1] for view in (None, View(world))}
    return said[0].section, said[0].what.split(" (leaf")[0]


def test_more_of_an_order_holds():
    world = Continued()
    report = verify(world.held(), View(world), kinds=KINDS)
    assert report.ok, report.mismatches


@pytest.mark.parametrize(
    ("lies", "what"),
    [
        ({"buyer": lambda _: Person(77)}, "author of an order that continues"),
        ({"spec of the first": lambda _: {"classes": 4}}, "spec of an order that continues"),
        ({"version of the first": lambda _: 2}, "guideline version of an order that continues"),
    ],
)
def test_an_order_that_is_another_buyer_s_or_by_another_definition_does_not_continue(lies, what):
    assert first(lies) == ("orders", what)


def test_an_order_that_nobody_knows_or_that_comes_later_is_not_continued():
    assert first({"continues": lambda _: "ab" * 32}) == ("statements", "order that is continued")


class Chained(Continued):
    """A third order continues the second, which continues the first."""

    def order(self, *, listed=None):
        super().order(listed=listed)
        self.terms_of_order = {"continues": self.order_statement.id}
        World.order(self, listed=listed)


def test_what_continues_another_is_not_continued_itself():
    report = verify(Chained().held(), kinds=KINDS)
    assert report.mismatches[0].what.startswith("order that is continued")


class TwoPools(Continued):
    """The second order is in another pool of the same log, under the same terms."""

    def order(self, *, listed=None):
        terms = {
            "version": 1,
            "hash": self.events[0].args["hash"],
            "fee_cap_bps": 1000,
            "log_id": self.events[0].args["log_id"],
        }
        roles = {name: self.events[0].args[name] for name in ("arbiter", "court")}
        self.emit("pools", "Terms", pool=2, **roles, **terms, bond=0, derive_bps=0)
        self.say(self.operator, "pool", {"name": "B", "pool": 2, "terms": self.terms_body, "terms_version": 1})
        super().order(listed=listed)

    def emit(self, contract, event, **args):
        funded = event == "Funded" and sum(each.event == "Funded" for each in self.events) == 1
        super().emit(contract, event, **{**args, "pool": 2} if funded else args)

    def say(self, who, kind, body, *, name=None):
        second = kind == "order" and "continues" in body
        return super().say(who, kind, {**body, "pool": 2} if second else body, name=name)

    def tell(self):
        self.begin()
        self.order()
        return self.publish()


def test_an_order_of_another_pool_does_not_continue():
    report = verify(TwoPools().held(), kinds=KINDS)
    assert [each.what for each in report.mismatches] == ["pool of an order that continues"]
