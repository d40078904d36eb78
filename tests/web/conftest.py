"""A node, asked as a browser would; and one with a life behind it."""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hakari.app import open_node
from hakari.config import Settings
from hakari.doors.api import create_app

sys.path.insert(0, str(Path(__file__).parents[1] / "flows"))
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
from life import Life, life


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Somebody's browser at a node of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        node = open_node(Settings(dir=tmp_path_factory.mktemp("web")))
    with TestClient(create_app(node), base_url=node.settings.url, headers={"Accept": "text/html"}) as client:
        yield client
    node.close()


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A market in which everything has happened once, and an order that is half done."""
    with life(tmp_path_factory.mktemp("lived")) as made:
        yield made
