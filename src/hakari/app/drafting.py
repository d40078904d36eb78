"""The order that a draft makes: its tasks and what they look like, its rules, what it costs, the statement that its buyer signs."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from hakari.app import desk, drafts
from hakari.app.drafts import Draft
from hakari.app.node import Node
from hakari.app.pages.pace import Pace, pace
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import StatementId
from hakari.core.money import BPS
from hakari.sources.kind import TaskSpec
from hakari.sources.label import questions
from hakari.sources.label.config import parse
from hakari.sources.label.controls import Choices, Control, Pairwise, Rating
from hakari.sources.label.markup import Element
from hakari.sources.table import KINDS
from hakari.truth.rules import LABEL_RULES
from hakari.work import doubt, exams, orders, quality
from hakari.work.orders import unit_cost

SHOWN = 5
REDUNDANCIES = (1, 3, 5, 7, 9)
AUDITED_BPS, AIMED_BPS = 1_000, 5_000
AUDIT_S = 2 * 86_400
REVIEWED_BPS = 1_000
REVIEW_S = 2 * 86_400
JURORS = 3
CHALLENGED_BPS, LEAST_CHALLENGED = 2_000, 2
"""Of an exam's items a fifth can be challenged, two at least."""
CHALLENGE_S = 3 * 86_400
JURY_S = 2 * 86_400
MERIT: Mapping[str, Json] = {
    "margin_bps": 1_000,
    "hold": 20,
    "spread_bps": 7_000,
    "min_skill_bps": 6_500,
    "alpha_bps": 100,
}
"""The usual figures of label/2 (docs/reference/rules.md, section 5)."""
FIRST = 3
STOPPING: Mapping[str, Json] = {"first": FIRST, "full_bps": 1_000, "least_answers": 2_500, "sure_bps": 9_800}
"""When a unit's answers are enough (docs/reference/rules.md, section 5.8): below 2,500 answers nobody is known well enough to stop."""
SAVED_BPS: Mapping[int, int] = {5: 1_500, 7: 2_300, 9: 2_900}
"""What stopping is expected to save of so many answers a unit (docs/reference/benchmarks.md)."""
CALIBRATED = 10
"""Units of a calibration, at most half of the order."""
WORD_S = 86_400
"""A buyer's time for the guideline after it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What an order costs at most, for answers, their fee, audits, reviews and juries (micro-units); how many units, answers, audited
    and reviewed units it has, and how many of an exam's items can be challenged.

    saved: what of it stopping is expected to leave, 0 where it stops nowhere or the order is small.
    """

    units: int
    answers: int
    pay: int
    fee: int
    fee_bps: int
    audited: int
    audits: int
    reviewed: int
    reviews: int
    challenged: int
    juries: int
    saved: int = 0

    @property
    def all(self) -> int:
        """What is put into escrow."""
        return self.pay + self.fee + self.audits + self.reviews + self.juries


def items(node: Node, draft: Draft) -> list[dict[str, Json]]:
    """Return a draft's items as tasks will be planned from them: shown columns only, a test's first ones where it begins with one."""
    return [{name: line[name] for name in draft.shown} for line in drafts.lines(node, draft)]


def truths(node: Node, draft: Draft) -> str:
    """Return the right answers of a draft's exam, sealed by salts that only who has the draft can make. Raises Malformed."""
    if draft.exam not in draft.columns or draft.exam in draft.shown:
        raise Malformed(
            f"the right answers must be a column that workers don't see, one of {sorted(set(draft.columns) - set(draft.shown))}, "
            f"got {draft.exam!r}",
            pointer="/exam",
        )
    kind, xml = KINDS["label"], configuration(draft)
    planned = tasks(node, draft)
    lines: list[dict[str, Json]] = [
        {
            "answer": questions.answer(parse(xml), str(line[draft.exam]), row=n + 1),
            "salt": hashlib.sha256(f"{draft.id} {n}".encode()).hexdigest()[:32],
            "task": n,
        }
        for n, line in enumerate(drafts.lines(node, draft))
    ]
    try:
        exams.check_tasks(len(lines))
        exams.truths(lines, kind, kind.spec({"config": xml}), [task.public for task in planned])
    except Malformed as error:
        error.pointer = "/exam"
        raise
    return canonical.lines(lines).decode()


def configuration(draft: Draft) -> str:
    """Return the labelling configuration of a draft's question. Raises Malformed."""
    if draft.question == "own":
        return draft.config
    shown = {name: draft.columns[name] for name in draft.shown if name in draft.columns}
    return questions.config(draft.question, asked=draft.asked, shown=shown, options=draft.options, most=draft.most)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One item as a worker sees it: what is asked, what is shown as (kind, content), and what can be chosen."""

    asked: str
    shown: tuple[tuple[str, str], ...]
    options: tuple[str, ...]


def samples(node: Node, draft: Draft) -> list[Sample]:
    """Return the first items as workers will see them, or none while the question is not whole."""
    if not draft.count or not draft.shown:
        return []
    try:
        parsed = parse(configuration(draft))
        planned = tasks(node, draft)[:SHOWN]
    except Malformed:
        return []
    asked = " ".join(_headers(parsed.root))
    return [
        Sample(
            asked=asked,
            shown=tuple(
                (thing.kind, str(task.data[thing.variable]) if thing.variable else str(thing.fixed))
                for thing in parsed.objects
            ),
            options=tuple(option for control in parsed.controls for option in _options(control)),
        )
        for task in planned
    ]


def _headers(element: Element) -> Iterator[str]:
    if element.tag == "Header":
        yield dict(element.attributes).get("value", element.text.strip())
    for child in element.children:
        yield from _headers(child)


def _options(control: Control) -> Iterator[str]:
    if isinstance(control, Choices):
        yield from (choice.value for choice in control.choices)
    elif isinstance(control, Rating):
        yield from (str(star) for star in range(1, control.most + 1))
    elif isinstance(control, Pairwise):
        yield from ("A", "B")
    else:
        yield type(control).__name__


def tasks(node: Node, draft: Draft) -> list[TaskSpec]:
    """Return a draft's tasks, planned as its order's will be. Raises Malformed naming what does not fit."""
    kind = KINDS["label"]
    return kind.plan(kind.spec({"config": configuration(draft)}), cast(list[Json], items(node, draft)))


def cost(node: Node, draft: Draft) -> Cost:
    """Return what a draft's order costs at most."""
    units = min(draft.count, drafts.TEST_ITEMS) if draft.test and not draft.exam else draft.count
    answers = units * draft.each
    with node.store.reading() as book:
        fee_bps = desk.terms(book, draft.pool).fee_bps if book.orders.pool(draft.pool) else 0
    fee = unit_cost(reward=draft.reward, fee_bps=fee_bps) - draft.reward
    declared = quality.read(_rules(draft))
    unheard = declared and replace(declared, appeals=None)
    audited = unheard and replace(unheard, reviews=None)
    all_, heard, audits = (
        quality.cost(each, tasks=units, fee_bps=fee_bps) if units else 0 for each in (declared, unheard, audited)
    )
    return Cost(
        units=units,
        answers=answers,
        pay=answers * draft.reward,
        fee=answers * fee,
        fee_bps=fee_bps,
        audited=declared.audits.count(units) if declared and declared.audits else 0,
        audits=audits,
        reviewed=declared.reviews.count(units, declared.audits) if declared and declared.reviews else 0,
        reviews=heard - audits,
        challenged=min(units, declared.appeals.tasks) if declared and declared.appeals else 0,
        juries=all_ - heard,
        saved=_saved(draft, units) * answers * (draft.reward + fee) // BPS,
    )


def _saved(draft: Draft, units: int) -> int:
    """Return the share of a draft's answers that stopping is expected to save, in basis points."""
    large = units * FIRST >= int(str(STOPPING["least_answers"]))
    return SAVED_BPS.get(draft.redundancy, 0) if stops(draft) and large else 0


def check_quality(node: Node, draft: Draft) -> None:
    """Raise Malformed where what a draft asks for of quality does not go together, or an exam's right answers can't be read."""
    if draft.exam:
        truths(node, draft)
    if draft.stopping and draft.calibrate:
        raise Malformed(
            "an order stops early or shows its first items first, for both ask for waves of their own: choose one",
            pointer="/stopping",
        )
    if draft.stopping and draft.redundancy <= FIRST:
        raise Malformed(
            f"stopping begins with {FIRST} answers each: choose more than that, got {draft.redundancy}",
            pointer="/stopping",
        )


def stops(draft: Draft) -> bool:
    """Return whether a draft's order asks for fewer answers where they agree."""
    return draft.stopping and not draft.exam and draft.redundancy > FIRST and stoppable(draft)


def stoppable(draft: Draft) -> bool:
    """Return whether a draft's question has options for everything that it asks, so that one can be sure of an answer."""
    try:
        asked = KINDS["label"].asks({"config": configuration(draft)})
    except Malformed:
        return False
    return all(each.options for each in asked)


def _rules(draft: Draft, sealed: str = "0" * 64) -> dict[str, Json]:
    """Return the quality rule of a draft: by agreement alone; or by merit where a tenth of the units is audited or reviewed, at twice
    the pay, where it stops early, where an exam is required, or where it is one: then a fifth of its items can be challenged, and
    jurors are paid twice as well. sealed: the digest of an exam's right answers."""
    twice = str(2 * draft.reward)
    asked: dict[str, Json] = {"requires": draft.requires} if draft.requires else {}
    if draft.exam:
        exam: dict[str, Json] = {"pass_bps": draft.pass_percent * 100, "truths": sealed}
        if draft.training:
            exam["training"] = True
        appeals: dict[str, Json] = {
            "jurors": JURORS,
            "reward": twice,
            "tasks": max(LEAST_CHALLENGED, draft.count * CHALLENGED_BPS // BPS),
            "window_s": CHALLENGE_S,
            "within_s": JURY_S,
        }
        return {"rules": LABEL_RULES, **MERIT, **asked, "appeals": appeals, "exam": exam}
    if stops(draft):
        asked["stopping"] = dict(STOPPING)
    if draft.audits:
        audits: dict[str, Json] = {"reward": twice, "share_bps": AUDITED_BPS, "within_s": AUDIT_S}
        asked["audits"] = {**audits, "aimed_bps": AIMED_BPS, "funding": True}
    if draft.reviews:
        reviews: dict[str, Json] = {"reward": twice, "share_bps": REVIEWED_BPS, "within_s": REVIEW_S}
        asked["reviews"] = {**reviews, "unfit_bps": quality.MOST_UNFIT_BPS}
    return {"rules": LABEL_RULES, **MERIT, **asked} if asked else {"rules": KINDS["label"].rules}


def exams_of(node: Node) -> list[tuple[StatementId, str]]:
    """Return the exams of this node that somebody may still sit or has passed, newest first, with their titles."""
    with node.store.reading() as book:
        rows = [row for status in ("open", "judged") for row in book.orders.with_status(status)]
        said = [book.statements.get(row.id) for row in reversed(rows)]
    return [
        (each[0].id, str(each[0].body["title"]))
        for each in said
        if each is not None and quality.exam(orders.order(each[0]).quality) is not None
    ]


def prices(node: Node, draft: Draft) -> dict[int, int]:
    """Return what the order costs at most for each number of answers a unit that is offered, micro-units."""
    return {n: cost(node, replace(draft, redundancy=n)).all for n in REDUNDANCIES}


def usual_pace(node: Node, *, kind: str = "label") -> Pace | None:
    """Return the pace of the newest order of a kind that has one, or None."""
    with node.store.reading() as book:
        rows = [row for status in ("open", "judged") for row in book.orders.with_status(status) if row.source == kind]
        return next((found for row in reversed(rows[-20:]) if (found := pace(book.figures.sent(row.id)))), None)


def people(node: Node) -> int:
    """Return how many accounts have given answers here."""
    with node.store.reading() as book:
        return book.figures.contributors()


def order(node: Node, draft: Draft) -> dict[str, Any]:
    """Return what placing a draft's order takes: the statement's body without escrow order and deadline, items, guideline, seconds.

    Raises Malformed where a step is not filled in or the items don't fit the question.
    """
    missing = [step for step in drafts.STEPS[:-1] if step not in draft.done]
    if missing or not draft.count:
        raise Malformed(f"steps must all be filled in, missing {missing or ['what']}")
    check_quality(node, draft)
    tasks(node, draft)
    with node.store.reading() as book:
        pool = desk.terms(book, draft.pool)
    kind = KINDS["label"]
    sealed, found = truths(node, draft) if draft.exam else "", items(node, draft)
    rules = _rules(draft, hashlib.sha256(sealed.encode()).hexdigest())
    body: dict[str, Json] = {
        "answer_seconds": draft.answer_minutes * 60,
        "assignment": "drawn",
        "budget": str(cost(node, draft).all),
        **_calibration(draft, len(found)),
        "decided_seconds": doubt.usual(rules),
        "description": draft.about,
        "evidence": pool.evidence,
        "guideline": {"sha256": hashlib.sha256(draft.guideline.encode()).hexdigest(), "version": 1},
        "pool": draft.pool,
        "quality": rules,
        "redundancy": draft.each,
        "reward": str(draft.reward),
        "source": kind.name,
        "spec": cast(Json, kind.spec({"config": configuration(draft)})),
        "terms_version": pool.version,
        "title": draft.title,
    }
    return {
        "body": body,
        "extra": [sealed] if sealed else [],
        "guideline": draft.guideline,
        "items": found,
        "seconds": draft.days * 86_400,
    }


def _calibration(draft: Draft, units: int) -> dict[str, Json]:
    """Return an order's calibration as a member: CALIBRATED units or half of them come first, none where one alone is left."""
    if not draft.calibrate or draft.exam or units < 2:
        return {}
    return {"calibration": {"tasks": min(CALIBRATED, units // 2), "word_s": WORD_S}}
