"""Stakes in use: nobody is given more work than their stake answers for, and a conviction reaches into it by the contract's road."""

from functools import partial
from typing import cast

from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.store import Book
from hakari.app import careers, desk, dues, intents, promises
from hakari.app.aside import Aside
from hakari.app.careers import Conviction
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import Forbidden
from hakari.core.ids import Account
from hakari.core.statement import Statement
from hakari.pay.chain import ChainEvent
from hakari.work import quality
from hakari.work.intake import Running
from hakari.work.records import STATUSES

LEAST = 1000
"""Micro-units that the contract slashes at least."""


class StakeTooLow(Forbidden):
    """What the account has at stake in the pool, and agreed to lose, covers no further answer."""

    code = "stake_too_low"


def at_risk(node: Node, pool: int, account: Account) -> int:
    """Return the micro-units that the pool may slash of an account now: its consent and its stake, each less what is under way."""
    stake = node.chain.call(node.contracts, "stakes", "stake_of", [account])
    exposure = node.chain.call(node.contracts, "stakes", "exposure", [pool, account])
    free = int(stake["active"]) + int(stake["cooling"]) - int(stake["frozen"])
    # A lowering that is on its way counts at once: it may be over before the verdicts are in.
    lowered = int(exposure["lower_to"]) if int(exposure["lower_at"]) else int(exposure["limit"])
    return max(0, min(free, min(int(exposure["limit"]), lowered) - int(exposure["pending"])))


def asked(facts: Running) -> int:
    """Return the micro-units that an order asks to be at stake for each answer, 0 where it asks for none."""
    declared = quality.read(facts.order.quality)
    return 0 if declared is None or declared.stake is None else declared.stake


def room(node: Node, book: Book, facts: Running, account: Account, *, risk: int) -> int:
    """Return for how many further answers of an order that asks for stake `risk` micro-units answer, open work counted."""
    return max(0, risk - _open(node, book, facts.order.pool, account)) // asked(facts)


def refusal(node: Node, facts: Running, account: Account, *, risk: int) -> StakeTooLow:
    """Return the refusal that says what is missing."""
    with node.store.reading() as book:
        taken = _open(node, book, facts.order.pool, account)
    return StakeTooLow(
        f"stake at risk in pool {facts.order.pool} must be {taken + asked(facts)} micro-units or more for another answer, "
        f"got {risk} (stakes.stake, then stakes.commit)"
    )


def _open(node: Node, book: Book, pool: int, account: Account) -> int:
    """Return the micro-units that the account's unsettled answers and open tasks put at risk in a pool already."""
    total = 0
    now = node.clock()
    for status in STATUSES:
        for row in book.orders.with_status(status):
            if row.pool != pool:
                continue
            facts = desk.running(node, row.id)
            if not asked(facts) or book.statements.about("settlement", row.id):
                continue
            given = book.orders.assigned(row.id, account)
            numbers = [each.task for each in given]
            answered = book.answers.standing(row.id, account, numbers)
            answered |= book.commitments.standing(row.id, account, numbers)
            waiting = [each for each in given if each.task not in answered and facts.order.lapses(each.time) > now]
            total += asked(facts) * (len(answered) + len(waiting))
    return total


def punish(node: Node, pool: int) -> bool:
    """Propose a slash for every account that a settlement in the log convicts first, with the settlement's id as evidence."""
    with node.store.reading() as book:
        said = book.statements.count("settlement")
        if said == (book.chain.mark(f"punished:{pool}") or 0) or book.statements.waiting("settlement"):
            return False
        kept = careers.kept(node, book, pool)
        open_ = [each for each in kept.convictions if each.stake and book.chain.intent(f"{_name(each)}:0") is None]
    wanted = [_proposal(node, pool, each) for each in open_]
    with node.store.book() as book:
        changed = [
            intents.want(book, each)
            for each in wanted
            if int(str(each.args[2])) >= LEAST and book.chain.intent(f"{each.name}:0") is None
        ]
        book.chain.set_mark(f"punished:{pool}", kept.count)
    return any(changed)


def _name(conviction: Conviction) -> str:
    return f"slash:{conviction.settlement}:{conviction.account}"


def _proposal(node: Node, pool: int, conviction: Conviction) -> Intent:
    amount = min(conviction.stake, at_risk(node, pool, conviction.account))
    return Intent(
        name=_name(conviction),
        signer="operator",
        contract="stakes",
        function="propose_slash",
        args=[str(pool), conviction.account, str(amount), conviction.settlement],
    )


def follow(node: Node) -> bool:
    """Execute our slashes whose time is over, and restate executed ones as `slash` statements."""
    changed, aside = False, Aside(node, "slash")
    with node.store.reading() as book:
        cases = [
            (event, book.statements.get(str(event.args["evidence"])))
            for event in book.chain.events(contract="stakes", event="SlashProposed")
        ]
    for event, found in cases:
        if found is not None and found[0].kind == "settlement":
            step = partial(_step, node, event, found[0])
            changed |= aside.do("case", int(str(event.args["id"])), step, otherwise=False)
    return changed


def _step(node: Node, proposed: ChainEvent, settlement: Statement) -> bool:
    case = str(proposed.args["id"])
    with node.store.reading() as book:
        if book.chain.mark(f"slashed:{case}") is not None:
            return False
        events = book.chain.events(contract="stakes", having=("id", case))
        pool = dues.pool_of(book, settlement)
    last = [
        each
        for each in events
        if each.event in ("SlashProposed", "Contested", "Ruled", "Appealed", "Slashed", "Dropped")
    ][-1]
    if last.event == "Dropped":
        with node.store.book() as book:
            book.chain.set_mark(f"slashed:{case}", 0)
        return True
    if last.event == "Slashed":
        return pool is not None and _say(node, pool, last, settlement)
    due = last.event in ("SlashProposed", "Ruled", "Appealed")
    if not due or node.chain.time() <= int(str(last.args["deadline"])):
        return False
    with node.store.book() as book:
        return intents.want(
            book,
            Intent(name=f"execute:{case}", signer="operator", contract="stakes", function="execute", args=[case]),
        )


def _say(node: Node, pool: int, slashed: ChainEvent, settlement: Statement) -> bool:
    order, case = str(slashed.args["order"]), str(slashed.args["id"])
    with node.store.reading() as book:
        income = book.chain.events(contract="escrow", event="Income", having=("order", order))
    if not income:
        return False
    body: dict[str, Json] = {
        "account": slashed.args["account"],
        "case": int(case),
        "income": income[0].args["amount"],
        "income_order": int(order),
        "settlement": settlement.id,
    }
    with node.store.book() as book:
        if book.chain.mark(f"slashed:{case}") is not None or promises.crowded(book, pool):
            return False
        book.statements.add(node.sentence("slash", body), subject=cast(str, slashed.args["account"]))
        book.chain.set_mark(f"slashed:{case}", 1)
    return True
