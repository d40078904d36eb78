"""What the node says to the chain: signed once, its bytes kept, sent until they are mined."""

from functools import partial
from typing import cast

from hakari.adapters.evm.chain import Reverted
from hakari.adapters.sql.chain import Intent
from hakari.app import anchoring, revocations
from hakari.app.aside import every
from hakari.app.node import Node
from hakari.log.faults import LogFault


def tell(node: Node) -> bool:
    """Send what we mean to say to the chain: sign once, keep the signed bytes, send until it is mined."""
    signers = (*node.keys.former("operator"), "operator", "relayer")
    return every(partial(_tell, node, signer) for signer in signers)


def _tell(node: Node, signer: str) -> bool:
    secret = node.keys.secret(signer)
    with node.store.reading() as book:
        standing = book.chain.intents("signed", signer=signer)
        waiting = book.chain.intents("waiting", signer=signer, limit=200)
    changed = False
    for intent in sorted(standing, key=lambda each: cast(int, each.nonce)):
        became = confirm(node, intent)
        if became == "shallow":
            break  # those after it are in no earlier block
        changed |= became != "sent"
    if not waiting:
        return changed
    nonce = max(
        [node.chain.nonce(node.account(signer)), *(cast(int, intent.nonce) + 1 for intent in standing)], default=0
    )
    raws: list[bytes] = []
    for intent in anchoring.sendable(node, waiting, standing):
        try:
            args = anchoring.arguments(node, intent)
            made = node.chain.sign_call(secret, node.contracts, intent.contract, intent.function, args, nonce=nonce)
        except LogFault as error:
            _note(node, intent, error.message)
            continue
        except Reverted as error:
            done = anchoring.overtaken(intent, error) or revocations.overtaken(intent, error)
            if signer != "operator" or done:
                # Somebody else claimed first, or an epoch was overtaken: asking again is one request.
                with node.store.book() as book:
                    book.chain.change(intent.name, status="reverted", note=str(error))
                continue
            # Not now: an epoch is in the slot, or time has not come. The step that wanted it decides whether it still does.
            _note(node, intent, str(error))
            continue
        with node.store.book() as book:
            standing_now = book.chain.intent(intent.name)
            if standing_now is None or standing_now.status != "waiting":
                continue
            book.chain.change(intent.name, status="signed", nonce=nonce, raw=made.raw, tx=made.hash, note=None)
        raws.append(made.raw)
        nonce += 1
    node.chain.send_all(raws)
    return changed or bool(raws)


def _note(node: Node, intent: Intent, text: str) -> None:
    if intent.note != text:
        with node.store.book() as book:
            book.chain.change(intent.name, note=text)


def confirm(node: Node, intent: Intent) -> str:
    """Return what became of a signed transaction: sent (again), shallow (mined, not deep enough yet), waiting (for new bytes), done."""
    # Asked before the receipt: a transaction mined between the two questions must not look like another's.
    sent = node.chain.nonce(node.account(intent.signer))
    receipt = node.chain.receipt(cast(str, intent.tx))
    if receipt is None and sent > cast(int, intent.nonce):
        # Another transaction took its number (two workers, or a lost database): these bytes can never be mined now.
        with node.store.book() as book:
            book.chain.change(intent.name, status="waiting", nonce=None, raw=None, tx=None)
        return "waiting"
    if receipt is None:
        # Sent and lost, or never sent because we were killed in between: the same bytes again can't happen twice.
        node.chain.send(cast(bytes, intent.raw))
        return "sent"
    if node.confirmations and receipt.block > node.confirmed():
        return "shallow"
    with node.store.book() as book:
        book.chain.change(intent.name, status="done" if receipt.status else "reverted")
    return "done"
