"""The worker's round: every step looks at what is stored, does what is due, and can be killed or repeated at any point.

A step is a function of the node that returns whether it changed anything.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.store import Book, Raced
from hakari.app import (
    amending,
    appeals,
    auditing,
    calibrating,
    challenges,
    collecting,
    desk,
    evidence,
    exams,
    hearing,
    intents,
    judgement,
    mending,
    offices,
    opening,
    pausing,
    pools,
    promises,
    sales,
    sending,
    settling,
    stakes,
    stopping,
    uploads,
)
from hakari.app.aside import Aside, every
from hakari.app.node import Node
from hakari.core import canonical
from hakari.work.records import STATUSES, WORK, OrderRow

__all__ = ["Raced", "number", "round_"]

LEAVES_AT_ONCE = 5000
"""Statements that one transaction gives leaves to at most."""


def number(node: Node) -> bool:
    """Give leaves to what waits in the outbox and publish the log; `node.json` follows the newest `node` statement in it."""
    with node.log.numbering:
        checkpoint = node.log.checkpoint()
        with node.store.reading() as book:
            waiting, size = book.statements.waiting(), book.statements.size()
        if node.log.introduced and not waiting and checkpoint is not None and checkpoint.size >= size:
            return False
        with node.store.book() as book:
            if not _leased(node, book, "log"):
                return False
            numbered = book.statements.number(LEAVES_AT_ONCE)
        if not node.log.introduced:
            mending.mend(node)
        node.log.append(node.store, partial(evidence.bring_out, node))
        with node.store.book() as book:
            # All that may have outlasted the lease. Its row stays locked until the checkpoint stands.
            if not _leased(node, book, "log"):
                return False
            published = node.log.sign()
            _show_node(node, book)
        node.log.introduced = True
    return published or numbered > 0


def _leased(node: Node, book: Book, name: str) -> bool:
    return book.doorway.lease(name, node.seat.name, now=node.clock(), seconds=LEASE_S)


def _show_node(node: Node, book: Book) -> None:
    checkpoint = node.log.checkpoint()
    size = checkpoint.size if checkpoint else 0
    said = [statement for statement, leaf in book.statements.about("node") if leaf is not None and leaf < size]
    if said:
        text = canonical.encode(said[-1].body)
        if node.public.read("node.json") != text:
            node.public.write("node.json", text)


def prepare(node: Node) -> bool:
    """Register the log on chain and let payouts take the operator's bonds; on a local chain, get test money for them."""
    everything = str(2**256 - 1)
    with node.store.reading() as book:
        followed = book.chain.mark(FOLLOWED)
    # Each operator gives leave and gets test money once, under a name of its own; only the first registers the log.
    own = "" if followed is None else f":{followed}"
    wanted = [
        Intent(
            name=f"approve:payouts{own}",
            signer="operator",
            contract="payment_token",
            function="approve",
            args=[node.contracts.payouts, everything],
        ),
        Intent(
            name=f"approve:stakes{own}",
            signer="operator",
            contract="payment_token",
            function="approve",
            args=[node.contracts.stakes, everything],
        ),
    ]
    if node.settings.profile == "local" and not node.settings.payment_token:
        wanted.append(
            Intent(
                name=f"bonds{own}",
                signer="operator",
                contract="payment_token",
                function="faucet",
                args=[node.operator, str(10**12)],
            )
        )
    if followed is None:
        register = Intent(
            name="register",
            signer="operator",
            contract="anchor",
            function="register",
            args=[promises.log_id(node), node.operator],
        )
        wanted.insert(0, register)
    with node.store.book() as book:
        return any([book.chain.intend(intent) for intent in wanted])


FOLLOWED = "operator followed"
"""The mark of how often another account has followed the operator."""


def close(node: Node) -> bool:
    """Stop orders whose buyer is closing them on chain: no more work is taken, what is recorded is judged and reserved in time."""
    with node.store.reading() as book:
        closing = [
            order
            for order in book.orders.with_status("open")
            if book.chain.events(contract="escrow", event="Closing", having=("order", str(order.escrow_order)))
        ]
    return _orders(node, "close", closing, _close)


def _close(node: Node, order: OrderRow) -> bool:
    with node.store.book() as book:
        now = book.orders.held(order.id)
        if now is None or now.status != "open":
            return False
        book.orders.mark(order.id, "closing")
    return True


def reserve(node: Node) -> bool:
    """Reserve on chain what recorded answers can cost, so that no buyer takes it back.

    What counts as reserved is what the chain said. A round of answers waits for a tenth of the order or a hundred, to save gas.
    """
    with node.store.reading() as book:
        orders = [order for status in STATUSES for order in book.orders.with_status(status)]
        behind = [order for order in orders if order.answered > (book.chain.mark(_reserved(order)) or 0)]
        behind = [order for order in behind if offices.ours(node, book, order.pool)]
    return _orders(node, "reserve", behind, _reserve)


def _reserve(node: Node, order: OrderRow) -> bool:
    facts = desk.running(node, order.id)
    with node.store.reading() as book:
        size = book.statements.size()
        recorded = book.answers.recorded(order.id)
        said = book.chain.events(contract="escrow", event="Reserved", having=("order", str(order.escrow_order)))
    done = sum(int(str(event.args["amount"])) for event in said)
    # With the first answer every seat for blind ones: a buyer who closes would else take back what auditors and jurors wait for,
    # and the epoch that pays them would ask escrow for more than is left.
    cost = recorded * facts.unit_cost + (facts.seats_cost if recorded else 0)
    with node.store.book() as book:
        if cost <= done:
            book.chain.set_mark(_reserved(order), recorded)
            return False
        full = recorded >= order.wanted or order.status != "open"
        # Nothing more may come for a week: what is recorded does not wait for company.
        full = full or pausing.running(book, order.id, node.clock()) is not None or calibrating.waits(node, book, order)
        if not full and cost - done < max(100, order.wanted // 10) * facts.unit_cost:
            return False
        return intents.want(
            book,
            Intent(
                name=f"reserve:{order.id}:{done}",
                signer="operator",
                contract="escrow",
                function="reserve",
                args=[str(order.escrow_order), str(cost - done), str(size)],
            ),
        )


def _reserved(order: OrderRow) -> str:
    """Return the name of the mark that says how many answers of an order are reserved for. Marks have short names."""
    return f"reserved:{order.escrow_order}"


def calibrate(node: Node) -> bool:
    """Say of every order whose first tasks have all their answers that its calibration is over."""
    with node.store.reading() as book:
        open_ = book.orders.with_status("open")
    return _orders(node, "calibrate", open_, calibrating.finish)


def judge(node: Node) -> bool:
    """Judge every order that has all its answers, or whose deadline has passed, once all its answers have leaves.

    Where an order stops early, a wave that has its answers is followed by the next one until none is."""
    looks = Aside(node, "look")
    with node.store.reading() as book:
        ready = [
            order
            for status in ("open", "closing")
            for order in book.orders.with_status(status)
            if looks.do("order", order.escrow_order, partial(_ready, node, book, order), otherwise=False)
        ]
    return _orders(node, "judge", ready, _judge)


def _ready(node: Node, book: Book, order: OrderRow) -> bool:
    facts = desk.running(node, order.id)
    due = (
        order.status == "closing"
        or order.answered >= order.wanted
        or node.clock() >= order.deadline
        or exams.over(node, book, order)
    )
    if not due or opening.waiting(node, book, facts, WORK):
        return False
    awaited = order.answered - opening.unopened(book, facts)
    return book.answers.recorded(order.id) == awaited and not promises.crowded(book, order.pool)


def open_(node: Node) -> bool:
    """Call for the openings of work that was committed first, in every order that still takes some or waits for the last."""
    with node.store.reading() as book:
        waiting = [row for status in ("open", "closing") for row in book.orders.with_status(status)]
    return _orders(node, "open", waiting, opening.call_work)


def _judge(node: Node, order: OrderRow) -> bool:
    with node.store.reading() as book:
        goes_on = stopping.goes_on(node, book, order)
    if goes_on:
        return stopping.advance(node, order)
    facts = desk.running(node, order.id)
    if order.answered and (auditing.roles(facts, "auditing") or challenges.waits(facts)):
        return auditing.begin(node, order)
    return judgement.judge(node, order)


def audit(node: Node) -> bool:
    """Bring the audits of every order forward whose work is done."""
    with node.store.reading() as book:
        waiting = book.orders.with_status("auditing")
        open_, juries = book.orders.with_status("appealable"), book.orders.with_status("jury")
    return every(
        [
            partial(_orders, node, "audit", waiting, auditing.advance),
            partial(_orders, node, "appeal", open_, appeals.advance),
            partial(_orders, node, "jury", juries, appeals.rule),
        ]
    )


def settle(node: Node) -> bool:
    """Say what verdicts by merit pay, one settlement a pool."""
    return _pools(node, "settle", settling.settle)


def promise(node: Node) -> bool:
    """Bring epochs forward: anchor the log, propose what is due, settle after the window."""
    return _pools(node, "promise", promises.advance)


def punish(node: Node) -> bool:
    """Propose slashes for convictions, and follow them to their end."""
    return every([partial(_pools, node, "punish", stakes.punish), partial(stakes.follow, node)])


def tidy(node: Node) -> bool:
    """Forget expired sign-ins and uploads, and answers to repeated requests after a week; every ten minutes."""
    now = node.clock()
    with node.store.book() as book:
        if now - (book.chain.mark("tidied") or 0) < TIDY_S:
            return False
        book.doorway.forget(now=now, replies_before=now - REPLIES_S)
        book.chain.set_mark("tidied", now)
    while uploads.expire(node):
        continue
    return False


TIDY_S = 600
REPLIES_S = 7 * 86_400

STEPS: Sequence[Callable[[Node], bool]] = (
    prepare,
    number,
    hearing.hear,
    offices.give_up,
    pools.found,
    amending.say,
    close,
    sales.sell,
    sales.vest,
    exams.mark,
    calibrate,
    open_,
    judge,
    audit,
    number,
    settle,
    number,
    punish,
    reserve,
    promise,
    collecting.collect,
    sending.tell,
    hearing.hear,
    hearing.report,
    number,
    tidy,
)


def round_(node: Node) -> bool:
    """Do every step once under the worker's lease. Returns whether anything changed; False where another worker has the lease."""
    with node.store.book() as book:
        if not _leased(node, book, "worker"):
            return False
    return every(partial(step, node) for step in STEPS)


def _orders(node: Node, step: str, orders: Iterable[OrderRow], do: Callable[[Node, OrderRow], bool]) -> bool:
    aside = Aside(node, step)
    return every(
        partial(aside.do, "order", order.escrow_order, partial(do, node, order), otherwise=False) for order in orders
    )


def _pools(node: Node, step: str, do: Callable[[Node, int], bool]) -> bool:
    aside = Aside(node, step)
    with node.store.reading() as book:
        pools = [row.pool for row in book.orders.pools()]
    return every(partial(aside.do, "pool", pool, partial(do, node, pool), otherwise=False) for pool in pools)


LEASE_S = 15
