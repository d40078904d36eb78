"""Who invited whom into a pool, and for how long the credit for it runs: docs/reference/formats.md, section 4.34."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hakari.core.ids import Account
from hakari.work.orders import Invites


@dataclass(frozen=True, kw_only=True, slots=True)
class Invitation:
    """An account's first `invitation` statement in a pool: its leaf and time (Unix seconds), and who invited it."""

    by: Account
    leaf: int
    time: int

    def until(self, invites: Invites) -> int:
        """Return from when on (Unix seconds) nothing more is due for it."""
        return self.time + invites.seconds


def running(
    said: Mapping[Account, Invitation], invites: Invites | None, accounts: Iterable[Account], *, leaf: int, time: int
) -> dict[Account, Account]:
    """Return who of `accounts` was invited by whom, as far as a statement at `leaf` of `time` (Unix seconds) gives credit for it.

    said: the first invitation of each account in the pool. invites: what the terms give, None for nothing.
    """
    if invites is None:
        return {}
    return {
        account: said[account].by
        for account in accounts
        if account in said and said[account].leaf < leaf and time < said[account].until(invites)
    }
