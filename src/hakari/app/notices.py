"""What somebody should be told: worked out, each time, from statements and chain. Nothing is told that does not stand there.

What is kept of an account is only its wishes: which kinds it stopped, the turn of its feed's address, where its browsers listen, and
until when it was told.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from hakari.adapters import push
from hakari.adapters.sql.store import Book
from hakari.app import appeals, calibrating, exams, opening, operator
from hakari.app.node import Node
from hakari.app.pages import grounds, stake
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId

KINDS = ("claimable", "accused", "reveal", "guideline", "refused", "use", "vote", "stalled")
"""Money to claim, a slash that can be contested, committed answers to open, a guideline that may be mended, a verdict against
somebody, a use of their data, a vote they may cast, an order of theirs that does not go on."""

EACH = 30
"""Notices of one kind at most."""
BROWSERS = 5
"""Browsers of one account that are told."""
DIGEST_HOUR = 9
RETRY_S = 3600
FEEDS = "feeds"


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One notice. id: the same whenever it is worked out; time: Unix seconds; path: where it leads on this node.

    figures: what its sentence says: `amount` micro-units, `count`, `until_at` and `appeal_at` Unix seconds (0 for none), `title`,
    `reason`, `purpose`.
    """

    id: str
    kind: str
    time: int
    path: str
    figures: Mapping[str, int | str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What an account wants: kinds that it stopped, how many of its browsers are told."""

    stopped: frozenset[str]
    browsers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """What one account is to be pushed now, in its language."""

    account: Account
    language: str
    notices: Sequence[Notice]


def of(node: Node, who: Account) -> list[Notice]:
    """Return an account's notices, newest first, without the kinds that it stopped."""
    stopped = wishes(node, who).stopped
    called = [] if "reveal" in stopped else opening.awaited(node, who)
    with node.store.reading() as book:
        found = [
            *_called(book, called),
            *([] if "claimable" in stopped else _claimable(book, who)),
            *([] if "accused" in stopped else _accused(node, book, who)),
            *([] if "refused" in stopped else _refused(node, book, who)),
            *([] if "use" in stopped else _used(book, who)),
            *([] if "vote" in stopped else _votes(node, book, who)),
            *([] if "guideline" in stopped else _guidelines(node, book, who)),
            *([] if "stalled" in stopped else _stalled(node, book, who)),
        ]
    return sorted(found, key=lambda each: (-each.time, each.id))


def _claimable(book: Book, who: Account) -> list[Notice]:
    found: list[Notice] = []
    claimed: dict[int, int] = {}
    for event in book.chain.events(contract="payouts", event="Claimed", having=("account", who)):
        pool = int(str(event.args["pool"]))
        claimed[pool] = claimed.get(pool, 0) + int(str(event.args["amount"]))
    for pool, number, status, amount in book.finding.epochs_of(who, limit=EACH):
        if status != "accepted" or claimed.get(pool, 0) >= book.finding.paid_until(pool, number, who):
            continue
        accepted = book.chain.events(contract="payouts", event="Accepted", having=("epoch", str(number)))
        at = next((each.time for each in accepted if each.args["pool"] == str(pool)), 0)
        figures = {"amount": int(amount), "pool": pool, "number": number}
        found.append(
            Notice(id=f"claimable:{pool}:{number}", kind="claimable", time=at, path="/earnings", figures=figures)
        )
    return found


def _accused(node: Node, book: Book, who: Account) -> list[Notice]:
    """Return a notice for each slash against somebody while they can contest it: who says nothing loses it."""
    return [
        Notice(
            id=f"accused:{each.case}",
            kind="accused",
            time=each.proposed,
            path="/earnings#stake",
            figures={"amount": each.amount, "pool": each.pool, "until_at": each.until},
        )
        for each in stake.cases(book, who)
        if each.state == "proposed" and each.until is not None and each.until > node.clock()
    ][:EACH]


def _called(book: Book, awaited: Sequence[opening.Awaited]) -> list[Notice]:
    """Return a notice for each order whose committed answers are called for: who does not open them is not paid."""
    by_order: dict[str, list[opening.Awaited]] = {}
    for each in awaited:
        if each.until is not None:
            by_order.setdefault(each.row.order, []).append(each)
    titles = book.finding.entitled(list(by_order))
    return [
        Notice(
            id=f"reveal:{order}:{min(cast(int, each.row.called) for each in rows)}",
            kind="reveal",
            time=min(cast(int, each.row.called) for each in rows),
            path=f"/tasks/{order}",
            figures={
                "count": len(rows),
                "title": titles.get(order, order),
                "until_at": min(cast(int, each.until) for each in rows),
            },
        )
        for order, rows in by_order.items()
    ][:EACH]


def _refused(node: Node, book: Book, who: Account) -> list[Notice]:
    refusals = book.finding.refusals(who, limit=EACH)
    titles = book.finding.entitled([each.order for each in refusals])
    found: list[Notice] = []
    for each in refusals:
        said = book.finding.get(each.verdicts)
        row = book.orders.get(each.order)
        window = appeals.window(node, book, StatementId(each.order))
        until = 0
        if said is not None and row is not None and said.leaf is not None:
            until = _window(book, row.pool, said.id, said.leaf)
        figures: dict[str, int | str] = {
            "count": each.count,
            "title": titles.get(each.order, each.order),
            "reason": grounds.named(each.reason, exam=exams.is_one(book, StatementId(each.order))),
            "appeal_at": 0 if window is None else window.until,
            "until_at": until,
        }
        found.append(
            Notice(
                id=f"refused:{each.verdicts}:{each.reason}",
                kind="refused",
                time=each.time,
                path=f"/orders/{each.order}?account={who}#answers",
                figures=figures,
            )
        )
    return found


def _window(book: Book, pool: int, cause: str, leaf: int) -> int:
    """Return until when (Unix seconds) the payout of this cause can be challenged, 0 where it is not proposed or over."""
    paying = book.finding.paying(pool, cause, leaf)
    if paying is None or paying[1] != "proposed":
        return 0
    proposed = book.chain.events(contract="payouts", event="Proposed", having=("epoch", str(paying[0])))
    return max((int(str(each.args["window_ends"])) for each in proposed if each.args["pool"] == str(pool)), default=0)


def _used(book: Book, who: Account) -> list[Notice]:
    uses = [each for each in book.finding.uses_of_work(who, limit=EACH) if each.account != who]
    said = {each.id: each for each in book.finding.named([each.id for each in uses])}
    names = book.finding.entitled([each.release for each in uses])
    return [
        Notice(
            id=f"use:{each.id}",
            kind="use",
            time=said[each.id].statement.time,
            path=f"/explore/licences/{each.licence}",
            figures={
                "title": names.get(each.release, each.release),
                "who": each.account,
                "purpose": cast(int, said[each.id].statement.body["purpose"]),
            },
        )
        for each in uses
    ]


def _votes(node: Node, book: Book, who: Account) -> list[Notice]:
    pools = {str(pool) for pool, *_ in book.finding.epochs_of(who, limit=EACH)}
    found: list[Notice] = []
    for event in book.chain.events(contract="pools", event="VoteProposed")[-200:]:
        ends = int(str(event.args["ends"]))
        if event.args["pool"] in pools and ends > node.clock():
            figures: dict[str, int | str] = {"pool": int(str(event.args["pool"])), "until_at": ends}
            path = f"/p/{event.args['pool']}/votes#vote-{event.args['vote']}"
            found.append(
                Notice(id=f"vote:{event.args['vote']}", kind="vote", time=event.time, path=path, figures=figures)
            )
    return found


def _guidelines(node: Node, book: Book, who: Account) -> list[Notice]:
    """Return a notice for each order of theirs whose first tasks are answered, while they have a word on its guideline."""
    found: list[Notice] = []
    for id_ in book.finding.orders_of(who, limit=EACH):
        row = book.orders.get(id_)
        if row is None or row.status != "open" or not calibrating.waits(node, book, row):
            continue
        known = calibrating.course(node, book, row)
        figures: dict[str, int | str] = {"title": known.order.title, "until_at": known.until or 0}
        path = f"/orders/{id_}#calibration"
        found.append(Notice(id=f"guideline:{id_}", kind="guideline", time=known.over or 0, path=path, figures=figures))
    return found


def _stalled(node: Node, book: Book, who: Account) -> list[Notice]:
    found: list[Notice] = []
    for id_ in book.finding.orders_of(who, limit=EACH):
        row = book.orders.get(id_)
        stuck = None if row is None or row.status != "open" else operator.stuck(node.clock(), book, row)
        if stuck is not None:
            figures: dict[str, int | str] = {"title": stuck.title, "count": stuck.count, "why": stuck.why}
            found.append(
                Notice(
                    id=f"stalled:{id_}:{stuck.why}",
                    kind="stalled",
                    time=stuck.since,
                    path=f"/orders/{id_}",
                    figures=figures,
                )
            )
    return found


def wishes(node: Node, who: Account) -> Wishes:
    """Return what an account wants to be told."""
    with node.store.reading() as book:
        kept, listening = book.notes.get(_wishes(who)), book.notes.get(_browsers(who))
    stopped = frozenset(str(each) for each in cast(list[Json], kept.get("stopped", [])))
    return Wishes(stopped=stopped, browsers=len(cast(list[Json], listening.get("browsers", []))))


def stop(node: Node, who: Account, kind: str) -> None:
    """Tell an account nothing of a kind any more. Raises Malformed."""
    _keep_stopped(node, who, _known(kind), stopped=True)


def start(node: Node, who: Account, kind: str) -> None:
    """Tell an account of a kind again. Raises Malformed."""
    _keep_stopped(node, who, _known(kind), stopped=False)


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise Malformed(f"kind must be one of {list(KINDS)}, got {kind[:40]!r}")
    return kind


def _keep_stopped(node: Node, who: Account, kind: str, *, stopped: bool) -> None:
    with node.store.book() as book:
        kept = book.notes.get(_wishes(who))
        now = {str(each) for each in cast(list[Json], kept.get("stopped", []))}
        now = now | {kind} if stopped else now - {kind}
        book.notes.put(_wishes(who), {**kept, "stopped": list[Json](sorted(now))})


def feed_token(node: Node, who: Account) -> str:
    """Return the unguessable part of an account's feed address."""
    with node.store.reading() as book:
        turn = book.notes.get(_wishes(who)).get("turn", 0)
    made = hmac.new(node.keys.secret(FEEDS), f"hakari.feed.v1\n{who}\n{turn}".encode(), hashlib.sha256).digest()
    return base64.b32encode(made[:20]).decode().lower()


def is_feed_of(node: Node, who: Account, token: str) -> bool:
    """Tell whether a feed address is this account's, as it is now."""
    return hmac.compare_digest(feed_token(node, who).encode(), token.encode("utf-8", "replace"))


def turn_feed(node: Node, who: Account) -> None:
    """Give an account's feed a new address; the old one shows nothing more."""
    with node.store.book() as book:
        kept = book.notes.get(_wishes(who))
        book.notes.put(_wishes(who), {**kept, "turn": cast(int, kept.get("turn", 0)) + 1})


def push_key(node: Node) -> bytes:
    """Return the public key (65 bytes) by which browsers know this node's messages."""
    return push.public_key(node.keys.secret("push"))


def listen(node: Node, who: Account, *, endpoint: str, public: str, auth: str, language: str, ahead_min: int) -> None:
    """Tell a browser of an account from now on, once a day at nine o'clock where it is. Raises Malformed.

    public, auth: the browser's keys in base64url. ahead_min: minutes that its clock is ahead of UTC.
    """
    push.subscription(endpoint, public, auth)
    if not -14 * 60 <= ahead_min <= 14 * 60:
        raise Malformed(f"ahead_min must be -840 to 840, got {ahead_min}", pointer="/ahead_min")
    now = node.clock()
    with node.store.book() as book:
        kept = book.notes.get(_browsers(who))
        others = [each for each in _listed(kept) if each["endpoint"] != endpoint][-(BROWSERS - 1) :]
        fresh: dict[str, Json] = {"auth": auth, "endpoint": endpoint, "p256dh": public}
        note: dict[str, Json] = {
            "ahead_min": ahead_min,
            "browsers": [*others, fresh],
            "language": language,
            "told": kept.get("told", now),
        }
        book.notes.put(_browsers(who), note, due=next_digest(now, ahead_min))


def stop_listening(node: Node, who: Account, endpoint: str | None) -> None:
    """Tell a browser of an account nothing more; all of them where none is named."""
    with node.store.book() as book:
        _forget(book, who, None if endpoint is None else {endpoint})


def _forget(book: Book, who: Account, endpoints: set[str] | None, *, due: int | None = None) -> None:
    kept = book.notes.get(_browsers(who))
    left = [] if endpoints is None else [each for each in _listed(kept) if each["endpoint"] not in endpoints]
    when = due or (book.chain.mark(_browsers(who)) or 0)
    book.notes.put(_browsers(who), {**kept, "browsers": list[Json](left)} if left else {}, due=when)


def next_digest(now: int, ahead_min: int) -> int:
    """Return the next nine o'clock (Unix seconds, after `now`) of a clock that is this many minutes ahead of UTC."""
    local = datetime.fromtimestamp(now, UTC) + timedelta(minutes=ahead_min)
    nine = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    if nine <= local:
        nine += timedelta(days=1)
    return int((nine - timedelta(minutes=ahead_min)).timestamp())


def due(node: Node, *, limit: int = 20) -> list[Digest]:
    """Return what is to be pushed now: for each account whose time has come, its notices since it was told last."""
    with node.store.reading() as book:
        names = book.notes.due(_BROWSERS, now=node.clock(), limit=limit)
        kept = {Account(name.removeprefix(_BROWSERS)): book.notes.get(name) for name in names}
    return [
        Digest(
            account=who,
            language=str(note["language"]),
            notices=[each for each in of(node, who) if each.time > cast(int, note["told"])],
        )
        for who, note in kept.items()
    ]


def tell(node: Node, who: Account, messages: Sequence[bytes]) -> int:
    """Push messages to every browser of an account and note that it was told. Returns how many were taken.

    A browser that left is forgotten; a service that does not answer now is asked again in the next digest.
    """
    now = node.clock()
    with node.store.reading() as book:
        note = book.notes.get(_browsers(who))
    gone: set[str] = set()
    taken = 0
    for each in _listed(note):
        try:
            to = push.subscription(each["endpoint"], each["p256dh"], each["auth"])
            for message in messages:
                push.send(message, to, secret=node.keys.secret("push"), contact=node.settings.url, now=now)
                taken += 1
        except push.PushGone:
            gone.add(str(each["endpoint"]))
        except (push.PushRefused, Malformed):
            continue
    when = next_digest(now, cast(int, note.get("ahead_min", 0)))
    with node.store.book() as book:
        current = book.notes.get(_browsers(who))
        if current:
            book.notes.put(_browsers(who), {**current, "told": now}, due=when)
            _forget(book, who, gone, due=when)
    return taken


def _listed(note: Mapping[str, Json]) -> list[dict[str, Json]]:
    return cast(list[dict[str, Json]], note.get("browsers", []))


_BROWSERS = "push:"


def _browsers(who: Account) -> str:
    return f"{_BROWSERS}{who}"


def _wishes(who: Account) -> str:
    return f"wishes:{who}"
