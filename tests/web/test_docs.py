"""The documentation, rendered on the node."""

import re

import pytest
from starlette.testclient import TestClient

from hakari.app.pages import manual
from hakari.doors.web.docs import rendered, slug
from hakari.doors.web.languages import LANGUAGES


def test_every_page_of_the_docs_is_shown_with_one_heading_and_no_broken_link(browser: TestClient) -> None:
    known = {f"/docs/{each.path}" for each in manual.pages()}
    assert len(known) > 20
    anchors: dict[str, set[str]] = {}
    links: list[tuple[str, str]] = []
    for each in manual.pages():
        answer = browser.get(f"/docs/{each.path}")
        assert answer.status_code == 200, each.path
        assert answer.text.count("<h1") == 1, each.path
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|<[a-z][^>]*\s(style|on[a-z]+)=", answer.text), each.path
        article = answer.text.split("<article", 1)[1].split("</article>")[0]
        assert "&lt;!--" not in article, each.path
        anchors[f"/docs/{each.path}"] = set(re.findall(r'\sid="([^"]+)"', article))
        links += [(each.path, link) for link in re.findall(r'(?:href|src)="(/docs/[^"]+|#[^"]+)"', article)]
    assert len(links) > 50
    for path, link in links:
        target, _, anchor = link.partition("#")
        target = target or f"/docs/{path}"
        if target.startswith("/docs/images/"):
            assert browser.get(target).status_code == 200, (path, link)
            continue
        assert target in known, (path, link)
        assert not anchor or anchor in anchors[target], (path, link)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_docs_have_a_menu_and_say_that_they_are_english(browser: TestClient, language: str) -> None:
    page = browser.get("/docs", headers={"Accept-Language": language}).text
    assert 'href="/docs/reference/formats"' in page
    assert '<article class="prose" lang="en">' in page
    assert ("英" in page) == (language != "en")


def test_the_search_looks_at_titles_and_headings(browser: TestClient) -> None:
    page = browser.get("/docs?q=verify+stranger").text
    assert 'href="/docs/how-to/verify-as-a-stranger"' in page
    assert 'href="/docs/reference/formats#414-chain"' in browser.get("/docs?q=4.14").text
    hostile = browser.get("/docs?q=%3Cscript%3Enothing").text
    assert "No title holds these words" in hostile
    assert "<script>nothing" not in hostile


@pytest.mark.parametrize("path", ["nowhere", "../pyproject", "%2e%2e/README", "images/../index.md", "images/x.txt"])
def test_only_pages_of_the_docs_are_shown(browser: TestClient, path: str) -> None:
    answer = browser.get(f"/docs/{path}")
    assert answer.status_code in (200, 404)
    if answer.status_code == 200:
        assert "An open, self-hosted market" in answer.text


def test_a_file_s_own_name_leads_to_its_page(browser: TestClient) -> None:
    answer = browser.get("/docs/reference/words.md", follow_redirects=False)
    assert answer.headers["location"] == "/docs/reference/words"


def test_tags_in_markdown_are_text_and_scripts_are_no_links() -> None:
    made = rendered("# A\n\n<img src=x onerror=alert(1)>\n\n[a](javascript:alert(1)) [b](../other.md#c)", "how-to/x")
    assert "<img" not in made
    assert 'href="javascript' not in made
    assert 'href="/docs/other#c"' in made


def test_a_heading_s_id_is_that_of_the_site_s_table_of_contents() -> None:
    assert slug("4.14 chain") == "414-chain"
    assert slug("What `verify` proves, and what it can't") == "what-verify-proves-and-what-it-cant"
