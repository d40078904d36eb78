"""Who operates the log, leaf by leaf, against who is the log's account and the operator of its pools on chain."""

from collections.abc import Sequence

from hakari.people.book import operator_after
from hakari.verify.docket import Docket
from hakari.verify.holdings import Office
from hakari.verify.placed import Placed


def check_successions(docket: Docket) -> None:
    """Hold each successor that a `node` statement names against the chain as restated before it, and each new account of the log on
    chain against the statement that must follow.
    """
    if docket.replay is None:
        return
    ledger = docket.log.ledger
    offices = docket.replay.accounts.get(docket.log_id, [])
    with docket.findings.section("operator"):
        heirs = {
            placed.leaf: placed
            for placed in ledger.nodes
            if operator_after(placed.author, placed.body) != placed.author
        }
        for placed in heirs.values():
            _succession(docket, placed, offices)
        for placed in ledger.epochs:
            _epoch(docket, placed)
        for chain in ledger.chains:
            follows = ledger.followed.get(chain.leaf)
            office = _held(offices, chain.number("to"))
            standing = ledger.operated(chain.leaf)[-1]
            if follows is None or office is None or office.account == standing:
                continue
            named = heirs.get(follows)
            if named is None or operator_after(named.author, named.body) != office.account:
                docket.findings.wrong(
                    f"leaf {follows}",
                    f"operator after {office.where}, which leaf {chain.leaf} restates",
                    expected=f"a node statement that names {office.account}, the log's account on chain",
                    got=f"another statement of {standing}",
                )
                return  # every later one would say it again


def _succession(docket: Docket, placed: Placed, offices: Sequence[Office]) -> None:
    """Check that the chain had made the successor what it is said to be, in the blocks that earlier leaves restate."""
    assert docket.replay is not None
    ledger, heir = docket.log.ledger, operator_after(placed.author, placed.body)
    last = max((each.number("to") for each in ledger.chains if each.leaf < placed.leaf), default=-1)
    office = _held(offices, last)
    right = docket.findings.same(
        placed.id, "account of this log on chain", expected="nobody" if office is None else office.account, got=heir
    )
    for pool in sorted({pool for (pool, _), said in ledger.pools.items() if said.leaf < placed.leaf}):
        held = _held(docket.replay.operators.get(pool, ()), last)
        if held is not None and held.voted and held.account != placed.author:
            continue  # a pool that its contributors gave to somebody else is not handed on
        operator = "nobody" if held is None else held.account
        right &= docket.findings.same(placed.id, f"operator of pool {pool} on chain", expected=operator, got=heir)
    if right:
        docket.findings.holds(docket.seen)


def _epoch(docket: Docket, placed: Placed) -> None:
    """Check that who said an epoch had not lost its pool to somebody else in the blocks that earlier leaves restate."""
    assert docket.replay is not None
    pool = placed.number("pool")
    last = max((each.number("to") for each in docket.log.ledger.chains if each.leaf < placed.leaf), default=-1)
    held = _held(docket.replay.operators.get(pool, ()), last)
    if held is not None and docket.findings.same(
        placed.id, f"operator of pool {pool} on chain", expected=held.account, got=placed.author
    ):
        docket.findings.holds(docket.seen)


def _held(offices: Sequence[Office], last: int) -> Office | None:
    """Return who holds an office after a block."""
    known = [each for each in offices if each.block <= last]
    return known[-1] if known else None
