"""What a watcher makes of a pool: its accepted epochs computed again, the proposal in its slot judged, and the right move.

Pure over the public files and the chain's events. One question decides everything: does the public computation give this root?
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay import epoch as pay_epoch
from hakari.pay import lines as pay_lines
from hakari.pay.epoch import Epoch
from hakari.pay.lines import Line
from hakari.verify import flaws
from hakari.verify.docket import Docket
from hakari.verify.dues import Due, Dues, dues
from hakari.verify.flaws import Flaw, Slot
from hakari.verify.holdings import Proposal
from hakari.verify.replay import Replay

IDLE, PENDING, CHALLENGED, RULED, COURT, UPHELD = range(6)
WITHHELD, NO_STATEMENT, WRONG_AMOUNT, OMITTED, WRONG_ORDER, WRONG_FREE, SHARES = range(1, 8)
NAMES = ("", "withheld", "line without statement", "wrong amount", "omitted", "wrong order", "wrong free", "shares")
_LARGEST_LINES = 1 << 28

Answer = Literal["right", "wrong", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the public computation says of a proposal. ground: of a challenge, 0 unless wrong. flaw: where arithmetic shows it."""

    answer: Answer
    why: str
    ground: int = 0
    flaw: Flaw | None = None


@dataclass(frozen=True, kw_only=True)
class Slotted:
    """A pool's slot as the chain has it. Bonds are micro-units, times Unix seconds."""

    state: int
    epoch: int = 0
    proposer: str = flaws.NOBODY
    opened_at: int = 0
    deadline: int = 0
    valid: bool = False
    bond: int = 0


@dataclass(frozen=True, kw_only=True)
class Move:
    """A transaction worth sending. args: without the pool. bond: micro-units that it locks. what: a few words for people.

    quiet: a refusal needs no word, it only says that it is too early or somebody else was faster.
    """

    contract: str
    function: str
    args: tuple[Any, ...]
    what: str
    bond: int = 0
    quiet: bool = False


@dataclass(kw_only=True)
class Kept:
    """A pool's accepted epochs, computed again. broken: why they can't be, from some epoch on; then nothing can be judged."""

    dues: Dues
    past: list[Epoch] = field(default_factory=list[Epoch])
    broken: str | None = None

    @property
    def previous(self) -> Mapping[Account, Micros]:
        """Cumulative amounts of the last accepted epoch."""
        return self.past[-1].paid if self.past else {}


def pools(docket: Docket, replay: Replay) -> list[int]:
    """Return the pools whose terms on chain name this log."""
    return sorted({pool for (pool, _), log in replay.logs.items() if log == docket.log_id})


def accounts(docket: Docket, replay: Replay, number: int) -> Kept:
    """Compute a pool's accepted epochs again and hold them against the roots that the chain accepted."""
    kept = Kept(dues=dues(docket, replay, number))
    for proposal in replay.accepted.get(number, []):
        made = _made(docket, kept, proposal.epoch, proposal.terms_version, proposal.size)
        if isinstance(made, Finding) or made.body["root"] != proposal.root:
            why = made.why if isinstance(made, Finding) else "the public files give another root"
            kept.broken = f"accepted epoch {proposal.epoch} can't be computed again: {why}"
            return kept
        kept.past.append(made)
        kept.dues.pay(proposal.terms_version, proposal.size)
    return kept


def _made(docket: Docket, kept: Kept, number: int, version: int, size: int) -> Epoch | Finding:
    """Return the epoch that the files give, or why they give none."""
    terms = docket.log.ledger.terms.get((kept.dues.pool, version))
    if size > docket.log.ledger.size:
        return _withheld(f"the public log has {docket.log.ledger.size} statements, the proposal is of size {size}")
    if terms is None:
        return _withheld(f"no statement tells terms {version} of pool {kept.dues.pool}")
    due = kept.dues.below(version, size)
    hidden = next((each for each in due if each.what is None or not _open(docket, each)), None)
    if hidden is not None:
        return _withheld(f"the evidence of {hidden.cause} is not public")
    try:
        return pay_epoch.assemble(
            number=number,
            size=size,
            terms=terms,
            due=[each.what for each in due if each.what is not None],
            previous=kept.previous,
            earned=kept.past[-1].earned if kept.past else {},
        )
    except HakariError as error:
        return Finding(answer="wrong", ground=NO_STATEMENT, why=f"the log gives no such epoch: {error.message}")


def _withheld(why: str) -> Finding:
    return Finding(answer="wrong", ground=WITHHELD, why=why)


def _open(docket: Docket, due: Due) -> bool:
    """Return whether the answers behind a due statement are there, where its order says that they are public."""
    found = docket.log.ledger.rulings.get(due.cause)
    if found is None or found[0].order.evidence == "sealed":
        return True
    return docket.try_evidence(lambda: docket.shelf.check(found[1].placed.text("answers")))


def judge(
    docket: Docket, replay: Replay, kept: Kept, proposal: Proposal, published: Sequence[Sequence[Slot]] = ()
) -> Finding:
    """Return what the public computation says of a proposal. published: leaves that somebody showed for it."""
    if kept.broken is not None:
        return Finding(answer="unknown", why=kept.broken)
    posted = {each.size: each.root for each in replay.posted if each.log_id == docket.log_id}
    size = proposal.size
    if size <= docket.log.roots.size and posted.get(size) != docket.log.roots.at(size).hex():
        return _withheld(f"the public log is not the one whose root was anchored at size {size}")
    made = _made(docket, kept, proposal.epoch, proposal.terms_version, size)
    lines = _published_lines(docket, proposal)
    if isinstance(made, Epoch) and _same(made, proposal):
        return Finding(answer="right", why="the public files give this root")
    candidates: list[Sequence[Line]] = [] if lines is None else [lines]
    if isinstance(made, Epoch) and made.lines != lines:
        candidates.append(made.lines)
    shown = flaws.find(
        (slots for source in (published, *(flaws.guesses(each, kept.past) for each in candidates)) for slots in source),
        root=proposal.root,
        total=proposal.total,
        depth=proposal.depth,
    )
    found = None if shown is None else flaws.flaw(shown, kept.past)
    told = made if isinstance(made, Finding) else _difference(made, lines, proposal)
    if found is not None:
        return Finding(answer="wrong", ground=told.ground, why=found.what, flaw=found)
    return told


def _same(made: Epoch, proposal: Proposal) -> bool:
    return (made.body["root"], int(made.tree.total), made.tree.depth, _pulls(made), made.evidence.hex()) == (
        proposal.root,
        proposal.total,
        proposal.depth,
        [(pull.order, pull.pay, pull.free) for pull in proposal.pulls],
        proposal.evidence,
    )


def _pulls(made: Epoch) -> list[tuple[int, int, int]]:
    return [(pull.order, int(pull.pay), int(pull.free)) for pull in made.pulls]


def _published_lines(docket: Docket, proposal: Proposal) -> list[Line] | None:
    """Return the lines that the newest epoch statement of this proposal names; None where there are none to read."""
    for placed in reversed(docket.log.ledger.epochs):
        if placed.number("pool") == proposal.pool and proposal.said_in(placed.body):
            try:
                return pay_lines.read_evidence(docket.shelf.whole(placed.text("lines"), _LARGEST_LINES))
            except HakariError:
                return None
    return None


def _difference(made: Epoch, lines: Sequence[Line] | None, proposal: Proposal) -> Finding:
    if lines is None:
        return _withheld("the lines behind the proposed root are not public")
    mine = {(line.account, line.cause): line for line in made.lines}
    theirs = {(line.account, line.cause): line for line in lines}
    named = {line.cause for line in made.lines}
    for key, line in theirs.items():
        if key not in mine:
            owed = "owes it nothing" if line.cause in named else "is no due statement"
            why = f"{line.amount} to {line.account}: {line.cause} {owed}"
            return Finding(answer="wrong", ground=NO_STATEMENT, why=why)
    for key, line in theirs.items():
        if line.source != mine[key].source:
            why = f"a line of {line.account} draws on order {line.source} instead of {mine[key].source}"
            return Finding(answer="wrong", ground=WRONG_ORDER, why=why)
        if line.amount != mine[key].amount:
            why = f"a line of {line.account} is {line.amount} instead of {mine[key].amount}"
            return Finding(answer="wrong", ground=WRONG_AMOUNT, why=why)
    for key, line in mine.items():
        if key not in theirs:
            why = f"{line.account} is owed {line.amount} because of {line.cause} and does not get it"
            return Finding(answer="wrong", ground=OMITTED, why=why)
    pulls = [(pull.order, pull.pay, pull.free) for pull in proposal.pulls]
    if made.body["root"] == proposal.root and pulls != _pulls(made):
        return Finding(
            answer="wrong", ground=WRONG_FREE, why=f"it pulls {pulls} (order, pay, free), right is {_pulls(made)}"
        )
    if made.body["root"] == proposal.root:
        return Finding(
            answer="wrong",
            ground=SHARES,
            why="its evidence hash is not that of these lines and of what each has earned",
        )
    return _withheld("the public lines give another root, and nothing public shows the leaves behind the proposed one")


def move(slot: Slotted, finding: Finding, pulls: Sequence[tuple[int, int, int]], *, patient: bool) -> Move | None:
    """Return what to do about the proposal in a slot; None where there is nothing to do, or only to wait.

    patient: files may still be on their way, so that nothing is challenged as withheld yet. Whether it is time to settle or to appeal
    silence, the contract says when it is asked.
    """
    settle = Move(contract="payouts", function="settle", args=(list(pulls),), what="settlement")
    if finding.answer == "unknown":
        return None
    wrong = finding.answer == "wrong"
    if finding.flaw is not None:
        proof = finding.flaw
        return Move(
            contract="proofs", function=proof.function, args=proof.args, what=f"proof that it is wrong: {proof.what}"
        )
    if slot.state == PENDING and wrong:
        if finding.ground == WITHHELD and patient:
            return None
        return Move(
            contract="payouts",
            function="challenge",
            args=(finding.ground,),
            bond=slot.bond,
            what=f"challenge on ground {finding.ground}, {NAMES[finding.ground]}: {finding.why}",
        )
    if slot.state == CHALLENGED:
        # Sent without a bond: where a ruling comes in between, the token refuses what would be an appeal with one.
        what = "free appeal, the arbiter is silent"
        return Move(contract="payouts", function="appeal", args=(), what=what, quiet=True)
    if slot.state == RULED and slot.valid == wrong:
        said = "valid" if slot.valid else "invalid"
        what = f"appeal against the ruling «{said}»: {finding.why}"
        return Move(contract="payouts", function="appeal", args=(), bond=2 * slot.bond, what=what)
    if slot.state == UPHELD and wrong:
        return None
    return settle


def next_epoch(docket: Docket, replay: Replay, kept: Kept) -> tuple[Epoch, int] | None:
    """Return the honest next epoch at the largest anchored size that fits, and the time of the oldest statement due in it."""
    newest = max(kept.dues.anchored.values(), default=0)
    due = [each for each in kept.dues.open() if each.ready <= newest]
    if kept.broken is not None or not due or any(each.what is None for each in due):
        return None
    version = due[0].terms_version
    due = [each for each in due if each.terms_version == version]
    accepted = replay.accepted.get(kept.dues.pool, [])
    least = accepted[-1].size if accepted else 0
    sizes = [
        each.size
        for each in replay.posted
        if each.log_id == docket.log_id
        and least <= each.size <= docket.log.roots.size
        and each.size > due[0].leaf
        and docket.log.roots.at(each.size).hex() == each.root
    ]
    pairs = [(each.leaf, each.what) for each in due if each.what is not None]
    size = pay_epoch.fitting_size(sizes=sizes, due=pairs)
    if size is None:
        return None
    made = _made(docket, kept, len(accepted) + 1, version, size)
    return None if isinstance(made, Finding) else (made, due[0].said)
