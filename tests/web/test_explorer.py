"""The explorer's pages."""

from starlette.testclient import TestClient


def test_the_log_lists_its_statements_newest_first(browser: TestClient) -> None:
    page = browser.get("/explore").text
    assert page.count("<h1") == 1
