"""One order as its buyer, its workers and strangers see it: how far it is, how good, what it cost, who did it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from hakari.adapters.sql.figures import Tally
from hakari.adapters.sql.store import Book
from hakari.app import appeals, auditing, calibrating, challenges, desk, pausing, stopping
from hakari.app.market import Estimate, estimate
from hakari.app.node import Node
from hakari.app.pages import calibrations, figures, funds, grounds, queue, ratings, rights
from hakari.app.pages.calibrations import Calibrated
from hakari.app.pages.figures import Figures
from hakari.app.pages.grounds import Ground, Grounds
from hakari.app.pages.queue import Work
from hakari.app.pages.ratings import Own, Ratings
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.core.money import BPS
from hakari.sources.kind import CANNOT_TELL
from hakari.truth.judgement import DIFFERS_FROM_AUDIT
from hakari.work import orders, pauses, quality, seats
from hakari.work.blind import DIFFERS_FROM_REVIEW
from hakari.work.records import WORK, AnswerRow, OrderRow

PEOPLE_SHOWN = 20
POINTS = 60
ANSWERS_SHOWN = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """An account's answers to an order."""

    account: Account
    answers: Tally
    accepted: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdicts:
    """One judgement of the order, as it stands in the log."""

    id: str
    leaf: int | None
    time: int
    count: int
    accepted: int
    paid: int
    rules: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """One answer of an account: what was said, what counts as right (None where it may not be shown), why.

    role: work, or that of a blind answer, which is accepted where what came out of its task does not contradict it, once the order is
    judged. ground: what a refusal rests on, None where that can't be shown. leaf, n: its place in the log, leaf None until it has one.
    appeal: what became of an appeal against its refusal: open, accepted, refused or undecided; None where nobody appealed.
    """

    task: int
    answer: str
    right: str | None
    accepted: bool | None
    score: int | None
    reason: str | None
    data: Mapping[str, Json] | None
    submission: str
    leaf: int | None
    n: int
    appeal: str | None
    role: str
    ground: Ground | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """Audits or reviews of an order: tasks drawn for them, those that want no further answer, blind answers that are in, answers of
    work that differ from what they found right.

    size, block: the log's size and the block that fixed the draw. statement: the draw's id.
    """

    tasks: int
    done: int
    answers: int
    differ: int
    size: int
    block: int
    statement: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancel:
    """What closing the order now does: micro-units that return and that stay, answers that the buyer keeps."""

    returns: int
    stays: int
    keeps: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """An order in full. `sent`: (Unix seconds, answers so far) at each submission. pause_left: seconds that it may still be paused.
    appeals: whether its refusals can be appealed at all; window: while they can be."""

    work: Work
    status: str
    opened: int
    leaf: int | None
    escrow_order: int
    assignment: str
    rules: str
    answers: Tally
    accepted: Estimate
    goal: float | None
    people: Sequence[Person]
    accounts: int
    reasons: Mapping[str, int]
    scores: Sequence[int]
    sent: Sequence[tuple[int, int]]
    figures: Figures
    verdicts: Sequence[Verdicts]
    releases: Sequence[tuple[str, int, str]]
    audits: Drawn | None
    audited_share: float | None
    reviews: Drawn | None
    reviewed_share: float | None
    hold: int
    cancel: Cancel
    window: appeals.Window | None
    appeals: bool
    pause_left: int
    calibration: Calibrated | None
    stopping: stopping.Saved | None
    again: challenges.Again | None
    ratings: Ratings | None
    corrected: Sequence[Own]

    @property
    def ends(self) -> int | None:
        """When all answers will be in at the pace of the last half of them, Unix seconds; None where that can't be said."""
        half = self.sent[len(self.sent) // 2 :]
        if self.work.left == 0 or len(half) < 3 or half[-1][0] == half[0][0]:
            return None
        rate = (half[-1][1] - half[0][1]) / (half[-1][0] - half[0][0])
        return int(half[-1][0] + self.work.left / rate) if rate > 0 else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An order in a list."""

    id: str
    title: str
    kind: str
    buyer: Account
    status: str
    answered: int
    wanted: int
    reward: int
    budget: int
    deadline: int
    time: int


def listed(node: Node, *, buyer: str | None = None, limit: int = 200) -> list[Listed]:
    """Return orders, newest first; of one buyer where one is named."""
    found: list[Listed] = []
    after = 0
    with node.store.reading() as book:
        while page := book.orders.page(after=after, limit=200):
            after = page[-1][0]
            found += [_listed(book, row) for _, row in page if buyer in (None, row.buyer)]
    return found[::-1][:limit]


def _listed(book: Book, row: OrderRow) -> Listed:
    said = book.statements.get(row.id)
    assert said is not None  # an order is recorded together with its statement
    body = said[0].body
    return Listed(
        id=row.id,
        title=str(body["title"]),
        kind=row.source,
        buyer=row.buyer,
        status=row.status,
        answered=row.answered,
        wanted=row.wanted,
        reward=int(str(body["reward"])),
        budget=int(str(body["budget"])),
        deadline=row.deadline,
        time=said[0].time,
    )


def progress(node: Node, order: str, who: Account | None) -> Progress:
    """Return an order in full. Raises UnknownOrder."""
    work = queue.one(node, order, who)
    if work is None:
        raise desk.UnknownOrder(f"order must be one of this node's, got {order}")
    with node.store.reading() as book:
        row, said = book.orders.get(order), book.statements.get(order)
        assert row is not None  # queue.one found it
        assert said is not None
        body = cast(Mapping[str, Any], said[0].body)
        tally = book.figures.of_order(order)
        judged = tally.accepted + tally.refused
        done = 0
        sent: list[tuple[int, int]] = []
        for each in book.figures.sent(order):
            done += each.answers
            sent.append((each.time, done))
        verdicts = [
            Verdicts(
                id=statement.id,
                leaf=leaf,
                time=statement.time,
                count=cast(int, statement.body["count"]),
                accepted=cast(int, statement.body["accepted"]),
                paid=int(str(statement.body["paid"])),
                rules=str(statement.body["rules"]),
            )
            for statement, leaf in book.statements.about("verdicts", order)
        ]
        goal = body["quality"].get("goal_bps")
        declared = quality.read(body["quality"])
        made = figures.of(node, book, row)
        return Progress(
            work=work,
            status=row.status,
            opened=said[0].time,
            leaf=said[1],
            escrow_order=row.escrow_order,
            assignment=str(body["assignment"]),
            rules=str(body["quality"]["rules"]),
            answers=tally,
            accepted=estimate(tally.accepted, judged),
            goal=None if goal is None else goal / BPS,
            people=[
                Person(account=account, answers=each, accepted=estimate(each.accepted, each.accepted + each.refused))
                for account, each in book.figures.people(order, limit=PEOPLE_SHOWN)
            ],
            accounts=book.figures.accounts(order),
            reasons={
                grounds.named(reason, exam=work.exam is not None): count
                for reason, count in book.figures.reasons(order).items()
            },
            scores=book.figures.scores(order),
            sent=_thinned(sent),
            figures=made,
            verdicts=verdicts,
            releases=[(each.id, each.pool, str(each.body["name"])) for each in book.releases.of_order(order)],
            audits=_drawn(node, book, row, auditing.AUDIT, DIFFERS_FROM_AUDIT),
            audited_share=declared.audits.share_bps / BPS if declared and declared.audits else None,
            reviews=_drawn(node, book, row, auditing.REVIEW, DIFFERS_FROM_REVIEW),
            reviewed_share=declared.reviews.share_bps / BPS if declared and declared.reviews else None,
            hold=declared.hold if declared else 0,
            cancel=Cancel(returns=work.funds.left, stays=work.funds.reserved, keeps=tally.accepted),
            window=appeals.window(node, book, row.id),
            appeals=declared is not None and declared.appeals is not None,
            pause_left=_pause_left(node, book, row),
            calibration=calibrations.of(node, book, row, who),
            stopping=stopping.saved(book, orders.order(said[0])),
            again=challenges.again(node, book, row),
            ratings=ratings.of(node, book, row, made.gold, reader=who) if work.exam else None,
            corrected=ratings.own(node, book, row, who) if work.exam else (),
        )


def _pause_left(node: Node, book: Book, row: OrderRow) -> int:
    now = node.clock()
    if row.status != "open":
        return 0
    # A pause that runs ends where another begins.
    spent = sum(min(now, each.until) - each.start for each in pausing.spans(book, row.id) if each.start < now)
    return max(0, min(pauses.LONGEST_S - spent, row.deadline - now))


def _drawn(node: Node, book: Book, row: OrderRow, role: str, reason: str) -> Drawn | None:
    said = auditing.drawing(book, row.id, role)
    if said is None:
        return None
    drawn, given = auditing.panels_of(node, said), seats.given(book, row.id, role)
    facts = desk.running(node, row.id)
    return Drawn(
        tasks=len(drawn),
        done=sum(seats.enough(facts, role, given.get(each.task, ())) for each in drawn),
        answers=sum(len(rows) for rows in given.values()),
        differ=book.figures.reasons(row.id).get(reason, 0),
        size=cast(int, said.body["size"]),
        block=cast(int, said.body["block"]),
        statement=said.id,
    )


def _thinned(points: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return at most POINTS of them, the last one always."""
    step = max(1, len(points) // POINTS)
    return [*points[:-1][::step], *points[-1:]]


def answers(node: Node, order: str, account: Account, *, reader: Account | None) -> list[Given]:
    """Return an account's answers with their verdicts, refused ones first. Items are shown to whom the evidence class lets."""
    with node.store.reading() as book:
        row = book.orders.get(order)
        said = book.statements.get(order)
        if row is None or said is None:
            raise desk.UnknownOrder(f"order must be one of this node's, got {order}")
        evidence, out = str(said[0].body["evidence"]), challenges.out(book, row)
        own = reader is not None and reader in (account, row.buyer)
        # Before it is judged an answer is its author's and the buyer's: others could send it as theirs. So is a blind one.
        rows = [
            each
            for each in book.answers.of_account(row.id, account)
            if own or each.role == WORK or row.status == "judged"
        ]
        if not rows:
            return []
        found = grounds.grounds(node, book, row)
        placed = sorted(
            ((_settled(row, each, found), found.of(each)) for each in rows),
            key=lambda pair: (pair[0].accepted is not False, pair[0].task),
        )
        shown = placed[:ANSWERS_SHOWN]
        data = {task.n: task.data for task in book.orders.tasks(row.id, [each.task for each, _ in shown])}
        appealed = appeals.became(book, row.id, account)
    open_, told = (evidence == "open" and out) or own, evidence != "sealed" or own
    return [
        Given(
            task=each.task,
            answer=_text(each.answer) if own or (told and each.accepted is not None) else "",
            right="、".join(_values(_right(each, found))) or None if told else None,
            accepted=each.accepted,
            score=each.score,
            reason=each.reason,
            data=data[each.task] if open_ else None,
            submission=each.submission,
            leaf=each.leaf,
            n=each.n,
            appeal=None if each.leaf is None or each.role != WORK else appealed.get((each.leaf, each.n)),
            role=each.role,
            ground=ground if told and each.role == WORK and each.accepted is False else None,
        )
        for each, ground in shown
    ]


def _settled(order: OrderRow, row: AnswerRow, found: Grounds) -> AnswerRow:
    """Return an answer with its verdict in words of its own; of a blind one whether it fits what came out, once that is settled."""
    if row.role == WORK:
        return replace(row, reason=found.reason(row))
    if order.status != "judged":
        return row
    fits = found.fits(row)
    return replace(row, accepted=fits, reason=None if fits else grounds.CAME_OUT)


def _right(row: AnswerRow, found: Grounds) -> Mapping[str, str]:
    """Return what counts as right of an answer's task; of a blind one what came out, nothing before that is settled."""
    if row.role == WORK:
        return found.right[row.task]
    return rights.controls(dict(found.came(row))) if row.accepted is not None else {}


def _text(answer: Json) -> str:
    return " / ".join(_values(rights.controls(answer)))


def _values(controls: Mapping[str, str]) -> list[str]:
    """Return what controls say; CANNOT_TELL, which a page says in words, where they say nothing else."""
    return [said for name, said in controls.items() if name != CANNOT_TELL] or [CANNOT_TELL for _ in controls]


def state(node: Node, order: str) -> tuple[str, int, int, int, bool, int]:
    """Return what a page of the order must be drawn anew for: status, answers, judged answers, money paid, whether it is paused,
    and how far its calibration is.
    """
    with node.store.reading() as book:
        row = book.orders.get(order)
        if row is None:
            return ("gone", 0, 0, 0, False, 0)
        tally = book.figures.of_order(order)
        paused = pausing.running(book, row.id, node.clock()) is not None
        paid = funds.of(book, row.escrow_order).paid
        known = calibrating.course(node, book, row)
        far = (known.over is not None) + known.goes_on(node.clock())
        return (row.status, row.answered, tally.accepted + tally.refused, paid, paused, far)
