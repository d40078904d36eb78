"""Figures of an order: how far its answers agree, how sure each item is, how many are right, whose voices they are.

Over judged answers only, as pure functions. They inform; nothing is paid or decided by them, so they may round.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.core.money import BPS
from hakari.sources.kind import Asked, Decision, Judged
from hakari.truth.agreement import alpha_of_likeness, diversity, krippendorff
from hakari.truth.peers import correlated_agreement
from hakari.truth.rules import signed_bps
from hakari.truth.votes import Votes

GROUP = "group "


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """Krippendorff's alpha of one question: 10000 for full agreement, 0 for what chance gives; None where nothing can differ.

    tasks: those with two answers or more, answers: on them. compared: equal, ordered or likeness.
    """

    question: str
    compared: str
    alpha_bps: int | None
    answers: int
    tasks: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A task's answers: how many, how many were accepted, and by question the weight of what most of it says, in basis points."""

    answers: int
    accepted: int
    confidence: Mapping[str, int]

    @property
    def sure_bps(self) -> int | None:
        """The least sure of its questions, None where nothing was accepted or asked."""
        return min(self.confidence.values(), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Voices:
    """How many speak: accounts, and voices (accounts found in one copy group are one). top, top_ten: share of all answers in basis
    points. equal: as many equally busy voices would be as diverse, in hundredths. languages, regions: share by what people
    declared, of those with 20 people or more; «other» the rest who declared one."""

    accounts: int
    voices: int
    top_bps: int
    top_ten_bps: int
    equal: int
    languages: Mapping[str, int]
    regions: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """Correlated Agreement of an account: 0 in the mean for answers that ignore their items, up to 10000. met: answers of others that
    its own were compared with."""

    account: Account
    score_bps: int
    met: int

    @property
    def blind(self) -> bool:
        """Whether the answers hardly depend on the items."""
        return self.score_bps <= NEAR_NOTHING_BPS


MOST_WORDS, MET, NEAR_NOTHING_BPS = 50, 50, 500


def agreement(asked: Asked, judged: Sequence[Judged]) -> Agreement:
    """Return how far people agree on a question; several choices count as one answer, the whole set."""
    rows = [
        (each.answer.task, each.answer.account, value) for each in judged if (value := said(each, asked)) is not None
    ]
    count = Counter(task for task, _, _ in rows)
    shared = sorted(((*row,) for row in rows if count[row[0]] >= 2), key=lambda row: row[:2])
    alpha: float | None = None
    if asked.likeness is not None:
        groups: dict[int, list[Json]] = {}
        for task, _, value in shared:
            groups.setdefault(task, []).append(value)
        alpha = alpha_of_likeness(list(groups.values()), asked.likeness)
    elif shared:
        words = [text(value) for _, _, value in shared]
        options = list(asked.options) if asked.ordered else sorted(set(words))
        votes = Votes.from_rows(
            [(f"{row[0]:010d}", row[1], options.index(word)) for row, word in zip(shared, words, strict=True)],
            classes=len(options),
        )
        alpha = krippendorff(votes, classes=len(options), scale="ordinal" if asked.ordered else "nominal")
    return Agreement(
        question=asked.name,
        compared="likeness" if asked.likeness is not None else "ordered" if asked.ordered else "equal",
        alpha_bps=None if alpha is None else signed_bps(alpha),
        answers=len(shared),
        tasks=sum(times >= 2 for times in count.values()),
    )


def items(
    asks: Sequence[Asked], judged: Sequence[Judged], *, tasks: int, rows: Sequence[Mapping[str, Json]]
) -> list[Item]:
    """Return every task's item. rows: those of a release, one a task, whose columns `<question>_confidence` are taken where they stand;
    without them it is the share of the accepted answers' scores behind the option that has most of it, rounded down."""
    by_task: list[list[Judged]] = [[] for _ in range(tasks)]
    for each in judged:
        by_task[each.answer.task].append(each)
    made: list[Item] = []
    for task, given in enumerate(by_task):
        counted = [each for each in given if each.verdict.accepted]
        row = rows[task] if len(rows) == tasks else {}
        sure: dict[str, int] = {}
        for asked in asks:
            column = row.get(f"{asked.name}_confidence")
            if any(said(each, asked) is not None for each in counted):
                sure[asked.name] = column if isinstance(column, int) else _share(asked, counted)
        made.append(Item(answers=len(given), accepted=len(counted), confidence=sure))
    return made


def _share(asked: Asked, counted: Sequence[Judged]) -> int:
    weight: Counter[str] = Counter()
    for each in counted:
        if (value := said(each, asked)) is not None:
            weight[text(value)] += each.verdict.score_bps
    total = sum(weight.values())
    return BPS * max(weight.values()) // total if total else 0


def measured(
    asks: Sequence[Asked], judged: Sequence[Judged], known: Mapping[int, Mapping[str, Json]]
) -> tuple[int, int]:
    """Return (right, all): of how many audited tasks the people's own answers say what audits found right.

    An answer weighs what its account's answers scored on tasks that were not audited: so the audits don't measure themselves. The
    first option among equals counts. Tasks that nobody answered, and questions without options, are left out.
    """
    named = [each for each in asks if each.likeness is None]
    if not named:
        return 0, 0
    sums: dict[Account, list[int]] = {}
    for each in judged:
        if each.answer.task not in known:
            sums.setdefault(each.answer.account, []).append(each.verdict.score_bps)
    every = [score for scores in sums.values() for score in scores]
    usual = sum(every) / len(every) if every else 1.0
    trust = {account: sum(scores) / len(scores) for account, scores in sums.items()}
    by_task: dict[int, list[Judged]] = {}
    for each in judged:
        by_task.setdefault(each.answer.task, []).append(each)
    right = of = 0
    for task, truth in known.items():
        found = [
            (best, text(truth[asked.name]))
            for asked in named
            if asked.name in truth and (best := _weighed(asked, by_task.get(task, ()), trust, usual)) is not None
        ]
        of += bool(found)
        right += bool(found) and all(best == true for best, true in found)
    return right, of


def _weighed(asked: Asked, given: Sequence[Judged], trust: Mapping[Account, float], usual: float) -> str | None:
    weight: dict[str, float] = {}
    for each in given:
        if (value := said(each, asked)) is not None:
            word = text(value)
            weight[word] = weight.get(word, 0.0) + trust.get(each.answer.account, usual)
    return min(weight, key=lambda word: (-weight[word], _place(asked, word))) if weight else None


def _place(asked: Asked, word: str) -> tuple[int, str]:
    return (asked.options.index(word) if word in asked.options else len(asked.options), word)


def voices(
    judged: Sequence[Judged],
    decisions: Sequence[Decision],
    languages: Mapping[str, str],
    regions: Mapping[str, str] | None = None,
) -> Voices | None:
    """Return whose voices these answers are. decisions: those of the verdicts. languages, regions: of accounts that declared one."""
    if not judged:
        return None
    group = {each.account: f"{each.question}:{each.decision}" for each in decisions if each.decision.startswith(GROUP)}
    rows = [(f"{n:010d}", each.answer.account, 0) for n, each in enumerate(judged)]
    each_answer = Votes.from_rows(rows, classes=1)
    people = diversity(each_answer, languages)
    spoken = diversity(Votes.from_rows([(n, group.get(Account(w), w), 0) for n, w, _ in rows], classes=1))
    return Voices(
        accounts=people.workers,
        voices=spoken.workers,
        top_bps=signed_bps(spoken.top),
        top_ten_bps=signed_bps(spoken.top_ten),
        equal=round(100 * spoken.voices),
        languages={name: signed_bps(share) for name, share in people.groups.items()},
        regions={name: signed_bps(share) for name, share in diversity(each_answer, regions).groups.items()},
    )


def peers(asks: Sequence[Asked], judged: Sequence[Judged]) -> list[Peer]:
    """Return how far each account's answers go together with others', the least first, ties by account: of those with MET comparisons.

    Correlated Agreement over the questions with options, each weighed by the answers that it compares; sets of several choices are
    compared whole, and a question of which more than MOST_WORDS answers occur is left out.
    """
    sums: dict[Account, float] = {}
    met: Counter[Account] = Counter()
    for asked in asks:
        rows = [
            (each.answer.task, each.answer.account, value)
            for each in judged
            if (value := said(each, asked)) is not None
        ]
        words = sorted({text(value) for _, _, value in rows})
        if asked.likeness is not None or not 2 <= len(words) <= MOST_WORDS:
            continue
        number = {word: n for n, word in enumerate(words)}
        votes = Votes.from_rows([(f"{t:010d}", w, number[text(value)]) for t, w, value in rows], classes=len(words))
        found = correlated_agreement(votes, classes=len(words))
        for name, score, pairs in zip(votes.workers, found.score.tolist(), found.pairs.tolist(), strict=True):
            if pairs:
                account = Account(name)
                sums[account] = sums.get(account, 0.0) + pairs * score
                met[account] += pairs
    made = [
        Peer(account=account, score_bps=signed_bps(sums[account] / count), met=count)
        for account, count in met.items()
        if count >= MET
    ]
    return sorted(made, key=lambda each: (each.score_bps, each.account))


def said(each: Judged, asked: Asked) -> Json:
    """Return what an answer says to a question, None where it says nothing."""
    answer = each.answer.answer
    return cast(dict[str, Json], answer).get(asked.name) if isinstance(answer, dict) else None


def text(value: Json) -> str:
    """Return a value as one word: several choices joined as a release joins them."""
    return "|".join(str(part) for part in value) if isinstance(value, list) else str(value)
