"""Fields of sent forms, parsed: texts, whole numbers, amounts, ticked words. Each raises Malformed with the field as its pointer."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData

from hakari.core.errors import Malformed
from hakari.core.money import UNIT

LARGEST_FORM = 1 << 20


async def _filled(request: Request) -> AsyncIterator[FormData]:
    async with request.form(max_files=0, max_fields=200, max_part_size=LARGEST_FORM) as form:
        yield form


Filled = Annotated[FormData, Depends(_filled)]
"""A sent form without files."""


def text(form: FormData, name: str, *, most: int = 200) -> str:
    """Return a field's text without spaces around it, empty where it was not sent."""
    value = form.get(name)
    found = value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""
    if len(found) > most:
        raise Malformed(f"{name} must have at most {most} characters, got {len(found)}", pointer=f"/{name}")
    return found


def whole(form: FormData, name: str, low: int, high: int) -> int:
    """Return a field's whole number from low to high."""
    found = text(form, name)
    if not found.isascii() or not found.isdigit() or not low <= int(found) <= high:
        raise Malformed(f"{name} must be a whole number from {low} to {high}, got {found[:40]!r}", pointer=f"/{name}")
    return int(found)


def several(form: FormData, name: str) -> tuple[str, ...]:
    """Return what is ticked under a name, ascending, each once."""
    return tuple(sorted({value for value in form.getlist(name) if isinstance(value, str)}))


def micros(typed: str, *, pointer: str = "/price") -> int:
    """Return an amount that a person typed (whole tokens, a point before decimals) in micro-units. Raises Malformed."""
    units, _, part = typed.strip().replace(",", "").partition(".")
    if not (units + part).isascii() or not (units + part).isdigit() or len(part) > 6 or len(units) > 12:
        raise Malformed(
            f"amount must be a number such as 0.04, with at most 6 decimals, got {typed[:40]!r}", pointer=pointer
        )
    return int(units or "0") * UNIT + int(part.ljust(6, "0") or "0")
