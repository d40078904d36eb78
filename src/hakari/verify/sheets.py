"""Exams made again: the right answers as their order committed to them, and who passed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.verify.docket import Docket
from hakari.verify.ledger import OrderFile
from hakari.work import exams, quality
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


def check_exams(docket: Docket) -> None:
    """Hold every result of an exam against its verdicts. Before there are any, it is the operator's word."""
    with docket.findings.section("exams"):
        for file in docket.log.ledger.orders.values():
            if exam_of(file) is None:
                continue
            if not file.rulings:
                docket.findings.holds("attested", len(file.results))
                continue
            _check(docket, file)


def _check(docket: Docket, file: OrderFile) -> None:
    ruling = file.rulings[-1].placed
    known = docket.merits.get(ruling.id)
    if known is None:
        return
    right = Counter(known.workers[place] for place, accepted in known.accepted.items() if accepted)
    for account in sorted(set(known.workers.values())):
        said = file.results.get(account)
        if said is None or said.leaf > ruling.leaf:
            docket.findings.wrong(ruling.id, f"result of {account}", expected="before the exam's verdicts", got="none")
            continue
        if docket.findings.same(said.id, "right answers", expected=right[account], got=said.number("right")):
            docket.findings.holds("recomputed" if ruling.id in docket.judged else "attested")
