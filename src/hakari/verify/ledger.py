"""What the log says: each statement where later checks look for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.data import lineages
from hakari.pay import royalties
from hakari.pay.royalties import Lineage, Parent
from hakari.verify.committed import Commits
from hakari.verify.openings import Place
from hakari.verify.placed import Misplaced, Placed, Submission
from hakari.work.calibration import Course, Word
from hakari.work.invitations import Invitation
from hakari.work.orders import Order, Terms


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """A `verdicts` statement with the submissions that it must judge, and those in other roles that it opens.

    unopened: of both, committed answers that no reveal in an earlier leaf than its size opened.
    """

    placed: Placed
    submissions: tuple[Submission, ...]
    blind: tuple[Submission, ...] = ()
    unopened: frozenset[Place] = frozenset()

    @property
    def count(self) -> int:
        """Answers that these submissions hold, but for what was never opened."""
        return sum(len(self.numbers(submission)) for submission in self.submissions)

    def numbers(self, submission: Submission) -> Sequence[int]:
        """Return which answers of a submission these verdicts judge: all that were opened."""
        if not submission.tasks:
            return range(len(submission))
        return [n for n in range(len(submission)) if (submission.leaf, n) not in self.unopened]


@dataclass
class OrderFile:
    """An order with all that the log says of it.

    assigned: account → task → leaf of the newest assignment; earlier: the leaves before it, where a task lapsed and came again;
    times: leaf → time of an assignment. sizes: account → log size of its draw. draws: account → its drawn tasks in order; returned: the
    (account, place in its draws) of tasks that had been somebody's long enough to lapse; since: task → time of its first assignment.
    results: account → its `qualification` in an exam; revised: the one said again after a jury.
    seated: role → account → task → leaf, of answers in other roles than work; hidden: their submissions. lots: role → its `draw`.
    funding: what is said of its accounts' payments.
    pauses: (time, until) of each. calibration: the `calibration` and the word on the guideline, as far as they are said; remarks: the
    (account, task) of each; production: whether a task behind the first ones was assigned. waves: where it stops
    early; again: the (account, place in its draws) from which on a wave lets the account's draws begin anew. answers: of work, as many
    as were submitted.
    """

    order: Order
    placed: Placed
    terms: Terms
    tasks: Placed | None = None
    task_count: int = 0
    assigned: dict[Account, dict[int, int]] = field(default_factory=dict[Account, dict[int, int]])
    earlier: dict[tuple[Account, int], list[int]] = field(default_factory=dict[tuple[Account, int], list[int]])
    times: dict[int, int] = field(default_factory=dict[int, int])
    draws: dict[Account, list[int]] = field(default_factory=dict[Account, list[int]])
    returned: set[tuple[Account, int]] = field(default_factory=set[tuple[Account, int]])
    since: dict[int, int] = field(default_factory=dict[int, int])
    sizes: dict[Account, int] = field(default_factory=dict[Account, int])
    submissions: list[Submission] = field(default_factory=list[Submission])
    seated: dict[str, dict[Account, dict[int, int]]] = field(default_factory=dict[str, dict[Account, dict[int, int]]])
    hidden: list[Submission] = field(default_factory=list[Submission])
    commits: Commits = field(default_factory=Commits)
    lots: dict[str, Placed] = field(default_factory=dict[str, Placed])
    funding: Placed | None = None
    settlements: list[Placed] = field(default_factory=list[Placed])
    appeals: list[Placed] = field(default_factory=list[Placed])
    outcomes: list[Placed] = field(default_factory=list[Placed])
    results: dict[Account, Placed] = field(default_factory=dict[Account, Placed])
    revised: dict[Account, Placed] = field(default_factory=dict[Account, Placed])
    pauses: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    calibration: Placed | None = None
    word: Placed | None = None
    remarks: set[tuple[Account, int]] = field(default_factory=set[tuple[Account, int]])
    production: bool = False
    waves: list[Placed] = field(default_factory=list[Placed])
    again: set[tuple[Account, int]] = field(default_factory=set[tuple[Account, int]])
    answers: int = 0
    judged: int = 0
    rulings: list[Ruling] = field(default_factory=list[Ruling])

    @property
    def course(self) -> Course:
        """How far the order's calibration is."""
        over = None if self.calibration is None else self.calibration.time
        return Course(order=self.order, over=over, word=None if self.word is None else word(self.word))

    def may_answer(self, account: Account, task: int, submission: Submission) -> bool:
        """Tell whether an assignment of an earlier leaf, not lapsed at the submission's time, gave the task to the account."""
        newest = self.assigned.get(account, {}).get(task)
        if newest is None:
            return False
        return self._covers(newest, submission) or any(
            self._covers(leaf, submission) for leaf in self.earlier.get((account, task), ())
        )

    def _covers(self, leaf: int, submission: Submission) -> bool:
        return leaf < submission.leaf and submission.time < self.order.lapses(self.times[leaf])


def word(placed: Placed) -> Word:
    """Return what a `guideline` statement says."""
    return Word(version=placed.number("version"), sha256=placed.text("sha256"), time=placed.time)


@dataclass
class Ledger:
    """A log of statements, as far as it was taken. `ids` has every statement's leaf by its 32-byte id. `said` are reports,
    decisions and objections; `given` the assignments after the first decision. `operators` are (leaf after which, account), in order;
    `taken` has the order that took a bid, by the bid;
    `followed` has for the leaf of each `chain` statement the next leaf of scope operate.
    """

    node: Mapping[str, Json]
    size: int = 0
    ids: dict[bytes, int] = field(default_factory=dict[bytes, int])
    nodes: list[Placed] = field(default_factory=list[Placed])
    operators: list[tuple[int, Account]] = field(default_factory=list[tuple[int, Account]])
    followed: dict[int, int] = field(default_factory=dict[int, int])
    pools: dict[tuple[int, int], Placed] = field(default_factory=dict[tuple[int, int], Placed])
    terms: dict[tuple[int, int], Terms] = field(default_factory=dict[tuple[int, int], Terms])
    orders: dict[StatementId, OrderFile] = field(default_factory=dict[StatementId, OrderFile])
    escrow_orders: dict[int, OrderFile] = field(default_factory=dict[int, OrderFile])
    rulings: dict[StatementId, tuple[OrderFile, Ruling]] = field(
        default_factory=dict[StatementId, tuple[OrderFile, Ruling]]
    )
    settlements: dict[StatementId, OrderFile] = field(default_factory=dict[StatementId, OrderFile])
    slashes: list[Placed] = field(default_factory=list[Placed])
    invitations: dict[int, dict[Account, Invitation]] = field(default_factory=dict[int, dict[Account, Invitation]])
    services: dict[int, list[Placed]] = field(default_factory=dict[int, list[Placed]])
    epochs: list[Placed] = field(default_factory=list[Placed])
    releases: dict[StatementId, Placed] = field(default_factory=dict[StatementId, Placed])
    sales: list[Placed] = field(default_factory=list[Placed])
    sold: dict[StatementId, Placed] = field(default_factory=dict[StatementId, Placed])
    instalments: list[Placed] = field(default_factory=list[Placed])
    uses: list[Placed] = field(default_factory=list[Placed])
    chains: list[Placed] = field(default_factory=list[Placed])
    said: dict[StatementId, Placed] = field(default_factory=dict[StatementId, Placed])
    decisions: list[Placed] = field(default_factory=list[Placed])
    given: list[Placed] = field(default_factory=list[Placed])
    bids: dict[StatementId, Placed] = field(default_factory=dict[StatementId, Placed])
    taken: dict[StatementId, StatementId] = field(default_factory=dict[StatementId, StatementId])
    latest_time: int = 0

    def operated(self, below: int) -> list[Account]:
        """Return who operated the log in leaves < below, in order; an account once for each time."""
        return [account for after, account in self.operators if after < below]

    def order(self, placed: Placed) -> OrderFile:
        """Return the order that a statement names. Raises Misplaced where no earlier leaf made it."""
        found = self.orders.get(StatementId(placed.text("order")))
        if found is None:
            raise Misplaced("order", expected="an order of an earlier leaf", got=placed.text("order"))
        return found

    def lineage(self, release: str) -> Lineage:
        """Return a release with all that it derives from, and what each asks of those below it."""

        def parents(each: str) -> list[Parent]:
            named = lineages.parents(self.releases[StatementId(each)].body)
            terms = {parent: self.order(self.releases[StatementId(parent)]).terms for parent, _ in named}
            return [Parent(work=parent, bps=bps, of=terms[parent].derive_of) for parent, bps in named]

        return royalties.lineage(release, parents)


def node_bytes(placed: Placed) -> bytes:
    """Return what node.json must be: the body of a node statement, canonical, without a line feed."""
    return canonical.encode(placed.body)
