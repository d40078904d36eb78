"""Lineage: which releases a release names as its parents, and what it owes them."""

from collections.abc import Mapping
from typing import cast

from hakari.core.canonical import Json


def parents(body: Mapping[str, Json]) -> list[tuple[str, int]]:
    """Return (release, basis points) of each parent that a good `release` statement's body names, in its order."""
    lineage = cast(Mapping[str, Json], body["lineage"])
    named = cast(list[Mapping[str, Json]], lineage["parents"])
    return [(cast(str, each["release"]), cast(int, each["bps"])) for each in named]
