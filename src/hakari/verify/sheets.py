"""Exams made again: the right answers as their order committed to them, and who passed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.verify.docket import Docket
from hakari.verify.hidden import Hidden
from hakari.verify.ledger import OrderFile
from hakari.verify.placed import Placed
from hakari.work import blind, exams, quality
from hakari.work.blind import Known
from hakari.work.quality import Exam


def exam_of(file: OrderFile) -> Exam | None:
    """Return what makes an order an exam, None where it is none or its quality can't be read."""
    try:
        return quality.exam(file.order.quality)
    except HakariError:
        return None


def truths(docket: Docket, file: OrderFile, exam: Exam, publics: Sequence[Mapping[str, Json]]) -> Known | None:
    """Return the right answers of an exam, None where they can't be read."""
    kind = docket.kinds.get(file.order.source)
    found: dict[int, Mapping[str, Json]] = {}
    if kind is None:
        return None

    def look() -> None:
        found.update(exams.truths(docket.shelf.lines(exam.truths), kind, file.order.spec, publics))

    return found if docket.try_evidence(look) else None


def known(
    docket: Docket, file: OrderFile, exam: Exam, publics: Sequence[Mapping[str, Json]], hidden: Hidden
) -> Known | None:
    """Return the right answers of an exam as its jury corrected them, None where they can't be read."""
    written = truths(docket, file, exam, publics)
    return None if written is None else exams.corrected(written, blind.ruled(hidden))


def check_exams(docket: Docket) -> None:
    """Hold every result of an exam against its verdicts, and what was said again against those that amend.

    Before there are any, it is the operator's word.
    """
    with docket.findings.section("exams"):
        for file in docket.log.ledger.orders.values():
            if exam_of(file) is None:
                continue
            if not file.rulings:
                docket.findings.holds("attested", len(file.results))
                continue
            _check(docket, file)
            if len(file.rulings) > 1:
                _check_again(docket, file)


def _right(docket: Docket, ruling: Placed) -> dict[Account, int] | None:
    """Return how many answers of each account verdicts of an exam accept."""
    judged = docket.merits.get(ruling.id)
    if judged is None:
        return None
    right = Counter(judged.workers[place] for place, accepted in judged.accepted.items() if accepted)
    return {account: right[account] for account in sorted(set(judged.workers.values()))}


def _check_again(docket: Docket, file: OrderFile) -> None:
    """Hold what was said again; whom a jury's word changed has it before any settlement after the verdicts that amend."""
    ruling = file.rulings[-1].placed
    first, right = _right(docket, file.rulings[0].placed), _right(docket, ruling)
    if first is None or right is None:
        return
    settled = min((each.leaf for each in file.settlements if each.leaf > ruling.leaf), default=None)
    for account, count in right.items():
        said = file.revised.get(account)
        what = "right answers, said again"
        if said is not None and docket.findings.same(said.id, what, expected=count, got=said.number("right")):
            docket.findings.holds("recomputed" if ruling.id in docket.judged else "attested")
        if count != first.get(account) and settled is not None and (said is None or said.leaf > settled):
            what = f"result of {account}, said again"
            docket.findings.wrong(ruling.id, what, expected="before the settlement", got="not")


def _check(docket: Docket, file: OrderFile) -> None:
    ruling = file.rulings[0].placed
    right = _right(docket, ruling)
    if right is None:
        return
    for account in right:
        said = file.results.get(account)
        if said is None or said.leaf > ruling.leaf:
            docket.findings.wrong(ruling.id, f"result of {account}", expected="before the exam's verdicts", got="none")
            continue
        if docket.findings.same(said.id, "right answers", expected=right[account], got=said.number("right")):
            docket.findings.holds("recomputed" if ruling.id in docket.judged else "attested")
