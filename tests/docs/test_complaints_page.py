"""The page of complaints quotes what the pages say, at addresses that there are."""

import re

import pages

from hakari.doors.web.languages import catalogue

TEXT = (pages.ROOT / "docs" / "explain" / "complaints.md").read_text(encoding="utf-8")
ADDRESSES = (pages.ROOT / "docs" / "reference" / "pages.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| ([^|]+) \| `([^`]+)` \| (.+) \|$", TEXT, re.MULTILINE)


def test_all_fifteen_are_answered_at_a_page_of_the_node() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, 16))
    assert [address for *_, address, _ in ROWS if f"`{address}`" not in ADDRESSES] == []


def test_what_is_quoted_stands_on_the_pages() -> None:
    known = set(catalogue("en").values())
    quoted = [words for *_, answer in ROWS for words in re.findall(r"\*\*([^*]+)\*\*", answer)]
    assert len(quoted) >= 12
    assert [words for words in quoted if words not in known] == []
