"""secp256k1 keys as accounts: the address of a secret, and signatures over typed data."""

from collections.abc import Mapping

from eth_account import Account as Wallet

from hakari.core.ids import Account
from hakari.people.delegation import signable


def address_of(secret: bytes) -> Account:
    """Return the account of a 32-byte secret."""
    return Account(Wallet.from_key(secret).address.lower())


def sign_typed(secret: bytes, message: Mapping[str, object]) -> str:
    """Return the 65-byte signature over EIP-712 typed data as 130 hexadecimal digits."""
    return Wallet.sign_message(signable(message), secret).signature.hex().removeprefix("0x")
