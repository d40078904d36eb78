"""An account's money at a node: what it has coming, payments by a signature, votes, licences, and transactions of its own."""

import hashlib
import secrets as random
import time
from collections.abc import Iterator, Sequence
from typing import Any, cast

from eth_abi.abi import encode
from eth_abi.grammar import TupleType, parse
from eth_account import Account as Wallet
from eth_utils.crypto import keccak

from hakari.client.door import Door, Refused, Unreachable
from hakari.core import typed

ASKED = {"terms": 1, "operator": 2, "release": 3, "price": 4, "stop_sale": 5, "spend": 6, "version": 7}
"""Kinds of vote by the contract's numbers."""

HEARD_TRIES = 240
"""How often a node is asked, twice a second, whether it has heard of a vote."""

AUTHORISED_S = 3_600
"""How long an authorisation is good where nothing else is said."""


class Money(Door):
    """An account at a node's door, as far as money goes."""

    def lines(self, account: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield every line of an account (this client's own where none is named): amount, epoch, cause."""
        return self.pages(f"/v1/accounts/{account or self.account}/lines")

    def payouts(self, account: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the proofs with which anyone can claim for an account (this client's own where none is named), one a pool."""
        return self.pages(f"/v1/accounts/{account or self.account}/payouts")

    def pay_budget(
        self, *, pool: int, terms_version: int, amount: int, deadline: int, seconds: int = AUTHORISED_S
    ) -> str:
        """Have the node's relayer put a budget (micro-units) into escrow; costs no gas. Returns the authorisation's id: see `paid`.

        seconds: how long the signature is good. Raises Refused where the token takes no authorisations, or the account holds less.
        """
        body = self.signed_budget(
            pool=pool, terms_version=terms_version, amount=amount, deadline=deadline, seconds=seconds
        )
        return str(self.post("/v1/fundings", body)["id"])

    def signed_budget(
        self, *, pool: int, terms_version: int, amount: int, deadline: int, seconds: int = AUTHORISED_S
    ) -> dict[str, Any]:
        """Return a signed authorisation of a budget, for whoever sends it."""
        salt = random.token_hex(32)
        words = typed.funding(
            chain_id=self.node["chain"]["chain_id"],
            escrow=self.node["chain"]["contracts"]["escrow"],
            pool=pool,
            terms_version=terms_version,
            amount=amount,
            deadline=deadline,
            salt=salt,
        )
        signed = self._authorisation("escrow", words, amount=amount, seconds=seconds)
        return {**signed, "deadline": deadline, "pool": pool, "salt": salt, "terms_version": terms_version}

    def pay_price(self, offer: int, *, price: int, seconds: int = AUTHORISED_S) -> str:
        """Have the node's relayer buy a licence at a price (micro-units); costs no gas. Returns the authorisation's id: see `paid`."""
        salt = random.token_hex(32)
        words = typed.purchase(
            chain_id=self.node["chain"]["chain_id"],
            licences=self.node["chain"]["contracts"]["licences"],
            offer=offer,
            to=self.account,
            max_price=price,
            salt=salt,
        )
        signed = self._authorisation("licences", words, amount=price, seconds=seconds)
        return str(self.post("/v1/purchases", {**signed, "offer": offer, "salt": salt})["id"])

    def paid(self, authorisation: str, *, most_s: float = 120.0) -> dict[str, Any]:
        """Wait until an authorisation is used and return it with the escrow `order` or `licence`. Raises Refused or Unreachable."""
        for _ in range(max(1, int(most_s * 2))):
            found = self.get(f"/v1/accounts/{self.account}/authorisations/{authorisation}")
            if found["status"] == "done":
                return found
            if found["status"] == "refused":
                raise Refused(409, "reverted", str(found["reason"]), None)
            self._sleep(0.5)
        raise Unreachable(f"authorisation {authorisation} is not on the chain after {most_s:g} s; it may still come")

    def _authorisation(self, contract: str, words: bytes, *, amount: int, seconds: int) -> dict[str, Any]:
        """Return what every authorisation of a contract says, signed. words: what its nonce is the hash of."""
        domain = self.get(f"/v1/accounts/{self.account}/purse")["authorisations"]
        if domain is None:
            raise Refused(409, "no_authorisations", "the payment token takes no authorisations (EIP-3009)", None)
        valid_before = self._clock() + seconds
        message = typed.authorisation(
            chain_id=self.node["chain"]["chain_id"],
            token=domain["token"],
            name=domain["name"],
            version=domain["version"],
            account=self.account,
            to=self.node["chain"]["contracts"][contract],
            amount=amount * int(domain["scale"]),
            valid_before=valid_before,
            nonce=keccak(words).hex(),
        )
        return {
            "account": self.account,
            "amount": str(amount),
            "signature": self._typed(message),
            "valid_before": valid_before,
        }

    def votes(self, pool: int) -> list[dict[str, Any]]:
        """Return a pool's votes, newest first: what each would change, where it stands, this account's weight and vote."""
        return cast(list[dict[str, Any]], self.get(f"/v1/pools/{pool}/votes", account=self.account)["items"])

    def vote(self, vote: int, *, support: bool, seconds: int = AUTHORISED_S) -> str:
        """Vote in a pool without gas: the relayer sends what is signed here. It can't be taken back."""
        deadline = self._clock() + seconds
        message = typed.ballot(
            chain_id=self.node["chain"]["chain_id"],
            pools=self.node["chain"]["contracts"]["pools"],
            vote=vote,
            account=self.account,
            support=support,
            deadline=deadline,
        )
        body = {"account": self.account, "deadline": deadline, "signature": self._typed(message), "support": support}
        return str(self.post(f"/v1/votes/{vote}/ballots", body)["transaction"])

    def ask_vote(self, pool: int, kind: str, payload: bytes, *, rpc: str | None = None) -> int:
        """Open a vote of a pool's people by a transaction of this account, which has earned in it. Returns the vote's number.

        kind: one of ASKED. payload: what `pools.execute` will be given; `show_vote` shows it to those who vote.
        """
        shown = self.get(f"/v1/pools/{pool}/weights/{self.account}")
        shares = shown["shares"]
        opened = (bytes.fromhex(shares["bundle"]), bytes.fromhex(shares["root"]), int(shares["total"]), shares["depth"])
        args = [pool, ASKED[kind], keccak(payload), shown["epoch"], opened]
        signature = "propose_vote(uint256,uint256,bytes32,uint256,(bytes32,bytes32,uint256,uint256))"
        receipt = self.call("pools", signature, args, rpc=rpc)
        return int(receipt["logs"][0]["topics"][1], 16)

    def show_vote(self, vote: int, payload: bytes) -> None:
        """Show at the node what a vote would change, once it has heard of the vote. Anyone may: only bytes of its hash are taken."""
        for _ in range(HEARD_TRIES):
            try:
                self.post(f"/v1/votes/{vote}/payload", {"payload": payload.hex()})
            except Refused as error:
                if error.code != "unknown_vote":
                    raise
                self._sleep(0.5)
            else:
                return
        raise Unreachable(f"the node has not heard of vote {vote} yet; show it again in a while")

    def carry_out(self, pool: int, vote: int, *, rpc: str | None = None) -> str:
        """Do what is next of a vote that carries, by a transaction of this account: note its majority, or carry it out.

        Returns the vote's state before. Raises Refused where nothing is to be done, or nobody has shown the payload.
        """
        found = next((each for each in self.votes(pool) if each["vote"] == vote), None)
        state = "unknown" if found is None else str(found["state"])
        if found is None or state not in ("passed", "due"):
            raise Refused(409, "conflict", f"vote {vote} must have carried and wait for somebody, it is {state}", None)
        if state == "passed":
            self.call("pools", "queue(uint256)", [vote], rpc=rpc)
        elif found["payload"] is None:
            raise Refused(409, "conflict", f"what vote {vote} changes must be shown at the node first, it is not", None)
        else:
            self.call("pools", "execute(uint256,bytes)", [vote, bytes.fromhex(found["payload"])], rpc=rpc)
        return state

    def revoke_licence(self, licence: int, *, reason: str) -> dict[str, Any]:
        """Withdraw the data of a licence, as the operator and after `sign_in`: the buyer gets back what has not vested."""
        return self.post(f"/v1/licences/{licence}/revocations", {"reason": reason})

    def revoke_for_breach(self, licence: int, *, reason: str, rpc: str | None = None) -> dict[str, Any]:
        """End a licence on chain, as the arbiter of its pool, because it was broken: nothing goes back."""
        told = hashlib.sha256(reason.encode()).digest()
        return self.call("licences", "revoke(uint256,bytes32,uint256)", [licence, told, 2], rpc=rpc)

    def refund_licence(self, licence: int, *, rpc: str | None = None) -> dict[str, Any]:
        """Take back from escrow, as the buyer, what had not vested of a licence. Refused while an epoch of the pool is open."""
        order = int(self.get(f"/v1/licences/{licence}")["income_order"])
        return self.call("escrow", "refund(uint256,address)", [order, self.account], rpc=rpc)

    def stakes(self, account: str | None = None) -> dict[str, Any]:
        """Return an account's stake (this client's own where none is named), what pools may take of it, and slashes against it."""
        return self.get(f"/v1/accounts/{account or self.account}/stake")

    def add_stake(self, amount: int, *, rpc: str | None = None) -> None:
        """Put micro-units of this account's tokens at stake. No pool may touch them before `commit_stake`."""
        scale = int.from_bytes(self.view("stakes", "SCALE()", [], rpc=rpc), "big")
        contract = self.node["chain"]["contracts"]["stakes"]
        self.call("payment_token", "approve(address,uint256)", [contract, amount * scale], rpc=rpc)
        self.call("stakes", "stake(uint256)", [amount], rpc=rpc)

    def commit_stake(self, pool: int, limit: int, *, rpc: str | None = None) -> None:
        """Let a pool take up to `limit` micro-units of the stake in all, by convictions. Less than before counts after a time."""
        self.call("stakes", "commit(uint256,uint256)", [pool, limit], rpc=rpc)

    def contest_slash(self, case: int, *, rpc: str | None = None) -> None:
        """Deny a slash, so that the pool's arbiter has to judge it. The accused risks a tenth more; others post the proposer's bond."""
        self.call("stakes", "contest(uint256)", [case], rpc=rpc)

    def unstake(self, amount: int, *, rpc: str | None = None) -> None:
        """Begin to take micro-units back: they can be withdrawn when they have cooled, and answer for what was done till then."""
        self.call("stakes", "request_unstake(uint256)", [amount], rpc=rpc)

    def withdraw_stake(self, *, rpc: str | None = None) -> None:
        """Take back all that has cooled and that nobody asks for."""
        self.call("stakes", "withdraw(address)", [self.account], rpc=rpc)

    def call(self, contract: str, signature: str, args: Sequence[object], *, rpc: str | None = None) -> dict[str, Any]:
        """Send one transaction from this account, e.g. call("escrow", "fund(uint256,uint256,uint256,uint256)", [...]).

        rpc: the chain's JSON-RPC, the node's /rpc where not given. Waits for the receipt. Raises Refused where it reverts.
        """
        where = rpc or f"{self.url}/rpc"
        data = _data(signature, args)
        call = {"from": self.account, "to": self.node["chain"]["contracts"][contract], "data": "0x" + data.hex()}
        gas = int(self._rpc(where, "eth_estimateGas", [call]), 16)
        price = int(self._rpc(where, "eth_gasPrice", []), 16)
        transaction = {
            "to": Wallet.from_key(self._secret).address if not call["to"] else _checksummed(str(call["to"])),
            "data": call["data"],
            "value": 0,
            "gas": gas * 5 // 4,
            "maxFeePerGas": 2 * price,
            "maxPriorityFeePerGas": price,
            "nonce": int(self._rpc(where, "eth_getTransactionCount", [self.account, "pending"]), 16),
            "chainId": self.node["chain"]["chain_id"],
            "type": 2,
        }
        raw = Wallet.sign_transaction(transaction, self._secret).raw_transaction.hex()
        sent = self._rpc(where, "eth_sendRawTransaction", ["0x" + raw.removeprefix("0x")])
        for _ in range(600):
            receipt = self._rpc(where, "eth_getTransactionReceipt", [sent])
            if receipt is not None:
                if receipt["status"] != "0x1":
                    raise Refused(409, "reverted", f"{contract}.{signature} reverted", None)
                return cast(dict[str, Any], receipt)
            time.sleep(0.1)
        raise Unreachable(f"{contract}.{signature}: no receipt for {sent} within a minute")

    def view(self, contract: str, signature: str, args: Sequence[object], *, rpc: str | None = None) -> bytes:
        """Return the raw answer of a contract's view."""
        data = _data(signature, args)
        call = {"to": self.node["chain"]["contracts"][contract], "data": "0x" + data.hex()}
        return bytes.fromhex(str(self._rpc(rpc or f"{self.url}/rpc", "eth_call", [call, "latest"]))[2:])

    def _rpc(self, where: str, method: str, params: Sequence[object]) -> Any:
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = cast(dict[str, Any], self._send("POST", where, json=asked).json())
        if "error" in answer:
            raise Refused(409, "chain", str(answer["error"].get("message")), None)
        return answer["result"]


def _data(signature: str, args: Sequence[object]) -> bytes:
    """Return the bytes that call a contract's function of this signature."""
    given = signature[signature.index("(") :]
    types = [] if given == "()" else [each.to_type_str() for each in cast(TupleType, parse(given)).components]
    return keccak(text=signature)[:4] + encode(types, list(args))


def _checksummed(address: str) -> str:
    digits = address.removeprefix("0x").lower()
    hashed = keccak(text=digits).hex()
    return "0x" + "".join(d.upper() if int(h, 16) >= 8 else d for d, h in zip(digits, hashed, strict=False))
