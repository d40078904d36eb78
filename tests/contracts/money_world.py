"""A whole deployment with one pool, named people and short words for what they do."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from evm_chain import Chain, Contract
from log_trees import alike, alike_consistency
from sum_tree import EpochTree, Line, evidence, next_epoch

DAY = 86_400
UNIT = 1_000_000
BOND = 100 * UNIT
LOG_ID = b"\x17" * 32
ZERO = "0x" + "00" * 20
WINDOW, RESOLVE, APPEAL, COURT, DEAD, GRACE = 3 * DAY, 5 * DAY, 2 * DAY, 10 * DAY, 7 * DAY, 2 * DAY
NOTICE, ABANDON = 14 * DAY, 180 * DAY
SLASH_WINDOW, UNSTAKE = 7 * DAY, 21 * DAY
CONSTANTS = (LOG_ID, 0, 0)

Pulls = list[tuple[int, int, int]]


class World:
    """All contracts with the defaults of the specification (local: a second for each day), and pool 1 under terms version 1."""

    def __init__(self, *, token: Contract | None = None, chain: Chain | None = None, local: bool = False) -> None:
        self.chain = chain or Chain()
        for name in ("deployer", "operator", "arbiter", "court", "buyer", "guardian", "log_key", "outsider", "griefer"):
            setattr(self, name, self.chain.account(name))
        self.workers = sorted((self.chain.account(f"worker {i}") for i in range(4)), key=lambda a: int(a, 16))
        deploy = self.chain.deploy
        own = {"sender": self.deployer}
        self.token = token or deploy("payment_token")

        def times(*seconds: int) -> list[int]:
            return [s // DAY if local else s for s in seconds]

        self.pools = deploy("pools", self.guardian, local, **own)
        self.anchor = deploy("anchor")
        self.escrow = deploy("escrow", self.token.address, self.pools.address, local, *times(NOTICE, ABANDON), **own)
        self.payouts = deploy(
            "payouts",
            self.token.address,
            self.escrow.address,
            self.pools.address,
            self.anchor.address,
            local,
            *times(WINDOW, RESOLVE, APPEAL, COURT, DEAD, GRACE),
            BOND,
            **own,
        )
        self.proofs = deploy("proofs", self.payouts.address)
        self.licences = deploy("licences", self.token.address, self.escrow.address, self.pools.address, local, **own)
        self.stakes = deploy(
            "stakes",
            self.token.address,
            self.escrow.address,
            self.pools.address,
            local,
            *times(SLASH_WINDOW, UNSTAKE, RESOLVE, APPEAL, COURT),
        )
        self.pools.bind(self.escrow.address, self.payouts.address, self.licences.address, **own)
        self.payouts.bind(self.proofs.address, **own)
        self.escrow.bind(self.payouts.address, self.licences.address, self.stakes.address, **own)
        self.scale = self.escrow.SCALE()
        self.anchor.register(LOG_ID, self.log_key)
        self.size = 0
        self.pool = self.new_pool()
        self.tree: EpochTree | None = None
        self.pulls: Pulls = []
        self.pending: EpochTree | None = None
        self.causes = 0

    # ---- people and money

    def rich(self, *names: str, amount: int = 1_000_000 * UNIT) -> None:
        """See that the accounts have at least this much and have approved all contracts."""
        for name in names:
            if self.token.balanceOf(name) < amount * self.scale:
                self.token.faucet(name, amount * self.scale)
            if name not in self.chain.approved:
                self.chain.approved |= {name}
                for spender in (self.escrow, self.payouts, self.licences, self.stakes):
                    self.token.approve(spender.address, 2**256 - 1, sender=name)

    def credit(self, account: str) -> int:
        return self.payouts.credits(account)

    def balance(self, account: str) -> int:
        return self.token.balanceOf(account) // self.scale

    def new_pool(self, **changes: Any) -> int:
        args = {
            "operator": self.operator,
            "arbiter": self.arbiter,
            "court": self.court,
            "constants": CONSTANTS,
        } | changes
        return self.pools.create(
            b"\x01" * 32, args["operator"], args["arbiter"], args["court"], 500, args["constants"], sender=self.buyer
        )

    def fund(self, amount: int = 1_000 * UNIT, *, pool: int | None = None, deadline: int = 365 * DAY) -> int:
        self.rich(self.buyer, amount=amount)
        return self.escrow.fund(pool or self.pool, 1, amount, self.chain.time + deadline, sender=self.buyer)

    def checkpoint(self) -> int:
        # Asked, not remembered: tests undo posts.
        last = self.anchor.latest(LOG_ID).size
        self.size = last + 10
        proof = alike_consistency(last, self.size)
        self.anchor.post(LOG_ID, self.size, alike(self.size), self.chain.time, proof, sender=self.log_key)
        return self.size

    # ---- epochs

    def cause(self) -> bytes:
        self.causes += 1
        return self.causes.to_bytes(32, "big")

    def lines(self, order: int, amounts: dict[str, list[int]]) -> dict[str, list[Line]]:
        return {
            account: [Line(cause=self.cause(), source=order, amount=amount) for amount in some]
            for account, some in amounts.items()
        }

    def propose(
        self,
        tree: EpochTree,
        pulls: Pulls,
        *,
        sender: str | None = None,
        pool: int | None = None,
        total: int | None = None,
        size: int | None = None,
    ) -> None:
        who = sender or self.operator
        self.rich(who, amount=2_000 * BOND)
        said = tree.total if total is None else total
        at = self.checkpoint() if size is None else size
        self.payouts.propose(
            pool or self.pool, 1, tree.root, said, tree.depth, pulls, at, evidence(b"\x05" * 32), sender=who
        )
        self.pending, self.pulls = tree, pulls

    def propose_lines(
        self, order: int, amounts: dict[str, list[int]], *, free: int = 0, sender: str | None = None
    ) -> EpochTree:
        """Propose the honest next epoch that pays these amounts from one order."""
        tree = next_epoch(self.tree, self.lines(order, amounts))
        self.propose(tree, [(order, tree.total, free)], sender=sender)
        return tree

    def challenge(self, sender: str | None = None, *, ground: int = 3) -> None:
        who = sender or self.griefer
        self.rich(who, amount=2_000 * BOND)
        self.payouts.challenge(self.pool, ground, b"\x0e" * 32, sender=who)

    def appeal(self, sender: str | None = None) -> None:
        who = sender or self.outsider
        self.rich(who, amount=5_000 * BOND)
        self.payouts.appeal(self.pool, sender=who)

    def settle(self) -> None:
        """Settle what was proposed last and remember it as the accepted tree if it was accepted."""
        self.payouts.settle(self.pool, self.pulls)
        if any(log.name == "Accepted" for log in self.chain.logs):
            self.tree = self.pending

    def accept(self, order: int, amounts: dict[str, list[int]], *, free: int = 0) -> EpochTree:
        tree = self.propose_lines(order, amounts, free=free)
        self.chain.pass_time(WINDOW)
        self.settle()
        return tree

    def claim(self, tree: EpochTree, account: str, *, epoch: int | None = None, sender: str | None = None) -> None:
        number = self.payouts.epoch_count(self.pool) if epoch is None else epoch
        self.payouts.claim(self.pool, number, tree.of(account), sender=sender)


def key(name: str) -> Any:
    """Return an account with a private key, always the same for a name."""
    from eth_utils import keccak

    return Account.from_key(keccak(text=f"key of {name}"))
