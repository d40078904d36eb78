"""Every block of code on a page runs, or says why not; links lead somewhere; the site is built without a warning."""

import codeop
import logging
import re
from pathlib import Path

import pages
import pytest

WITHOUT_A_NODE = ("add-a-kind.md", "label-studio-config.md")
WITH_A_NODE = ("first-order.md", "open-a-pool.md", "rotate-keys.md", "verify-as-a-stranger.md")
"""Pages whose blocks run in test_tutorial.py, on a node."""

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def named(page: Path) -> str:
    return str(page.relative_to(pages.ROOT))


@pytest.mark.parametrize("name", WITHOUT_A_NODE)
def test_a_page_without_a_node_works_as_written(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pages.run(pages.ROOT / "docs" / "how-to" / name)


def test_no_code_on_a_page_is_left_unrun_without_a_reason() -> None:
    left = [page.name for page in pages.PAGES if pages.has_code(page)]
    assert sorted(left) == sorted([*WITHOUT_A_NODE, *WITH_A_NODE])


def test_a_fence_is_of_a_kind_that_says_whether_it_runs() -> None:
    odd = [
        block.place for page in pages.PAGES for block in pages.blocks(page) if block.kind not in (*pages.RUN, "text")
    ]
    assert not odd, "a fence is python or console, which run, or text"
    for page in pages.PAGES:
        fences = re.findall(r"^```(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(fences) == 2 * len(pages.blocks(page)), f"{named(page)} has a fence without a kind or without an end"


def test_what_a_page_shows_is_compared_with_what_comes() -> None:
    pages.alike("here", "one … three", "one two three\n")
    with pytest.raises(AssertionError):
        pages.alike("here", "one … three", "one two four\n")


def test_a_page_that_prints_something_else_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text('```python\nprint("two")\n```\n```text\none\n```\n')
    with pytest.raises(AssertionError, match=r"page\.md:5"):
        pages.run(page)


def test_the_tutorial_can_be_pasted_into_an_interactive_python() -> None:
    for block in pages.blocks(pages.ROOT / "docs" / "tutorials" / "first-order.md"):
        if block.kind == "python":
            assert pasted(block.text) == "", f"{block.place}: a prompt does not take this"
    assert pasted("for n in range(2):\n    n\nprint(3)\n") != "", "a loop ends with an empty line at a prompt"


def pasted(text: str) -> str:
    """Return what a prompt has not taken as whole statements when the text is pasted, line by line."""
    held: list[str] = []
    for line in [*text.splitlines(), ""]:
        held.append(line)
        try:
            if codeop.compile_command("\n".join(held), symbol="single") is not None:
                held.clear()
        except SyntaxError:
            break
    return "\n".join(held)


@pytest.mark.parametrize("page", pages.PAGES, ids=named)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    for found in LINK.finditer(page.read_text(encoding="utf-8")):
        target = (found[1] or found[2]).partition("#")[0]
        if target and "://" not in target:
            assert (page.parent / target).exists(), f"{named(page)}: {target}"


@pytest.mark.parametrize("page", pages.PAGES, ids=named)
def test_a_page_names_no_path_of_one_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|work|Users|tmp)/\w", text)


def test_every_page_is_in_the_menu_of_the_site() -> None:
    menu = (pages.ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    docs = pages.ROOT / "docs"
    for page in docs.rglob("*.md"):
        if page.parent.name != "decisions":
            assert str(page.relative_to(docs)) in menu, f"{named(page)} is not in mkdocs.yml"


def test_the_site_is_built_without_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    build = pytest.importorskip("mkdocs.commands.build", reason="mkdocs, which builds the site, is absent")
    pytest.importorskip("material", reason="mkdocs-material, the site's look, is absent")
    from mkdocs.config import load_config

    with caplog.at_level(logging.WARNING, logger="mkdocs"):
        build.build(load_config(str(pages.ROOT / "mkdocs.yml"), site_dir=str(tmp_path / "site"), strict=True))
    assert (tmp_path / "site" / "reference" / "formats" / "index.html").exists()
    assert not [record.message for record in caplog.records if record.name.startswith("mkdocs")]


def test_the_first_commands_of_the_readme_are_the_two() -> None:
    first = next(block for block in pages.blocks(pages.ROOT / "README.md") if block.kind == "console")
    said = [command.partition("#")[0].strip() for command, _ in pages.commands(first)]
    assert said == ["make run", "make test"]
    targets = (pages.ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{command.split()[1]}:" in targets for command in said)
