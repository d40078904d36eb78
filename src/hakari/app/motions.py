"""What a vote would change, by name: what stands now, or stood until it was carried out, and what would."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import versions
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.pay.chain import ChainEvent

Change = dict[str, tuple[str, str]]
"""What would change → (from what, empty where nothing stood or what stood can't be told; to what)."""

WORDS = {"terms": 8, "operator": 1, "release": 2, "price": 2, "stop_sale": 1, "spend": 2}
"""Words of 32 bytes that the payload of a kind has; that of a version holds a text."""


def change(node: Node, book: Book, *, pool: int, kind: str, payload: bytes, done: ChainEvent | None) -> Change | None:
    """Return what a payload changes; None where the contract can't read it. done: the event by which it was carried out."""
    if kind == "version":
        return {"contracts": ("", "0x" + payload[32 + 12 : 64].hex())} if len(payload) >= 64 else None
    if len(payload) != 32 * WORDS[kind]:
        return None
    words = [payload[at : at + 32] for at in range(0, len(payload), 32)]
    numbers = [int.from_bytes(each, "big") for each in words]
    account = "0x" + words[0][12:].hex()
    if kind == "operator":
        said = book.chain.events(contract="pools", event="OperatorChanged", having=("pool", str(pool)))
        before = _before(said, done)
        return {"operator": ("" if before is None else str(before.args["operator"]), account)}
    if kind == "price":
        having = ("offer", str(numbers[0]))
        said = [
            *book.chain.events(contract="licences", event="Offered", having=having),
            *book.chain.events(contract="licences", event="Priced", having=having),
        ]
        before = _before(said, done)
        return {
            "offer": ("", str(numbers[0])),
            "price": ("" if before is None else str(before.args["price"]), str(numbers[1])),
        }
    if kind == "stop_sale":
        return {"offer": ("", str(numbers[0]))}
    if kind == "spend":
        return {"to": ("", account), "amount": ("", str(numbers[1]))}
    if kind == "release":
        return {"release": ("", words[0].hex())}
    return _terms(node, book, pool, words, done)


def _before(said: Sequence[ChainEvent], done: ChainEvent | None) -> ChainEvent | None:
    """Return the last event, before a vote did what it did where it is done."""
    earlier = [each for each in said if done is None or (each.block, each.index) < (done.block, done.index)]
    return earlier[-1] if earlier else None


def _terms(node: Node, book: Book, pool: int, words: Sequence[bytes], done: ChainEvent | None) -> Change:
    version, hash_, fee_cap = int.from_bytes(words[0], "big"), words[1].hex(), int.from_bytes(words[4], "big")
    bound = _before(book.chain.events(contract="pools", event="Terms", having=("pool", str(pool))), done)
    old: Mapping[str, Json] = {} if bound is None else bound.args
    made = {"terms_version": (str(old.get("version", "")), str(version)), "hash": (str(old.get("hash", "")), hash_)}
    wanted = {"arbiter": "0x" + words[2][12:].hex(), "court": "0x" + words[3][12:].hex(), "fee_cap_bps": str(fee_cap)}
    made |= {name: (str(old.get(name, "")), new) for name, new in wanted.items() if str(old.get(name, "")) != new}
    said = versions.said(book, pool)
    text = said[version].body["terms"] if done is not None and version in said else _text(node, hash_)
    if text is None:
        return made
    last = said.get(int(str(old["version"]))) if old else None
    before = dict(_flat("terms", {} if last is None else last.body["terms"]))
    after = dict(_flat("terms", text))
    changed = {
        name: (before.get(name, ""), after.get(name, ""))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }
    return made | changed


def _text(node: Node, hash_: str) -> Json:
    kept = node.private.read(f"terms/{hash_}")
    return None if kept is None else cast(Json, json.loads(kept)["terms"])


def _flat(name: str, value: Json) -> Iterator[tuple[str, str]]:
    """Yield the members of terms with dotted names, `terms.sale_split.fee`."""
    if isinstance(value, dict):
        for inner, each in value.items():
            yield from _flat(f"{name}.{inner}", each)
    else:
        yield name, str(value)
