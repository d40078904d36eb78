import pytest

from hakari.core.errors import Malformed
from hakari.pay.chain import ChainEvent
from hakari.verify.arguments import Impossible
from hakari.verify.replay import Replay
from hakari.verify.verification import verify

from .world import KINDS, World

ANN, BEA, CEO = (f"0x{number:040x}" for number in (0xA, 0xB, 0xC))
ROOT, OTHER = "ab" * 32, "cd" * 32


class Chain:
    """Events one after another, a block and ten seconds each."""

    def __init__(self):
        self.replay, self.block = Replay(), 0

    def emit(self, name, **args):
        contract, event = name.split(".")
        self.block += 1
        self.replay.take(
            ChainEvent(
                block=self.block,
                index=0,
                contract=contract,
                event=event,
                address=ANN,
                tx=ROOT,
                time=10 * self.block,
                args={key: value if isinstance(value, list | bool) else str(value) for key, value in args.items()},
            )
        )

    def fund(self, order=1, amount=1000, pool=1):
        self.emit("escrow.Funded", order=order, pool=pool, buyer=ANN, terms_version=1, amount=amount, deadline=10**6)

    def propose(self, *, epoch=1, total=600, pulls=None, window_ends=0):
        pulls = pulls or [{"order": "1", "pay": str(total), "free": "100"}]
        self.emit(
            "payouts.Proposed",
            pool=1,
            epoch=epoch,
            proposer="0x" + "0a" * 20,
            terms_version=1,
            root=ROOT,
            total=total,
            depth=0,
            pulls=pulls,
            checkpoint_size=5,
            evidence=ROOT,
            bond=50,
            window_ends=window_ends,
        )

    def sale(self, *, start, end, order=2, amount=1000):
        self.emit(
            "escrow.Income",
            order=order,
            pool=1,
            kind=3,
            terms_version=1,
            amount=amount,
            vest_from=start,
            vest_to=end,
            refund_to=ANN,
        )

    def accept(self, *, epoch=1, total=600, free=100):
        self.emit("payouts.Credited", account=BEA, pool=1, amount=50)
        self.emit("escrow.PaidOut", order=1, pool=1, epoch=epoch, pay=total, free=free)
        self.emit("payouts.Accepted", pool=1, epoch=epoch, root=ROOT, total=total, depth=0)

    def claim(self, amount, cumulative, account=CEO):
        self.emit(
            "payouts.Claimed", pool=1, account=account, recipient=account, amount=amount, cumulative=cumulative, fee=0
        )


def test_money_moves_from_escrow_to_payouts_to_accounts():
    chain = Chain()
    chain.fund()
    chain.emit("escrow.Reserved", order=1, amount=700, log_size=5)
    chain.propose()
    assert (chain.replay.in_escrow, chain.replay.in_payouts) == (1000, 50)
    chain.accept()
    assert chain.replay.orders[1].reserved == 0
    assert (chain.replay.in_escrow, chain.replay.in_payouts) == (400, 650)
    chain.claim(600, 600)
    chain.emit("payouts.Withdrawn", account=BEA, to=BEA, amount=50)
    chain.emit("escrow.Refunded", order=1, to=ANN, amount=400, abandoned=False)
    assert (chain.replay.in_escrow, chain.replay.in_payouts) == (0, 0)
    chain.replay.finish()


def test_a_challenged_and_voided_epoch_leaves_the_money_and_shares_the_bonds():
    chain = Chain()
    chain.fund()
    chain.propose()
    chain.emit("payouts.Challenged", pool=1, epoch=1, challenger=CEO, ground=1, evidence=ROOT, deadline=1)
    chain.emit("payouts.Appealed", pool=1, epoch=1, by=ANN, bond=100, deadline=1)
    assert chain.replay.in_payouts == 200
    chain.emit("payouts.Credited", account=CEO, pool=1, amount=200)
    chain.emit("payouts.Voided", pool=1, epoch=1, why=2)
    assert chain.replay.in_escrow == 1000
    chain.emit("payouts.Withdrawn", account=CEO, to=CEO, amount=200)
    assert chain.replay.in_payouts == 0
    chain.propose(epoch=1)
    chain.accept()
    chain.replay.finish()


def story(chain):
    chain.fund()
    chain.propose()


IMPOSSIBLE = {
    "an order out of turn": lambda c: c.fund(order=3),
    "a second proposal": lambda c: c.propose(),
    "an epoch out of turn": lambda c: (c.accept(), c.propose(epoch=3)),
    "a total that the pulls don't give": lambda c: (
        c.accept(),
        c.propose(epoch=2, total=5, pulls=[{"order": "1", "pay": "4", "free": "0"}]),
    ),
    "more than an order holds": lambda c: (c.accept(), c.propose(epoch=2, total=401)),
    "an unknown order": lambda c: c.emit("escrow.Reserved", order=9, amount=1, log_size=1),
    "more reserved than left": lambda c: c.emit("escrow.Reserved", order=1, amount=1001, log_size=1),
    "a refund while an epoch is open": lambda c: c.emit("escrow.Refunded", order=1, to=ANN, amount=1, abandoned=False),
    "more refunded than left": lambda c: (
        c.accept(),
        c.emit("escrow.Refunded", order=1, to=ANN, amount=401, abandoned=False),
    ),
    "paid out of another pool": lambda c: c.emit("escrow.PaidOut", order=1, pool=2, epoch=1, pay=1, free=0),
    "paid out without an epoch": lambda c: c.emit("escrow.PaidOut", order=1, pool=1, epoch=2, pay=1, free=0),
    "paid out as nobody proposed": lambda c: (c.accept(free=99), c.replay.finish()),
    "accepted what nobody proposed": lambda c: c.emit(
        "payouts.Accepted", pool=1, epoch=1, root=OTHER, total=600, depth=0
    ),
    "accepted twice": lambda c: (c.accept(), c.accept()),
    "voided twice": lambda c: [c.emit("payouts.Voided", pool=1, epoch=1, why=1) for _ in range(2)],
    "a challenge of nothing": lambda c: (
        c.accept(),
        c.emit("payouts.Challenged", pool=1, epoch=1, challenger=ANN, ground=1, evidence=ROOT, deadline=1),
    ),
    "a claim before acceptance": lambda c: c.claim(600, 600),
    "a claim twice": lambda c: (c.accept(), c.claim(600, 600), c.claim(600, 600)),
    "claims beyond what entered": lambda c: (c.accept(), c.claim(600, 600), c.claim(1, 1, account=ANN)),
    "more credit than bonds": lambda c: c.emit("payouts.Credited", account=BEA, pool=1, amount=51),
    "credit that nobody has": lambda c: c.emit("payouts.Withdrawn", account=BEA, to=BEA, amount=1),
    "a licence of no offer": lambda c: c.emit(
        "licences.Bought", id=1, offer=1, buyer=ANN, to=ANN, price=0, expires=0, order=0
    ),
    "a revocation of nothing": lambda c: c.emit("licences.Revoked", id=1, reason_hash=ROOT, scope=1, by=ANN),
    "terms that change": lambda c: [
        c.emit("pools.Terms", pool=1, version=1, hash=each, log_id=ROOT, fee_cap_bps=0, derive_bps=0)
        for each in (ROOT, OTHER)
    ],
    "a sale paid before it vested": lambda c: (
        c.accept(),
        c.sale(start=40, end=1040),
        c.propose(epoch=2, total=600, pulls=[{"order": "2", "pay": "600", "free": "0"}]),
        c.emit("escrow.PaidOut", order=2, pool=1, epoch=2, pay=600, free=0),
    ),
    "a sale refunded that nobody withdrew": lambda c: (
        c.accept(),
        c.sale(start=40, end=1040),
        c.emit("escrow.Refunded", order=2, to=ANN, amount=1, abandoned=False),
    ),
    "more of a withdrawn sale refunded than had not vested": lambda c: (
        c.accept(),
        c.sale(start=0, end=1000),
        c.emit("escrow.Closing", order=2, refund_at=500),
        c.emit("escrow.Refunded", order=2, to=ANN, amount=501, abandoned=False),
    ),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_events_that_the_contracts_can_not_emit_are_refused(name):
    chain = Chain()
    story(chain)
    with pytest.raises(Impossible):
        IMPOSSIBLE[name](chain)


def test_an_epoch_accepted_within_its_window_is_refused():
    chain = Chain()
    chain.fund()
    chain.propose(window_ends=1000)
    with pytest.raises(Impossible, match="acceptance"):
        chain.accept()


@pytest.mark.parametrize("amount", ["", "01", "-1", "1.0", "0x1", "9" * 79, "１"])
def test_a_number_of_another_form_is_refused(amount):
    with pytest.raises(Malformed):
        Chain().fund(amount=amount)


def test_events_of_other_names_change_nothing():
    chain = Chain()
    chain.emit("escrow.Bound", payouts=ANN)
    assert chain.replay == Replay(time=10)


# -- licences, through the whole verification


class Later(World):
    """A market where something happens to the licence before it is used."""

    def __init__(self, event, **args):
        super().__init__()
        self.event, self.args = event, args

    def use(self):
        if self.event == "wait":
            self.time += 10_000
        else:
            self.emit("licences", self.event, **self.args)
            self.restate()
        super().use()


@pytest.mark.parametrize(
    ("event", "args", "what"),
    [
        ("wait", {}, "time of a use"),
        ("Revoked", {"id": 1, "reason_hash": ROOT, "scope": 1, "by": ANN}, "time of a use"),
        ("Transfer", {"sender": BEA, "receiver": ANN, "token_id": 1}, "holder of the licence"),
    ],
)
def test_a_licence_that_ended_or_went_on_may_not_be_used(event, args, what):
    report = verify(Later(event, **args).held(), kinds=KINDS)
    assert [(each.section, each.what) for each in report.mismatches] == [("uses", what)]


def test_the_new_holder_may_use_a_licence():
    receiver = World().reader.account
    assert verify(Later("Transfer", sender=BEA, receiver=receiver, token_id=1).held(), kinds=KINDS).ok


def test_a_bought_licence_without_a_sale_statement_is_noted():
    class Unsold(World):
        def tell(self):
            self.begin()
            self.order()
            self.work()
            self.judge()
            self.release()
            self.sell()
            self.statements.pop()
            return self.publish()

    report = verify(Unsold().held(), kinds=KINDS)
    assert report.ok
    assert any("no sale statement yet: [1]" in note for note in report.notes)
