"""The shell of the pages: languages, headers, cookies, and one catalogue."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from hakari.app.pages.votes import SHAPES
from hakari.doors.web.languages import LANGUAGES, PLACE, catalogue, placeholders, wanted

PAGES = ["/", "/tasks", "/start", "/v1/docs", "/nowhere", "/?q=%3Cscript%3Ealert(1)%3C/script%3E&sort=price"]
CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
TEMPLATES = sorted((PLACE.parent / "templates").rglob("*.html"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_speaks_every_language_without_inline_script_or_style(
    browser: TestClient, path: str, language: str
) -> None:
    answer = browser.get(path, headers={"Accept-Language": f"{language}, en;q=0.1"})
    assert answer.status_code == (404 if path == "/nowhere" else 200)
    assert f'<html lang="{language}"' in answer.text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", answer.text)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert bool(CJK.search(re.sub(r"<details.*?</details>|秤", "", answer.text, flags=re.DOTALL))) == (language != "en")


def test_what_is_searched_for_is_text_and_never_markup(browser: TestClient) -> None:
    assert "<script>alert" not in browser.get(PAGES[-1]).text


@pytest.mark.parametrize("language", ["ja", "zh"])
def test_the_catalogue_is_whole_in_every_language(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert {id_ for id_ in english if not id_.endswith(".one")} == set(other)
    assert not [id_ for id_ in other if placeholders(other[id_]) != placeholders(english[id_])]
    latin = [id_ for id_, text in other.items() if re.search(r"[\u3040-\u30ff\u4e00-\u9fff]\s*[,;:!?]", text)]
    assert not latin, "punctuation between these letters has full width"


def test_what_a_vote_can_change_has_a_name() -> None:
    assert {f"vote.what.{name}" for names in SHAPES.values() for name in names} <= set(catalogue("en"))


def test_every_text_of_a_template_is_in_the_catalogue() -> None:
    for file in TEMPLATES:
        bare = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<code>.*?</code>|Hakari|OpenAPI|API|Croissant|ODRL|CSV|JSON",
            " ",
            file.read_text("utf-8"),
            flags=re.DOTALL,
        )
        texts = {text.strip() for text in re.findall(r">([^<>]+)<", bare)}
        assert not {text for text in texts if re.search(r"[A-Za-z]{2}", text)}, file.name


@pytest.mark.parametrize(
    ("cookie", "header", "expected"),
    [
        (None, "ja,en;q=0.5", "ja"),
        (None, "fr, zh-CN;q=0.8, en;q=0.7", "zh"),
        ("en", "ja", "en"),
        ("xx", "ja", "ja"),
        (None, None, "en"),
        (None, ";;q=,,ja;q=9", "en"),
    ],
)
def test_the_language_is_the_chosen_one_then_the_browsers(
    cookie: str | None, header: str | None, expected: str
) -> None:
    assert wanted(cookie=cookie, header=header) == expected


@pytest.mark.parametrize("to", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nX: y"])
def test_a_chosen_language_leads_back_to_this_node_only(browser: TestClient, to: str) -> None:
    answer = browser.get("/language/ja", params={"to": to}, follow_redirects=False)
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    browser.cookies.clear()


def test_a_chosen_language_stays_and_leads_back(browser: TestClient) -> None:
    answer = browser.get("/language/ja", params={"to": "/tasks?a=1"}, follow_redirects=False)
    assert answer.headers["location"] == "/tasks?a=1"
    assert '<html lang="ja"' in browser.get("/", headers={"Accept-Language": "en"}).text
    browser.cookies.clear()


def test_pages_are_light(browser: TestClient) -> None:
    page = browser.get("/").text
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert len(files) >= 4
    weight = len(page) + sum(len(browser.get(file).content) for file in files)
    assert weight < 100_000


def test_every_address_of_a_page_is_in_the_reference(browser: TestClient) -> None:
    """Redirects of old addresses and islands' own doors aside: what answers a GET of a browser."""

    def pages(routes: Any) -> Iterator[str]:
        for route in routes:
            if "GET" in (getattr(route, "methods", None) or ()) and "doors.web" in route.endpoint.__module__:
                yield str(route.path)
            yield from pages(getattr(getattr(route, "original_router", None), "routes", []))

    written = (PLACE.parents[4] / "docs" / "reference" / "pages.md").read_text("utf-8")
    known = set(pages(browser.app.routes))  # type: ignore[attr-defined]
    assert len(known) > 30
    assert not sorted(path for path in known if f"`{path}`" not in written)
