"""Pay that accounts claimed straight to another one, found in what the node heard of the chain."""

from hakari.adapters.sql.store import Store
from hakari.app import funding
from hakari.core.ids import Account
from hakari.pay.chain import ChainEvent

A, B, C, SINK = (Account(f"0x{n:040x}") for n in range(1, 5))


def claimed(block: int, account: Account, recipient: Account, *, event: str = "Claimed") -> ChainEvent:
    return ChainEvent(
        block=block,
        index=0,
        contract="payouts",
        event=event,
        address=C,
        tx=f"{block:064x}",
        time=block,
        args={"account": account, "amount": "5", "pool": "1", "recipient": recipient},
    )


def test_claims_to_another_account_up_to_a_block_are_found(store: Store) -> None:
    with store.book() as book:
        book.chain.keep(
            [
                claimed(1, A, SINK),
                claimed(2, B, B),
                claimed(3, C, SINK),
                claimed(4, A, SINK, event="Credited"),
                claimed(5, B, A),
                claimed(6, B, SINK),
            ]
        )
        assert list(funding.claims(book, {A, B}, 5)) == [(A, SINK), (B, A)]
        assert list(funding.claims(book, {SINK}, 9)) == []
