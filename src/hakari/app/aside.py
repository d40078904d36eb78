"""Work on one order, pool, licence or slash that can't be done: set aside with its reason, so that all the others go on.

What is node-wide (database or storage gone, chain away, no memory, another worker first) is nobody's own fault and is raised.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from hakari.adapters.sql.store import Book, DatabaseUnavailable, Raced
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import HakariError

log = logging.getLogger("hakari.aside")

Result = TypeVar("Result")

BEGINNING = "stuck:"
AGAIN_S = 30
"""Seconds after which what is set aside is tried again."""
LONGEST = 300
NODE_WIDE = 500
"""The statuses of errors from here on say that the node itself can't do something now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a step of the round can't be done for one thing: `what` it is of (order, pool, licence, case) and its number on chain.

    since: Unix seconds of the first time. code: the error's own, or the name of one that nobody foresaw.
    """

    step: str
    what: str
    number: int
    since: int
    code: str
    message: str


class Aside:
    """One step of the round, and what was set aside of it. Reads the database once."""

    def __init__(self, node: Node, step: str) -> None:
        self._node = node
        self._step = step
        with node.store.reading() as book:
            self._known = book.notes.beginning(f"{BEGINNING}{step}:")

    def do(self, what: str, number: int, work: Callable[[], Result], *, otherwise: Result) -> Result:
        """Return what `work` returns; `otherwise` where it can't be done, or was set aside a moment ago."""
        name = f"{BEGINNING}{self._step}:{what}:{number}"
        before, now = self._known.get(name), self._node.clock()
        if before is not None and now < cast(int, before["again"]):
            return otherwise
        try:
            done = work()
        except (MemoryError, OSError, Raced):
            raise
        except HakariError as error:
            if error.status >= NODE_WIDE:
                raise
            self._set(name, before, now, error.code, error.message)
            return otherwise
        except Exception as error:  # noqa: BLE001 it is logged with its trace and shown to the operator
            # A rule that breaks on one order must hold up nobody else's pay.
            self._set(name, before, now, type(error).__name__, str(error))
            return otherwise
        if before is not None:
            self._node.store.commit(lambda book: book.notes.put(name, {}))
            log.warning("%s can be done again", name.removeprefix(BEGINNING))
        return done

    def _set(self, name: str, before: Mapping[str, Json] | None, now: int, code: str, message: str) -> None:
        said = message.encode("utf-8", "replace").decode()[:LONGEST]
        same = before is not None and (before["code"], before["message"]) == (code, said)
        log.error("%s is set aside: %s: %s", name.removeprefix(BEGINNING), code, said, exc_info=not same)
        note: dict[str, Json] = {
            "again": now + AGAIN_S,
            "code": code,
            "message": said,
            "since": now if before is None else before["since"],
        }
        self._node.store.commit(lambda book: book.notes.put(name, note))


def reasons(book: Book) -> list[Reason]:
    """Return all that is set aside, by name."""
    found: list[Reason] = []
    for name, note in book.notes.beginning(BEGINNING).items():
        step, what, number = name.removeprefix(BEGINNING).split(":")
        found.append(
            Reason(
                step=step,
                what=what,
                number=int(number),
                since=cast(int, note["since"]),
                code=str(note["code"]),
                message=str(note["message"]),
            )
        )
    return found


def every(works: Iterable[Callable[[], bool]]) -> bool:
    """Do all of these and return whether any changed something. What fails does not hold up the rest; it is raised at the end.

    Without a database nothing can be done: that is raised at once.
    """
    changed, failed = False, list[HakariError]()
    for work in works:
        try:
            changed |= work()
        except DatabaseUnavailable:
            raise
        except HakariError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return changed
