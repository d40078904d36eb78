"""Transfers that were recorded of an order's accounts: whole by their own rule, as on chain, and whom they tie together."""

from collections.abc import Collection, Iterable, Mapping
from itertools import zip_longest
from typing import cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.verify.docket import Docket
from hakari.verify.ledger import OrderFile
from hakari.verify.placed import Placed
from hakari.verify.ports import ChainView
from hakari.work import funding
from hakari.work.funding import KEPT, Transfer


def read_funding(docket: Docket, file: OrderFile) -> None:
    """Read the transfers of an order's `funding` and hold them to its rule; fills the docket's transfers."""
    placed = file.funding
    if placed is None:
        return
    found: list[Transfer] = []

    def look() -> None:
        last, most = (-1, -1), 2 * KEPT * len(_accounts(file))
        for line in docket.shelf.lines(placed.text("transfers")):
            each = funding.read(line)
            if each.place <= last or each.block < funding.first(placed.number("block")) or len(found) == most:
                raise Malformed(f"transfers must ascend from the first block, {most} at most, got {each.place}")
            if each.block > placed.number("block"):
                raise Malformed(f"block must be at most {placed.number('block')}, got {each.block}")
            found.append(each)
            last = each.place
        if _recorded(docket, file, found) != found:
            raise Malformed(
                "transfers must be of the order's accounts and what is recorded of these, got others beside"
            )

    if docket.try_evidence(look):
        docket.transfers[file.order.id] = found
        docket.findings.holds(docket.seen, len(found))


def linked(docket: Docket, file: OrderFile, among: Collection[Account]) -> frozenset[Account]:
    """Return which accounts of an order money ties to another one: by its `funding` and the newest before it in its pool, and by the
    claims to another account that came before its own."""
    if file.funding is None or docket.replay is None:
        return frozenset()
    told = [
        (other.funding.leaf, other.order.id)
        for other in docket.log.ledger.orders.values()
        if other.order.pool == file.order.pool and other.funding is not None and other.funding.leaf <= file.funding.leaf
    ]
    recent = sorted(told)[-funding.RECENT :]
    paid = [(each.payer, each.payee) for _, order in recent for each in docket.transfers.get(order, ())]
    block = file.funding.number("block")
    paid += [
        (Account(each.account), Account(each.recipient))
        for each in docket.replay.claims
        if each.block <= block and each.account in among and each.recipient != each.account
    ]
    return funding.linked(paid, among)


def check_transfers(docket: Docket, view: ChainView) -> None:
    """Hold what was recorded of payments against the token's events on chain."""
    chain = cast(Mapping[str, Json], docket.log.ledger.node["chain"])
    with docket.findings.section("funding"):
        for file in docket.log.ledger.orders.values():
            told = docket.transfers.get(file.order.id)
            if file.funding is None or told is None or chain["chain_id"] != view.chain_id():
                continue
            token, block = _contracts(docket)["payment_token"], file.funding.number("block")
            seen = view.transfers(token, _accounts(file), funding.first(block), block)
            _compare(docket, file.funding, told, _recorded(docket, file, seen))


def _compare(docket: Docket, placed: Placed, told: Collection[Transfer], real: Collection[Transfer]) -> None:
    for said, shown in zip_longest(told, real):
        if said == shown:
            docket.findings.holds("recomputed")
            continue
        if said is None or (shown is not None and shown.place < said.place):
            assert shown is not None  # the two differ
            expected, got, at = shown.line(), "left out", shown
        elif shown is None or said.place < shown.place:
            expected, got, at = "none on chain", said.line(), said
        else:
            expected, got, at = shown.line(), said.line(), said
        docket.findings.wrong(placed.id, f"transfer at block {at.block} event {at.index}", expected=expected, got=got)
        return  # of whatever follows, places are shifted


def _recorded(docket: Docket, file: OrderFile, seen: Iterable[Transfer]) -> list[Transfer]:
    return funding.recorded(seen, accounts=_accounts(file), contracts=_contracts(docket).values())


def _accounts(file: OrderFile) -> set[Account]:
    return {each.author for each in file.submissions}


def _contracts(docket: Docket) -> Mapping[str, Account]:
    return cast(Mapping[str, Mapping[str, Account]], docket.log.ledger.node["chain"])["contracts"]
