"""An order's figures: what its judged answers come to, and what they cost. Made once for each judgement and kept.

Unjudged answers and what jurors said before their verdicts never enter.
"""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from hakari.adapters.sql.store import Book
from hakari.app import auditing, declaring, desk, dues, gold
from hakari.app.gold import Gold
from hakari.app.market import Estimate, estimate
from hakari.app.node import Node
from hakari.app.pages import rights
from hakari.app.pages.pace import Pace, pace
from hakari.app.pages.rights import Confusion, Matrix
from hakari.core.canonical import Json
from hakari.core.errors import Forbidden
from hakari.core.ids import Account
from hakari.core.money import BPS, portion
from hakari.pay import spending
from hakari.pay.spending import Spent
from hakari.sources.kind import Decision, Judged
from hakari.work import figures, judging, panels
from hakari.work.figures import Agreement, Peer, Voices
from hakari.work.intake import Running
from hakari.work.quality import BY_MERIT
from hakari.work.records import AnswerRow, OrderRow

BINS = 10
POINTS = 60
LEAST_SHOWN = 20
MOST_SHOWN, MOST_OPTIONS = 7, 50
"""A question of which more options occur has no confusion matrix on a page, or none at all."""

View = dict[str, Any]


class Sealed(Forbidden):
    """Figures of single tasks of a sealed order, which are its buyer's."""

    code = "sealed_figures"


@dataclass(frozen=True, kw_only=True, slots=True)
class Right:
    """How many of the items are right: measured on audited tasks, or where there are none as sure as the answers are."""

    by: str
    share: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """verdicts: the newest ones, None before any; then all else is empty. answered: tasks with an accepted answer. undecided: accepted
    answers that nobody could confirm. hourly: micro-units an hour of work came to, refused answers included. peers: where the order
    has no audits. curve: accepted share against money spent, as (spent, value, low, high) after each part of the answers, in the
    log's order. gold: the items of an exam, rated."""

    verdicts: str | None
    tasks: int
    answers: int
    answered: int
    undecided: int
    agreement: Sequence[Agreement]
    confusion: Sequence[Matrix]
    confused: Sequence[Confusion]
    bins: Sequence[int]
    confidence: float | None
    right: Right | None
    spent: Spent | None
    voices: Voices | None
    peers: Sequence[Peer]
    curve: Sequence[tuple[int, float, float, float]]
    pace: Pace | None
    hourly: int | None
    settled: bool
    gold: Sequence[Gold]

    @property
    def small(self) -> Sequence[Matrix]:
        """The matrices that fit on a page."""
        return [each for each in self.confusion if len(each.labels) <= MOST_SHOWN]

    @property
    def per_right(self) -> int | None:
        """Micro-units, fees and audits included, for each item that is right; None where nothing is known to be."""
        right = 0.0 if self.right is None else self.answered * self.right.share.value
        return None if self.spent is None or right < 1 else round(self.spent.all / right)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    figures: Figures
    questions: Sequence[str]
    answers: "array[int]"
    accepted: "array[int]"
    sure: Sequence["array[int]"]


UNSURE = -1


def of(node: Node, book: Book, row: OrderRow) -> Figures:
    """Return an order's figures."""
    return _of(node, book, row).figures


def view(node: Node, order: str) -> View:
    """Return an order's figures in integers: basis points, micro-units as text, hundredths."""
    with node.store.reading() as book:
        found = of(node, book, _row(book, order))
    return {
        "order": order,
        "gold": [each.json for each in found.gold],
        "verdicts": found.verdicts,
        "tasks": found.tasks,
        "answers": found.answers,
        "answered": found.answered,
        "undecided": found.undecided,
        "agreement": [asdict(each) for each in found.agreement],
        "confusion": [
            {"question": each.control, "options": list(each.labels), "counts": [list(row) for row in each.counts]}
            for each in found.confusion
        ],
        "confidence": {
            "mean_bps": None if found.confidence is None else _bps(found.confidence),
            "bins": list(found.bins),
        },
        "right": None
        if found.right is None
        else {
            "by": found.right.by,
            "share_bps": _bps(found.right.share.value),
            "low_bps": _bps(found.right.share.low),
            "high_bps": _bps(found.right.share.high),
            "of": found.right.share.of,
        },
        "money": None
        if found.spent is None
        else {
            **{name: str(value) for name, value in asdict(found.spent).items()},
            "all": str(found.spent.all),
            "per_right": None if found.per_right is None else str(found.per_right),
            "settled": found.settled,
        },
        "pace": None
        if found.pace is None
        else {
            "hundredths_s": round(100 * found.pace.seconds),
            "answers": found.pace.answers,
            "people": found.pace.people,
            "hourly": None if found.hourly is None else str(found.hourly),
        },
        "peers": _peers(found.peers) if found.peers else None,
        "curve": [[str(spent), *map(_bps, shares)] for spent, *shares in found.curve],
        "voices": None if found.voices is None else asdict(found.voices),
    }


def _peers(found: Sequence[Peer]) -> View:
    return {
        "accounts": len(found),
        "median_bps": found[len(found) // 2].score_bps,
        "blind": sum(each.blind for each in found),
        "least": [asdict(each) for each in found[:LEAST_SHOWN]],
    }


def _bps(share: float) -> int:
    return round(share * BPS)


def items(node: Node, order: str, *, reader: Account | None, after: int, limit: int) -> View:
    """Return a page of tasks by number, from `after` on: answers, accepted ones, and how sure each question is in basis points.

    Raises Sealed where the order's evidence is and the reader is not its buyer.
    """
    with node.store.reading() as book:
        row = _row(book, order)
        if desk.running(node, row.id).order.evidence == "sealed" and reader != row.buyer:
            raise Sealed("single tasks of a sealed order are shown to its signed-in buyer")
        kept = _of(node, book, row)
    last = min(after + limit, len(kept.answers))
    return {
        "items": [
            {
                "task": task,
                "answers": kept.answers[task],
                "accepted": kept.accepted[task],
                "confidence": {
                    name: sure[task]
                    for name, sure in zip(kept.questions, kept.sure, strict=True)
                    if sure[task] != UNSURE
                },
            }
            for task in range(after, last)
        ],
        "next": str(last) if last < len(kept.answers) else None,
    }


def _row(book: Book, order: str) -> OrderRow:
    row = book.orders.get(order)
    if row is None:
        raise desk.UnknownOrder(f"order must be one of this node's, got {order}")
    return row


def _of(node: Node, book: Book, row: OrderRow) -> _Kept:
    verdicts = [said for said, _ in book.statements.about("verdicts", row.id)]
    settled = [said for said, _ in book.statements.about("settlement", row.id)]
    name = f"figures:{row.id}"
    at = (len(verdicts), len(settled), row.status, len(book.statements.about("appeal", row.id)))
    known = cast(tuple[object, _Kept] | None, node.cards.get(name))
    if known is not None and known[0] == at:
        return known[1]
    made = _made(node, book, row, verdicts[-1].id if verdicts else None)
    node.cards[name] = (at, made)
    return made


def _made(node: Node, book: Book, row: OrderRow, verdicts: str | None) -> _Kept:
    facts = desk.running(node, row.id)
    rows = book.answers.judged(row.id) if verdicts else []
    judged = [each.judged for each in rows]
    asks = facts.kind.asks(facts.order.spec)
    released = rights.released(book, row, facts, rows) if judged else []
    each_item = figures.items(asks, judged, tasks=row.tasks if judged else 0, rows=released)
    said = rights.counted(asks, rights.taken(node, book, row, rows, released), rows) if judged else Counter()
    sure = [item.sure_bps for item in each_item if item.sure_bps is not None]
    times = pace(book.figures.sent(row.id))
    spent = _spent(node, book, facts, rows) if judged else None
    merit = facts.order.quality.get("rules") in BY_MERIT
    found = Figures(
        verdicts=verdicts,
        tasks=row.tasks,
        answers=len(judged),
        answered=sum(item.accepted > 0 for item in each_item),
        undecided=sum(each.verdict.accepted and each.verdict.reason in UNCONFIRMED for each in judged),
        agreement=[figures.agreement(each, judged) for each in asks] if judged else [],
        confusion=rights.matrices(said, most=MOST_OPTIONS),
        confused=rights.confusions(said),
        bins=_bins(sure),
        confidence=sum(sure) / len(sure) / BPS if sure else None,
        right=_right(node, book, row, judged, sure),
        spent=spent,
        voices=_voices(node, book, row, facts, judged, merit=merit),
        peers=figures.peers(asks, judged) if auditing.audits(facts) is None else [],
        curve=_points(rows, facts.order.reward),
        pace=times,
        hourly=None if times is None or spent is None else times.hourly((spent.work + spent.held) // len(judged)),
        settled=not merit or bool(book.statements.about("settlement", row.id)),
        gold=gold.rated(node, book, row.id),
    )
    questions = [each.name for each in asks]
    return _Kept(
        figures=found,
        questions=questions,
        answers=array("l", [item.answers for item in each_item]),
        accepted=array("l", [item.accepted for item in each_item]),
        sure=[array("h", [item.confidence.get(name, UNSURE) for item in each_item]) for name in questions],
    )


UNCONFIRMED = ("undecided", "needs_review")


def _bins(sure: Sequence[int]) -> list[int]:
    count = Counter(min(BINS - 1, each * BINS // BPS) for each in sure)
    return [count[n] for n in range(BINS)]


def _right(node: Node, book: Book, row: OrderRow, judged: Sequence[Judged], sure: Sequence[int]) -> Right | None:
    facts = desk.running(node, row.id)
    asks = facts.kind.asks(facts.order.spec)
    known = _evenly(node, book, row, rights.audited(book, row))
    right, of = figures.measured(asks, judged, known) if judged else (0, 0)
    if of:
        return Right(by="audits", share=estimate(right, of))
    if not sure:
        return None
    share = sum(sure) / len(sure) / BPS
    return Right(by="confidence", share=Estimate(value=share, low=share, high=share, of=len(sure)))


def _evenly(
    node: Node, book: Book, row: OrderRow, known: Mapping[int, Mapping[str, Json]]
) -> Mapping[int, Mapping[str, Json]]:
    """Return what is known of the tasks that were drawn evenly: those drawn where answers are doubtful would say too little of all."""
    drawn = auditing.drawing(book, row.id, auditing.AUDIT)
    declared = auditing.audits(desk.running(node, row.id))
    if drawn is None or declared is None:
        return known
    seed = panels.seed(
        root=node.log.root_at(cast(int, drawn.body["size"])),
        block_hash=str(drawn.body["block_hash"]),
        order=row.id,
        role=auditing.AUDIT,
    )
    count = declared.count(row.tasks) - declared.aimed(row.tasks)
    evenly = set(panels.tasks(seed, range(row.tasks), count))
    return {task: right for task, right in known.items() if task in evenly}


def _spent(node: Node, book: Book, facts: Running, rows: Sequence[AnswerRow]) -> Spent:
    order = facts.order
    terms = desk.terms(book, order.pool)
    answers, accepted = Counter[Account](), Counter[Account]()
    for each in rows:
        answers[each.account] += 1
        accepted[each.account] += bool(each.accepted)
    if order.quality.get("rules") not in BY_MERIT:
        return spending.by_reward(
            reward=order.reward,
            fee_each=portion(order.reward, terms.fee_bps),
            answers=len(rows),
            accepted=accepted.total(),
        )
    said = [each for each, _ in book.statements.about("settlement", order.id)]
    return spending.by_merit(
        [dues.pay_of(node, each) for each in said],
        fees=sum(int(str(each.body["fee"])) for each in said),
        reward=order.reward,
        answers=answers,
        accepted=accepted,
    )


def _decisions(node: Node, book: Book, row: OrderRow, *, merit: bool) -> Sequence[Decision]:
    """Return what the newest verdicts decided of accounts; copy groups are found by rules by merit alone."""
    said = book.statements.about("verdicts", row.id) if merit else []
    return judging.read_results(node.kept(str(said[-1][0].body["results"])))[0] if said else ()


def _voices(
    node: Node, book: Book, row: OrderRow, facts: Running, judged: Sequence[Judged], *, merit: bool
) -> Voices | None:
    """Return whose voices the answers are. What somebody handed in speaks before what they say of themselves."""
    told = declaring.among(book, {each.answer.account for each in judged})
    own = {str(who): each.language for who, each in told.items() if each.language is not None}
    return figures.voices(
        judged,
        _decisions(node, book, row, merit=merit),
        {**own, **_languages(facts, judged)},
        {str(who): each.region for who, each in told.items() if each.region is not None},
    )


def _languages(facts: Running, judged: Sequence[Judged]) -> Mapping[str, str]:
    """Return the language that each account declared most often of what it handed in."""
    if facts.kind.contents is None:
        return {}
    told: dict[str, Counter[str]] = {}
    for each in judged:
        language = cast(Mapping[str, Json], each.answer.answer).get("language")
        if isinstance(language, str) and language:
            told.setdefault(each.answer.account, Counter())[language] += 1
    return {account: min(count, key=lambda name: (-count[name], name)) for account, count in told.items()}


def _points(rows: Sequence[AnswerRow], reward: int) -> list[tuple[int, float, float, float]]:
    ordered = sorted(rows, key=lambda each: (each.leaf or 0, each.n))
    step = max(1, len(ordered) // POINTS)
    accepted, made = 0, list[tuple[int, float, float, float]]()
    for n, each in enumerate(ordered, 1):
        accepted += bool(each.accepted)
        if n % step == 0 or n == len(ordered):
            share = estimate(accepted, n)
            made.append((accepted * reward, share.value, share.low, share.high))
    return made
