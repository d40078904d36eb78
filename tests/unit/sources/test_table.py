"""The table of kinds, the rooms, the import rules and the rules page name the same kinds."""

import pkgutil
import tomllib
from pathlib import Path

import pytest

import hakari.sources
from hakari.sources.table import KINDS

ROOT = Path(__file__).parents[3]


def rooms() -> set[str]:
    return {each.name for each in pkgutil.iter_modules(hakari.sources.__path__) if each.ispkg}


def test_every_room_has_a_row_and_every_row_a_room():
    assert rooms() == set(KINDS)
    assert {"label", "rank"} <= set(KINDS)


def test_a_row_stands_under_its_kinds_own_name_and_rules():
    assert all(name == kind.name for name, kind in KINDS.items())
    assert all(kind.rules.startswith(f"{name}/") for name, kind in KINDS.items())


def test_no_room_may_import_another():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    blind = next(each for each in contracts if each["type"] == "independence")
    assert {f"hakari.sources.{room}" for room in rooms()} == set(blind["modules"])


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_rules_of_every_kind_stand_on_the_page(kind):
    page = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
    assert f"`{kind.rules}`\n" in page
