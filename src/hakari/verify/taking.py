"""Taking a statement into the ledger checks what only its place in the log can tell: what it refers to stands earlier, and fits."""

from collections.abc import Mapping
from typing import cast

from hakari.access import quarantine
from hakari.core import money
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.core.statement import SCOPE_OF_KIND, Statement
from hakari.data import lineages
from hakari.pay import royalties
from hakari.pay.lines import NOBODY
from hakari.pay.royalties import RoyaltyTooHigh
from hakari.people.book import operator_after
from hakari.verify import calibrated, funding, order_life, waves
from hakari.verify.ledger import Ledger
from hakari.verify.placed import Misplaced, Placed
from hakari.work import orders
from hakari.work.invitations import Invitation


def take(ledger: Ledger, statement: Statement, leaf: int, identity: StatementId) -> None:
    """Place a good statement whose id is `identity`. Raises Misplaced, and then nothing but its id is kept."""
    known = ledger.ids.setdefault(bytes.fromhex(identity), leaf)
    if known != leaf:
        raise Misplaced("statement", expected="in the log once", got=f"leaves {known} and {leaf}")
    if statement.kind == "delegation":
        if leaf == 1:
            raise Misplaced("second leaf", expected="node", got=statement.kind)
        return
    if leaf < 2 and (leaf, statement.kind) != (1, "node"):
        raise Misplaced("first leaves", expected="the operator's delegation, then node", got=statement.kind)
    placed = Placed(leaf=leaf, id=identity, author=statement.author, time=statement.time, body=statement.body)
    if ledger.chains and SCOPE_OF_KIND[statement.kind] == "operate":
        ledger.followed.setdefault(ledger.chains[-1].leaf, leaf)
    taker = _TAKERS.get(statement.kind)
    if taker is not None:
        taker(ledger, placed)


def _take_node(ledger: Ledger, placed: Placed) -> None:
    log = cast(Mapping[str, Json], placed.body["log"])
    if ledger.nodes:
        first = ledger.nodes[0].body
        if placed.body["chain"] != first["chain"]:
            raise Misplaced("chain of a later node statement", expected="as in the first", got=placed.body["chain"])
        if log["origin"] != cast(Mapping[str, Json], first["log"])["origin"]:
            raise Misplaced("origin of a later node statement", expected="as in the first", got=log["origin"])
    after = operator_after(placed.author, placed.body)
    if not ledger.nodes and after != placed.author:
        raise Misplaced("operator in the first node statement", expected=f"none but {placed.author}", got=after)
    if not ledger.operators or ledger.operators[-1][1] != after:
        ledger.operators.append((placed.leaf, after))
    ledger.nodes.append(placed)
    ledger.latest_time = max(ledger.latest_time, placed.time)


def _take_pool(ledger: Ledger, placed: Placed) -> None:
    key = placed.number("pool"), placed.number("terms_version")
    known = ledger.pools.get(key)
    if known is not None and known.body["terms"] != placed.body["terms"]:
        raise Misplaced("terms of one version", expected="never changed", got=f"pool {key[0]} version {key[1]} again")
    ledger.pools[key] = placed
    ledger.terms[key] = orders.terms(placed.body)


def _take_service(ledger: Ledger, placed: Placed) -> None:
    ledger.services.setdefault(placed.number("pool"), []).append(placed)


def _take_invitation(ledger: Ledger, placed: Placed) -> None:
    pool, by = placed.number("pool"), Account(placed.text("by"))
    if not any(number == pool and terms.invites for (number, _), terms in ledger.terms.items()):
        raise Misplaced("pool of an invitation", expected="one whose terms give credit, of an earlier leaf", got=pool)
    if by in (placed.author, NOBODY):
        raise Misplaced("by of an invitation", expected="somebody else's account", got=by)
    first = Invitation(by=by, leaf=placed.leaf, time=placed.time)
    ledger.invitations.setdefault(pool, {}).setdefault(placed.author, first)


def _take_epoch(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    key = placed.number("pool"), placed.number("terms_version")
    if key not in ledger.terms:
        raise Misplaced("pool of an epoch", expected="a pool statement in an earlier leaf", got=f"{key[0]}.{key[1]}")
    if placed.number("size") > placed.leaf:
        raise Misplaced("size of an epoch", expected=f"at most its own leaf {placed.leaf}", got=placed.number("size"))
    ledger.epochs.append(placed)


def _take_release(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file = ledger.order(placed)
    if placed.number("pool") != file.order.pool:
        raise Misplaced("pool of a release", expected=file.order.pool, got=placed.number("pool"))
    lineage = cast(Mapping[str, list[str]], placed.body["lineage"])
    if placed.text("order") not in lineage["orders"]:
        raise Misplaced("orders of the lineage", expected="the release's own among them", got=lineage["orders"])
    parents = [parent for parent, _ in lineages.parents(placed.body)]
    _check_parents(ledger, placed)
    for ruling in lineage["verdicts"]:
        known = ledger.rulings.get(StatementId(ruling))
        if known is None or known[0].order.id not in lineage["orders"]:
            raise Misplaced("verdicts of a release", expected="verdicts of its orders in earlier leaves", got=ruling)
    for name, each in (("orders", lineage["orders"]), ("parents", parents), ("verdicts", lineage["verdicts"])):
        if len(set(each)) != len(each):
            raise Misplaced(f"{name} of a release", expected="each once", got=each)
    ledger.releases[placed.id] = placed
    try:
        royalties.parts(money.BPS, placed.id, ledger.lineage(placed.id))
    except RoyaltyTooHigh as error:
        del ledger.releases[placed.id]
        raise Misplaced("parents of a release", expected=f"at most {money.BPS} bps", got=error.message) from error


def _check_parents(ledger: Ledger, placed: Placed) -> None:
    for parent, bps in lineages.parents(placed.body):
        above = ledger.releases.get(StatementId(parent))
        if above is None:
            raise Misplaced("parent of a release", expected="a release of an earlier leaf", got=parent)
        least = ledger.order(above).terms.derive_bps
        if bps < least:
            raise Misplaced(f"share of parent {parent}", expected=f"at least {least} bps, as its terms ask", got=bps)


def _take_sale(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    _known_release(ledger, placed)
    ledger.sales.append(placed)
    ledger.sold[placed.id] = placed


def _take_instalment(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    if placed.text("sale") not in ledger.sold:
        raise Misplaced("sale of an instalment", expected="a sale of an earlier leaf", got=placed.text("sale"))
    if not money.parse(placed.body["amount"]):
        raise Misplaced("amount of an instalment", expected="above 0", got=0)
    ledger.instalments.append(placed)


def _take_use(ledger: Ledger, placed: Placed) -> None:
    _known_release(ledger, placed)
    ledger.uses.append(placed)


def _known_release(ledger: Ledger, placed: Placed) -> None:
    if placed.text("release") not in ledger.releases:
        raise Misplaced("release", expected="a release of an earlier leaf", got=placed.text("release"))


def _take_chain(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    first, last = placed.number("from"), placed.number("to")
    chain = cast(Mapping[str, Json], ledger.node["chain"])
    after = ledger.chains[-1].number("to") + 1 if ledger.chains else cast(int, chain["from_block"])
    if first != after or last < first:
        raise Misplaced("blocks", expected=f"from {after} on without a gap", got=f"{first} to {last}")
    ledger.chains.append(placed)


def _take_report(ledger: Ledger, placed: Placed) -> None:
    _known_subject(ledger, placed)
    ledger.said[placed.id] = placed


def _take_decision(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    _known_subject(ledger, placed)
    for named in cast(list[str], placed.body["about"]):
        known = ledger.said.get(StatementId(named))
        if known is None or known.body["subject"] != placed.body["subject"] or "result" in known.body:
            raise Misplaced("what a decision is about", expected="reports and objections of earlier leaves", got=named)
    ledger.said[placed.id] = placed
    ledger.decisions.append(placed)


def _take_objection(ledger: Ledger, placed: Placed) -> None:
    known = ledger.said.get(StatementId(placed.text("decision")))
    if known is None or known.body["subject"] != placed.body["subject"] or "result" not in known.body:
        raise Misplaced("decision of an objection", expected="one of an earlier leaf", got=placed.text("decision"))
    ledger.said[placed.id] = placed


def _known_subject(ledger: Ledger, placed: Placed) -> None:
    kind, named, _ = quarantine.parts(placed.text("subject"))
    known = kind == "account" or StatementId(named) in (
        ledger.releases if kind in ("release", "row") else ledger.orders
    )
    if not known:
        raise Misplaced("subject", expected="something of an earlier leaf", got=placed.text("subject"))


_TAKERS = {
    "appeal": order_life.take_appeal,
    "assignment": order_life.take_assignment,
    "bid": order_life.take_bid,
    "calibration": calibrated.take_calibration,
    "call": order_life.take_call,
    "chain": _take_chain,
    "decision": _take_decision,
    "draw": order_life.take_draw,
    "epoch": _take_epoch,
    "funding": funding.take_funding,
    "guideline": calibrated.take_guideline,
    "invitation": _take_invitation,
    "instalment": _take_instalment,
    "node": _take_node,
    "objection": _take_objection,
    "order": order_life.take_order,
    "outcome": order_life.take_outcome,
    "pause": order_life.take_pause,
    "pool": _take_pool,
    "qualification": order_life.take_qualification,
    "release": _take_release,
    "remark": calibrated.take_remark,
    "report": _take_report,
    "reveal": order_life.take_reveal,
    "sale": _take_sale,
    "service": _take_service,
    "settlement": order_life.take_settlement,
    "slash": order_life.take_slash,
    "submission": order_life.take_submission,
    "tasks": order_life.take_tasks,
    "use": _take_use,
    "verdicts": order_life.take_verdicts,
    "wave": waves.take_wave,
}
