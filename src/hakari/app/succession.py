"""The operator's account replaced by another: rights on chain, then the word in the log. It can be cut off anywhere.

What is done is asked from the chain and the log, never remembered: whoever begins again goes on where it stopped. The old account must
have handed over everything on chain, and the log must show it, before the log says who follows (formats §4.3).
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from hakari.adapters.evm.chain import Signed
from hakari.adapters.keys import change_passphrase, open_keys
from hakari.adapters.sql.store import Book
from hakari.app import hearing, promises, rotation, rounds, sending
from hakari.app import node as nodes
from hakari.app.collecting import GAS
from hakari.app.node import Node
from hakari.config import Settings
from hakari.core.errors import Conflict, HakariError
from hakari.core.ids import Account
from hakari.people import signing
from hakari.people.wallets import address_of

log = logging.getLogger("hakari.succession")

PATIENCE_S = 600.0
PAUSE_S = 0.5


class Unfunded(Conflict):
    """The account that is to operate can't pay for its transactions yet. Send it the chain's coin, and begin again."""

    code = "unfunded"


class Unfinished(HakariError):
    """The chain did not do in time what a rotation waits for. Nothing is lost: it goes on at the next start."""

    code = "rotation_unfinished"
    status = 503


class WorkerBusy(Conflict):
    """Another process works for this node: a key is replaced while the node is stopped."""

    code = "worker_busy"


class LostLog(Conflict):
    """The log's account on chain is neither the old operator nor the new one: nobody here can hand it over."""

    code = "lost_log"


def open_node(settings: Settings, *, clock: Callable[[], int] | None = None) -> Node:
    """Open a node as `hakari.app.node` does, and finish a rotation of the operator that was staged.

    A new account that has no coin yet, where nothing is handed over, is waited for: the old one operates till then.
    """
    node = nodes.open_node(settings, clock=clock)
    with ExitStack() as otherwise:
        otherwise.callback(node.close)
        try:
            finish(node)
        except Unfunded as error:
            if _begun(node):
                raise
            log.warning("The operator's new key waits: %s", error.message)
        otherwise.pop_all()
    return node


def rotate(settings: Settings, name: str) -> None:
    """Stage a new key of a stopped node and, where it is the operator's, take it up; opening the node takes up the others.

    Raises ChainInUse while the node runs on its embedded chain, and what `finish` raises.
    """
    nodes.open_node(settings).close()
    rotation.stage(open_keys(settings.dir / "node" / "keys", settings.passphrase), name)
    if name == "operator":
        node = nodes.open_node(settings)
        try:
            finish(node)
        finally:
            node.close()


def repass(settings: Settings, new: str) -> int:
    """Put the keys of a stopped node under a new passphrase. Returns how many. Raises ChainInUse, WrongPassphrase, Malformed."""
    nodes.open_node(settings).close()
    return change_passphrase(settings.dir / "node" / "keys", settings.passphrase, new)


def finish(node: Node) -> None:
    """Finish a staged rotation of the operator. Raises Unfunded, Unfinished, WorkerBusy, LostLog, and what the chain raises."""
    staged = node.keys.staged("operator")
    if staged is None:
        return
    turn = _Turn(node=node, old=node.keys.secret("operator"), new=staged)
    turn.hold()
    turn.until("the old account's transactions are mined", lambda: _drained(node))
    hearing.hear(node)
    pools = _pools(node)
    _fund(turn, len(pools) + 1)
    for pool in pools:
        _hand_on(turn, "pools", str(pool), holder="operator", following="next_operator")
    _register(turn)
    _hand_on(turn, "anchor", promises.log_id(node), holder="key_of", following="next_key")
    turn.until("the hand-over is as deep as HAKARI_CONFIRMATIONS asks", lambda: _shown(turn))
    _say(turn)
    rotation.settle_operator(node.store, node.keys)


@dataclass(frozen=True, kw_only=True)
class _Turn:
    """A rotation at work: the secrets of the old account and of the new one."""

    node: Node
    old: bytes
    new: bytes

    @property
    def heir(self) -> Account:
        return address_of(self.new)

    def hold(self) -> None:
        """Take the worker's lease, or take it again: no other process may speak or send while accounts change."""
        node = self.node
        with node.store.book() as book:
            if not book.doorway.lease("worker", node.seat.name, now=node.clock(), seconds=rounds.LEASE_S):
                raise WorkerBusy(
                    "the node must be stopped while the operator's key is replaced; another process worked for it less than "
                    f"{rounds.LEASE_S} s ago"
                )

    def until(self, what: str, done: Callable[[], bool]) -> None:
        """Wait. Raises Unfinished."""
        until = time.monotonic() + PATIENCE_S
        while not done():
            if time.monotonic() > until:
                raise Unfinished(f"waited {PATIENCE_S:.0f} s until {what}; begin again, nothing is done twice")
            self.hold()
            time.sleep(PAUSE_S)

    def ask(self, contract: str, view: str, key: str) -> str:
        """Return the account that a view names, in lower case."""
        return str(self.node.chain.call(self.node.contracts, contract, view, [key])).lower()

    def call(self, secret: bytes, contract: str, function: str, args: Sequence[str]) -> None:
        """Send one transaction and wait until it is mined."""
        node = self.node
        nonce = node.chain.nonce(address_of(secret))
        signed = node.chain.sign_call(secret, node.contracts, contract, function, args, nonce=nonce)
        self.mined(signed, f"{function} of {contract} {args[0]}")

    def mined(self, signed: Signed, what: str) -> None:
        """Send what is signed and wait until it is mined. Raises Unfinished where the chain refused it."""
        chain = self.node.chain
        chain.send(signed.raw)
        self.until(f"{what} is mined", lambda: chain.receipt(signed.hash) is not None)
        receipt = chain.receipt(signed.hash)
        if receipt is None or not receipt.status:
            raise Unfinished(f"{what} must hold, the chain refused it in transaction {signed.hash}; begin again")


def _drained(node: Node) -> bool:
    """Tell whether nothing that the old account signed is on its way. What is only wanted will be signed by the new one."""
    with node.store.reading() as book:
        standing = book.chain.intents("signed", signer="operator")
    return all([sending.confirm(node, intent) in ("done", "waiting") for intent in standing])


def _pools(node: Node) -> list[int]:
    """Return the pools that our operator operates on chain: those said in the log, and those that it opened and are not said yet."""
    with node.store.reading() as book:
        found = {row.pool for row in book.orders.pools()}
        for event in book.chain.events(contract="pools", event="Created"):
            if event.args["creator"] == event.args["operator"] == node.operator:
                found.add(int(str(event.args["pool"])))
    asked = {pool: str(node.chain.call(node.contracts, "pools", "operator", [str(pool)])).lower() for pool in found}
    return sorted(pool for pool, operator in asked.items() if operator == node.operator)


def _fund(turn: _Turn, steps: int) -> None:
    """See to the new account's coin: that of the old one is the node's to give where the node made it. Raises Unfunded."""
    chain, settings = turn.node.chain, turn.node.settings
    # The new account takes over, gives two contracts leave, and works for a while; the old one hands over and brings what comes later.
    fee = chain.gas_wei() * GAS
    need, kept = (steps + 8) * fee, (steps + 8) * fee
    has = chain.balance(turn.heir)
    spare = 0 if settings.chain_key else max(0, chain.balance(address_of(turn.old)) - kept)
    if has >= need and (has or not spare):
        return
    if has + spare < need:
        raise Unfunded(
            f"the new account {turn.heir} must hold {need} wei on chain {settings.chain_id} for its transactions, it holds {has}: "
            f"send it {need - has} wei or more, and begin again"
        )
    nonce = chain.nonce(address_of(turn.old))
    turn.mined(chain.sign(turn.old, to=turn.heir, data=b"", nonce=nonce, amount=spare), f"{spare} wei to {turn.heir}")


def _hand_on(turn: _Turn, contract: str, key: str, *, holder: str, following: str) -> None:
    """Hand one office to the new account, in the steps that are still missing."""
    if turn.ask(contract, holder, key) == turn.heir:
        return
    if turn.ask(contract, following, key) != turn.heir:
        turn.call(turn.old, contract, "hand_over", [key, turn.heir])
    turn.call(turn.new, contract, "take_over", [key])


def _register(turn: _Turn) -> None:
    """See to it that the log has one of the two accounts on chain. Raises LostLog."""
    key, old = promises.log_id(turn.node), address_of(turn.old)
    holder = turn.ask("anchor", "key_of", key)
    if int(holder, 16) == 0:
        turn.call(turn.old, "anchor", "register", [key, old])
    elif holder not in (old, turn.heir):
        raise LostLog(f"the account of this log on chain must be {old}, got {holder}: it can't be handed over")


def _shown(turn: _Turn) -> bool:
    """Tell whether the log's new account was heard, from blocks that are deep enough."""
    hearing.hear(turn.node)
    having = ("log_id", promises.log_id(turn.node))
    with turn.node.store.reading() as book:
        events = book.chain.events(contract="anchor", event="Registered", having=having)
    return bool(events) and events[-1].args["key"] == turn.heir


def _say(turn: _Turn) -> None:
    """Say in one transaction what the chain did, who follows, its session key, and that the old session key is over.

    In one, because the log may say nothing else between the first two.
    """
    node = turn.node
    session, at = node.keys.stage("session"), node.clock()
    chain = hearing.restatement(node)
    body = {**nodes.node_body(node), "operator": turn.heir}
    with node.store.book() as book:
        if rotation.operators(book)[-1] == turn.heir:
            return
        if chain is None or not hearing.restate(node, book, chain):
            raise Unfinished("the hand-over must be restated in the log first; begin again")
        book.statements.add(node.sentence("node", body))
        _delegate(turn, book, session, at=at)
        book.chain.set_mark(rounds.FOLLOWED, (book.chain.mark(rounds.FOLLOWED) or 0) + 1)
        for intent in book.chain.intents("waiting", signer="operator"):
            if intent.function in ("register", "create"):
                # Of the old account by its arguments: sent by the new one it would register or open for somebody else.
                book.chain.change(intent.name, status="reverted", note="the operator was followed by another account")


def _delegate(turn: _Turn, book: Book, session: bytes, *, at: int) -> None:
    node = turn.node
    over, log_, chain_id = signing.public_key(node.keys.secret("session")), node.signer.name, node.settings.chain_id
    rotation.delegate(book, turn.new, session, log=log_, chain_id=chain_id, at=at)
    rotation.revoke(book, turn.old, over, log=log_, chain_id=chain_id, at=at)


def _begun(node: Node) -> bool:
    """Tell whether anything on chain was offered to the staged account, or taken by it."""
    staged = node.keys.staged("operator")
    return staged is not None and address_of(staged) in set(_named(node))


def _named(node: Node) -> Iterator[str]:
    asked = [("anchor", view, promises.log_id(node)) for view in ("key_of", "next_key")]
    with node.store.reading() as book:
        pools = book.orders.pools()
    asked += [("pools", view, str(row.pool)) for row in pools for view in ("operator", "next_operator")]
    for contract, view, key in asked:
        yield str(node.chain.call(node.contracts, contract, view, [key])).lower()
