"""Looking things up in the log, for the explorer's pages: reads only, each by an index and for one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from hakari.adapters.sql.schema import answers, epochs, lines, orders, releases, statements, uses
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.core.statement import Statement, parse_bytes
from hakari.pay.lines import Line


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A statement with its leaf, or None while it waits to be sequenced; `subject` is the order, release or pool it is about."""

    seq: int
    id: StatementId
    leaf: int | None
    subject: str | None
    statement: Statement

    @property
    def kind(self) -> str:
        """What kind of statement it is."""
        return self.statement.kind

    @property
    def author(self) -> Account:
        """Who said it."""
        return self.statement.author


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """A logged use of a licence: its statement, the release, who used it."""

    id: StatementId
    licence: int
    release: StatementId
    account: Account


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """`count` answers to an order that verdicts (said at `time`, Unix seconds) refused for one reason."""

    order: StatementId
    verdicts: StatementId
    reason: str
    time: int
    count: int


class Finding:
    """Where things stand in the log."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self, *, before: int | None, limit: int, kind: str | None = None) -> list[Found]:
        """Return up to `limit` statements with leaves below `before`, newest first."""
        wanted = _COLUMNS.where(statements.c.leaf.is_not(None))
        if before is not None:
            wanted = wanted.where(statements.c.leaf < before)
        if kind is not None:
            wanted = wanted.where(statements.c.kind == kind)
        return self._all(wanted.order_by(statements.c.leaf.desc()).limit(limit))

    def at(self, leaf: int) -> Found | None:
        """Return the statement of a leaf, or None."""
        return next(iter(self._all(_COLUMNS.where(statements.c.leaf == leaf))), None)

    def get(self, statement: str) -> Found | None:
        """Return a statement by its id, or None."""
        return next(iter(self._all(_COLUMNS.where(statements.c.id == statement))), None)

    def beginning(self, digits: str, *, limit: int) -> list[Found]:
        """Return up to `limit` statements whose id begins with these lower-case hexadecimal digits."""
        return self._all(_COLUMNS.where(*_begins(statements.c.id, digits)).order_by(statements.c.id).limit(limit))

    def authors(self, beginning: str, *, limit: int) -> list[Account]:
        """Return up to `limit` accounts that said something and whose address begins so."""
        wanted = select(statements.c.author).where(*_begins(statements.c.author, beginning)).distinct()
        return [Account(each) for each in self._connection.scalars(wanted.order_by(statements.c.author).limit(limit))]

    def by(self, author: str, *, before: int | None, limit: int) -> list[Found]:
        """Return up to `limit` statements of an author with sequences below `before`, newest first."""
        wanted = _COLUMNS.where(statements.c.author == author)
        if before is not None:
            wanted = wanted.where(statements.c.seq < before)
        return self._all(wanted.order_by(statements.c.seq.desc()).limit(limit))

    def about(self, kind: str, subject: str, *, limit: int) -> list[Found]:
        """Return up to `limit` statements of a kind about a subject, newest first."""
        wanted = _COLUMNS.where(statements.c.kind == kind, statements.c.subject == subject)
        return self._all(wanted.order_by(statements.c.seq.desc()).limit(limit))

    def about_kind(self, kind: str, *, limit: int) -> list[Found]:
        """Return up to `limit` statements of a kind, newest first."""
        return self._all(_COLUMNS.where(statements.c.kind == kind).order_by(statements.c.seq.desc()).limit(limit))

    def oldest_waiting(self) -> int | None:
        """Return the time (Unix seconds) of the oldest statement that waits to be sequenced, or None."""
        return self._connection.scalar(select(func.min(statements.c.time)).where(statements.c.leaf.is_(None)))

    def count(self, kind: str, subject: str) -> int:
        """Return how many statements of a kind there are about a subject."""
        wanted = select(func.count()).where(statements.c.kind == kind, statements.c.subject == subject)
        return self._connection.scalar(wanted) or 0

    def paying(self, pool: int, cause: str, leaf: int) -> tuple[int, str] | None:
        """Return (number, status) of the epoch that pays the statement of this id and leaf, or None.

        Only epochs that were said after it can, and the first of them does unless it reached its limits.
        """
        wanted = (
            select(epochs.c.number, epochs.c.status)
            .join(statements, statements.c.id == epochs.c.statement)
            .where(epochs.c.pool == pool, (statements.c.leaf > leaf) | statements.c.leaf.is_(None))
            .order_by(epochs.c.number)
        )
        for row in self._connection.execute(wanted.limit(_NEXT_EPOCHS)):
            if self.owed(pool, row.number, cause=cause)[0]:
                return row.number, row.status
        return None

    def owed(
        self, pool: int, epoch: int, *, cause: str | None = None, account: str | None = None
    ) -> tuple[int, Micros, int]:
        """Return (lines, their sum in micro-units, how many accounts) of an epoch: of a cause, of an account, or all."""
        wanted = select(
            func.count(), func.coalesce(func.sum(lines.c.amount), 0), func.count(lines.c.account.distinct())
        )
        wanted = wanted.where(lines.c.pool == pool, lines.c.epoch == epoch)
        if cause is not None:
            wanted = wanted.where(lines.c.cause == cause)
        if account is not None:
            wanted = wanted.where(lines.c.account == account)
        count, amount, accounts = self._connection.execute(wanted).one()
        return int(count), Micros(int(amount)), int(accounts)

    def paid_until(self, pool: int, epoch: int, account: str) -> Micros:
        """Return what the accepted epochs of a pool up to this one promised an account, in micro-units."""
        wanted = (
            select(func.coalesce(func.sum(lines.c.amount), 0))
            .join(epochs, (epochs.c.pool == lines.c.pool) & (epochs.c.number == lines.c.epoch))
            .where(
                lines.c.account == account,
                lines.c.pool == pool,
                lines.c.epoch <= epoch,
                epochs.c.status == "accepted",
            )
        )
        return Micros(int(self._connection.scalar(wanted) or 0))

    def accounts_of(self, pool: int, epoch: int, *, after: str, limit: int) -> list[tuple[Account, int, Micros]]:
        """Return up to `limit` accounts above `after` with lines in an epoch, as (account, lines, their sum)."""
        wanted = (
            select(lines.c.account, func.count().label("count"), func.sum(lines.c.amount).label("amount"))
            .where(lines.c.pool == pool, lines.c.epoch == epoch, lines.c.account > after)
            .group_by(lines.c.account)
            .order_by(lines.c.account)
            .limit(limit)
        )
        return [(Account(row[0]), int(row[1]), Micros(int(row[2]))) for row in self._connection.execute(wanted)]

    def lines_of(self, pool: int, epoch: int, account: str) -> list[Line]:
        """Return an account's lines of an epoch, ascending by cause."""
        rows = self._connection.execute(
            select(lines)
            .where(lines.c.pool == pool, lines.c.epoch == epoch, lines.c.account == account)
            .order_by(lines.c.cause)
        )
        return [
            Line(account=row.account, cause=row.cause, source=row.source, amount=row.amount, why=row.why)
            for row in rows
        ]

    def epochs_of(self, account: str, *, limit: int) -> list[tuple[int, int, str, Micros]]:
        """Return up to `limit` epochs in which an account has lines, newest first: (pool, number, status, sum of its lines)."""
        wanted = (
            select(lines.c.pool, lines.c.epoch, epochs.c.status, func.sum(lines.c.amount))
            .join(epochs, (epochs.c.pool == lines.c.pool) & (epochs.c.number == lines.c.epoch))
            .where(lines.c.account == account)
            .group_by(lines.c.pool, lines.c.epoch, epochs.c.status)
            .order_by(lines.c.epoch.desc(), lines.c.pool)
            .limit(limit)
        )
        return [(row[0], row[1], row[2], Micros(int(row[3]))) for row in self._connection.execute(wanted)]

    def orders_of(self, buyer: str, *, limit: int) -> list[StatementId]:
        """Return up to `limit` orders of a buyer, newest first."""
        wanted = select(orders.c.id).where(orders.c.buyer == buyer).order_by(orders.c.seq.desc()).limit(limit)
        return [StatementId(each) for each in self._connection.scalars(wanted)]

    def epoch_numbered(self, number: int, *, limit: int) -> list[int]:
        """Return up to `limit` pools that have an epoch of this number."""
        wanted = select(epochs.c.pool).where(epochs.c.number == number).order_by(epochs.c.pool).limit(limit)
        return list(self._connection.scalars(wanted))

    def uses(
        self, *, licence: int | None = None, release: str | None = None, account: str | None = None, limit: int
    ) -> list[Use]:
        """Return up to `limit` uses of a licence, a release or by an account, newest first."""
        wanted = select(uses).join(statements, statements.c.id == uses.c.id)
        if licence is not None:
            wanted = wanted.where(uses.c.licence == licence)
        if release is not None:
            wanted = wanted.where(uses.c.release == release)
        if account is not None:
            wanted = wanted.where(uses.c.account == account)
        return [
            Use(id=row.id, licence=row.licence, release=row.release, account=row.account)
            for row in self._connection.execute(wanted.order_by(statements.c.seq.desc()).limit(limit))
        ]

    def uses_of_work(self, account: str, *, limit: int) -> list[Use]:
        """Return up to `limit` uses of releases of orders that the account bought or answered, newest first."""
        own = select(orders.c.id).where(orders.c.buyer == account)
        own = own.union(select(answers.c.order).where(answers.c.account == account))
        wanted = (
            select(uses)
            .join(statements, statements.c.id == uses.c.id)
            .join(releases, releases.c.id == uses.c.release)
            .where(releases.c.order.in_(own))
            .order_by(statements.c.seq.desc())
            .limit(limit)
        )
        return [
            Use(id=row.id, licence=row.licence, release=row.release, account=row.account)
            for row in self._connection.execute(wanted)
        ]

    def refusals(self, account: str, *, limit: int) -> list[Refusal]:
        """Return up to `limit` refusals of an account's answers, newest first: one for each reason in each verdicts."""
        wanted = (
            select(answers.c.order, answers.c.verdicts, answers.c.reason, statements.c.time, func.count())
            .join(statements, statements.c.id == answers.c.verdicts)
            .where(answers.c.account == account, answers.c.accepted.is_(False))
            .group_by(answers.c.order, answers.c.verdicts, answers.c.reason, statements.c.time)
            .order_by(statements.c.time.desc(), answers.c.verdicts, answers.c.reason)
            .limit(limit)
        )
        return [
            Refusal(order=row[0], verdicts=row[1], reason=row[2] or "", time=row[3], count=int(row[4]))
            for row in self._connection.execute(wanted)
        ]

    def count_uses(self, *, licence: int | None = None, release: str | None = None) -> int:
        """Return how many uses of a licence or of a release are logged."""
        wanted = select(func.count()).select_from(uses)
        if licence is not None:
            wanted = wanted.where(uses.c.licence == licence)
        if release is not None:
            wanted = wanted.where(uses.c.release == release)
        return self._connection.scalar(wanted) or 0

    def named(self, ids: Sequence[str]) -> list[Found]:
        """Return the statements of these ids."""
        return self._all(_COLUMNS.where(statements.c.id.in_(list(ids))))

    def entitled(self, ids: Sequence[str]) -> dict[str, str]:
        """Return what these orders and releases are called: a release's name, an order's title, by id."""
        found: dict[str, str] = {}
        for each in self.named(ids):
            if each.kind in ("order", "release"):
                found[each.id] = str(each.statement.body["title" if each.kind == "order" else "name"])
        return found

    def releases_of(self, order: str, *, limit: int) -> list[StatementId]:
        """Return up to `limit` releases of an order, newest first."""
        wanted = select(releases.c.id).where(releases.c.order == order).order_by(releases.c.seq.desc()).limit(limit)
        return [StatementId(each) for each in self._connection.scalars(wanted)]

    def _all(self, wanted: Any) -> list[Found]:
        return [
            Found(seq=row.seq, id=row.id, leaf=row.leaf, subject=row.subject, statement=parse_bytes(row.bytes))
            for row in self._connection.execute(wanted)
        ]


_COLUMNS: Any = select(statements.c.seq, statements.c.id, statements.c.leaf, statements.c.subject, statements.c.bytes)
_NEXT_EPOCHS = 8


def _begins(column: Any, beginning: str) -> tuple[Any, Any]:
    # A range and not LIKE: both databases read a range of hexadecimal text from the index.
    return column >= beginning, column < beginning + "g"
