"""The worker's round: every step looks at what is stored, does what is due, and can be killed or repeated at any point.

A step is a function of the node that returns whether it changed anything.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import cast

from hakari.adapters.evm.chain import Reverted
from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.store import Book, DatabaseUnavailable, Raced
from hakari.app import (
    anchoring,
    appeals,
    auditing,
    collecting,
    desk,
    evidence,
    exams,
    intents,
    judgement,
    mending,
    pausing,
    pools,
    promises,
    revocations,
    sales,
    settling,
    stakes,
    uploads,
)
from hakari.app.aside import Aside
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, HakariError
from hakari.log.faults import LogFault
from hakari.pay.chain import ChainEvent
from hakari.work.records import STATUSES, OrderRow

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


class ChainRewritten(Conflict):
    """The chain took back blocks that were deep enough to be believed. What the log says of them stands; nothing more is taken."""

    code = "chain_rewritten"


def hear(node: Node) -> bool:
    """Read new events of our contracts from blocks that are deep enough. Raises ChainRewritten."""
    last = node.confirmed()
    with node.store.reading() as book:
        marked = book.chain.marked("heard")
    first = node.contracts.from_block if marked is None else marked[0] + 1
    if last < first:
        return False
    if marked is not None and marked[1] is not None:
        now = node.chain.block_hash(marked[0])
        if now != marked[1]:
            raise ChainRewritten(
                f"block {marked[0]} must be {marked[1]}, as when its events were taken into the log, got {now}: the chain took back "
                f"more than the {node.confirmations} blocks of HAKARI_CONFIRMATIONS"
            )
    hash_ = node.chain.block_hash(last)
    events = node.chain.events(node.contracts, first, last)
    if hash_ is None or node.chain.block_hash(last) != hash_:
        return False  # it was rewritten while it was read: the next round sees what came of it
    with node.store.book() as book:
        if book.chain.marked("heard") != marked:
            return False
        book.chain.keep(events)
        book.chain.set_mark("heard", last, text=hash_)
    return bool(events)


def report(node: Node) -> bool:
    """Put the events heard into the log as a `chain` statement. Anchoring alone is no news: else each anchor would cause the next."""
    with node.store.reading() as book:
        first, events = _unsaid(node, book)
        # A draw stands on an anchor that the log itself must show.
        awaited = bool(events) and auditing.awaited(book)
    if not awaited and not any(event.contract != "anchor" for event in events):
        return False
    body = restatement(node)
    if body is None:
        return False
    with node.store.book() as book:
        return body["from"] == first and restate(node, book, body)


def restatement(node: Node) -> dict[str, Json] | None:
    """Return the body of a `chain` statement over all that was heard and not said yet, its evidence kept; None where nothing was."""
    with node.store.reading() as book:
        marked = book.chain.marked("heard")
        first, events = _unsaid(node, book)
    if marked is None or marked[0] < first or marked[1] is None:
        return None  # a block heard before hashes were kept is said with the next one
    return {
        "block_hash": marked[1],
        "count": len(events),
        "events": node.evidence(canonical.lines(event.line() for event in events)),
        "from": first,
        "to": marked[0],
    }


def restate(node: Node, book: Book, body: dict[str, Json]) -> bool:
    """Record a `chain` statement unless another one was said meanwhile. Returns whether it was recorded."""
    said = book.chain.mark("reported")
    if body["from"] != (node.contracts.from_block if said is None else said + 1):
        return False
    book.statements.add(node.sentence("chain", body))
    book.chain.set_mark("reported", cast(int, body["to"]))
    return True


def _unsaid(node: Node, book: Book) -> tuple[int, list[ChainEvent]]:
    """Return the first block that no `chain` statement is about, and the events heard from there on."""
    said, heard = book.chain.mark("reported"), book.chain.mark("heard")
    first = node.contracts.from_block if said is None else said + 1
    return first, [] if heard is None or heard < first else book.chain.events(first=first, last=heard)


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
        full = full or pausing.running(book, order.id, node.clock()) is not None
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


def judge(node: Node) -> bool:
    """Judge every order that has all its answers, or whose deadline has passed, once all its answers have leaves."""
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
    due = (
        order.status == "closing"
        or order.answered >= order.wanted
        or node.clock() >= order.deadline
        or exams.over(node, book, order)
    )
    return due and book.answers.recorded(order.id) == order.answered and not promises.crowded(book, order.pool)


def _judge(node: Node, order: OrderRow) -> bool:
    if order.answered and auditing.audits(desk.running(node, order.id)) is not None:
        return auditing.begin(node, order)
    return judgement.judge(node, order)


def audit(node: Node) -> bool:
    """Bring the audits of every order forward whose work is done."""
    with node.store.reading() as book:
        waiting = book.orders.with_status("auditing")
        open_, juries = book.orders.with_status("appealable"), book.orders.with_status("jury")
    return _all(
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
    return _all([partial(_pools, node, "punish", stakes.punish), partial(stakes.follow, node)])


def tell(node: Node) -> bool:
    """Send what we mean to say to the chain: sign once, keep the signed bytes, send until it is mined."""
    signers = (*node.keys.former("operator"), "operator", "relayer")
    return _all(partial(_tell, node, signer) for signer in signers)


def _tell(node: Node, signer: str) -> bool:
    secret = node.keys.secret(signer)
    with node.store.reading() as book:
        standing = book.chain.intents("signed", signer=signer)
        waiting = book.chain.intents("waiting", signer=signer, limit=200)
    changed = False
    for intent in sorted(standing, key=lambda each: cast(int, each.nonce)):
        became = confirm(node, intent)
        if became == "shallow":
            break  # those after it are in no earlier block
        changed |= became != "sent"
    if not waiting:
        return changed
    nonce = max(
        [node.chain.nonce(node.account(signer)), *(cast(int, intent.nonce) + 1 for intent in standing)], default=0
    )
    raws: list[bytes] = []
    for intent in anchoring.sendable(node, waiting, standing):
        try:
            args = anchoring.arguments(node, intent)
            made = node.chain.sign_call(secret, node.contracts, intent.contract, intent.function, args, nonce=nonce)
        except LogFault as error:
            _note(node, intent, error.message)
            continue
        except Reverted as error:
            done = anchoring.overtaken(intent, error) or revocations.overtaken(intent, error)
            if signer != "operator" or done:
                # Somebody else claimed first, or an epoch was overtaken: asking again is one request.
                with node.store.book() as book:
                    book.chain.change(intent.name, status="reverted", note=str(error))
                continue
            # Not now: an epoch is in the slot, or time has not come. The step that wanted it decides whether it still does.
            _note(node, intent, str(error))
            continue
        with node.store.book() as book:
            standing_now = book.chain.intent(intent.name)
            if standing_now is None or standing_now.status != "waiting":
                continue
            book.chain.change(intent.name, status="signed", nonce=nonce, raw=made.raw, tx=made.hash, note=None)
        raws.append(made.raw)
        nonce += 1
    node.chain.send_all(raws)
    return changed or bool(raws)


def _note(node: Node, intent: Intent, text: str) -> None:
    if intent.note != text:
        with node.store.book() as book:
            book.chain.change(intent.name, note=text)


def confirm(node: Node, intent: Intent) -> str:
    """Return what became of a signed transaction: sent (again), shallow (mined, not deep enough yet), waiting (for new bytes), done."""
    # Asked before the receipt: a transaction mined between the two questions must not look like another's.
    sent = node.chain.nonce(node.account(intent.signer))
    receipt = node.chain.receipt(cast(str, intent.tx))
    if receipt is None and sent > cast(int, intent.nonce):
        # Another transaction took its number (two workers, or a lost database): these bytes can never be mined now.
        with node.store.book() as book:
            book.chain.change(intent.name, status="waiting", nonce=None, raw=None, tx=None)
        return "waiting"
    if receipt is None:
        # Sent and lost, or never sent because we were killed in between: the same bytes again can't happen twice.
        node.chain.send(cast(bytes, intent.raw))
        return "sent"
    if node.confirmations and receipt.block > node.confirmed():
        return "shallow"
    with node.store.book() as book:
        book.chain.change(intent.name, status="done" if receipt.status else "reverted")
    return "done"


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
    hear,
    pools.found,
    close,
    sales.sell,
    sales.vest,
    exams.mark,
    judge,
    audit,
    number,
    settle,
    number,
    punish,
    reserve,
    promise,
    collecting.collect,
    tell,
    hear,
    report,
    number,
    tidy,
)


def round_(node: Node) -> bool:
    """Do every step once under the worker's lease. Returns whether anything changed; False where another worker has the lease."""
    with node.store.book() as book:
        if not _leased(node, book, "worker"):
            return False
    return _all(partial(step, node) for step in STEPS)


def _orders(node: Node, step: str, orders: Iterable[OrderRow], do: Callable[[Node, OrderRow], bool]) -> bool:
    aside = Aside(node, step)
    return _all(
        partial(aside.do, "order", order.escrow_order, partial(do, node, order), otherwise=False) for order in orders
    )


def _pools(node: Node, step: str, do: Callable[[Node, int], bool]) -> bool:
    aside = Aside(node, step)
    with node.store.reading() as book:
        pools = [row.pool for row in book.orders.pools()]
    return _all(partial(aside.do, "pool", pool, partial(do, node, pool), otherwise=False) for pool in pools)


def _all(works: Iterable[Callable[[], bool]]) -> bool:
    """Do all of these and return whether any changed something. What fails does not hold up the rest; it is raised at the end.

    Without a database nothing can be done: that is raised at once.
    """
    changed, failed = False, list[HakariError]()
    for work in works:
        try:
            changed |= work()
        except DatabaseUnavailable:
            raise
        except HakariError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return changed


LEASE_S = 15
