"""The demo's people: each with a key of their own, at the node's public door like anybody, and the money that they order with."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hakari.app import Node, standing
from hakari.client import Client, Sent
from hakari.core import canonical
from hakari.core.errors import HakariError

PATIENCE_S = 300.0
DEADLINE_S = 30 * 86_400


class Stuck(HakariError):
    """Something that should have happened did not, for minutes."""

    code = "stuck"


class People:
    """Everybody that the demo acts for, by name. Keys follow from a seed in `folder`, and receipts lie there: outside the node."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.folder = folder
        self._node = node
        self._url = node.settings.url
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / "seed"
        if not kept.exists():
            kept.write_text(secrets.token_hex(32))
        self._seed = bytes.fromhex(kept.read_text())
        self._receipts = folder / "receipts.jsonl"

    def secret(self, name: str) -> bytes:
        """Return what follows from the seed and a name."""
        return hmac.new(self._seed, name.encode(), hashlib.sha256).digest()

    def client(self, name: str) -> Client:
        """Return somebody at the node's door."""
        return Client(self._url, secret=self.secret(name), session=self.secret(f"{name}/session"))

    def keep(self, sent: Sent) -> None:
        """Keep a receipt: a statement that it promises and the log lacks is a lie that verify names."""
        with self._receipts.open("a", encoding="utf-8") as file:
            file.write(canonical.encode(sent.receipt).decode() + "\n")

    def delegated(self, client: Client, scopes: str, at: int | None = None) -> None:
        """Give somebody's session key its scopes, once."""
        standing = {key["key"] for key in client.get(f"/v1/accounts/{client.account}")["keys"]}
        if client.key not in standing:
            self.keep(client.delegate(scopes=scopes, at=at))

    def fill(self, client: Client, amount: int) -> None:
        """Give somebody test money. Gas is free on the embedded chain."""
        client.call("payment_token", "faucet(address,uint256)", [client.account, amount])

    def funded(self, buyer: Client, pool: int, budget: int, *, used: Sequence[int] = ()) -> tuple[int, int]:
        """Return a buyer's escrow order and its deadline; one that was funded before the demo was stopped, unless it is used."""
        count = int.from_bytes(buyer.view("escrow", "order_count()", []), "big")
        for number in range(1, count + 1):
            words = buyer.view("escrow", "order(uint256)", [number])
            fields = [words[start : start + 32] for start in range(0, len(words), 32)]
            own = "0x" + fields[3][-20:].hex() == buyer.account and int.from_bytes(fields[9], "big") == budget
            if own and number not in used:
                return number, int.from_bytes(fields[5], "big")
        self.fill(buyer, budget)
        escrow = buyer.node["chain"]["contracts"]["escrow"]
        buyer.call("payment_token", "approve(address,uint256)", [escrow, budget])
        deadline = int(time.time()) + DEADLINE_S
        buyer.call("escrow", "fund(uint256,uint256,uint256,uint256)", [pool, 1, budget, deadline])
        return int.from_bytes(buyer.view("escrow", "order_count()", []), "big"), deadline

    def orders(self, buyer: Client) -> list[dict[str, Any]]:
        """Return somebody's orders, oldest first."""
        return [each for each in buyer.pages("/v1/orders") if each["buyer"] == buyer.account]

    def wait(self, what: str, done: Callable[[], bool]) -> None:
        """Wait until something is so. Raises Stuck after minutes."""
        until = time.monotonic() + PATIENCE_S
        while not done():
            if time.monotonic() > until:
                notes = standing.unheard(self._node)
                raise Stuck(f"waited {PATIENCE_S:.0f} s for {what}; the chain still has to hear {notes}")
            time.sleep(0.1)
