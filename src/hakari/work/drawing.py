"""Which tasks an account may answer: drawn by the platform, so that nobody chooses what to judge or holds what they don't do."""

import hashlib
from collections.abc import Collection

from hakari.core.ids import Account, StatementId
from hakari.core.statement import BATCH

FEW = 10
"""Tasks that an account may hold at once of any order."""


def priority(*, root: bytes, order: StatementId, account: Account, task: int) -> bytes:
    """Return the place of a task in the account's own shuffle of the order: 32 bytes, lower comes first.

    root: the log's root at a size fixed by the account's first assignment, so that neither side could choose the shuffle.
    """
    return hashlib.sha256(root + bytes.fromhex(order) + bytes.fromhex(account[2:]) + task.to_bytes(8, "big")).digest()


def place(*, root: bytes, order: StatementId, account: Account, task: int, first: int) -> bytes:
    """Return the place of a task in an account's draw: the order's first tasks, those of its calibration, come before all others."""
    return bytes([task >= first]) + priority(root=root, order=order, account=account, task=task)


def drawn(
    *,
    root: bytes,
    order: StatementId,
    account: Account,
    wanted: Collection[int],
    given: Collection[int],
    count: int,
    first: int = 0,
) -> list[int]:
    """Return the next `count` tasks of the account's shuffle among those that still want answers.

    given: what the account was assigned before. The shuffle goes on behind the last of these; tasks before it that want answers again,
    because somebody let them lapse, come at its end. first: how many tasks of the order come before all others.
    """

    def at(task: int) -> bytes:
        return place(root=root, order=order, account=account, task=task, first=first)

    behind = max(map(at, given), default=b"")
    placed = sorted((at(task), task) for task in wanted)
    ahead, passed = ([task for where, task in placed if (where > behind) is side] for side in (True, False))
    return [*ahead, *passed][:count]


def most_open(*, tasks: int, answered: int, lapsed: int) -> int:
    """Return how many unanswered tasks one account may hold at once of an order of `tasks` tasks.

    A quarter of the order, and less by every task that it let lapse and did not make up for with an answer, but never none.
    """
    return max(1, min(BATCH, max(FEW, tasks // 4)) - max(0, lapsed - answered))
