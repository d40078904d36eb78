"""A node, asked as a browser would."""

import warnings
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from hakari.app import open_node
from hakari.config import Settings
from hakari.doors.api import create_app


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Somebody's browser at a node of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        node = open_node(Settings(dir=tmp_path_factory.mktemp("web")))
    with TestClient(create_app(node), base_url=node.settings.url, headers={"Accept": "text/html"}) as client:
        yield client
    node.close()
