"""What an order's money bought: paid for work and for blind answers, paid for what was refused after all, held, taken off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hakari.core.ids import Account
from hakari.pay.merits import Pay


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """Micro-units. work, blind: due to people, without fees. held: deposits of newcomers, not due yet. refused: the part of `work` that
    accounts have beyond the reward of their answers that stand accepted. kept: what the same answers would have cost, all accepted,
    and did not."""

    work: int
    blind: int
    fees: int
    held: int
    refused: int
    kept: int

    @property
    def all(self) -> int:
        """What the order cost its buyer so far."""
        return self.work + self.blind + self.fees


def by_reward(*, reward: int, fee_each: int, answers: int, accepted: int) -> Spent:
    """Return what rules cost that pay the reward for each accepted answer."""
    return Spent(
        work=reward * accepted,
        blind=0,
        fees=fee_each * accepted,
        held=0,
        refused=0,
        kept=reward * (answers - accepted),
    )


def by_merit(
    pays: Sequence[Pay], *, fees: int, reward: int, answers: Mapping[Account, int], accepted: Mapping[Account, int]
) -> Spent:
    """Return what settlements made due. answers, accepted: by account, under the order's newest verdicts.

    Work can be paid and refused later where a jury ruled after a settlement.
    """
    due: dict[Account, int] = {}
    for pay in pays:
        for each in (*pay.worked, *pay.held):
            due[each.account] = due.get(each.account, 0) + each.due
    work = sum(due.values())
    held = sum(each.held for pay in pays for each in pay.worked) - sum(
        each.due + each.lost for pay in pays for each in pay.held
    )
    settled = {each.account for pay in pays for each in pay.worked}
    return Spent(
        work=work,
        blind=sum(each.due for pay in pays for each in pay.blind),
        fees=fees,
        held=held,
        refused=sum(max(0, amount - reward * accepted.get(account, 0)) for account, amount in due.items()),
        kept=reward * sum(answers.get(account, 0) for account in settled) - work - held,
    )
