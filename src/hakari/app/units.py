"""Units of data before they are handed in: checked for whoever has them, with the answer to sign."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hakari.app import desk, uploads
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account, Digest
from hakari.sources.kind import Answer, Batch, Contents, Named
from hakari.work.intake import Running


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """A unit as somebody wants to hand it in: a text, or an upload by its id; and what is declared of it."""

    text: str | None
    upload: str | None
    type: str | None
    declared: Mapping[str, Json]


def examine(node: Node, order: str, account: Account, offered: Sequence[Offered]) -> list[dict[str, Any]]:
    """Return for each unit the answer to sign, or why it is refused, and how it would be judged as things stand now.

    Nothing enters the log. Texts that are good are kept under their SHA-256 for a week, or for good once an answer names them.
    """
    facts = desk.running(node, order)
    contents = facts.kind.contents
    if contents is None:
        raise Malformed(f"order must be of a kind that takes units, got one of kind {facts.kind.name!r}")
    found: list[dict[str, Any]] = []
    for each in offered:
        try:
            answer, masked = _examined(node, facts, contents, account, each)
        except HakariError as error:
            if error.status >= 500:
                raise
            refused = {"code": error.code, "message": error.message, "pointer": error.pointer}
            found.append({"answer": None, "masked": [], "refused": refused, "verdict": None})
        else:
            found.append({"answer": answer, "masked": masked, "refused": None, "verdict": None})
    good = [each for each in found if each["answer"] is not None]
    for each, reason in zip(good, _foreseen(node, facts, [each["answer"] for each in good]), strict=True):
        each["verdict"] = reason
    return found


def _examined(
    node: Node, facts: Running, contents: Contents, account: Account, offered: Offered
) -> tuple[Json, list[list[Json]]]:
    spec = facts.order.spec
    if offered.text is None:
        row = uploads.get(node, account, offered.upload or "")
        if row.note is not None:
            raise uploads.UploadGone(f"{row.note[0]}: {row.note[1]}", pointer="/upload")
        if row.sha256 is None or row.stated is None:
            raise Malformed(
                f"upload must be whole, {uploads.offset(node, row)} of {row.length} bytes came", pointer="/upload"
            )
        named = Named(sha256=Digest(row.sha256), type=row.type, bytes=row.length, stated=row.stated)
        return facts.kind.check(spec, {}, contents.answer(named, {"name": row.name, **offered.declared})), []
    text, masked = contents.masked(spec, offered.text)
    data, type_ = text.encode("utf-8", "surrogatepass"), offered.type or "text/plain"
    digest = Digest(hashlib.sha256(data).hexdigest())
    stated = contents.measure(type_, io.BytesIO(data))
    named = Named(sha256=digest, type=type_, bytes=len(data), stated=stated)
    answer = facts.kind.check(spec, {}, contents.answer(named, {"name": "", **offered.declared}))
    uploads.keep(node, account, data=data, type_=type_, name="", stated=stated, digest=digest)
    return answer, masked


def _foreseen(node: Node, facts: Running, answers: Sequence[Json]) -> list[str]:
    """Return the reasons of the verdicts that these answers would get now, after all that the order has and in their order."""
    order = facts.order
    with node.store.reading() as book:
        size = book.statements.size()
        standing = [row.answer for row in book.answers.unjudged(order.id, size)]
        earlier = book.answers.accepted_in(order.pool, order.source, size) if facts.kind.remembers else []
    nobody = Account("0x" + 40 * "0")
    batch = Batch(
        spec=order.spec,
        quality=order.quality,
        tasks=facts.publics,
        answers=[
            Answer(account=nobody, task=0, answer=answer, leaf=0, n=n) for n, answer in enumerate([*standing, *answers])
        ],
        earlier=earlier,
    )
    verdicts = facts.kind.judge(batch, None).verdicts
    return [verdict.reason for verdict in verdicts[len(standing) :]]
