"""Accounts, terms, lines and strategies that the pay tests share."""

from hypothesis import strategies as st

from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.pay.lines import Line, Owed, Sale, Work
from hakari.work.orders import Terms

ALICE, BOB, CAROL = (Account("0x" + 40 * digit) for digit in "123")
FEE = Account("0x" + 40 * "f")


def terms(*, fee_bps: int = 500, sale_fee_bps: int = 250, originator_bps: int = 2000) -> Terms:
    return Terms(
        pool=1,
        version=1,
        evidence="open",
        fee_account=FEE,
        fee_bps=fee_bps,
        sale_fee_bps=sale_fee_bps,
        sale_originator_bps=originator_bps,
    )


def cause(number: int) -> StatementId:
    return StatementId(f"{number:064x}")


def line(account: Account, number: int, source: int, amount: int, why: str = "work") -> Line:
    return Line(account=account, cause=cause(number), source=source, amount=Micros(amount), why=why)


def work(
    number: int, *, accepted: dict[Account, int], source: int = 7, reward: int = 40_000, judged: int = 100
) -> Work:
    return Work(cause=cause(number), source=source, reward=Micros(reward), judged=judged, accepted=accepted)


def sale(number: int, *, price: int, weights: dict[Account, int], source: int = 9, originator: Account = CAROL) -> Sale:
    return Sale(cause=cause(number), source=source, price=Micros(price), originator=originator, weights=weights)


def owed(account: Account, prev: int, *lines: Line) -> Owed:
    return Owed(account=account, prev=Micros(prev), inc=Micros(sum(each.amount for each in lines)), lines=lines)


accounts = st.integers(1, 12).map(lambda number: Account(f"0x{number:040x}")) | st.just(FEE)
counts = st.dictionaries(accounts, st.integers(0, 50), max_size=8)
bps = st.integers(0, 10_000)
any_terms = st.tuples(bps, bps, bps).map(
    lambda parts: terms(fee_bps=parts[0], sale_fee_bps=parts[1], originator_bps=min(parts[2], 10_000 - parts[1]))
)


@st.composite
def works(draw: st.DrawFn) -> Work:
    accepted = draw(counts)
    number = draw(st.integers(1, 2**64))
    return work(
        number,
        accepted=accepted,
        source=draw(st.integers(1, 4)),
        reward=draw(st.integers(0, 10**9)),
        judged=sum(accepted.values()) + draw(st.integers(0, 50)),
    )


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    return sale(
        draw(st.integers(2**65, 2**66)),
        price=draw(st.integers(0, 10**12)),
        weights={**draw(counts), **draw(st.dictionaries(accounts, st.integers(1, 9), min_size=1, max_size=3))},
        source=draw(st.integers(11, 14)),
        originator=draw(accounts),
    )
