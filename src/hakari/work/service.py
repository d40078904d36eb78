"""Who lets itself be drawn, by the newest `service` statement of each account as the log stands; and who is unfit for it."""

from collections.abc import Iterable
from typing import cast

from hakari.core.ids import Account
from hakari.core.statement import Statement
from hakari.truth.evidence import convicts_exactly

SKILL_BPS, LEAST_WRONG = 6_500, 3
"""The skill that no order may ask more than of a reviewer, and how many of its answers must be contradicted at the least."""


def roster(said: Iterable[Statement], *, role: str, at: int) -> set[Account]:
    """Return the accounts in service for a role at a time (Unix seconds). said: a pool's `service` statements in log order."""
    newest = {each.author: each.body for each in said}
    return {
        account
        for account, body in newest.items()
        if role in cast(list[str], body["roles"]) and at < cast(int, body["until"])
    }


def unfit(wrong: int, right: int, *, skill_bps: int, bound_bps: int) -> bool:
    """Return whether what came out of a reviewer's tasks shows that they are below a skill, by the sequential test that convicts
    workers. bound_bps: on the chance that a reviewer of that skill ever is found so, in basis points. Never by one or two answers."""
    return wrong >= LEAST_WRONG and convicts_exactly(wrong, right, skill_bps=skill_bps, alpha_bps=bound_bps)
