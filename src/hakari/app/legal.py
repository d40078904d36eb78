"""What the operator says of law: notice, terms, privacy; files that the operator writes, shown as they are."""

from typing import Any

from hakari.app.node import Node

NAMES = ("notice", "privacy", "terms")
LARGEST = 2**18


def texts(node: Node) -> dict[str, Any]:
    """Return each text as Markdown, or None where its file `<name>.md` is not in the folder HAKARI_LEGAL. Read anew each time."""
    return {name: text(node, name) for name in NAMES}


def text(node: Node, name: str) -> str | None:
    """Return one of NAMES, or None. At most 256 KiB of it; what is no UTF-8 is shown as replacement characters."""
    if not node.settings.legal or name not in NAMES:
        return None
    try:
        with (node.settings.legal_folder / f"{name}.md").open("rb") as file:
            return file.read(LARGEST).decode("utf-8", "replace")
    except OSError:
        return None
