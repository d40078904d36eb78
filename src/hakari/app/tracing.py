"""A statement in relation: the facts that it states, and its place in the chain of seven stages from an order to a claim.

order → task → submission → verdict → line → epoch → claim          (being paid)
order → release → licence → use     → line → epoch → claim          (being used, and paid again)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from hakari.adapters.sql.finding import Found
from hakari.adapters.sql.store import Book
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json

WORK = ("order", "task", "submission", "verdict", "line", "epoch", "claim")
SALE = ("order", "release", "licence", "use", "line", "epoch", "claim")

STAGE_OF: Mapping[str, tuple[tuple[str, ...], str]] = {
    "order": (WORK, "order"),
    "tasks": (WORK, "task"),
    "assignment": (WORK, "task"),
    "submission": (WORK, "submission"),
    "wave": (WORK, "task"),
    "funding": (WORK, "verdict"),
    "draw": (WORK, "verdict"),
    "verdicts": (WORK, "verdict"),
    "settlement": (WORK, "line"),
    "epoch": (WORK, "epoch"),
    "release": (SALE, "release"),
    "sale": (SALE, "licence"),
    "use": (SALE, "use"),
    "instalment": (SALE, "line"),
}
"""Which chain a kind of statement stands in, and where."""

FORMS: Mapping[str, str] = {
    "account": "account",
    "amount": "amount",
    "answers": "evidence",
    "budget": "amount",
    "buyer": "account",
    "croissant": "evidence",
    "deadline": "time",
    "events": "evidence",
    "fee": "amount",
    "free": "amount",
    "expires": "time",
    "fee_account": "account",
    "fee_bps": "bps",
    "decision": "statement",
    "income": "amount",
    "licence": "licence",
    "lines": "evidence",
    "manifest": "evidence",
    "not_before": "time",
    "order": "order",
    "panels": "evidence",
    "transfers": "evidence",
    "pay": "evidence",
    "paid": "amount",
    "pool": "pool",
    "price": "amount",
    "purpose": "purposes",
    "purposes": "purposes",
    "release": "release",
    "results": "evidence",
    "reward": "amount",
    "sale": "statement",
    "session_key": "digest",
    "settlement": "statement",
    "shares": "evidence",
    "summary": "evidence",
    "total": "amount",
    "until": "time",
    "verdicts": "statement",
}
"""How the members of statements are read (formats §4); what is not here is read by its look."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A member of a statement, and how to read its value.

    form: account, amount, bps, digest, evidence, json, licence, nothing, number, order, pool, purposes, release, statement, text
    or time.
    """

    name: str
    form: str
    value: str | int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One stage. reached: it has come about; leaf: where it stands, if in one statement; count, amount (micro-units): of how much."""

    name: str
    reached: bool = False
    current: bool = False
    leaf: int | None = None
    count: int | None = None
    amount: int | None = None
    pool: int | None = None
    epoch: int | None = None


def facts(found: Found) -> tuple[Fact, ...]:
    """Return what a statement states, member by member."""
    return tuple(_fact(found.kind, name, value) for name, value in sorted(found.statement.body.items()))


def _fact(kind: str, name: str, value: Json) -> Fact:
    if kind == "tasks" and name == "tasks":
        return Fact(name=name, form="evidence", value=str(value))
    if value is None or value == []:
        return Fact(name=name, form="nothing", value="")
    if isinstance(value, dict | list):
        return Fact(name=name, form="json", value=canonical.encode(value).decode())
    form = FORMS.get(name)
    if form in ("evidence", "digest", "order", "release", "statement") and not _is_digest(value):
        form = None
    if form == "time" and value == 0:
        return Fact(name=name, form="nothing", value="")
    if form is not None:
        return Fact(name=name, form=form, value=value if isinstance(value, int) else str(value))
    if isinstance(value, int):
        return Fact(name=name, form="number", value=int(value))
    text = str(value)
    looks = "digest" if _is_digest(value) else ("account" if len(text) == 42 and text.startswith("0x") else "text")
    return Fact(name=name, form=looks, value=text)


def _is_digest(value: Json) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def trace(node: Node, found: Found) -> tuple[Stage, ...]:
    """Return the seven stages around a statement, or nothing where it stands in no chain. A fixed number of queries."""
    placed = STAGE_OF.get(found.kind)
    if placed is None:
        return ()
    chain, here = placed
    with node.store.reading() as book:
        if found.kind == "epoch":
            stages = _of_epoch(book, found)
        elif chain is WORK:
            stages = _of_order(book, found)
        else:
            stages = _of_release(book, found)
    known = {stage.name: stage for stage in stages}
    return tuple(
        replace(known.get(name, Stage(name=name)), current=True, reached=True)
        if name == here
        else known.get(name, Stage(name=name))
        for name in chain
    )


@dataclass
class _Way:
    """Stages as they are found."""

    stages: list[Stage] = field(default_factory=list[Stage])

    def add(self, name: str, found: Found | None, *, count: int | None = None) -> None:
        if found is not None or count:
            self.stages.append(Stage(name=name, reached=True, leaf=found.leaf if found else None, count=count))


def _of_order(book: Book, found: Found) -> list[Stage]:
    body, way = found.statement.body, _Way()
    order = found.id if found.kind == "order" else str(body["order"])
    row = book.orders.get(order)
    account = {"submission": str(found.author), "assignment": str(body.get("account"))}.get(found.kind)
    way.add("order", found if found.kind == "order" else book.finding.get(order))
    tasks = next(iter(book.finding.about("tasks", order, limit=1)), None)
    way.add("task", found if found.kind in ("tasks", "assignment") else tasks, count=row.tasks if row else None)
    if found.kind == "submission":
        way.add("submission", found, count=len(cast(list[Json], body["commitments"])))
    else:
        way.add("submission", None, count=book.finding.count("submission", order))
    verdict = found if found.kind == "verdicts" else _verdict(book, found, order)
    if verdict is not None and row is not None:
        way.add("verdict", verdict)
        way.stages += _paid(book, row.pool, _cause(book, found, verdict, order), account)
    return way.stages


def _cause(book: Book, found: Found, verdict: Found, order: str) -> Found:
    """Return what makes money due: the settlement of orders that pay by merit, else the verdicts themselves."""
    if found.kind == "settlement":
        return found
    settled = next(iter(book.finding.about("settlement", order, limit=1)), None)
    return settled if settled is not None and settled.statement.body["verdicts"] == verdict.id else verdict


def _verdict(book: Book, found: Found, order: str) -> Found | None:
    if found.kind == "settlement":
        return book.finding.get(str(found.statement.body["verdicts"]))
    if found.kind == "submission":
        judged = {row.verdicts for row in book.answers.of_submission(found.id) if row.verdicts}
        return book.finding.get(judged.pop()) if judged else None
    return next(iter(book.finding.about("verdicts", order, limit=1)), None)


def _of_release(book: Book, found: Found) -> list[Stage]:
    way = _Way()
    said = book.finding.get(str(found.statement.body["sale"])) if found.kind == "instalment" else found
    assert said is not None  # an instalment is said of a recorded sale
    release = said.id if said.kind == "release" else str(said.statement.body["release"])
    row = book.releases.get(release)
    if row is None:
        return []
    way.add("order", book.finding.get(row.order))
    way.add("release", said if said.kind == "release" else book.finding.get(release))
    licence = None if said.kind == "release" else cast(int, said.statement.body["licence"])
    sales = book.finding.about("sale", release, limit=_SALES_LOOKED_AT)
    sale = next((each for each in sales if licence in (None, each.statement.body["licence"])), None)
    way.add("licence", sale, count=book.finding.count("sale", release) if licence is None else None)
    if found.kind == "use":
        way.add("use", found)
    else:
        way.add("use", None, count=book.finding.count_uses(licence=licence, release=release))
    if sale is not None:
        # A sale by instalments makes nothing due itself: its parts do, one after another.
        parts = [found] if found.kind == "instalment" else [sale, *book.finding.about("instalment", sale.id, limit=1)]
        way.stages += next((paid for each in parts if (paid := _paid(book, row.pool, each, None))), [])
    return way.stages


_SALES_LOOKED_AT = 200


def _paid(book: Book, pool: int, cause: Found, account: str | None) -> list[Stage]:
    """Return line, epoch and claim of a statement that makes something due: for an account, or for all."""
    if cause.leaf is None:
        return []
    paying = book.finding.paying(pool, cause.id, cause.leaf)
    if paying is None:
        return []
    number, status = paying
    count, amount, _ = book.finding.owed(pool, number, cause=cause.id, account=account)
    if not count:
        return []
    claimed = status == "accepted" and _claimed(book, pool, number, account)
    return [
        Stage(name="line", reached=True, count=count, amount=amount, pool=pool, epoch=number),
        Stage(name="epoch", reached=True, pool=pool, epoch=number),
        Stage(name="claim", reached=claimed, pool=pool, epoch=number),
    ]


def _claimed(book: Book, pool: int, number: int, account: str | None) -> bool:
    """Tell whether an account took what the epoch owes it; without an account, whether anybody claimed from the pool since."""
    if account is None:
        accepted = book.chain.events(contract="payouts", event="Accepted", having=("epoch", str(number)))
        block = next((each.block for each in accepted if each.args["pool"] == str(pool)), None)
        return block is not None and bool(
            book.chain.events(contract="payouts", event="Claimed", first=block, having=("pool", str(pool)))
        )
    claims = book.chain.events(contract="payouts", event="Claimed", having=("account", account))
    taken = sum(int(str(each.args["amount"])) for each in claims if each.args["pool"] == str(pool))
    return taken >= book.finding.paid_until(pool, number, account)


def _of_epoch(book: Book, found: Found) -> list[Stage]:
    body = found.statement.body
    pool, number = cast(int, body["pool"]), cast(int, body["number"])
    lines, amount, _ = book.finding.owed(pool, number)
    row = book.payouts.get(pool, number)
    claimed = row is not None and row.status == "accepted" and _claimed(book, pool, number, None)
    pulls = len(cast(list[Json], body["pulls"]))
    return [
        Stage(name="order", reached=True, count=pulls),
        *(Stage(name=name, reached=True) for name in ("task", "submission", "verdict")),
        Stage(name="line", reached=True, count=lines, amount=amount, pool=pool, epoch=number),
        Stage(name="epoch", reached=True, leaf=found.leaf, pool=pool, epoch=number),
        Stage(name="claim", reached=claimed, pool=pool, epoch=number),
    ]
