"""A watcher: whom it follows, with what key and within what limit, and what it has seen so far."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from hakari.adapters.evm.chain import Chain, open_chain
from hakari.adapters.evm.contracts import NOBODY, Addresses
from hakari.adapters.net import open_source
from hakari.core import canonical, money
from hakari.core.canonical import Json
from hakari.core.depth import check_depth
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.people.statements import check_body
from hakari.people.wallets import address_of
from hakari.sources.kind import Kind
from hakari.sources.table import KINDS
from hakari.verify.docket import Docket
from hakari.verify.ports import Files, read
from hakari.verify.replay import Replay
from hakari.verify.walk import NODE


@dataclass(frozen=True, kw_only=True)
class Word:
    """One thing seen or done. kind: saw, did, could_not. text: a sentence for people; tx: 64 digits where one was sent."""

    kind: str
    text: str
    pool: int = 0
    epoch: int = 0
    tx: str = ""

    def json(self) -> dict[str, Json]:
        """Return it as one line of JSON."""
        return {"epoch": self.epoch, "kind": self.kind, "pool": self.pool, "text": self.text, "tx": self.tx}


@dataclass(kw_only=True)
class Watch:
    """A watcher at work. limit: micro-units that it may have locked or lost at once. trouble: what this round could not mend."""

    files: Files
    chain: Chain
    contracts: Addresses
    secret: bytes
    limit: int
    claims: bool
    proposes: bool
    log_id: str
    tell: Callable[[Word], None]
    key: str | None = None
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)
    local: bool = False
    state: Replay = field(default_factory=Replay)
    now: int = 0
    heard: int = -1
    mark: str | None = None
    spent: int = 0
    trouble: bool = False
    docket: tuple[bytes | None, Docket] | None = None
    shown: dict[tuple[int, int], list[str]] = field(default_factory=dict[tuple[int, int], list[str]])
    since: dict[str, float] = field(default_factory=dict[str, float])
    said: set[tuple[str, str, int, int]] = field(default_factory=set[tuple[str, str, int, int]])

    @property
    def account(self) -> Account:
        """The watcher's own account."""
        return address_of(self.secret)

    def say(self, kind: str, text: str, *, pool: int = 0, epoch: int = 0, tx: str = "") -> None:
        """Say something, once for each proposal."""
        self.trouble |= kind == "could_not"
        mark = (kind, text, pool, epoch)
        if tx or mark not in self.said:
            self.said.add(mark)
            self.tell(Word(kind=kind, text=text, pool=pool, epoch=epoch, tx=tx))

    def ask(self, contract: str, function: str, *args: Any) -> Any:
        """Return what a view answers."""
        return self.chain.call(self.contracts, contract, function, list(args))


def open_watch(
    source: str,
    *,
    rpc: str | None,
    secret: bytes,
    limit: int,
    claims: bool,
    proposes: bool,
    tell: Callable[[Word], None],
    key: str | None = None,
) -> Watch:
    """Return a watcher of the node at `source` (folder or URL), once its contracts are found to be the published ones.

    rpc: a chain node that the caller trusts; None takes the node's own, which only a local profile and an address allow.
    Raises SourceUnavailable, ChainUnavailable and Malformed.
    """
    files = open_source(source)
    data = read(files, NODE, 1 << 16)
    if data is None:
        raise Malformed(f"{source} must hold node.json, got nothing there")
    node = cast(Mapping[str, Any], canonical.decode_strict(check_depth(data)))
    check_body("node", dict(node))
    named = cast(Mapping[str, Any], node["chain"])
    if rpc is None:
        rpc = _own_chain(source, named)
    chain = open_chain(url=rpc, chain_id=int(named["chain_id"]))
    contracts = _genuine(chain, cast(Mapping[str, str], named["contracts"]), int(named["from_block"]))
    return Watch(
        files=files,
        chain=chain,
        contracts=contracts,
        secret=secret,
        limit=limit,
        claims=claims,
        proposes=proposes,
        log_id=hashlib.sha256(str(node["log"]["origin"]).encode()).hexdigest(),
        tell=tell,
        key=key,
        local=named["profile"] == "local",
    )


def _own_chain(source: str, named: Mapping[str, Any]) -> str:
    """Return where a node shows the chain that it makes itself. Raises Malformed where there is a chain of others to trust."""
    if named["profile"] != "local" or not source.startswith(("http://", "https://")):
        where = f"chain {named['chain_id']}, {named['profile']} profile"
        raise Malformed(f"--rpc must name a chain node that you trust ({where}), got none")
    return f"{source.rstrip('/')}/rpc"


def purse(watch: Watch) -> list[str]:
    """Return in plain words what a watcher's account can pay for now, and what it can't."""
    gas = watch.chain.balance(watch.account)
    held = int(watch.ask("payment_token", "balanceOf", watch.account)) // int(watch.ask("payouts", "SCALE"))
    bond = int(watch.ask("payouts", "BOND"))
    said: list[str] = []
    if not gas and not watch.local:
        said.append(
            f"It holds no gas on chain {watch.chain.chain_id()}: until somebody sends it some it can only look."
        )
    if watch.limit < bond:
        said.append(
            f"With a limit of {money.show(watch.limit)} it proves, settles and tells; to challenge, appeal or propose it must be "
            f"allowed a bond (--limit), {money.show(bond)} at least."
        )
    elif held < bond:
        said.append(
            f"It holds {money.show(held)} of the {money.show(bond)} that the smallest bond takes: send it some."
        )
    return said


def _genuine(chain: Chain, named: Mapping[str, str], from_block: int) -> Addresses:
    """Return the contracts that a node names, each the published code and bound to the others: a bond goes nowhere else."""
    contracts = Addresses(
        **{name: Account(named.get(name, NOBODY)) for name in Addresses.__annotations__ if name != "from_block"},
        from_block=from_block,
    )
    for name in ("anchor", "escrow", "payouts", "pools", "proofs"):
        address = contracts.named()[name]
        if not chain.is_artefact(name, address):
            raise Malformed(f"{name} at {address} must be the published contract; it is other code")
    for view, name in (("TOKEN", "payment_token"), ("ESCROW", "escrow"), ("POOLS", "pools"), ("ANCHOR", "anchor")):
        bound = chain.call(contracts, "payouts", view, [])
        if bound != contracts.named()[name]:
            raise Malformed(f"{name} must be the one that payouts is bound to, {bound}, got {contracts.named()[name]}")
    if chain.call(contracts, "payouts", "proofs", []) != contracts.proofs:
        raise Malformed(f"proofs must be the contract that payouts is bound to, got {contracts.proofs}")
    return contracts
