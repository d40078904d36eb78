"""A request for data in the making: what somebody filled in, what it costs, and the order that its buyer signs and funds."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from hakari.app import desk
from hakari.app.node import Node
from hakari.app.pages import queue, selling
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Forbidden, Malformed
from hakari.core.ids import Account
from hakari.sources.collect import catalogue
from hakari.sources.table import KINDS
from hakari.work import bids, doubt, orders
from hakari.work.bids import Bid
from hakari.work.orders import unit_cost

KIND = KINDS["collect"]
LIKENESS: Final[Mapping[str, int]] = {"strict": 7_000, "usual": 8_500, "exact": 10_000}
"""From which likeness of two texts on the later one is a near duplicate, by the words for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A request as its buyer filled it in. reward: micro-units for each kept unit. prompts: what to make, in turn."""

    title: str = ""
    about: str = ""
    guideline: str = ""
    prompts: tuple[str, ...] = ()
    types: tuple[str, ...] = ("text/plain", "text/markdown")
    largest_mib: int = 10
    languages: tuple[str, ...] = ()
    made: tuple[str, ...] = ("people",)
    rights: tuple[str, ...] = ("made_by_me", "may_be_licensed")
    letters: int = 40
    side: int = 0
    seconds: int = 0
    likeness: str = "usual"
    personal: str = "refuse"
    target: int = 100
    reward: int = 250_000
    days: int = 14
    pool: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a request costs at most, micro-units: pay for all units wanted, and the pool's fee on it."""

    pay: int
    fee: int
    fee_bps: int

    @property
    def all(self) -> int:
        """What is put into escrow: the chain takes no order of nothing."""
        return max(1, self.pay + self.fee)


def spec(wish: Wish) -> dict[str, Json]:
    """Return the canonical spec of a wish. Raises Malformed naming the member."""
    of_types = max((catalogue.largest(each) for each in wish.types if each in catalogue.TYPES), default=1)
    return KIND.spec(
        {
            "largest_bytes": min(wish.largest_mib * 2**20, of_types),
            "languages": _listed(wish.languages),
            "made": _listed(wish.made),
            "minimum": {
                "letters": wish.letters,
                "milliseconds": 1000 * wish.seconds,
                "side": wish.side,
                "variety_bps": 3000,
            },
            "near_bps": LIKENESS.get(wish.likeness, 0),
            "paid": "unit",
            "personal": wish.personal,
            "rights": _listed(wish.rights),
            "target": wish.target,
            "types": _listed(wish.types),
        }
    )


def _listed(words: tuple[str, ...]) -> list[Json]:
    return list[Json](sorted(set(words)))


def cost(node: Node, wish: Wish) -> Cost:
    """Return what a wish costs at most."""
    with node.store.reading() as book:
        fee_bps = desk.terms(book, wish.pool).fee_bps if book.orders.pool(wish.pool) else 0
    each = unit_cost(reward=wish.reward, fee_bps=fee_bps)
    return Cost(pay=wish.target * wish.reward, fee=wish.target * (each - wish.reward), fee_bps=fee_bps)


def pools(node: Node) -> list[tuple[int, str, str]]:
    """Return the pools that take requests as (number, name, evidence class)."""
    return [(each.number, each.name, each.evidence) for each in selling.shops(node)]


def order(node: Node, wish: Wish) -> dict[str, Any]:
    """Return what placing a wish's order takes: the statement's body without escrow order and deadline, items, guideline, seconds.

    Raises Malformed naming what is missing or does not fit.
    """
    for name in ("title", "about", "guideline", "prompts"):
        if not getattr(wish, name):
            raise Malformed(f"{name} must be filled in, got nothing", pointer=f"/{name}")
    if wish.pool not in [number for number, _, _ in pools(node)]:
        raise Malformed(
            f"pool must be one whose evidence class is one of {list(KIND.evidence)}, got {wish.pool}", pointer="/pool"
        )
    items: list[Json] = [{"prompt": each} for each in wish.prompts]
    asked = spec(wish)
    KIND.plan(asked, items)
    with node.store.reading() as book:
        terms = desk.terms(book, wish.pool)
    body: dict[str, Json] = {
        "assignment": "open",
        "budget": str(cost(node, wish).all),
        "decided_seconds": doubt.usual({"rules": KIND.rules}),
        "description": wish.about,
        "evidence": terms.evidence,
        "guideline": {"sha256": hashlib.sha256(wish.guideline.encode()).hexdigest(), "version": 1},
        "pool": wish.pool,
        "quality": {"rules": KIND.rules},
        "redundancy": 1,
        "reward": str(wish.reward),
        "source": KIND.name,
        "spec": asked,
        "terms_version": terms.version,
        "title": wish.title,
    }
    return {"body": body, "guideline": wish.guideline, "items": items, "seconds": wish.days * 86_400}


def accepted(node: Node, bid: Bid, *, account: Account, days: int) -> dict[str, Any]:
    """Return what placing the order takes that takes a bid at its word: the request's, at the bid's price, for its author alone.

    Raises Forbidden unless the account is the request's buyer.
    """
    with node.store.reading() as book:
        said = book.statements.get(bid.request)
        assert said is not None  # a bid is on an order of this node's
        request = orders.order(said[0])
        terms = desk.terms(book, request.pool)
        tasks = book.orders.tasks(request.id)
    if account != request.buyer:
        raise Forbidden(f"a bid is taken by the request's buyer, {request.buyer}, got {account}")
    listed = canonical.lines(bids.listed(bid)).decode()
    prompts = list(dict.fromkeys(str(task.data["prompt"]) for task in tasks))
    each = unit_cost(reward=bid.price, fee_bps=terms.fee_bps)
    body: dict[str, Json] = {
        **{name: value for name, value in said[0].body.items() if name not in ("bid", "deadline", "escrow_order")},
        "assignment": "listed",
        "bid": bid.id,
        "budget": str(max(1, bid.count * each)),
        "reward": str(bid.price),
        "spec": {**request.spec, "listed": hashlib.sha256(listed.encode()).hexdigest(), "target": bid.count},
        "terms_version": terms.version,
    }
    return {
        "body": body,
        "extra": [listed],
        "guideline": queue.guideline(node, request.id),
        "items": [{"prompt": each} for each in prompts],
        "seconds": days * 86_400,
    }


def wish_of(order: Mapping[str, Any]) -> Wish:
    """Return what an order asks for in the words of a form: for reading it back."""
    body = cast(dict[str, Any], order["body"])
    return Wish(
        title=str(body["title"]),
        about=str(body["description"]),
        guideline=str(order["guideline"]),
        prompts=tuple(str(each["prompt"]) for each in order["items"]),
        target=int(body["spec"]["target"]),
        reward=int(body["reward"]),
        pool=int(body["pool"]),
    )
