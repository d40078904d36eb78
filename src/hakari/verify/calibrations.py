"""Calibrations held against opened answers: the first tasks had all of them, and each answer is under the version that was shown."""

from collections import Counter
from collections.abc import Sequence

from hakari.access.quarantine import fold
from hakari.sources.kind import Answer
from hakari.verify.docket import Docket
from hakari.verify.ledger import OrderFile
from hakari.verify.placed import Submission


def check(docket: Docket, file: OrderFile, answers: Sequence[Answer]) -> None:
    """Hold a `calibration` against the order's opened answers: each of its first tasks had all of them in earlier leaves.

    A task that a decision stopped may have fewer.
    """
    said = file.calibration
    if said is None:
        return
    given = Counter(each.task for each in answers if each.leaf < said.leaf)
    stopped = fold(each.body for each in docket.log.ledger.decisions if each.leaf < said.leaf).tasks(file.order.id)
    short = [n for n in range(file.order.first) if given[n] < file.order.redundancy and n not in stopped]
    if short:
        docket.findings.wrong(
            said.id,
            f"answers to task {short[0]} before the calibration was over",
            expected=file.order.redundancy,
            got=given[short[0]],
        )
    else:
        docket.findings.holds("recomputed")


def check_version(docket: Docket, file: OrderFile, submission: Submission, answer: Answer) -> None:
    """Check that an answer was given under the version of the guideline that its task was shown with."""
    version = file.course.version(answer.task)
    if submission.guideline != version:
        docket.findings.wrong(
            submission.id,
            f"guideline of answer {answer.n} of leaf {answer.leaf}, to task {answer.task}",
            expected=f"version {version}",
            got=submission.guideline,
        )
