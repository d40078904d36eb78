"""What blind answers make known: per control what at least two give, and more than give anything else."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import cast

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.sources.kind import CANNOT_TELL, Answer
from hakari.work.quality import AUDITORS, SEATS

AGREE = 2
JURY = "jury"

Known = Mapping[int, Mapping[str, Json]]
"""By task, the value of each control whose right value is known."""


def known(answers: Iterable[Answer], *, least: int = AGREE) -> dict[int, dict[str, Json]]:
    """Return by task the controls whose right value is known: at least `least` gave it, and nothing else was given as often.

    The order of the answers plays no part. Tasks of which nothing is known are left out.
    """
    by_task: dict[int, list[Mapping[str, Json]]] = {}
    for each in answers:
        by_task.setdefault(each.task, []).append(cast(Mapping[str, Json], each.answer))
    found = {task: _agreed(given, least) for task, given in sorted(by_task.items())}
    return {task: right for task, right in found.items() if right}


def decided(answers: Iterable[tuple[str, Answer]]) -> dict[int, dict[str, Json]]:
    """Return what answers of all roles make known: a jury's word stands over an audit's, which is retired by it.

    That a task does not let one decide, and any value of it, exclude each other.
    """
    rows = list(answers)
    found = known(answer for role, answer in rows if role != JURY)
    for task, right in ruled(rows).items():
        audited = found.get(task, {})
        stays = {} if CANNOT_TELL in right else {name: audited[name] for name in audited if name != CANNOT_TELL}
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


def surplus(
    answers: Iterable[tuple[str, Answer]], *, jurors: int, committed: Collection[str]
) -> Iterator[tuple[str, Answer, int]]:
    """Yield the answers that an order should not have taken, each with its role and how many of that role its task needed at most.

    Given in the order of (leaf, n). An account answers a task once in a role: 0 where it did before. Of a jury all `jurors` are needed,
    of auditors two who agree or three; in `committed` roles, whose answers don't come in the order of their leaves, three.
    """
    given: dict[tuple[str, int], list[Answer]] = {}
    for role, answer in answers:
        before = given.setdefault((role, answer.task), [])
        most = jurors if role == JURY else AUDITORS
        if role != JURY and role not in committed and len(before) >= SEATS:
            most = SEATS if agree([each.answer for each in before]) else AUDITORS
        if any(each.account == answer.account for each in before):
            yield role, answer, 0
        elif len(before) >= most:
            yield role, answer, most
        before.append(answer)
