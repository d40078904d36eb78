"""Counts over many rows, for pages and reports: reads only."""

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from hakari.adapters.sql.amounts import halves, whole
from hakari.adapters.sql.schema import answers, lines, statements
from hakari.core.ids import Account, StatementId
from hakari.work.records import WORK


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Answers in numbers: waiting for a verdict, accepted, refused; `score` is the mean of the judged ones in basis points."""

    waiting: int
    accepted: int
    refused: int
    score: int

    @property
    def all(self) -> int:
        """Every answer."""
        return self.waiting + self.accepted + self.refused


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """One submission in numbers: whose, when (Unix seconds), how many answers."""

    account: Account
    time: int
    answers: int


_TALLY = (
    func.count().filter(answers.c.verdicts.is_(None), answers.c.role == WORK).label("waiting"),
    func.count().filter(answers.c.accepted.is_(True)).label("accepted"),
    func.count().filter(answers.c.accepted.is_(False)).label("refused"),
    func.coalesce(func.avg(answers.c.score), 0).label("score"),
)


class Figures:
    """What was judged and paid, added up by the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def judged(self) -> int:
        """Return how many answers have a verdict."""
        return self._connection.scalar(select(func.count()).where(answers.c.verdicts.is_not(None))) or 0

    def of_order(self, order: str) -> Tally:
        """Return an order's answers in numbers."""
        return _tally(
            self._connection.execute(select(*_TALLY).where(answers.c.order == order, answers.c.role == WORK)).one()
        )

    def of_account(self, account: str) -> Tally:
        """Return an account's answers in numbers, over all orders."""
        return _tally(self._connection.execute(select(*_TALLY).where(answers.c.account == account)).one())

    def people(self, order: str, *, limit: int) -> list[tuple[Account, Tally]]:
        """Return who answered an order, most answers first, ties by account: at most `limit` accounts."""
        rows = self._connection.execute(
            select(answers.c.account, *_TALLY)
            .where(answers.c.order == order, answers.c.role == WORK)
            .group_by(answers.c.account)
            .order_by(func.count().desc(), answers.c.account)
            .limit(limit)
        )
        return [(Account(row.account), _tally(row)) for row in rows]

    def accounts(self, order: str) -> int:
        """Return how many accounts answered an order."""
        return (
            self._connection.scalar(
                select(func.count(answers.c.account.distinct())).where(answers.c.order == order, answers.c.role == WORK)
            )
            or 0
        )

    def contributors(self) -> int:
        """Return how many accounts gave answers to any order."""
        return self._connection.scalar(select(func.count(answers.c.account.distinct()))) or 0

    def reasons(self, order: str, account: str | None = None) -> dict[str, int]:
        """Return how often each reason was given in an order's verdicts (for an account), most frequent first."""
        wanted = select(answers.c.reason, func.count().label("times")).where(
            answers.c.order == order, answers.c.reason.is_not(None)
        )
        if account is not None:
            wanted = wanted.where(answers.c.account == account)
        rows = self._connection.execute(wanted.group_by(answers.c.reason).order_by(func.count().desc()))
        return {row.reason: row.times for row in rows}

    def refusals(self, order: str, account: str) -> dict[str, int]:
        """Return how often each reason refused an answer of an account in an order, most frequent first."""
        rows = self._connection.execute(
            select(answers.c.reason, func.count().label("times"))
            .where(answers.c.order == order, answers.c.account == account, answers.c.accepted.is_(False))
            .group_by(answers.c.reason)
            .order_by(func.count().desc(), answers.c.reason)
        )
        return {str(row.reason): row.times for row in rows}

    def orders_of(self, account: str) -> list[tuple[StatementId, Tally]]:
        """Return the orders that an account answered, in any role, with its work in numbers: blind answers have no verdict."""
        rows = self._connection.execute(
            select(answers.c.order, *_TALLY).where(answers.c.account == account).group_by(answers.c.order)
        )
        return [(StatementId(row.order), _tally(row)) for row in rows]

    def blind_of(self, account: str) -> list[tuple[StatementId, str, int]]:
        """Return how many blind answers an account gave, by order and role."""
        rows = self._connection.execute(
            select(answers.c.order, answers.c.role, func.count().label("times"))
            .where(answers.c.account == account, answers.c.role != WORK)
            .group_by(answers.c.order, answers.c.role)
            .order_by(answers.c.order, answers.c.role)
        )
        return [(StatementId(row.order), str(row.role), int(row.times)) for row in rows]

    def sent(self, order: str, *, account: str | None = None, limit: int = 5000) -> list[Sent]:
        """Return an order's submissions (of an account) in numbers, in order of time; the newest `limit` of them."""
        wanted = (
            select(answers.c.account, statements.c.time, func.count().label("answers"))
            .join(statements, statements.c.id == answers.c.submission)
            .where(answers.c.order == order, answers.c.role == WORK)
            .group_by(answers.c.submission, answers.c.account, statements.c.time)
            .order_by(statements.c.time.desc())
            .limit(limit)
        )
        if account is not None:
            wanted = wanted.where(answers.c.account == account)
        rows = [
            Sent(account=Account(row.account), time=row.time, answers=row.answers)
            for row in self._connection.execute(wanted)
        ]
        return rows[::-1]

    def scores(self, order: str, *, bins: int = 10) -> list[int]:
        """Return how many judged answers of an order scored in each of `bins` equal parts of 0..10000, the last one closed."""
        width = 10_000 // bins
        place = case((answers.c.score >= 10_000, bins - 1), else_=answers.c.score // width).label("place")
        rows = self._connection.execute(
            select(place, func.count().label("times"))
            .where(answers.c.order == order, answers.c.score.is_not(None))
            .group_by(place)
        )
        found = {int(row.place): int(row.times) for row in rows}
        return [found.get(n, 0) for n in range(bins)]

    def owed(self, pool: int, epoch: int) -> int:
        """Return the sum of an epoch's lines in micro-units."""
        wanted = select(*halves(lines.c.amount)).where(lines.c.pool == pool, lines.c.epoch == epoch)
        return whole(self._connection.execute(wanted).one())

    def kinds(self) -> dict[str, int]:
        """Return how many statements of each kind there are."""
        rows = self._connection.execute(
            select(statements.c.kind, func.count().label("times")).group_by(statements.c.kind)
        )
        return {row.kind: row.times for row in rows}


def _tally(row: object) -> Tally:
    waiting, accepted, refused, score = (getattr(row, name) for name in ("waiting", "accepted", "refused", "score"))
    return Tally(waiting=int(waiting), accepted=int(accepted), refused=int(refused), score=round(float(score)))
