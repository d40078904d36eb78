"""Epochs computed again from verdicts, sales and shares, against their statements, the proposals on chain, and the claims."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import cast

from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay import epoch as pay_epoch
from hakari.pay import lines as pay_lines
from hakari.pay.epoch import Epoch
from hakari.pay.lines import Line
from hakari.verify.docket import Docket
from hakari.verify.dues import Dues, dues
from hakari.verify.holdings import Proposal
from hakari.verify.ledger import Placed
from hakari.verify.replay import Replay


@dataclass
class _Pool:
    """One pool's epochs so far: what is paid, and each account's cumulative amount as it grew, by epoch."""

    dues: Dues
    previous: Mapping[Account, Micros] = field(default_factory=dict[Account, Micros])
    grew: dict[Account, list[tuple[int, int]]] = field(default_factory=dict[Account, list[tuple[int, int]]])
    made: dict[tuple[int, int, int], Epoch | None] = field(default_factory=dict[tuple[int, int, int], Epoch | None])

    @property
    def number(self) -> int:
        """The pool's number on chain."""
        return self.dues.pool


def check_epochs(docket: Docket) -> None:
    """Compute every epoch of every pool again and hold it against statements, proposals, acceptances and claims."""
    replay = docket.replay
    if replay is None:
        docket.findings.notes.append("Epochs, sales and uses were not checked: the chain's events could not be read.")
        return
    with docket.findings.section("epochs"):
        # contracts may serve several nodes: a pool is ours where we state it, or where its terms on chain name our log
        numbers = {pool for pool, _ in docket.log.ledger.terms}
        numbers |= {pool for (pool, _), log in replay.logs.items() if log == docket.log_id}
        for number in sorted(numbers):
            pool = _Pool(dues=dues(docket, replay, number))
            _check_pool(docket, replay, pool)
            _claims(docket, replay, pool)


def _check_pool(docket: Docket, replay: Replay, pool: _Pool) -> None:
    accepted = replay.accepted.get(pool.number, [])
    statements: dict[int, list[Placed]] = {}
    for placed in docket.log.ledger.epochs:
        if placed.number("pool") == pool.number:
            statements.setdefault(placed.number("number"), []).append(placed)
    for number in sorted(statements.keys() - set(range(1, len(accepted) + 2))):
        for placed in statements[number]:
            docket.findings.wrong(placed.id, "number of an epoch", expected=f"1 to {len(accepted) + 1}", got=number)
    for number in range(1, len(accepted) + 2):
        stated = statements.get(number, [])
        for placed in stated:
            _check_statement(docket, pool, placed)
        for proposal in replay.proposals:
            if (proposal.pool, proposal.epoch) == (pool.number, number) and proposal.status != "voided":
                _check_proposal(docket, pool, proposal, stated)
        if number <= len(accepted):
            _accept(docket, pool, accepted[number - 1])


def _epoch(docket: Docket, pool: _Pool, where: str, key: tuple[int, int, int]) -> Epoch | None:
    """Return the epoch that the statements give for (number, terms version, size); None where they give none."""
    if key in pool.made:
        return pool.made[key]
    number, terms_version, size = key
    pool.made[key] = None
    terms = docket.log.ledger.terms.get((pool.number, terms_version))
    due = pool.dues.below(terms_version, size)
    if terms is None:
        docket.findings.wrong(where, "terms", expected="a pool statement", got=f"pool {pool.number}.{terms_version}")
    elif size > docket.log.ledger.size:
        docket.findings.wrong(where, "size", expected=f"at most the log's {docket.log.ledger.size}", got=size)
    elif all(each.what is not None for each in due):
        known = [each.what for each in due if each.what is not None]
        try:
            pool.made[key] = pay_epoch.assemble(
                number=number, size=size, terms=terms, due=known, previous=pool.previous
            )
        except HakariError as error:
            docket.findings.wrong(where, "epoch", expected="one that the log gives", got=error.message)
    return pool.made[key]


def _check_statement(docket: Docket, pool: _Pool, placed: Placed) -> None:
    key = placed.number("number"), placed.number("terms_version"), placed.number("size")
    epoch = _epoch(docket, pool, placed.id, key)
    if epoch is None:
        docket.try_evidence(lambda: docket.shelf.check(placed.text("lines")))
        return
    right = True
    if epoch.body["lines"] != placed.body["lines"]:
        right = False
        _first_line(docket, placed, epoch)
    elif not docket.try_evidence(lambda: docket.shelf.check(placed.text("lines"))):
        right = False
    for name in ("total", "pulls", "depth", "root"):
        right &= docket.findings.same(placed.id, name, expected=epoch.body[name], got=placed.body[name])
    if right:
        known = all(due.judged for due in pool.dues.below(key[1], key[2]))
        docket.findings.holds("recomputed" if known else "attested", len(epoch.lines))


def _first_line(docket: Docket, placed: Placed, epoch: Epoch) -> None:
    """Name the first line that differs, by account; the file as a whole where it can't be read."""

    def look() -> None:
        given = pay_lines.read_evidence(docket.shelf.whole(placed.text("lines"), 2 * len(epoch.lines_file) + (1 << 16)))
        for mine, theirs in zip_longest(epoch.lines, given):
            if mine != theirs:
                account = (mine or theirs or epoch.lines[0]).account
                docket.findings.wrong(
                    account, f"line of epoch statement {placed.id}", expected=_told(mine), got=_told(theirs)
                )
                return
        docket.findings.wrong(placed.id, "lines", expected=epoch.body["lines"], got=placed.body["lines"])

    docket.try_evidence(look)


def _told(line: Line | None) -> str:
    if line is None:
        return "no line"
    return f"{line.amount} to {line.account} ({line.why}) from order {line.source} because of {line.cause}"


def _check_proposal(docket: Docket, pool: _Pool, proposal: Proposal, stated: list[Placed]) -> None:
    epoch = _epoch(docket, pool, proposal.where, (proposal.epoch, proposal.terms_version, proposal.size))
    if epoch is None:
        return
    right = True
    pulls = [(pull.order, pull.pay, pull.free) for pull in epoch.pulls]
    for name, expected, got in (
        ("root", epoch.body["root"], proposal.root),
        ("total", int(epoch.tree.total), proposal.total),
        ("depth", epoch.tree.depth, proposal.depth),
        ("pulls", pulls, [(pull.order, pull.pay, pull.free) for pull in proposal.pulls]),
        ("evidence", epoch.evidence.hex(), proposal.evidence),
    ):
        right &= docket.findings.same(
            proposal.where, f"{name} proposed on chain for pool {pool.number}", expected=expected, got=got
        )
    same = [placed for placed in stated if proposal.said_in(placed.body)]
    if stated and not same:
        docket.findings.wrong(
            stated[-1].id,
            "epoch statement against the chain",
            expected=f"root {proposal.root}, size {proposal.size}",
            got=f"root {stated[-1].text('root')}, size {stated[-1].number('size')}",
        )
    elif right:
        docket.findings.holds(docket.seen)


def _accept(docket: Docket, pool: _Pool, proposal: Proposal) -> None:
    """Take an accepted epoch as paid: what it had to pay is spent, whether it did or not."""
    epoch = _epoch(docket, pool, proposal.where, (proposal.epoch, proposal.terms_version, proposal.size))
    pool.dues.pay(proposal.terms_version, proposal.size)
    if epoch is None:
        return
    for each in epoch.owed:
        if each.inc:
            pool.grew.setdefault(each.account, []).append((proposal.epoch, cast(int, each.prev) + each.inc))
    pool.previous = epoch.paid


def _claims(docket: Docket, replay: Replay, pool: _Pool) -> None:
    if any(epoch is None for epoch in pool.made.values()):
        return  # an epoch that can't be computed says nothing of what its accounts may claim
    for claim in replay.claims:
        if claim.pool != pool.number:
            continue
        known = [amount for epoch, amount in pool.grew.get(Account(claim.account), []) if epoch <= claim.epochs]
        if claim.cumulative in known:
            docket.findings.holds(docket.seen)
        else:
            docket.findings.wrong(
                claim.account,
                f"cumulative amount claimed in pool {pool.number} ({claim.where})",
                expected=f"one of {known}",
                got=claim.cumulative,
            )
