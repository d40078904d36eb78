"""Releases and their use: judged rows become a dataset version, and every download is a logged use of a licence."""

import base64
import hashlib
import hmac
import io
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import BinaryIO, cast

from hakari.access import licences
from hakari.access.licences import Licence
from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.releases import ReleaseRow
from hakari.adapters.sql.store import Book, Raced
from hakari.app import desk, lineage, offices, packing, quarantines, versions
from hakari.app.lineage import UnknownRelease
from hakari.app.node import Node
from hakari.core import money
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Forbidden, Malformed, Unknown
from hakari.core.ids import Account, Digest, StatementId
from hakari.core.statement import Statement, row_commitment
from hakari.data import croissant, lineages, release
from hakari.pay import lines as pay_lines
from hakari.pay.chain import ChainEvent
from hakari.people.book import may_sign
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.sources.kind import Judged, TaskSpec


class NotOriginator(Forbidden):
    """Only the order's buyer may do this."""

    code = "not_originator"


def publish(
    node: Node,
    order: str,
    account: Account,
    *,
    name: str,
    offer: Mapping[str, Json] | None,
    parents: Sequence[tuple[str, int]] = (),
) -> StatementId:
    """Make a release of everything that was judged of an order, at its buyer's wish, and offer licences for it on chain.

    offer: {"price": amount, "purposes": mask, "term_seconds": n, "vest_seconds": n}, or None for a release that is not sold.
    parents: the releases that it derives from, each with the basis points of its income that they get. The same wish again returns
    the same release.
    """
    if offer is not None:
        money.kept(money.parse(offer["price"], pointer="/offer/price"), pointer="/offer/price")
    facts = desk.running(node, order)
    if account != facts.order.buyer:
        raise NotOriginator(f"a release must be asked for by the order's buyer {facts.order.buyer}, got {account}")
    with node.store.reading() as book:
        row = book.orders.get(order)
        if row is None or row.status != "judged":
            got = "none" if row is None else f"one that is {row.status}"
            raise Conflict(f"a release needs an order that is judged, got {got}")
        offices.pass_(node, book, row.pool)
        before = book.releases.of_order(order)
        judged = book.answers.judged(facts.order.id)
        tasks = book.orders.tasks(facts.order.id)
        verdicts_of = _verdicts(book, order)
        verdicts = [statement.id for statement in verdicts_of]
        weights = lineage.shares(book, verdicts, versions.under(book, facts.order))
        under = versions.said(book, facts.order.pool)[facts.order.terms_version]
        lineage.check_parents(book, list(parents))
        quarantines.pass_(book, order=order, account=account)
        stopped = quarantines.standing(book)
    for standing in before:
        if standing.body["name"] == name:
            return standing.id
    by_task: list[list[Judged]] = [[] for _ in tasks]
    for each in judged:
        by_task[each.task].append(each.judged)
    specs = [TaskSpec(public=task.public, data=task.data) for task in tasks]
    rows = facts.kind.rows(facts.order.spec, specs, by_task)
    schema = facts.kind.schema(facts.order.spec)
    files = [] if facts.kind.contents is None else packing.fill(node, facts.kind.contents, rows)
    salts = [_salt(node, order, n) for n in range(len(rows))]
    rows, salts, files = _without(stopped.rows(), rows, salts, files)
    built = release.build(rows, schema=schema, salts=salts)
    archives = packing.archives(node, files)
    terms = cast(dict[str, Json], under.body["terms"])
    digest = release.sha256(built.parquet)
    card = croissant.describe(
        name=name,
        description=facts.order.title,
        licence=str(terms["licence"]),
        publisher=node.name,
        published=datetime.fromtimestamp(node.clock(), UTC).date().isoformat(),
        version=len(before) + 1,
        file=release.DATA_FILE,
        file_sha256=digest,
        file_bytes=len(built.parquet),
        schema=[*schema, ("salt", "string")],
        archives=[(each.path, each.sha256, each.bytes) for each in archives],
    )
    access = "open" if facts.order.evidence == "open" else "licensee"
    # Who is licensed a sealed order's data may judge its answers again.
    opened = _answers(node, verdicts_of) if facts.order.evidence == "sealed" else []
    if offer is not None and not weights:
        raise Conflict("a release is sold only where somebody's answers were accepted: its price would be nobody's")
    body: dict[str, Json] = {
        "croissant": node.evidence(card),
        "files": [
            {"access": access, "bytes": size, "path": path, "sha256": of}
            for path, size, of in [
                (release.DATA_FILE, len(built.parquet), digest),
                *((each.path, each.bytes, each.sha256) for each in archives),
                *((path, len(data), of) for path, data, of in opened),
            ]
        ],
        "items": built.rows,
        "lineage": {
            "orders": [order],
            "parents": [{"bps": bps, "release": each} for each, bps in sorted(parents)],
            "verdicts": list[Json](verdicts),
        },
        "manifest": node.evidence(built.manifest),
        "name": name,
        "order": order,
        "pool": facts.order.pool,
        "root": built.root,
        "schema": [{"name": column, "type": kind} for column, kind in [*schema, ("salt", "string")]],
        "shares": node.evidence(pay_lines.shares_evidence(weights)),
        "version": len(before) + 1,
    }
    said = node.sentence("release", body)
    # An open file becomes public with the leaf of its release (app.evidence): until then it may still come to nothing.
    node.private.write(f"releases/{said.id}/{release.DATA_FILE}", built.parquet)
    for path, data, _ in opened:
        node.private.write(f"releases/{said.id}/{path}", data)
    for each in archives:
        node.private.take(f"releases/{said.id}/{each.path}", each.place)
    node.private.settle()
    with node.store.book() as book:
        book.orders.held(order)
        quarantines.pass_(book, order=order, account=account)
        if quarantines.standing(book).rows() != stopped.rows():
            raise Raced("what is in quarantine changed meanwhile; ask again")
        if [each.id for each in _verdicts(book, order)] != verdicts:
            raise Raced("a jury judged anew meanwhile; ask again")
        for standing in book.releases.of_order(order):
            if standing.body["name"] == name:
                return standing.id
        book.statements.add(said, subject=said.id)
        row = ReleaseRow(id=said.id, order=facts.order.id, pool=facts.order.pool, body=body, offer=offer)
        book.releases.add(row)
        _tell(book, row)
    return said.id


def _verdicts(book: Book, order: str) -> list[Statement]:
    """Return the verdicts of an order that stand: what a jury had judged anew counts no more."""
    said = [statement for statement, _ in book.statements.about("verdicts", order)]
    amended = {str(statement.body.get("amends")) for statement in said}
    return [statement for statement in said if statement.id not in amended]


def _answers(node: Node, verdicts: Sequence[Statement]) -> list[tuple[str, bytes, Digest]]:
    """Return (path, bytes, digest) of the opened answers that these verdicts judged."""
    digests = [Digest(str(each.body["answers"])) for each in verdicts]
    return [(f"answers-{n:05d}.jsonl", node.kept(digest), digest) for n, digest in enumerate(digests)]


def _tell(book: Book, row: ReleaseRow) -> None:
    """Ask for a release to be published on chain and, where its originator wishes, offered with its parents."""
    args: list[Json] = [str(row.pool), row.id, row.body["root"]]
    book.chain.intend(
        Intent(name=f"release:{row.id}", signer="operator", contract="pools", function="publish_release", args=args)
    )
    offer = row.offer
    if offer is None:
        return
    parents: list[Json] = [
        [str(lineage.known(book, each).pool), each, str(bps)] for each, bps in lineages.parents(row.body)
    ]
    terms = [str(offer["purposes"]), offer["price"], str(offer["term_seconds"]), str(offer.get("vest_seconds", 0))]
    args = [str(row.pool), row.id, *terms, False, parents]
    book.chain.intend(
        Intent(name=f"offer:{row.id}", signer="operator", contract="licences", function="offer", args=args)
    )


def _without(
    stopped: Collection[str],
    rows: Sequence[dict[str, Json]],
    salts: Sequence[str],
    files: Sequence[tuple[Digest, str]],
) -> tuple[list[dict[str, Json]], list[str], list[tuple[Digest, str]]]:
    """Return rows, salts and files without those in quarantine. A row keeps its salt, so it is known again by its digest."""
    kept = [
        (row, salt)
        for row, salt in zip(rows, salts, strict=True)
        if not stopped or row_commitment({**row, "salt": salt}) not in stopped
    ]
    names = {str(row.get("file")) for row, _ in kept}
    return [row for row, _ in kept], [salt for _, salt in kept], [each for each in files if each[1] in names]


def _salt(node: Node, order: str, n: int) -> str:
    """Return row n's salt: fixed for the order, so that a release made twice is the same, and known to this node only."""
    made = hmac.new(node.keys.secret("salts"), f"{order}:{n}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:18]).decode()


def use(node: Node, statement: Statement) -> Receipt:
    """Record one use of a licence. Only then may the files be fetched."""
    if statement.kind != "use":
        raise desk.WrongKind(f"kind must be 'use' here, got {statement.kind!r}", pointer="/kind")
    check_body("use", statement.body)
    desk.not_early(node, statement)
    wanted = str(statement.body["release"])
    with node.store.reading() as book:
        if book.statements.has(statement.id):
            return desk.receipt(node, statement)
        found = book.releases.get(wanted)
        if found is None:
            raise UnknownRelease(f"release must be one of this node's, got {wanted}", pointer="/body/release")
        held = licence(book, cast(int, statement.body["licence"]))
    paths = {str(each["path"]) for each in cast(list[dict[str, Json]], found.body["files"])}
    asked = set(cast(list[str], statement.body["files"]))
    if not asked <= paths:
        raise Malformed(f"files must be of {sorted(paths)}, got {sorted(asked)}", pointer="/body/files")
    licences.check_use(statement, held)
    assert held is not None  # check_use refuses None
    with node.store.reading() as book:
        revoked = ended(book, held.id) or being_revoked(book, held.id)
    if revoked or not node.chain.call(node.contracts, "licences", "is_valid", [held.id, statement.body["purpose"]]):
        raise licences.LicenceExpired(f"licence {held.id} is not good any more: expired or revoked")
    with node.store.book() as book:
        book.orders.held(found.order)
        quarantines.pass_release(book, wanted)
        may_sign(statement, book.statements.key_held(statement.key))
        if book.statements.add(statement, subject=wanted):
            book.releases.add_use(use=statement.id, licence=held.id, release=wanted, account=statement.author)
    return desk.receipt(node, statement)


def fetch(node: Node, release_id: str, path: str, *, account: Account | None, use_id: str | None) -> BinaryIO:
    """Open a file of a release: an open one to anyone, a licensee's to the account that logged a use of it, while that is open.

    Raises UnknownRelease, Unknown, NoLicence, UseOver or LicenceExpired.
    """
    with node.store.reading() as book:
        quarantines.pass_release(book, release_id)
        found = book.releases.get(release_id)
        used = None if use_id is None else book.releases.use(use_id)
        said = None if use_id is None else book.statements.get(use_id)
        held = None if used is None else licence(book, used[0])
        revoked = used is not None and (ended(book, used[0]) or being_revoked(book, used[0]))
    if found is None:
        raise UnknownRelease(f"release must be one of this node's, got {release_id[:80]!r}")
    files = {str(each["path"]): each for each in cast(list[dict[str, Json]], found.body["files"])}
    if path not in files:
        raise Unknown(f"file must be one of {sorted(files)}, got {path[:80]!r}")
    if files[path]["access"] != "open":
        if used is None or said is None or used[1] != release_id or account is None or used[2] != account:
            raise licences.NoLicence("this file needs a logged use of a licence that you hold (POST /v1/uses)")
        if path not in cast(list[str], said[0].body["files"]):
            raise licences.NoLicence(f"the logged use names {said[0].body['files']}, not {path!r}")
        if revoked:
            raise licences.LicenceExpired(f"licence {used[0]} is not good any more: revoked")
        until = licences.closes(said[0].time, said[0].body, expires=held.expires if held else 0)
        if node.clock() >= until:
            raise licences.UseOver(f"the logged use opened the files until {until}; log a new use to open them again")
    file = node.private.open(f"releases/{release_id}/{path}")
    if file is None and files[path]["access"] == "open":
        data = node.public.read(f"releases/{release_id}/{path}")
        file = None if data is None else io.BytesIO(data)
    if file is None:
        raise Unknown(f"file {path!r} of release {release_id} is not here any more")
    return file


def offers(book: Book, release_id: str) -> list[tuple[ChainEvent, str]]:
    """Return the offers of a release whose sale nobody stopped, each with its price now: the pool's people may vote for another."""
    stopped = {str(each.args["offer"]) for each in book.chain.events(contract="licences", event="Stopped")}
    priced = {str(each.args["offer"]): each for each in book.chain.events(contract="licences", event="Priced")}
    return [
        (event, str(priced.get(str(event.args["offer"]), event).args["price"]))
        for event in book.chain.events(contract="licences", having=("release", release_id), event="Offered")
        if str(event.args["offer"]) not in stopped
    ]


def licence(book: Book, number: int) -> Licence | None:
    """Return a licence by its number on chain, or None."""
    bought = book.chain.events(contract="licences", event="Bought", having=("id", str(number)))
    if not bought:
        return None
    offer = str(bought[0].args["offer"])
    offered = book.chain.events(contract="licences", event="Offered", having=("offer", offer))
    return licences.licence(bought[0], offered[0])


REVOKE = "revoke:"
"""How the name of the operator's wish to revoke a licence begins; its number follows."""


def ended(book: Book, number: int) -> bool:
    """Return whether a licence is revoked on chain."""
    return bool(book.chain.events(contract="licences", event="Revoked", having=("id", str(number))))


def being_revoked(book: Book, number: int) -> bool:
    """Return whether the operator has asked for a licence to be revoked: it opens nothing from then on, however slow the chain is."""
    return any(each.status != "reverted" for each in book.chain.intents_about(f"{REVOKE}{number}:"))


def licences_of(book: Book, account: Account) -> list[Licence]:
    """Return the licences that an account bought."""
    bought = book.chain.events(contract="licences", event="Bought", having=("to", account))
    found = [licence(book, int(str(event.args["id"]))) for event in bought]
    return [each for each in found if each is not None]
