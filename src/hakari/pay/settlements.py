"""What merit pays: accounts of one pool settled order by order, what is held of newcomers, and who is convicted by audits.

Integers, but for the statistic of the sequential test, which is recorded beside its threshold. docs/reference/rules.md, section 5.4.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.money import BPS, Micros, portion
from hakari.pay import merits
from hakari.pay.merits import Blinded, Held, Pay, Worked
from hakari.sources.kind import Answer, Verdict
from hakari.truth import settlement as merit
from hakari.truth.evidence import log_e, threshold
from hakari.truth.judgement import DIFFERS_FROM_AUDIT
from hakari.work import blind, doubt, quality, service
from hakari.work.blind import REVIEW, differs
from hakari.work.challenges import NOTHING, Carried, counted
from hakari.work.orders import Order, Terms
from hakari.work.quality import Quality

HOLD_S = 90 * 86_400
"""Seconds after an order's first verdicts for which its pay is held; then it is lost: a deposit that nobody comes back for."""

NEAR = 1e-6
"""How near its threshold a recorded statistic may lie on the other side than the one recomputed."""

Skill = tuple[int, int]
"""Minimum skill and bound on false convictions, in basis points: audits of orders that declare the same are counted together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What an order declares of pay. reward, fee_each: micro-units an accepted answer, and the fee reserved with it.

    exam: its answers prove nothing of production, and convict nobody; what they earn is held until production proves the account.
    proves: whether its answers were looked at in time; else they too prove nothing and convict nobody.
    """

    reward: Micros
    fee_each: Micros
    margin_bps: int
    hold: int
    spread_bps: int
    skill: Skill
    exam: bool = False
    proves: bool = True

    @property
    def deposit(self) -> int:
        """Micro-units held of an account at most."""
        return merit.deposit(reward=self.reward, hold=self.hold, margin_bps=self.margin_bps, spread_bps=self.spread_bps)

    def fee(self, amount: int) -> int:
        """Return the fee on a part of a batch's pay, rounded down: the parts of one batch never cost more than was reserved for it."""
        return amount * self.fee_each // self.reward if self.reward else 0

    def cost(self, amount: int) -> int:
        """Return an amount with its fee."""
        return amount + self.fee(amount)


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """An account's answers of one order under its newest verdicts. right, wrong: those on audited tasks. merit_bps: the sum."""

    account: Account
    answers: int
    accepted: int
    merit_bps: int
    right: int
    wrong: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Blind:
    """An account's blind answers in one role. accepted: those that did not contradict what came out as right."""

    account: Account
    role: str
    answers: int
    accepted: int
    reward: Micros
    fee_each: Micros


@dataclass(kw_only=True, slots=True)
class Career:
    """An account in a pool. held: micro-units by order, oldest first. due, lost: what was held and waits for its order to say so."""

    judged: int = 0
    merit_bps: int = 0
    held: dict[StatementId, int] = field(default_factory=dict[StatementId, int])
    due: dict[StatementId, int] = field(default_factory=dict[StatementId, int])
    lost: dict[StatementId, int] = field(default_factory=dict[StatementId, int])
    convicted: bool = False

    @property
    def deposit(self) -> int:
        """Micro-units held in all, of which nothing is decided."""
        return sum(self.held.values())

    def kept(self, order: StatementId) -> int:
        """Return the micro-units that an order keeps reserved for the account."""
        return self.held.get(order, 0) + self.due.get(order, 0) + self.lost.get(order, 0)


def rule(order: Order, terms: Terms, *, said: int) -> Rule:
    """Return what an order declares of pay, where its verdicts are of the time `said`. Raises Malformed where its rules don't pay by
    merit."""
    declared = quality.read(order.quality)
    if declared is None:
        raise Malformed(f"rules must pay by merit, got {order.quality.get('rules')!r}", pointer="/body/quality/rules")
    return Rule(
        reward=order.reward,
        fee_each=portion(order.reward, terms.fee_bps),
        margin_bps=declared.margin_bps,
        hold=declared.hold,
        spread_bps=declared.spread_bps,
        skill=(declared.min_skill_bps, declared.alpha_bps),
        exam=declared.exam is not None,
        proves=doubt.proves(order, said),
    )


def batches(
    judged: Iterable[tuple[Answer, Verdict]], audited: Collection[int], carried: Carried = NOTHING
) -> list[Batch]:
    """Return each account's batch of an order, ascending by account. audited: the tasks of which something is known. carried: of a
    stock that the order serves again: what an account answers to a task that it was given before is neither right nor wrong."""
    rows: dict[Account, list[tuple[Answer, Verdict]]] = {}
    for answer, verdict in judged:
        rows.setdefault(answer.account, []).append((answer, verdict))
    return [_batch(account, rows[account], audited, carried) for account in sorted(rows)]


def sheets(judged: Iterable[tuple[Answer, Verdict]]) -> list[Batch]:
    """Return each account's batch of what convicts nobody, ascending by account: nothing in it counts for the sequential test."""
    return [replace(each, right=0, wrong=0) for each in batches(judged, ())]


def _batch(account: Account, rows: list[tuple[Answer, Verdict]], audited: Collection[int], carried: Carried) -> Batch:
    fresh = [(answer, verdict) for answer, verdict in rows if counted(answer, carried)]
    wrong = sum(verdict.reason == DIFFERS_FROM_AUDIT for _, verdict in fresh)
    return Batch(
        account=account,
        answers=len(rows),
        accepted=sum(verdict.accepted for _, verdict in rows),
        merit_bps=sum(verdict.merit_bps or 0 for _, verdict in rows),
        right=sum(answer.task in audited and verdict.reason not in doubt.BY_DOUBT for answer, verdict in fresh) - wrong,
        wrong=wrong,
    )


def unsettled(batches: Iterable[Batch], said: Iterable[Pay], *, waiting: Collection[Account]) -> list[Batch]:
    """Return the batches that no settlement of their order said, but for accounts whose lines wait for a jury."""
    done = {line.account for pay in said for line in pay.worked}
    return [each for each in batches if each.account not in done and each.account not in waiting]


def blind_batches(
    answers: Iterable[tuple[str, Answer]],
    *,
    judged: Iterable[tuple[Answer, Verdict]],
    rewards: Mapping[str, Micros],
    fee_bps: int,
    carried: Carried = NOTHING,
) -> list[Blind]:
    """Return what each account did in each role. answers: (role, answer). judged: the order's work under the verdicts these led to.
    rewards: micro-units an answer by role; others are left out. carried: what a stock that the order serves made known.

    An answer that contradicts what came out as right is not paid, every other one is.
    """
    answers = list(answers)
    known = blind.audited(answers, carried.known)
    reviewed = blind.came_out(answers, judged, carried.known)
    rows: dict[tuple[Account, str], list[Answer]] = {}
    for role, answer in answers:
        if role not in rewards:
            continue
        rows.setdefault((answer.account, role), []).append(answer)
    return [
        Blind(
            account=account,
            role=role,
            answers=len(given),
            accepted=sum(
                not differs(each.answer, (reviewed if role == blind.REVIEW else known).get(each.task, {}))
                for each in given
            ),
            reward=rewards[role],
            fee_each=portion(rewards[role], fee_bps),
        )
        for (account, role), given in sorted(rows.items())
    ]


class Standing:
    """The accounts of one pool after the settlements taken so far, in the order of the log."""

    def __init__(self) -> None:
        self.careers: dict[Account, Career] = {}
        self._audited: dict[Account, dict[Skill, tuple[int, int]]] = {}
        self._blind: dict[Account, dict[str, tuple[int, int]]] = {}

    def career(self, account: Account) -> Career:
        """Return an account's career; changes to that of a stranger are not kept."""
        return self.careers.get(account) or Career()

    def audited(self, account: Account, skill: Skill) -> tuple[int, int]:
        """Return how many of an account's audited answers were right and wrong, over all orders that declare the same."""
        return self._audited.get(account, {}).get(skill, (0, 0))

    def counts(self, account: Account) -> dict[str, tuple[int, int]]:
        """Return by role how many of an account's answers were right and wrong: of work those that audits looked at, whatever their
        orders declare; of blind answers all, where right ones are those that nothing which came out contradicts."""
        audited = self._audited.get(account, {}).values()
        work = sum(right for right, _ in audited), sum(wrong for _, wrong in audited)
        found = {merits.WORK: work, **self._blind.get(account, {})}
        return {role: count for role, count in found.items() if any(count)}

    def unfit(self, declared: Quality, role: str) -> set[Account]:
        """Return who is not drawn for a role of an order that declares this, because of what came out of their reviews.

        Reviews alone are held to more than others of their role, and convict nobody. So only they leave somebody out, and of reviews.
        """
        asked = declared.reviews
        if role != REVIEW or asked is None or asked.unfit_bps is None:
            return set()
        skill = min(declared.min_skill_bps, service.SKILL_BPS)
        return {
            account
            for account, roles in self._blind.items()
            for right, wrong in [roles.get(REVIEW, (0, 0))]
            if service.unfit(wrong, right, skill_bps=skill, bound_bps=asked.unfit_bps)
        }

    def convicted(self) -> set[Account]:
        """Return the accounts that audits convicted."""
        return {account for account, career in self.careers.items() if career.convicted}

    def settle(
        self,
        order: StatementId,
        rule: Rule,
        *,
        batches: Iterable[Batch],
        blind: Iterable[Blind] = (),
        expired: bool = False,
    ) -> Pay:
        """Return what a settlement of an order says now; nothing is recorded.

        batches, blind: of the accounts that it settles. With them goes all pay held in this order of which something was decided
        elsewhere since, and, expired, whatever it still holds: that is lost.
        """
        return Pay(
            worked=self._worked(rule, sorted(batches, key=lambda each: each.account)),
            blind=tuple(
                Blinded(
                    account=each.account,
                    role=each.role,
                    answers=each.answers,
                    accepted=each.accepted,
                    due=Micros(each.accepted * each.reward),
                )
                for each in sorted(blind, key=lambda each: (each.account, each.role))
            ),
            held=self.moved(order, expired=expired),
        )

    def moved(self, order: StatementId, *, expired: bool = False) -> tuple[Held, ...]:
        """Return what became of pay that an order holds."""
        moves = [
            Held(
                account=account,
                due=Micros(career.due.get(order, 0)),
                lost=Micros(career.lost.get(order, 0) + (career.held.get(order, 0) if expired else 0)),
            )
            for account, career in sorted(self.careers.items())
        ]
        return tuple(each for each in moves if each.due or each.lost)

    def _worked(self, rule: Rule, batches: Sequence[Batch]) -> tuple[Worked, ...]:
        """Return the lines of these batches. Audits convict whom they were held against in this settlement, and nobody else."""
        statistics = [self._statistic(rule, each) for each in batches]
        audited = [bool(each.right or each.wrong) for each in batches]
        needed = threshold(
            [each for each, looked in zip(statistics, audited, strict=True) if looked], alpha=rule.skill[1] / BPS
        )
        return tuple(
            self.decided(
                rule,
                each,
                statistic=statistic,
                threshold=needed,
                convicted=self.career(each.account).convicted or (looked and statistic >= needed),
            )
            for each, statistic, looked in zip(batches, statistics, audited, strict=True)
        )

    def _statistic(self, rule: Rule, batch: Batch) -> float:
        right, wrong = self.audited(batch.account, rule.skill)
        return log_e(wrong + batch.wrong, right + batch.right, skill=rule.skill[0] / BPS)

    def decided(self, rule: Rule, batch: Batch, *, statistic: float, threshold: float, convicted: bool) -> Worked:
        """Return the money of a batch where it is known whether the account is convicted.

        A convicted account earns nothing and loses all that is held of it. Any other earns what its merit pays; a negative balance
        takes from what is held. Until `hold` answers were judged, with a mean merit above the margin, what is earned is held up to the
        deposit.
        """
        career = self.career(batch.account)
        money = merit.settle(
            reward=rule.reward,
            accepted=batch.accepted,
            answers=batch.answers,
            merit_bps=batch.merit_bps,
            margin_bps=rule.margin_bps,
            deposit=career.deposit,
        )
        earned = 0 if convicted else money.paid
        lost = career.deposit if convicted else 0 if rule.exam else money.lost
        room = self._room(rule, batch, earned=earned, deposit=career.deposit - lost)
        held = min(earned, room)
        return Worked(
            account=batch.account,
            answers=batch.answers,
            accepted=batch.accepted,
            merit_bps=batch.merit_bps,
            right=batch.right,
            wrong=batch.wrong,
            statistic=statistic,
            threshold=threshold,
            convicted=convicted,
            earned=Micros(earned),
            lost=Micros(lost),
            held=Micros(held),
            due=Micros(earned - held),
        )

    def _room(self, rule: Rule, batch: Batch, *, earned: int, deposit: int) -> int:
        """Return how much of what is earned may be held: of an exam's pay all of it, until production has proven the account."""
        career = self.career(batch.account)
        if rule.exam:
            return 0 if _proven(rule, career.judged, career.merit_bps) else earned
        answers, merit_bps = (batch.answers, batch.merit_bps) if rule.proves else (0, 0)
        proven = _proven(rule, career.judged + answers, career.merit_bps + merit_bps)
        return 0 if proven else max(0, rule.deposit - deposit)

    def freed(self, order: StatementId, rule: Rule, pay: Pay, blind: Iterable[Blind] = (), *, seats: int = 0) -> Micros:
        """Return the micro-units of the order's reserve that a settlement sets free, before it is taken.

        seats: what was reserved for blind answers, taken or not, where this settlement settles them. For each batch what was reserved
        for its answers, less what is due and held, each with its fee; of the seats what their answers are not paid; for pay held
        before, what is kept no longer and not due.
        """
        free = seats
        for worked in pay.worked:
            reserved = worked.answers * (rule.reward + rule.fee_each)
            free += reserved - rule.cost(worked.due) - rule.cost(worked.held)
        for each in blind:
            free -= each.accepted * (each.reward + each.fee_each)
        for held in pay.held:
            kept = self.career(held.account).kept(order)
            free += rule.cost(kept) - rule.cost(kept - held.due - held.lost) - rule.cost(held.due)
        return Micros(free)

    def fees(self, rule: Rule, pay: Pay, blind: Iterable[Blind] = ()) -> Micros:
        """Return the fee on all that a settlement makes due."""
        work = sum(rule.fee(each.due) for each in (*pay.worked, *pay.held))
        return Micros(work + blind_fee(blind))

    def take(self, order: StatementId, rule: Rule, pay: Pay) -> None:
        """Record a settlement of an order as it was said."""
        for moved in pay.held:
            career = self.careers.setdefault(moved.account, Career())
            over = moved.due + moved.lost - career.due.pop(order, 0) - career.lost.pop(order, 0)
            _take_from(career.held, order, over)
        for worked in pay.worked:
            self._take(order, rule, worked)
        for each in pay.blind:
            roles = self._blind.setdefault(each.account, {})
            right, wrong = roles.get(each.role, (0, 0))
            roles[each.role] = (right + each.accepted, wrong + each.answers - each.accepted)

    def _take(self, order: StatementId, rule: Rule, said: Worked) -> None:
        career = self.careers.setdefault(said.account, Career())
        if rule.proves and not rule.exam:
            career.judged += said.answers
            career.merit_bps += said.merit_bps
        career.convicted = career.convicted or said.convicted
        right, wrong = self.audited(said.account, rule.skill)
        counts = self._audited.setdefault(said.account, {})
        counts[rule.skill] = (right + said.right, wrong + said.wrong)
        left = int(said.lost)
        for where in list(career.held):
            taken = min(left, career.held[where])
            left -= taken
            _move(career, career.lost, where, taken)
        if said.held:
            career.held[order] = career.held.get(order, 0) + said.held
        if _proven(rule, career.judged, career.merit_bps) and not career.convicted:
            for where in list(career.held):
                _move(career, career.due, where, career.held[where])


def blind_fee(blind: Iterable[Blind]) -> int:
    """Return the fee on what blind answers are paid."""
    return sum(each.accepted * each.fee_each for each in blind)


def _proven(rule: Rule, judged: int, merit_bps: int) -> bool:
    return judged >= rule.hold and merit_bps > rule.margin_bps * judged


def _move(career: Career, to: dict[StatementId, int], order: StatementId, amount: int) -> None:
    if amount:
        to[order] = to.get(order, 0) + amount
        _take_from(career.held, order, amount)


def _take_from(held: dict[StatementId, int], order: StatementId, amount: int) -> None:
    left = held.get(order, 0) - amount
    if left > 0:
        held[order] = left
    else:
        held.pop(order, None)
