"""What a node keeps of its work: rows as the rooms speak of them, whatever database holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hakari.core.canonical import Json
from hakari.core.ids import Account, Digest, StatementId
from hakari.sources.kind import Answer, Judged, Verdict

WORK = "work"
"""The role of whoever answers for the order itself; people.statements.ROLES are all others."""

STATUSES = ("open", "closing", "auditing", "appealable", "jury", "judged")
"""What an order goes through; closing: its buyer takes it back, auditing and jury: blind answers are awaited."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRow:
    """An order as the node runs it. `wanted` answers complete it; `status` is one of STATUSES."""

    id: StatementId
    pool: int
    escrow_order: int
    buyer: Account
    source: str
    tasks: int
    wanted: int
    answered: int
    deadline: int
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskRow:
    """One task: `item` commits to data and salt; `wanted` answers make it full."""

    n: int
    item: Digest
    public: Mapping[str, Json]
    data: Mapping[str, Json]
    salt: str
    wanted: int
    answered: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignedRow:
    """A task that an account was given: `time` is that of its newest assignment, `size` the log size that fixed the draw."""

    task: int
    size: int
    time: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerRow:
    """One recorded answer; verdicts, accepted, score, reason and merit are None until it is judged, `leaf` until it is sequenced.

    `text` is the answer as canonical JSON, where whoever made the row has it at hand.
    """

    order: StatementId
    account: Account
    task: int
    submission: StatementId
    n: int
    answer: Json
    salt: str
    leaf: int | None = None
    verdicts: StatementId | None = None
    accepted: bool | None = None
    score: int | None = None
    reason: str | None = None
    role: str = WORK
    merit: int | None = None
    text: str | None = field(default=None, compare=False, repr=False)

    @property
    def given(self) -> Answer:
        """The answer as the rules see it."""
        return Answer(account=self.account, task=self.task, answer=self.answer, leaf=self.leaf or 0, n=self.n)

    @property
    def judged(self) -> Judged:
        """The answer with its verdict, once there is one."""
        verdict = Verdict(
            accepted=bool(self.accepted), score_bps=self.score or 0, reason=self.reason or "", merit_bps=self.merit
        )
        return Judged(answer=self.given, verdict=verdict)
