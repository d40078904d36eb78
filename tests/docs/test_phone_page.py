"""The tutorial on a phone says what the pages say, and its pictures are there, small and few."""

import re

import pages

from hakari.doors.web.languages import catalogue

PAGE = pages.ROOT / "docs" / "tutorials" / "on-a-phone.md"
TEXT = PAGE.read_text(encoding="utf-8")
PICTURES = [(PAGE.parent / name).resolve() for name in re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", TEXT)]
LARGEST = 60_000


def said(words: str) -> bool:
    """Whether the pages have these words, with any values in their places."""
    return any(
        re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", re.escape(sentence)), words) for sentence in catalogue("en").values()
    )


def test_every_button_that_the_tutorial_names_is_on_the_pages() -> None:
    named = re.findall(r"\*\*([^*]+)\*\*", TEXT)
    assert len(named) >= 8
    assert [words for words in named if not said(words)] == []
    assert not said("Earn by magic")


def test_the_pictures_are_there_small_and_few_and_no_other_lies_about() -> None:
    assert 0 < len(PICTURES) <= 10
    assert {each.name for each in PICTURES} == {each.name for each in PAGE.parents[1].glob("images/phone-*.png")}
    assert all(each.read_bytes().startswith(b"\x89PNG") and each.stat().st_size < LARGEST for each in PICTURES)
