"""Epochs computed again from verdicts, sales and shares, against their statements, the proposals on chain, and the claims."""

from collections.abc import Iterable, Mapping
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
from hakari.verify.holdings import Claim, Proposal
from hakari.verify.placed import Placed
from hakari.verify.replay import Replay


@dataclass
class PoolBook:
    """One pool's epochs so far: what is paid, and each account's cumulative amount as it grew, by epoch."""

    dues: Dues
    previous: Mapping[Account, Micros] = field(default_factory=dict[Account, Micros])
    earned: Mapping[Account, Micros] = field(default_factory=dict[Account, Micros])
    grew: dict[Account, list[tuple[int, int]]] = field(default_factory=dict[Account, list[tuple[int, int]]])
    made: dict[tuple[int, int, int], Epoch | None] = field(default_factory=dict[tuple[int, int, int], Epoch | None])

    @property
    def number(self) -> int:
        """The pool's number on chain."""
        return self.dues.pool


def check_epochs(docket: Docket) -> list[PoolBook]:
    """Compute every epoch of every pool again and hold it against statements, proposals, acceptances and claims.

    Returns the pools' books, for what the chain did after the log's last words about it.
    """
    replay = docket.replay
    if replay is None:
        docket.findings.notes.append("Epochs, sales and uses were not checked: the chain's events could not be read.")
        return []
    books: list[PoolBook] = []
    with docket.findings.section("epochs"):
        # contracts may serve several nodes: a pool is ours where we state it, or where its terms on chain name our log
        numbers = {pool for pool, _ in docket.log.ledger.terms}
        numbers |= {pool for (pool, _), log in replay.logs.items() if log == docket.log_id}
        for number in sorted(numbers):
            pool = PoolBook(dues=dues(docket, replay, number))
            _check_pool(docket, replay, pool)
            check_claims(docket, pool, replay.claims)
            books.append(pool)
    return books


def statements(docket: Docket, pool: int) -> dict[int, list[Placed]]:
    """Return a pool's epoch statements by number."""
    found: dict[int, list[Placed]] = {}
    for placed in docket.log.ledger.epochs:
        if placed.number("pool") == pool:
            found.setdefault(placed.number("number"), []).append(placed)
    return found


def _check_pool(docket: Docket, replay: Replay, pool: PoolBook) -> None:
    accepted = replay.accepted.get(pool.number, [])
    said = statements(docket, pool.number)
    for number in sorted(said.keys() - set(range(1, len(accepted) + 2))):
        for placed in said[number]:
            docket.findings.wrong(placed.id, "number of an epoch", expected=f"1 to {len(accepted) + 1}", got=number)
    for number in range(1, len(accepted) + 2):
        stated = said.get(number, [])
        for placed in stated:
            _check_statement(docket, pool, placed)
        for proposal in replay.proposals:
            if (proposal.pool, proposal.epoch) == (pool.number, number) and proposal.status != "voided":
                check_proposal(docket, pool, proposal, stated)
        if number <= len(accepted):
            accept(docket, pool, accepted[number - 1])


def _epoch(docket: Docket, pool: PoolBook, where: str, key: tuple[int, int, int]) -> Epoch | None:
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
                number=number, size=size, terms=terms, due=known, previous=pool.previous, earned=pool.earned
            )
        except HakariError as error:
            docket.findings.wrong(where, "epoch", expected="one that the log gives", got=error.message)
    return pool.made[key]


def _check_statement(docket: Docket, pool: PoolBook, placed: Placed) -> None:
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


def check_proposal(docket: Docket, pool: PoolBook, proposal: Proposal, stated: list[Placed]) -> None:
    """Hold a proposal against the epoch that the log gives at its size, and the operator's against what it said of it.

    Anyone may propose while the operator is late: such an epoch has no statement of its own and needs none, as the same statements
    give its lines.
    """
    epoch = _epoch(docket, pool, proposal.where, (proposal.epoch, proposal.terms_version, proposal.size))
    if epoch is None:
        return
    right, outside = True, docket.outsider(proposal)
    by = f" by {_named(proposal)}" if outside else ""
    pulls = [(pull.order, pull.pay, pull.free) for pull in epoch.pulls]
    for name, expected, got in (
        ("root", epoch.body["root"], proposal.root),
        ("total", int(epoch.tree.total), proposal.total),
        ("depth", epoch.tree.depth, proposal.depth),
        ("pulls", pulls, [(pull.order, pull.pay, pull.free) for pull in proposal.pulls]),
        ("evidence", epoch.evidence.hex(), proposal.evidence),
    ):
        right &= docket.findings.same(
            proposal.where, f"{name} proposed on chain for pool {pool.number}{by}", expected=expected, got=got
        )
    if outside:
        if right:
            _by_an_outsider(docket, pool, proposal, epoch)
    elif not any(proposal.said_in(placed.body) for placed in stated):
        docket.findings.wrong(
            stated[-1].id if stated else proposal.where,
            "epoch statement against the chain",
            expected=f"root {proposal.root}, size {proposal.size}",
            got=f"root {stated[-1].text('root')}, size {stated[-1].number('size')}" if stated else "none",
        )
    elif right:
        docket.findings.holds(docket.seen)


def _by_an_outsider(docket: Docket, pool: PoolBook, proposal: Proposal, epoch: Epoch) -> None:
    docket.findings.holds(docket.seen)
    known = all(due.judged for due in pool.dues.below(proposal.terms_version, proposal.size))
    docket.findings.holds("recomputed" if known else "attested", len(epoch.lines))
    docket.findings.notes.append(
        f"Epoch {proposal.epoch} of pool {pool.number} was proposed by {_named(proposal)} ({proposal.where}, "
        f"{proposal.status}): the log's statements give its {len(epoch.lines)} lines and its root."
    )


def _named(proposal: Proposal) -> str:
    """Name who proposed an epoch that is not of the log's operator: a pool's people, or a hand-over, may have given it to another."""
    office = (
        "the pool's operator on chain, who does not operate this log" if proposal.by_operator else "not the operator"
    )
    return f"{proposal.proposer}, {office}"


def accept(docket: Docket, pool: PoolBook, proposal: Proposal) -> None:
    """Take an accepted epoch as paid: what it had to pay is spent, whether it did or not."""
    epoch = _epoch(docket, pool, proposal.where, (proposal.epoch, proposal.terms_version, proposal.size))
    pool.dues.pay(proposal.terms_version, proposal.size)
    if epoch is None:
        return
    for each in epoch.owed:
        if each.inc:
            pool.grew.setdefault(each.account, []).append((proposal.epoch, cast(int, each.prev) + each.inc))
    pool.previous, pool.earned = epoch.paid, epoch.earned


def check_claims(docket: Docket, pool: PoolBook, claims: Iterable[Claim]) -> None:
    """Hold claims against what the accepted epochs of their pool gave; those of other pools are passed over."""
    if any(epoch is None for epoch in pool.made.values()):
        return  # an epoch that can't be computed says nothing of what its accounts may claim
    for claim in claims:
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
