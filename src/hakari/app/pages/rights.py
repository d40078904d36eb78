"""What counts as right in an order, and what people say instead: over judged answers only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hakari.adapters.sql.store import Book
from hakari.app import auditing, challenges, desk
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.sources.kind import Answer, Asked, Judged, TaskSpec
from hakari.sources.table import KINDS
from hakari.work import blind, figures
from hakari.work.intake import Running
from hakari.work.records import AnswerRow, OrderRow

CONFUSIONS_SHOWN = 3

Pairs = Counter[tuple[str, str, str]]
"""How often (question, given, right) occurs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Confusion:
    """How often answers said `given` where the accepted ones came to `right`, as a count and as a share of that question's answers."""

    control: str
    given: str
    right: str
    count: int
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """What was given (columns) where what counts as right (rows) is known, as counts, for a question with few options."""

    control: str
    labels: Sequence[str]
    counts: Sequence[Sequence[int]]


def counted(asks: Sequence[Asked], right: Sequence[Mapping[str, str]], rows: Sequence[AnswerRow]) -> Pairs:
    """Count (question, given, right) over the questions with options.

    Texts and regions are left out: what they say is the content, which not every order shows to everybody.
    """
    asked = {each.name for each in asks if each.likeness is None}
    return Counter(
        (control, value, best)
        for each in rows
        for control, value in controls(each.answer).items()
        if control in asked and (best := right[each.task].get(control))
    )


def confusions(said: Pairs) -> list[Confusion]:
    """Return the most frequent confusions, at most CONFUSIONS_SHOWN."""
    asked: Counter[str] = Counter()
    for (control, _, _), count in said.items():
        asked[control] += count
    wrong = sorted((-count, pair) for pair, count in said.items() if pair[1] != pair[2])
    return [
        Confusion(control=control, given=given, right=best, count=-count, share=-count / asked[control])
        for count, (control, given, best) in wrong[:CONFUSIONS_SHOWN]
    ]


def matrices(said: Pairs, *, most: int) -> list[Matrix]:
    """Return a matrix for each question of which 2 to `most` options occur, ascending by question."""
    made: list[Matrix] = []
    for control in sorted({control for control, _, _ in said}):
        labels = sorted({label for name, *both in said for label in both if name == control})
        if 2 <= len(labels) <= most:
            counts = [[said[control, given, right] for given in labels] for right in labels]
            made.append(Matrix(control=control, labels=labels, counts=counts))
    return made


def rights(node: Node, book: Book, row: OrderRow, rows: Sequence[AnswerRow]) -> list[dict[str, str]]:
    """Return what counts as right for each task and control: what is known by blind answers, else what a release says."""
    facts = desk.running(node, row.id)
    return taken(node, book, row, rows, released(book, row, facts, rows))


def released(book: Book, row: OrderRow, facts: Running, rows: Sequence[AnswerRow]) -> list[dict[str, Json]]:
    """Return the rows that a release of these judged answers would have."""
    by_task: list[list[Judged]] = [[] for _ in range(row.tasks)]
    for each in rows:
        by_task[each.task].append(each.judged)
    specs = [TaskSpec(public=task.public, data=task.data) for task in book.orders.tasks(row.id)]
    return facts.kind.rows(facts.order.spec, specs, by_task)


def taken(
    node: Node, book: Book, row: OrderRow, rows: Sequence[AnswerRow], made: Sequence[Mapping[str, Json]]
) -> list[dict[str, str]]:
    """Return what counts as right for each task and control, given a release's rows."""
    if len(made) != row.tasks or KINDS[row.source].contents is not None:
        # A kind whose rows are not one for each task says nothing about single tasks; nor does one whose units are right by themselves.
        return [{} for _ in range(row.tasks)]
    columns = {control for each in rows for control in controls(each.answer)}
    said = [{name: str(each[name]) for name in columns if each.get(name) not in (None, "")} for each in made]
    for task, right in known(node, book, row).items():
        said[task] |= controls(right)
    return said


def known(node: Node, book: Book, row: OrderRow) -> dict[int, dict[str, Json]]:
    """Return what blind answers made known by task, its own and those of a stock. What jurors say is theirs until verdicts open it."""
    carried = challenges.carried(node, book, desk.running(node, row.id).order, size=book.statements.size())
    return blind.decided(opened(book, row), carried.known)


def audited(book: Book, row: OrderRow) -> dict[int, dict[str, Json]]:
    """Return what audits and juries made known by task."""
    return blind.audited(opened(book, row))


def opened(book: Book, row: OrderRow) -> list[tuple[str, Answer]]:
    """Return the blind answers of an order that may be shown, each with its role."""
    return [
        (each.role, each.given)
        for each in book.answers.blind(row.id)
        if each.leaf is not None and (row.status == "judged" or each.role != auditing.JURY)
    ]


def controls(answer: Json) -> dict[str, str]:
    """Return an answer's controls as text, those with several choices joined as a release joins them."""
    if not isinstance(answer, dict):
        return {}
    return {name: figures.text(value) for name, value in answer.items() if isinstance(value, str | int | list)}
