"""Accounts, session keys and statements for the tests of this room."""

from dataclasses import replace
from typing import Any

from eth_account import Account as Wallet

from hakari.core import typed
from hakari.core.ids import Account
from hakari.core.statement import ACCOUNT_KEY, Statement, signed_bytes
from hakari.people import signing
from hakari.people.delegation import signable

CHAIN = 31337
ORIGIN = "hakari.example/log"
START = 1_764_000_000


class Person:
    """An account with one session key, both from a number."""

    def __init__(self, number: int) -> None:
        self.wallet = Wallet.from_key(number.to_bytes(32, "big"))
        self.account = Account(self.wallet.address.lower())
        self.secret = bytes([number % 256]) * 32
        self.key = signing.public_key(self.secret)

    def delegation(self, **changed: Any) -> Statement:
        body: dict[str, Any] = {
            "expires": START + 1000,
            "log": ORIGIN,
            "nonce": 1,
            "not_before": START,
            "scopes": "buy work",
            "session_key": self.key,
            **{name: value for name, value in changed.items() if name not in ("chain_id", "time")},
        }
        message = typed.delegation(
            chain_id=changed.get("chain_id", CHAIN),
            log=body["log"],
            account=self.account,
            session_key=body["session_key"],
            scopes=body["scopes"],
            not_before=body["not_before"],
            expires=body["expires"],
            nonce=body["nonce"],
        )
        time = changed.get("time", body["not_before"])
        return self._by_account("delegation", time, body, message)

    def revocation(self, *, key: str | None = None, time: int = START + 10, log: str = ORIGIN) -> Statement:
        key = key or self.key
        message = typed.revocation(chain_id=CHAIN, log=log, account=self.account, session_key=key, time=time)
        return self._by_account("revocation", time, {"log": log, "session_key": key}, message)

    def says(self, kind: str, body: dict[str, Any], *, time: int = START + 5) -> Statement:
        message = signed_bytes(kind=kind, author=self.account, time=time, body=body, key=self.key)
        signature = signing.sign(self.secret, message)
        return Statement(kind=kind, author=self.account, time=time, body=body, key=self.key, signature=signature)

    def submits(self, *, time: int = START + 5) -> Statement:
        return self.says("submission", {"commitments": ["ab" * 32], "guideline": 1, "order": "cd" * 32}, time=time)

    def _by_account(self, kind: str, time: int, body: dict[str, Any], message: dict[str, object]) -> Statement:
        signed = self.wallet.sign_message(signable(message))
        return Statement(
            kind=kind,
            author=self.account,
            time=time,
            body=body,
            key=ACCOUNT_KEY,
            signature=bytes(signed.signature).hex(),
        )


def with_signature(statement: Statement, signature: str) -> Statement:
    return replace(statement, signature=signature)
