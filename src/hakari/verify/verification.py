"""Verification: everything that a node published, recomputed by whoever asks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import cast

from hakari.core.canonical import Json
from hakari.data.release import DATA_FILE
from hakari.sources.kind import Kind
from hakari.sources.table import KINDS
from hakari.verify.bids import check_bids
from hakari.verify.chain import replay
from hakari.verify.continuing import check_continuing
from hakari.verify.decided import check_decided
from hakari.verify.docket import Docket
from hakari.verify.draws import check_blocks
from hakari.verify.epochs import check_epochs
from hakari.verify.evidence import EVIDENCE, BadEvidence, Shelf
from hakari.verify.later import check_later
from hakari.verify.ledger import Ledger
from hakari.verify.merit import check_merit
from hakari.verify.orders import check_orders, check_pools
from hakari.verify.outside import OMISSION, UNSEEN, check_anchors, check_receipts, check_world
from hakari.verify.overdue import overdue
from hakari.verify.ports import ChainView, Files
from hakari.verify.quarantines import check_quarantines
from hakari.verify.releases import check_releases, check_sales, check_uses, file_path, held_path
from hakari.verify.report import Findings, Progress, Report
from hakari.verify.sheets import check_exams, exam_of
from hakari.verify.stocks import held_back, served
from hakari.verify.successions import check_successions
from hakari.verify.transfers import check_transfers
from hakari.verify.votes import check_votes
from hakari.verify.walk import LOG, NODE, Walk, walk


def verify(
    files: Files,
    chain: ChainView | None = None,
    receipts: Iterable[object] = (),
    progress: Progress | None = None,
    *,
    kinds: Mapping[str, Kind] = KINDS,
    key: str | None = None,
    now: int | None = None,
) -> Report:
    """Recompute everything that a public folder holds and return what was found.

    chain: an RPC that the caller trusts; without one the report names the lies that it can't see. receipts: JSON objects that the
    caller kept. kinds: the rules by source, this package's own unless given. key: the log's verifier key as the caller knows it, else
    the folder's own word is taken. now: Unix seconds at which the folder was fetched, to judge receipts.

    Nothing in the folder makes it raise: what does not hold is a mismatch. Errors of the chain's RPC are the adapter's and pass.
    Cost: O(files), about 15 µs an answer beside its judging and as much again for each release of it; memory 100 bytes a leaf, 1 KiB an
    answer of the largest verdicts or release.
    """
    findings = Findings(progress=progress)
    log = walk(files, findings, key=key)
    if log is None or not log.whole:
        return _report(log, findings, chain)
    shelf = Shelf(files)
    docket = Docket(
        log=log,
        shelf=shelf,
        replay=replay(log.ledger, shelf, chain, findings),
        kinds=kinds,
        findings=findings,
        seen="asserted" if chain is None else "recomputed",
    )
    check_successions(docket)
    check_pools(docket)
    check_orders(docket)
    check_exams(docket)
    check_bids(docket)
    check_continuing(docket)
    check_merit(docket)
    check_releases(docket)
    books = check_epochs(docket)
    check_votes(docket, books)
    check_sales(docket)
    check_uses(docket)
    check_quarantines(docket)
    check_decided(docket, now)
    check_anchors(docket)
    check_receipts(docket, receipts, now)
    if chain is not None:
        check_world(docket, chain)
        check_blocks(docket, chain)
        check_transfers(docket, chain)
        check_later(docket, chain, books)
    _pending(docket)
    _accounted(docket)
    clock = max(log.ledger.latest_time, docket.replay.time if docket.replay else 0, now or 0)
    late = overdue(docket, [book.dues for book in books], clock)
    return replace(_report(log, findings, chain), overdue=tuple(late))


def _pending(docket: Docket) -> None:
    if docket.pending:
        named = [f"{each.event} of {each.placed.id}" for each in docket.pending]
        docket.findings.notes.append(
            f"Pending, neither right nor wrong yet: {len(named)} statement(s) at the end of this log rest on events on chain that the "
            f"log does not repeat yet: {', '.join(named[:20])}{', …' if named[20:] else ''}. An honest log looks like this for a short "
            "while, and so does a lie that was told last. Fetch the log again in some minutes, or name a chain node that you trust "
            "(--rpc), which decides it now; a log that never goes on stays undecided without one."
        )


def _accounted(docket: Docket) -> None:
    """Check that every file of the folder is one that a statement asks for."""
    with docket.findings.section("files"):
        paths = docket.log.paths
        if paths is None:
            docket.findings.notes.append(
                "The folder can't be listed from here: a file that nothing refers to is not seen."
            )
            return
        expected = {EVIDENCE + digest for digest in references(docket.log.ledger)}
        expected.update(_files_of_releases(docket.log.ledger))
        early = list[str]()
        for path in sorted(paths):
            if path == NODE or path.startswith(LOG) or path in expected:
                docket.findings.holds("recomputed")  # the log's own files were held against its size before
            elif _named_by_content(docket.shelf, path):
                early.append(path)
            else:
                docket.findings.wrong(path, "file", expected="one that a statement refers to", got="a further file")

        if early:
            docket.findings.notes.append(
                f"Evidence that no statement refers to: {', '.join(early[:5])}{', …' if early[5:] else ''}. A node brings it out "
                "before the checkpoint that covers it, so one that is stopped in between leaves it; nothing rests on it."
            )


def _named_by_content(shelf: Shelf, path: str) -> bool:
    if not path.startswith(EVIDENCE):
        return False
    try:
        shelf.check(path.removeprefix(EVIDENCE))
    except BadEvidence:
        return False
    return True


def references(ledger: Ledger) -> Iterator[str]:
    """Yield the digest of every evidence file that the log's statements name."""
    for file in ledger.orders.values():
        body = file.placed.body
        yield cast(Mapping[str, str], body["guideline"])["sha256"]
        if file.word is not None:
            yield file.word.text("sha256")
        listed = cast(Mapping[str, Json], body["spec"]).get("listed")
        if isinstance(listed, str):
            yield listed
        if file.tasks is not None and not held_back(file):
            yield file.tasks.text("tasks")
        yield from (placed.text("panels") for placed in file.lots.values())
        yield from (placed.text("pay") for placed in file.settlements)
        if file.funding is not None:
            yield file.funding.text("transfers")
        if file.rulings and (exam := exam_of(file)) is not None:
            yield exam.truths
        if file.rulings and (stock := served(file)) is not None:
            yield stock.places
        if file.rulings:
            yield from (placed.text("decisions") for placed in file.waves)
        for ruling in file.rulings:
            for name in ("answers", "blind", "results", "summary"):
                digest = ruling.placed.body.get(name)
                if isinstance(digest, str):
                    yield digest
    for placed in ledger.epochs:
        yield placed.text("lines")
    for placed in ledger.releases.values():
        yield from (placed.text(name) for name in ("croissant", "manifest", "shares"))
    for placed in ledger.chains:
        yield placed.text("events")


def _files_of_releases(ledger: Ledger) -> Iterator[str]:
    for placed in ledger.releases.values():
        for entry in cast(list[Mapping[str, str]], placed.body["files"]):
            if entry["access"] == "open":
                yield file_path(placed.id, entry["path"])
            elif entry["path"] == DATA_FILE:
                yield held_path(entry)


def _report(log: Walk | None, findings: Findings, chain: ChainView | None) -> Report:
    return Report(
        origin=log.checkpoint.origin if log else "",
        size=log.checkpoint.size if log else 0,
        root=log.checkpoint.root.hex() if log else "",
        checks=findings.checks(),
        mismatches=tuple(findings.mismatches),
        found=findings.found,
        complete=log is not None and log.whole,
        unseen=UNSEEN if chain is None else (OMISSION,),
        notes=tuple(findings.notes),
        classes=findings.classes,
    )
