"""The pages that law asks of whoever runs a node: written by the operator, as Markdown files in the node's folder."""

from hakari.app.node import Node

FOLDER = "legal"
NAMES = ("notice", "terms", "privacy")


def text(node: Node, name: str, language: str) -> str | None:
    """Return a page's Markdown: `legal/<name>.<language>.md`, else `legal/<name>.md`; None where the operator wrote neither."""
    folder = node.settings.dir / FOLDER
    for file in (folder / f"{name}.{language}.md", folder / f"{name}.md"):
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return None
