"""The explorer: what stands in the log, listed and found. Reads only; the log itself is complete, this search may miss entries."""

import re
from dataclasses import dataclass

from hakari.adapters.sql.finding import Found
from hakari.adapters.sql.store import Book
from hakari.app import climbs, shelf
from hakari.app.climbs import Climb
from hakari.app.node import Node
from hakari.core.errors import Unknown
from hakari.core.statement import SCOPE_OF_KIND
from hakari.log import proof
from hakari.log.checkpoint import open_checkpoint
from hakari.log.proof import LogProof
from hakari.log.tiles import CHECKPOINT

PAGE = 30
"""Statements on one page of the log."""
KINDS = tuple(sorted(SCOPE_OF_KIND))
"""Every kind of statement."""
HITS = 20
"""Things that one search shows at most."""

_DIGITS = re.compile(r"[0-9]{1,15}")
_HEX = re.compile(r"[0-9a-f]{6,64}")
_ADDRESS = re.compile(r"0x[0-9a-f]{4,40}")
_EPOCH = re.compile(r"([0-9]{1,15}) */ *([0-9]{1,15})")


class NoSuchPlace(Unknown):
    """A place in the log that holds no statement yet."""

    code = "unknown_index"


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A page of statements, newest first; `older` is the place below which the next page begins, None at the beginning."""

    entries: tuple[Found, ...]
    older: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """Something that a search found. what: statement, order, release, account, epoch, licence or pool; path: its page."""

    what: str
    name: str
    path: str


def newest(node: Node, *, before: int | None = None, kind: str | None = None) -> Listing:
    """Return the newest statements with leaves below `before`."""
    with node.store.reading() as book:
        found = book.finding.newest(before=before, limit=PAGE + 1, kind=kind)
    entries = tuple(found[:PAGE])
    return Listing(entries=entries, older=entries[-1].leaf if len(found) > PAGE else None)


def statement(node: Node, *, leaf: int | None = None, id_: str = "") -> Found:
    """Return a statement by its place or its id. Raises NoSuchPlace."""
    with node.store.reading() as book:
        found = book.finding.get(id_) if leaf is None else book.finding.at(leaf)
        if found is None:
            raise NoSuchPlace(
                f"statement must be one of this node's, got {id_}"
                if leaf is None
                else f"place must be below the log's size {book.statements.size()}, got {leaf}"
            )
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """A proof of inclusion: a file with the statement's bytes as `extra`, the log's size that it is for, its way to the root."""

    file: LogProof
    size: int
    climb: Climb


def prove(node: Node, found: Found) -> Proof | None:
    """Return the proof that a statement is in the published log; None while it is not published.

    Its hashes are checked against the checkpoint; raises what hakari.log raises where the public files don't hold it.
    """
    read = node.log.grown
    note = read(CHECKPOINT)
    if note is None or found.leaf is None:
        return None
    checkpoint = open_checkpoint(note, node.signer.verifier)
    if found.leaf >= checkpoint.size:
        return None
    made = proof.prove(read, checkpoint, note, found.leaf)
    file = LogProof(index=made.index, path=made.path, checkpoint=note, extra=found.statement.bytes)
    return Proof(file=file, size=checkpoint.size, climb=climbs.in_log(found.statement.bytes, file, checkpoint.size))


def search(node: Node, text: str) -> list[Hit]:
    """Return what a place, id, account, order, epoch («pool/number»), release or licence number may mean: HITS at most."""
    wanted = text.strip().lower()
    with node.store.reading() as book:
        if epoch := _EPOCH.fullmatch(wanted):
            return _epoch(book, int(epoch[1]), int(epoch[2]))
        if _DIGITS.fullmatch(wanted):
            return _numbered(book, int(wanted)) + (_hashes(book, wanted) if len(wanted) >= 6 else [])
        if _HEX.fullmatch(wanted):
            return _hashes(book, wanted)
        if _ADDRESS.fullmatch(wanted):
            return _accounts(book, wanted)
    return []


def _numbered(book: Book, number: int) -> list[Hit]:
    hits: list[Hit] = []
    if found := book.finding.at(number):
        hits.append(_hit(found))
    if shelf.licence(book, number):
        hits.append(Hit(what="licence", name=str(number), path=f"/explore/licences/{number}"))
    if pool := book.orders.pool(number):
        hits.append(Hit(what="pool", name=str(pool.body["name"]), path=f"/explore/statements/{pool.statement}"))
    for each in book.finding.epoch_numbered(number, limit=HITS):
        hits += _epoch(book, each, number)
    return hits


def _epoch(book: Book, pool: int, number: int) -> list[Hit]:
    if pool not in book.finding.epoch_numbered(number, limit=1000):
        return []
    return [Hit(what="epoch", name=f"{pool}/{number}", path=f"/explore/epochs/{pool}/{number}")]


def _hashes(book: Book, digits: str) -> list[Hit]:
    return [_hit(found) for found in book.finding.beginning(digits, limit=HITS)] + _accounts(book, f"0x{digits[:40]}")


def _accounts(book: Book, beginning: str) -> list[Hit]:
    found: list[str] = [*book.finding.authors(beginning, limit=HITS)]
    if not found and len(beginning) == 42 and book.finding.epochs_of(beginning, limit=1):
        found.append(beginning)  # it never said anything, and was paid: a fee account
    return [Hit(what="account", name=each, path=f"/explore/accounts/{each}") for each in found]


def _hit(found: Found) -> Hit:
    path = f"/explore/{found.leaf}" if found.leaf is not None else f"/explore/statements/{found.id}"
    if found.kind in ("order", "release"):
        name = str(found.statement.body["title" if found.kind == "order" else "name"])
        return Hit(what=found.kind, name=name, path=f"/explore/{found.kind}s/{found.id}")
    return Hit(what="statement", name=found.id, path=path)
