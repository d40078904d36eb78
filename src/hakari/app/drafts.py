"""Drafts of orders: what a buyer has filled in so far, kept by this node for thirty days, or until newer ones need the room.

Pictures and sounds that a draft brought go with it, unless a funded order was placed that shows them.
A draft belongs to the visit that began it (a browser's cookie) and, once somebody is signed in, to their account too.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, cast

from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Unknown
from hakari.core.ids import Account
from hakari.data import uploads
from hakari.data.uploads import Upload
from hakari.sources.label import questions

_DIGEST = re.compile(r"[0-9a-f]{64}")
STEPS = ("what", "who", "quality", "money", "check")
KEEP_S = 30 * 86_400
MOST_DRAFTS = 500
MOST_BYTES = 2 * 2**30
"""What all drafts may take of the disk: anybody can begin one, without a key."""
TEST_ITEMS = 20


class UnknownDraft(Unknown):
    """A draft that this node does not keep, or that is another visitor's."""

    code = "unknown_draft"


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """An order in the making. Amounts are micro-units. columns: column → Text, Image or Audio; `shown` are those that workers see.

    question: one of sources.label.questions, or `own` for a configuration of the buyer's. redundancy: answers a unit. audits: whether
    people outside the order check a part of it blind. reviews: whether three of them, or more, look at a part of the rest. stopping:
    whether units whose answers agree get fewer. calibrate: whether some units come first, and then the buyer has a day for the
    guideline. days: how long the order takes answers. test: begin with the first TEST_ITEMS items. requires: the exam that workers must
    have passed, empty for none. exam: the column that holds the right answers where the order is an exam, empty where it is none; then
    pass_percent of them pass, and `places` accounts can sit it; training: who
    has a result sees the right answers at once. done: steps that were filled in.
    """

    id: str
    owner: str
    account: str | None
    created: int
    saved: int
    file: str = ""
    bytes: int = 0
    media: tuple[str, ...] = ()
    count: int = 0
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    shown: tuple[str, ...] = ()
    title: str = ""
    about: str = ""
    guideline: str = ""
    question: str = "choose"
    asked: str = ""
    options: tuple[str, ...] = ()
    most: int = 5
    config: str = ""
    pool: int = 0
    redundancy: int = 3
    audits: bool = False
    reviews: bool = False
    calibrate: bool = False
    stopping: bool = False
    answer_minutes: int = 30
    requires: str = ""
    exam: str = ""
    pass_percent: int = 80
    places: int = 20
    training: bool = False
    reward: int = 40_000
    days: int = 14
    test: bool = True
    done: tuple[str, ...] = ()

    @property
    def each(self) -> int:
        """Answers that each unit gets at most."""
        return self.places if self.exam else self.redundancy


def begin(node: Node, *, owner: str, account: Account | None, address: str) -> Draft:
    """Return a fresh draft for a visit from a network address. Drafts of nobody who signed in, the oldest first, make room where
    there are too many. Raises TooMany."""
    node.drafts_pace.take(address)
    _sweep(node)
    with node.store.reading() as book:
        pools = [row.pool for row in book.orders.pools()]
    made = Draft(
        id=secrets.token_hex(16),
        owner=owner,
        account=account,
        created=node.clock(),
        saved=node.clock(),
        pool=pools[0] if pools else 0,
    )
    return save(node, made)


def save(node: Node, draft: Draft) -> Draft:
    """Keep a draft as it is now."""
    kept = replace(draft, saved=node.clock())
    node.private.write(f"drafts/{kept.id}.json", json.dumps(asdict(kept), ensure_ascii=False).encode())
    return kept


def get(node: Node, id_: str, *, owner: str, account: Account | None) -> Draft:
    """Return a draft to the visit or account that it is of. Raises UnknownDraft."""
    data = node.private.read(f"drafts/{id_}.json")
    if data is None:
        raise UnknownDraft(f"draft must be one of yours, got {id_}")
    draft = _read(data)
    if draft.owner != owner and (account is None or draft.account != account):
        # The same words as for none at all: whose it is is nobody else's business.
        raise UnknownDraft(f"draft must be one of yours, got {id_}")
    return draft


def bring(node: Node, draft: Draft, files: Sequence[tuple[str, bytes]]) -> Draft:
    """Return the draft with the items that files hold. Raises UnreadableUpload."""
    upload: Upload = uploads.read(files)
    _drop_media(node, draft, _sweep(node))
    for digest, (_, data) in upload.media.items():
        node.private.write(f"uploads/{digest}", data)
    names: dict[str, str] = {}
    for column in upload.kinds:
        names[column] = questions.variable(column, tuple(names.values()))
    items = [{names[column]: text for column, text in item.items()} for item in upload.items]
    lines = canonical.lines(cast(list[dict[str, Json]], items))
    node.private.write(f"drafts/{draft.id}.items", lines)
    columns = {names[column]: kind for column, kind in upload.kinds.items()}
    first = next((name for name, kind in columns.items() if kind != "Text"), next(iter(columns)))
    return replace(
        draft,
        file=files[0][0][:120] if len(files) == 1 else "",
        # What lies on the disk, not what came: a zip of some hundred kilobytes unpacks to a thousand times as much.
        bytes=len(lines) + sum(len(data) for _, data in upload.media.values()),
        media=tuple(sorted(upload.media)),
        count=len(items),
        columns=columns,
        # One column only until the buyer ticks more: another may hold the known answers.
        shown=(first,),
    )


def lines(node: Node, draft: Draft) -> list[dict[str, Any]]:
    data = node.private.read(f"drafts/{draft.id}.items")
    wanted = TEST_ITEMS if draft.test and not draft.exam else None
    return [] if data is None else list(canonical.read_lines(data))[:wanted]


def media(node: Node, digest: str) -> tuple[str, bytes] | None:
    """Return type and bytes of a picture or sound that a buyer brought, or None."""
    data = node.private.read(f"uploads/{digest}")
    kind = None if data is None else uploads.media_type(data)
    return None if data is None or kind is None else (kind, data)


def keep_media(node: Node, items: Sequence[Json]) -> None:
    """Let the pictures and sounds that a funded order's items name stay for good."""
    for item in items:
        for value in item.values() if isinstance(item, dict) else ():
            digest = value.removeprefix("/files/") if isinstance(value, str) and value.startswith("/files/") else ""
            if not _DIGEST.fullmatch(digest) or node.private.read(f"uploads/{digest}.kept") is not None:
                continue
            if node.private.read(f"uploads/{digest}") is not None:
                node.private.write(f"uploads/{digest}.kept", b"")


def _sweep(node: Node) -> list[Draft]:
    """Take away drafts older than KEEP_S; where there are above MOST_DRAFTS or they take above MOST_BYTES, first those of nobody who
    signed in, of these the oldest. Returns those that stay."""
    found = [node.private.read(path) for path in list(node.private.list("drafts/")) if path.endswith(".json")]
    ranked = sorted((_read(data) for data in found if data is not None), key=_worth, reverse=True)
    stay: list[Draft] = []
    go: list[Draft] = []
    taken = 0
    for draft in ranked:
        taken += draft.bytes
        late = draft.saved + KEEP_S < node.clock()
        (go if late or len(stay) >= MOST_DRAFTS or taken > MOST_BYTES else stay).append(draft)
    for draft in go:
        _drop_media(node, draft, stay)
        node.private.delete(f"drafts/{draft.id}.json")
        node.private.delete(f"drafts/{draft.id}.items")
    return stay


def _worth(draft: Draft) -> tuple[bool, int]:
    return draft.account is not None, draft.saved


def _drop_media(node: Node, draft: Draft, stay: Sequence[Draft]) -> None:
    """Take away the pictures and sounds that only this draft brought: two buyers can bring the same one."""
    others = {digest for each in stay if each.id != draft.id for digest in each.media}
    for digest in draft.media:
        if digest not in others and node.private.read(f"uploads/{digest}.kept") is None:
            node.private.delete(f"uploads/{digest}")


def _read(data: bytes) -> Draft:
    held: Any = json.loads(data)
    lists: Any = {name: tuple(held[name]) for name in ("shown", "options", "done", "media")}
    return Draft(**{**held, **lists})
