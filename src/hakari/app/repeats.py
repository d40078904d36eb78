"""Answers that a repeated request gets again."""

import json
from collections.abc import Callable
from typing import Any

from hakari.adapters.sql.doorway import Reply
from hakari.adapters.sql.store import Book
from hakari.app.node import Node
from hakari.core.errors import Conflict
from hakari.core.ids import Account


class KeyReused(Conflict):
    """An Idempotency-Key that was used for another request."""

    code = "idempotency_key_reused"
    status = 422


def once(
    node: Node, *, key: str, who: Account | str, asked: str, work: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    """Return the kept answer to `key`, or do the work and keep its answer (status and JSON).

    A crash between the work and the keeping is harmless: every such work is itself repeatable. Refusals are not kept. Raises KeyReused.
    """
    with node.store.reading() as book:
        kept = book.doorway.reply(key, who)
    if kept is not None:
        if kept.request != asked:
            raise KeyReused("Idempotency-Key was used for another request; make a new one")
        return kept.status, json.loads(kept.body)
    status, made = work()

    def keep(book: Book) -> None:
        if book.doorway.reply(key, who) is None:
            reply = Reply(request=asked, status=status, body=json.dumps(made))
            book.doorway.keep_reply(key, who, reply, node.clock())

    node.store.together(keep)
    return status, made
