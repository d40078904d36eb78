"""Answers in other roles than work: opened against their commitments, each by somebody who was drawn; and what they make known."""

from collections import Counter
from collections.abc import Mapping, Sequence

from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.pay import settlements
from hakari.sources.kind import Answer, Verdict
from hakari.verify import calibrations, openings
from hakari.verify.docket import Docket, Merits
from hakari.verify.evidence import BadEvidence
from hakari.verify.ledger import OrderFile, Ruling
from hakari.verify.openings import Place, Wrong
from hakari.verify.placed import Submission
from hakari.work import blind, doubt, quality
from hakari.work.challenges import NOTHING, Carried
from hakari.work.quality import BY_MERIT, REVIEWERS

Hidden = list[tuple[str, Answer]]
"""Answers with their roles, in order of (leaf, n)."""


def blind_answers(
    docket: Docket, file: OrderFile, ruling: Ruling, publics: Sequence[Mapping[str, Json]]
) -> Hidden | None:
    """Return the blind answers that verdicts open, each allowed; none where the order asks for none, None where they can't be read."""
    where, digest = ruling.placed.id, ruling.placed.body.get("blind")
    asked = bool(quality.rewards(file.order.quality))
    if not docket.findings.same(where, "blind answers", expected=asked, got=digest is not None) or digest is None:
        return None if asked else []
    if file.order.evidence == "sealed" and not docket.shelf.has(str(digest)):
        return None
    found, before = Hidden(), docket.findings.found

    def look() -> None:
        lines = docket.shelf.raw_lines(str(digest))
        places = [(each, n) for each in ruling.blind for n in range(len(each)) if (each.leaf, n) not in ruling.unopened]
        commitments = b"".join(each.commitments[32 * n : 32 * n + 32] for each, n in places)
        at: list[Place] = [(each.leaf, n) for each, n in places]
        read = 0
        for each, (submission, n) in zip(openings.opened(lines, at, commitments), places, strict=False):
            read += 1
            if isinstance(each, Wrong):
                what = f"line {each.line}, {each.what}"
                docket.findings.wrong(docket.shelf.last, what, expected=each.expected, got=each.got)
                continue
            task, content = each
            answer = Answer(account=submission.author, task=task, answer=content, leaf=submission.leaf, n=n)
            _allowed(docket, file, submission, answer, publics)
            found.append((submission.role, answer))
        read += sum(1 for _ in lines)
        if read != len(places):
            raise BadEvidence(docket.shelf.last, "lines", expected=f"{len(places)}", got=f"{read}")

    if not docket.try_evidence(look) or docket.findings.found != before:
        return None
    _enough(docket, file, found)
    _called_together(docket, file, found)
    _waited(docket, file, ruling, found)
    _jury_sat(docket, file, ruling, found)
    docket.findings.holds("recomputed", len(found))
    return found


def _allowed(
    docket: Docket, file: OrderFile, submission: Submission, answer: Answer, publics: Sequence[Mapping[str, Json]]
) -> None:
    """Check that this account was drawn for this task in this role, was assigned it before, and answers in the form of its kind."""
    where = f"{submission.role} answer {answer.n} of leaf {answer.leaf} by {answer.account}"
    panel = docket.panels.get((file.order.id, submission.role), {}).get(answer.task, ())
    leaf = file.seated.get(submission.role, {}).get(answer.account, {}).get(answer.task)
    if answer.account not in panel:
        docket.findings.wrong(where, "panel", expected=f"one of {list(panel)}", got=answer.account)
    elif leaf is None or leaf >= answer.leaf:
        docket.findings.wrong(where, "assignment", expected=f"task {answer.task} assigned before", got="not assigned")
    if submission.tasks and submission.tasks[answer.n] != answer.task:
        docket.findings.wrong(where, "task", expected=f"{submission.tasks[answer.n]}, as committed", got=answer.task)
    calibrations.check_version(docket, file, submission, answer)
    kind = docket.kinds.get(file.order.source)
    if kind is None or answer.task >= len(publics):
        return
    try:
        checked = kind.check(file.order.spec, publics[answer.task], answer.answer)
    except HakariError as error:
        docket.findings.wrong(where, "answer", expected="one that its kind allows", got=error.message)
        return
    if checked != answer.answer:
        docket.findings.wrong(where, "answer", expected=checked, got=answer.answer)


def _enough(docket: Docket, file: OrderFile, found: Hidden) -> None:
    """Check that each task has one answer of an account in a role, and none beyond those that it needs."""
    declared = quality.read(file.order.quality)
    if declared is None:
        return
    committed = () if declared.reveal is None else declared.reveal.roles
    for role, answer, most in blind.surplus(found, least=declared.least, committed=committed):
        where = f"{role} answer {answer.n} of leaf {answer.leaf} by {answer.account}"
        expected = f"none that has its {most} {role} answers" if most else "each task once"
        docket.findings.wrong(where, "task", expected=expected, got=f"task {answer.task}")


def _called_together(docket: Docket, file: OrderFile, found: Hidden) -> None:
    """Check that reviewers of a task were called for together: first all who were asked at once, then all whom those asked for."""
    given = {(answer.leaf, answer.n): answer.answer for role, answer in found if role == blind.REVIEW}
    for wave, wanted in file.commits.torn(given, REVIEWERS[0]):
        what = f"call of task {wave.task}"
        docket.findings.wrong(wave.call.id, what, expected=f"after {wanted} commitments", got=wave.stands)


def check_called(docket: Docket, file: OrderFile, ruling: Ruling) -> None:
    """Check that no committed answer was passed over: each was called for, and opened or its time was over.

    Work is called for before all of a task have committed where its buyer closes the order on chain, and nowhere else.
    """
    try:
        declared = quality.read(file.order.quality)
    except HakariError:
        return
    if declared is None or declared.reveal is None:
        return
    funded = None if docket.replay is None else docket.replay.orders.get(file.order.escrow_order)
    if funded is not None and not funded.closing:
        # A closing that was heard before the call is told by the next chain statement.
        told = max((each.leaf for each in docket.log.ledger.chains), default=-1)
        for each in (early for early in file.commits.early if early.leaf < told):
            expected = f"{file.order.redundancy} commitments, or {file.order.deadline}"
            docket.findings.wrong(each.id, "time of a call for work", expected=expected, got=each.time)
    placed, within_s = ruling.placed, declared.reveal.within_s
    for each in file.commits.pending(placed.time, placed.number("size"), within_s):
        until = each.open_until(within_s)
        docket.findings.wrong(
            placed.id,
            f"committed answer to task {each.task} by {each.account}",
            expected="opened, or called for and its time over",
            got="not called for" if until is None else f"verdicts at {placed.time}, to be opened before {until}",
        )


def _waited(docket: Docket, file: OrderFile, ruling: Ruling, found: Hidden) -> None:
    """Check that nobody drawn was passed over: verdicts come when every drawn task has its answers, or when the time is over."""
    declared = quality.read(file.order.quality)
    if declared is None or not ruling.submissions:
        return
    for role, name in (("audit", "auditors"), (blind.REVIEW, "reviewers")):
        drawn = file.lots.get(role)
        if declared.asked(role) is None:
            continue
        if drawn is None:
            docket.findings.wrong(ruling.placed.id, f"draw of {role}s", expected="before the verdicts", got="none")
            continue
        due = drawn.time + declared.within_s(role)
        if ruling.placed.time >= due:
            continue
        given: dict[int, list[Json]] = {}
        for of, answer in found:
            if of == role:
                given.setdefault(answer.task, []).append(answer.answer)
        for task in docket.panels.get((file.order.id, role), {}):
            rows = given.get(task, [])
            if len(rows) < blind.wanted(role, rows, seats=declared.least(role)):
                expected = f"time {due} or {declared.least(role)} {name} of task {task} who agree"
                docket.findings.wrong(ruling.placed.id, "time of verdicts", expected=expected, got=ruling.placed.time)


def _jury_sat(docket: Docket, file: OrderFile, ruling: Ruling, found: Hidden) -> None:
    """Check that verdicts that amend come when every juror of a panel's seats has answered, or when their time is over."""
    declared, drawn = quality.read(file.order.quality), file.lots.get(blind.JURY)
    if "amends" not in ruling.placed.body or declared is None or declared.appeals is None:
        return
    if drawn is None:
        docket.findings.wrong(ruling.placed.id, "draw of a jury", expected="before verdicts that amend", got="none")
        return
    over = drawn.time + declared.appeals.within_s
    if ruling.placed.time >= over:
        return
    given = Counter(answer.task for role, answer in found if role == blind.JURY)
    for task in docket.panels.get((file.order.id, blind.JURY), {}):
        if given[task] < declared.appeals.jurors:
            expected = f"{declared.appeals.jurors} jurors of task {task}, or time {over}"
            docket.findings.wrong(ruling.placed.id, "time of verdicts", expected=expected, got=given[task])


def keep_merits(
    docket: Docket,
    file: OrderFile,
    ruling: Ruling,
    *,
    verdicts: Sequence[Verdict],
    answers: Sequence[Answer] | None,
    hidden: Hidden | None,
    carried: Carried | None,
) -> None:
    """Keep what settlements will ask of these verdicts, where their order pays by merit. carried: what a stock made known, None where
    that can't be seen."""
    if file.order.quality["rules"] not in BY_MERIT:
        return
    known = None if hidden is None or carried is None else blind.audited(hidden, carried.known)
    rows = answers if answers is not None else list(_unopened(ruling))
    audited = None if known is None or answers is None else set(known)
    judged = list(zip(rows, verdicts, strict=False))
    proves = quality.exam(file.order.quality) is None and doubt.proves(file.order, ruling.placed.time)
    docket.merits[ruling.placed.id] = Merits(
        batches=settlements.batches(judged, audited or set(), carried or NOTHING)
        if proves
        else settlements.sheets(judged),
        blind=settlements.blind_batches(
            hidden or [],
            judged=judged,
            rewards=quality.rewards(file.order.quality),
            fee_bps=file.terms.fee_bps,
            carried=carried or NOTHING,
        ),
        audited=audited,
        known=known,
        accepted={(each.leaf, each.n): verdict.accepted for each, verdict in judged},
        tasks={(each.leaf, each.n): each.task for each in rows},
        workers={(each.leaf, each.n): each.account for each in rows},
        doubted={(each.leaf, each.n) for each, verdict in judged if verdict.reason in doubt.BY_DOUBT},
        ruled=blind.ruled(hidden or ()),
    )


def _unopened(ruling: Ruling) -> list[Answer]:
    """Return places of sealed answers: whose they are is known, what they say is not."""
    return [
        Answer(account=Account(submission.author), task=-1, answer=None, leaf=submission.leaf, n=n)
        for submission in ruling.submissions
        for n in ruling.numbers(submission)
    ]
