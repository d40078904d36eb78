"""Which tasks an account may answer: drawn by the platform, so that nobody chooses what to judge."""

import hashlib
from collections.abc import Collection

from hakari.core.ids import Account, StatementId


def priority(*, root: bytes, order: StatementId, account: Account, task: int) -> bytes:
    """Return the place of a task in the account's own shuffle of the order: 32 bytes, lower comes first.

    root: the log's root at a size fixed by the account's first assignment, so that neither side could choose the shuffle.
    """
    return hashlib.sha256(root + bytes.fromhex(order) + bytes.fromhex(account[2:]) + task.to_bytes(8, "big")).digest()


def drawn(
    *, root: bytes, order: StatementId, account: Account, wanted: Collection[int], after: int | None, count: int
) -> list[int]:
    """Return the next `count` tasks of the account's shuffle among those that still want answers.

    after: the last task that the account was assigned, or None; tasks before it in the shuffle are passed over for good.
    """
    behind = b"" if after is None else priority(root=root, order=order, account=account, task=after)
    placed = ((priority(root=root, order=order, account=account, task=task), task) for task in wanted)
    return [task for _, task in sorted(pair for pair in placed if pair[0] > behind)[:count]]
