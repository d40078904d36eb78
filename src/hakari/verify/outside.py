"""What holders of something outside the folder can check: receipts, anchored roots, contract code, balances."""

from collections.abc import Iterable, Mapping
from typing import cast

from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.people import receipts
from hakari.verify.chain import contracts
from hakari.verify.docket import Docket
from hakari.verify.ports import ChainView

UNSEEN = (
    "A log that was rewritten as a whole, chain evidence included: only the chain's own anchored roots show it.",
    "A submission, opening or delegation that was refused or left out, and for which nobody gave a receipt.",
    "Events of the chain that were left out, invented or changed: funding, payments, epochs, claims, licences are the operator's copy.",
    "Contracts at the stated addresses that are not the published ones, or hold less money than their events say.",
)
"""Lies that nothing in a public folder can show. With an RPC the second alone remains."""

OMISSION = UNSEEN[1]


def check_receipts(docket: Docket, given: Iterable[object], now: int | None) -> None:
    """Check that every receipted statement is in the log where its time is over.

    A log is later than a time when the operator said something in it after that time, or when `now`, the moment at which the
    caller fetched the folder, is.
    """
    things = list(given)
    if not things:
        return
    log = docket.log
    latest = max(log.ledger.latest_time, now or 0)
    keys = {cast(Mapping[str, str], node.body["log"])["key"] for node in log.ledger.nodes}
    with docket.findings.section("receipts"):
        for number, thing in enumerate(things, 1):
            try:
                receipt = receipts.check(thing)
            except HakariError as error:
                docket.findings.wrong(f"receipt {number}", "form", expected="a signed receipt", got=error.message)
                continue
            if receipt.log != log.checkpoint.origin or receipt.key not in keys:
                docket.findings.wrong(
                    receipt.statement,
                    f"signer of receipt {number}",
                    expected=f"a key of log {log.checkpoint.origin}",
                    got=receipt.key,
                )
            elif bytes.fromhex(receipt.statement) in log.ledger.ids:
                docket.findings.holds("recomputed")
            elif latest > receipt.include_by:
                docket.findings.wrong(
                    receipt.statement,
                    "OMITTED: the log's key promised to include this statement",
                    expected=f"a leaf by {receipt.include_by}",
                    got=f"none in the log of {latest}",
                )
            else:
                docket.findings.notes.append(
                    f"Receipt {number}: statement {receipt.statement} is not in the log yet; promised by {receipt.include_by}."
                )


def check_anchors(docket: Docket) -> None:
    """Hold every root that was posted on chain for this log against the log's own root at that size."""
    if docket.replay is None:
        return
    log = docket.log
    with docket.findings.section("anchors"):
        for posted in docket.replay.posted:
            if posted.log_id != docket.log_id:
                continue
            if posted.size > log.roots.size:
                docket.findings.wrong(
                    posted.where, "anchored size", expected=f"at most the log's {log.roots.size}", got=posted.size
                )
            elif docket.findings.same(
                posted.where,
                f"root anchored at size {posted.size}",
                expected=posted.root,
                got=log.roots.at(posted.size).hex(),
            ):
                docket.findings.holds(docket.seen)


def check_world(docket: Docket, view: ChainView) -> None:
    """Look at what only an RPC shows: contract code, block hashes, and that the contracts hold what their events say."""
    ledger, replay = docket.log.ledger, docket.replay
    with docket.findings.section("rpc"):
        chain = cast(Mapping[str, Json], ledger.node["chain"])
        if chain["chain_id"] != view.chain_id():
            return  # said where the events were compared
        for name, address in contracts(ledger.node).items():
            if view.is_artefact(name, address):
                docket.findings.holds("recomputed")
            else:
                docket.findings.wrong(address, f"code of {name}", expected="the published artefact", got="other code")
        for placed in ledger.chains:
            if docket.findings.same(
                placed.id,
                f"hash of block {placed.number('to')}",
                expected=view.block_hash(placed.number("to")),
                got=placed.text("block_hash"),
            ):
                docket.findings.holds("recomputed")
        if replay is None or not ledger.chains:
            return
        last = ledger.chains[-1].number("to")
        for name, least in (("escrow", replay.in_escrow), ("payouts", replay.in_payouts)):
            # anyone may send tokens to a contract: more than its events say is no fault of the operator
            held = view.balance(contracts(ledger.node)[name], last)
            if held < least:
                docket.findings.wrong(name, f"balance at block {last}", expected=f"at least {least}", got=held)
            else:
                docket.findings.holds("recomputed")
        docket.findings.notes.append(
            f"The chain was compared up to block {last}; later blocks are not in this log yet."
        )
