"""Data with on-chain terms, and what derives from it: every release upstream is paid its share of what is sold below, to the unit.

Three people's answers become a dataset; somebody labels it further under another pool's terms, and somebody that again. Licences of all
three are bought on chain. The expected money is written out here from the rule in formats §6 and the public files, not by our own code.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from world import (
    CONFIG,
    LABEL_ITEMS,
    REWARD,
    World,
    mismatches,
    opened,
    secret,
    terms,
)

from hakari.app import Node, pools
from hakari.app.pages import dataset
from hakari.client import Client, Refused, digest
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.doors.server import serving
from hakari.people.wallets import address_of

RESEARCH = 2
PRICES = {"first": 1_000_003, "second": 700_001, "third": 999_983}
PEOPLE = {"first": ("ada", "ben", "cho"), "second": ("dan", "ada"), "third": ("ben",)}
MAKERS = {"first": "buyer of labels", "second": "second maker", "third": "third maker"}
SPLITS = {
    "first": {"contributors": 7000, "fee": 500, "originator": 2500},
    "second": {"contributors": 10_000, "fee": 0, "originator": 0},
}
POOL_OF = {"first": "first", "second": "second", "third": "second"}
PARENTS = {"first": {}, "second": {"first": 1000}, "third": {"second": 2000}}
VEST_S = 1000
EARLY = {"answers": 6, "extra_bps": 2500, "most": 3}
INVITES = {"bps": 1500, "seconds": 90 * 86_400}


@dataclass
class Sahara:
    """A node with two pools, three releases in a row, and a market around them."""

    market: World
    node: Node
    orders: dict[str, str] = field(default_factory=dict)
    releases: dict[str, str] = field(default_factory=dict)
    fees: dict[str, int] = field(default_factory=dict)

    def pool(self, name: str) -> int:
        """The number of a pool by its name."""
        found = self.market.person("reader").get("/v1/pools")["items"]
        return next(int(each["pool"]) for each in found if each["name"] == name)

    def invite(self, who: str, by: str) -> None:
        """Let somebody say who invited them into the first pool."""
        host = self.market.delegated(by, "work").account
        self.market.delegated(who, "work").accept_invitation(pool=self.pool("People"), by=host)

    def collect(self, name: str) -> None:
        """Have a release's people answer, and release it with its parents."""
        market, people = self.market, PEOPLE[name]
        market.pool_at = 0 if POOL_OF[name] == "first" else 1
        pairs = [{"account": market.account(who), "task": task} for who in people for task in range(len(LABEL_ITEMS))]
        listed = canonical.lines(pairs).decode()
        self.orders[name] = market.order(
            MAKERS[name],
            source="label",
            answers=len(pairs),
            items=LABEL_ITEMS,
            spec={"config": CONFIG, "listed": digest(listed)},
            listed=listed,
        )
        for who in people:
            market.work(who, {"label": self.orders[name]})
        market.judged({"label": self.orders[name]})
        market.settled("verdicts")
        maker = market.signed_in(MAKERS[name])
        vest_s = VEST_S if name == "third" else 0
        self.releases[name] = maker.release(
            self.orders[name],
            name=name,
            offer={"price": str(PRICES[name]), "purposes": RESEARCH, "term_seconds": 0, "vest_seconds": vest_s},
            parents={self.releases[each]: bps for each, bps in PARENTS[name].items()},
        )
        market.wait("the offer", lambda: self.offer(name))

    def offer(self, name: str) -> int:
        offers = self.market.person("reader").get(f"/v1/releases/{self.releases[name]}")["offers"]
        return int(offers[0]["offer"]) if offers else 0

    def buy(self, name: str) -> int:
        """A student buys a licence. Returns its income order once the sale is in the log."""
        market, student = self.market, self.market.delegated("student", "buy")
        price, licences = PRICES[name], student.node["chain"]["contracts"]["licences"]
        market.call(student, "payment_token", "faucet(address,uint256)", [student.account, price])
        market.call(student, "payment_token", "approve(address,uint256)", [licences, price])
        market.call(student, "licences", "buy(uint256,address,uint256)", [self.offer(name), student.account, price])

        def sale() -> list[dict[str, Any]]:
            found = market.person("reader").get("/v1/statements", kind="sale", limit=200)["items"]
            bodies = [each["statement"]["body"] for each in found if each["leaf"] is not None]
            return [body for body in bodies if body["release"] == self.releases[name]]

        market.wait("the sale", sale)
        return int(sale()[0]["income_order"])

    def order_on_chain(self, number: int) -> dict[str, Any]:
        return self.node.chain.call(self.node.contracts, "escrow", "order", [number])

    def accepted(self, name: str) -> Counter[str]:
        """How many answers of each account were accepted, from the public evidence."""
        return Counter(self.order_of_accepted(name))

    def order_of_accepted(self, name: str) -> list[str]:
        """Who gave each accepted answer, in the log's order, from the public evidence."""
        reader = self.market.person("reader")
        leaves = {
            each["leaf"]: each["statement"]["author"] for each in reader.pages("/v1/statements", kind="submission")
        }
        [verdicts] = reader.get(f"/v1/orders/{self.orders[name]}")["verdicts"]
        data = (self.market.public / "evidence" / verdicts["statement"]["body"]["results"]).read_bytes()
        lines = [line for line in canonical.read_lines(data) if "decision" not in line]
        return [leaves[line["leaf"]] for line in lines if line["accepted"]]

    def weights(self, name: str) -> Counter[str]:
        """Shares of a release by formats §4.11: in the first pool its early answers count more."""
        if POOL_OF[name] != "first":
            return Counter(self.accepted(name))
        weights: Counter[str] = Counter()
        first: Counter[str] = Counter()
        for n, who in enumerate(self.order_of_accepted(name)):
            first[who] += n < EARLY["answers"]
            weights[who] += 10_000
        for who, count in first.items():
            weights[who] += EARLY["extra_bps"] * min(count, EARLY["most"])
        return weights

    def earned(self, name: str, amount: int) -> Counter[str]:
        """What each account gets of a part of an income that is this release's own, by formats §6."""
        split = SPLITS[POOL_OF[name]]
        fee, originator = (amount * split[part] // 10_000 for part in ("fee", "originator"))
        rest, weights = amount - fee - originator, self.weights(name)
        whole = sum(weights.values())
        parts = Counter({who: rest * weight // whole for who, weight in weights.items()})
        odd = sorted(weights, key=lambda who: (-(rest * weights[who] % whole), who))[: rest - sum(parts.values())]
        parts.update(odd)
        parts[self.market.everyone()[0]] += fee
        parts[self.market.account(MAKERS[name])] += originator
        return parts

    def balances(self) -> Counter[str]:
        return Counter({who: self.market.balance(who) for who in self.market.everyone()})

    def paid(self, act: Any, *kinds: str) -> Counter[str]:
        """What everybody withdrew because of one act."""
        before = self.balances()
        act()
        self.market.settled(*kinds)
        self.market.claim()
        return Counter({who: more for who, held in self.balances().items() if (more := held - before[who])})


@pytest.fixture(scope="module")
def sahara(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sahara]:
    folder: Path = tmp_path_factory.mktemp("sahara")
    node = opened(folder)
    try:
        with serving(node):
            roles = {"arbiter": address_of(secret("arbiter")), "court": address_of(secret("court"))}
            # The first pool asks a tenth of all that is ever sold below its releases, on however long a way.
            # Its early answers count more, those of one person up to a number.
            asked = {
                **terms(node),
                "derivatives": {"bps": 1000, "of": "all"},
                "early": dict[str, Json](EARLY),
                "invites": dict[str, Json](INVITES),
                "sale_split": SPLITS["first"],
            }
            pools.open_pool(node, name="People", terms=asked, **roles)
            market = World(
                url=node.settings.url,
                public=folder / "public",
                names=(*MAKERS.values(), "ada", "ben", "cho", "dan"),
            )
            market.pool()
            pools.open_pool(
                node, name="Derived", terms={**terms(node), "fee_bps": 0, "sale_split": SPLITS["second"]}, **roles
            )
            made = Sahara(market=market, node=node)
            try:
                made.invite("ada", "ben")
                for name in PRICES:
                    made.collect(name)
                made.market.claim()
                yield made
            finally:
                market.close()
    finally:
        node.close()


def merged(*parts: Mapping[str, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in parts:
        found.update(each)
    return Counter({who: amount for who, amount in found.items() if amount})


def test_a_release_alone_is_its_own_peoples(sahara: Sahara) -> None:
    got = sahara.paid(lambda: sahara.buy("first"), "sale")
    assert got == merged(sahara.earned("first", PRICES["first"]))
    assert sum(got.values()) == PRICES["first"]
    assert set(got) >= {sahara.market.account(who) for who in PEOPLE["first"]}


def test_early_answers_weigh_more_up_to_their_cap(sahara: Sahara) -> None:
    accepted, weights = sahara.accepted("first"), sahara.weights("first")
    extra = {who: weights[who] - 10_000 * count for who, count in accepted.items()}
    assert {more % EARLY["extra_bps"] for more in extra.values()} == {0}
    assert 0 < sum(extra.values()) <= EARLY["answers"] * EARLY["extra_bps"]
    assert max(extra.values()) == EARLY["most"] * EARLY["extra_bps"]
    body = sahara.market.person("reader").get(f"/v1/releases/{sahara.releases['first']}")["body"]
    lines = canonical.read_lines((sahara.market.public / "evidence" / body["shares"]).read_bytes())
    assert {line["account"]: line["weight"] for line in lines} == weights


def test_who_invited_somebody_has_a_part_of_what_their_work_earned_and_nobody_else_pays_it(sahara: Sahara) -> None:
    market, reader = sahara.market, sahara.market.person("reader")
    lines = {
        (who, line["why"]): int(line["amount"])
        for who in PEOPLE["first"]
        for line in reader.pages(f"/v1/accounts/{market.account(who)}/lines")
        if line["pool"] == sahara.pool("People") and line["why"] in ("work", "invite")
    }
    worked = {who: count * REWARD for who, count in sahara.accepted("first").items()}
    earned = {who: worked[market.account(who)] for who in PEOPLE["first"]}
    part = earned["ada"] * INVITES["bps"] // 10_000
    assert part > 0
    # Ben worked in the order himself: what one statement owes somebody is one line.
    assert lines == {
        ("ada", "work"): earned["ada"] - part,
        ("ben", "work"): earned["ben"] + part,
        ("cho", "work"): earned["cho"],
    }
    page = httpx.get(f"{market.url}/earnings?account={market.account('ben')}")
    assert page.status_code == 200


def test_an_invitation_is_said_once_about_somebody_who_has_joined_and_where_terms_give_credit(sahara: Sahara) -> None:
    market = sahara.market
    cho, ada, ben = (market.delegated(who, "work") for who in ("cho", "ada", "ben"))
    first, second = sahara.pool("People"), sahara.pool("Derived")
    codes = []
    for who, pool, by in (
        (ada, first, cho.account),
        (cho, first, cho.account),
        (cho, first, "0x" + 40 * "7"),
        (cho, second, ben.account),
        (cho, 99, ben.account),
    ):
        with pytest.raises(Refused) as refused:
            who.accept_invitation(pool=pool, by=by)
        codes.append(refused.value.code)
    assert codes == ["already_invited", "malformed", "malformed", "no_credit", "unknown_pool"]


def test_a_derivative_pays_each_of_its_parents_people_exactly_their_share(sahara: Sahara) -> None:
    before = sahara.balances()
    got = sahara.paid(lambda: sahara.buy("second"), "sale")
    # a tenth of the whole price goes up, into another pool's terms and hands; the rest stays
    up = PRICES["second"] * 1000 // 10_000
    assert got == merged(sahara.earned("first", up), sahara.earned("second", PRICES["second"] - up))
    assert sum(got.values()) == PRICES["second"]
    cho = sahara.market.account("cho")
    assert got[cho] == sahara.earned("first", up)[cho] > 0
    assert sahara.balances()[cho] == before[cho] + got[cho]


def test_a_price_that_vests_is_paid_in_parts_through_three_generations_and_a_withdrawal_returns_the_rest(
    sahara: Sahara,
) -> None:
    market, node, before = sahara.market, sahara.node, sahara.balances()
    number = sahara.buy("third")
    reader = market.person("reader")

    def instalments() -> list[int]:
        found = reader.get("/v1/statements", kind="instalment", limit=200)["items"]
        return [int(each["statement"]["body"]["amount"]) for each in found if each["leaf"] is not None]

    # Nothing is owed yet, though the sale is said.
    assert instalments() == []
    market.skip(300)
    market.wait("an instalment", instalments)
    market.settled("instalment")
    paid_so_far = sahara.order_on_chain(number)["paid_out"]
    assert 0 < paid_so_far < PRICES["third"] // 2
    market.skip(200)
    # The data is withdrawn: the right ends at once, vesting stops, the student takes back what was not earned.
    licence = int(reader.get(f"/v1/accounts/{market.account('student')}")["licences"][-1]["id"])
    student, third = market.delegated("student", "buy"), sahara.releases["third"]
    market.signed_in("student")
    asked: dict[str, Any] = {
        "licence": licence,
        "release": third,
        "purpose": RESEARCH,
        "why": "Evenings.",
        "files": ["data.parquet"],
    }
    used = student.use(**asked).id
    where = f"/v1/releases/{third}/files/data.parquet"
    assert student.download(where, use=used)
    with pytest.raises(Refused) as caught:
        student.revoke_licence(licence, reason="I would like my money back")
    assert caught.value.status == 403
    operator = Client(market.url, secret=node.keys.secret("operator"))
    operator.sign_in()
    with pytest.raises(Refused) as caught:
        operator.revoke_licence(999, reason="withdrawn")
    assert caught.value.code == "unknown_licence"
    operator.revoke_licence(licence, reason="withdrawn by those who made it")
    # At once, whatever the chain says when: no use is taken, and one taken before opens nothing more.
    anew = {**asked, "why": "Other evenings."}  # the same statement again would be the same use
    for refused in (lambda: student.use(**anew), lambda: student.download(where, use=used)):
        with pytest.raises(Refused) as caught:
            refused()
        assert caught.value.code == "licence_expired"
    market.wait(
        "the revocation", lambda: node.chain.call(node.contracts, "licences", "licence", [licence])["revoked_at"]
    )
    market.quiet()
    with pytest.raises(Refused) as caught:
        operator.revoke_licence(licence, reason="again")
    assert caught.value.code == "licence_revoked"
    operator.close()
    vested = sahara.order_on_chain(number)["vested"]
    assert paid_so_far < vested < PRICES["third"]
    market.wait("the last instalment", lambda: sum(instalments()) == vested)
    market.settled("instalment")
    market.claim()
    held = market.balance(student.account)
    market.surely(
        lambda: market.balance(student.account) > held,
        lambda: (market.skip(3), student.refund_licence(licence)),
    )
    assert market.balance(student.account) == held + PRICES["third"] - vested
    expected: list[Mapping[str, int]] = []
    for amount in instalments():
        # First a tenth of all to the first release; of what is left a fifth to the second.
        top = amount * 1000 // 10_000
        middle = (amount - top) * 2000 // 10_000
        expected += [
            sahara.earned("first", top),
            sahara.earned("second", middle),
            sahara.earned("third", amount - top - middle),
        ]
    after = sahara.balances()
    assert merged(*expected) == Counter({who: more for who in after if (more := after[who] - before[who])})
    assert sum(merged(*expected).values()) == vested
    assert not node.chain.call(node.contracts, "licences", "is_valid", [licence, RESEARCH])


def test_the_lineage_can_be_seen(sahara: Sahara) -> None:
    first, second, third = (sahara.releases[name] for name in PRICES)
    seen = sahara.market.person("reader").lineage(third)
    assert seen["parents"] == [
        {"bps": 1000, "child": second, "of": "all", "parent": first}
        if child == second
        else {"bps": 2000, "child": third, "of": "received", "parent": second}
        for child in sorted((second, third))
    ]
    assert seen["parts"] == {first: "100000", second: "180000", third: "720000"}
    assert sahara.market.person("reader").lineage(first)["derived"] == [second]


def test_a_derivatives_page_says_what_goes_upstream(sahara: Sahara) -> None:
    third = sahara.releases["third"]
    pool = sahara.market.person("reader").get(f"/v1/releases/{third}")["body"]["pool"]
    [priced] = dataset.dataset(sahara.node, int(pool), third, None).offers
    kept = priced.people + priced.originator + priced.fee
    assert priced.upstream + kept == PRICES["third"]
    all_, received = (
        PRICES["third"] * 1000 // 10_000,
        (PRICES["third"] - PRICES["third"] * 1000 // 10_000) * 2000 // 10_000,
    )
    assert priced.upstream == all_ + received


@pytest.mark.parametrize(
    ("parents", "code"),
    [
        ({"first": 999}, "share_too_low"),
        ({"first": 1000, "second": 9001}, "royalty_too_high"),
        ({"nowhere": 1}, "unknown_release"),
    ],
)
def test_parents_that_cannot_be_are_refused_before_anything_is_written(
    sahara: Sahara, parents: dict[str, int], code: str
) -> None:
    maker = sahara.market.signed_in(MAKERS["third"])
    ids = {sahara.releases.get(name, "ab" * 32): bps for name, bps in parents.items()}
    count = len(list(maker.pages("/v1/releases")))
    with pytest.raises(Refused) as refused:
        maker.release(sahara.orders["third"], name="wrong", parents=ids)
    assert refused.value.code == code
    assert len(list(maker.pages("/v1/releases"))) == count


def test_an_outsider_computes_all_of_it_again(sahara: Sahara) -> None:
    sahara.market.quiet()
    assert mismatches(sahara.market.verify(rpc=False)) == []
    report = sahara.market.verify()
    assert mismatches(report) == []
    levels = {check.level for check in report.checks if check.name in ("sales", "epochs")}
    assert levels == {"recomputed"}
