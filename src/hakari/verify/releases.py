"""Releases against their manifests, shares and files; sales and uses against the licences on chain."""

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import BinaryIO, cast

from hakari.access import licences
from hakari.core import ids, money
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import StatementId
from hakari.core.merkle import leaf_hash, leaf_hashes
from hakari.core.merkle import root as merkle_root
from hakari.core.statement import row_commitment
from hakari.data import archives, lineages, table
from hakari.data.release import DATA_FILE
from hakari.pay import lines as pay_lines
from hakari.verify.docket import Docket
from hakari.verify.dues import income
from hakari.verify.evidence import EVIDENCE, BadEvidence
from hakari.verify.holdings import SKEW_S, Licence, Offer
from hakari.verify.placed import Placed
from hakari.verify.replay import Replay
from hakari.verify.rows import Rows

_ARCHIVE = re.compile(r"files-[0-9]{5,}\.tar")
_WHOLE_POOL = 64 * "0"
_IN_MEMORY = 1 << 24


def check_releases(docket: Docket) -> None:
    """Check every release: manifest and root, shares against accepted answers, files and rows, the root on chain."""
    rows = Rows(docket=docket)
    with docket.findings.section("releases"):
        for placed in docket.log.ledger.releases.values():
            found = docket.findings.found
            docket.try_evidence(lambda placed=placed: docket.shelf.check(placed.text("croissant")))
            _manifest(docket, placed)
            _shares(docket, placed)
            rows.check_lineage(placed)
            _files(docket, rows, placed)
            if docket.replay is not None:
                stated = docket.replay.releases.get((placed.number("pool"), placed.id))
                if stated is not None:
                    docket.findings.same(placed.id, "root on chain", expected=placed.text("root"), got=stated)
            if docket.findings.found == found:
                docket.findings.holds("recomputed")
                # what a row shows of its task is behind the item's commitment
                docket.findings.holds("attested", placed.number("items"))
        rows.note()


def file_path(release: str, path: str) -> str:
    """Return where an open file of a release lies in the public folder."""
    return f"releases/{release}/{path}"


def held_path(entry: Mapping[str, Json]) -> str:
    """Return where whoever holds a licensee's file puts it into a copy of the public folder."""
    return EVIDENCE + cast(str, entry["sha256"])


def _manifest(docket: Docket, placed: Placed) -> None:
    run = bytearray()

    def look() -> None:
        digest, before = placed.text("manifest"), ""
        for number, line in enumerate(docket.shelf.lines(digest), 1):
            row = line.get("row")
            if set(line) != {"row"} or not isinstance(row, str) or row <= before:
                raise docket.shelf.broken(digest, number, '{"row":digest}, ascending', str(line))
            run.extend(leaf_hash(bytes.fromhex(ids.digest(row, pointer="/row"))))
            before = row

    if docket.try_evidence(look):
        docket.findings.same(placed.id, "items", expected=len(run) // 32, got=placed.number("items"))
        got = merkle_root(bytes(run)).hex()
        docket.findings.same(placed.id, "root of the manifest", expected=got, got=placed.text("root"))


def _shares(docket: Docket, placed: Placed) -> None:
    lineage = cast(Mapping[str, list[str]], placed.body["lineage"])
    outcomes = [docket.outcomes.get(StatementId(ruling)) for ruling in lineage["verdicts"]]
    known = [outcome for outcome in outcomes if outcome is not None]
    if len(known) != len(outcomes):
        docket.try_evidence(lambda: docket.shelf.check(placed.text("shares")))
        return
    early = docket.log.ledger.order(placed).terms.early
    weights = pay_lines.early_shares([each.accepted for each in known], [each.first for each in known], early)
    mine = pay_lines.shares_evidence(weights)

    def look() -> None:
        given = pay_lines.read_shares(docket.shelf.whole(placed.text("shares"), 2 * len(mine) + (1 << 16)))
        for ours, theirs in zip_longest(weights.items(), given.items()):
            if ours != theirs:
                account = (ours or theirs or ("", 0))[0]
                docket.findings.wrong(
                    account,
                    f"share in release {placed.id}",
                    expected=weights.get(account, 0),
                    got=given.get(account, 0),
                )
                return

    docket.try_evidence(look)


def _files(docket: Docket, rows: Rows, placed: Placed) -> None:
    named, held, whole = set[str](), list[str](), True
    for entry in cast(list[Mapping[str, Json]], placed.body["files"]):
        path = cast(str, entry["path"])
        if path in named:
            docket.findings.wrong(placed.id, "files", expected="each path once", got=path)
        named.add(path)
        if entry["access"] == "open":
            members = _file(docket, rows, placed, entry, file_path(placed.id, path))
            whole &= members is not None
            held += members or ()
        elif path == DATA_FILE and docket.shelf.files.chunks(place := held_path(entry)) is not None:
            _file(docket, rows, placed, entry, place)
        elif path == DATA_FILE:
            docket.try_evidence(lambda: rows.check_count(placed))
        whole &= entry["access"] == "open"
    _check_data(docket, placed)
    if whole:
        rows.check_members(placed, held)


def _check_data(docket: Docket, placed: Placed) -> None:
    """Check that a release has its rows, and has them for everybody where the order's evidence is open."""
    files = cast(list[Mapping[str, Json]], placed.body["files"])
    access = {cast(str, entry["path"]): entry["access"] for entry in files}
    if DATA_FILE not in access:
        docket.findings.wrong(placed.id, "files", expected=DATA_FILE, got=sorted(access)[:10])
    elif docket.log.ledger.order(placed).order.evidence == "open":
        for path in sorted(access):
            if path == DATA_FILE or _ARCHIVE.fullmatch(path):
                docket.findings.same(placed.id, f"access to {path}", expected="open", got=access[path])


def _file(docket: Docket, rows: Rows, placed: Placed, entry: Mapping[str, Json], path: str) -> list[str] | None:
    """Check a file of a release that is here and the rows of a data file. Returns the members of an archive; None where it is bad."""
    data, size, members = entry["path"] == DATA_FILE, cast(int, entry["bytes"]), list[str]()

    def look(kept: BinaryIO) -> None:
        pieces = docket.shelf.files.chunks(path)
        if pieces is None:
            raise BadEvidence(path, "file", expected="there", got="missing")
        state, read, fault = hashlib.sha256(), 0, None

        def checked() -> Iterator[bytes]:
            nonlocal read
            for piece in pieces:
                state.update(piece)
                read += len(piece)
                if read > size:
                    raise BadEvidence(path, "bytes", expected=str(size), got="more")
                yield piece

        stream = checked()
        if not data and _ARCHIVE.fullmatch(cast(str, entry["path"])):
            try:
                members.extend(_members(path, stream))
            except Malformed as error:
                fault = error
        for piece in stream:
            if data:
                kept.write(piece)
        if read != size:
            raise BadEvidence(path, "bytes", expected=str(size), got=str(read))
        if state.hexdigest() != entry["sha256"]:
            raise BadEvidence(path, "SHA-256", expected=str(entry["sha256"]), got=state.hexdigest())
        if fault is not None:
            raise BadEvidence(path, "archive", expected="one of plain files named by their SHA-256", got=fault.message)
        if data:
            _rows(docket, rows, placed, path, kept)

    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
        return members if docket.try_evidence(lambda: look(cast(BinaryIO, kept))) else None


def _members(path: str, stream: Iterator[bytes]) -> Iterator[str]:
    """Yield the names of an archive's members, each of which begins with the SHA-256 of its bytes. Raises Malformed."""
    for name, digest in archives.members(stream):
        if name.partition(".")[0] != digest:
            raise Malformed(f"member {name} of {path} must be of its SHA-256, got bytes of {digest}")
        yield name


def _rows(docket: Docket, rows: Rows, placed: Placed, path: str, file: BinaryIO) -> None:
    """Check that the rows of a data file are those of the manifest: they give the release's root. Raises BadEvidence."""
    schema = [(each["name"], each["type"]) for each in cast(list[Mapping[str, str]], placed.body["schema"])]
    digests: list[bytes] = []

    def read() -> Iterator[Mapping[str, Json]]:
        for row in table.rows(file, schema=schema, count=placed.number("items")):
            digests.append(bytes.fromhex(row_commitment(row)))
            yield row

    try:
        rows.check(placed, path, read())
    except Malformed as error:
        raise BadEvidence(path, "rows", expected="those of the manifest", got=error.message) from error
    got = merkle_root(leaf_hashes(sorted(digests))).hex()
    if docket.findings.same(path, "root of its rows", expected=placed.text("root"), got=got):
        docket.findings.holds("recomputed", len(digests))


def check_sales(docket: Docket) -> None:
    """Hold each sale against the chain's `Bought` event and its offer."""
    replay = docket.replay
    if replay is None:
        return
    with docket.findings.section("sales"):
        stated: set[int] = set()
        for placed in docket.log.ledger.sales:
            number = placed.number("licence")
            if number in stated:
                docket.findings.wrong(placed.id, "licence", expected="sold once", got=f"licence {number} again")
            stated.add(number)
            _check_sale(docket, replay, placed)
        _check_instalments(docket, replay)
        _check_offers(docket, replay)
        ours = {pool for pool, _ in docket.log.ledger.terms}
        open_sales = sorted(
            number
            for number, licence in replay.licences.items()
            if licence.price and number not in stated and replay.offers[licence.offer].pool in ours
        )
        if open_sales:
            docket.findings.notes.append(
                f"Licences bought on chain for which the log has no sale statement yet: {open_sales[:20]}."
            )


def _check_sale(docket: Docket, replay: Replay, placed: Placed) -> None:
    licence = replay.licences.get(placed.number("licence"))
    if licence is None:
        if not docket.awaits(placed, "Bought", lambda: _check_sale(docket, replay, placed)):
            with docket.findings.section("sales"):
                docket.findings.wrong(placed.id, "Bought event", expected="one on chain", got="none")
        return
    with docket.findings.section("sales"):
        _check_bought(docket, placed, licence, replay.offers[licence.offer])


def _check_bought(docket: Docket, placed: Placed, licence: Licence, offer: Offer) -> None:
    right = _covers(docket, placed, offer)
    for name, expected in (
        ("buyer", licence.buyer),
        ("offer", licence.offer),
        ("price", str(licence.price)),
        ("income_order", licence.order),
        ("purposes", offer.purposes),
    ):
        right &= docket.findings.same(
            placed.id, f"{name} of a sale against the chain", expected=expected, got=placed.body[name]
        )
    if right:
        docket.findings.holds(docket.seen)


def _check_instalments(docket: Docket, replay: Replay) -> None:
    """Check that no instalment says more than had vested: what it says beyond that is owed to nobody."""
    said: dict[StatementId, int] = {}
    for placed in docket.log.ledger.instalments:
        sale = docket.log.ledger.sold[StatementId(placed.text("sale"))]
        order = income(docket, replay, sale)
        if order is None:
            continue  # of a sale that the chain does not show: found there
        said[sale.id] = said.get(sale.id, 0) + money.parse(placed.body["amount"])
        # the node's clock or the chain's: whichever is further
        most = order.vesting.vested(max(placed.time + SKEW_S, replay.time)) if order.vests else 0
        if said[sale.id] > most:
            docket.findings.wrong(
                placed.id, "instalments of a sale", expected=f"at most {most} had vested", got=said[sale.id]
            )
        else:
            docket.findings.holds(docket.seen)


def _check_offers(docket: Docket, replay: Replay) -> None:
    """Check that offers of our releases name the parents, and the shares, that the release statement names."""
    ledger = docket.log.ledger
    for offer in replay.offers.values():
        release = ledger.releases.get(StatementId(offer.release))
        if release is None or release.number("pool") != offer.pool:
            continue
        named = sorted(
            (ledger.releases[StatementId(parent)].number("pool"), parent, bps)
            for parent, bps in lineages.parents(release.body)
        )
        if docket.findings.same(
            offer.where, f"parents in an offer of {release.id}", expected=named, got=sorted(offer.parents)
        ):
            docket.findings.holds(docket.seen)


def _covers(docket: Docket, placed: Placed, offer: Offer) -> bool:
    release = placed.text("release")
    if offer.release != _WHOLE_POOL:
        return docket.findings.same(placed.id, "release of the licence", expected=offer.release, got=release)
    pool = docket.log.ledger.releases[StatementId(release)].number("pool")
    return docket.findings.same(placed.id, "pool of the licence", expected=offer.pool, got=pool)


def check_uses(docket: Docket) -> None:
    """Check that each use was made by the licence's holder, for a purpose in it, in time, of files of its release."""
    replay = docket.replay
    if replay is None:
        return
    for placed in docket.log.ledger.uses:
        _check_use(docket, replay, placed)


def _check_use(docket: Docket, replay: Replay, placed: Placed) -> None:
    number = placed.number("licence")
    licence = replay.licences.get(number)
    if licence is None and docket.awaits(placed, "Bought", lambda: _check_use(docket, replay, placed)):
        return
    with docket.findings.section("uses"):
        if licence is None:
            docket.findings.wrong(placed.id, "licence", expected="one bought on chain", got=number)
        elif _used(docket, placed, licence, replay.offers[licence.offer]):
            docket.findings.holds(docket.seen)


def _used(docket: Docket, placed: Placed, licence: Licence, offer: Offer) -> bool:
    findings, purpose = docket.findings, placed.number("purpose")
    right = findings.same(placed.id, "holder of the licence", expected=licence.holder(placed.time), got=placed.author)
    right &= _covers(docket, placed, offer)
    if not purpose & offer.purposes:
        findings.wrong(placed.id, "purpose of a use", expected=f"one of mask {offer.purposes}", got=purpose)
        right = False
    if licence.expires and placed.time >= licence.expires:
        findings.wrong(placed.id, "time of a use", expected=f"before {licence.expires}, the expiry", got=placed.time)
        right = False
    if licence.revoked is not None and placed.time >= licence.revoked:
        findings.wrong(
            placed.id, "time of a use", expected=f"before {licence.revoked}, the revocation", got=placed.time
        )
        right = False
    latest = licences.latest_until(placed.time, expires=licence.expires)
    until = licences.closes(placed.time, placed.body, expires=licence.expires)
    if "until" in placed.body and not placed.time < until <= latest:
        findings.wrong(placed.id, "until of a use", expected=f"after {placed.time}, at most {latest}", got=until)
        right = False
    release = docket.log.ledger.releases[StatementId(placed.text("release"))]
    named = {entry["path"] for entry in cast(list[Mapping[str, str]], release.body["files"])}
    further = sorted(set(cast(list[str], placed.body["files"])) - named)
    if further:
        findings.wrong(placed.id, "files of a use", expected="files of the release", got=further[:10])
    return right and not further
