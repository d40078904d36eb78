"""A use is inside a licence, or it is refused with the reason."""

from dataclasses import replace
from typing import Any

import pytest

from hakari.access.licences import (
    Licence,
    LicenceExpired,
    NoLicence,
    WrongPurpose,
    check_use,
    closes,
    licence,
)
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.core.purposes import PURPOSES
from hakari.core.statement import Statement
from hakari.pay.chain import ChainEvent

HOLDER = Account("0x" + "11" * 20)
RELEASE = "aa" * 32
HELD = Licence(
    id=7,
    offer=3,
    release=RELEASE,
    holder=HOLDER,
    purposes=PURPOSES["research"] | PURPOSES["evaluation"],
    price=Micros(5),
    expires=2_000,
    income_order=9,
)


def use(author: Account = HOLDER, time: int = 1_000, **body: Any) -> Statement:
    said = {"files": ["data.parquet"], "licence": 7, "purpose": 2, "release": RELEASE, "statement": "why", **body}
    return Statement(kind="use", author=author, time=time, body=said, key="00" * 32, signature="00" * 64)


@pytest.mark.parametrize("purpose", [1, 2])
def test_the_holder_may_use_it_for_each_of_its_purposes(purpose: int) -> None:
    check_use(use(purpose=purpose), HELD)


@pytest.mark.parametrize(
    ("said", "held", "refusal"),
    [
        (use(author=Account("0x" + "22" * 20)), HELD, NoLicence),
        (use(), None, NoLicence),
        (use(release="bb" * 32), HELD, NoLicence),
        (use(purpose=8), HELD, WrongPurpose),
        (use(purpose=3), HELD, Malformed),
        (use(purpose=0), HELD, Malformed),
        (use(time=2_000), HELD, LicenceExpired),
        (use(until=1_000), HELD, Malformed),
        (use(until=2_001), HELD, Malformed),
        (use(until=1_000 + 86_401), replace(HELD, expires=0), Malformed),
    ],
)
def test_anything_else_is_refused(said: Statement, held: Licence | None, refusal: type[HakariError]) -> None:
    with pytest.raises(refusal):
        check_use(said, held)


@pytest.mark.parametrize(
    ("said", "expires", "until"),
    [
        (use(), 0, 4_600),
        (use(), 4_599, 4_599),
        (use(), 2_000, 2_000),
        (use(until=1_001), 2_000, 1_001),
        (use(until=2_000), 2_000, 2_000),
        (use(until=87_400), 0, 87_400),
    ],
)
def test_a_use_opens_the_files_for_a_stated_time(said: Statement, expires: int, until: int) -> None:
    check_use(said, replace(HELD, expires=expires))
    assert closes(said.time, said.body, expires=expires) == until


def test_a_licence_without_an_end_does_not_expire() -> None:
    check_use(use(time=10**12), replace(HELD, expires=0))


def test_no_purpose_implies_another() -> None:
    assert sorted(PURPOSES.values()) == [1, 2, 4, 8, 16, 32, 64]
    for bit in PURPOSES.values():
        for other in PURPOSES.values():
            if bit != other:
                with pytest.raises(WrongPurpose):
                    check_use(use(purpose=other), replace(HELD, purposes=bit))


def test_a_licence_is_what_bought_and_offered_say_together() -> None:
    def event(name: str, **args: Any) -> ChainEvent:
        return ChainEvent(block=1, index=0, contract="licences", event=name, address="0x", tx="", time=0, args=args)

    bought = event("Bought", id="7", offer="3", buyer="0x", to=HOLDER, price="5", expires="2000", order="9")
    offered = event("Offered", offer="3", release=RELEASE, purposes="3")
    assert licence(bought, offered) == HELD
