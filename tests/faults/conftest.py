"""What the tests of faults share: the tiny market of tests/flows, and how its life ends when nothing disturbs it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "flows"))

from world import Ending, world


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Ending:
    """The ending that every disturbed life must come to."""
    with world(tmp_path_factory.mktemp("calm")) as (market, _):
        return market.life()
