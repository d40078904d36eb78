"""Personal data that has a form: addresses, numbers and identifiers, each found with its place in the text.

What has no form (names, faces, voices, stories) is not found here, and a number without its check digit may be missed or be somebody's
house number. KINDS is the whole list. Places are counted in characters of the text.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Personal data of a kind, from character `start` up to and without `end`."""

    kind: str
    start: int
    end: int


def places(text: str) -> list[Place]:
    """Return the personal data in a text, ascending and without overlaps: where two overlap the one that begins first stands, of
    two that begin together the longer."""
    found = sorted(_found(text), key=lambda place: (place.start, -place.end, place.kind))
    kept: list[Place] = []
    for place in found:
        if not kept or place.start >= kept[-1].end:
            kept.append(place)
    return kept


def masked(text: str, found: Sequence[Place]) -> str:
    """Return the text with each place replaced by its kind in square brackets."""
    parts, at = list[str](), 0
    for place in found:
        parts += [text[at : place.start], f"[{place.kind}]"]
        at = place.end
    return "".join([*parts, text[at:]])


def _found(text: str) -> Iterator[Place]:
    for kind, (pattern, holds) in _PATTERNS.items():
        for match in pattern.finditer(text):
            if holds(match.group()):
                yield Place(kind=kind, start=match.start(), end=match.end())


def _always(_: str) -> bool:
    return True


def _digits(text: str) -> list[int]:
    return [int(letter) for letter in text if letter in "0123456789"]


def _card(text: str) -> bool:
    """13 to 19 digits with the check digit of ISO/IEC 7812 (Luhn), not all the same."""
    digits = _digits(text)
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and (sum(digits[::-2]) + sum(doubled)) % 10 == 0


def _iban(text: str) -> bool:
    """ISO 13616: moved by four and read in base 36, the remainder by 97 is 1."""
    plain = text.replace(" ", "").upper()
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def _address(text: str) -> bool:
    """An address of the internet that can be somebody's: not loopback, not unspecified, not kept for documents."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    documents = ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8")
    return not (address.is_loopback or address.is_unspecified or text.lower().startswith(documents))


def _phone(text: str) -> bool:
    """9 to 15 digits (E.164) after a plus or a leading zero, in groups; a day with its month and year before them is no number."""
    digits = _digits(text)
    return 9 <= len(digits) <= 15 and len(set(digits)) > 2 and not _DAY.match(text)


def _us_ssn(text: str) -> bool:
    area, group, serial = text.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _weighted(text: str, weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(_digits(text), weights, strict=False))


def _jp_my_number(text: str) -> bool:
    digits = _digits(text)
    rest = _weighted(text, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return len(set(digits)) > 1 and digits[11] == (0 if rest <= 1 else 11 - rest)


def _cn_id(text: str) -> bool:
    rest = _weighted(text[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11
    return text[17].upper() == "10X98765432"[rest]


def _kr_rrn(text: str) -> bool:
    digits = _digits(text)
    return (11 - _weighted(text, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10 == digits[12]


def _es_dni(text: str) -> bool:
    first = {"X": "0", "Y": "1", "Z": "2"}.get(text[0].upper(), text[0])
    return text[-1].upper() == "TRWAGMYFPDXBNJZSQVHLCKE"[int(first + text[1:8]) % 23]


def _br_cpf(text: str) -> bool:
    digits = _digits(text)

    def check(count: int) -> int:
        rest = sum(digit * weight for digit, weight in zip(digits[:count], range(count + 1, 1, -1), strict=True)) % 11
        return 0 if rest < 2 else 11 - rest

    return len(set(digits)) > 1 and digits[9] == check(9) and digits[10] == check(10)


def _in_aadhaar(text: str) -> bool:
    """The check digit of Verhoeff 1969."""
    state = 0
    for place, digit in enumerate(reversed(_digits(text))):
        moved = digit
        for _ in range(place % 8):
            moved = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[moved]
        state = _dihedral(state, moved)
    return state == 0


def _dihedral(left: int, right: int) -> int:
    """The product of two elements of the symmetries of a pentagon: 0..4 turns, 5..9 turned over."""
    turn = (left + right) % 5 if left < 5 else (left - right) % 5
    return turn + 5 * ((left >= 5) != (right >= 5))


_DAY: Final = re.compile(r"\d{2}[.\-]\d{2}[.\-]\d{4}(?!\d)")
# Part of a longer row of digits is no number of its own.
_EDGE: Final = r"(?<![\w.+-])(?<!\d )"
_END: Final = r"(?![\w-])(?! \d)"

_PATTERNS: Final[dict[str, tuple[re.Pattern[str], Callable[[str], bool]]]] = {
    "email": (re.compile(r"(?<![\w.+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"), _always),
    "phone": (
        re.compile(r"(?<![\w.])(?<!\d[ \-])(?:\+\d{1,3}|\(0\d{1,4}\)|0\d{1,4})(?:[ .\-]?\(?\d{1,5}\)?){1,5}(?![\d-])"),
        _phone,
    ),
    "card": (re.compile(_EDGE + r"\d(?:[ -]?\d){12,18}" + _END), _card),
    "iban": (re.compile(_EDGE + r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?" + _END), _iban),
    "ip": (
        re.compile(
            r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,6})(?![\w:]|\.\d)"
        ),
        _address,
    ),
    "us_ssn": (re.compile(_EDGE + r"\d{3}-\d{2}-\d{4}" + _END), _us_ssn),
    "jp_my_number": (re.compile(_EDGE + r"\d{4}[ -]?\d{4}[ -]?\d{4}" + _END), _jp_my_number),
    "cn_id": (re.compile(_EDGE + r"\d{17}[\dXx]" + _END), _cn_id),
    "kr_rrn": (re.compile(_EDGE + r"\d{6}-[1-8]\d{6}" + _END), _kr_rrn),
    "gb_nino": (re.compile(_EDGE + r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]" + _END), _always),
    "es_dni": (re.compile(_EDGE + r"[XYZ\d]\d{7}-?[A-Za-z]" + _END), _es_dni),
    "br_cpf": (re.compile(_EDGE + r"\d{3}\.\d{3}\.\d{3}-\d{2}" + _END), _br_cpf),
    "in_aadhaar": (re.compile(_EDGE + r"[2-9]\d{3} \d{4} \d{4}" + _END), _in_aadhaar),
}

KINDS: Final = (*_PATTERNS, "location")
"""Every kind of personal data that is looked for; `location` is where a picture says that it was taken."""
