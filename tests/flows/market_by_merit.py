"""Orders that pay by merit, with everybody around them: workers, auditors, a buyer, all through the public door."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence

from world import FEE_BPS, GUIDELINE, REWARD, World, secret

from hakari.app import Node
from hakari.client import Client, Refused, digest
from hakari.core import canonical
from hakari.core.canonical import Json

AUDIT_REWARD = 90_000
QUALITY: dict[str, Json] = {
    "rules": "label/2",
    "margin_bps": 1000,
    "hold": 4,
    "spread_bps": 7000,
    "min_skill_bps": 6500,
    "alpha_bps": 100,
}
AUDITS: dict[str, Json] = {"reward": str(AUDIT_REWARD), "share_bps": 2500, "within_s": 86_400}

Says = Callable[[str, int], Json]
"""What somebody answers to a task."""


def cost(reward: int) -> int:
    return reward + reward * FEE_BPS // 10_000


class Merit:
    """A market with orders by merit. `first`: blind answers are committed first, and opened when they are called for."""

    def __init__(self, market: World, node: Node) -> None:
        self.market, self.node = market, node
        self.first = False

    def order(
        self,
        name: str,
        *,
        items: Sequence[Json],
        spec: dict[str, Json],
        redundancy: int,
        quality: Mapping[str, Json],
        beside: int = 0,
        reward: int = REWARD,
        listed: Sequence[tuple[str, int]] = (),
        truths: str | None = None,
        decided: int | None = None,
        assignment: str = "drawn",
        calibration: Json = None,
        nth: int = 0,
        days: int = 30,
    ) -> str:
        """Place an order by merit, once for each buyer and `nth`. beside: micro-units for every other role. listed: (name, task) pairs.

        truths: the right answers of an exam, or the places of challenges. decided: seconds after the deadline by which all is judged
        for good. assignment: where nothing is listed. calibration: what is declared of one. days: until its deadline.
        """
        market, who = self.market, self.market.delegated(name, "buy work")
        budget = (len(listed) or len(items) * redundancy) * cost(reward) + beside
        pairs = canonical.lines({"account": market.account(each), "task": task} for each, task in listed).decode()
        escrow_order, deadline = market.fund(name, budget, nth=nth, days=days)
        body: dict[str, Json] = {
            "assignment": "listed" if listed else assignment,
            "budget": str(budget),
            "deadline": deadline,
            "description": "An order by merit.",
            "escrow_order": escrow_order,
            "evidence": "keyed",
            "guideline": {"sha256": digest(GUIDELINE), "version": 1},
            "pool": market.pool(),
            "quality": dict(quality),
            "redundancy": redundancy,
            "reward": str(reward),
            "source": "label",
            "spec": {**spec, "listed": digest(pairs)} if listed else spec,
            "terms_version": 1,
            "title": "By merit",
        }
        if decided is not None:
            body["decided_seconds"] = decided
        if calibration is not None:
            body["calibration"] = calibration
        extra = ([pairs] if listed else []) + ([] if truths is None else [truths])
        return market.keep(who.order(body, items=list(items), guideline=GUIDELINE, extra=extra)).id

    def staked(self, name: str, amount: int, *, limit: int | None = None) -> None:
        """Put tokens at stake, and let the pool slash up to `limit` of them."""
        market, who = self.market, self.market.person(name)
        market.call(who, "payment_token", "faucet(address,uint256)", [who.account, amount])
        who.add_stake(amount, rpc=market.chain)
        who.commit_stake(market.pool(), amount if limit is None else limit, rpc=market.chain)

    def serve(self, names: Sequence[str], *roles: str) -> None:
        """Let these accounts be drawn in these roles."""
        for name in names:
            who = self.market.delegated(name, "work")
            self.market.keep(who.serve(pool=self.market.pool(), roles=roles, until=int(time.time()) + 10**6))

    def answer(self, name: str, order: str, says: Says, *, role: str | None = None, page: int = 100) -> int:
        """One account: answer all that it is given, page after page. Returns how many."""
        who, done = self.market.delegated(name, "work"), 0
        self.market.signed_in(name)
        while tasks := self.given(who, order, page):
            done += len(tasks)
            salts = [hashlib.sha256(f"{name} {order} {task}".encode()).hexdigest()[:32] for task in tasks]
            answers = [(task, says(name, task)) for task in tasks]
            if role is not None and self.first:
                self.market.keep(who.commit(order, answers, salts=salts, role=role))
            else:
                self.market.keep(who.submit(order, answers, salts=salts, role=role))
        return done

    def reveal(self, names: Sequence[str]) -> None:
        """Have everybody open what is called for."""
        for name in names:
            for sent in self.market.delegated(name, "work").reveal():
                self.market.keep(sent)

    @staticmethod
    def given(who: Client, order: str, page: int) -> list[int]:
        try:
            return [int(each["task"]) for each in who.assignments(order, count=page)]
        except Refused as error:
            if error.code != "order_closed":
                raise
            return []

    def status(self, order: str) -> str:
        return str(self.market.person("reader").get(f"/v1/orders/{order}")["status"])

    def reach(self, order: str, status: str) -> None:
        self.market.wait(f"an order that is {status}", lambda: self.status(order) == status)

    def said(self, kind: str) -> list[dict[str, Json]]:
        items = self.market.person("reader").get("/v1/statements", kind=kind, limit=200)["items"]
        return [each["statement"]["body"] for each in items]

    def audited(self, order: str, auditors: Sequence[str], says: Says) -> None:
        """Have the auditors answer until the order is judged."""
        self.reach(order, "auditing")
        self.market.wait("the draw", lambda: [each for each in self.said("draw") if each["order"] == order])

        def done() -> bool:
            if self.status(order) != "auditing":
                return True
            for name in auditors:
                self.answer(name, order, says, role="audit")
            if self.first:
                self.reveal(auditors)
            return False

        self.market.wait("the audits", done)


def key(name: str) -> bytes:
    return secret(name)
