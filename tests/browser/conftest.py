"""A real Chromium for each process of tests, and a served market for each module."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "flows"))
from life import Life, life
from town import Town, town

# A busy machine is no failure: what is awaited may take longer than the usual five seconds.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; the tests are left out where it is not here."""
    program = os.environ.get("HAKARI_CHROMIUM") or shutil.which("chromium")
    if program is None:
        pytest.skip("no Chromium: the pages are not tried in a browser")
    with sync_playwright() as play:
        # The sandbox asks for rights that a container does not give; the pages are our own.
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A served node with its pool."""
    with town(tmp_path_factory.mktemp("town")) as made:
        yield made


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A market in which everything has happened once, and an order that is half done."""
    with life(tmp_path_factory.mktemp("lived")) as made:
        yield made


@pytest.fixture(scope="session")
def axe() -> str:
    """The rules as a script; the tests are left out where they are not here."""
    script = os.environ.get("HAKARI_AXE")
    if not script:
        pytest.skip("no axe: the pages are not tried against its rules")
    return Path(script).read_text(encoding="utf-8")
