"""The explorer: what stands in the log, found and put in relation for people who check. Reads only."""

from dataclasses import dataclass

from hakari.adapters.sql.finding import Found
from hakari.app.node import Node

PAGE = 50
"""Statements on one page of the log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A page of the log, newest first; `older` is the place below which the next page begins, None at the log's beginning."""

    entries: tuple[Found, ...]
    older: int | None


def newest(node: Node, *, before: int | None = None, kind: str | None = None) -> Listing:
    """Return the newest statements with leaves below `before`."""
    with node.store.reading() as book:
        found = book.finding.newest(before=before, limit=PAGE + 1, kind=kind)
    entries = tuple(found[:PAGE])
    return Listing(entries=entries, older=entries[-1].leaf if len(found) > PAGE else None)
