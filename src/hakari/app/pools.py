"""Pools: opened on chain with a hash of their terms, then said in the log with the terms themselves."""

import hashlib
import json
from collections.abc import Collection

from hakari.adapters.sql.chain import Intent
from hakari.app import amending, rotation
from hakari.app.node import Node
from hakari.app.promises import log_id
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.pay.chain import ChainEvent
from hakari.people.statements import check_terms
from hakari.work import orders

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
FEE_BPS = 500


def usual_terms(
    node: Node,
    *,
    evidence: str = "keyed",
    fee_bps: int | None = None,
    licence: str | None = None,
    derivatives: tuple[int, str] | None = None,
    early: tuple[int, int, int] | None = None,
    invites: tuple[int, int] | None = None,
) -> dict[str, Json]:
    """Return the terms of a pool that asks for nothing else: the fee to this node, most of a sale to the people.

    derivatives: the basis points that derived releases owe at least, and of what: `received` by the one right below, or `all` that any
    below earns; None asks for nothing. early: of how many first accepted answers of each verdicts each counts how many basis points
    more in a release's shares, and of how many of one person's at most; None counts all alike. invites: how many basis points of what
    an invited account's work earns go to who invited it, and for how many seconds; None gives nothing. Its people can vote, by what
    each earned.
    """
    asked: dict[str, Json] = {"votes": "earned"}
    if early is not None:
        asked["early"] = {"answers": early[0], "extra_bps": early[1], "most": early[2]}
    if invites is not None:
        asked["invites"] = {"bps": invites[0], "seconds": invites[1]}
    if derivatives is not None:
        asked["derivatives"] = {"bps": derivatives[0], "of": derivatives[1]}
    return {
        **asked,
        "evidence": evidence,
        "fee_account": node.account("treasury"),
        "fee_bps": FEE_BPS if fee_bps is None else fee_bps,
        "licence": licence or LICENCE,
        "operator": node.operator,
        "sale_split": {"contributors": 7000, "fee": 500, "originator": 2500},
    }


def open_pool(node: Node, *, name: str, terms: dict[str, Json], arbiter: Account, court: Account) -> str:
    """Ask for a pool under these terms. Returns the terms' hash, by which `found` names it; the same terms again ask for nothing.

    arbiter and court: two other people's accounts, each different from the operator's. Raises Malformed.
    """
    check_terms(terms)
    if len({arbiter, court, node.operator}) < 3:
        raise Malformed("operator, arbiter and court must be three different accounts", pointer="/arbiter")
    digest = hashlib.sha256(canonical.encode(terms)).hexdigest()
    kept: dict[str, Json] = {"arbiter": arbiter, "court": court, "name": name, "terms": terms}
    node.private.write(f"terms/{digest}", canonical.encode(kept))
    asked = orders.terms({"pool": 0, "terms": terms, "terms_version": 1})
    args: list[Json] = [
        digest,
        node.operator,
        arbiter,
        court,
        str(asked.highest_fee_bps),
        [log_id(node), "0", str(asked.derive_bps)],
    ]
    with node.store.book() as book:
        book.chain.intend(
            Intent(name=f"pool:{digest}", signer="operator", contract="pools", function="create", args=args)
        )
    return digest


FOUND = "terms looked at"
"""The mark of the last block whose terms were looked at."""


def found(node: Node) -> bool:
    """Say in the log which pools the chain has opened for terms of ours, and take note of further versions of their terms."""
    changed = False
    with node.store.reading() as book:
        # Terms are kept before the pool is asked for, so an event that was not ours when it was heard never will be.
        events = book.chain.events(contract="pools", event="Terms", first=(book.chain.mark(FOUND) or -1) + 1)
        if not events:
            return False
        created = {str(each.args["pool"]): each for each in book.chain.events(contract="pools", event="Created")}
        known = {row.pool for row in book.orders.pools()}
        operators = rotation.operators(book)
    for event in events:
        pool, version = int(str(event.args["pool"])), int(str(event.args["version"]))
        if version > 1:
            with node.store.book() as book:
                amending.bind(book, event)
            continue
        kept = node.private.read(f"terms/{event.args['hash']}")
        if pool in known or kept is None:
            continue
        text = json.loads(kept)
        if not _ours(node, operators, text, event, created.get(str(event.args["pool"]))):
            continue
        statement = node.sentence(
            "pool", {"name": text["name"], "pool": pool, "terms": text["terms"], "terms_version": version}
        )
        with node.store.book() as book:
            if book.orders.pool(pool) is None:
                book.statements.add(statement, subject=str(pool))
                book.orders.keep_pool(pool, statement.id, statement.body)
                changed = True
    with node.store.book() as book:
        book.chain.set_mark(FOUND, events[-1].block)
    return changed


def _ours(
    node: Node, operators: Collection[str], text: dict[str, Json], terms: ChainEvent, created: ChainEvent | None
) -> bool:
    """Tell whether a pool is the one we asked for: anybody can open another under the hash of our terms."""
    if created is None:
        return False
    made = str(created.args["creator"])
    said = tuple(terms.args[name] for name in ("arbiter", "court", "log_id", "version"))
    return (
        made in operators
        and created.args["operator"] == made
        and said == (text["arbiter"], text["court"], log_id(node), "1")
    )


def pool_of_terms(node: Node, digest: str) -> int | None:
    """Return the pool that was opened for terms of this hash, once it is said in the log."""
    with node.store.reading() as book:
        for row in book.orders.pools():
            if hashlib.sha256(canonical.encode(row.body["terms"])).hexdigest() == digest:
                return row.pool
    return None
