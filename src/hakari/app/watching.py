"""`hakari watch`: the verifier with hands. It follows a node's pools from outside and acts on chain with a key of its own.

Every round reads the chain, then the public files, and decides from these alone; what it did is on chain, so it can be killed at any
point and never does a thing twice.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from hakari.adapters.evm.chain import Chain, Reverted, open_chain
from hakari.adapters.evm.contracts import NOBODY, Addresses
from hakari.adapters.net import open_source
from hakari.core import canonical, money
from hakari.core.canonical import Json
from hakari.core.depth import check_depth
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account
from hakari.log.note import MAX_BYTES
from hakari.pay.chain import ChainEvent
from hakari.pay.epoch import Epoch
from hakari.people.statements import check_body
from hakari.people.wallets import address_of
from hakari.sources.kind import Kind
from hakari.sources.table import KINDS
from hakari.verify import flaws, watch
from hakari.verify.docket import Docket
from hakari.verify.evidence import Shelf
from hakari.verify.flaws import Slot
from hakari.verify.holdings import Proposal
from hakari.verify.orders import check_orders
from hakari.verify.ports import Files, read
from hakari.verify.replay import Replay
from hakari.verify.report import Findings
from hakari.verify.walk import LOG, NODE, walk
from hakari.verify.watch import Finding, Move, Slotted

PATIENCE_S = 120.0
STEPS = 8
MANY = 16
"""Claims that the contract takes at once."""

LARGEST_LEAVES = 1 << 26
NOT_YET = ("wait", "state", "pending", "busy", "auth")
"""Reasons of the contracts that time or somebody else's move explains."""


class NotWhole(HakariError):
    """The public log does not hold, or is not there."""

    code = "log_not_whole"


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
    rpc: str,
    secret: bytes,
    limit: int,
    claims: bool,
    proposes: bool,
    tell: Callable[[Word], None],
    key: str | None = None,
) -> Watch:
    """Return a watcher of the node at `source` (folder or URL), once its contracts are found to be the published ones.

    Raises SourceUnavailable, ChainUnavailable and Malformed.
    """
    files = open_source(source)
    data = read(files, NODE, 1 << 16)
    if data is None:
        raise Malformed(f"{source} must hold node.json, got nothing there")
    node = cast(Mapping[str, Any], canonical.decode_strict(check_depth(data)))
    check_body("node", dict(node))
    named = cast(Mapping[str, Any], node["chain"])
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


def look(watch_: Watch) -> bool:
    """Do one round: read the chain, then the files; act where it is due. Returns whether anything was sent."""
    watch_.trouble = False
    acted = False
    for _ in range(STEPS):
        # The chain first: what it refers to must be in files that are read later.
        _hear(watch_)
        try:
            docket = _docket(watch_)
        except NotWhole as error:
            moved = _blind(watch_, error)
        else:
            moved = any([_pool(watch_, docket, pool) for pool in watch.pools(docket, watch_.state)])
        if not moved:
            break
        acted = True
    return _withdraw(watch_) or acted


def _blind(watch_: Watch, error: NotWhole) -> bool:
    """Act on what is proposed while the public log can't be read: nothing of it can be computed."""
    watch_.say("could_not", error.message)
    pools = sorted({pool for (pool, _), log in watch_.state.logs.items() if log == watch_.log_id})
    finding = Finding(answer="wrong", ground=watch.WITHHELD, why=error.message)
    return any([_act(watch_, pool, lambda _: finding) for pool in pools if pool in watch_.state.open])


def _hear(watch_: Watch) -> None:
    # Time first, for the same reason: files named by a later block are not late yet.
    watch_.now = watch_.chain.time()
    last = watch_.chain.block_number()
    if watch_.heard >= 0 and watch_.chain.block_hash(watch_.heard) != watch_.mark:
        # The chain took blocks back: all that was read is read again.
        watch_.state, watch_.heard, watch_.spent, watch_.docket = Replay(), -1, 0, None
        watch_.shown.clear()
    mark = watch_.chain.block_hash(last)
    first = max(watch_.heard + 1, watch_.contracts.from_block)
    for event in watch_.chain.events(watch_.contracts, first, last) if first <= last else ():
        watch_.state.take(event)
        _own(watch_, event)
        place = (int(str(event.args.get("pool", 0))), int(str(event.args.get("epoch", 0))))
        if event.contract == "payouts" and event.event in ("Evidence", "Challenged"):
            watch_.shown.setdefault(place, []).append(str(event.args["evidence"]))
        elif event.contract == "payouts" and event.event in ("Proposed", "Voided"):
            watch_.shown.pop(place, None)
    if last >= watch_.heard:
        watch_.heard, watch_.mark = last, mark


def _own(watch_: Watch, event: ChainEvent) -> None:
    """Count what this account has locked in bonds, less what came back."""
    if event.contract != "payouts":
        return
    who = {"Proposed": "proposer", "Challenged": "challenger", "Appealed": "by", "Credited": "account"}.get(event.event)
    if who is None or event.args[who] != watch_.account:
        return
    if event.event == "Challenged":
        watch_.spent += watch_.state.open[int(str(event.args["pool"]))].bond
    elif event.event == "Credited":
        watch_.spent -= int(str(event.args["amount"]))
    else:
        watch_.spent += int(str(event.args["bond"]))


def _docket(watch_: Watch) -> Docket:
    """Return the log as it is now, read anew where it grew or something in it was missing."""
    mark = read(watch_.files, f"{LOG}checkpoint", MAX_BYTES)
    if watch_.docket is not None and watch_.docket[0] == mark and not watch_.docket[1].findings.found:
        return watch_.docket[1]
    findings = Findings()
    log = walk(watch_.files, findings, key=watch_.key)
    if log is None or not log.whole:
        first = findings.mismatches[0].line() if findings.mismatches else "no log"
        raise NotWhole(f"the public log must hold, but: {first}")
    docket = Docket(
        log=log,
        shelf=Shelf(watch_.files),
        replay=watch_.state,
        kinds=watch_.kinds,
        findings=findings,
        seen="recomputed",
    )
    check_orders(docket)
    watch_.docket = mark, docket
    return docket


def _pool(watch_: Watch, docket: Docket, pool: int) -> bool:
    """Make one move in a pool. Returns whether one was sent."""
    kept = watch.accounts(docket, watch_.state, pool)
    if kept.broken is not None:
        watch_.say("could_not", kept.broken, pool=pool)
        return False
    if pool not in watch_.state.open:
        return _idle(watch_, docket, kept)

    def judged(proposal: Proposal) -> Finding:
        return watch.judge(docket, watch_.state, kept, proposal, _shown(watch_, pool, proposal.epoch))

    return _act(watch_, pool, judged)


def _act(watch_: Watch, pool: int, judged: Callable[[Proposal], Finding]) -> bool:
    """Make the right move about the proposal in a slot."""
    found, proposal = watch_.ask("payouts", "slot", pool), watch_.state.open[pool]
    if proposal.epoch != found["epoch"] or proposal.root != found["root"]:
        return False  # newer than what was heard: the next round sees both
    slot = Slotted(**{name: found[name] for name in Slotted.__annotations__})
    finding = judged(proposal)
    _tell(watch_, proposal, finding)
    pulls = [(pull.order, pull.pay, pull.free) for pull in proposal.pulls]
    made = watch.move(slot, finding, pulls, patient=_patient(watch_, slot))
    if made is None:
        return False
    if made.function == "challenge":
        made = replace(made, args=(*made.args, hashlib.sha256(finding.why.encode()).digest()))
    return _make(watch_, pool, slot.epoch, made)


def _tell(watch_: Watch, proposal: Proposal, finding: Finding) -> None:
    what = f"{money.show(proposal.total)} proposed at {proposal.where}, root {proposal.root[:12]}…"
    watch_.say("saw", f"{what}: {finding.answer} ({finding.why})", pool=proposal.pool, epoch=proposal.epoch)


def _shown(watch_: Watch, pool: int, epoch: int) -> list[Sequence[Slot]]:
    """Return the leaves that somebody published for a proposal under a digest named on chain."""
    shelf, found = Shelf(watch_.files), list[Sequence[Slot]]()
    for digest in watch_.shown.get((pool, epoch), []):
        try:
            found.append(flaws.read_slots(shelf.whole(digest, LARGEST_LEAVES)))
        except HakariError:
            continue  # evidence of another form, or for people
    return found


def _patient(watch_: Watch, slot: Slotted) -> bool:
    """Return whether less than a third of the window has passed: files may be on their way."""
    window = int(watch_.ask("payouts", "WINDOW"))
    mark = f"{slot.epoch}:{slot.opened_at}:{slot.proposer}"
    began = watch_.since.setdefault(mark, time.monotonic())
    passed = watch_.now - slot.opened_at
    return passed * 3 < window and (time.monotonic() - began) * 3 < window


def _idle(watch_: Watch, docket: Docket, kept: watch.Kept) -> bool:
    """Claim for everybody where that is asked; open the hatch where the operator is dead."""
    pool = kept.dues.pool
    if watch_.claims and _claim(watch_, kept):
        return True
    if not watch_.proposes or not watch_.ask("payouts", "open_to_all", pool):
        return False
    honest = watch.next_epoch(docket, watch_.state, kept)
    if honest is None:
        return False
    made, since = honest
    late = max(watch_.now, int(time.time())) - since
    history = watch_.ask("payouts", "history", pool)
    if history["voids"] < 2 and late < int(watch_.ask("payouts", "DEAD")):
        return False  # a slow operator is not a dead one
    number = cast(int, made.body["number"])
    version = cast(int, made.body["terms_version"])
    bond = int(watch_.ask("payouts", "bond_now", pool, version, int(made.tree.total)))
    return _make(watch_, pool, number, _proposal(made, bond))


def _proposal(made: Epoch, bond: int) -> Move:
    body = made.body
    pulls = [(pull.order, int(pull.pay), int(pull.free)) for pull in made.pulls]
    return Move(
        contract="payouts",
        function="propose",
        args=(
            body["terms_version"],
            made.tree.root,
            int(made.tree.total),
            made.tree.depth,
            pulls,
            body["size"],
            made.evidence,
        ),
        bond=bond,
        what=f"the honest epoch proposed, {money.show(made.tree.total)} in all: the operator is silent",
    )


def _claim(watch_: Watch, kept: watch.Kept) -> bool:
    if not kept.past:
        return False
    pool, last = kept.dues.pool, kept.past[-1]
    number = len(kept.past)
    open_ = [
        (pool, number, last.tree.proof(account).words())
        for account, amount in sorted(last.paid.items())
        if amount > watch_.state.claimed.get((pool, account), 0)
    ]
    acted = False
    for start in range(0, len(open_), MANY):
        some = open_[start : start + MANY]
        what = f"claims for {len(some)} accounts"
        if _send(
            watch_, pool, number, Move(contract="payouts", function="claim_many", args=(some,), what=what), whole=True
        ):
            acted = True
            continue
        # All or nothing: an account that the token refuses must not stop the others.
        for _, _, leaf in some:
            one = Move(contract="payouts", function="claim", args=(number, leaf), what=f"claim for {leaf[0]}")
            acted |= _send(watch_, pool, number, one)
    return acted


def _make(watch_: Watch, pool: int, epoch: int, made: Move) -> bool:
    """Send a move, with its bond approved, within the limit. Returns whether it was mined."""
    if made.bond:
        if max(0, watch_.spent) + made.bond > watch_.limit:
            text = (
                f"{made.what}. Its bond of {money.show(made.bond)} passes the limit of "
                f"{money.show(watch_.limit)}; {money.show(max(0, watch_.spent))} are locked or lost"
            )
            watch_.say("could_not", text, pool=pool, epoch=epoch)
            return False
        if not _funded(watch_, pool, epoch, made):
            return False
    elif made.function == "appeal" and not _unapproved(watch_, pool, epoch):
        return False
    return _send(watch_, pool, epoch, made)


def _unapproved(watch_: Watch, pool: int, epoch: int) -> bool:
    """Take back what an earlier approval left: a free appeal that a ruling outruns would lock it as a bond, past the limit."""
    if not int(watch_.ask("payment_token", "allowance", watch_.account, watch_.contracts.payouts)):
        return True
    args = (watch_.contracts.payouts, 0)
    move = Move(contract="payment_token", function="approve", args=args, what="unused approval of a bond taken back")
    return _send(watch_, pool, epoch, move, whole=True)


def _funded(watch_: Watch, pool: int, epoch: int, made: Move) -> bool:
    base = made.bond * int(watch_.ask("payouts", "SCALE"))
    held = int(watch_.ask("payment_token", "balanceOf", watch_.account))
    if held < base:
        text = f"{made.what}. {watch_.account} holds {held} of the {base} base units of its bond"
        watch_.say("could_not", text, pool=pool, epoch=epoch)
        return False
    if int(watch_.ask("payment_token", "allowance", watch_.account, watch_.contracts.payouts)) >= base:
        return True
    approval = Move(
        contract="payment_token",
        function="approve",
        args=(watch_.contracts.payouts, base),
        what=f"approval of a bond of {money.show(made.bond)}",
    )
    return _send(watch_, pool, epoch, approval, whole=True)


def _send(watch_: Watch, pool: int, epoch: int, made: Move, *, whole: bool = False) -> bool:
    """Send one transaction and wait until it is mined. Returns False where the contract refuses it. whole: args have the pool."""
    args = list(made.args) if whole else [pool, *made.args]
    try:
        signed = watch_.chain.sign_call(
            watch_.secret,
            watch_.contracts,
            made.contract,
            made.function,
            args,
            nonce=watch_.chain.nonce(watch_.account),
        )
    except Reverted as error:
        if error.reason not in NOT_YET and not made.quiet:
            watch_.say("could_not", f"{made.what}; {error.message}", pool=pool, epoch=epoch)
        return False
    watch_.chain.send(signed.raw)
    until = time.monotonic() + PATIENCE_S
    while (receipt := watch_.chain.receipt(signed.hash)) is None:
        if time.monotonic() > until:
            watch_.say("could_not", f"not mined in {PATIENCE_S:.0f} s: {made.what}", pool=pool, epoch=epoch)
            return False
        time.sleep(0.05 if watch_.local else 2.0)
    if receipt.status:
        watch_.say("did", made.what, pool=pool, epoch=epoch, tx=signed.hash)
    return receipt.status


def _withdraw(watch_: Watch) -> bool:
    """Take credits back where none of this account's bonds stands in a slot any more."""
    credit = int(watch_.ask("payouts", "credits", watch_.account))
    if not credit:
        return False
    move = Move(
        contract="payouts",
        function="withdraw_credit",
        args=(watch_.account,),
        what=f"{money.show(credit)} of bonds and winnings taken back",
    )
    return _send(watch_, 0, 0, move, whole=True)
