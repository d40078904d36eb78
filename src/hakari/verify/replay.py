"""The chain's events folded into what the contracts must hold: orders, pools, epochs, claims, licences.

Every rule that the contracts keep (contracts/README.md, and their invariants) is asked again of the events, so that a copy with one
number changed no longer fits the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hakari.pay.chain import ChainEvent
from hakari.verify import ballots
from hakari.verify.arguments import Args, Impossible, most, same
from hakari.verify.ballots import Vote
from hakari.verify.holdings import Case, Claim, EscrowOrder, Licence, Offer, Office, Posted, Proposal

SALE = 3


@dataclass
class Replay:
    """State of the contracts after the events folded so far.

    accounts: of logs, by id. bound: block times of versions of terms. voted: transaction of the last vote done.
    """

    orders: dict[int, EscrowOrder] = field(default_factory=dict[int, EscrowOrder])
    terms: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    derive_bps: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    fee_caps: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    bound: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    logs: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    releases: dict[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])
    proposals: list[Proposal] = field(default_factory=list[Proposal])
    accepted: dict[int, list[Proposal]] = field(default_factory=dict[int, list[Proposal]])
    open: dict[int, Proposal] = field(default_factory=dict[int, Proposal])
    entered: dict[int, int] = field(default_factory=dict[int, int])
    paid: dict[int, int] = field(default_factory=dict[int, int])
    claimed: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    claims: list[Claim] = field(default_factory=list[Claim])
    offers: dict[int, Offer] = field(default_factory=dict[int, Offer])
    licences: dict[int, Licence] = field(default_factory=dict[int, Licence])
    cases: dict[int, Case] = field(default_factory=dict[int, Case])
    posted: list[Posted] = field(default_factory=list[Posted])
    accounts: dict[str, list[Office]] = field(default_factory=dict[str, list[Office]])
    operators: dict[int, list[Office]] = field(default_factory=dict[int, list[Office]])
    votes: dict[int, Vote] = field(default_factory=dict[int, Vote])
    voted: str = ""
    bonds: int = 0
    credits: dict[str, int] = field(default_factory=dict[str, int])
    credited: int = 0
    time: int = 0

    def take(self, event: ChainEvent) -> None:
        """Fold one event. Raises Impossible or Malformed; events of other names change nothing."""
        self.time = max(self.time, event.time)
        fold = _FOLDS.get((event.contract, event.event))
        if fold is not None:
            fold(self, event, Args(event.args, f"block {event.block} event {event.index}"))

    def finish(self) -> None:
        """Check what must hold between blocks. Raises Impossible."""
        for proposal in self.proposals:
            if proposal.status == "accepted":
                stated = {pull.order: (pull.pay, pull.free) for pull in proposal.pulls}
                same(proposal.where, "orders paid out", stated, proposal.paid_out)
        for pool, paid in self.paid.items():
            most(f"pool {pool}", "paid to accounts", self.entered.get(pool, 0), paid)

    @property
    def in_escrow(self) -> int:
        """Micro-units that escrow must hold: what is left of all orders."""
        return sum(order.left for order in self.orders.values())

    @property
    def in_payouts(self) -> int:
        """Micro-units that payouts must hold: what entered and was not claimed, and bonds and credits not withdrawn."""
        return sum(self.entered.values()) - sum(self.paid.values()) + self.bonds

    def order(self, number: int) -> EscrowOrder:
        """Return an order. Raises Impossible where none was opened."""
        found = self.orders.get(number)
        if found is None:
            raise Impossible("escrow order", expected="one that was opened before", got=number)
        return found


def _open(replay: Replay, order: EscrowOrder, where: str) -> None:
    same(where, "number of a new order", len(replay.orders) + 1, order.number)
    replay.orders[order.number] = order


def _funded(replay: Replay, _: ChainEvent, args: Args) -> None:
    order = EscrowOrder(
        number=args.whole("order"),
        kind=1,
        pool=args.whole("pool"),
        buyer=args.account("buyer"),
        terms_version=args.whole("terms_version"),
        deadline=args.whole("deadline"),
        funded=args.whole("amount"),
    )
    _open(replay, order, args.where)


def _income(replay: Replay, event: ChainEvent, args: Args) -> None:
    order = EscrowOrder(
        number=args.whole("order"),
        kind=args.whole("kind"),
        pool=args.whole("pool"),
        buyer=args.account("refund_to"),
        terms_version=args.whole("terms_version"),
        deadline=0,
        funded=args.whole("amount"),
        opened=event.time,
        vest_from=args.whole("vest_from"),
        vest_to=args.whole("vest_to"),
    )
    _open(replay, order, args.where)


def _reserved(replay: Replay, _: ChainEvent, args: Args) -> None:
    order = replay.order(args.whole("order"))
    most(args.where, "reserved of an order", order.left, order.reserved + args.whole("amount"))
    order.reserved += args.whole("amount")


def _closing(replay: Replay, _: ChainEvent, args: Args) -> None:
    order = replay.order(args.whole("order"))
    order.closing = True
    if order.kind == SALE:
        order.stopped = args.whole("refund_at")


def _refunded(replay: Replay, _: ChainEvent, args: Args) -> None:
    order, amount = replay.order(args.whole("order")), args.whole("amount")
    most(args.where, "refund of an order", order.left, amount)
    if order.pool in replay.open:
        raise Impossible(
            f"{args.where}: refund", expected="none while the pool has a proposal", got=f"pool {order.pool}"
        )
    if order.kind == SALE:
        kept = order.vesting.vested(order.stopped) if order.stopped is not None else order.funded
        most(args.where, "refund of a sale", order.funded - kept - order.refunded, amount)
    order.refunded += amount
    order.reserved = min(order.reserved, order.left)


def _paid_out(replay: Replay, event: ChainEvent, args: Args) -> None:
    order, pay, free = replay.order(args.whole("order")), args.whole("pay"), args.whole("free")
    same(args.where, "pool of an order", order.pool, args.whole("pool"))
    most(args.where, "paid out of an order", order.left, pay)
    if order.kind == SALE:
        most(args.where, "paid out of a sale", order.vesting.vested(event.time) - order.paid, pay)
    # `Accepted` is the last event of its transaction: the proposal is still the open one here
    proposal = replay.open.get(order.pool)
    if proposal is None or proposal.epoch != args.whole("epoch"):
        raise Impossible(f"{args.where}: paid out", expected="for the epoch being settled", got=args.whole("epoch"))
    order.paid += pay
    order.reserved -= min(order.reserved, pay + free)
    proposal.paid_out[order.number] = (pay, free)


def _proposed(replay: Replay, _: ChainEvent, args: Args) -> None:
    pool, epoch = args.whole("pool"), args.whole("epoch")
    operators, proposer = replay.operators.get(pool), args.account("proposer")
    if pool in replay.open:
        raise Impossible(f"{args.where}: proposal", expected="one at a time", got=f"a second for pool {pool}")
    same(args.where, "number of an epoch", len(replay.accepted.get(pool, [])) + 1, epoch)
    proposal = Proposal(
        pool=pool,
        epoch=epoch,
        proposer=proposer,
        terms_version=args.whole("terms_version"),
        root=args.digest("root"),
        total=args.whole("total"),
        depth=args.whole("depth"),
        pulls=args.pulls(),
        size=args.whole("checkpoint_size"),
        evidence=args.digest("evidence"),
        bond=args.whole("bond"),
        window_ends=args.whole("window_ends"),
        where=args.where,
        by_operator=bool(operators) and operators[-1].account == proposer,
        outgoing=bool(operators) and operators[-1].account != proposer,
    )
    same(args.where, "total of a proposal", sum(pull.pay for pull in proposal.pulls), proposal.total)
    for pull in proposal.pulls:
        order = replay.order(pull.order)
        same(
            args.where,
            f"pool and terms of order {pull.order}",
            (pool, proposal.terms_version),
            (order.pool, order.terms_version),
        )
        most(args.where, f"pull from order {pull.order}", order.left, pull.pay)
    replay.proposals.append(proposal)
    replay.open[pool] = proposal
    replay.bonds += proposal.bond


def _challenged(replay: Replay, _: ChainEvent, args: Args) -> None:
    replay.bonds += _slot(replay, args).bond


def _appealed(replay: Replay, _: ChainEvent, args: Args) -> None:
    _slot(replay, args)
    replay.bonds += args.whole("bond")


def _voided(replay: Replay, _: ChainEvent, args: Args) -> None:
    proposal = _slot(replay, args)
    proposal.status = "voided"
    del replay.open[proposal.pool]


def _accepted(replay: Replay, event: ChainEvent, args: Args) -> None:
    proposal = _slot(replay, args)
    for name, expected, got in (
        ("root", proposal.root, args.digest("root")),
        ("total", proposal.total, args.whole("total")),
        ("depth", proposal.depth, args.whole("depth")),
    ):
        same(args.where, f"accepted {name}", expected, got)
    if event.time < proposal.window_ends:
        raise Impossible(f"{args.where}: acceptance", expected=f"at {proposal.window_ends} or later", got=event.time)
    proposal.status = "accepted"
    del replay.open[proposal.pool]
    replay.accepted.setdefault(proposal.pool, []).append(proposal)
    replay.entered[proposal.pool] = replay.entered.get(proposal.pool, 0) + proposal.total


def _slot(replay: Replay, args: Args) -> Proposal:
    proposal = replay.open.get(args.whole("pool"))
    if proposal is None or proposal.epoch != args.whole("epoch"):
        raise Impossible(f"{args.where}: epoch", expected="the one that is proposed", got=args.whole("epoch"))
    return proposal


def _claimed(replay: Replay, event: ChainEvent, args: Args) -> None:
    pool, account = args.whole("pool"), args.account("account")
    amount, cumulative = args.whole("amount"), args.whole("cumulative")
    before = replay.claimed.get((pool, account), 0)
    same(args.where, f"amount claimed by {account}", cumulative - before, amount)
    replay.claimed[pool, account] = cumulative
    replay.paid[pool] = replay.paid.get(pool, 0) + amount
    most(args.where, "claimed of a pool", replay.entered.get(pool, 0), replay.paid[pool])
    replay.claims.append(
        Claim(
            pool=pool,
            account=account,
            recipient=args.account("recipient"),
            amount=amount,
            cumulative=cumulative,
            epochs=len(replay.accepted.get(pool, [])),
            block=event.block,
            where=args.where,
        )
    )


def _credited(replay: Replay, _: ChainEvent, args: Args) -> None:
    account = args.account("account")
    replay.credits[account] = replay.credits.get(account, 0) + args.whole("amount")
    replay.credited += args.whole("amount")
    most(args.where, "credits", replay.bonds, replay.credited)


def _withdrawn(replay: Replay, _: ChainEvent, args: Args) -> None:
    account, amount = args.account("account"), args.whole("amount")
    same(args.where, f"credit withdrawn by {account}", replay.credits.get(account, 0), amount)
    replay.credits[account] = 0
    replay.credited -= amount
    replay.bonds -= amount


def _terms(replay: Replay, event: ChainEvent, args: Args) -> None:
    key = args.whole("pool"), args.whole("version")
    if key in replay.terms:
        raise Impossible(f"{args.where}: terms", expected="each version once", got=f"pool {key[0]} version {key[1]}")
    replay.terms[key] = args.digest("hash")
    replay.logs[key] = args.digest("log_id")
    replay.derive_bps[key] = args.whole("derive_bps")
    replay.fee_caps[key] = args.whole("fee_cap_bps")
    replay.bound[key] = event.time


def _release(replay: Replay, _: ChainEvent, args: Args) -> None:
    replay.releases[args.whole("pool"), args.digest("release_id")] = args.digest("root")


def _offered(replay: Replay, _: ChainEvent, args: Args) -> None:
    replay.offers[args.whole("offer")] = Offer(
        pool=args.whole("pool"),
        release=args.digest("release"),
        purposes=args.whole("purposes"),
        price=args.whole("price"),
        parents=args.parents(),
        where=args.where,
    )


def _priced(replay: Replay, event: ChainEvent, args: Args) -> None:
    _by_vote(replay, event, args)
    offer = _offer(replay, args)
    replay.offers[args.whole("offer")] = replace(offer, price=args.whole("price"))


def _stopped(replay: Replay, _: ChainEvent, args: Args) -> None:
    replay.offers[args.whole("offer")] = replace(_offer(replay, args), stopped=True)


def _offer(replay: Replay, args: Args) -> Offer:
    found = replay.offers.get(args.whole("offer"))
    if found is None:
        raise Impossible(f"{args.where}: offer", expected="one that was made before", got=args.whole("offer"))
    return found


def _by_vote(replay: Replay, event: ChainEvent, args: Args) -> None:
    if event.tx != replay.voted:
        raise Impossible(f"{args.where}: price", expected="set by a vote carried out in its transaction", got="none")


def _bought(replay: Replay, event: ChainEvent, args: Args) -> None:
    number, offer, order = args.whole("id"), args.whole("offer"), args.whole("order")
    if number in replay.licences or offer not in replay.offers:
        raise Impossible(
            f"{args.where}: licence", expected="a new one of a known offer", got=f"{number} of offer {offer}"
        )
    price = args.whole("price")
    if order or price:
        income = replay.order(order)
        same(args.where, f"kind and amount of income order {order}", (SALE, price), (income.kind, income.funded))
        # What is given away has neither; a sale is at the price of its time, which only a vote changes.
        same(args.where, f"price of offer {offer}", replay.offers[offer].price, price)
        same(args.where, f"sale of offer {offer} stopped", False, replay.offers[offer].stopped)
    replay.licences[number] = Licence(
        offer=offer,
        buyer=args.account("buyer"),
        price=price,
        expires=args.whole("expires"),
        order=order,
        bought=event.time,
        holders=[(event.time, args.account("to"))],
    )


def _revoked(replay: Replay, event: ChainEvent, args: Args) -> None:
    licence = replay.licences.get(args.whole("id"))
    if licence is None:
        raise Impossible(f"{args.where}: revocation", expected="of a licence that was bought", got=args.whole("id"))
    licence.revoked = event.time


def _transferred(replay: Replay, event: ChainEvent, args: Args) -> None:
    licence = replay.licences.get(args.whole("token_id"))
    if licence is not None:  # the transfer of its minting comes before `Bought`, which names the first holder
        licence.holders.append((event.time, args.account("receiver")))


def _posted(replay: Replay, event: ChainEvent, args: Args) -> None:
    posted = Posted(
        log_id=args.digest("log_id"),
        size=args.whole("size"),
        root=args.digest("root"),
        where=args.where,
        block=event.block,
        time=event.time,
    )
    replay.posted.append(posted)


def _registered(replay: Replay, event: ChainEvent, args: Args) -> None:
    office = Office(account=args.account("key"), block=event.block, where=args.where)
    replay.accounts.setdefault(args.digest("log_id"), []).append(office)


def _operator(replay: Replay, event: ChainEvent, args: Args) -> None:
    office = Office(
        account=args.account("operator"), block=event.block, where=args.where, voted=event.tx == replay.voted
    )
    replay.operators.setdefault(args.whole("pool"), []).append(office)


def _executed(replay: Replay, event: ChainEvent, args: Args) -> None:
    _vote(replay, args).execute(event, args)
    replay.voted = event.tx


def _asked(replay: Replay, _: ChainEvent, args: Args) -> None:
    accepted = len(replay.accepted.get(args.whole("pool"), []))
    made = ballots.proposed(args, number=len(replay.votes) + 1, accepted=accepted)
    replay.votes[made.number] = made


def _cast(replay: Replay, event: ChainEvent, args: Args) -> None:
    _vote(replay, args).weigh(event, args)


def _queued(replay: Replay, event: ChainEvent, args: Args) -> None:
    _vote(replay, args).queue(event, args)


def _vote(replay: Replay, args: Args) -> Vote:
    found = replay.votes.get(args.whole("vote"))
    if found is None:
        raise Impossible(f"{args.where}: vote", expected="one that was opened before", got=args.whole("vote"))
    return found


def _accused(replay: Replay, _: ChainEvent, args: Args) -> None:
    replay.cases[args.whole("id")] = Case(
        pool=args.whole("pool"), account=args.account("account"), evidence=args.digest("evidence"), where=args.where
    )


def _slashed(replay: Replay, _: ChainEvent, args: Args) -> None:
    case = replay.cases.get(args.whole("id"))
    if case is None:
        raise Impossible(f"{args.where}: slash", expected="one that was proposed", got=args.whole("id"))
    same(args.where, "account of a slash", case.account, args.account("account"))
    case.order = args.whole("order")


_FOLDS: dict[tuple[str, str], Callable[[Replay, ChainEvent, Args], None]] = {
    ("anchor", "Posted"): _posted,
    ("anchor", "Registered"): _registered,
    ("escrow", "Closing"): _closing,
    ("escrow", "Funded"): _funded,
    ("escrow", "Income"): _income,
    ("escrow", "PaidOut"): _paid_out,
    ("escrow", "Refunded"): _refunded,
    ("escrow", "Reserved"): _reserved,
    ("licences", "Bought"): _bought,
    ("licences", "Offered"): _offered,
    ("licences", "Priced"): _priced,
    ("licences", "Revoked"): _revoked,
    ("licences", "Stopped"): _stopped,
    ("licences", "Transfer"): _transferred,
    ("payouts", "Accepted"): _accepted,
    ("payouts", "Appealed"): _appealed,
    ("payouts", "Challenged"): _challenged,
    ("payouts", "Claimed"): _claimed,
    ("payouts", "Credited"): _credited,
    ("payouts", "Proposed"): _proposed,
    ("payouts", "Voided"): _voided,
    ("payouts", "Withdrawn"): _withdrawn,
    ("pools", "Cast"): _cast,
    ("pools", "Executed"): _executed,
    ("pools", "OperatorChanged"): _operator,
    ("pools", "Queued"): _queued,
    ("pools", "Release"): _release,
    ("pools", "Terms"): _terms,
    ("pools", "VoteProposed"): _asked,
    ("stakes", "SlashProposed"): _accused,
    ("stakes", "Slashed"): _slashed,
}
