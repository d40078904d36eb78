"""What whoever runs a node must know: how it is, which orders are stuck and why, what is not set up yet. Never a secret.

Levels are good (nothing to do), care (look at it) and bad (people are kept waiting or money is at risk).
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hakari.adapters.sql.store import Book
from hakari.app import aside
from hakari.app.node import Node
from hakari.app.pages import legal
from hakari.core.errors import Forbidden, HakariError
from hakari.core.ids import Account
from hakari.work.records import OrderRow

DAY_S = 86_400
PATIENCE_S = 600
"""How long an order may wait for the worker before it counts as stuck."""
GIB = 2**30
LITTLE_FUEL_WEI = 10**16
KEY_LEFT_S = 14 * DAY_S
ORDERS_LOOKED_AT = 500
LOOPBACK = ("127.0.0.1", "::1")


class NotOperator(Forbidden):
    """This page is for the node's operator: signed in with the operator's account, or on the machine itself while it is not public."""

    code = "not_operator"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One thing about the node: its name, its level, and the figures of its sentence (counts, or Unix seconds where it ends in _at)."""

    name: str
    level: str
    figures: Mapping[str, int | str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stuck:
    """An order that does not go on. why: over, full, idle, unreserved or failed; since: Unix seconds; count: answers; note: why.

    id: empty for a pool, licence or slash of which a step failed; title then says which.
    """

    id: str
    title: str
    why: str
    since: int
    count: int
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A transaction that the chain refused: what it is for, and the chain's words."""

    name: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A key by its name, and since when it is this one (Unix seconds); None where it comes from a setting."""

    name: str
    since: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """A node's health."""

    signs: Sequence[Sign]
    stuck: Sequence[Stuck]
    refused: Sequence[Refused]
    keys: Sequence[Key]


def check_sight(node: Node, who: Account | None, *, peer: str, host: str, forwarded: bool) -> None:
    """Raise NotOperator unless `who` operates the node, or the request comes from the machine itself to a node that is not public.

    peer: the address that the request comes from; host: the one it asks for; forwarded: whether something passed it on. With a public
    address set, the machine itself does not suffice: a proxy in front makes strangers look like it.
    """
    if who == node.operator:
        return
    own = peer in LOOPBACK and host.rsplit(":", 1)[0].strip("[]") in (*LOOPBACK, "localhost")
    if node.settings.public_url or forwarded or not own:
        raise NotOperator(
            f"sign in with the account that operates this node ({node.operator}), or set HAKARI_PUBLIC_URL to nothing and come from "
            "the machine itself"
        )


def health(node: Node) -> Health:
    """Return how the node is. What can't be asked is a sign itself."""
    with node.store.reading() as book:
        signs = [_log(node, book), _anchor(node, book), _chain(node, book), _worker(node, book), _sending(book)]
        rows = book.orders.with_status("open")[:ORDERS_LOOKED_AT]
        found = [each for each in (stuck(node.clock(), book, row) for row in rows) if each is not None]
        found = [*failed(book), *found]
        refused = [
            Refused(name=each.name, note=(each.note or "")[:300]) for each in book.chain.intents("reverted", limit=50)
        ]
        signs.append(_session(node, book))
    signs += [_fuel(node), _disk(node)]
    ages = node.keys.ages()
    keys = [Key(name=name, since=since) for name, since in sorted(ages.items())]
    if node.settings.chain_key:
        keys = [Key(name="operator", since=None), *(key for key in keys if key.name != "operator")]
    return Health(signs=signs, stuck=found, refused=refused, keys=keys)


def _log(node: Node, book: Book) -> Sign:
    checkpoint = node.log.checkpoint()
    oldest = book.finding.oldest_waiting()
    late = oldest is not None and node.clock() - oldest > node.settings.include_s
    figures = {"size": checkpoint.size if checkpoint else 0, "waiting": book.statements.waiting()}
    return Sign(name="log", level="bad" if late else "good", figures=figures)


def _anchor(node: Node, book: Book) -> Sign:
    posted = book.chain.events(contract="anchor", event="Posted")
    size = int(str(posted[-1].args["size"])) if posted else 0
    said = next((each for each in book.finding.about_kind("verdicts", limit=1)), None)
    behind = said is not None and said.leaf is not None and said.leaf >= size
    late = behind and said is not None and node.clock() - said.statement.time > PATIENCE_S
    return Sign(name="anchor", level="care" if late else "good", figures={"size": size})


def _chain(node: Node, book: Book) -> Sign:
    heard = book.chain.mark("heard") or 0
    try:
        block = node.chain.block_number()
    except HakariError as error:
        return Sign(name="chain", level="bad", figures={"reason": error.code, "heard": heard})
    figures: dict[str, int | str] = {"block": block, "heard": heard, "chain": node.settings.chain_id}
    return Sign(name="chain", level="care" if block - heard > 100 else "good", figures=figures)


def _worker(node: Node, book: Book) -> Sign:
    until = book.doorway.leased("worker")
    alive = until is not None and until > node.clock()
    return Sign(name="worker", level="good" if alive else "bad", figures={"until_at": until or 0})


def _sending(book: Book) -> Sign:
    waiting = len(book.chain.intents("waiting", "signed", limit=1000))
    return Sign(name="sending", level="care" if waiting >= 100 else "good", figures={"waiting": waiting})


def _session(node: Node, book: Book) -> Sign:
    ends = [key.expires for key in book.statements.keys_of(node.operator) if not key.revoked]
    left = max(ends, default=0) - node.clock()
    level = "bad" if left <= 0 else ("care" if left < KEY_LEFT_S else "good")
    return Sign(name="session", level=level, figures={"until_at": max(ends, default=0)})


def _fuel(node: Node) -> Sign:
    try:
        least = min(node.chain.balance(node.account(name)) for name in ("operator", "relayer"))
    except HakariError as error:
        return Sign(name="fuel", level="care", figures={"reason": error.code})
    level = "good" if least >= LITTLE_FUEL_WEI else "bad"
    return Sign(name="fuel", level=level, figures={"least": f"{least / 10**18:.4f}"})


def _disk(node: Node) -> Sign:
    free = shutil.disk_usage(node.settings.dir).free
    level = "bad" if free < GIB else ("care" if free < 5 * GIB else "good")
    database = "PostgreSQL" if node.settings.database_url.startswith("postgres") else "SQLite"
    return Sign(name="disk", level=level, figures={"free": f"{free / GIB:.1f}", "database": database})


def stuck(now: int, book: Book, row: OrderRow) -> Stuck | None:
    """Return why an open order does not go on at `now` (Unix seconds), or None."""
    said = book.finding.get(row.id)
    last = next(iter(book.finding.about("submission", row.id, limit=1)), None)
    assert said is not None  # an order is recorded together with its statement
    moved = last.statement.time if last else said.statement.time
    newest = next(iter(book.chain.intents_about(f"reserve:{row.id}", limit=1)), None)
    reserve = newest if newest is not None and newest.status == "reverted" else None
    why, since = "", 0
    if reserve is not None:
        why, since = "unreserved", moved
    elif row.deadline + PATIENCE_S < now:
        why, since = "over", row.deadline
    elif row.answered >= row.wanted and moved + PATIENCE_S < now:
        why, since = "full", moved
    elif row.answered < row.wanted and moved + DAY_S < now:
        why, since = "idle", moved
    if not why:
        return None
    note = "" if reserve is None else (reserve.note or "")[:300]
    title = str(said.statement.body["title"])
    return Stuck(id=row.id, title=title, why=why, since=since, count=row.answered, note=note)


def failed(book: Book) -> list[Stuck]:
    """Return what a step of the round could not be done for, and is set aside until it can."""
    found: list[Stuck] = []
    for each in aside.reasons(book):
        row = book.orders.of_escrow(each.number) if each.what == "order" else None
        said = None if row is None else book.finding.get(row.id)
        found.append(
            Stuck(
                id="" if row is None else row.id,
                title=f"{each.what} {each.number}" if said is None else str(said.statement.body["title"]),
                why="failed",
                since=each.since,
                count=0 if row is None else row.answered,
                note=f"{each.step}: {each.code}: {each.message}",
            )
        )
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing to set up: whether it is done, whether money for strangers should wait for it, and the page that says how."""

    name: str
    done: bool
    must: bool
    how: str


def steps(node: Node) -> Sequence[Step]:
    """Return what a node for others needs, done or not, what matters most first."""
    settings = node.settings
    written = {name: any(legal.text(node, name, language) for language in ("en", "ja", "zh")) for name in legal.NAMES}
    with node.store.reading() as book:
        pools = bool(book.orders.pools())
    made = [
        ("passphrase", bool(settings.passphrase), True, "how-to/deploy"),
        ("public_url", bool(settings.public_url), True, "how-to/deploy"),
        ("https", settings.url.startswith("https://"), True, "how-to/deploy"),
        ("pool", pools, True, "how-to/open-a-pool"),
        *((f"legal_{name}", done, True, "reference/settings") for name, done in written.items()),
        ("profile", settings.profile == "real", True, "how-to/own-chain"),
        ("chain", bool(settings.chain_url), True, "how-to/own-chain"),
        ("token", bool(settings.payment_token), True, "how-to/own-chain"),
        ("rate", settings.rate > 0, True, "reference/settings"),
        ("database", settings.database_url.startswith("postgres"), False, "how-to/postgresql"),
    ]
    return [Step(name=name, done=done, must=must, how=how) for name, done, must, how in made]
