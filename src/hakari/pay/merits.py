"""The `pay` evidence of a settlement: a line for each account and role with every integer that made its money."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import cast

from hakari.core import canonical, ids, money
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.core.money import Micros

WORK, HELD = "work", "held"


@dataclass(frozen=True, kw_only=True, slots=True)
class Worked:
    """A batch of answers turned into money (micro-units), and the account's sequential test after it.

    earned = held + due. lost: taken from what was held before. right, wrong: answers on audited tasks of this order alone.
    """

    account: Account
    answers: int
    accepted: int
    merit_bps: int
    right: int
    wrong: int
    statistic: float
    threshold: float
    convicted: bool
    earned: Micros
    lost: Micros
    held: Micros
    due: Micros


@dataclass(frozen=True, kw_only=True, slots=True)
class Blinded:
    """An account's blind answers in one role: paid for those that did not contradict what came out as right."""

    account: Account
    role: str
    answers: int
    accepted: int
    due: Micros


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What became of pay that the order held of an account: due, lost, or a part of it each."""

    account: Account
    due: Micros
    lost: Micros


@dataclass(frozen=True, kw_only=True, slots=True)
class Pay:
    """All lines of a settlement."""

    worked: tuple[Worked, ...] = ()
    blind: tuple[Blinded, ...] = ()
    held: tuple[Held, ...] = ()

    @property
    def due(self) -> list[tuple[Account, Micros, str]]:
        """What it makes due, as (account, amount, role)."""
        return [
            *((each.account, each.due, WORK) for each in self.worked if each.due),
            *((each.account, each.due, each.role) for each in self.blind if each.due),
            *((each.account, each.due, HELD) for each in self.held if each.due),
        ]

    def __bool__(self) -> bool:
        return bool(self.worked or self.blind or self.held)


def evidence(pay: Pay) -> bytes:
    """Return the evidence lines, ascending by (account, role)."""
    lines: list[dict[str, Json]] = [
        {
            "accepted": each.accepted,
            "account": each.account,
            "answers": each.answers,
            "convicted": each.convicted,
            "due": str(each.due),
            "earned": str(each.earned),
            "held": str(each.held),
            "lost": str(each.lost),
            "merit": each.merit_bps,
            "right": each.right,
            "role": WORK,
            "statistic": repr(float(each.statistic)),
            "threshold": repr(float(each.threshold)),
            "wrong": each.wrong,
        }
        for each in pay.worked
    ]
    lines += [
        {
            "accepted": each.accepted,
            "account": each.account,
            "answers": each.answers,
            "due": str(each.due),
            "role": each.role,
        }
        for each in pay.blind
    ]
    lines += [
        {"account": each.account, "due": str(each.due), "lost": str(each.lost), "role": HELD} for each in pay.held
    ]
    return canonical.lines(sorted(lines, key=_place))


def _place(line: Mapping[str, Json]) -> tuple[str, str]:
    return str(line["account"]), str(line["role"])


def read(lines: Iterable[Mapping[str, Json]]) -> Pay:
    """Return what evidence lines hold. Raises Malformed naming the line; amounts are not checked against each other."""
    worked: list[Worked] = []
    blind: list[Blinded] = []
    held: list[Held] = []
    before = ("", "")
    for number, given in enumerate(lines, 1):
        line = _Line(given, number)
        role = line.text("role")
        key = line.account(), role
        if key <= before:
            raise Malformed(f"line {number}: lines must ascend by account and role, got {key} after {before}")
        before = key
        if role == WORK:
            worked.append(_worked(line))
        elif role == HELD:
            line.exactly({"account", "due", "lost", "role"})
            held.append(Held(account=line.account(), due=line.amount("due"), lost=line.amount("lost")))
        else:
            line.exactly({"accepted", "account", "answers", "due", "role"})
            blind.append(
                Blinded(
                    account=line.account(),
                    role=role,
                    answers=line.whole("answers"),
                    accepted=line.whole("accepted"),
                    due=line.amount("due"),
                )
            )
    return Pay(worked=tuple(worked), blind=tuple(blind), held=tuple(held))


def _worked(line: "_Line") -> Worked:
    line.exactly(
        {"accepted", "account", "answers", "convicted", "due", "earned", "held", "lost", "merit", "right", "role"}
        | {"statistic", "threshold", "wrong"}
    )
    return Worked(
        account=line.account(),
        answers=line.whole("answers"),
        accepted=line.whole("accepted"),
        merit_bps=line.whole("merit", least=None),
        right=line.whole("right"),
        wrong=line.whole("wrong"),
        statistic=line.decimal("statistic"),
        threshold=line.decimal("threshold"),
        convicted=line.truth("convicted"),
        earned=line.amount("earned"),
        lost=line.amount("lost"),
        held=line.amount("held"),
        due=line.amount("due"),
    )


class _Line:
    """One line, read member by member. Every error names it."""

    def __init__(self, given: Mapping[str, Json], number: int) -> None:
        self._given = given
        self._where = f"line {number}"

    def exactly(self, names: set[str]) -> None:
        if set(self._given) != names:
            raise Malformed(f"{self._where}: members must be {sorted(names)}, got {sorted(self._given)}")

    def text(self, name: str) -> str:
        value = self._given.get(name)
        if not isinstance(value, str):
            raise Malformed(f"{self._where}: {name} must be text, got {value!r}")
        return value

    def account(self) -> Account:
        text = self.text("account")
        if ids.account(text) != text:
            raise Malformed(f"{self._where}: account must be in lower case, got {text!r}")
        return Account(text)

    def whole(self, name: str, *, least: int | None = 0) -> int:
        value = self._given.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or (least is not None and value < least):
            raise Malformed(f"{self._where}: {name} must be a whole number, got {value!r}")
        return value

    def truth(self, name: str) -> bool:
        value = self._given.get(name)
        if not isinstance(value, bool):
            raise Malformed(f"{self._where}: {name} must be true or false, got {value!r}")
        return value

    def amount(self, name: str) -> Micros:
        return money.parse(cast(str, self._given.get(name)))

    def decimal(self, name: str) -> float:
        try:
            value = float(self.text(name))
        except ValueError as error:
            raise Malformed(f"{self._where}: {name} must be a decimal") from error
        if not isfinite(value):
            raise Malformed(f"{self._where}: {name} must be finite, got {value}")
        return value
