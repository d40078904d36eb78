"""Further versions of a pool's terms: bound on chain by a vote, said in the log once their text is here.

The chain has a version's hash; its text may come from anyone, before the vote from the operator or afterwards from whoever has it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import desk, dues, versions
from hakari.app.node import Node
from hakari.app.promises import log_id
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Malformed
from hakari.core.ids import Account
from hakari.pay.chain import ChainEvent
from hakari.pay.tree import keccak_256
from hakari.people.statements import check_terms
from hakari.work import orders

BOUND = "bound:"
"""The beginning of the names of notes: of each version that the chain has bound and the log has not said."""


class StrangeTerms(Conflict):
    """No version that waits for its text has these terms' hash."""

    code = "strange_terms"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A version that the chain has bound and the log has not said. hash: of its terms. since: Unix seconds of its block.

    why: `text_missing`, `another_log` (it gives the pool to another node) or `text_unfit` (its fees or shares are not those on chain).
    """

    pool: int
    version: int
    hash: str
    since: int
    why: str


def bind(book: Book, event: ChainEvent) -> None:
    """Take note of a further version that the chain has bound in a pool of this node, unless the log says it."""
    pool, version = int(str(event.args["pool"])), int(str(event.args["version"]))
    if book.orders.pool(pool) is None or version in versions.said(book, pool):
        return
    book.notes.put(f"{BOUND}{pool}:{version}", {**event.args, "since": event.time})
    if book.chain.mark(dues.clear(pool, version)) is None:
        # Whatever is under this version is said from here on.
        book.chain.set_mark(dues.clear(pool, version), book.statements.size())


def say(node: Node) -> bool:
    """Say every version of a pool's terms that the chain has bound and whose text is here."""
    changed = False
    with node.store.reading() as book:
        waiting = book.notes.beginning(BOUND)
    for name, note in waiting.items():
        text = _text(node, note)
        if text is not None and _why(node, note, text) is None:
            with node.store.book() as book:
                changed |= _say(node, book, name, note, text)
    return changed


def _say(node: Node, book: Book, name: str, note: Mapping[str, Json], text: Json) -> bool:
    pool, version = _place(note)
    row = book.orders.pool(pool)
    assert row is not None  # `bind` looked
    book.notes.put(name, {})
    if version in versions.said(book, pool):
        return False
    body: dict[str, Json] = {"name": row.body["name"], "pool": pool, "terms": text, "terms_version": version}
    statement = node.sentence("pool", body)
    book.statements.add(statement, subject=str(pool))
    if version > cast(int, row.body["terms_version"]):
        book.orders.keep_pool(pool, statement.id, statement.body)
    return True


def _place(note: Mapping[str, Json]) -> tuple[int, int]:
    return int(str(note["pool"])), int(str(note["version"]))


def _text(node: Node, note: Mapping[str, Json]) -> Json:
    kept = node.private.read(f"terms/{note['hash']}")
    return None if kept is None else cast(Json, json.loads(kept)["terms"])


def _why(node: Node, note: Mapping[str, Json], text: Json) -> str | None:
    """Return why a version can't be said, or None. Said against the chain's own numbers it would be a lie that verify names."""
    if note["log_id"] != log_id(node):
        return "another_log"
    if text is None:
        return "text_missing"
    pool, version = _place(note)
    terms = orders.terms({"pool": pool, "terms": text, "terms_version": version})
    fits = terms.derive_bps == int(str(note["derive_bps"])) and terms.highest_fee_bps <= int(str(note["fee_cap_bps"]))
    return None if fits else "text_unfit"


def waiting(node: Node, book: Book, pool: int | None = None) -> list[Bound]:
    """Return the versions (of a pool) that the chain has bound and the log has not said, by pool and version."""
    found: list[Bound] = []
    for note in book.notes.beginning(BOUND).values():
        number, version = _place(note)
        why = _why(node, note, _text(node, note))
        if pool in (None, number) and why is not None:
            since = cast(int, note["since"])
            found.append(Bound(pool=number, version=version, hash=str(note["hash"]), since=since, why=why))
    return sorted(found, key=lambda each: (each.pool, each.version))


def show(node: Node, pool: int) -> dict[str, Json]:
    """Return every version of a pool's terms that the log says, and those that wait. Raises UnknownPool."""
    with node.store.reading() as book:
        desk.terms(book, pool)
        said, bound = versions.said(book, pool), waiting(node, book, pool)
    return {
        "items": [
            {
                "hash": _digest(each.body["terms"]),
                "statement": each.id,
                "terms": each.body["terms"],
                "time": each.time,
                "version": version,
            }
            for version, each in said.items()
        ],
        "waiting": [
            {"hash": each.hash, "time": each.since, "version": each.version, "why": each.why} for each in bound
        ],
    }


def hand_in(node: Node, pool: int, terms: Json) -> int:
    """Keep the text of a version that the chain has bound and return which one it is; the next round says it.

    Anyone may have it: only the text of that hash is taken. Raises UnknownPool, Malformed and StrangeTerms.
    """
    check_terms(terms)
    digest = _digest(terms)
    with node.store.reading() as book:
        desk.terms(book, pool)
        bound = {each.hash: each for each in waiting(node, book, pool)}
    if digest not in bound:
        wanted = [each for each, found in bound.items() if found.why == "text_missing"]
        raise StrangeTerms(
            f"terms must be those of a hash that waits for its text, {wanted or 'none now'}, got {digest}"
        )
    _keep(node, digest, terms)
    return bound[digest].version


@dataclass(frozen=True, kw_only=True, slots=True)
class Motion:
    """What people vote on to change a pool's terms. hash: of the terms; payload: what `pools.execute` takes, and its Keccak-256."""

    version: int
    hash: str
    payload: bytes
    payload_hash: bytes


def draft(node: Node, pool: int, terms: Json, *, arbiter: Account, court: Account) -> Motion:
    """Keep terms that people may vote for, and return what to vote on. Raises UnknownPool and Malformed.

    Should the vote carry, the node says them at once: the text is here.
    """
    check_terms(terms)
    with node.store.reading() as book:
        known = desk.terms(book, pool)
    if len({arbiter, court, node.operator}) < 3:
        raise Malformed("operator, arbiter and court must be three different accounts", pointer="/arbiter")
    version, digest = known.version + 1, _digest(terms)
    wanted = orders.terms({"pool": pool, "terms": terms, "terms_version": version})
    words = [version, int(digest, 16), int(arbiter, 16), int(court, 16), wanted.highest_fee_bps]
    words += [int(log_id(node), 16), 0, wanted.derive_bps]
    _keep(node, digest, terms)
    payload = b"".join(word.to_bytes(32, "big") for word in words)
    return Motion(version=version, hash=digest, payload=payload, payload_hash=keccak_256(payload))


def _digest(terms: Json) -> str:
    return hashlib.sha256(canonical.encode(terms)).hexdigest()


def _keep(node: Node, digest: str, terms: Json) -> None:
    # The text of a pool that was asked for is kept with more beside it.
    if node.private.read(f"terms/{digest}") is None:
        node.private.write(f"terms/{digest}", canonical.encode({"terms": terms}))
