"""Tasks given out: drawn, listed or for everybody, each recorded before its worker sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import auditing, desk, exams, offices, pausing, quarantines, stakes, stopping
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account
from hakari.core.statement import BATCH
from hakari.log.faults import Missing
from hakari.work import calibration, drawing, intake, pauses, quality, seats
from hakari.work.intake import Running
from hakari.work.orders import Order
from hakari.work.records import WORK, OrderRow


class LogAway(HakariError):
    """The published log can't be read now. The request can be repeated."""

    code = "log_away"
    status = 503


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A task as its worker sees it, the Unix second from which it can't be answered any more, the guideline's version for it, and the
    role in which it is answered."""

    task: int
    public: Mapping[str, Json]
    data: Mapping[str, Json]
    until: int
    guideline: int
    role: str = WORK


def assign(node: Node, order: str, account: Account, *, count: int) -> list[Given]:
    """Give an account up to `count` (1 to 500) tasks that it has not answered; new ones are drawn where too few are open.

    The `assignment` statement is logged before the tasks are shown. Orders with assignment «open» show tasks without one. Of a drawn
    order an account holds at most `drawing.most_open` tasks at once, each until it lapses.
    """
    if not 1 <= count <= BATCH:
        raise Malformed(f"count must be 1 to {BATCH}, got {count}", pointer="/count")
    node.accounts_pace.take(account)
    facts = desk.running(node, order)
    found = facts.order
    with node.store.reading() as book:
        row = book.orders.get(found.id)
        quarantines.pass_(book, order=found.id, account=account)
    if row is not None and row.status in seats.STATUS.values():
        drawn = auditing.give(node, facts, row, account, count=count)
        return [each for role, tasks in drawn.items() for each in _shown(node, found, tasks, role=role)]
    with node.store.reading() as book:
        offices.pass_(node, book, found.pool)
    exam = quality.exam(found.quality) is not None
    # An exam is given whole: its time runs for all of it.
    count = len(facts.publics) if exam else count
    risk = stakes.at_risk(node, found.pool, account) if stakes.asked(facts) else None
    if found.assignment == "open":
        if risk is not None:
            with node.store.reading() as book:
                count = min(count, stakes.room(node, book, facts, account, risk=risk))
        return _browse(node, facts, account, count)
    newest = (b"", 0) if found.assignment == "listed" else _shuffle(node, found, account)
    chosen: dict[int, int] = {}
    uncovered: list[Account] = []

    def write(book: Book) -> None:
        chosen.clear()
        uncovered.clear()
        now = node.clock()
        # Assignments of one order wait for each other, or two accounts would be given the last place of a task.
        _gives(book.orders.held(order), now)
        quarantines.pass_(book, order=found.id, account=account)
        exams.pass_(book, found, account)
        before = book.orders.assigned(found.id, account)
        root, size = newest
        if before and before[0].size != size:
            # Another request of this account was first and fixed its shuffle.
            size = before[0].size
            root = node.log.root_at(size)
        given = [row.task for row in before]
        standing = book.answers.standing(found.id, account, given) if given else set[int]()
        standing |= book.commitments.standing(found.id, account, given) if given else set[int]()
        unanswered = [row for row in before if row.task not in standing]
        stopped = quarantines.standing(book).tasks(found.id)
        open_ = {
            row.task: found.lapses(row.time)
            for row in unanswered
            if found.lapses(row.time) > now and row.task not in stopped
        }
        most, skipped = count, set(given)
        if found.assignment == "drawn":
            lapsed = len(unanswered) - len(open_)
            most = min(count, drawing.most_open(tasks=len(facts.publics), answered=len(standing), lapsed=lapsed))
            if exam:
                if len(standing) == len(facts.publics):
                    return  # a whole sheet: nothing is left to give
                exams.sit(book, facts, account, now=now, given=bool(open_))
                most = count if not open_ else len(open_)
            # What an account let lapse is others' for as long as it was its own, then anybody's.
            skipped -= {row.task for row in unanswered if row.time + 2 * found.answer_seconds <= now}
        skipped |= stopped
        chosen.update(list(open_.items())[:most])
        if most <= len(open_):
            return
        paused = pausing.running(book, found.id, now)
        if paused is not None:
            if not open_:
                raise _refusal(paused)
            return
        if found.assignment == "listed":
            wanted = listed_for(node, found, account)
            fresh = [task for task in wanted if task not in skipped][: most - len(open_)]
        else:
            known = calibration.course(book.statements, found)
            wanted = [
                task
                for task in book.orders.wanting(found.id, since=now - found.answer_seconds)
                if known.gives(task, now)
            ]
            fresh = drawing.drawn(
                root=root,
                order=found.id,
                account=account,
                wanted=[task for task in wanted if task not in skipped],
                # Each wave goes through the account's shuffle from its beginning.
                given=() if stopping.began(book, found) else given,
                count=most - len(open_),
                first=found.first,
            )
        if fresh and risk is not None:
            fresh = fresh[: stakes.room(node, book, facts, account, risk=risk)]
            uncovered.extend([] if fresh or chosen else [account])
        if fresh:
            book.orders.assign(found.id, account, fresh, size=size, time=now)
            body: dict[str, Json] = {"account": account, "order": found.id, "size": size, "tasks": list[Json](fresh)}
            book.statements.add(node.sentence("assignment", body, at=now), subject=found.id)
            chosen.update(dict.fromkeys(fresh, found.lapses(now)))

    node.store.commit(write)
    if uncovered and risk is not None:
        raise stakes.refusal(node, facts, account, risk=risk)
    return _shown(node, found, chosen)


def _shown(node: Node, order: Order, chosen: Mapping[int, int], *, role: str = WORK) -> list[Given]:
    with node.store.reading() as book:
        rows = {row.n: row for row in book.orders.tasks(order.id, list(chosen))}
        known = calibration.course(book.statements, order)
    return [
        Given(task=n, public=rows[n].public, data=rows[n].data, until=until, guideline=known.version(n), role=role)
        for n, until in chosen.items()
    ]


def _gives(row: OrderRow | None, now: int) -> None:
    if row is None or row.status != "open" or now >= row.deadline:
        state = "none" if row is None else f"one that is {row.status} and ends at {row.deadline}"
        raise intake.OrderClosed(f"order gives tasks while it is open, got {state}")


def _refusal(paused: pauses.Span) -> pauses.OrderPaused:
    return pauses.OrderPaused(
        f"the order's buyer has paused it until {paused.until}, Unix seconds; nothing new is given out till then"
    )


def _browse(node: Node, facts: Running, account: Account, count: int) -> list[Given]:
    with node.store.reading() as book:
        now = node.clock()
        _gives(book.orders.get(facts.order.id), now)
        paused = pausing.running(book, facts.order.id, now)
        if paused is not None:
            raise _refusal(paused)
        wanting = book.orders.unfilled(facts.order.id)
        standing = book.answers.standing(facts.order.id, account, wanting)
        stopped = quarantines.standing(book).tasks(facts.order.id)
        chosen = [n for n in wanting if n not in standing and n not in stopped][:count]
        rows = book.orders.tasks(facts.order.id, chosen)
    until, version = facts.order.deadline, facts.order.guideline
    return [Given(task=row.n, public=row.public, data=row.data, until=until, guideline=version) for row in rows]


def _shuffle(node: Node, order: Order, account: Account) -> tuple[bytes, int]:
    """Return the log root and size that fix an account's shuffle: those of its first assignment, or of now."""
    with node.store.reading() as book:
        before = book.orders.assigned(order.id, account)
    checkpoint = node.log.checkpoint()
    if checkpoint is None:
        # Nothing is drawn from a root that nobody has seen: the log is about to be published for the first time, or again.
        raise LogAway("the log is not published at this moment; ask again in a few seconds")
    size = before[0].size if before else checkpoint.size
    try:
        return node.log.root_at(size), size
    except Missing as error:
        # Another process publishes at this moment and has taken a partial tile away that was to be read.
        raise LogAway("the log is being published at this moment; ask again in a second") from error


def listed_for(node: Node, order: Order, account: Account) -> list[int]:
    """Return the tasks that a listed order gives an account, in the list's order."""
    digest = str(order.spec["listed"])
    known = node.listed.get(digest)
    if known is None:
        known = {}
        for line in canonical.read_lines(node.kept(digest)):
            known.setdefault(str(line["account"]), []).append(cast(int, line["task"]))
        node.listed[digest] = known
    return known.get(account, [])
