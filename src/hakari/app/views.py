"""What the doors show: plain JSON-able objects read from one snapshot."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from hakari.access.licences import Licence
from hakari.adapters.sql.payouts import EpochRow
from hakari.adapters.sql.releases import ReleaseRow
from hakari.adapters.sql.store import Book
from hakari.app import calibrating, continuing, desk, offices, pausing, promises, reputations, shelf, stopping
from hakari.app.bids import standing
from hakari.app.node import Node, node_body
from hakari.app.promises import log_id
from hakari.core.errors import Malformed, Unknown
from hakari.core.ids import Account
from hakari.core.statement import Statement
from hakari.log import tree
from hakari.pay import tree as pay_tree
from hakari.pay.lines import Line
from hakari.work.records import OrderRow

View = dict[str, Any]

LARGEST_PAGE = 200


class UnknownStatement(Unknown):
    """A statement that this node does not hold."""

    code = "unknown_statement"


def node(at: Node) -> View:
    """Return who this node is and how far its log and chain are."""
    checkpoint = at.log.checkpoint()
    with at.store.reading() as book:
        waiting = book.statements.waiting()
        heard = book.chain.mark("heard")
        sending = [intent.name for intent in book.chain.intents("waiting", "signed", limit=50)]
    return {
        **node_body(at),
        "operator": at.operator,
        "log_id": log_id(at),
        "log_size": checkpoint.size if checkpoint else 0,
        "waiting": waiting,
        "heard_block": heard,
        "confirmations": at.confirmations,
        "sending": sending,
        "public": f"{at.settings.url}/public",
    }


def statement_view(statement: Statement, leaf: int | None) -> View:
    """Return a statement with its id and leaf."""
    return {"id": statement.id, "leaf": leaf, "statement": json.loads(statement.bytes)}


def statement(at: Node, id_: str) -> View:
    """Return one statement."""
    with at.store.reading() as book:
        found = book.statements.get(id_)
    if found is None:
        raise UnknownStatement(f"statement must be one of this node's, got {id_}")
    return statement_view(*found)


def statements(at: Node, *, kind: str | None, author: str | None, after: int, limit: int) -> View:
    """Return a page of statements in order of intake."""
    with at.store.reading() as book:
        rows = book.statements.page(kind=kind, author=author, after=after, limit=limit)
    return _page([(seq, statement_view(said, leaf)) for seq, said, leaf in rows], limit)


def orders(at: Node, *, after: int, limit: int) -> View:
    """Return a page of orders."""
    with at.store.reading() as book:
        return _page([(seq, _order(book, row)) for seq, row in book.orders.page(after=after, limit=limit)], limit)


def order(at: Node, id_: str) -> View:
    """Return one order with how far it is."""
    with at.store.reading() as book:
        row = book.orders.get(id_)
        if row is None:
            raise desk.UnknownOrder(f"order must be one of this node's, got {id_}")
        releases = [release.id for release in book.releases.of_order(id_)]
        verdicts = [statement_view(*each) for each in book.statements.about("verdicts", id_)]
        paused = pausing.running(book, row.id, at.clock())
        known = calibrating.course(at, book, row)
        view = _order(book, row)
        said = book.statements.get(id_)
        assert said is not None  # an order is recorded together with its statement
        return {
            **view,
            "continued_by": [] if "continues" in view["body"] else continuing.family(book, row, said[0])[1:],
            "calibrating": not known.goes_on(at.clock()),
            "guidelines": [{"sha256": sha256, "version": version} for version, sha256 in known.versions()],
            "paused_until": None if paused is None else paused.until,
            "releases": releases,
            "stopping": stopping.view(book, known.order),
            "verdicts": verdicts,
        }


def _order(book: Book, row: OrderRow) -> View:
    found = book.statements.get(row.id)
    assert found is not None  # an order is recorded together with its statement
    return {
        "id": row.id,
        "status": row.status,
        "tasks": row.tasks,
        "wanted": row.wanted,
        "answered": row.answered,
        "buyer": row.buyer,
        "body": dict(found[0].body),
        "time": found[0].time,
        "leaf": found[1],
    }


def pools(at: Node) -> View:
    """Return every pool with its terms, and whether this node operates it still."""
    with at.store.reading() as book:
        items = [
            {**row.body, "operated": offices.ours(at, book, row.pool), "statement": row.statement}
            for row in book.orders.pools()
        ]
        return {"items": items, "next": None}


def bids(node: Node, order: str) -> dict[str, Any]:
    """Return the bids on a request."""
    with node.store.reading() as book:
        if book.orders.get(order) is None:
            raise desk.UnknownOrder(f"order must be one of this node's, got {order}")
        found = standing(book, order)
    items = [
        {
            "id": each.bid.id,
            "author": each.bid.author,
            "count": each.bid.count,
            "price": str(each.bid.price),
            "until": each.bid.until,
            "leaf": each.leaf,
            "taken": each.taken,
        }
        for each in found
    ]
    return {"items": items, "next": None}


def releases(at: Node, *, after: int, limit: int) -> View:
    """Return a page of releases."""
    with at.store.reading() as book:
        rows = book.releases.page(after=after, limit=limit)
        return _page([(seq, _release(book, row)) for seq, row in rows], limit)


def release(at: Node, id_: str) -> View:
    """Return one release with its offers on chain."""
    with at.store.reading() as book:
        row = book.releases.get(id_)
        if row is None:
            raise shelf.UnknownRelease(f"release must be one of this node's, got {id_}")
        return _release(book, row)


def _release(book: Book, row: ReleaseRow) -> View:
    offers = [
        {**{name: event.args[name] for name in ("offer", "purposes", "term_seconds")}, "price": price}
        for event, price in shelf.offers(book, row.id)
    ]
    return {"id": row.id, "body": dict(row.body), "offers": offers}


def licence_view(held: Licence) -> View:
    """Return a licence."""
    return {
        "id": held.id,
        "offer": held.offer,
        "release": held.release,
        "holder": held.holder,
        "purposes": held.purposes,
        "price": str(held.price),
        "expires": held.expires,
        "income_order": held.income_order,
    }


def licence(at: Node, number: int) -> View:
    """Return one licence."""
    with at.store.reading() as book:
        held = shelf.licence(book, number)
    if held is None:
        raise Unknown(f"licence must be one that was bought, got {number}")
    return licence_view(held)


def account(at: Node, who: Account) -> View:
    """Return an account: its keys, its answers in numbers, its reputation, its money by stage, its licences."""
    with at.store.reading() as book:
        keys = [
            {
                "key": key.key,
                "scopes": list(key.scopes),
                "not_before": key.not_before,
                "expires": key.expires,
                "revoked": key.revoked,
            }
            for key in book.statements.keys_of(who)
        ]
        owed = book.payouts.totals(who)
        claimed = _claimed(book, who)
        held = [licence_view(each) for each in shelf.licences_of(book, who)]
        tally = book.answers.tally(who)
        known = reputations.of(at, book, who)
    return {
        "account": who,
        "keys": keys,
        "answers": tally,
        "reputation": [each.json for each in known],
        "earnings": {
            "in_window": str(owed.get("proposed", 0)),
            "claimable": str(owed.get("accepted", 0) - claimed),
            "claimed": str(claimed),
        },
        "licences": held,
    }


def _claimed(book: Book, who: Account, pool: int | None = None) -> int:
    events = book.chain.events(contract="payouts", event="Claimed", having=("account", who))
    return sum(int(str(each.args["amount"])) for each in events if pool is None or each.args["pool"] == str(pool))


FIRST_LINE = "0"


def lines(at: Node, who: Account, *, after: str = FIRST_LINE, limit: int = LARGEST_PAGE) -> View:
    """Return a page of why an account was paid: lines with epoch and cause, by pool, epoch and cause.

    after: `next` of the page before, «pool.epoch.cause».
    """
    pool, epoch, cause = (0, 0, "") if after == FIRST_LINE else after.split(".")
    with at.store.reading() as book:
        rows = book.payouts.page(who, after=(int(pool), int(epoch), cause), limit=limit)
    return {
        "items": [_line(place, status, line) for place, status, line in rows],
        "next": ".".join(map(str, rows[-1][0])) if len(rows) == limit else None,
    }


def _line(place: tuple[int, int, str], status: str, line: Line) -> View:
    return {
        "pool": place[0],
        "epoch": place[1],
        "status": status,
        "amount": str(line.amount),
        "cause": line.cause,
        "source": line.source,
        "why": line.why,
    }


def answers(at: Node, submission: str) -> View:
    """Return the verdicts of one submission's answers; the answers themselves are for their author and the evidence files."""
    with at.store.reading() as book:
        rows = book.answers.of_submission(submission)
    if not rows:
        raise UnknownStatement(f"submission must be one of this node's, got {submission}")
    return {
        "items": [
            {
                "n": row.n,
                "task": row.task,
                "verdicts": row.verdicts,
                "accepted": row.accepted,
                "score": row.score,
                "reason": row.reason,
            }
            for row in rows
        ],
        "next": None,
    }


def claimable(at: Node, who: Account, *, after: int = 0) -> Iterator[tuple[int, int, pay_tree.ClaimLeaf]]:
    """Yield (pool, epoch, leaf) of the newest accepted epoch of each pool above `after` in which the account has unclaimed money."""
    for pool, number, leaf in promised(at, who, after=after):
        with at.store.reading() as book:
            claimed = _claimed(book, who, pool)
        if leaf.cumulative > claimed:
            yield pool, number, leaf


def promised(at: Node, who: Account, *, after: int = 0) -> Iterator[tuple[int, int, pay_tree.ClaimLeaf]]:
    """Yield (pool, epoch, leaf) of the newest accepted epoch of each pool above `after` that owes the account something or did."""
    with at.store.reading() as book:
        pools_ = [pool for pool in book.payouts.pools_of(who) if pool > after]
    for pool in pools_:
        with at.store.reading() as book:
            newest = book.payouts.newest(pool)
            if newest is None:
                continue
            built = _tree(at, book, newest)
        try:
            leaf = built.proof(who)
        except Unknown:
            continue
        yield pool, newest.number, leaf


def _tree(at: Node, book: Book, epoch: EpochRow) -> pay_tree.Tree:
    """Return an epoch's tree, built again from its lines and kept."""
    known = at.trees.get(epoch.statement)
    if known is None:
        known = at.trees[epoch.statement] = promises.rebuilt(book, epoch)
    return known


def payout(at: Node, who: Account, *, claimed: bool = False, after: int = 0, limit: int = LARGEST_PAGE) -> View:
    """Return a page of the account's claim proofs, as the contract takes them, one for each pool, by pool.

    claimed: also of pools in which the account has taken all: nothing can be claimed by them, but they can be checked.
    """
    found = list(islice((promised if claimed else claimable)(at, who, after=after), limit))
    items = [
        {
            "pool": pool,
            "epoch": number,
            "leaf": {
                "account": leaf.account,
                "prev": str(leaf.prev),
                "inc": str(leaf.inc),
                "lines_root": leaf.lines_root.hex(),
                "index": leaf.index,
                "path": [[step[0].hex(), str(step[1])] for step in leaf.path],
            },
        }
        for pool, number, leaf in found
    ]
    return {"items": items, "next": str(found[-1][0]) if len(found) == limit else None}


def inclusion(at: Node, id_: str, size: int | None) -> View:
    """Return the proof that a statement is a leaf of the published log."""
    checkpoint = at.log.checkpoint()
    with at.store.reading() as book:
        found = book.statements.get(id_)
    if found is None:
        raise UnknownStatement(f"statement must be one of this node's, got {id_}")
    published = checkpoint.size if checkpoint else 0
    wanted = published if size is None else size
    leaf = found[1]
    if leaf is None or not leaf < wanted <= published:
        raise Malformed(f"size must be above the statement's leaf {leaf} and at most {published}, got {wanted}")
    proof = tree.inclusion(at.log.grown, wanted, leaf)
    return {"leaf": leaf, "size": wanted, "proof": [each.hex() for each in proof]}


def consistency(at: Node, first: int, second: int) -> View:
    """Return the proof that the log at size `second` begins with the log at size `first`."""
    checkpoint = at.log.checkpoint()
    published = checkpoint.size if checkpoint else 0
    if not 0 < first <= second <= published:
        raise Malformed(f"sizes must satisfy 0 < first ≤ second ≤ {published}, got {first} and {second}")
    proof = tree.consistency(at.log.grown, first, second)
    return {"first": first, "second": second, "proof": [each.hex() for each in proof]}


def _page(rows: list[tuple[int, View]], limit: int) -> View:
    return {
        "items": [view for _, view in rows],
        "next": str(rows[-1][0]) if len(rows) == limit else None,
    }
