"""The documentation that ships with this program: its pages in order, found by title, each as the Markdown that stands in `docs/`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from hakari.core.errors import Unknown

GROUPS = ("tutorials", "how-to", "explain", "reference", "decisions")
"""The folders, in the order of the menu."""

FOUND = 40
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([\w/.-]+\.md)\)")
_IMAGES: Mapping[str, str] = {".svg": "image/svg+xml", ".png": "image/png"}


class NoSuchPage(Unknown):
    """A page that the documentation does not have."""

    code = "unknown_page"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page: its path below docs/ without «.md», its group («» for the first page), its title, its headings below that."""

    path: str
    group: str
    title: str
    headings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A page, or one of its headings, whose words were searched for."""

    path: str
    title: str
    heading: str


def folder() -> Path:
    """Return where the documentation lies: in the package where it is installed, beside the sources otherwise."""
    package = Path(__file__).parents[2] / "docs"
    return package if package.is_dir() else Path(__file__).parents[4] / "docs"


@lru_cache(maxsize=1)
def pages() -> tuple[Page, ...]:
    """Return every page in the order of the menu: as the index pages link them, those that they don't link after them."""
    place = folder()
    named = [file.relative_to(place).as_posix() for file in sorted(place.rglob("*.md"))]
    linked = [name for index in ("index.md", "reference/index.md") for name in _linked(place / index)]
    order = {name: at for at, name in reversed(list(enumerate(["index.md", "reference/index.md", *linked])))}
    made = [_page(place, name) for name in sorted(named, key=lambda name: (order.get(name, len(order)), name))]
    return tuple(sorted(made, key=lambda page: GROUPS.index(page.group) if page.group in GROUPS else -1))


def _linked(file: Path) -> Iterable[str]:
    if not file.is_file():
        return ()
    inside = PurePosixPath(file.parent.name) if file.parent != folder() else PurePosixPath()
    return [(inside / name).as_posix() for name in _LINK.findall(file.read_text(encoding="utf-8"))]


def _page(place: Path, name: str) -> Page:
    text = (place / name).read_text(encoding="utf-8")
    title = _TITLE.search(text)
    path = name.removesuffix(".md")
    return Page(
        path=path,
        group=path.split("/")[0] if "/" in path else "",
        title=_plain(title[1]) if title else path,
        headings=tuple(_plain(each) for each in _HEADING.findall(text)),
    )


def _plain(heading: str) -> str:
    return heading.replace("`", "").strip()


def text(path: str) -> tuple[Page, str]:
    """Return a page and its Markdown. Raises NoSuchPage."""
    page = next((each for each in pages() if each.path == path), None)
    if page is None:
        raise NoSuchPage(f"page must be one of the documentation's, got {path[:80]!r}")
    return page, (folder() / f"{path}.md").read_text(encoding="utf-8")


def image(name: str) -> tuple[bytes, str]:
    """Return a picture of the documentation and its media type. Raises NoSuchPage."""
    file = folder() / "images" / name
    kind = _IMAGES.get(file.suffix)
    if kind is None or "/" in name or not file.is_file():
        raise NoSuchPage(f"picture must be one of the documentation's, got {name[:80]!r}")
    return file.read_bytes(), kind


def search(words: str) -> Sequence[Hit]:
    """Return the pages and headings whose title holds every word, pages first: FOUND at most."""
    wanted = words.casefold().split()
    if not wanted:
        return ()
    titles = [Hit(path=each.path, title=each.title, heading="") for each in pages() if _holds(each.title, wanted)]
    inner = [
        Hit(path=each.path, title=each.title, heading=heading)
        for each in pages()
        for heading in each.headings
        if _holds(heading, wanted)
    ]
    return (titles + inner)[:FOUND]


def _holds(title: str, words: Iterable[str]) -> bool:
    return all(word in title.casefold() for word in words)
