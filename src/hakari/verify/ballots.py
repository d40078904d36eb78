"""A vote of a pool's people as the chain's events tell it, by the rules that the contract keeps."""

from dataclasses import dataclass, field

from hakari.pay.chain import ChainEvent
from hakari.pay.tree import keccak_256
from hakari.verify.arguments import Args, Impossible, same

QUORUM_PERCENT = 20
TERMS, VERSION = 1, 7


@dataclass(kw_only=True, slots=True)
class Vote:
    """A vote on chain. ends, ready: Unix seconds, ready 0 before its majority was noted. cast: weight and side by account."""

    number: int
    pool: int
    kind: int
    payload_hash: str
    epoch: int
    shares_root: str
    total: int
    ends: int
    where: str
    ready: int = 0
    done: bool = False
    cast: dict[str, tuple[int, bool]] = field(default_factory=dict[str, tuple[int, bool]])

    def weigh(self, event: ChainEvent, args: Args) -> None:
        """Take one account's vote. Raises Impossible."""
        account = args.account("account")
        if event.time >= self.ends:
            raise Impossible(f"{args.where}: vote", expected=f"before {self.ends}", got=event.time)
        if account in self.cast:
            raise Impossible(f"{args.where}: vote", expected=f"one of {account}", got="a second")
        self.cast[account] = (args.whole("weight"), args.truth("support"))

    def queue(self, event: ChainEvent, args: Args) -> None:
        """Take note that its majority was noted. Raises Impossible."""
        yes, no = (sum(weight for weight, side in self.cast.values() if side is wanted) for wanted in (True, False))
        if event.time < self.ends or self.ready:
            raise Impossible(f"{args.where}: majority", expected=f"noted once, from {self.ends} on", got=event.time)
        carries = yes * 3 >= (yes + no) * 2 if self.kind in (TERMS, VERSION) else yes > no
        if (yes + no) * 100 < self.total * QUORUM_PERCENT or not carries:
            asked = "two thirds" if self.kind in (TERMS, VERSION) else "more for than against"
            raise Impossible(
                f"{args.where}: majority of vote {self.number}",
                expected=f"{asked}, {QUORUM_PERCENT} % of {self.total} cast",
                got=f"{yes} for, {no} against",
            )
        self.ready = args.whole("ready")

    def execute(self, event: ChainEvent, args: Args) -> None:
        """Take note that it was carried out. Raises Impossible."""
        if not self.ready or event.time < self.ready or self.done:
            raise Impossible(
                f"{args.where}: execution", expected=f"once, from {self.ready or 'its queueing'} on", got=event.time
            )
        digest = keccak_256(args.data("payload")).hex()
        same(args.where, f"hash of what vote {self.number} did", self.payload_hash, digest)
        self.done = True


def proposed(args: Args, *, number: int, accepted: int) -> Vote:
    """Return a vote as it was opened. number: what it must have. accepted: epochs of its pool. Raises Impossible."""
    made = Vote(
        number=args.whole("vote"),
        pool=args.whole("pool"),
        kind=args.whole("kind"),
        payload_hash=args.digest("payload_hash"),
        epoch=args.whole("snapshot_epoch"),
        shares_root=args.digest("shares_root"),
        total=args.whole("shares_total"),
        ends=args.whole("ends"),
        where=args.where,
    )
    same(args.where, "number of a vote", number, made.number)
    same(args.where, "epoch that a vote weighs by", accepted, made.epoch)
    if not TERMS <= made.kind <= VERSION:
        raise Impossible(f"{args.where}: kind of a vote", expected=f"{TERMS} to {VERSION}", got=made.kind)
    return made
