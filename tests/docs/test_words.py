"""Public names use the project's words: none of the words that docs/reference/words.md replaces occurs in them."""

import json
import re
from collections.abc import Iterator

import click
import pages
import pytest
from pydantic import BaseModel

from hakari.core.statement import SCOPE_OF_KIND
from hakari.doors.api import routes, shapes
from hakari.doors.cli.main import cli
from hakari.doors.web.languages import catalogue

PAGE = pages.ROOT / "docs" / "reference" / "words.md"
ARTEFACTS = pages.ROOT / "src" / "hakari" / "adapters" / "evm" / "artefacts"

EXCUSED = {
    "payment token": "what is paid with, a name of its own",
    "system user": "the operating system's word",
}


def rows(section: str) -> list[tuple[str, str]]:
    """Return the two-column rows of the table under a heading of the page."""
    text = PAGE.read_text(encoding="utf-8").partition(section)[2]
    found = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    return [(left, right) for left, right in found if set(left) != {"-"}]


def replaced() -> dict[str, str]:
    """Word or words → what to say in place of them."""
    pairs = rows("## Words that are not used")[1:]
    return {re.sub(r" \(.*\)", "", bad): good for bads, good in pairs for bad in bads.split(", ")}


def spoken(name: str) -> str:
    """Return a name as words: `proposeVote`, `propose_vote` and /propose-vote are «propose vote»."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[a-z0-9]+", parted.lower()))


def wrong(name: str, words: dict[str, str]) -> str | None:
    """Return what to say in place of a word in the name, or None."""
    said = f" {spoken(name)} "
    for excused in EXCUSED:
        said = said.replace(f" {spoken(excused)} ", " ")
    for bad, good in words.items():
        if any(f" {each} " in said for each in (bad, bad + "s")):
            return f"{name}: say {good!r}, not {bad!r}"
    return None


def commands(command: click.Command, before: str = "") -> Iterator[str]:
    yield f"{before} {command.name or ''}"
    for parameter in command.params:
        yield f"{before} {command.name} {parameter.name}"
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from commands(each, f"{before} {command.name or ''}")


def contract_names() -> Iterator[str]:
    for file in sorted(ARTEFACTS.glob("*.json")):
        for entry in json.loads(file.read_text())["abi"]:
            if entry["type"] in ("function", "event"):
                yield entry["name"]


def page_texts() -> Iterator[str]:
    yield from (re.sub(r"\{[^}]*\}", "", sentence) for sentence in catalogue("en").values())


def headings() -> Iterator[str]:
    for page in pages.PAGES:
        yield from re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)


def fields() -> Iterator[str]:
    for shape in vars(shapes).values():
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            yield from shape.model_fields


PUBLIC = {
    "paths of the API": lambda: [route.path for route in routes.router.routes],
    "members of the API's requests": lambda: list(fields()),
    "commands and options": lambda: list(commands(cli)),
    "kinds of statement": lambda: [*SCOPE_OF_KIND],
    "functions and events of the contracts": lambda: list(contract_names()),
    "texts of the pages": lambda: list(page_texts()),
    "headings of the docs": lambda: list(headings()),
}


@pytest.mark.parametrize("what", PUBLIC)
def test_public_names_use_the_words(what: str) -> None:
    names = PUBLIC[what]()
    assert len(names) > 5, "nothing was looked at"
    words = replaced()
    assert not [found for name in names if (found := wrong(name, words))]


def test_a_wrong_word_is_seen_in_any_spelling() -> None:
    words = {"annotator": "contributor", "api key": "session key"}
    for name in ("annotator_pay", "listAnnotators", "/v1/annotators", "Of annotators", "apiKeyOf", "api-keys"):
        assert wrong(name, words), name
    for name in ("annotation", "keyOf", "api", "contributors"):
        assert wrong(name, words) is None, name


def test_every_kind_of_statement_has_a_word_or_is_made_of_words() -> None:
    known = {word for word, _ in rows("# Words")} | {"delegation", "revocation", "chain"}
    for kind in SCOPE_OF_KIND:
        assert {kind, kind.removesuffix("s")} & known, kind


def test_no_word_is_both_used_and_replaced() -> None:
    used = {word for word, _ in rows("# Words")[1:] if word not in replaced()}
    assert "order" in used
    assert not used & set(replaced())
