"""What waves decided, decided again: once answers are opened, each task that stopped too early or went on too long has a name."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.core.money import BPS
from hakari.sources.kind import Answer, Batch
from hakari.verify import draws
from hakari.verify.docket import RULES_FAIL, Docket
from hakari.verify.ledger import OrderFile, Ruling
from hakari.verify.placed import Placed
from hakari.verify.waves import stopping_of
from hakari.work import panels, stopping
from hakari.work.quality import Stopping
from hakari.work.stopping import Choice

NEAR = 1e-6
"""How near a recorded chance must be to the recomputed one, and how near to the threshold either side of it may be taken."""


@dataclass(frozen=True, kw_only=True)
class _Case:
    """The waves of one order being decided again. answers: what its first verdicts judge, None where that can't be seen."""

    docket: Docket
    file: OrderFile
    rule: Stopping
    answers: Sequence[Answer] | None
    publics: Sequence[Mapping[str, Json]]

    @property
    def most(self) -> int:
        return self.file.order.redundancy

    @property
    def at_first(self) -> list[int]:
        return [self.rule.first] * self.file.task_count

    def before(self, placed: Placed) -> list[Answer]:
        """Return the answers that a wave is over."""
        return [each for each in self.answers or () if each.leaf < placed.number("size")]


def check_waves(
    docket: Docket,
    file: OrderFile,
    ruling: Ruling,
    answers: Sequence[Answer] | None,
    publics: Sequence[Mapping[str, Json]],
) -> None:
    """Hold every wave of an order that stops early, and its end, against the answers that its first verdicts judge."""
    rule = stopping_of(file)
    if rule is None or "amends" in ruling.placed.body:
        return
    case = _Case(docket=docket, file=file, rule=rule, answers=answers, publics=publics)
    found = docket.findings.found
    wanted, full = case.at_first, set[int]()
    for placed in file.waves:
        first = placed is file.waves[0]
        choices = _read(case, placed, wanted, first=first)
        if choices is None:
            return
        if first:
            full = stopping.full_of(choices, most=case.most)
            _check_draw(case, placed, choices)
        elif answers is not None:
            _check_choices(case, placed, choices, _again(case, placed, wanted, full))
        docket.findings.same(
            placed.id, "further answers", expected=stopping.further(wanted, choices), got=placed.number("further")
        )
        if answers is not None:
            _check_counts(case, placed, case.before(placed), wanted, whole=True)
        # Each wave is held against what those before it are recorded to have asked for: one lie is named once.
        wanted = stopping.after(wanted, choices)
    if answers is not None:
        _check_counts(case, ruling.placed, answers, wanted, whole=False)
    if docket.findings.found == found:
        docket.findings.holds("attested" if answers is None else "recomputed", len(file.waves))


def _read(case: _Case, placed: Placed, wanted: Sequence[int], *, first: bool) -> list[Choice] | None:
    """Return what a wave decided, of the tasks that it must be about and only what a wave can; None where that can't be read."""
    digest, found = placed.text("decisions"), list[Choice]()

    def look() -> None:
        found.extend(stopping.read(case.docket.shelf.lines(digest)))
        about = [task for task, got in enumerate(wanted) if got < case.most]
        if [each.task for each in found] != about:
            raise case.docket.shelf.broken(digest, 1, f"one line for each of {len(about)} tasks", str(len(found)))
        for line, each in enumerate(found, 1):
            least = wanted[each.task]
            allowed = each.wanted in ((least, case.most) if first else (least, least + 1))
            if not allowed or (each.sure is None) is not first:
                raise case.docket.shelf.broken(digest, line, "a choice that a wave can make", str(each.line()))

    return found if case.docket.try_evidence(look) else None


def _check_draw(case: _Case, placed: Placed, recorded: Sequence[Choice]) -> None:
    docket, file, size = case.docket, case.file, placed.number("size")
    last = max(each.leaf for each in file.submissions if each.leaf < size)
    if docket.replay is not None and draws.anchor_of(docket, placed, last) is None:
        return
    seed = panels.seed(
        root=docket.log.roots.at(size), block_hash=placed.text("block_hash"), order=file.order.id, role=stopping.FULL
    )
    full = stopping.drawn(seed, case.rule, tasks=file.task_count)
    again = stopping.begin(case.rule, full, tasks=file.task_count, most=case.most)
    for mine, theirs in zip(again, recorded, strict=True):
        docket.findings.same(
            placed.id, f"answers to task {mine.task} by the draw", expected=mine.wanted, got=theirs.wanted
        )


def _again(case: _Case, placed: Placed, wanted: Sequence[int], full: set[int]) -> list[Choice] | None:
    """Return what a wave must have decided, None where its kind can't be asked."""
    kind = case.docket.kinds.get(case.file.order.source)
    if kind is None:
        return None
    order = case.file.order
    batch = Batch(spec=order.spec, quality=order.quality, tasks=case.publics, answers=case.before(placed))
    try:
        sure = stopping.surely(kind, batch, full, case.rule)
    except (HakariError, *RULES_FAIL) as error:
        case.docket.findings.wrong(placed.id, "deciding", expected="a choice by the stated rules", got=str(error))
        return None
    return stopping.decide(case.rule, sure, wanted, most=case.most)


def _check_choices(case: _Case, placed: Placed, recorded: Sequence[Choice], again: Sequence[Choice] | None) -> None:
    """Name each task that stopped too early or went on too long. One as near to the threshold as rounding may lie on either side."""
    limit = case.rule.sure_bps / BPS
    for mine, theirs in zip(again or (), recorded if again is not None else (), strict=True):
        ours, told = mine.sure or 0.0, theirs.sure or 0.0
        near = abs(ours - told) <= NEAR
        if not near:
            case.docket.findings.wrong(placed.id, f"how sure task {mine.task} is", expected=repr(ours), got=repr(told))
        if mine.wanted != theirs.wanted and not (near and abs(ours - limit) <= NEAR):
            case.docket.findings.wrong(
                placed.id,
                f"task {mine.task}, {'stopped too early' if theirs.wanted < mine.wanted else 'gone on too long'}",
                expected=f"{mine.wanted} answers, being {ours:.6f} sure",
                got=f"{theirs.wanted} answers",
            )


def _check_counts(case: _Case, where: Placed, answers: Sequence[Answer], wanted: Sequence[int], *, whole: bool) -> None:
    """Check that no task has more answers than waves asked for. whole: nor fewer, as before another wave."""
    counted = Counter(each.task for each in answers)
    for task, most in enumerate(wanted):
        if counted[task] > most or (whole and counted[task] < most):
            case.docket.findings.wrong(where.id, f"answers to task {task}", expected=most, got=counted[task])
