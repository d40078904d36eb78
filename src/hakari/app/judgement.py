"""One order's judging: read, compute outside of any transaction, write if nothing moved meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import challenges, desk, exams, opening
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.ids import StatementId
from hakari.sources.kind import Answer, Batch
from hakari.work import blind, doubt, judging, quality
from hakari.work import exams as marking
from hakari.work.blind import Known
from hakari.work.intake import Running
from hakari.work.judging import Opening
from hakari.work.records import AnswerRow, OrderRow


def judge(node: Node, order: OrderRow, *, amends: StatementId | None = None) -> bool:
    """Judge all answers of an order and say so in the log. Returns False where another worker was first.

    amends: the verdicts that these take the place of, after a jury.
    """
    facts = desk.running(node, order.id)
    with node.store.reading() as book:
        size = book.statements.size()
        rows = book.answers.unjudged(order.id, size) if amends is None else book.answers.worked(order.id)
        if facts.kind.remembers and book.statements.waiting("verdicts"):
            # What the pool accepted a moment ago has no leaf yet, and must stand before this.
            return False
        hidden = [row for row in book.answers.blind(order.id) if row.leaf is not None and row.leaf < size]
        if rows and not exams.marked(book, order.id) and quality.exam(facts.order.quality) is not None:
            return False
        if rows and amends is None and not challenges.ready(node, book, facts):
            return False
        carried = challenges.carried(node, book, facts.order, size=size)
        spoken = [(row.role, opening.answer) for row, opening in zip(hidden, openings(hidden), strict=True)]
        appeals = book.statements.about("appeal", order.id) if amends is not None else []
        batch = batch_of(
            book,
            facts,
            openings(rows),
            size,
            known=_known(node, facts, spoken) or blind.decided(spoken, carried.known),
        )
    if rows:
        at = node.clock()
        result = doubt.resolved(
            facts.order,
            blind.by_review(facts.kind.judge(batch, None), batch.answers, spoken, carried.known),
            batch.answers,
            said=at,
            appealed={(cast(int, each.body["leaf"]), cast(int, each.body["n"])) for each, _ in appeals},
            heard=blind.heard(spoken),
        )
        said = judging.sentence(
            order=order.id,
            size=size,
            reward=facts.order.reward,
            openings=openings(rows),
            judgement=result,
            blind=openings(hidden) if asks_blind(facts) else None,
        )
        for piece in said.evidence:
            node.evidence(piece)
        body: dict[str, Json] = {**said.body, **({} if amends is None else {"amends": amends})}
        statement = node.sentence("verdicts", body, at=at)
        judged = [
            replace(
                row,
                verdicts=statement.id,
                accepted=verdict.accepted,
                score=verdict.score_bps,
                reason=verdict.reason,
                merit=verdict.merit_bps,
            )
            for row, verdict in zip(rows, result.verdicts, strict=True)
        ]
    else:
        statement, judged = None, list[AnswerRow]()
    with node.store.book() as book:
        # Held, so that nobody names it as the stock of an order at this moment.
        now = book.orders.held(order.id)
        if now is None or now.status == "judged" or now.answered != order.answered:
            return False
        if rows and amends is None and not challenges.ready(node, book, facts):
            return False
        book.orders.uncount(order.id, opening.unopened(book, facts) if now.status in ("open", "closing") else 0)
        if statement is not None:
            book.statements.add(statement, subject=order.id)
            book.answers.judge(judged)
        book.orders.mark(
            order.id, "judged" if amends is not None or statement is None or not _appealable(facts) else "appealable"
        )
    return True


def _known(node: Node, facts: Running, spoken: Sequence[tuple[str, Answer]]) -> Known | None:
    """Return the right answers of an exam as its jury corrected them; None where the order is none."""
    written = exams.truths(node, facts)
    return None if written is None else marking.corrected(written, blind.ruled(spoken))


def batch_of(
    book: Book,
    facts: Running,
    given: list[Opening],
    size: int,
    *,
    known: Known | None = None,
) -> Batch:
    """Return what the verdicts of a size are made of: these answers, what is known, and what the pool accepted before where the kind
    remembers it. known: the right answers of an exam, or what blind answers make known."""
    order = facts.order
    return Batch(
        spec=order.spec,
        quality=order.quality,
        tasks=facts.publics,
        answers=[opening.answer for opening in given],
        audits={task: dict(right) for task, right in (known or {}).items()},
        earlier=book.answers.accepted_in(order.pool, order.source, size) if facts.kind.remembers else (),
    )


def _appealable(facts: Running) -> bool:
    declared = quality.read(facts.order.quality)
    return declared is not None and declared.appeals is not None


def asks_blind(facts: Running) -> bool:
    """Return whether an order asks for answers in other roles than work."""
    return bool(quality.rewards(facts.order.quality))


def openings(rows: list[AnswerRow]) -> list[Opening]:
    """Return recorded answers (with leaves) as openings, in the same order."""
    return [Opening(answer=row.given, salt=row.salt) for row in rows]
