"""Something is wrong: one thing that can be reported, what was said and decided about it, and what waits for a decision."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from hakari.access import quarantine
from hakari.adapters.sql.finding import Found
from hakari.adapters.sql.store import Book
from hakari.app import quarantines, reports
from hakari.app.node import Node
from hakari.core.ids import Account
from hakari.people.statements import is_subject

SHOWN = 30
"""Decisions that the page without a subject lists."""

_PATH = re.compile(
    r"/(?:d/[0-9]{1,15}/(?P<release>[0-9a-f]{64})"
    r"|(?:explore/)?(?P<what>orders|releases|accounts|tasks|requests)/(?P<id>[0-9a-f]{64}|0x[0-9a-fA-F]{40}))(?:[/?#].*)?$"
)
_WHAT = {"accounts": "account", "orders": "order", "releases": "release", "requests": "order", "tasks": "order"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A report, decision or objection about the subject; `note` is its words, for the operator only; `answered` by a decision."""

    found: Found
    note: str | None
    answered: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Something that can be reported. what: release, row, order, task or account; name: its title, path: its page.

    stopped: the subject that keeps this one in quarantine, or None. decision: the one about this very subject that an objection names.
    """

    subject: str
    what: str
    name: str
    part: str | None
    path: str
    stopped: str | None
    decision: str | None
    said: Sequence[Said]


@dataclass(frozen=True, kw_only=True, slots=True)
class Docket:
    """What waits for a decision, oldest first, and what was decided, newest first."""

    waiting: Sequence[Found]
    decided: Sequence[Found]


def read(node: Node, text: str) -> str | None:
    """Return the subject that somebody names: as statements do, by its id, or by the address of its page; None where it is neither."""
    given = text.strip()
    if is_subject(given):
        return given
    with node.store.reading() as book:
        if re.fullmatch(r"[0-9a-f]{64}", given):
            return f"release:{given}" if book.releases.get(given) else f"order:{given}"
    if re.fullmatch(r"0x[0-9a-fA-F]{40}", given):
        return f"account:{given.lower()}"
    found = _PATH.search(given)
    if found is None:
        return None
    if found["release"]:
        return f"release:{found['release']}"
    return f"{_WHAT[found['what']]}:{found['id'].lower()}"


def stopped(node: Node, subject: str) -> str | None:
    """Return the subject in quarantine that stops this one, or None. Cheap where nothing is in quarantine."""
    with node.store.reading() as book:
        return _stopped(book, subject)


def _stopped(book: Book, subject: str) -> str | None:
    standing = quarantines.standing(book)
    if not standing.standing:
        return None
    if subject in standing.standing:
        return subject
    kind, id_, _ = quarantine.parts(subject)
    if kind == "account":
        return standing.stops(account=id_)
    row = book.releases.get(id_) if kind in ("release", "row") else None
    order = book.orders.get(id_ if row is None else row.order)
    return standing.stops(
        release=id_ if kind == "release" else None,
        order=None if order is None else order.id,
        account=None if order is None else order.buyer,
    )


def subject(node: Node, account: Account | None, subject: str) -> Subject:
    """Return all that was said about a subject. Raises UnknownSubject where it is nothing of this node's."""
    kind, id_, part = quarantine.parts(subject)
    told = reports.about(node, account, subject)
    with node.store.reading() as book:
        reports.check_known(book, subject)
        answered = {
            each for said, _ in book.statements.about("decision") for each in cast(list[str], said.body["about"])
        }
        said = [
            Said(found=found, note=view.get("note"), answered=found.id in answered)
            for view in told["items"]
            if (found := book.finding.get(view["id"])) is not None
        ]
        said.sort(key=lambda each: each.found.seq)
        last = [each.found for each in said if each.found.kind == "decision"]
        name, path = _named(book, kind, id_)
        return Subject(
            subject=subject,
            what=kind,
            name=name,
            part=part,
            path=path,
            stopped=_stopped(book, subject),
            decision=last[-1].id if told["quarantined"] else None,
            said=said,
        )


def _named(book: Book, kind: str, id_: str) -> tuple[str, str]:
    if kind == "account":
        return id_, f"/explore/accounts/{id_}"
    row = book.releases.get(id_) if kind in ("release", "row") else None
    if row is not None:
        return str(row.body["name"]), f"/d/{row.pool}/{row.id}"
    said = book.statements.get(id_)
    assert said is not None  # what is reported was looked up
    return str(said[0].body["title"]), f"/orders/{id_}"


def docket(node: Node) -> Docket:
    """Return what waits for the operator and what the operator decided: all of it is public."""
    with node.store.reading() as book:
        decisions = book.statements.about("decision")
        answered = {each for said, _ in decisions for each in cast(list[str], said.body["about"])}
        open_ = [
            said.id
            for kind in ("report", "objection")
            for said, _ in book.statements.about(kind)
            if said.id not in answered
        ]
        waiting = [found for each in open_ if (found := book.finding.get(each)) is not None]
        decided = [found for said, _ in decisions[-SHOWN:] if (found := book.finding.get(said.id)) is not None]
    return Docket(waiting=sorted(waiting, key=lambda each: each.seq), decided=decided[::-1])
