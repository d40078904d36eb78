"""What is known of the people of a pool: by role, how many of their answers what came out bears out, and how sure that makes one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import floor
from typing import Any, cast

from hakari.adapters.sql.store import Book
from hakari.app import careers, desk
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.core.money import BPS
from hakari.pay.settlements import Standing
from hakari.truth.reputation import Reputation as Bounds
from hakari.truth.reputation import reputation
from hakari.work import service
from hakari.work.blind import REVIEW
from hakari.work.quality import MOST_UNFIT_BPS

CLASSES = 2
"""Options of a question that the prior is of: one for all, so that counts alone make a reputation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reputation:
    """What is known of an account in a role (work, audit, review, jury) in a pool, from its settlements.

    right, wrong: of work those that audits or juries looked at; of blind answers all, right where nothing contradicts them. low, value,
    high: the 5 % quantile, mean and 95 % quantile of the chance that the next one is right. unfit: whether reviews of an order that
    leaves out whom they show unfit are not drawn for it.
    """

    pool: int
    role: str
    right: int
    wrong: int
    low: float
    value: float
    high: float
    unfit: bool

    @property
    def of(self) -> int:
        """All answers that it rests on."""
        return self.right + self.wrong

    @property
    def json(self) -> dict[str, Json]:
        """The reputation as the API shows it: the lower bound rounded down, the others to the nearest."""
        return {
            "high_bps": round(self.high * BPS),
            "low_bps": floor(self.low * BPS),
            "mean_bps": round(self.value * BPS),
            "pool": self.pool,
            "right": self.right,
            "role": self.role,
            "unfit": self.unfit,
            "wrong": self.wrong,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """An account that may be drawn in a pool now: for which roles, until when (Unix seconds), and what is known of it in each role."""

    account: Account
    roles: Sequence[str]
    until: int
    known: Mapping[str, Reputation]

    @property
    def surest(self) -> float:
        """The highest lower bound in a role that it serves in."""
        return max((self.known[role].low for role in self.roles if role in self.known), default=0.0)


def of(node: Node, book: Book, who: Account) -> list[Reputation]:
    """Return an account's reputation in every pool and role in which anything came out, by pool and role."""
    return [
        each
        for row in sorted(book.orders.pools(), key=lambda row: row.pool)
        for each in _known(row.pool, careers.standing(node, book, row.pool), who)
    ]


def serving(node: Node, book: Book, pool: int) -> list[Serving]:
    """Return who may be drawn in a pool now, by account: all in service but those whom audits convicted."""
    newest = {said.author: said.body for said, leaf in book.statements.about("service", str(pool)) if leaf is not None}
    standing = careers.standing(node, book, pool)
    barred, now = standing.convicted(), node.clock()
    return [
        Serving(
            account=account,
            roles=cast(list[str], body["roles"]),
            until=cast(int, body["until"]),
            known={each.role: each for each in _known(pool, standing, account)},
        )
        for account, body in sorted(newest.items())
        if body["roles"] and cast(int, body["until"]) > now and account not in barred
    ]


def roster(node: Node, pool: int, *, after: str, limit: int) -> dict[str, Any]:
    """Return a page of who may be drawn in a pool now, by account. after: `next` of the page before. Raises UnknownPool."""
    with node.store.reading() as book:
        if book.orders.pool(pool) is None:
            raise desk.UnknownPool(f"pool must be one of this node's, got {pool}")
        found = [each for each in serving(node, book, pool) if each.account > after]
    return {
        "items": [
            {
                "account": each.account,
                "reputation": [known.json for known in each.known.values()],
                "roles": list(each.roles),
                "until": each.until,
            }
            for each in found[:limit]
        ],
        "next": found[limit - 1].account if len(found) > limit else None,
    }


@lru_cache(maxsize=10_000)
def _of(right: int, wrong: int) -> Bounds:
    # A roster has many people and few counts, and a quantile takes a millisecond.
    return reputation(right, wrong, classes=CLASSES)


def _known(pool: int, standing: Standing, who: Account) -> list[Reputation]:
    found: list[Reputation] = []
    for role, (right, wrong) in standing.counts(who).items():
        made = _of(right, wrong)
        found.append(
            Reputation(
                pool=pool,
                role=role,
                right=right,
                wrong=wrong,
                low=made.low,
                value=made.mean,
                high=made.high,
                unfit=role == REVIEW
                and service.unfit(wrong, right, skill_bps=service.SKILL_BPS, bound_bps=MOST_UNFIT_BPS),
            )
        )
    return found
