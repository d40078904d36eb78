"""Who was paid by whom: what is recorded, whom it ties together, and that this moves the draw of audits and nothing else."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hakari
from hakari.core import money
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay import aiming
from hakari.pay.settlements import Standing
from hakari.work import aim, funding, quality
from hakari.work.aim import Given
from hakari.work.funding import HUB, KEPT, LEAST, NOBODY, Transfer


def who(n: int) -> Account:
    return Account(f"0x{n:040x}")


A, B, C, D = (who(n) for n in range(1, 5))
PATRON, SINK, ESCROW = who(101), who(102), who(103)


def paid(place: int, payer: Account, payee: Account, amount: int = LEAST) -> Transfer:
    return Transfer(block=place // 3, index=place, payer=payer, payee=payee, amount=Micros(amount), tx=f"{place:064x}")


def recorded(*seen: Transfer, accounts=(A, B)) -> list[Transfer]:
    return funding.recorded(seen, accounts=accounts, contracts=[ESCROW])


def test_what_ties_is_a_payment_one_source_or_one_sink():
    assert funding.linked([(A, B)], {A, B, C}) == {A, B}
    assert funding.linked([(PATRON, A), (PATRON, C)], {A, B, C}) == {A, C}
    assert funding.linked([(A, SINK), (B, SINK)], {A, B, C}) == {A, B}


def test_one_step_ties_and_no_more():
    assert funding.linked([(A, PATRON), (PATRON, SINK), (SINK, B)], {A, B}) == frozenset()
    assert funding.linked([(A, PATRON), (PATRON, B)], {A, B}) == frozenset()
    assert funding.linked([(PATRON, A)], {A, B}) == frozenset()
    assert funding.linked([(A, C), (C, B)], {A, B}) == frozenset()


@pytest.mark.parametrize("turned", [False, True], ids=["exchange", "shop"])
def test_who_deals_with_everybody_ties_nobody(turned):
    def dealings(count: int) -> list[tuple[Account, Account]]:
        found = [(PATRON, who(n)) for n in range(1, count + 1)]
        return [(payee, payer) for payer, payee in found] if turned else found

    assert funding.linked(dealings(HUB), {A, B, PATRON}) == {A, B, PATRON}
    assert funding.linked(dealings(HUB + 1), {A, B, PATRON}) == frozenset()
    # And what is beside it ties as before.
    assert funding.linked([*dealings(HUB + 1), (C, D)], {A, B, C, D}) == {C, D}


def test_dust_contracts_the_mint_and_oneself_are_not_recorded():
    assert (
        recorded(
            paid(1, PATRON, A, LEAST - 1),
            paid(2, ESCROW, A),
            paid(3, A, ESCROW),
            paid(4, NOBODY, A),
            paid(5, A, NOBODY),
            paid(6, A, A),
            paid(7, PATRON, SINK),
            paid(8, PATRON, A, money.LIMIT),
        )
        == []
    )
    assert recorded(paid(1, PATRON, A), paid(2, PATRON, A), paid(3, A, PATRON)) == [
        paid(1, PATRON, A),
        paid(3, A, PATRON),
    ]


def test_whoever_is_sent_much_fills_their_own_places_alone():
    spam = [paid(n, who(1000 + n), A) for n in range(100)]
    kept = recorded(*spam, paid(200, PATRON, B), paid(201, A, SINK), paid(202, A, B))
    assert kept == [*spam[:KEPT], paid(200, PATRON, B), paid(201, A, SINK), paid(202, A, B)]


payments = st.lists(
    st.builds(
        paid,
        st.integers(0, 300),
        st.sampled_from([who(n) for n in range(1, 25)] + [ESCROW, NOBODY]),
        st.sampled_from([who(n) for n in range(1, 25)]),
        st.integers(LEAST - 1, LEAST + 1),
    ),
    max_size=80,
    unique_by=lambda each: each.place,
)


@given(payments, st.sets(st.integers(1, 24), max_size=8), st.randoms(use_true_random=False))
def test_a_record_is_bounded_its_own_record_and_the_same_in_any_order(seen, numbers, random):
    accounts = {who(n) for n in numbers}
    kept = recorded(*seen, accounts=accounts)
    assert len(kept) <= 2 * KEPT * len(accounts)
    assert recorded(*kept, accounts=accounts) == kept
    random.shuffle(seen)
    assert recorded(*seen, accounts=accounts) == kept
    assert [funding.read(each.line()) for each in kept] == kept


@given(payments, st.sets(st.integers(1, 24), max_size=8))
def test_nobody_is_tied_to_nobody(seen, numbers):
    among = {who(n) for n in numbers}
    found = funding.linked([(each.payer, each.payee) for each in seen], among)
    assert found <= among
    assert len(found) != 1


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "-1"},
        {"amount": 5},
        {"amount": str(money.LIMIT)},
        {"block": -1},
        {"block": True},
        {"index": "1"},
        {"from": "0x" + "A" * 40},
        {"to": "somebody"},
        {"tx": "0x" + "0" * 64},
        {"more": 1},
    ],
)
def test_a_line_of_another_form_is_refused(change):
    with pytest.raises(Malformed):
        funding.read({**paid(1, PATRON, A).line(), **change})


DECLARED = {
    "alpha_bps": 100,
    "audits": {"aimed_bps": 5000, "funding": True, "reward": "1", "share_bps": 5000, "within_s": 60},
    "hold": 20,
    "margin_bps": 1000,
    "min_skill_bps": 6500,
    "rules": "label/2",
    "spread_bps": 100,
}


def test_an_order_asks_for_it_where_it_aims_audits():
    audits = quality.read(DECLARED).audits
    assert audits.asks_funding(4)
    assert not audits.asks_funding(3), "one audited task, and half of one is none"
    plain = {**DECLARED, "audits": {**DECLARED["audits"]}}
    del plain["audits"]["funding"]
    assert not quality.read(plain).audits.asks_funding(1000)
    for value in (False, 1, "true", None):
        with pytest.raises(Malformed, match="funding must be true or left out"):
            quality.read({**DECLARED, "audits": {**DECLARED["audits"], "funding": value}})
    alone = {**DECLARED, "audits": {**plain["audits"], "funding": True}}
    del alone["audits"]["aimed_bps"]
    with pytest.raises(Malformed, match="beside aimed_bps") as refused:
        quality.read(alone)
    assert refused.value.pointer == "/body/quality/audits/funding"


def test_who_is_tied_weighs_more_and_an_aimed_draw_moves_to_their_tasks():
    parts = {who(n): Given(tasks={2 * n, 2 * n + 1}, first=0, last=600, answers=2) for n in range(10)}
    tied = funding.linked([(PATRON, who(3)), (PATRON, who(7))], parts)

    def weights(linked):
        made = aiming.parts(parts, declared=quality.read(DECLARED), standing=Standing(), kin={}, linked=linked)
        return aim.weights(made, 20)

    plain, moved = weights(frozenset()), weights(tied)
    assert [after - before for before, after in zip(plain, moved, strict=True)] == [
        aim.LINKED if n // 2 in (3, 7) else 0 for n in range(20)
    ]

    def drawn(weighed):
        seeds = [bytes([n]) * 32 for n in range(200)]
        return sum(n // 2 in (3, 7) for seed in seeds for n in aim.aimed(seed, weighed, among=range(20), count=2))

    assert drawn(moved) > drawn(plain)
    assert aim.aimed(b"\x05" * 32, moved, among=range(20), count=4) != aim.aimed(
        b"\x05" * 32, plain, among=range(20), count=4
    )


def test_nothing_but_the_weights_of_a_draw_looks_at_it():
    """Verdicts, merit, settlements and panels import nothing of it: who reads payments is listed here."""
    root = Path(hakari.__file__).parent
    readers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (
            (node.module or "").endswith((".funding", ".transfers"))
            or any(each.name in ("funding", "transfers") for each in node.names)
        )
    }
    assert readers == {
        "adapters/evm/chain.py",
        "adapters/evm/transfers.py",
        "adapters/evm/view.py",
        "app/auditing.py",
        "app/funding.py",
        "verify/docket.py",
        "verify/draws.py",
        "verify/order_life.py",
        "verify/orders.py",
        "verify/ports.py",
        "verify/taking.py",
        "verify/transfers.py",
        "verify/verification.py",
    }


def test_the_line_of_a_transfer_is_read_again():
    each = paid(1, PATRON, A)
    assert funding.read(each.line()) == each
    assert replace(each, amount=Micros(5)).line()["amount"] == "5"
    assert (funding.first(10), funding.first(funding.LOOK_BACK), funding.first(funding.LOOK_BACK - 1)) == (0, 1, 0)
