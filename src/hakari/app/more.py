"""More of an order: a second one by the same definition, made for its buyer to sign and fund; and what both come to together."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from hakari.adapters.sql.store import Book
from hakari.app import calibrating, desk
from hakari.app import challenges as served
from hakari.app.continuing import NotContinued, family, root
from hakari.app.market import Estimate, estimate
from hakari.app.node import Node
from hakari.app.pages import funds
from hakari.app.pages.funds import Funds
from hakari.app.shelf import NotOriginator
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement
from hakari.data.uploads import Upload
from hakari.sources.label import questions
from hakari.sources.table import KINDS
from hakari.work import challenges, continuing, orders, quality
from hakari.work.orders import Order, unit_cost
from hakari.work.records import OrderRow

How = Literal["answers", "challenges", "items", "rest"]
HOWS: tuple[How, ...] = get_args(How)
MOST_EACH = 1_000
LONGEST_DAYS = 365


class StillOpen(Conflict):
    """The order still takes answers: what is left of it is known once its buyer has closed it, or its deadline has passed."""

    code = "still_open"


@dataclass(frozen=True, kw_only=True, slots=True)
class More:
    """What is wanted: `answers` more for every task; answers to other `items`; to such with all its tasks hidden among them as
    `challenges`, while its audits are sealed; or to the `rest`, tasks that lack answers.

    each: answers a task, None for as many as the first order wanted. reward: micro-units an answer, None for the first order's.
    """

    how: How
    each: int | None = None
    reward: int | None = None
    days: int = 14
    items: Sequence[Json] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One order among those that belong together. first: whether the others continue it. accepted, judged: answers."""

    id: StatementId
    title: str
    first: bool
    status: str
    tasks: int
    wanted: int
    answered: int
    accepted: int
    judged: int
    reward: int
    money: Funds


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """Orders that belong together, the first one first, and their sums. share: accepted answers of all that were judged."""

    parts: Sequence[Part]
    tasks: int
    wanted: int
    answered: int
    share: Estimate
    funded: int
    paid: int
    left: int


def order(node: Node, first: str, more: More, *, account: Account) -> dict[str, Any]:
    """Return what placing more of an order takes: the statement's body without escrow order and deadline, items, guideline, seconds.

    Raises UnknownOrder, NotOriginator, StillOpen, NotContinued, Malformed.
    """
    with node.store.reading() as book:
        row, said = _first(book, first)
        if account != row.buyer:
            raise NotOriginator(f"more of an order is asked for by its buyer, {row.buyer}, got {account}")
        known = orders.order(said)
        terms = desk.terms(book, row.pool)
        tasks = book.orders.tasks(row.id)
        *_, (version, sha256) = calibrating.course(node, book, row).versions()
    again = more.how == "challenges"
    if (known.assignment == "listed" and not again) or quality.exam(known.quality) is not None:
        raise NotContinued(
            "an exam, and an order that names who may answer, are not continued: place another", pointer="/order"
        )
    if more.how == "rest" and row.status == "open" and row.deadline > node.clock():
        raise StillOpen("close the order first: until then its tasks may still be answered at its own pay")
    lacking = [task for task in tasks if task.answered < task.wanted]
    if more.how == "rest" and not lacking:
        raise Malformed("the order must have tasks that lack answers, it has none", pointer="/how")
    each = more.each or (
        max(task.wanted - task.answered for task in lacking) if more.how == "rest" else known.redundancy
    )
    if not 1 <= each <= MOST_EACH:
        raise Malformed(f"each must be 1 to {MOST_EACH}, got {each}", pointer="/each")
    if not 1 <= more.days <= LONGEST_DAYS:
        raise Malformed(f"days must be 1 to {LONGEST_DAYS}, got {more.days}", pointer="/days")
    reward = int(known.reward) if more.reward is None else more.reward
    items = (
        list(more.items)
        if more.how in ("items", "challenges")
        else [cast(Json, dict(t.data)) for t in (lacking if more.how == "rest" else tasks)]
    )
    if not items:
        raise Malformed("items must hold at least one, got none", pointer="/items")
    asked, extra = {name: value for name, value in known.quality.items() if name != "challenges"}, list[str]()
    if again:
        with node.store.reading() as book:
            served.check_more(book, known, row, redundancy=each)
        items, asked, places = _among(known, items, [cast(Json, dict(task.data)) for task in tasks])
        extra.append(places)
    planned = KINDS[known.source].plan(known.spec, items)
    declared = quality.read(asked)
    budget = len(planned) * each * unit_cost(reward=reward, fee_bps=terms.fee_bps)
    budget += quality.cost(declared, tasks=len(planned), fee_bps=terms.fee_bps)
    left = ("bid", "calibration", "continues", "deadline", "escrow_order")
    body: dict[str, Json] = {
        **{name: value for name, value in said.body.items() if name not in left},
        **({"assignment": "drawn", "spec": continuing.definition(known.spec)} if again else {}),
        "budget": str(max(1, budget)),
        "continues": root(said),
        "guideline": {"sha256": sha256, "version": version},
        "quality": asked,
        "redundancy": each,
        "reward": str(reward),
        "terms_version": terms.version,
    }
    return {
        "body": body,
        "extra": extra,
        "guideline": node.kept(sha256).decode(),
        "items": items,
        "seconds": more.days * 86_400,
    }


def _among(stock: Order, own: Sequence[Json], theirs: Sequence[Json]) -> tuple[list[Json], dict[str, Json], str]:
    """Return an order's items with a stock's hidden among them, the quality that it declares, and the lines of its places."""
    shuffled = list(range(len(own) + len(theirs)))
    secrets.SystemRandom().shuffle(shuffled)
    salts = [secrets.token_urlsafe(18) for _ in theirs]
    items, lines = challenges.mixed(own, theirs, shuffled=shuffled, salts=salts)
    challenges.places(lines, stock=len(theirs), tasks=len(items))
    places = canonical.lines(lines)
    audits = cast(dict[str, Json], stock.quality.get("audits", {}))
    asked: dict[str, Json] = {
        **stock.quality,
        "audits": {name: value for name, value in audits.items() if name != "sealed_s"},
        "challenges": {"of": stock.id, "places": hashlib.sha256(places).hexdigest()},
    }
    return items, asked, places.decode()


def columns(node: Node, order: str) -> list[str]:
    """Return what each item of an order holds, by name."""
    with node.store.reading() as book:
        row, _ = _first(book, order)
        [task, *_] = book.orders.tasks(row.id, [0])
    return sorted(task.data)


def rows(node: Node, order: str, upload: Upload) -> list[Json]:
    """Return the items that a table brings, by the columns of the order's own. Raises Malformed where one is missing, or is a file."""
    wanted = columns(node, order)
    names: dict[str, str] = {}
    for column in upload.kinds:
        names[questions.variable(column, tuple(names))] = column
    missing = [name for name in wanted if name not in names or upload.kinds[names[name]] != "Text"]
    if missing or upload.media:
        raise Malformed(f"the table must have the columns {wanted} as texts, got {sorted(names)}", pointer="/files")
    return [{name: line[names[name]] for name in wanted} for line in upload.items]


def together(node: Node, order: str) -> Together | None:
    """Return the orders that belong together with one, or None where none continues it and it continues none."""
    with node.store.reading() as book:
        row, said = _first(book, order)
        found = family(book, row, said)
        if len(found) == 1:
            return None
        parts = [_part(book, each) for each in found]
    judged = sum(each.judged for each in parts)
    return Together(
        parts=parts,
        tasks=sum(each.tasks for each in parts),
        wanted=sum(each.wanted for each in parts),
        answered=sum(each.answered for each in parts),
        share=estimate(sum(each.accepted for each in parts), judged),
        funded=sum(each.money.funded for each in parts),
        paid=sum(each.money.paid for each in parts),
        left=sum(each.money.left for each in parts),
    )


def _first(book: Book, order: str) -> tuple[OrderRow, Statement]:
    row, said = book.orders.get(order), book.statements.get(order)
    if row is None or said is None:
        raise desk.UnknownOrder(f"order must be one of this node's, got {order}")
    return row, said[0]


def _part(book: Book, order: StatementId) -> Part:
    row, said = _first(book, order)
    tally = book.figures.of_order(order)
    return Part(
        id=order,
        title=str(said.body["title"]),
        first="continues" not in said.body,
        status=row.status,
        tasks=row.tasks,
        wanted=row.wanted,
        answered=row.answered,
        accepted=tally.accepted,
        judged=tally.accepted + tally.refused,
        reward=int(str(said.body["reward"])),
        money=funds.of(book, row.escrow_order),
    )
