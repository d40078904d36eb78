"""Something is wrong: reports, decisions, objections, and what a decision stops. The log never holds what was written in a report."""

from typing import Any, cast

from hakari.access import quarantine
from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.store import Book
from hakari.app import desk, quarantines
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Forbidden, Malformed, Unknown
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement, note_commitment
from hakari.people.book import may_sign
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body


class UnknownSubject(Unknown):
    """A report or decision about something that this node does not have."""

    code = "unknown_subject"
    status = 422


class NotConcerned(Forbidden):
    """Only whose thing it is can object to a decision about it."""

    code = "not_concerned"


def report(node: Node, statement: Statement, *, note: str, salt: str) -> Receipt:
    """Record that something is wrong. note: what, in words, kept by this node and known to the log by its salted digest only."""
    return _say(node, statement, "report", note, salt)


def object_to(node: Node, statement: Statement, *, note: str, salt: str) -> Receipt:
    """Record that somebody whom a decision concerns does not agree. Raises NotConcerned, Conflict where nothing is in quarantine."""
    return _say(node, statement, "objection", note, salt)


def _say(node: Node, statement: Statement, kind: str, note: str, salt: str) -> Receipt:
    desk.expect(statement, kind)
    check_body(kind, statement.body)
    desk.not_early(node, statement)
    subject, digest = str(statement.body["subject"]), statement.body["note"]
    if note_commitment(note=note, salt=salt) != digest:
        raise Malformed("note must be the text whose salted digest the statement names", pointer="/body/note")
    with node.store.reading() as book:
        if book.statements.has(statement.id):
            return desk.receipt(node, statement)
        may_sign(statement, book.statements.key(statement.key))
        _orders_of(book, subject)
        if kind == "objection":
            _may_object(book, statement)
    node.accounts_pace.take(statement.author)
    node.private.write(f"notes/{digest}", canonical.encode({"note": note, "salt": salt}))

    def write(book: Book) -> None:
        may_sign(statement, book.statements.key_held(statement.key))
        book.statements.add(statement, subject=subject_key(subject))

    node.store.commit(write)
    return desk.receipt(node, statement)


def _may_object(book: Book, statement: Statement) -> None:
    subject, named = str(statement.body["subject"]), str(statement.body["decision"])
    found = book.statements.get(named)
    if found is None or found[0].kind != "decision" or found[0].body["subject"] != subject:
        raise UnknownSubject(f"decision must be one about {subject}, got {named}", pointer="/body/decision")
    if subject not in quarantines.standing(book).standing:
        raise Conflict(f"{subject} is not in quarantine", pointer="/body/subject")
    kind, id_, _ = quarantine.parts(subject)
    if statement.author == id_:
        return
    for order in [] if kind == "account" else _orders_of(book, subject):
        row = book.orders.get(order)
        if row is not None and (row.buyer == statement.author or book.answers.has_of(order, statement.author)):
            return
    raise NotConcerned(
        f"an objection to a decision about {subject} is for its owner and those who made it", pointer="/author"
    )


def decide(node: Node, account: Account, *, subject: str, result: str, reason: str, about: list[str]) -> StatementId:
    """Say what becomes of a subject, at the operator's wish, and stop its sale on chain where it is in quarantine.

    about: the reports and objections that this answers. Raises Forbidden for anybody else, UnknownSubject, Malformed.
    """
    if account != node.operator:
        raise Forbidden(f"decisions are the operator's, {node.operator}, got {account}")
    body: dict[str, Json] = {"about": list[Json](about), "reason": reason, "result": result, "subject": subject}
    check_body("decision", body)
    with node.store.reading() as book:
        orders = _orders_of(book, subject)
        for each in about:
            found = book.statements.get(each)
            if found is None or found[0].kind not in ("report", "objection") or found[0].body["subject"] != subject:
                raise UnknownSubject(
                    f"about must be reports and objections about {subject}, got {each}", pointer="/about"
                )
    said = node.sentence("decision", body)

    def write(book: Book) -> None:
        for order in orders:
            # Whoever serves or gives out something of these orders at this moment asks again.
            row = book.orders.held(order)
            if row is not None:
                book.orders.mark(row.id, row.status)
        book.statements.add(said, subject=subject_key(subject))
        if result == quarantine.STOPS:
            for intent in _stopped_sales(book, subject, orders):
                book.chain.intend(intent)

    node.store.commit(write)
    return said.id


def _stopped_sales(book: Book, subject: str, orders: list[StatementId]) -> list[Intent]:
    kind, id_, _ = quarantine.parts(subject)
    releases = (
        [id_] if kind in ("release", "row") else [row.id for order in orders for row in book.releases.of_order(order)]
    )
    stopped = {str(event.args["offer"]) for event in book.chain.events(contract="licences", event="Stopped")}
    return [
        Intent(
            name=f"stop:{event.args['offer']}",
            signer="operator",
            contract="licences",
            function="stop_offer",
            args=[str(event.args["offer"])],
        )
        for release in releases
        for event in book.chain.events(contract="licences", event="Offered", having=("release", release))
        if str(event.args["offer"]) not in stopped
    ]


def _orders_of(book: Book, subject: str) -> list[StatementId]:
    """Return the orders that a subject is of. Raises UnknownSubject where it is nothing of this node's."""
    kind, id_, part = quarantine.parts(subject)
    if kind == "account":
        return book.orders.of_buyer(Account(id_))
    if kind in ("release", "row"):
        release = book.releases.get(id_)
        if release is not None:
            return [release.order]
    else:
        row = book.orders.get(id_)
        if row is not None and (part is None or int(part) < row.tasks):
            return [row.id]
    raise UnknownSubject(f"subject must be something of this node's, got {subject}", pointer="/body/subject")


def check_known(book: Book, subject: str) -> None:
    """Raise UnknownSubject where a subject is nothing of this node's."""
    _orders_of(book, subject)


def subject_key(subject: str) -> str:
    """Return what statements about a subject are found by: short enough for every subject."""
    return subject if len(subject) <= 80 else subject[:80]


def about(node: Node, account: Account | None, subject: str) -> dict[str, Any]:
    """Return every report, decision and objection about a subject; the words of reports for the operator only."""
    with node.store.reading() as book:
        found = [
            each
            for kind in ("report", "decision", "objection")
            for each in book.statements.about(kind, subject_key(subject))
            if each[0].body["subject"] == subject
        ]
        quarantined = subject in quarantines.standing(book).standing
    items: list[dict[str, Any]] = [
        {"id": statement.id, "leaf": leaf, "statement": canonical.decode(statement.bytes)} for statement, leaf in found
    ]
    if account == node.operator:
        for view, (statement, _) in zip(items, found, strict=True):
            kept = node.private.read(f"notes/{statement.body.get('note')}") if "note" in statement.body else None
            view["note"] = None if kept is None else cast(dict[str, Json], canonical.decode(kept))["note"]
    return {"items": items, "next": None, "quarantined": quarantined}
