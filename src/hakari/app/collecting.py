"""What comes to a former account of the operator, credits of its bonds and tokens: brought to the account that operates now."""

from functools import partial

from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.store import Book
from hakari.app import intents
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.ids import Account

CAME = (("payouts", "Credited"), ("stakes", "Credited"), ("payouts", "Claimed"))
"""Events by which an account comes by credits and tokens."""
GAS = 120_000
"""Gas of a withdrawal, a transfer, an approval or a step of a hand-over at most, with room."""
AGAIN_S = 600
"""How long an account is left alone that can't pay for its transactions."""


def collect(node: Node) -> bool:
    """Ask for what former accounts hold whose keys this node keeps, whenever something came to one. Returns whether it asked."""
    return any([_collect(node, signer) for signer in node.keys.former("operator")])


def _collect(node: Node, signer: str) -> bool:
    account = node.account(signer)
    with node.store.reading() as book:
        came, tried = _came(book, account), book.chain.mark(f"poor:{signer}") or 0
        if came == book.chain.mark(f"collected:{signer}") or node.clock() < tried + AGAIN_S:
            return False
    wanted = _wanted(node, account)
    poor = node.chain.balance(account) < len(wanted) * GAS * node.chain.gas_wei()
    with node.store.book() as book:
        if poor:
            book.chain.set_mark(f"poor:{signer}", node.clock())
            return False
        book.chain.set_mark(f"collected:{signer}", came)
        named = [
            Intent(
                name=f"collect:{signer}:{came}:{contract}",
                signer=signer,
                contract=contract,
                function=function,
                args=args,
            )
            for contract, function, args in wanted
        ]
        return any([intents.want(book, each) for each in named])


def _wanted(node: Node, account: Account) -> list[tuple[str, str, list[Json]]]:
    ask = partial(node.chain.call, node.contracts)
    credited = [name for name in ("payouts", "stakes") if int(ask(name, "credits", [account]))]
    wanted: list[tuple[str, str, list[Json]]] = [(name, "withdraw_credit", [node.operator]) for name in credited]
    held = int(ask("payment_token", "balanceOf", [account]))
    return [*wanted, ("payment_token", "transfer", [node.operator, str(held)])] if held else wanted


def _came(book: Book, account: Account) -> int:
    having = ("account", account)
    return sum(len(book.chain.events(contract=contract, event=event, having=having)) for contract, event in CAME)
