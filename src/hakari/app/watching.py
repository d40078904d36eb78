"""`hakari watch`: the verifier with hands. It follows a node's pools from outside and acts on chain with a key of its own.

Every round reads the chain, then the public files, and decides from these alone; what it did is on chain, so it can be killed at any
point and never does a thing twice.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from hakari.app import hands
from hakari.app.watcher import Watch
from hakari.core import money
from hakari.core.errors import HakariError
from hakari.log.note import MAX_BYTES
from hakari.pay.chain import ChainEvent
from hakari.pay.epoch import Epoch
from hakari.verify import flaws, watch
from hakari.verify.docket import Docket
from hakari.verify.evidence import Shelf
from hakari.verify.flaws import Slot
from hakari.verify.holdings import Office, Proposal
from hakari.verify.merit import check_merit
from hakari.verify.orders import check_orders
from hakari.verify.overdue import overdue
from hakari.verify.ports import read
from hakari.verify.replay import Replay
from hakari.verify.report import Findings
from hakari.verify.walk import LOG, walk
from hakari.verify.watch import Finding, Move, Slotted

STEPS = 8
LARGEST_LEAVES = 1 << 26


class NotWhole(HakariError):
    """The public log does not hold, or is not there."""

    code = "log_not_whole"


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
            pools = [watch.accounts(docket, watch_.state, pool) for pool in watch.pools(docket, watch_.state)]
            _tell_overdue(watch_, docket, pools)
            moved = any([_pool(watch_, docket, kept) for kept in pools])
        if not moved:
            break
        acted = True
    return hands.withdraw(watch_) or acted


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
    check_merit(docket)
    watch_.docket = mark, docket
    return docket


def _tell_overdue(watch_: Watch, docket: Docket, pools: Sequence[watch.Kept]) -> None:
    """Say, once for each, what the operator has kept silent about for too long."""
    clock = max(watch_.now, docket.log.ledger.latest_time, int(time.time()))
    for each in overdue(docket, [kept.dues for kept in pools], clock):
        watch_.say("saw", f"overdue, {each.line()}")


def _pool(watch_: Watch, docket: Docket, kept: watch.Kept) -> bool:
    """Make one move in a pool. Returns whether one was sent."""
    pool = kept.dues.pool
    if kept.broken is not None:
        watch_.say("could_not", kept.broken, pool=pool)
        return False
    _tell_past(watch_, kept)
    _tell_operator(watch_, docket, pool)
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
    return hands.make(watch_, pool, slot.epoch, made)


def _tell_past(watch_: Watch, kept: watch.Kept) -> None:
    """Say, once for each number, that all accepted epochs of a pool were computed again: silence would look like not looking."""
    count = len(kept.past)
    if count:
        paid = money.show(sum(kept.previous.values()))
        text = f"{count} accepted so far, {paid} in all: the public files give each of their roots"
        watch_.say("saw", text, pool=kept.dues.pool, epoch=count)


def _tell_operator(watch_: Watch, docket: Docket, pool: int) -> None:
    """Say who operates a pool where that is not who operates its log: there the log's word on epochs counts no more than anybody's."""
    office = _elsewhere(watch_, docket, pool)
    if office is not None:
        how = "its people voted so" if office.voted else "it was handed over"
        keeps = docket.log.ledger.operators[-1][1]
        text = f"operated by {office.account} since {office.where} ({how}), its log is kept by {keeps}"
        watch_.say("saw", text, pool=pool)


def _elsewhere(watch_: Watch, docket: Docket, pool: int) -> Office | None:
    """Return who operates a pool on chain where that is not who operates its log, else None."""
    offices, keeps = watch_.state.operators.get(pool), docket.log.ledger.operators
    return offices[-1] if offices and keeps and offices[-1].account != keeps[-1][1] else None


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
    """Claim for everybody where that is asked; propose as the pool's operator, or open the hatch where it is dead."""
    pool = kept.dues.pool
    if watch_.claims and hands.claim(watch_, kept):
        return True
    office = _elsewhere(watch_, docket, pool)
    mine = office is not None and office.account == watch_.account
    if not watch_.proposes or not (mine or watch_.ask("payouts", "open_to_all", pool)):
        return False
    honest = watch.next_epoch(docket, watch_.state, kept)
    if honest is None:
        return False
    made, since = honest
    late = max(watch_.now, int(time.time())) - since
    history = watch_.ask("payouts", "history", pool)
    if not mine and history["voids"] < 2 and late < int(watch_.ask("payouts", "DEAD")):
        return False  # a slow operator is not a dead one
    number = cast(int, made.body["number"])
    version = cast(int, made.body["terms_version"])
    bond = int(watch_.ask("payouts", "bond_now", pool, version, int(made.tree.total)))
    why = "this key operates the pool" if mine else "the operator is silent"
    return hands.make(watch_, pool, number, _proposal(made, bond, why))


def _proposal(made: Epoch, bond: int, why: str) -> Move:
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
        what=f"the honest epoch proposed, {money.show(made.tree.total)} in all: {why}",
    )
