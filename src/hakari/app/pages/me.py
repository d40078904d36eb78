"""Somebody's own account: the keys that sign for it, and everything that this node holds of it, to take away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hakari.app import declaring, reputations, views
from hakari.app.declaring import Declared
from hakari.app.node import Node
from hakari.app.reputations import Reputation
from hakari.core.ids import Account
from hakari.people.delegation import SessionKey


@dataclass(frozen=True, kw_only=True, slots=True)
class Me:
    """An account's session keys, newest expiry first, what it says of itself, its money by stage (micro-units), and what is known of it
    in each role."""

    account: Account
    key_list: tuple[SessionKey, ...]
    declared: Declared
    claimable: int
    in_window: int
    waiting: int
    reputation: Sequence[Reputation]


def me(node: Node, who: Account) -> Me:
    """Return what an account's own page shows."""
    found = views.account(node, who)
    with node.store.reading() as book:
        keys = tuple(book.statements.keys_of(who))
        known = reputations.of(node, book, who)
    return Me(
        account=who,
        key_list=keys,
        declared=declaring.declared(node, who),
        claimable=int(found["earnings"]["claimable"]),
        in_window=int(found["earnings"]["in_window"]),
        waiting=int(found["answers"]["waiting"]),
        reputation=known,
    )


def export(node: Node, who: Account) -> dict[str, Any]:
    """Return everything that this node holds of an account: keys, money, lines, licences, statements, answers with verdicts, and what
    it says of itself."""
    with node.store.reading() as book:
        answers = [
            {
                "order": row.order,
                "task": row.task,
                "answer": row.answer,
                "salt": row.salt,
                "submission": row.submission,
                "accepted": row.accepted,
                "score": row.score,
                "reason": row.reason,
            }
            for order, _ in book.figures.orders_of(who)
            for row in book.answers.of_account(order, who)
        ]
    return {
        **views.account(node, who),
        "lines": _all(lambda after: views.lines(node, who, after=after or views.FIRST_LINE)),
        "answers_given": answers,
        "declared": declaring.declared(node, who).json,
        "statements": _all(
            lambda after: views.statements(node, kind=None, author=who, after=int(after or 0), limit=views.LARGEST_PAGE)
        ),
    }


def _all(page: Callable[[str], dict[str, Any]]) -> list[Any]:
    """Return the items of every page, asked for by the `next` of the one before («» for the first)."""
    found: list[Any] = []
    after = ""
    while True:
        made = page(after)
        found += made["items"]
        if made["next"] is None:
            return found
        after = str(made["next"])
