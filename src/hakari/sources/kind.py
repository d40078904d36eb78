"""The plug: what a kind of contribution must be able to do.

A kind is one small object with four pure functions. Nothing in it reads a clock, a file or a random number.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from hakari.core.canonical import Json
from hakari.core.ids import Account, Digest

CANNOT_TELL = "cannot_tell"
"""What an answer may hold alone, as true: its task does not let one decide."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskSpec:
    """One unit of an order. `public` is what judging needs and anyone may see; `data` is for workers and licensees."""

    public: Mapping[str, Json]
    data: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One account's canonical answer to task `task` (its number in the order); `leaf` and `n` say where the log committed it."""

    account: Account
    task: int
    answer: Json
    leaf: int
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """All that a judge may look at: the order's spec and quality rule, its public tasks by number, answers in log order, audits.

    `audits` maps a task to its known right answer, in canonical form. `earlier` are the canonical answers that verdicts of earlier
    leaves accepted in the same pool, for kinds that remember them.
    """

    spec: Mapping[str, Json]
    quality: Mapping[str, Json]
    tasks: Sequence[Mapping[str, Json]]
    answers: Sequence[Answer]
    audits: Mapping[int, Json] = field(default_factory=dict[int, Json])
    earlier: Sequence[Json] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What one answer turned out to be worth: accepted or not, score in basis points, a reason from the rules' fixed list.

    merit_bps: at most 10000, where the rules pay by merit: the score above what a report without content earns.
    """

    accepted: bool
    score_bps: int
    reason: str
    merit_bps: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A discrete choice about an account with the figure that made it: decision is «accept», «refuse», «each» or «group n».

    question: which of the order's questions it is about, counted from 0, where the rules decide by question.
    """

    account: Account
    decision: str
    statistic: float
    threshold: float
    question: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """Verdicts in the order of the batch's answers, decisions sorted by account, and a summary (or none) as evidence lines."""

    rules: str
    verdicts: Sequence[Verdict]
    decisions: Sequence[Decision] = ()
    summary: Sequence[Mapping[str, Json]] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """An answer together with its verdict, as rows are made from it."""

    answer: Answer
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What one member of an answer asks, for figures about agreement.

    options: all that can be said, in their order; ordered: whether neighbours in it are nearer to each other than others. likeness:
    for what has no options, how alike two canonical values are, 0 to 1.
    """

    name: str
    options: Sequence[str] = ()
    ordered: bool = False
    likeness: Callable[[Json, Json], float] | None = None


def _nothing_asked(_: Mapping[str, Json]) -> Sequence[Asked]:
    return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """Bytes that an answer names by their SHA-256, with their type, their number and what the answer states of them."""

    sha256: Digest
    type: str
    bytes: int
    stated: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """How a kind whose answers name bytes measures them.

    named: a canonical answer → what it names. measure: type, file → what is stated of the bytes, or Malformed that says what was
    expected. same: type, two measurements → whether they are of the same bytes. ending: type → the ending of a file's name.
    inline: type, number of bytes → whether the bytes are text that stands in the row's column `text`; others are files.
    largest: type → the most bytes. masked: spec, text → the text as the order takes it, and what was masked as [kind, start, end].
    answer: what the bytes are, what is declared of them → the answer to check.
    """

    named: Callable[[Json], Named]
    measure: Callable[[str, BinaryIO], dict[str, Json]]
    same: Callable[[str, Mapping[str, Json], Mapping[str, Json]], bool]
    ending: Callable[[str], str]
    inline: Callable[[str, int], bool]
    largest: Callable[[str], int]
    masked: Callable[[Mapping[str, Json], str], tuple[str, list[list[Json]]]]
    answer: Callable[[Named, Mapping[str, Json]], dict[str, Json]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of contribution. `rules` are those that an order names without further wishes, `later` all others that it may name.

    spec: a buyer's spec → its canonical form, or Malformed with a pointer.
    plan: canonical spec and the buyer's items → task specs in order, or Malformed naming the item.
    check: spec, the task's public part and an answer → the canonical answer, or Malformed that says what was expected.
    judge: batch and recorded decisions (None when judging first; what is recorded when verifying) → judgement.
    rows: spec, task specs and what was judged of each → dataset rows, in order of tasks; one flat object a row.
    schema: spec → the columns of those rows, as name and type («string», «int64», «bool»).
    loose: spec → the columns that public verdicts alone do not give to the last unit: how many units a whole number may be off where
    floats measure it, None for what shows the task's data or bytes, which nobody has to see.
    evidence: the classes of evidence that its orders can have. contents: for kinds whose answers name bytes; their rows have the
    columns `sha256`, `type`, `bytes`, `file` and `text`. remembers: whether judging looks at what the pool accepted earlier.
    asks: spec → the members of an answer on which people can agree or not.
    sure: batch, tasks that get all answers, answers that each got at first → by task how sure its answer is, 0 to 1; for kinds whose
    tasks can stop early, and then for specs where all that is asked has options.
    """

    name: str
    rules: str
    spec: Callable[[Json], dict[str, Json]]
    plan: Callable[[Mapping[str, Json], Sequence[Json]], list[TaskSpec]]
    check: Callable[[Mapping[str, Json], Mapping[str, Json], Json], Json]
    judge: Callable[[Batch, Sequence[Decision] | None], Judgement]
    rows: Callable[[Mapping[str, Json], Sequence[TaskSpec], Sequence[Sequence[Judged]]], list[dict[str, Json]]]
    schema: Callable[[Mapping[str, Json]], list[tuple[str, str]]]
    loose: Callable[[Mapping[str, Json]], Mapping[str, int | None]]
    evidence: tuple[str, ...] = ("keyed", "open", "sealed")
    contents: Contents | None = None
    remembers: bool = False
    later: Sequence[str] = ()
    asks: Callable[[Mapping[str, Json]], Sequence[Asked]] = _nothing_asked
    sure: Callable[[Batch, Collection[int], int], Mapping[int, float]] | None = None
