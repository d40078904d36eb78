"""A watcher's hands: its transactions, each with its bond approved, within its limit, sent once and waited for."""

import time

from hakari.adapters.evm.chain import Reverted
from hakari.app.watcher import Watch
from hakari.core import money
from hakari.verify import watch
from hakari.verify.watch import Move

PATIENCE_S = 120.0
MANY = 16
"""Claims that the contract takes at once."""

NOT_YET = ("wait", "state", "pending", "busy", "auth")
"""Reasons of the contracts that time or somebody else's move explains."""


def claim(watch_: Watch, kept: watch.Kept) -> bool:
    """Claim for every account with unclaimed money in the newest accepted epoch. Returns whether anything was sent."""
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


def make(watch_: Watch, pool: int, epoch: int, made: Move) -> bool:
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


def withdraw(watch_: Watch) -> bool:
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
