"""All that the sections after the log work with, and what the judging found for those after it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.core.ids import Account, StatementId
from hakari.pay.lines import Settlement
from hakari.pay.merits import Pay
from hakari.pay.settlements import Batch, Blind
from hakari.pay.slashes import Slash
from hakari.sources.kind import Decision, Kind
from hakari.verify.evidence import BadEvidence, Shelf
from hakari.verify.holdings import Proposal
from hakari.verify.placed import Placed
from hakari.verify.replay import Replay
from hakari.verify.report import Findings, Level
from hakari.verify.walk import Walk
from hakari.work.blind import Known
from hakari.work.funding import Transfer

RULES_FAIL = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What pure rules may raise over a spec or task that no honest node would have logged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What one `verdicts` statement says it accepted, its rows held against answers and rules: by account, none of 0.

    first: of these, those among the first that the pool's terms give extra shares.
    """

    judged: int
    accepted: Mapping[Account, int]
    first: Mapping[Account, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Merits:
    """What `verdicts` by merit say: each account's batch, and each one's blind answers. audited: None where answers are sealed.
    known: what audits and juries made known, None where that can't be seen.

    accepted, tasks, workers: by place (leaf, n) of the answer. doubted: the places of answers that nobody decided. ruled: what juries
    made known.
    """

    batches: Sequence[Batch]
    blind: Sequence[Blind]
    audited: Collection[int] | None
    known: Known | None
    accepted: Mapping[tuple[int, int], bool]
    tasks: Mapping[tuple[int, int], int]
    workers: Mapping[tuple[int, int], Account]
    doubted: Collection[tuple[int, int]]
    ruled: Known


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """A statement that rests on an event which may not be restated yet, and what holds it against the event once that is known."""

    placed: Placed
    event: str
    again: Callable[[], None]


@dataclass(kw_only=True)
class Docket:
    """One verification under way. `replay` is None where the chain's events can't be read.

    `seen` is the level of what rests on the chain's events: recomputed where an RPC showed the same ones. `outcomes` has the verdicts
    whose results could be read; what rests on others can't be recomputed and says nothing more. `opened` are those whose answers are
    here, each opened and allowed; `judged` those judged again.
    `merits` and `decisions` are of verdicts, `panels` of orders and roles, `settled` of settlements that could be read, `resettled`
    those whose every integer was made again. `transfers` are what `funding` of orders recorded, where it could be read.
    `pending` are events that no `chain` statement could restate yet; none is from the `last_word` on, when an RPC showed all there is.
    `contents` has what each task shows and commits to, of orders whose audits are sealed or that serve such ones.
    `accepted` has, for kinds that remember them, accepted answers by (pool, source) with the leaf of their verdicts; of the pools and
    sources in `hidden` some can't be seen.
    """

    log: Walk
    shelf: Shelf
    replay: Replay | None
    kinds: Mapping[str, Kind]
    findings: Findings
    seen: Level = "asserted"
    merits: dict[StatementId, Merits] = field(default_factory=dict[StatementId, Merits])
    decisions: dict[StatementId, Sequence[Decision]] = field(default_factory=dict[StatementId, Sequence[Decision]])
    panels: dict[tuple[StatementId, str], dict[int, tuple[Account, ...]]] = field(
        default_factory=dict[tuple[StatementId, str], dict[int, tuple[Account, ...]]]
    )
    transfers: dict[StatementId, Sequence[Transfer]] = field(default_factory=dict[StatementId, Sequence[Transfer]])
    settled: dict[StatementId, Settlement] = field(default_factory=dict[StatementId, Settlement])
    slashed: dict[StatementId, Slash] = field(default_factory=dict[StatementId, Slash])
    pays: dict[StatementId, Pay] = field(default_factory=dict[StatementId, Pay])
    resettled: set[StatementId] = field(default_factory=set[StatementId])
    outcomes: dict[StatementId, Outcome] = field(default_factory=dict[StatementId, Outcome])
    opened: set[StatementId] = field(default_factory=set[StatementId])
    judged: set[StatementId] = field(default_factory=set[StatementId])
    contents: dict[StatementId, Sequence[Json]] = field(default_factory=dict[StatementId, Sequence[Json]])
    accepted: dict[tuple[int, str], list[tuple[int, Json]]] = field(
        default_factory=dict[tuple[int, str], list[tuple[int, Json]]]
    )
    hidden: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    pending: list[Pending] = field(default_factory=list[Pending])
    last_word: bool = False

    @property
    def log_id(self) -> str:
        """The log's id on chain."""
        return sha256(self.log.checkpoint.origin.encode()).hexdigest()

    def outsider(self, proposal: Proposal) -> bool:
        """Tell whether a proposal is not the operator's: not of an account that operates this log, or that had handed the pool on."""
        return proposal.outgoing or proposal.proposer not in {account for _, account in self.log.ledger.operators}

    def awaits(self, placed: Placed, event: str, again: Callable[[], None], *, chains: int = 1) -> bool:
        """Tell whether an event that a statement rests on may not be restated yet, and keep what checks it again.

        The event was heard before the statement was said, so it is in the first of the `chain` statements of later leaves. Who rests
        on the chain itself and not on what was heard asks for the second (`chains`): the first may end before that event.
        """
        said = self.log.ledger.chains
        if self.last_word or (len(said) >= chains and said[-chains].leaf > placed.leaf):
            return False
        self.pending.append(Pending(placed=placed, event=event, again=again))
        return True

    def try_evidence(self, look: Callable[[], None]) -> bool:
        """Run `look` and return whether the evidence that it read holds; a bad file goes to the findings."""
        try:
            look()
        except BadEvidence as error:
            self.findings.wrong(error.path, error.what, expected=error.expected, got=error.got)
            return False
        except HakariError as error:
            self.findings.wrong(self.shelf.last, "content", expected="as its statement says", got=error.message)
            return False
        return True
