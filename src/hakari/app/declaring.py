"""What people say of themselves, each as they like: their language and their region, so that a buyer sees whose voices speak.

It stays in this node's database, for figures alone: the log never holds it, nobody is shown an account's own, and nothing is paid,
drawn or decided by it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hakari.adapters.sql.store import Book
from hakari.app.node import Node
from hakari.core.errors import Malformed
from hakari.core.ids import Account

_NOTE = "declared:"
_LANGUAGE, _REGION = re.compile(r"[a-z]{2,3}"), re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """language: its ISO 639 code; region: its ISO 3166-1 code of two letters; None where an account does not say."""

    language: str | None = None
    region: str | None = None

    @property
    def json(self) -> dict[str, str | None]:
        """Both, as the API shows them to their account."""
        return {"language": self.language, "region": self.region}


def declare(node: Node, who: Account, *, language: str | None, region: str | None) -> Declared:
    """Keep what an account says of itself, in place of what it said before; nothing of it where both are None. Raises Malformed."""
    for name, code, form, words in (
        ("language", language, _LANGUAGE, "an ISO 639 code of two or three small letters, or null"),
        ("region", region, _REGION, "an ISO 3166-1 code of two capitals, or null"),
    ):
        if code is not None and form.fullmatch(code) is None:
            raise Malformed(f"{name} must be {words}, got {code[:20]!r}", pointer=f"/{name}")
    made = Declared(language=language, region=region)
    with node.store.book() as book:
        book.notes.put(_NOTE + who, {name: code for name, code in made.json.items() if code is not None})
    return made


def declared(node: Node, who: Account) -> Declared:
    """Return what an account says of itself."""
    with node.store.reading() as book:
        return among(book, [who]).get(who, Declared())


def among(book: Book, accounts: Iterable[Account]) -> Mapping[Account, Declared]:
    """Return what those of the accounts say of themselves who say anything."""
    wanted = set(accounts)
    kept = {Account(name.removeprefix(_NOTE)): note for name, note in book.notes.beginning(_NOTE).items()}
    return {
        who: Declared(language=_text(note.get("language")), region=_text(note.get("region")))
        for who, note in kept.items()
        if who in wanted
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
