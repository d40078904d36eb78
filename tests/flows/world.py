"""A tiny market's whole life through the public HTTP door: two orders, four workers, two payouts, a release, a licence, its use.

Every step can be repeated at any point, whether the node answered, refused or died in between: what is done already is asked from
the node, and whatever people sign is the same bytes again. So two lives with the same answers must end with the same money.
"""

import hashlib
import json
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from hakari import config
from hakari.app import Node, checking, open_node, pools
from hakari.client import Client, Refused, Sent, Unreachable, digest
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.doors.server import serving
from hakari.people.wallets import address_of
from hakari.sources.table import KINDS
from hakari.verify.report import Report
from postgres import free_port

REWARD = 40_000
FEE_BPS = 500
UNIT_COST = REWARD + REWARD * FEE_BPS // 10_000
PRICE = 1_000_003
RESEARCH = 2
WORKERS = ("ada", "ben", "cho", "dan")
SPLIT = {"contributors": 7000, "fee": 500, "originator": 2500}
EVIDENCE = "keyed"
CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text" choice="single">'
    '<Choice value="good"/><Choice value="bad"/></Choices></View>'
)
GUIDELINE = "Say what you think, not what you think that others think."
MODELS = ("aki", "fuyu", "haru")
LABEL_ITEMS: list[Json] = [
    {"text": f"The {word} was {judged} and the evening was {word} too."}
    for word, judged in [
        ("soup", "cold"),
        ("music", "warm"),
        ("train", "late"),
        ("garden", "quiet"),
        ("letter", "kind"),
    ]
]
RANK_ITEMS: list[Json] = [
    {
        "left": f"{left} answers question {n} at some length.",
        "left_model": left,
        "prompt": f"Question {n}: what is the colour of the harbour at dusk?",
        "right": f"{right} answers question {n} in few words.",
        "right_model": right,
    }
    for n, (left, right) in enumerate([("aki", "fuyu"), ("fuyu", "haru"), ("haru", "aki"), ("aki", "haru")])
]


def secret(name: str) -> bytes:
    """Somebody's key; the same in every life."""
    return hashlib.sha256(f"world {name}".encode()).digest()


def allowed(error: Refused, *codes: str) -> None:
    """Pass over a refusal that a repetition may meet; any other is raised."""
    if error.code not in codes:
        raise error


class Patient(Client):
    """A client that asks again while the node is away, restarting or without room, or where another was first: as a careful program."""

    patience_s = 60.0

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        until = time.monotonic() + self.patience_s
        while True:
            try:
                # A refusal that is kept in `more` must be sent whole again: the parent takes the headers out.
                return super()._send(method, path, **{name: value for name, value in more.items()})
            except (Unreachable, Refused) as error:
                passing = error.status in (503, 507) or (isinstance(error, Refused) and error.code == "raced")
                if not passing or time.monotonic() > until:
                    raise
                time.sleep(0.05)


def terms(node: Node) -> dict[str, Json]:
    """The pool's terms."""
    return {
        "evidence": EVIDENCE,
        "fee_account": node.account("treasury"),
        "fee_bps": FEE_BPS,
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "operator": node.operator,
        "sale_split": dict(SPLIT),
    }


def open_pool(node: Node, *, arbiter: Account | None = None, court: Account | None = None) -> None:
    """What the operator does before anybody comes: ask for the one pool. Again, it asks for nothing."""
    pools.open_pool(
        node,
        name="World",
        terms=terms(node),
        arbiter=arbiter or address_of(secret("arbiter")),
        court=court or address_of(secret("court")),
    )


def opened(folder: Path, *, clock: Callable[[], int] | None = None, **settings: Any) -> Node:
    """A node in a folder, with a worker that does not pause."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return open_node(config.read({}, dir=folder, **{"port": free_port(), "tick_ms": 10, **settings}), clock=clock)


@dataclass
class World:
    """People around a node that is served at `url`; its public files are in `public`."""

    url: str
    public: Path
    patience_s: float = float(os.environ.get("PATIENCE_S", "120"))
    chain: str | None = None
    names: tuple[str, ...] = ("buyer of labels", "buyer of votes", *WORKERS)
    pool_at: int = 0
    """Which of the node's pools orders are placed in."""
    receipts: list[Mapping[str, Json]] = field(default_factory=list)
    _clients: dict[str, Client] = field(default_factory=dict)
    _turn: Any = field(default_factory=threading.Lock)

    # People

    def person(self, name: str) -> Client:
        if name not in self._clients:
            self._clients[name] = Patient(self.url, secret=secret(name), session=secret(f"{name}/session"), timeout=10)
            self._clients[name].patience_s = self.patience_s
        return self._clients[name]

    def account(self, name: str) -> str:
        return address_of(secret(name))

    def keep(self, sent: Sent) -> Sent:
        with self._turn:
            self.receipts.append(sent.receipt)
        return sent

    def delegated(self, name: str, scopes: str) -> Client:
        """Delegate a session key unless it is; at a time that every repetition names again."""
        who = self.person(name)
        if who.key not in {key["key"] for key in who.get(f"/v1/accounts/{who.account}")["keys"]}:
            self.keep(who.delegate(scopes=scopes, at=self.began()))
        return who

    def signed_in(self, name: str) -> Client:
        who = self.person(name)
        self.surely(lambda: who._token is not None, who.sign_in)
        return who

    def began(self) -> int:
        """The time of the node's first statement."""
        page = self.person("reader").get("/v1/statements", limit=1)
        return int(page["items"][0]["statement"]["time"])

    def surely(self, done: Callable[[], Any], act: Callable[[], Any], what: str = "a step") -> None:
        """Do something until it is done: a request whose answer was lost may have worked."""
        until = time.monotonic() + self.patience_s
        while not done():
            assert time.monotonic() < until, f"{what} did not come about"
            try:
                act()
            except (Refused, Unreachable) as error:
                last = error
                if time.monotonic() > until:
                    raise AssertionError(f"{what}: {last.message}") from error
                time.sleep(0.05)

    def wait(self, what: str, done: Callable[[], Any]) -> None:
        until = time.monotonic() + self.patience_s
        while not done():
            assert time.monotonic() < until, f"waited {self.patience_s} s for {what}: {self.told()}"
            time.sleep(0.02)

    def told(self) -> Any:
        """What the node says of itself, for a failed test."""
        return self.person("reader").node_now() | {"chain": None}

    # Chain

    def number(self, contract: str, signature: str, args: Sequence[object]) -> int:
        return int.from_bytes(self.person("reader").view(contract, signature, args, rpc=self.chain), "big")

    def balance(self, account: str) -> int:
        """An account's payment tokens, from the chain itself."""
        return self.number("payment_token", "balanceOf(address)", [account])

    def call(self, who: Client, contract: str, signature: str, args: Sequence[object]) -> None:
        who.call(contract, signature, args, rpc=self.chain)

    def skip(self, seconds: int) -> None:
        """Let the chain's time run ahead, so that a window passes at once."""
        asked = {"jsonrpc": "2.0", "id": 1, "method": "evm_increaseTime", "params": [seconds]}
        self.person("reader").post(self.chain or f"{self.url}/rpc", asked)

    # Steps

    def pool(self) -> int:
        self.wait("the pool", lambda: len(self.person("reader").get("/v1/pools")["items"]) > self.pool_at)
        return int(self.person("reader").get("/v1/pools")["items"][self.pool_at]["pool"])

    def fund(self, name: str, budget: int, *, version: int = 1, nth: int = 0, days: int = 30) -> tuple[int, int]:
        """Put a budget into escrow, once for each name and number. Returns the order's number on chain and its deadline."""
        who, pool = self.person(name), self.pool()

        def standing() -> tuple[int, int] | None:
            before = nth
            for number in range(1, self.number("escrow", "order_count()", []) + 1):
                words = who.view("escrow", "order(uint256)", [number], rpc=self.chain)
                fields = [words[start : start + 32] for start in range(0, len(words), 32)]
                if "0x" + fields[3][-20:].hex() != who.account:
                    continue
                if not before:
                    return number, int.from_bytes(fields[5], "big")
                before -= 1
            return None

        escrow = who.node["chain"]["contracts"]["escrow"]
        self.surely(
            lambda: standing() or self.balance(who.account) >= budget,
            lambda: self.call(who, "payment_token", "faucet(address,uint256)", [who.account, budget]),
        )
        self.surely(
            lambda: (
                standing()
                or self.number("payment_token", "allowance(address,address)", [who.account, escrow]) >= budget
            ),
            lambda: self.call(who, "payment_token", "approve(address,uint256)", [escrow, budget]),
        )
        deadline = int(time.time()) + days * 86_400
        self.surely(
            standing,
            lambda: self.call(
                who, "escrow", "fund(uint256,uint256,uint256,uint256)", [pool, version, budget, deadline]
            ),
        )
        found = standing()
        assert found is not None
        return found

    def order(
        self,
        name: str,
        *,
        source: str,
        answers: int,
        items: list[Json],
        spec: dict[str, Json],
        listed: str | None,
        version: int = 1,
        unit_cost: int = UNIT_COST,
    ) -> str:
        """Place an order, once for each buyer's name."""
        who = self.delegated(name, "buy")
        escrow_order, deadline = self.fund(name, answers * unit_cost, version=version)
        body: dict[str, Json] = {
            "assignment": "drawn" if listed is None else "listed",
            "budget": str(answers * unit_cost),
            "deadline": deadline,
            "description": "A small order.",
            "escrow_order": escrow_order,
            "evidence": EVIDENCE,
            "guideline": {"sha256": digest(GUIDELINE), "version": 1},
            "pool": self.pool(),
            "quality": {"rules": KINDS[source].rules},
            "redundancy": 1 if listed else len(WORKERS),
            "reward": str(REWARD),
            "source": source,
            "spec": spec,
            "terms_version": version,
            "title": f"A small {source} order",
        }

        def standing() -> list[str]:
            return [each["id"] for each in who.pages("/v1/orders") if each["buyer"] == who.account]

        self.surely(
            standing,
            lambda: self.keep(
                who.order(body, items=items, guideline=GUIDELINE, extra=[] if listed is None else [listed])
            ),
            "the order",
        )
        return standing()[0]

    def orders(self) -> dict[str, str]:
        """Place both orders. Returns their ids by kind."""
        listed = canonical.lines(
            {"account": self.account(name), "task": task} for name in WORKERS for task in range(len(RANK_ITEMS))
        ).decode()
        return {
            "label": self.order(
                "buyer of labels",
                source="label",
                answers=len(WORKERS) * len(LABEL_ITEMS),
                items=LABEL_ITEMS,
                spec={"config": CONFIG},
                listed=None,
            ),
            "rank": self.order(
                "buyer of votes",
                source="rank",
                answers=len(WORKERS) * len(RANK_ITEMS),
                items=RANK_ITEMS,
                spec={"listed": digest(listed), "models": list(MODELS), "pairs": 0},
                listed=listed,
            ),
        }

    @staticmethod
    def answer(kind: str, name: str, task: int) -> Json:
        """What a worker answers: the same in every life. Dan is often wrong."""
        place = WORKERS.index(name)
        wrong = place == 3 and task % 2 == 0
        if kind == "label":
            return {"mood": "good" if (task % 2 == 1) != wrong else "bad"}
        return {"winner": "tie" if (task + place) % 5 == 4 else ("right" if wrong else "left")}

    def work(self, name: str, orders: Mapping[str, str], *, page: int = 3) -> None:
        """One worker: page after page until nothing is left, each page one signed statement."""
        who = self.delegated(name, "work")
        self.signed_in(name)
        for kind, order in orders.items():
            begun = int(who.get(f"/v1/orders/{order}")["time"])
            while True:
                try:
                    tasks = [int(each["task"]) for each in who.assignments(order, count=page)]
                except Refused as error:
                    if error.code != "order_closed":
                        raise
                    break
                if not tasks:
                    break
                # Time and salts follow from the page, so that a page whose answer was lost is the same statement again.
                salts = [secret(f"{name} {kind} {task}").hex()[:32] for task in tasks]
                answers = [(task, self.answer(kind, name, task)) for task in tasks]
                try:
                    self.keep(who.submit(order, answers, salts=salts, at=begun + 1))
                except Refused as error:
                    # Another part of the same page stood already: the next page will be the rest.
                    if error.code not in ("already_answered", "order_closed", "raced"):
                        raise

    def work_all(self, orders: Mapping[str, str]) -> None:
        for name in WORKERS:
            self.work(name, orders)

    def judged(self, orders: Mapping[str, str]) -> None:
        reader = self.person("reader")
        self.wait(
            "the verdicts",
            lambda: all(reader.get(f"/v1/orders/{order}")["status"] == "judged" for order in orders.values()),
        )

    def settled(self, *kinds: str) -> None:
        """Wait until all verdicts and sales (or statements of these kinds) are paid by accepted epochs; windows pass at once."""
        reader = self.person("reader")

        def done() -> bool:
            rows = [line for who in self.everyone() for line in reader.get(f"/v1/accounts/{who}/lines")["items"]]
            said = {
                each["id"]
                for kind in kinds or ("verdicts", "sale")
                for each in reader.get("/v1/statements", kind=kind, limit=200)["items"]
                # A settlement that holds all that it pays owes nothing yet.
                if kind != "settlement" or each["statement"]["body"]["paid"] != "0"
            }
            if said and said <= {line["cause"] for line in rows if line["status"] == "accepted"}:
                return True
            if any(line["status"] == "proposed" for line in rows):
                self.skip(4)
            time.sleep(0.1)
            return False

        self.wait("everything owed to be accepted", done)

    def everyone(self) -> list[str]:
        reader = self.person("reader")
        treasury = str(reader.get("/v1/pools")["items"][0]["terms"]["fee_account"])
        return [treasury, *(self.account(name) for name in self.names)]

    def claim(self) -> None:
        """Have the relayer claim for everybody, until nothing is claimable."""
        reader = self.person("reader")

        def left() -> list[str]:
            return [
                account
                for account in self.everyone()
                if reader.get(f"/v1/accounts/{account}")["earnings"]["claimable"] != "0"
            ]

        def done() -> bool:
            for account in left():
                try:
                    reader.post(f"/v1/accounts/{account}/claims", {})
                except Refused as error:
                    if error.code != "nothing_to_claim":
                        raise
            return not left()

        self.wait("the claims", done)

    def release(self, order: str, *, price: int = PRICE) -> str:
        """Make a release of the label order and offer licences for it."""
        buyer = self.signed_in("buyer of labels")
        offer = {"price": str(price), "purposes": RESEARCH | 1, "term_seconds": 365 * 86_400}
        made = str(buyer.post(f"/v1/orders/{order}/releases", {"name": "Moods", "offer": offer}, key="release-1")["id"])
        self.wait("the offer", lambda: buyer.get(f"/v1/releases/{made}")["offers"])
        return made

    def buy(self, release: str) -> bytes:
        """A student buys a licence on chain, logs a use and downloads the file."""
        student = self.delegated("student", "buy")
        self.signed_in("student")
        offer = int(student.get(f"/v1/releases/{release}")["offers"][0]["offer"])
        licences = student.node["chain"]["contracts"]["licences"]

        def bought() -> bool:
            return self.number("licences", "balanceOf(address)", [student.account]) > 0

        self.surely(
            lambda: bought() or self.balance(student.account) >= PRICE,
            lambda: self.call(student, "payment_token", "faucet(address,uint256)", [student.account, PRICE]),
        )
        self.surely(
            lambda: (
                bought()
                or self.number("payment_token", "allowance(address,address)", [student.account, licences]) >= PRICE
            ),
            lambda: self.call(student, "payment_token", "approve(address,uint256)", [licences, PRICE]),
        )
        self.surely(
            bought,
            lambda: self.call(student, "licences", "buy(uint256,address,uint256)", [offer, student.account, PRICE]),
        )
        self.wait("the licence", lambda: student.get(f"/v1/accounts/{student.account}")["licences"])
        held = student.get(f"/v1/accounts/{student.account}")["licences"][0]
        body: dict[str, Json] = {
            "files": ["data.parquet"],
            "licence": int(held["id"]),
            "purpose": RESEARCH,
            "release": release,
            "statement": "Which evenings are good?",
        }
        bought_at = int(held["expires"]) - 365 * 86_400
        said = student.sign("use", body, at=bought_at)
        answer = student.post("/v1/uses", {"statement": canonical.decode(said.bytes)})
        self.keep(Sent(id=answer["id"], receipt=answer["receipt"]))
        return student.download(f"/v1/releases/{release}/files/data.parquet", use=answer["id"])

    def close(self) -> None:
        for each in self._clients.values():
            each._http.close()

    def quiet(self) -> None:
        """Wait until the log, the chain and the database have nothing more to tell each other."""
        reader = self.person("reader")
        last: tuple[Any, ...] = ()
        calm = 0

        def still() -> bool:
            nonlocal last, calm
            now = reader.node_now()
            head = int(reader._rpc(self.chain or f"{self.url}/rpc", "eth_blockNumber", []), 16)
            state = (now["log_size"], now["waiting"], tuple(now["sending"]), now["heard_block"], head)
            done = not now["waiting"] and not now["sending"] and now["heard_block"] == head
            calm = calm + 1 if done and state == last else 0
            last = state
            time.sleep(0.05)
            return calm >= 4

        self.wait("a quiet node", still)

    def life(self) -> "Ending":
        """Live the whole life, or what is left of it. Returns what it came to."""
        orders = self.orders()
        self.work_all(orders)
        self.judged(orders)
        self.settled()
        self.claim()
        data = self.buy(self.release(orders["label"]))
        self.wait("the sale", lambda: self.person("reader").get("/v1/statements", kind="sale")["items"])
        self.settled()
        self.claim()
        self.quiet()
        return self.ending(orders, data)

    def ending(self, orders: Mapping[str, str], data: bytes = b"") -> "Ending":
        names = ["buyer of labels", "buyer of votes", "student", *WORKERS]
        contracts = self.person("reader").node["chain"]["contracts"]
        treasury = self.everyone()[0]
        reader = self.person("reader")
        return Ending(
            balances={
                **{name: self.balance(self.account(name)) for name in names},
                "treasury": self.balance(treasury),
                "escrow": self.balance(contracts["escrow"]),
                # Bonds stay there as the operator's credits, one for each epoch; and work may end in one epoch or in two.
                "payouts": self.balance(contracts["payouts"])
                - self.number(
                    "payouts", "credits(address)", [reader.get("/v1/pools")["items"][0]["terms"]["operator"]]
                ),
            },
            orders={
                kind: {
                    name: reader.get(f"/v1/orders/{order}")["verdicts"][0]["statement"]["body"][name]
                    for name in ("accepted", "count", "paid")
                }
                for kind, order in orders.items()
            },
            data=data,
        )

    def verify(self, *, rpc: bool = True) -> Report:
        """What `hakari verify` finds in the public folder, with the receipts that people kept."""
        place = self.public.parent / f"receipts-{threading.get_ident()}.jsonl"
        place.write_text("".join(json.dumps(receipt) + "\n" for receipt in self.receipts))
        try:
            return checking.check(
                str(self.public), rpc=(self.chain or f"{self.url}/rpc") if rpc else None, receipts=place
            )
        finally:
            place.unlink()


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What a life came to: money on chain by person and contract, each order's verdicts in numbers, the downloaded bytes."""

    balances: Mapping[str, int]
    orders: Mapping[str, Mapping[str, Json]]
    data: bytes


def mismatches(report: Report) -> list[str]:
    """What does not hold, as sentences; empty for a log in order."""
    return [each.line() for each in report.mismatches] + ([] if report.complete else ["the log does not hold"])


@contextmanager
def world(folder: Path, **settings: Any) -> Iterator[tuple[World, Node]]:
    """A served node with its pool and people, in this process."""
    node = opened(folder, **settings)
    try:
        with serving(node):
            open_pool(node)
            market = World(url=node.settings.url, public=folder / "public")
            try:
                yield market, node
            finally:
                market.close()
    finally:
        node.close()
