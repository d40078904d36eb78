"""Income of derived releases and of prices that vest: computed again by the verifier, and every lie about it named."""

from dataclasses import replace

import pytest

from hakari.pay import lines as pay_lines
from hakari.pay.lines import Owners, Upstream
from hakari.verify.ports import Held
from hakari.verify.verification import verify

from .world import KINDS, View, World

PRICE = 1_000_003
SHARE = 1_000
"""Basis points that the derived release owes its parent."""


class Family(World):
    """A market whose release has one that derives from it; of that one a licence is bought whose price vests."""

    vest_s = 0
    share = SHARE
    told_share = SHARE

    def derive(self):
        parent = self.released
        lineage = {**parent.body["lineage"], "parents": [{"bps": self.share, "release": parent.id}]}
        body = {**parent.body, "lineage": self.at("lineage", lineage), "name": "More cats", "version": 2}
        self.derived = self.say(self.operator, "release", body)
        self.lay_out(self.derived)
        self.emit("pools", "Release", pool=1, release_id=self.derived.id, root=body["root"])

    def sell_derived(self, *, parents=True):
        number = sum(event.event in ("Funded", "Income") for event in self.events) + 1
        told = [{"pool": "1", "release": self.released.id, "share_bps": str(self.told_share)}]
        self.emit(
            "licences",
            "Offered",
            offer=2,
            pool=1,
            release=self.derived.id,
            purposes=2,
            price=PRICE,
            term_seconds=0,
            vest_seconds=self.vest_s,
            resale=False,
            parents=told if parents else [],
        )
        self.bought_at, self.income_order = self.time, number
        self.emit(
            "escrow",
            "Income",
            order=number,
            pool=1,
            kind=3,
            terms_version=1,
            amount=PRICE,
            vest_from=self.time,
            vest_to=self.time + self.vest_s,
            refund_to=self.reader.account,
        )
        self.emit(
            "licences",
            "Bought",
            id=2,
            offer=2,
            buyer=self.reader.account,
            to=self.reader.account,
            price=PRICE,
            expires=0,
            order=number,
        )
        self.restate()
        body = {
            "buyer": self.reader.account,
            "income_order": number,
            "licence": 2,
            "offer": 2,
            "price": str(PRICE),
            "purposes": 2,
            "release": self.derived.id,
        }
        self.sold = self.say(self.operator, "sale", body)
        return self.income(self.sold, PRICE)

    def instalment(self, amount):
        said = self.say(self.operator, "instalment", {"amount": str(amount), "sale": self.sold.id})
        return self.income(said, amount)

    def income(self, cause, amount):
        owners = Owners(terms=self.terms, originator=self.buyer.account, weights=self.weights)
        part = amount * self.share // 10_000
        return pay_lines.Sale(
            cause=cause.id,
            source=self.income_order,
            price=amount,
            originator=self.buyer.account,
            weights=self.weights,
            upstream=[Upstream(amount=part, owners=owners)] if part else [],
        )

    def tell(self):
        self.begin()
        self.order()
        self.work()
        self.time += 10
        paid = self.pay(1, [self.judge()], {})
        self.release()
        self.derive()
        self.further(paid)
        return self.publish()

    def further(self, paid):
        self.pay(2, [self.sell_derived()], paid)


class Vesting(Family):
    """The price of a licence vests over a thousand seconds: a tenth, a half, all of it."""

    vest_s = 1000

    def further(self, paid):
        self.sell_derived()
        self.time = self.bought_at + 100
        paid = self.pay(2, [self.instalment(PRICE // 10)], paid)
        self.time = self.bought_at + 600
        paid = self.pay(3, [self.instalment(PRICE // 2 - PRICE // 10)], paid)
        self.time = self.bought_at + 1000
        self.pay(4, [self.instalment(PRICE - PRICE // 2)], paid)


class Withdrawn(Family):
    """The data is withdrawn half way: what had vested is paid, the rest is the buyer's again."""

    vest_s = 1000

    def withdraw(self):
        self.emit("licences", "Revoked", id=2, reason_hash="ab" * 32, scope=1, by=self.operator.account)
        self.emit("escrow", "Closing", order=self.income_order, refund_at=self.time)
        return PRICE * (self.time - self.bought_at) // 1000

    def further(self, paid):
        self.sell_derived()
        self.time = self.bought_at + 400
        vested = self.withdraw()
        self.pay(2, [self.instalment(vested)], paid)
        self.emit(
            "escrow",
            "Refunded",
            order=self.income_order,
            to=self.reader.account,
            amount=PRICE - vested,
            abandoned=False,
        )
        self.restate()


def found(world, chain=None):
    return verify(world.held(), chain, kinds=KINDS)


@pytest.mark.parametrize("story", [Family, Vesting, Withdrawn])
def test_an_honest_story_of_income_holds(story):
    world = story()
    assert found(world).mismatches == ()
    report = verify(Held(files=story().tell()), View(world), kinds=KINDS)
    assert report.ok
    levels = {(check.name, check.level): check.count for check in report.checks}
    assert levels["sales", "recomputed"] >= 2


def first(report):
    assert not report.ok
    return report.mismatches[0]


def test_a_parent_left_out_of_the_lines_is_named():
    class Kept(Family):
        def income(self, cause, amount):
            return replace(super().income(cause, amount), upstream=[])

    assert first(found(Kept())).section == "epochs"


def test_an_offer_with_other_parents_than_the_release_is_named():
    class Silent(Family):
        def sell_derived(self):
            return super().sell_derived(parents=False)

    named = first(found(Silent()))
    assert (named.section, named.what.split(" of ")[0]) == ("sales", "parents in an offer")

    class Less(Family):
        told_share = SHARE - 1

    assert first(found(Less())).section == "sales"


@pytest.mark.parametrize(
    ("parents", "what"),
    [
        (lambda parent: [{"bps": 1, "release": "ab" * 32}], "parent of a release"),
        (lambda parent: [{"bps": 1, "release": parent}] * 2, "parents of a release"),
        (lambda parent: [{"bps": 1, "release": parent}, {"bps": 1, "release": "derived"}], "parent of a release"),
    ],
)
def test_parents_that_are_not_there_or_twice_are_named(parents, what):
    class Wrong(Family):
        def derive(self):
            self.lies["lineage"] = lambda lineage: {
                **lineage,
                "parents": [
                    {**each, "release": "cd" * 32} if each["release"] == "derived" else each
                    for each in parents(self.released.id)
                ],
            }
            super().derive()

        def further(self, paid):
            pass

    named = first(found(Wrong()))
    assert (named.section, named.what.split(" (")[0]) == ("statements", what)


def test_parents_that_ask_for_more_than_everything_are_named():
    class Greedy(Family):
        def derive(self):
            first, self.share = self.released, 6_000
            super().derive()
            second, self.released = self.derived, first
            self.lies["lineage"] = lambda lineage: {
                **lineage,
                "parents": [{"bps": 6_000, "release": first.id}, {"bps": 4_001, "release": second.id}],
            }
            super().derive()

        def further(self, paid):
            pass

    named = first(found(Greedy()))
    assert (named.section, named.what.split(" (")[0]) == ("statements", "parents of a release")
    assert "10001" in named.got


def test_a_share_below_what_the_parents_terms_ask_is_named():
    def asks(terms):
        return {**terms, "derivatives": {"bps": SHARE + 1, "of": "received"}}

    world = Family({"terms": asks, "pools.Terms": lambda args: {**args, "derive_bps": SHARE + 1}})
    named = first(found(world))
    assert named.section == "statements"
    assert named.expected == f"at least {SHARE + 1} bps, as its terms ask"
    # terms that ask for less on chain than in the log are a lie of their own
    named = first(found(Family({"terms": lambda terms: {**asks(terms), "derivatives": {"bps": 1, "of": "all"}}})))
    assert (named.section, named.what.split(" by ")[0]) == ("pools", "share asked of derivatives")


def test_an_instalment_beyond_what_vested_is_named_and_owed_to_nobody():
    class Hasty(Vesting):
        def further(self, paid):
            self.sell_derived()
            self.time = self.bought_at + 100
            # more than the chain has: no epoch can take it, and none must wait for it
            self.instalment(PRICE)
            self.order()
            self.work()
            self.pay(2, [self.judge()], paid)

    report = found(Hasty())
    assert {each.section for each in report.mismatches} == {"sales"}
    assert report.mismatches[0].what == "instalments of a sale"


def test_after_a_withdrawal_what_was_said_too_much_counts_for_nothing():
    class Grasping(Withdrawn):
        def further(self, paid):
            self.sell_derived()
            self.time = self.bought_at + 400
            said = self.instalment(PRICE)
            vested = self.withdraw()
            [above] = said.upstream
            above = replace(above, amount=vested * SHARE // 10_000)
            self.pay(2, [replace(said, price=vested, upstream=[above])], paid)

    report = found(Grasping())
    assert [(each.section, each.what) for each in report.mismatches] == [("sales", "instalments of a sale")]


def test_an_instalment_of_no_sale_is_named():
    class Lost(Family):
        def further(self, paid):
            self.say(self.operator, "instalment", {"amount": "1", "sale": "ab" * 32})

    named = first(found(Lost()))
    assert (named.section, named.what.split(" (")[0]) == ("statements", "sale of an instalment")
