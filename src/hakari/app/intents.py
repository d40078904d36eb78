"""Transactions that must come about: wanted again under a new name where the last attempt reverted on chain."""

from dataclasses import replace

from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.store import Book

ATTEMPTS = 50
"""How often one transaction is tried before people must look."""


def want(book: Book, intent: Intent) -> bool:
    """Record `intent` unless an attempt of it stands that has not reverted. Returns whether something was recorded."""
    for attempt in range(ATTEMPTS):
        named = replace(intent, name=f"{intent.name}:{attempt}")
        standing = book.chain.intent(named.name)
        if standing is None:
            return book.chain.intend(named)
        if standing.status != "reverted":
            return False
    return False
