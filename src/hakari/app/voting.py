"""Votes of a pool's people: what each would change, where it stands, and votes cast without gas by a signature.

Weights are those of the epoch that the vote names; the chain counts. What a vote would change is behind a hash there: this node
shows it where the payload is here, from the chain once it was carried out, before that from whoever handed it in.
"""

from dataclasses import dataclass
from typing import Any, cast

from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.store import Book
from hakari.app import desk, intents, motions, weights
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Malformed, Unknown
from hakari.core.ids import Account
from hakari.pay.chain import ChainEvent
from hakari.pay.tree import keccak_256

KINDS = {1: "terms", 2: "operator", 3: "release", 4: "price", 5: "stop_sale", 6: "spend", 7: "version"}
QUORUM_PERCENT = 20
TWO_THIRDS = ("terms", "version")
TIMELOCK_DAYS, LAPSE_DAYS = 3, 14
LARGEST_PAYLOAD = 512


class UnknownVote(Unknown):
    """A vote that the chain does not have, or of another node's pool."""

    code = "unknown_vote"


class VoteClosed(Conflict):
    """The vote takes no votes any more, or has this account's already."""

    code = "vote_closed"


class NoWeight(Conflict):
    """The account had earned nothing in the pool when the vote's weights were fixed."""

    code = "no_weight"


@dataclass(frozen=True, kw_only=True, slots=True)
class Vote:
    """A vote. ends, ready, done: Unix seconds; ready: from when it can be carried out, None before its majority was noted; done: when
    it was, None before. timelock: seconds from that note on.

    yes, no: weights cast, of `total`, micro-units earned. payload: the bytes that carry it out; change: what would change, by name,
    from what to what; both None where the payload is not here. state: open, failed, passed (the majority stands and can be noted),
    waiting (for `ready`), due, lapsed, done. mine: the reader's weight; said: what the reader voted, None for nothing.
    """

    number: int
    pool: int
    kind: str
    by: Account
    ends: int
    ready: int | None
    done: int | None
    timelock: int
    epoch: int
    yes: int
    no: int
    total: int
    state: str
    payload: bytes | None
    change: motions.Change | None
    mine: int
    said: bool | None


def votes(node: Node, pool: int, who: Account | None) -> list[Vote]:
    """Return a pool's votes, newest first, with what `who` may do. Raises UnknownPool."""
    with node.store.reading() as book:
        desk.terms(book, pool)
        return [
            _vote(node, book, event, who)
            for event in book.chain.events(contract="pools", event="VoteProposed", having=("pool", str(pool)))
        ][::-1]


def one(node: Node, number: int, who: Account | None) -> Vote:
    """Return a vote of a pool of this node. Raises UnknownVote."""
    with node.store.reading() as book:
        return _vote(node, book, _proposed(book, number), who)


def cast_for(
    node: Node, number: int, account: Account, *, support: bool, deadline: int, signature: str, address: str
) -> str:
    """Have the relayer cast an account's signed vote. Returns the transaction's name; the same again asks for nothing more.

    signature: hexadecimal, over `typed.ballot`. deadline: Unix seconds until which it may be sent. address: where the wish comes
    from, as for claims. Raises UnknownVote, VoteClosed, NoWeight, TooMany, and Reverted with the contract's reason (`signature`).
    """
    name = f"ballot:{number}:{account}"
    with node.store.reading() as book:
        vote = _vote(node, book, _proposed(book, number), account)
        if any(each.status != "reverted" for each in book.chain.intents_about(f"{name}:")):
            return name
    if vote.said is not None or vote.state != "open":
        raise VoteClosed(f"vote {number} must be open and without a vote of {account}, it is {vote.state}")
    mine = weights.show(node, vote.pool, account, epoch=vote.epoch)["share"] if vote.mine else None
    if mine is None:
        raise NoWeight(f"{account} must have a weight in epoch {vote.epoch} of pool {vote.pool}, got none")
    share = cast(dict[str, Json], mine)
    proof: list[Json] = [share["account"], share["weight"], share["index"], share["path"]]
    args: list[Json] = [str(number), support, proof, str(deadline), signature]
    node.chain.call(node.contracts, "pools", "cast_for", args)
    with node.store.book() as book:
        if intents.want(book, Intent(name=name, signer="relayer", contract="pools", function="cast_for", args=args)):
            node.claims_pace.take(address)
    return name


def show_payload(node: Node, number: int, payload: str) -> None:
    """Keep what a vote would change, from anyone: only what has the hash on chain is taken. Raises UnknownVote and Malformed."""
    data = bytes.fromhex(payload)
    with node.store.reading() as book:
        wanted = str(_proposed(book, number).args["payload_hash"])
    if len(data) > LARGEST_PAYLOAD or keccak_256(data).hex() != wanted:
        raise Malformed(f"payload must be the bytes whose Keccak-256 is {wanted}", pointer="/payload")
    node.private.write(f"ballots/{wanted}", data)


def plain(vote: Vote) -> dict[str, Any]:
    """Return a vote as JSON: weights as decimal text, changes as pairs of from and to."""
    change = None
    if vote.change is not None:
        change = [{"what": what, "from": old, "to": new} for what, (old, new) in vote.change.items()]
    return {
        "vote": vote.number,
        "pool": vote.pool,
        "kind": vote.kind,
        "by": vote.by,
        "ends": vote.ends,
        "ready": vote.ready,
        "done": vote.done,
        "epoch": vote.epoch,
        "yes": str(vote.yes),
        "no": str(vote.no),
        "total": str(vote.total),
        "state": vote.state,
        "payload": None if vote.payload is None else vote.payload.hex(),
        "change": change,
        "weight": str(vote.mine),
        "voted": vote.said,
    }


def _proposed(book: Book, number: int) -> ChainEvent:
    found = book.chain.events(contract="pools", event="VoteProposed", having=("vote", str(number)))
    if not found or book.orders.pool(int(str(found[0].args["pool"]))) is None:
        raise UnknownVote(f"vote must be one of a pool of this node, got {number}")
    return found[0]


def _vote(node: Node, book: Book, said: ChainEvent, who: Account | None) -> Vote:
    number, pool = int(str(said.args["vote"])), int(str(said.args["pool"]))
    kind = KINDS[int(str(said.args["kind"]))]
    counted = book.chain.events(contract="pools", event="Cast", having=("vote", str(number)))
    yes, no = (
        sum(int(str(each.args["weight"])) for each in counted if bool(each.args["support"]) is side)
        for side in (True, False)
    )
    queued = book.chain.events(contract="pools", event="Queued", having=("vote", str(number)))
    done = book.chain.events(contract="pools", event="Executed", having=("vote", str(number)))
    total, ends = int(str(said.args["shares_total"])), int(str(said.args["ends"]))
    ready = int(str(queued[0].args["ready"])) if queued else None
    epoch = int(str(said.args["snapshot_epoch"]))
    row = book.payouts.get(pool, epoch) if who is not None else None
    mine = 0 if row is None or who is None else int(weights.of(book, row).get(who, 0))
    own = [bool(each.args["support"]) for each in counted if each.args["account"] == who]
    state = "done" if done else _state(_now(node), ends, ready, passes(kind, yes, no, total), day=_day(node))
    payload = _payload(node, said, done)
    return Vote(
        number=number,
        pool=pool,
        kind=kind,
        by=Account(str(said.args["by"])),
        ends=ends,
        ready=ready,
        done=done[0].time if done else None,
        timelock=TIMELOCK_DAYS * _day(node),
        epoch=epoch,
        yes=yes,
        no=no,
        total=total,
        state=state,
        payload=payload,
        change=None
        if payload is None
        else motions.change(node, book, pool=pool, kind=kind, payload=payload, done=done[0] if done else None),
        mine=mine,
        said=own[0] if own else None,
    )


def quorum(total: int) -> int:
    """Return the weight that must be cast for a vote to count, of all weight."""
    return -(-total * QUORUM_PERCENT // 100)


def passes(kind: str, yes: int, no: int, total: int) -> bool:
    """Tell whether a vote carries, as the contract counts: a fifth of all weight voted, and more for than against, or two thirds."""
    if yes + no < quorum(total):
        return False
    return yes * 3 >= (yes + no) * 2 if kind in TWO_THIRDS else yes > no


def _state(now: int, ends: int, ready: int | None, carries: bool, *, day: int) -> str:
    if now < ends:
        return "open"
    if ready is None:
        return "passed" if carries else "failed"
    if now < ready:
        return "waiting"
    return "due" if now < ready + LAPSE_DAYS * day else "lapsed"


def _now(node: Node) -> int:
    # An embedded chain makes no blocks while nobody sends anything; its next one has at least the time of our clock.
    return max(node.chain.time(), node.clock() if node.embedded is not None else 0)


def _day(node: Node) -> int:
    return 1 if node.settings.profile == "local" else 86_400


def _payload(node: Node, said: ChainEvent, done: list[ChainEvent]) -> bytes | None:
    if done:
        return bytes.fromhex(str(done[0].args["payload"]))
    return node.private.read(f"ballots/{said.args['payload_hash']}")
