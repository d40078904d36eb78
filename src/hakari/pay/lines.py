"""Lines: who is owed how much, from which order's money and because of which statement.

Pure functions of verdicts, sales, shares and terms, in whole micro-units: docs/reference/formats.md, section 6.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import TypeAlias, cast

from hakari.core import canonical, ids, money
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.pay import royalties, slashes
from hakari.pay.royalties import Lineage
from hakari.pay.slashes import Slash
from hakari.work.orders import Early, Invites, Terms, unit_cost

WHYS = ("work", "audit", "jury", "review", "held", "invite", "slash", "sale", "upstream", "originator", "fee")
"""Why a line is owed, in the order in which the first one names a merged line."""

NOBODY = Account("0x" + 40 * "0")
"""The zero address: it marks an empty slot of the payout tree and can be owed nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """An amount (micro-units) owed to `account` because of statement `cause`, out of escrow order `source`."""

    account: Account
    cause: StatementId
    source: int
    amount: Micros
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """A `verdicts` statement that is due.

    cause: its id. source: its order's escrow order. reward: micro-units an accepted answer. judged: answers it judged.
    accepted: accepted answers by account; accounts with none may be left out. invited: of these, who was invited by whom.
    """

    cause: StatementId
    source: int
    reward: Micros
    judged: int
    accepted: Mapping[Account, int]
    invited: Mapping[Account, Account] = field(default_factory=dict[Account, Account])

    @property
    def accounts(self) -> set[Account]:
        """Whom it pays."""
        return set(self.accepted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """A `settlement` statement that is due.

    cause: its id. source: its order's escrow order. amounts: (account, micro-units, role) as its pay lines say. fee: on all of them.
    free: what it sets free of the order's reserve. invited: of these accounts, who was invited by whom.
    """

    cause: StatementId
    source: int
    amounts: Sequence[tuple[Account, Micros, str]]
    fee: Micros
    free: Micros
    invited: Mapping[Account, Account] = field(default_factory=dict[Account, Account])

    @property
    def accounts(self) -> set[Account]:
        """Whom it pays."""
        return {account for account, _, _ in self.amounts}


@dataclass(frozen=True, kw_only=True, slots=True)
class Owners:
    """Whose income a release's is: the fee and the originator's part by `terms`, the rest by `weights`, the release's shares.

    originator: author of the release's order.
    """

    terms: Terms
    originator: Account
    weights: Mapping[Account, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Upstream:
    """The part (micro-units) of a sale that goes to a release which the sold one derives from, and to whom it goes there."""

    amount: Micros
    owners: Owners


@dataclass(frozen=True, kw_only=True, slots=True)
class Sale:
    """A `sale` or `instalment` statement that is due.

    cause: its id. source: the income order. price: micro-units, the whole price or the instalment. originator: author of the
    release's order. weights: the release's shares. upstream: what the releases that it derives from have of it.
    """

    cause: StatementId
    source: int
    price: Micros
    originator: Account
    weights: Mapping[Account, int]
    upstream: Sequence[Upstream] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pull:
    """What an epoch takes from escrow order `order`: `pay` goes to its lines, `free` is reserved no longer. Micro-units."""

    order: int
    pay: Micros
    free: Micros


@dataclass(frozen=True, kw_only=True, slots=True)
class Owed:
    """One account in an epoch: cumulative amount before (`prev`), this epoch's part (`inc`) and its lines by cause."""

    account: Account
    prev: Micros
    inc: Micros
    lines: tuple[Line, ...]


Debt: TypeAlias = Work | Settlement | Slash | Sale
"""What a statement makes due."""


def work_lines(work: Work, terms: Terms) -> list[Line]:
    """Return the lines of one `verdicts` statement: the reward for each accepted answer, and the fee on each, rounded down.

    Merged. Raises Malformed where more answers were accepted than judged, or a count is negative.
    """
    accepted = sum(work.accepted.values())
    if min(work.accepted.values(), default=0) < 0 or accepted > work.judged:
        raise Malformed(f"accepted answers must be 0 to {work.judged} (those judged), got {accepted} in all")
    # The fee is rounded for each answer, as it was reserved: else the sum could pass an exact budget by a few micro-units.
    fee = accepted * money.portion(work.reward, terms.fee_bps)
    parts = [(account, work.reward * count, "work") for account, count in work.accepted.items()]
    return merged(_lines(work, [*_credited(parts, work.invited, terms), (terms.fee_account, fee, "fee")]))


def settlement_lines(settlement: Settlement, terms: Terms) -> list[Line]:
    """Return the lines of one `settlement`: what its pay lines make due, and the fee. Merged."""
    parts = _credited(settlement.amounts, settlement.invited, terms)
    return merged(_lines(settlement, [*parts, (terms.fee_account, settlement.fee, "fee")]))


def _credited(
    parts: Iterable[tuple[Account, int, str]], invited: Mapping[Account, Account], terms: Terms
) -> Iterable[tuple[Account, int, str]]:
    """Give of each amount that an invited account has for work a part, rounded down, to who invited it: nobody else pays for it."""
    for account, amount, why in parts:
        part = credit(amount, why, terms.invites) if account in invited else 0
        if part:
            yield invited[account], part, "invite"
        yield account, amount - part, why


def credit(amount: int, why: str, invites: Invites | None) -> int:
    """Return what of an amount that an invited account earned goes to who invited it, rounded down: a part of work's pay alone."""
    return money.portion(amount, invites.bps) if invites is not None and why in ("work", "held") else 0


def slash_lines(slash: Slash) -> list[Line]:
    """Return the lines of one `slash`: the harmed buyer, then the honest. No fee. Merged."""
    return merged(_lines(slash, slashes.parts(slash)))


def sale_lines(sale: Sale, terms: Terms) -> list[Line]:
    """Return the lines of one `sale` or `instalment`: what is upstream goes there first, the rest is the release's own.

    Of each release's part the fee and the originator's part are rounded down, what is left is split by its shares exactly, or goes to
    the originator where there are none. Merged; they sum to the price.
    """
    own = Owners(terms=terms, originator=sale.originator, weights=sale.weights)
    rest = sale.price - sum(each.amount for each in sale.upstream)
    if rest < 0:
        raise Malformed(f"upstream parts must be at most the price {sale.price}, got {sale.price - rest}")
    parts = _income(rest, own)
    for each in sale.upstream:
        parts += [(account, part, "upstream") for account, part, _ in _income(each.amount, each.owners)]
    return merged(_lines(sale, parts))


def _income(amount: int, owners: Owners) -> list[tuple[Account, int, str]]:
    """Return who gets what of a release's part of a sale, and why."""
    terms = owners.terms
    rest, originator, fee = sale_parts(amount, terms)
    if not sum(owners.weights.values()):
        # Nobody's money would hold up everybody's: an epoch must pay all of a sale or none of the pool's dues.
        originator, rest = originator + rest, 0
    split = money.split(rest, owners.weights) if rest else {}
    parts = [(account, int(part), "sale") for account, part in split.items()]
    return [*parts, (owners.originator, originator, "originator"), (terms.fee_account, fee, "fee")]


def upstream(amount: int, work: str, lineage: Lineage, owners: Mapping[str, Owners]) -> list[Upstream]:
    """Return what the releases above `work` have of `amount`, its income, by release id. `owners` has all of them.

    Raises RoyaltyTooHigh and Malformed as `royalties.parts` does.
    """
    return [
        Upstream(amount=part, owners=owners[each])
        for each, part in royalties.parts(amount, work, lineage).items()
        if each != work
    ]


def sale_parts(price: int, terms: Terms) -> tuple[int, int, int]:
    """Return what a sale gives the contributors, the originator and the fee account; the last two are rounded down."""
    fee = money.portion(price, terms.sale_fee_bps)
    originator = money.portion(price, terms.sale_originator_bps)
    return price - fee - originator, originator, fee


def _lines(due: Debt, parts: Iterable[tuple[Account, int, str]]) -> list[Line]:
    return [
        Line(account=account, cause=due.cause, source=due.source, amount=Micros(amount), why=why)
        for account, amount, why in parts
    ]


def merged(lines: Iterable[Line]) -> list[Line]:
    """Return the lines sorted by (account, cause): one for each pair, amounts added, none of amount 0.

    The `why` of a merged line is the first of its parts in the order of WHYS. Raises Malformed where an amount is negative or a
    sum reaches 2^96, where a `why` is not known, or where one cause draws on two sources.
    """
    ordered = sorted(lines, key=lambda line: (line.account, line.cause, _rank(line)))
    kept: list[Line] = []
    for _, group in groupby(ordered, key=lambda line: (line.account, line.cause)):
        parts = list(group)
        amount = sum(part.amount for part in parts)
        if min(part.amount for part in parts) < 0 or amount >= money.LIMIT:
            raise Malformed(f"amount must be 0 to 2^96 - 1, got {amount} for {parts[0].account}")
        if amount:
            kept.append(parts[0] if len(parts) == 1 else _with_amount(parts[0], amount))
    sources: dict[StatementId, int] = {}
    for line in ordered:
        if sources.setdefault(line.cause, line.source) != line.source:
            raise Malformed(f"a cause draws on one escrow order, got {sources[line.cause]} and {line.source}")
    return kept


def _rank(line: Line) -> int:
    if line.why not in WHYS:
        raise Malformed(f"why must be one of {list(WHYS)}, got {line.why!r}")
    return WHYS.index(line.why)


def _with_amount(line: Line, amount: int) -> Line:
    return Line(account=line.account, cause=line.cause, source=line.source, amount=Micros(amount), why=line.why)


def pulls(due: Iterable[Debt], lines: Iterable[Line], terms: Terms) -> list[Pull]:
    """Return what each escrow order of the due statements pays and sets free, ascending by order.

    pay is the sum of the order's lines. free is what was reserved for the judged answers, reward and fee rounded down for each,
    less pay, never below zero; a settlement says what it frees; a sale frees nothing. An order with neither is left out. Raises
    Malformed where a line draws on an order of no due statement: nothing would cover it.
    """
    reserved: dict[int, int] = {}
    pay: dict[int, int] = {}
    for each in due:
        reserved[each.source] = reserved.get(each.source, 0) + _reserved(each, terms)
    for line in lines:
        if line.source not in reserved:
            raise Malformed(f"a line must draw on an order of a due statement {sorted(reserved)}, got {line.source}")
        pay[line.source] = pay.get(line.source, 0) + line.amount
    taken = [(order, pay.get(order, 0), max(0, reserved[order] - pay.get(order, 0))) for order in sorted(reserved)]
    return [Pull(order=order, pay=Micros(paid), free=Micros(free)) for order, paid, free in taken if paid or free]


def _reserved(due: Debt, terms: Terms) -> int:
    if isinstance(due, Work):
        return due.judged * unit_cost(reward=due.reward, fee_bps=terms.fee_bps)
    if isinstance(due, Settlement):
        return sum(amount for _, amount, _ in due.amounts) + due.fee + due.free
    return 0


def shares(accepted: Iterable[Mapping[Account, int]]) -> dict[Account, int]:
    """Return a release's shares, ascending by account: its accepted answers over all verdicts of the lineage, none of weight 0."""
    weights: dict[Account, int] = {}
    for verdicts in accepted:
        for account, count in verdicts.items():
            weights[account] = weights.get(account, 0) + count
    return {account: weights[account] for account in sorted(weights) if weights[account]}


def early_shares(
    accepted: Iterable[Mapping[Account, int]], first: Iterable[Mapping[Account, int]], early: Early | None
) -> dict[Account, int]:
    """Return a release's shares as `shares` does, with what the pool's terms give early answers.

    first: of each verdicts, how many of an account's accepted answers were among its first `early.answers`. Where the terms have
    `early` weights are in basis points of an answer: 10000 for each, and `early.extra_bps` more for each first one, of an account's
    for `early.most` in the release at most.
    """
    weights = shares(accepted)
    if early is None:
        return weights
    soon = shares(first)
    return {
        account: money.BPS * count + early.extra_bps * min(soon.get(account, 0), early.most)
        for account, count in weights.items()
    }


def shares_evidence(weights: Mapping[Account, int]) -> bytes:
    """Return the evidence lines of a release's shares, ascending by account."""
    return canonical.lines({"account": account, "weight": weights[account]} for account in sorted(weights))


def read_shares(data: bytes) -> dict[Account, int]:
    """Return the shares that evidence holds. Raises Malformed unless accounts ascend and every weight is above 0."""
    weights: dict[Account, int] = {}
    for number, thing in enumerate(canonical.read_lines(data), 1):
        _members(thing, {"account", "weight"}, number)
        account, weight = _account(thing["account"], number), thing["weight"]
        if not isinstance(weight, int) or isinstance(weight, bool) or weight < 1:
            raise Malformed(f"line {number}: weight must be a whole number above 0, got {weight!r}")
        if weights and account <= next(reversed(weights)):
            raise Malformed(f"line {number}: accounts must ascend, got {account} after {next(reversed(weights))}")
        weights[account] = weight
    return weights


def carry(previous: Mapping[Account, Micros], lines: Sequence[Line]) -> list[Owed]:
    """Return every account of the next tree, ascending: all of `previous` (cumulative amounts) and all that have lines.

    `lines` must be merged. Raises Malformed where they don't strictly ascend by (account, cause), where one is of amount 0 or owed
    to the zero address, or where a cumulative amount reaches 2^96.
    """
    for before, after in pairwise(lines):
        if (before.account, before.cause) >= (after.account, after.cause):
            raise Malformed(f"lines must ascend by account and cause, got {after.account} after {before.account}")
    own = {account: tuple(group) for account, group in groupby(lines, key=lambda line: line.account)}
    owed: list[Owed] = []
    for account in sorted(previous.keys() | own.keys()):
        theirs = own.get(account, ())
        prev, inc = previous.get(account, 0), sum(line.amount for line in theirs)
        if account == NOBODY or any(line.amount < 1 for line in theirs):
            raise Malformed(f"a line needs an account and an amount above 0, got {theirs or account}")
        if not 0 <= prev <= prev + inc < money.LIMIT:
            raise Malformed(f"cumulative amount of {account} must be 0 to 2^96 - 1, got {prev} + {inc}")
        owed.append(Owed(account=account, prev=Micros(prev), inc=Micros(inc), lines=theirs))
    return owed


def cumulative(owed: Iterable[Owed]) -> dict[Account, Micros]:
    """Return each account's cumulative amount once these are accepted: the next epoch's `previous`."""
    return {each.account: Micros(each.prev + each.inc) for each in owed}


def earned(before: Mapping[Account, Micros], lines: Iterable[Line]) -> dict[Account, Micros]:
    """Return what each account has earned in a pool, ascending: what it had `before` and its lines, but for fees; none of 0."""
    found = dict[Account, int](before)
    for line in lines:
        if line.why != "fee":
            found[line.account] = found.get(line.account, 0) + line.amount
    return {account: Micros(found[account]) for account in sorted(found)}


def evidence(lines: Iterable[Line]) -> bytes:
    """Return the lines file of an epoch, in the order given."""
    return canonical.lines(
        {
            "account": line.account,
            "amount": str(line.amount),
            "cause": line.cause,
            "source": line.source,
            "why": line.why,
        }
        for line in lines
    )


def read_evidence(data: bytes) -> list[Line]:
    """Return the lines that a lines file holds, in its order. Raises Malformed naming the line; order and sums are not checked."""
    lines: list[Line] = []
    for number, thing in enumerate(canonical.read_lines(data), 1):
        _members(thing, {"account", "amount", "cause", "source", "why"}, number)
        source, why = thing["source"], thing["why"]
        if not isinstance(source, int) or isinstance(source, bool) or source < 0:
            raise Malformed(f"line {number}: source must be an escrow order's number, got {source!r}")
        if why not in WHYS:
            raise Malformed(f"line {number}: why must be one of {list(WHYS)}, got {why!r}")
        lines.append(
            Line(
                account=_account(thing["account"], number),
                cause=StatementId(ids.digest(thing["cause"], pointer=f"/{number - 1}/cause")),
                source=source,
                amount=money.parse(thing["amount"], pointer=f"/{number - 1}/amount"),
                why=cast(str, why),
            )
        )
    return lines


def _members(thing: Mapping[str, Json], names: set[str], number: int) -> None:
    if set(thing) != names:
        raise Malformed(f"line {number}: members must be {sorted(names)}, got {sorted(thing)}")


def _account(text: Json, number: int) -> Account:
    account = ids.account(text, pointer=f"/{number - 1}/account")
    if account != text:
        raise Malformed(f"line {number}: account must be in lower case, got {text!r}")
    return account
