"""What each answer of any kind is worth given all others: one procedure, with a measure that says how alike two answers are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Generic, TypeVar

from hakari.truth.dense import mixed
from hakari.truth.judgement import AGREES, DIFFERS_FROM_AUDIT, DIFFERS_FROM_CONSENSUS, SURE, UNDECIDED
from hakari.truth.rules import bps, signed_bps
from hakari.truth.votes import BadVotes, EmptyVotes, byte_sorted

A = TypeVar("A")

NEEDS_REVIEW: Final = "needs_review"
ANSWER_REASONS: Final = (AGREES, UNDECIDED, DIFFERS_FROM_CONSENSUS, DIFFERS_FROM_AUDIT, NEEDS_REVIEW)

# Beyond this many answers a task's consensus comes from that many, drawn by hash: pairs cost the square.
JURY: Final = 30
ROUNDS: Final = 4
# Answers of a typical worker that stand behind everybody's first one.
SHRINK: Final = 4.0
LEAST: Final = 0.05
# Other tasks on which the same answer is tried, to see what it would score without looking.
ELSEWHERE: Final = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure(Generic[A]):
    """How answers of one kind compare. unit: what is compared, in words. likeness: symmetric, 0 to 1, 1 for equal answers.

    merged(answers, weights, alike): the consensus; alike (n, n) holds their likeness. enough: likeness from which two answers say the
    same. reviewed: where answers differ, people have to read them; without agreement the reason is `needs_review`.
    """

    unit: str
    likeness: Callable[[A, A], float]
    merged: Callable[[Sequence[A], Sequence[float], Sequence[Sequence[float]]], A]
    enough: float
    reviewed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """score_bps: likeness to what all other voices say (to the audit where there is one), 0..10000. merit_bps: at most 10000, the same
    above what this answer would score on other tasks: 0 in the mean for any answer that ignores its task."""

    accepted: bool
    score_bps: int
    merit_bps: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreed(Generic[A]):
    """A task's consensus. support_bps: weighted likeness of the answers to it; voices: how many independent ones there were."""

    answer: A
    support_bps: int
    voices: int


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedAnswers(Generic[A]):
    """findings: one an answer, in the order given. agreed: task → consensus. reliability: worker → 0.05 to 1. chance: likeness of
    answers to different tasks."""

    findings: tuple[Finding, ...]
    agreed: Mapping[str, Agreed[A]]
    reliability: Mapping[str, float]
    chance: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task(Generic[A]):
    """places: of its answers among the rows; jury: which of them form the consensus; alike: (n, jury) likeness."""

    name: str
    places: tuple[int, ...]
    jury: tuple[int, ...]
    alike: tuple[tuple[float, ...], ...]


def judge_answers(
    rows: Sequence[tuple[str, str, A]],
    measure: Measure[A],
    *,
    known: Mapping[str, A] | None = None,
    voices: Mapping[str, str] | None = None,
) -> JudgedAnswers[A]:
    """Return what each (task, worker, answer) is worth given all others, and each task's consensus.

    An answer is compared with the merged answers of all other voices, weighed by reliability: the mean merit of a worker's answers,
    shrunk to the crowd's with four pseudo-answers, in four rounds. It is accepted where it is alike enough, and where fewer than four
    fifths of at least two other voices agree among themselves: doubt is paid by the buyer. known: task → audited answer. voices:
    worker → name of the copy group; a group is one voice and never speaks for its own members. No order of rows matters.

    Raises EmptyVotes without a row, BadVotes for two answers of one worker to a task. Cost O(answers * 30) likenesses.
    """
    if not rows:
        raise EmptyVotes("at least one answer expected, got none")
    # From here on everything runs in order of (task, worker), whatever the order of arrival.
    given = sorted(range(len(rows)), key=lambda n: (_bytes(rows[n][0]), _bytes(rows[n][1])))
    rows = [rows[n] for n in given]
    # A group and an account may share a name; the pair keeps them apart.
    heard = {row[1]: ("", row[1]) for row in rows} | {w: ("group", v) for w, v in (voices or {}).items()}
    fixed = known or {}
    tasks = _tasks(rows, measure)
    chance = _chance(tasks, rows, measure)
    trust = dict.fromkeys(byte_sorted({row[1] for row in rows}), 1.0)
    likeness = [0.0] * len(rows)
    support = [0.0] * len(rows)
    for _ in range(ROUNDS):
        for task in tasks:
            for n, place in enumerate(task.places):
                likeness[place], support[place] = _against(task, n, rows, measure, fixed, heard, trust)
        trust = _reliability(rows, likeness, chance, trust)
    agreed = {task.name: _agreed(task, rows, measure, fixed, heard, trust) for task in tasks}
    base = _elsewhere(tasks, rows, measure, agreed)
    found = {
        place: _finding(measure, likeness[n], support[n], base[n], chance, audited=rows[n][0] in fixed)
        for n, place in enumerate(given)
    }
    return JudgedAnswers(
        findings=tuple(found[n] for n in range(len(rows))), agreed=agreed, reliability=trust, chance=chance
    )


def _tasks(rows: Sequence[tuple[str, str, A]], measure: Measure[A]) -> list[_Task[A]]:
    by_task: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        by_task.setdefault(row[0], []).append(place)
    made: list[_Task[A]] = []
    for number, name in enumerate(byte_sorted(by_task)):
        places = by_task[name]
        for before, after in pairwise(places):
            if rows[before][1] == rows[after][1]:
                raise BadVotes(
                    f"one answer of a worker to a task expected, got two of worker {rows[after][1]!r} to task {name!r}"
                )
        drawn = sorted(range(len(places)), key=lambda n: int(mixed(number, n)))[:JURY]
        jury = tuple(sorted(drawn))
        known: dict[tuple[int, int], float] = {}
        for n, one in enumerate(places):
            for m in jury:
                if (m, n) in known:
                    known[n, m] = known[m, n]
                else:
                    known[n, m] = 1.0 if n == m else _checked(measure.likeness(rows[one][2], rows[places[m]][2]))
        alike = tuple(tuple(known[n, m] for m in jury) for n in range(len(places)))
        made.append(_Task(name=name, places=tuple(places), jury=jury, alike=alike))
    return made


def _checked(likeness: float) -> float:
    if not 0 <= likeness <= 1 + 1e-9:
        raise BadVotes(f"a likeness of 0 to 1 expected, got {likeness}")
    return min(1.0, likeness)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _chance(tasks: Sequence[_Task[A]], rows: Sequence[tuple[str, str, A]], measure: Measure[A]) -> float:
    """Return the mean likeness of answers to different tasks: what likeness says nothing."""
    if len(tasks) < 2:
        return 0.0
    total, count = 0.0, 0
    for number, task in enumerate(tasks[:: max(1, len(tasks) // 200)]):
        for step in range(2):
            other = tasks[int(mixed(number, step)) % len(tasks)]
            if other.name != task.name:
                one = task.places[int(mixed(number, step + 2)) % len(task.places)]
                two = other.places[int(mixed(number, step + 4)) % len(other.places)]
                total += _checked(measure.likeness(rows[one][2], rows[two][2]))
                count += 1
    return min(0.95, total / count) if count else 0.0


def _against(  # noqa: PLR0917 one answer beside what is known of all
    task: _Task[A],
    n: int,
    rows: Sequence[tuple[str, str, A]],
    measure: Measure[A],
    fixed: Mapping[str, A],
    heard: Mapping[str, tuple[str, str]],
    trust: Mapping[str, float],
) -> tuple[float, float]:
    """Return the likeness of an answer to what others say, and how far at least two of them agree among themselves."""
    place = task.places[n]
    if task.name in fixed:
        return _checked(measure.likeness(rows[place][2], fixed[task.name])), 1.0
    own = heard[rows[place][1]]
    them = [(j, m) for j, m in enumerate(task.jury) if heard[rows[task.places[m]][1]] != own]
    if not them:
        return 0.0, 0.0
    weights = _weights([rows[task.places[m]][1] for _, m in them], heard, trust)
    answers = [rows[task.places[m]][2] for _, m in them]
    alike = [[task.alike[m][j] for j, _ in them] for _, m in them]
    said = measure.merged(answers, weights, alike)
    close = [_checked(measure.likeness(answer, said)) for answer in answers]
    agree = sum(w for w, c in zip(weights, close, strict=True) if c >= measure.enough) / sum(weights)
    several = len({heard[rows[task.places[m]][1]] for _, m in them}) > 1
    return _checked(measure.likeness(rows[place][2], said)), agree if several else 0.0


def _weights(workers: Sequence[str], heard: Mapping[str, tuple[str, str]], trust: Mapping[str, float]) -> list[float]:
    """Return each worker's weight: their reliability, shared out among those who are one voice."""
    count: dict[tuple[str, str], int] = {}
    for worker in workers:
        count[heard[worker]] = count.get(heard[worker], 0) + 1
    return [trust[worker] / count[heard[worker]] for worker in workers]


def _reliability(
    rows: Sequence[tuple[str, str, A]], likeness: Sequence[float], chance: float, before: Mapping[str, float]
) -> dict[str, float]:
    sums = dict.fromkeys(before, 0.0)
    count = dict.fromkeys(before, 0)
    for (_, worker, _), near in zip(rows, likeness, strict=True):
        sums[worker] += (near - chance) / (1 - chance)
        count[worker] += 1
    crowd = sum(sums.values()) / len(rows)
    return {w: min(1.0, max(LEAST, (sums[w] + SHRINK * crowd) / (count[w] + SHRINK))) for w in before}


def _agreed(  # noqa: PLR0917 as `_against`
    task: _Task[A],
    rows: Sequence[tuple[str, str, A]],
    measure: Measure[A],
    fixed: Mapping[str, A],
    heard: Mapping[str, tuple[str, str]],
    trust: Mapping[str, float],
) -> Agreed[A]:
    jurors = [rows[task.places[m]][1] for m in task.jury]
    answers = [rows[task.places[m]][2] for m in task.jury]
    voices = len({heard[rows[place][1]] for place in task.places})
    if task.name in fixed:
        return Agreed(answer=fixed[task.name], support_bps=bps(1.0), voices=voices)
    weights = _weights(jurors, heard, trust)
    said = measure.merged(answers, weights, [task.alike[m] for m in task.jury])
    close = sum(w * _checked(measure.likeness(answer, said)) for w, answer in zip(weights, answers, strict=True))
    return Agreed(answer=said, support_bps=bps(close / sum(weights)), voices=voices)


def _elsewhere(
    tasks: Sequence[_Task[A]],
    rows: Sequence[tuple[str, str, A]],
    measure: Measure[A],
    agreed: Mapping[str, Agreed[A]],
) -> list[float]:
    """Return what each answer would score on other tasks of its worker, and on any where those are few."""
    own: dict[str, list[str]] = {}
    for task in tasks:
        for place in task.places:
            own.setdefault(rows[place][1], []).append(task.name)
    every = [task.name for task in tasks]
    base: list[float] = []
    for place, (task, worker, answer) in enumerate(rows):
        tried: list[float] = []
        for step in range(ELSEWHERE):
            # Half from the worker's own tasks: what ignores them must gain nothing by choosing easy ones.
            among = own[worker] if step % 2 and len(own[worker]) > 1 else every
            other = among[int(mixed(place, step)) % len(among)]
            if other != task:
                tried.append(_checked(measure.likeness(answer, agreed[other].answer)))
        base.append(sum(tried) / len(tried) if tried else 0.0)
    return base


def _finding(
    measure: Measure[A], likeness: float, support: float, base: float, chance: float, *, audited: bool
) -> Finding:
    merit = signed_bps((likeness - base) / (1 - chance))
    score = bps(likeness)
    if likeness >= measure.enough:
        return Finding(accepted=True, score_bps=score, merit_bps=merit, reason=AGREES)
    if audited:
        return Finding(accepted=False, score_bps=score, merit_bps=merit, reason=DIFFERS_FROM_AUDIT)
    if support >= SURE:
        return Finding(accepted=False, score_bps=score, merit_bps=merit, reason=DIFFERS_FROM_CONSENSUS)
    reason = NEEDS_REVIEW if measure.reviewed else UNDECIDED
    return Finding(accepted=True, score_bps=score, merit_bps=merit, reason=reason)
