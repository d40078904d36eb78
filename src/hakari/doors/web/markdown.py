"""Markdown as markup: what people write is text, never tags of their own."""

from markdown_it import MarkdownIt
from markupsafe import Markup

_READER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


def shown(text: str) -> Markup:
    """Return Markdown as markup. Tags in it are shown as text; addresses of dangerous schemes stay unlinked."""
    return Markup(_READER.render(text))
