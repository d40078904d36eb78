"""Sums of amounts. Each fits 64 bits, as intake sees to; their sum need not, and SQLite then fails where PostgreSQL does not."""

from typing import Any

from sqlalchemy import Column, ColumnElement, func

_HALF = 2**32


def halves(column: Column[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return what to select of a column of amounts, so that `whole` gives their sum."""
    return (
        func.coalesce(func.sum(column // _HALF), 0).label("amounts_high"),
        func.coalesce(func.sum(column % _HALF), 0).label("amounts_low"),
    )


def whole(row: Any) -> int:
    """Return the sum of amounts of a row that `halves` selected."""
    return int(row.amounts_high) * _HALF + int(row.amounts_low)
