"""Verdicts judged again: openings against commitments, then the stated rules over the opened answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.sources.kind import Answer, Batch, Decision, Judgement, Kind, Verdict
from hakari.verify import calibrations, challenges, openings, results, sheets, stops
from hakari.verify.boards import differences
from hakari.verify.docket import RULES_FAIL, Docket, Outcome
from hakari.verify.ends import check_end
from hakari.verify.evidence import BadEvidence
from hakari.verify.hidden import Hidden, blind_answers, check_called, keep_merits
from hakari.verify.ledger import OrderFile, Ruling
from hakari.verify.openings import Place, Wrong
from hakari.verify.placed import Submission
from hakari.work import blind, doubt
from hakari.work.blind import Known
from hakari.work.challenges import NOTHING, Carried
from hakari.work.judging import key
from hakari.work.quality import BY_MERIT

SCORE_BPS = 1
STATISTIC = 1e-6


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One `verdicts` statement being judged again. `answered`: (account, task) pairs of the order so far."""

    docket: Docket
    file: OrderFile
    ruling: Ruling
    publics: Sequence[Mapping[str, Json]]
    answered: set[tuple[Account, int]]

    @property
    def id(self) -> str:
        return self.ruling.placed.id

    @property
    def place(self) -> tuple[int, str]:
        return self.file.order.pool, self.file.order.source

    @property
    def remembers(self) -> bool:
        kind = self.docket.kinds.get(self.file.order.source)
        return kind is not None and kind.remembers

    @property
    def earlier(self) -> list[Json] | None:
        """What the pool accepted before, for a kind that remembers it; None where some of it can't be seen here."""
        if not self.remembers:
            return []
        if self.place in self.docket.hidden:
            return None
        size = self.ruling.placed.number("size")
        return [answer for leaf, answer in self.docket.accepted.get(self.place, []) if leaf < size]

    def wrong(self, what: str, *, expected: object, got: object) -> None:
        self.docket.findings.wrong(self.id, what, expected=expected, got=got)


def check_rulings(docket: Docket, orders: Iterable[tuple[OrderFile, Sequence[Mapping[str, Json]]]]) -> None:
    """Judge all verdicts of these orders, each with its tasks' public parts, again in log order, and record their outcomes."""
    cases: list[_Case] = []
    for file, publics in orders:
        answered: set[tuple[Account, int]] = set()
        cases += [
            # What amends judges the same answers again.
            _Case(
                docket=docket,
                file=file,
                ruling=ruling,
                publics=publics,
                answered=set() if "amends" in ruling.placed.body else answered,
            )
            for ruling in file.rulings
        ]
    for case in sorted(cases, key=lambda each: each.ruling.placed.leaf):
        file, ruling = case.file, case.ruling
        found = docket.findings.found
        with docket.findings.section("answers"):
            check_end(docket, file, ruling)
            check_called(docket, file, ruling)
            challenges.check_seal(docket, file, ruling)
            answers = _answers(case)
            if answers is not None and "amends" not in ruling.placed.body:
                calibrations.check(docket, file, answers)
            hidden = blind_answers(docket, file, ruling, case.publics)
        with docket.findings.section("waves"):
            stops.check_waves(docket, file, ruling, answers, case.publics)
        with docket.findings.section("verdicts"):
            recorded = _results(case)
            _remember(case, answers, recorded)
            if recorded is None:
                continue
            exam = sheets.exam_of(file)
            jury = hidden or []
            carried = challenges.carried(docket, file, ruling)
            known = None if carried is None else blind.decided(jury, carried.known)
            if exam is not None:
                known = sheets.known(docket, file, exam, case.publics, jury)
            keep_merits(
                docket, file, ruling, verdicts=recorded.verdicts, answers=answers, hidden=hidden, carried=carried
            )
            if hidden is None or known is None:
                answers = None
            if answers is not None and case.earlier is None:
                docket.findings.holds("attested", ruling.count)
            elif (
                answers is not None
                and known is not None
                and _judge(case, answers, recorded, _Told(known=known, hidden=jury, carried=carried or NOTHING))
                and docket.findings.found == found
            ):
                docket.findings.holds("recomputed", ruling.count)
                docket.judged.add(ruling.placed.id)
            elif answers is None and docket.findings.found == found:
                docket.findings.holds("attested", ruling.count)
        if "amends" in ruling.placed.body:
            continue
        classes = docket.findings.classes
        classes[file.order.evidence] = classes.get(file.order.evidence, 0) + ruling.count


@dataclass(frozen=True, kw_only=True, slots=True)
class _Results:
    decisions: Sequence[Decision]
    verdicts: Sequence[Verdict]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """By what answers are judged: what is known, the answers in other roles that make it known, and what a stock does."""

    known: Known
    hidden: Hidden
    carried: Carried


def _remember(case: _Case, answers: Sequence[Answer] | None, recorded: _Results | None) -> None:
    """Keep what these verdicts accepted for those after them. What is taken is what is recorded: it was held against the rules."""
    if not case.remembers:
        return
    if answers is None or recorded is None or len(answers) != len(recorded.verdicts):
        case.docket.hidden.add(case.place)
        return
    leaf = case.ruling.placed.leaf
    case.docket.accepted.setdefault(case.place, []).extend(
        (leaf, answer.answer) for answer, verdict in zip(answers, recorded.verdicts, strict=True) if verdict.accepted
    )


def _places(ruling: Ruling) -> Iterator[Place]:
    for submission in ruling.submissions:
        for n in ruling.numbers(submission):
            yield submission.leaf, n


def _answers(case: _Case) -> list[Answer] | None:
    """Return the answers, each opened and allowed; None where one is not, or where they are sealed."""
    shelf, digest = case.docket.shelf, case.ruling.placed.text("answers")
    case.docket.findings.same(
        case.id, "count of answers", expected=case.ruling.count, got=case.ruling.placed.number("count")
    )
    if case.file.order.evidence == "sealed" and not shelf.has(digest):
        return None
    commitments = b"".join(
        submission.commitments
        if len(numbers := case.ruling.numbers(submission)) == len(submission)
        else b"".join(submission.commitments[32 * n : 32 * n + 32] for n in numbers)
        for submission in case.ruling.submissions
    )
    submissions = {submission.leaf: submission for submission in case.ruling.submissions}
    lines = shelf.raw_lines(digest)
    answers: list[Answer] = []
    found = case.docket.findings.found

    def look() -> None:
        read = 0
        for each, (account, leaf, n) in zip(
            openings.opened(lines, _places(case.ruling), commitments), _authors(case.ruling), strict=False
        ):
            read += 1
            if isinstance(each, Wrong):
                case.docket.findings.wrong(
                    shelf.last, f"line {each.line}, {each.what}", expected=each.expected, got=each.got
                )
                continue
            task, content = each
            answers.append(Answer(account=account, task=task, answer=content, leaf=leaf, n=n))
            _allowed(case, answers[-1], submissions[leaf])
        read += sum(1 for _ in lines)
        if read != case.ruling.count:
            raise BadEvidence(shelf.last, "lines", expected=f"{case.ruling.count}", got=f"{read}")

    if not case.docket.try_evidence(look) or case.docket.findings.found != found:
        return None
    case.docket.findings.holds("recomputed", len(answers))
    case.docket.opened.add(case.ruling.placed.id)
    return answers


def _authors(ruling: Ruling) -> Iterator[tuple[Account, int, int]]:
    """Yield author, leaf and number of each answer."""
    for submission in ruling.submissions:
        for n in ruling.numbers(submission):
            yield submission.author, submission.leaf, n


def _allowed(case: _Case, answer: Answer, submission: Submission) -> None:
    """Check that this account might answer this task, once and in time, in the form of its kind."""
    file, where = case.file, f"answer {answer.n} of leaf {answer.leaf}"
    if answer.task >= len(case.publics):
        case.wrong(f"task of {where}", expected=f"0 to {len(case.publics) - 1}", got=answer.task)
        return
    calibrations.check_version(case.docket, file, submission, answer)
    if submission.tasks and submission.tasks[answer.n] != answer.task:
        case.wrong(f"task of {where}", expected=f"{submission.tasks[answer.n]}, as committed", got=answer.task)
    pair = answer.account, answer.task
    if pair in case.answered:
        case.wrong(f"{where} by {answer.account}", expected="each task once", got=f"task {answer.task} again")
    case.answered.add(pair)
    if file.order.assignment != "open" and not file.may_answer(answer.account, answer.task, submission):
        case.wrong(
            f"{where} by {answer.account}",
            expected=f"task {answer.task} assigned before, for a time that covers {submission.time}",
            got="no such assignment",
        )
    kind = case.docket.kinds.get(file.order.source)
    if kind is None:
        return
    try:
        checked = kind.check(file.order.spec, case.publics[answer.task], answer.answer)
    except (HakariError, *RULES_FAIL) as error:
        case.wrong(where, expected="an answer that its kind allows", got=str(error))
        return
    if checked != answer.answer:
        case.wrong(where, expected=checked, got=answer.answer)


def _results(case: _Case) -> _Results | None:
    """Return decisions and verdicts as recorded, after counting them; also records the outcome. None where they can't be read."""
    placed, shelf = case.ruling.placed, case.docket.shelf
    decisions: list[Decision] = []
    verdicts: list[Verdict] = []
    accepted: dict[Account, int] = {}
    first: dict[Account, int] = {}
    early = case.file.terms.early
    most = 0 if early is None else early.answers

    def look() -> None:
        places = _authors(case.ruling)
        for thing in results.read(shelf.raw_lines(placed.text("results"))):
            if isinstance(thing, Decision):
                if decisions and key(thing) <= key(decisions[-1]):
                    raise BadEvidence(shelf.last, "decisions", expected="ascending by account", got=thing.account)
                decisions.append(thing)
                continue
            leaf, n, verdict = thing
            account, *place = next(places, ("", -1, -1))
            if place != [leaf, n]:
                raise BadEvidence(shelf.last, "verdict", expected=f"on {place or 'nothing'}", got=f"on {[leaf, n]}")
            verdicts.append(verdict)
            if verdict.accepted:
                # Rows come in the log's order.
                if sum(first.values()) < most:
                    first[Account(account)] = first.get(Account(account), 0) + 1
                accepted[Account(account)] = accepted.get(Account(account), 0) + 1
        if len(verdicts) != case.ruling.count:
            raise BadEvidence(shelf.last, "verdicts", expected=str(case.ruling.count), got=str(len(verdicts)))

    if not case.docket.try_evidence(look):
        return None
    total = sum(accepted.values())
    case.docket.outcomes[placed.id] = Outcome(judged=case.ruling.count, accepted=accepted, first=first)
    case.docket.findings.same(placed.id, "accepted answers", expected=total, got=placed.number("accepted"))
    if case.file.order.quality["rules"] in BY_MERIT:
        case.docket.findings.same(placed.id, "paid, by settlements alone", expected="0", got=placed.text("paid"))
    else:
        paid = str(total * case.file.order.reward)
        case.docket.findings.same(placed.id, "paid, reward × accepted", expected=paid, got=placed.text("paid"))
    case.docket.decisions[placed.id] = decisions
    return _Results(decisions=decisions, verdicts=verdicts)


def _judge(case: _Case, answers: Sequence[Answer], recorded: _Results, told: _Told) -> bool:
    """Return whether the rules give what is recorded, within the tolerances of formats section 4.9."""
    kind = case.docket.kinds.get(case.file.order.source)
    if kind is None:
        return False
    again = _judged(case, kind, answers, recorded, told.known)
    if again is not None:
        again = blind.by_review(again, answers, told.hidden, told.carried.known)
        again = _resolved(case, again, answers, told.hidden)
    if again is None or not case.docket.findings.same(
        case.id, "rules", expected=again.rules, got=case.ruling.placed.text("rules")
    ):
        return False
    found = case.docket.findings.found
    _same_decisions(case, again.decisions, recorded.decisions)
    for answer, mine, theirs in zip(answers, again.verdicts, recorded.verdicts, strict=True):
        if (mine.accepted, mine.reason) != (theirs.accepted, theirs.reason):
            case.wrong(
                f"verdict on answer {answer.n} of leaf {answer.leaf} by {answer.account}",
                expected=f"accepted {mine.accepted}, {mine.reason}",
                got=f"accepted {theirs.accepted}, {theirs.reason}",
            )
        elif abs(mine.score_bps - theirs.score_bps) > SCORE_BPS:
            case.wrong(
                f"score of answer {answer.n} of leaf {answer.leaf} by {answer.account}",
                expected=mine.score_bps,
                got=theirs.score_bps,
            )
        elif (mine.merit_bps is None) != (theirs.merit_bps is None) or (
            abs((mine.merit_bps or 0) - (theirs.merit_bps or 0)) > SCORE_BPS
        ):
            case.wrong(
                f"merit of answer {answer.n} of leaf {answer.leaf} by {answer.account}",
                expected=mine.merit_bps,
                got=theirs.merit_bps,
            )
    _same_summary(case, again)
    return case.docket.findings.found == found


def _judged(case: _Case, kind: Kind, answers: Sequence[Answer], recorded: _Results, known: Known) -> Judgement | None:
    order = case.file.order
    batch = Batch(
        spec=order.spec,
        quality=order.quality,
        tasks=case.publics,
        answers=answers,
        audits={task: dict(right) for task, right in known.items()},
        earlier=case.earlier or (),
    )
    try:
        again = kind.judge(batch, recorded.decisions)
    except (HakariError, *RULES_FAIL) as error:
        case.wrong("judging", expected="a judgement by the stated rules", got=str(error))
        return None
    if len(again.verdicts) != len(answers):
        case.wrong("judging", expected=f"{len(answers)} verdicts", got=len(again.verdicts))
        return None
    return again


def _resolved(case: _Case, again: Judgement, answers: Sequence[Answer], hidden: Hidden) -> Judgement:
    placed, file = case.ruling.placed, case.file
    amends = "amends" in placed.body
    return doubt.resolved(
        file.order,
        again,
        answers,
        said=placed.time,
        appealed={(each.number("leaf"), each.number("n")) for each in file.appeals} if amends else (),
        heard=blind.heard(hidden),
    )


def _same_decisions(case: _Case, again: Sequence[Decision], recorded: Sequence[Decision]) -> None:
    mine = {key(decision): decision for decision in again}
    theirs = {key(decision): decision for decision in recorded}
    for account, question in sorted(mine.keys() | theirs.keys()):
        ours, given = mine.get((account, question)), theirs.get((account, question))
        if ours is None or given is None:
            case.wrong(f"decision on {account}", expected="one" if ours else "none", got="one" if given else "none")
        elif (
            not _near(ours.statistic, given.statistic)
            or not _near(ours.threshold, given.threshold)
            or ours.decision != given.decision
        ):
            case.wrong(
                f"decision on {account}",
                expected=f"{ours.decision}, {ours.statistic!r} against {ours.threshold!r}",
                got=f"{given.decision}, {given.statistic!r} against {given.threshold!r}",
            )


def _near(mine: float, recorded: float) -> bool:
    # written so that «not a number» is near nothing
    return mine == recorded or abs(mine - recorded) <= STATISTIC


def _same_summary(case: _Case, again: Judgement) -> None:
    digest = case.ruling.placed.body["summary"]
    if digest is None or again.summary is None:
        case.docket.findings.same(
            case.id,
            "summary",
            expected="none" if again.summary is None else "one",
            got="none" if digest is None else "one",
        )
        return
    mine = [dict(line) for line in again.summary]
    limit = 2 * len(canonical.lines(mine)) + (1 << 16)

    def look() -> None:
        recorded = list(canonical.read_lines(case.docket.shelf.whole(str(digest), limit)))
        if case.docket.findings.same(case.id, "lines of the summary", expected=len(mine), got=len(recorded)):
            for number, ours, given in differences(mine, recorded):
                case.wrong(f"line {number} of the summary", expected=ours, got=given)

    case.docket.try_evidence(look)
