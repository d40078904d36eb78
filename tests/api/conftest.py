"""One served market for each module of tests."""

from collections.abc import Iterator

import pytest
from market import Market, served


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A node with a pool, served over HTTP; its worker stands still between the rounds that a test calls."""
    made = Market(tmp_path_factory.mktemp("market") / "node")
    try:
        with served(made):
            yield made
    finally:
        made.close()
