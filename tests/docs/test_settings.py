"""The page of settings and the settings say the same."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from hakari.config import Settings, read
from hakari.core.errors import Malformed

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
ROWS = re.findall(r"^\| `HAKARI_([A-Z_]+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", PAGE.read_text(), re.M)


def test_every_setting_is_on_the_page_and_nothing_else() -> None:
    assert [name for name, _, _ in ROWS] == [each.name.upper() for each in fields(Settings)]


def test_the_page_names_the_true_defaults() -> None:
    assert {name: default for name, default, _ in ROWS} == {
        each.name.upper(): "" if each.default is None else str(each.default) for each in fields(Settings)
    }


def test_ranges_on_the_page_are_those_that_are_refused() -> None:
    ranges = [(name, *map(int, found)) for name, _, text in ROWS for found in re.findall(r"(\d+) to (\d+)", text)]
    assert len(ranges) == 8
    for name, low, high in ranges:
        for value in (low, high):
            read({f"HAKARI_{name}": str(value)})
        for value in (low - 1, high + 1):
            with pytest.raises(Malformed):
                read({f"HAKARI_{name}": str(value)})
