"""What somebody earned: how far each amount is on its way, and why."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hakari.adapters.sql.figures import Tally
from hakari.adapters.sql.store import Book
from hakari.app import appeals, careers, dues, exams, inviting, market, reputations, versions, views
from hakari.app.inviting import Credit
from hakari.app.market import Estimate
from hakari.app.node import Node
from hakari.app.pages import grounds, stake
from hakari.app.pages.pace import HOUR_S, worked_s
from hakari.app.pages.stake import Case
from hakari.app.reputations import Reputation
from hakari.core import canonical, money
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.core.statement import Statement
from hakari.pay import lines as pay_lines
from hakari.pay import merits
from hakari.pay.lines import Line
from hakari.work import orders, quality
from hakari.work.orders import Order
from hakari.work.quality import BY_MERIT
from hakari.work.records import WORK

STAGES = ("reserved", "window", "claimable", "paid")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One amount (micro-units) and its reason. stage: judged, proposed or accepted; `title` names the order or release.

    cause is the id of the statement that it rests on; `epoch` is None until one holds it. answers: of a judged order, how many counted.
    """

    amount: int
    why: str
    stage: str
    title: str
    order: str | None
    release: str | None
    cause: str
    pool: int
    epoch: int | None
    time: int
    answers: Tally | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Answers of one order that were not accepted, by reason. reward: micro-units that each would have been paid. role: work, or that
    of blind answers which what came out contradicts.

    until: to when they can be appealed (Unix seconds), None where they can't now. appealed: how many are under appeal.
    """

    order: str
    title: str
    reasons: Mapping[str, int]
    reward: int
    until: int | None
    appealed: int
    role: str = WORK


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """Answers of one order that wait for their verdict, and what is reserved for them at most. role: work, or that of blind ones, which
    wait for what comes out of their tasks."""

    order: str
    title: str
    answers: int
    amount: int
    deadline: int
    role: str = WORK


@dataclass(frozen=True, kw_only=True, slots=True)
class Earnings:
    """An account's money by stage (micro-units), its entries newest first, and what its answers came to.

    invited: what of it goes to who invited the account. held: of newcomers, until their first answers prove good. window_ends: Unix
    seconds when the next proposed epoch can be settled, by the chain's clock; None where none is proposed. cases: slashes of its stake.
    """

    account: Account
    reserved: int
    held: int
    window: int
    claimable: int
    paid: int
    claims: int
    window_ends: int | None
    waiting: Sequence[Waiting]
    entries: Sequence[Entry]
    refusals: Sequence[Refusal]
    answers: Tally
    accepted: Estimate
    worked_s: int
    invited: Sequence[Credit]
    reputation: Sequence[Reputation]
    cases: Sequence[Case]

    @property
    def hourly(self) -> int | None:
        """What an hour of work came to so far, None where the times don't say."""
        earned = self.window + self.claimable + self.paid
        return earned * HOUR_S // self.worked_s if self.worked_s >= 60 and earned else None


def earnings(node: Node, who: Account) -> Earnings:
    """Return what an account earned."""
    money_now = views.account(node, who)["earnings"]
    with node.store.reading() as book:
        orders_ = book.figures.orders_of(who)
        blind, hidden = _blind(node, book, who)
        entries = _entries(node, book, who, {**{(order, WORK): each for order, each in orders_}, **blind})
        held = _held(node, book, who)
        waiting = [each for order, tally in orders_ if tally.waiting for each in [_waiting(book, order, tally)]]
        waiting += hidden
        refusals = [
            each
            for order, tally in orders_
            if tally.refused
            for each in [_refusal(node, book, order, who)]
            if each.reasons
        ]
        refusals += [_contradicted(book, *place, each.refused) for place, each in blind.items() if each.refused]
        tally = book.answers.tally(who)
        claimed = book.chain.events(contract="payouts", event="Claimed", having=("account", who))
        ends = [
            int(str(event.args["window_ends"]))
            for row in book.payouts.epochs()
            if row.status == "proposed"
            for event in book.chain.events(contract="payouts", event="Proposed", having=("pool", str(row.pool)))
            if event.args["epoch"] == str(row.number)
        ]
        invited = inviting.owed(book, who, now=node.clock())
        known = reputations.of(node, book, who)
        cases = stake.cases(book, who)
        worked = sum(worked_s(book.figures.sent(order, account=who)) for order, _ in orders_)
    judged = Tally(
        waiting=tally["waiting"], accepted=tally["accepted"], refused=tally["refused"], score=tally.get("score", 0)
    )
    return Earnings(
        account=who,
        reserved=sum(each.amount for each in waiting),
        window=sum(each.amount for each in entries if each.stage != "accepted"),
        held=held,
        claimable=int(money_now["claimable"]),
        paid=int(money_now["claimed"]),
        claims=len(claimed),
        window_ends=max(ends, default=None),
        waiting=waiting,
        entries=entries,
        refusals=refusals,
        answers=judged,
        accepted=market.estimate(judged.accepted, judged.accepted + judged.refused),
        worked_s=worked,
        invited=invited,
        reputation=known,
        cases=cases,
    )


Mine = Mapping[tuple[StatementId, str], Tally]
"""An account's answers in numbers, by order and role."""


def _blind(node: Node, book: Book, who: Account) -> tuple[dict[tuple[StatementId, str], Tally], list[Waiting]]:
    """Return what became of an account's blind answers, by order and role, and those of which nothing is settled yet."""
    known: dict[tuple[StatementId, str], Tally] = {}
    waiting: list[Waiting] = []
    for order, role, answers in book.figures.blind_of(who):
        for said, _ in book.statements.about("settlement", order):
            for line in dues.pay_of(node, said).blind:
                if (line.account, line.role) == (who, role):
                    refused = line.answers - line.accepted
                    known[order, role] = Tally(waiting=0, accepted=line.accepted, refused=refused, score=0)
        if (order, role) not in known:
            found = _waiting(book, order, Tally(waiting=answers, accepted=0, refused=0, score=0))
            waiting.append(replace(found, amount=answers * _reward(book, order, role), role=role))
    return known, waiting


def _reward(book: Book, order: StatementId, role: str) -> int:
    return quality.rewards(careers.order_of(book, order).quality).get(role, Micros(0))


def _contradicted(book: Book, order: StatementId, role: str, count: int) -> Refusal:
    title = str(careers.order_of(book, order).title)
    reward = _reward(book, order, role)
    return Refusal(
        order=order, title=title, reasons={grounds.CAME_OUT: count}, reward=reward, until=None, appealed=0, role=role
    )


def _entries(node: Node, book: Book, who: Account, mine: Mine) -> list[Entry]:
    lines = book.payouts.of_account(who)
    made = [_entry(book, line, mine, stage=row.status, pool=row.pool, epoch=row.number) for row, line in lines]
    known = {line.cause for _, line in lines}
    for order in {order for order, _ in mine}:
        said = book.statements.get(order)
        assert said is not None  # answers are of recorded orders
        asked = orders.order(said[0])
        for line in _coming(node, book, who, asked):
            if line.cause not in known:
                made.append(_entry(book, line, mine, stage="judged", pool=asked.pool, epoch=None))
    return sorted(made, key=lambda each: (-each.time, each.cause, each.why))


def _coming(node: Node, book: Book, who: Account, asked: Order) -> list[Line]:
    """Return what verdicts and settlements of an order give an account; before a settlement, what its verdicts give at most.

    What goes to who invited the account is not its own.
    """
    verdicts = [each for each, _ in book.statements.about("verdicts", asked.id)]
    settled = [each for each, _ in book.statements.about("settlement", asked.id)]
    by_merit = any(each.body["rules"] in BY_MERIT for each in verdicts)
    found: list[tuple[Statement, int, str]] = []
    if not (by_merit and settled):
        newest = verdicts[-1:] if by_merit else verdicts
        found += [
            (each, book.answers.accepted_by_account(each.id).get(who, 0) * asked.reward, "work") for each in newest
        ]
    for each in settled:
        pay = merits.read(canonical.read_lines(node.kept(str(each.body["pay"]))))
        found += [(each, amount, why) for account, amount, why in pay.due if account == who]
    invites, invited = versions.under(book, asked).invites, inviting.first(book, asked.pool).get(who)
    return [
        Line(account=who, cause=said.id, source=asked.escrow_order, amount=Micros(amount - credit), why=why)
        for said, amount, why in found
        if amount
        for counts in [invites is not None and invited is not None and said.time < invited.until(invites)]
        for credit in [pay_lines.credit(amount, why, invites if counts else None)]
    ]


def _held(node: Node, book: Book, who: Account) -> int:
    """Return what is held of an account's pay until its first answers prove good, over all pools."""
    return sum(
        sum(career.held.values()) + sum(career.due.values())
        for row in book.orders.pools()
        for career in [careers.standing(node, book, row.pool).career(who)]
    )


def _entry(book: Book, line: Line, mine: Mine, *, stage: str, pool: int, epoch: int | None) -> Entry:
    cause, amount, why = line.cause, line.amount, line.why
    said = book.statements.get(cause)
    assert said is not None  # a line rests on a statement of this log
    statement = said[0]
    order = str(statement.body["order"]) if "order" in statement.body else None
    release = str(statement.body["release"]) if "release" in statement.body else None
    return Entry(
        amount=amount,
        why=why,
        stage=stage,
        title=_title(book, statement, order, release),
        order=order,
        release=release,
        cause=cause,
        pool=pool,
        epoch=epoch,
        time=statement.time,
        answers=mine.get((StatementId(order), why)) if order else None,
    )


def _title(book: Book, statement: Statement, order: str | None, release: str | None) -> str:
    if release is not None:
        found = book.releases.get(release)
        return release if found is None else str(found.body["name"])
    said = None if order is None else book.statements.get(order)
    return statement.kind if said is None else str(said[0].body["title"])


def _waiting(book: Book, order: StatementId, tally: Tally) -> Waiting:
    said, row = book.statements.get(order), book.orders.get(order)
    assert said is not None  # answers are of recorded orders
    assert row is not None
    return Waiting(
        order=order,
        title=str(said[0].body["title"]),
        answers=tally.waiting,
        amount=tally.waiting * int(str(said[0].body["reward"])),
        deadline=row.deadline,
    )


def _refusal(node: Node, book: Book, order: StatementId, who: Account) -> Refusal:
    said = book.statements.get(order)
    assert said is not None  # answers are of recorded orders
    window, exam = appeals.window(node, book, order), exams.is_one(book, order)
    return Refusal(
        order=order,
        title=str(said[0].body["title"]),
        reasons={
            grounds.named(reason, exam=exam): count for reason, count in book.figures.refusals(order, who).items()
        },
        until=None if window is None else window.until,
        appealed=list(appeals.became(book, order, who).values()).count("open"),
        reward=int(str(said[0].body["reward"])),
    )


COLUMNS = ("time_utc", "pool", "epoch", "stage", "amount", "unit", "why", "title", "order", "release", "cause")


def table(node: Node, who: Account, *, year: int | None = None) -> str:
    """Return an account's entries as CSV, oldest first; of one year, or all. Text that a spreadsheet would run is made text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    unit = market.unit(node)
    for each in reversed(earnings(node, who).entries):
        at = datetime.fromtimestamp(each.time, UTC)
        if year not in (None, at.year):
            continue
        row: list[Any] = [
            at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            each.pool,
            "" if each.epoch is None else each.epoch,
            each.stage,
            money.show(each.amount).replace(",", ""),
            unit,
            each.why,
            plain(each.title),
            each.order or "",
            each.release or "",
            each.cause,
        ]
        writer.writerow(row)
    return out.getvalue()


def plain(text: str) -> str:
    """Return a text as a spreadsheet shows it."""
    # A title is a stranger's text: a spreadsheet runs what begins like a formula.
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def years(found: Earnings) -> list[int]:
    """Return the years in which an account earned something, newest first."""
    per: defaultdict[int, int] = defaultdict(int)
    for each in found.entries:
        per[datetime.fromtimestamp(each.time, UTC).year] += 1
    return sorted(per, reverse=True)
