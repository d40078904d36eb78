"""How pages write amounts, numbers, dates and spans of time, by language. Times are UTC: the server does not know the reader's zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from hakari.core.money import BPS, UNIT
from hakari.doors.web.languages import Speaker

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPANS: Mapping[str, int] = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
_FEWEST_DECIMALS = 2


def amount(micros: int | str) -> tuple[str, str]:
    """Return an amount as (whole with thousands' commas, decimals: 2 to 6 of them, as many as it has). -1230000 → («-1», «23»)."""
    number = int(micros)
    whole, part = divmod(abs(number), UNIT)
    return f"{'-' if number < 0 else ''}{whole:,}", f"{part:06d}".rstrip("0").ljust(_FEWEST_DECIMALS, "0")


def plain_amount(micros: int | str) -> str:
    """Return an amount without its unit: 1230000 → «1.23»."""
    return ".".join(amount(micros))


def number(value: float) -> str:
    """Return a number with thousands' commas."""
    return f"{value:,}"


def share(value: float) -> str:
    """Return a share as a percentage without decimals: 0.704 → «70%»."""
    return f"{value:.0%}"


def of_bps(bps: int) -> str:
    """Return basis points as a percentage, with decimals only where it has some: 250 → «2.5%»."""
    return f"{100 * bps / BPS:.2f}".rstrip("0").rstrip(".") + "%"


def date(unix_s: int, language: str) -> str:
    """Return a day: «22 Nov 2026», «2026年11月22日»."""
    at = datetime.fromtimestamp(unix_s, UTC)
    if language == "en":
        return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
    return f"{at.year}年{at.month}月{at.day}日"


def moment(unix_s: int, language: str) -> str:
    """Return a minute: «22 Nov 2026, 09:14 UTC», «2026年11月22日 09:14 UTC»."""
    clock = datetime.fromtimestamp(unix_s, UTC).strftime("%H:%M UTC")
    return f"{date(unix_s, language)}, {clock}" if language == "en" else f"{date(unix_s, language)} {clock}"


_DAY = 86_400
_STEPS = (
    *(1, 5, 15, 30, 60, 5 * 60, 15 * 60, 30 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600),
    *(_DAY * days for days in (1, 2, 7, 14, 30, 90)),
)
_MOST_STEPS = 4


def ticks(first: int, last: int, language: str) -> list[tuple[int, str]]:
    """Return round moments from `first` to `last` (Unix seconds, UTC) with their names, at most five: days, or clock times.

    A clock time of a day that was not named yet has the day before it. A time longer than a year has more than five.
    """
    step = next((each for each in _STEPS if last - first <= each * _MOST_STEPS), _STEPS[-1])
    found: list[tuple[int, str]] = []
    named = ""
    for at in range(-(-first // step) * step, last + 1, step):
        when = datetime.fromtimestamp(at, UTC)
        day = f"{when.day} {_MONTHS[when.month - 1]}" if language == "en" else f"{when.month}月{when.day}日"
        clock = when.strftime("%H:%M:%S" if step < 60 else "%H:%M")
        found.append((at, day if step >= _DAY else clock if day == named else f"{day} {clock}"))
        named = day
    return found


def short(digest: str) -> str:
    """Return a hash or address as people compare it: the first six digits and the last four."""
    head, digits = ("0x", digest[2:]) if digest.startswith("0x") else ("", digest)
    return digest if len(digits) <= 12 else f"{head}{digits[: 6 - len(head)]}…{digits[-4:]}"


@dataclass(frozen=True, kw_only=True)
class Formats:
    """The formats of one reader: their language, what the money is called, and now (Unix seconds)."""

    say: Speaker
    unit: str
    now: int

    def money(self, micros: int | str) -> Markup:
        """Return an amount with its unit, the decimals smaller than the whole."""
        whole, part = amount(micros)
        return Markup(
            '<span class="money"><span class="whole">{}</span><span class="part">.{}</span>'
            ' <span class="unit">{}</span></span>'
        ).format(whole, part, self.unit)

    def money_text(self, micros: int | str) -> str:
        """Return an amount with its unit for the middle of a sentence."""
        return f"{plain_amount(micros)} {self.unit}"

    def plain(self, micros: int | str) -> str:
        """Return an amount without its unit."""
        return plain_amount(micros)

    def plain_short(self, micros: int) -> str:
        """Return an amount without its unit, rounded down to hundredths: for what is an estimate."""
        return plain_amount(micros // 10_000 * 10_000)

    def when(self, unix_s: int) -> Markup:
        """Return a moment for people and programs."""
        iso = datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Markup('<time datetime="{}">{}</time>').format(iso, moment(unix_s, self.say.language))

    def ticks(self, first: int, last: int) -> list[tuple[int, str]]:
        """Return round moments between two, named as an axis names them."""
        return ticks(first, last, self.say.language)

    def day(self, unix_s: int) -> Markup:
        """Return a day for people and programs."""
        iso = datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d")
        return Markup('<time datetime="{}">{}</time>').format(iso, date(unix_s, self.say.language))

    def span(self, seconds: int) -> Markup:
        """Return a length of time in its one or two largest units."""
        left, parts = max(0, seconds), list[Markup]()
        for name, size in _SPANS.items():
            count, left = divmod(left, size)
            if count or (name == "seconds" and not parts):
                parts.append(self.say(f"span.{name}", count=number(count)))
            if len(parts) == 2 or (parts and name == "hours"):
                break
        return Markup(" ").join(parts)

    def left(self, until_unix_s: int) -> Markup:
        """Return how long it is until a moment, or that it has passed."""
        if until_unix_s <= self.now:
            return self.say("span.passed")
        return self.say("span.left", span=self.span(until_unix_s - self.now))

    def since(self, unix_s: int) -> Markup:
        """Return how long ago a moment was."""
        return self.say("span.ago", span=self.span(self.now - unix_s))
