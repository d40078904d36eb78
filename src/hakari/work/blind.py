"""What blind answers make known: per control what at least two give, and more than give anything else; and how many a task wants."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import cast

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.sources.kind import CANNOT_TELL, Answer, Judgement, Verdict
from hakari.truth.judgement import DIFFERS_FROM_AUDIT
from hakari.work.quality import AUDITORS, REVIEWERS

AGREE = 2
JURY, REVIEW = "jury", "review"

DIFFERS_FROM_REVIEW = "differs_from_review"
"""Reason of an answer that reviewers alone contradict: it is refused, and never counts against its author in the sequential test."""

Known = Mapping[int, Mapping[str, Json]]
"""By task, the value of each control whose right value is known."""

NONE: Known = MappingProxyType({})


def known(answers: Iterable[Answer], *, least: int = AGREE) -> dict[int, dict[str, Json]]:
    """Return by task the controls whose right value is known: at least `least` gave it, and nothing else was given as often.

    The order of the answers plays no part. Tasks of which nothing is known are left out.
    """
    by_task: dict[int, list[Mapping[str, Json]]] = {}
    for each in answers:
        by_task.setdefault(each.task, []).append(cast(Mapping[str, Json], each.answer))
    found = {task: _agreed(given, least) for task, given in sorted(by_task.items())}
    return {task: right for task, right in found.items() if right}


def decided(answers: Iterable[tuple[str, Answer]], carried: Known = NONE) -> dict[int, dict[str, Json]]:
    """Return what answers of all roles make known: what audits and juries do, and reviewers of tasks of which neither says anything.

    carried: what audits of the same contents made known in a stock that the order serves again.
    """
    rows = list(answers)
    reviewed = known(answer for role, answer in rows if role == REVIEW)
    return dict(sorted((reviewed | audited(rows, carried)).items()))


def audited(answers: Iterable[tuple[str, Answer]], carried: Known = NONE) -> dict[int, dict[str, Json]]:
    """Return what audits and juries make known: a jury's word stands over an audit's, which is retired by it; and an audit's over what
    is carried from a stock.

    That a task does not let one decide, and any value of it, exclude each other. Only this counts in the sequential test.
    """
    rows = list(answers)
    found = {task: dict(right) for task, right in carried.items()}
    found |= known(answer for role, answer in rows if role not in {JURY, REVIEW})
    for task, right in ruled(rows).items():
        before = found.get(task, {})
        stays = {} if CANNOT_TELL in right else {name: before[name] for name in before if name != CANNOT_TELL}
        found[task] = {**stays, **right}
    return dict(sorted(found.items()))


def heard(answers: Iterable[tuple[str, Answer]]) -> Counter[int]:
    """Return by task how many jurors answered."""
    return Counter(answer.task for role, answer in answers if role == JURY)


def ruled(answers: Iterable[tuple[str, Answer]]) -> dict[int, dict[str, Json]]:
    """Return by task what more than half of its jurors say, at least two."""
    by_task: dict[int, list[Answer]] = {}
    for role, answer in answers:
        if role == JURY:
            by_task.setdefault(answer.task, []).append(answer)
    found: dict[int, dict[str, Json]] = {}
    for _, given in sorted(by_task.items()):
        found |= known(given, least=max(AGREE, len(given) // 2 + 1))
    return found


def _agreed(given: Sequence[Mapping[str, Json]], least: int) -> dict[str, Json]:
    right: dict[str, Json] = {}
    for control in sorted({name for each in given for name in each}):
        values: dict[bytes, list[Json]] = {}
        for each in given:
            if control in each:
                values.setdefault(canonical.encode(each[control]), []).append(each[control])
        counts = sorted((len(each) for each in values.values()), reverse=True)
        if counts[0] >= least and (len(counts) == 1 or counts[0] > counts[1]):
            [most] = [each for each in values.values() if len(each) == counts[0]]
            right[control] = most[0]
    return right


def differs(answer: Json, right: Mapping[str, Json]) -> bool:
    """Return whether an answer gives another value than the known one, or none, for some control of which it is known."""
    given = cast(Mapping[str, Json], answer)
    return any(
        name not in given or canonical.encode(given[name]) != canonical.encode(value) for name, value in right.items()
    )


def agree(answers: Sequence[Json]) -> bool:
    """Return whether all these answers are the same."""
    return len({canonical.encode(each) for each in answers}) <= 1


def wanted(role: str, answers: Sequence[Json], *, seats: int) -> int:
    """Return how many answers in a role a task wants in all, given those so far. seats: those that are asked at once.

    Of a jury all. Of auditors the seats, and three where two differ. Of reviewers the seats, five where two differ, and six where after
    five no answer leads.
    """
    if role == JURY or agree(answers):
        return seats
    if role != REVIEW:
        return AUDITORS
    _, several, most = REVIEWERS
    return several if len(answers) < several or leads(answers) else most


def leads(answers: Sequence[Json]) -> bool:
    """Return whether one of these answers was given at least twice, and more often than any other."""
    counts = [count for _, count in Counter(canonical.encode(each) for each in answers).most_common(2)]
    return bool(counts) and counts[0] >= AGREE and (len(counts) == 1 or counts[0] > counts[1])


def surplus(
    answers: Iterable[tuple[str, Answer]], *, least: Callable[[str], int], committed: Collection[str]
) -> Iterator[tuple[str, Answer, int]]:
    """Yield the answers that an order should not have taken, each with its role and how many of that role its task needed at most.

    Given in the order of (leaf, n). An account answers a task once in a role: 0 where it did before. least: role → answers that a task
    needs at least; `wanted` says how many more. In `committed` roles, whose answers don't come in the order of their leaves, as many as
    a task of the role gets at most.
    """
    given: dict[tuple[str, int], list[Answer]] = {}
    for role, answer in answers:
        before = given.setdefault((role, answer.task), [])
        most = wanted(role, [each.answer for each in before], seats=least(role))
        if role in committed and role != JURY:
            most = REVIEWERS[-1] if role == REVIEW else AUDITORS
        if any(each.account == answer.account for each in before):
            yield role, answer, 0
        elif len(before) >= most:
            yield role, answer, most
        before.append(answer)


def by_review(
    judgement: Judgement, answers: Sequence[Answer], hidden: Iterable[tuple[str, Answer]], carried: Known = NONE
) -> Judgement:
    """Return a judgement in which answers that reviewers alone contradict are refused for a reason that says so.

    hidden: the answers in other roles than work by which it was made. carried: what a stock made known.
    """
    rows = list(hidden)
    alone = {answer.task for role, answer in rows if role == REVIEW} - audited(rows, carried).keys()
    if not alone:
        return judgement
    verdicts = [
        replace(verdict, reason=DIFFERS_FROM_REVIEW)
        if verdict.reason == DIFFERS_FROM_AUDIT and answer.task in alone
        else verdict
        for verdict, answer in zip(judgement.verdicts, answers, strict=True)
    ]
    return replace(judgement, verdicts=verdicts)


def came_out(
    hidden: Iterable[tuple[str, Answer]], judged: Iterable[tuple[Answer, Verdict]], carried: Known = NONE
) -> dict[int, dict[str, Json]]:
    """Return by task what came out as right of its controls, as reviewers are held to it.

    What audits and juries make known. Else what reviewers do, where an accepted answer of work says the same; and where reviewers make
    nothing known of a control, what at least two accepted answers of work give and more than half of their scores: reviewers are never
    measured against each other alone. judged: the order's work under its verdicts. carried: what a stock made known.
    """
    rows = list(hidden)
    found = audited(rows, carried)
    said = known(answer for role, answer in rows if role == REVIEW)
    accepted: dict[int, list[tuple[Mapping[str, Json], int]]] = {}
    for answer, verdict in judged:
        if verdict.accepted:
            given = cast(Mapping[str, Json], answer.answer)
            accepted.setdefault(answer.task, []).append((given, verdict.score_bps))
    for task in {answer.task for role, answer in rows if role == REVIEW} - found.keys():
        found[task] = _believed(said.get(task, {}), accepted.get(task, []))
    return {task: right for task, right in sorted(found.items()) if right}


def _believed(said: Mapping[str, Json], work: Sequence[tuple[Mapping[str, Json], int]]) -> dict[str, Json]:
    """Return what came out of a task that no audit and no jury knows. said: what reviewers make known; work: (answer, score)."""
    total = sum(score for _, score in work)
    right: dict[str, Json] = {}
    for name in sorted({name for given, _ in work for name in given}):
        held = [(given[name], score) for given, score in work if name in given]
        for value in [said[name]] if name in said else [value for value, _ in held]:
            same = [score for each, score in held if canonical.encode(each) == canonical.encode(value)]
            if (same and name in said) or (len(same) >= AGREE and 2 * sum(same) > total):
                right[name] = value
                break
    return right
