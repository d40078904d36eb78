"""The right answers of exams after they were seen: an item that its jury showed to be wrong is retired, and every item is rated."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from hakari.adapters.sql.store import Book
from hakari.app import desk, exams
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import Unknown
from hakari.core.ids import StatementId
from hakari.work import blind, quality
from hakari.work import exams as marking
from hakari.work.blind import Known
from hakari.work.records import OrderRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Gold:
    """How an item of an exam did. answers, right: of all who answered it, and of them who gave the right answer as it was written down;
    good, good_right: the same of who passed. challenged: whether a verdict on it was appealed. retired: whether a jury showed it wrong.
    """

    task: int
    answers: int
    right: int
    good: int
    good_right: int
    challenged: bool
    retired: bool

    @property
    def json(self) -> dict[str, Json]:
        """The item as the API shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


def rated(node: Node, book: Book, order: StatementId) -> list[Gold]:
    """Return how each item of an exam did, by number: one that the good get wrong is to be looked at. Nothing before it is judged, and
    nothing where its right answers are lost here."""
    try:
        known = exams.truths(node, desk.running(node, order))
    except Unknown:
        return []
    if known is None or not book.statements.about("verdicts", order):
        return []
    rows = book.answers.judged(order)
    good = {
        who for who in {row.account for row in rows} if (found := exams.results(book, who).get(order)) and found.passed
    }
    places = {(each.body["leaf"], each.body["n"]) for each, _ in book.statements.about("appeal", order)}
    wrong = marking.retired(known, ruled(book, order))
    by_task = {task: list(given) for task, given in groupby(rows, key=lambda row: row.task)}
    made: list[Gold] = []
    for task, right in sorted(known.items()):
        given = by_task.get(task, [])
        fits = [row for row in given if not blind.differs(row.answer, right)]
        made.append(
            Gold(
                task=task,
                answers=len(given),
                right=len(fits),
                good=sum(row.account in good for row in given),
                good_right=sum(row.account in good for row in fits),
                challenged=any((row.leaf, row.n) in places for row in given),
                retired=task in wrong,
            )
        )
    return made


def ruled(book: Book, order: StatementId) -> Known:
    """Return what an exam's jury found of its items; nothing before the verdicts that amend: jurors don't hear each other."""
    said = book.statements.about("verdicts", order)
    if not said or "amends" not in said[-1][0].body:
        return {}
    return blind.ruled((row.role, row.given) for row in book.answers.blind(order))


def mark_again(node: Node, row: OrderRow) -> bool:
    """Say the results of an exam again that its jury changed, after the verdicts that amend. Returns whether any was said."""
    exam = quality.exam(desk.running(node, row.id).order.quality)
    if exam is None:
        return False
    with node.store.reading() as book:
        verdicts = [each for each, leaf in book.statements.about("verdicts", row.id) if leaf is not None]
        if not verdicts or "amends" not in verdicts[-1].body:
            return False
        judged = [each.judged for each in book.answers.judged(row.id)]
        right = Counter(each.answer.account for each in judged if each.verdict.accepted)
        before = {who: exams.results(book, who)[row.id] for who in {each.answer.account for each in judged}}
    changed = sorted(who for who, result in before.items() if result.right != right[who])
    with node.store.book() as book:
        said = False
        for who in changed:
            found = before[who]
            body: dict[str, Json] = {
                "account": who,
                "order": row.id,
                "passed": marking.passes(exam, right=right[who], tasks=found.tasks, before=found.passed),
                "right": right[who],
                "tasks": found.tasks,
                "verdicts": verdicts[-1].id,
            }
            if exams.results(book, who)[row.id].statement == found.statement:
                said |= book.statements.add(node.sentence("qualification", body), subject=who)
    return said
