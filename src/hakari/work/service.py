"""Who lets itself be drawn: the newest `service` statement of each account, as the log stands."""

from collections.abc import Iterable
from typing import cast

from hakari.core.ids import Account
from hakari.core.statement import Statement


def roster(said: Iterable[Statement], *, role: str, at: int) -> set[Account]:
    """Return the accounts in service for a role at a time (Unix seconds). said: a pool's `service` statements in log order."""
    newest = {each.author: each.body for each in said}
    return {
        account
        for account, body in newest.items()
        if role in cast(list[str], body["roles"]) and at < cast(int, body["until"])
    }
