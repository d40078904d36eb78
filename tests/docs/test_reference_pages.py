"""Reference pages that repeat something say the same as their source."""

import re

import pages

REFERENCE = pages.ROOT / "docs" / "reference"


def test_the_page_of_contracts_repeats_the_specification_word_for_word() -> None:
    source = (pages.ROOT / "contracts" / "README.md").read_text(encoding="utf-8")
    page = (REFERENCE / "contracts.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## .*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert [section.split()[1] for section in sections] == ["1", "9"]
    for section in sections:
        assert section.rstrip() in source


def test_every_kind_of_statement_is_on_the_page_with_its_scope() -> None:
    from hakari.core.statement import SCOPE_OF_KIND

    text = (REFERENCE / "statements.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| `([a-z]+)` \| (`[a-z]+`|the account itself) \|", text, re.MULTILINE))
    assert said == {kind: f"`{scope}`" if scope else "the account itself" for kind, scope in SCOPE_OF_KIND.items()} | {
        kind: "the account itself" for kind in ("delegation", "revocation")
    }
