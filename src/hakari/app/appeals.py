"""Appeals: taken while their window is open, given to a jury, answered by the verdicts that it leads to."""

from dataclasses import dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import auditing, desk, judgement
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Forbidden, Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement
from hakari.people.book import may_sign
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.work import blind, doubt, quality
from hakari.work.quality import Appeals
from hakari.work.records import AnswerRow, OrderRow


class NotAppealable(Conflict):
    """The order takes no appeals, or none any more: its window is over, or as many tasks as it pays for are appealed."""

    code = "not_appealable"


class NotRefused(Forbidden):
    """Only an answer of one's own that was refused can be appealed, once."""

    code = "not_refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """While an order takes appeals: of which verdicts, until when (Unix seconds), how many jurors decide, in how long (seconds).

    left: further tasks that may be appealed; answers to `tasks`, which are appealed already, may be whatever is left.
    """

    verdicts: StatementId
    until: int
    jurors: int
    within_s: int
    left: int
    tasks: frozenset[int]

    def takes(self, task: int) -> bool:
        """Tell whether an answer to a task may be appealed now."""
        return self.left > 0 or task in self.tasks


def window(node: Node, book: Book, order: StatementId) -> Window | None:
    """Return the window in which an order takes appeals now, or None."""
    row, said = book.orders.get(order), book.statements.about("verdicts", order)
    if row is None or row.status != "appealable" or not said:
        return None
    asked = declared(node, order)
    assert asked is not None  # only such orders are ever `appealable`
    first = said[0][0]
    until = first.time + asked.window_s
    if node.clock() >= until:
        return None
    tasks = frozenset(auditing.appealed(book, order))
    return Window(
        verdicts=first.id,
        until=until,
        jurors=asked.jurors,
        within_s=asked.within_s,
        left=max(0, asked.tasks - len(tasks)),
        tasks=tasks,
    )


def became(book: Book, order: StatementId, who: Account) -> dict[tuple[int, int], str]:
    """Return what became of an account's appeals in an order, by leaf and n: `open` until the jury ruled, then the outcome's result."""
    results = {each.body["appeal"]: str(each.body["result"]) for each, _ in book.statements.about("outcome", order)}
    return {
        (cast(int, each.body["leaf"]), cast(int, each.body["n"])): results.get(each.id, "open")
        for each, _ in book.statements.about("appeal", order)
        if each.author == who
    }


def declared(node: Node, order: str) -> Appeals | None:
    """Return what an order declares of appeals, or None."""
    read = quality.read(desk.running(node, order).order.quality)
    return None if read is None else read.appeals


def appeal(node: Node, statement: Statement) -> Receipt:
    """Record an appeal against a refused answer. Raises NotAppealable or NotRefused."""
    desk.expect(statement, "appeal")
    check_body("appeal", statement.body)
    desk.not_early(node, statement)
    order = str(statement.body["order"])
    asked = declared(node, order)
    if asked is None:
        raise NotAppealable("the order must declare appeals in its quality, it does not", pointer="/body/order")

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_sign(statement, book.statements.key_held(statement.key))
        _may(node, book, statement, asked)
        book.statements.add(statement, subject=order)

    node.store.commit(write)
    return desk.receipt(node, statement)


def _may(node: Node, book: Book, statement: Statement, asked: Appeals) -> None:
    order = StatementId(str(statement.body["order"]))
    row = book.orders.held(order)
    verdicts = book.statements.about("verdicts", order)
    if row is None or row.status != "appealable" or not verdicts:
        raise NotAppealable(f"an order takes appeals while it is appealable, got {row.status if row else 'none'}")
    over = verdicts[0][0].time + asked.window_s
    if max(node.clock(), statement.time) >= over:
        raise NotAppealable(f"appeals are taken until {over}, got one at {node.clock()}")
    if statement.body["verdicts"] != verdicts[0][0].id:
        raise Malformed(f"verdicts must be the order's, {verdicts[0][0].id}", pointer="/body/verdicts")
    place = statement.body["leaf"], statement.body["n"]
    answer = next((each for each in book.answers.worked(order) if (each.leaf, each.n) == place), None)
    if answer is None or answer.account != statement.author or answer.accepted is not False:
        raise NotRefused(f"leaf and n must name a refused answer of {statement.author}", pointer="/body/leaf")
    said = [each for each, _ in book.statements.about("appeal", order)]
    if any((each.body["leaf"], each.body["n"]) == place for each in said):
        raise NotRefused("this answer is appealed already", pointer="/body/leaf")
    tasks = auditing.appealed(book, order)
    if answer.task not in tasks and len(tasks) >= asked.tasks:
        raise NotAppealable(f"at most {asked.tasks} tasks of the order may be appealed, and are")


def advance(node: Node, order: OrderRow) -> bool:
    """Close the window of an appealable order: nobody appealed, and it is judged; else a jury is drawn."""
    asked = declared(node, order.id)
    assert asked is not None  # only such orders are ever `appealable`
    with node.store.book() as book:
        row, said = book.orders.held(order.id), book.statements.about("verdicts", order.id)
        if row is None or row.status != "appealable" or node.clock() < said[0][0].time + asked.window_s:
            return False
        book.orders.mark(order.id, "jury" if book.statements.about("appeal", order.id) else "judged")
    return True


def rule(node: Node, order: OrderRow) -> bool:
    """Bring a jury forward: draw it, and when its answers are in judge the order anew and answer the appeals."""
    if auditing.call(node, order, auditing.JURY):
        return True
    if not auditing.complete(node, order, auditing.JURY):
        return auditing.draw(node, order, auditing.JURY)
    with node.store.reading() as book:
        first = book.statements.about("verdicts", order.id)[0][0]
    return judgement.judge(node, order, amends=first.id)


def answer(node: Node, order: OrderRow) -> bool:
    """Say what became of each appeal, once the verdicts that a jury led to stand."""
    with node.store.reading() as book:
        said = book.statements.about("appeal", order.id)
        if not said or len(book.statements.about("outcome", order.id)) == len(said):
            return False
        newest = book.statements.about("verdicts", order.id)[-1][0]
        rows = {(row.leaf, row.n): row for row in book.answers.worked(order.id)}
        hidden = [(row.role, judgement.openings([row])[0].answer) for row in book.answers.blind(order.id)]
    ruled = blind.ruled(hidden)
    with node.store.book() as book:
        if book.statements.about("outcome", order.id):
            return False
        for each, _ in said:
            row = rows[cast(int, each.body["leaf"]), cast(int, each.body["n"])]
            body: dict[str, Json] = {
                "appeal": each.id,
                "order": order.id,
                "result": result(row, ruled),
                "verdicts": newest.id,
            }
            book.statements.add(node.sentence("outcome", body), subject=order.id)
    return True


def result(row: AnswerRow, ruled: blind.Known) -> str:
    """Return what became of an appealed answer: a jury that did not agree leaves it undecided, unless the doubt made it accepted."""
    if row.task not in ruled and row.reason not in doubt.BY_DOUBT:
        return "undecided"
    return "accepted" if row.accepted else "refused"
