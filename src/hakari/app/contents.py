"""Contents that answers name: held against what their author uploaded, and kept from then on."""

from collections.abc import Sequence

from hakari.adapters.sql.store import Book
from hakari.adapters.sql.uploads import UploadRow
from hakari.app.node import Node
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.sources.kind import Named
from hakari.work.intake import Running
from hakari.work.records import AnswerRow


class MissingContent(Malformed):
    """An answer names bytes that its author has not uploaded here."""

    code = "missing_content"
    status = 422


class WrongMeasure(Malformed):
    """An answer states of its bytes what this node does not find in them."""

    code = "wrong_measure"
    status = 422


def check(node: Node, facts: Running, account: Account, rows: Sequence[AnswerRow]) -> None:
    """Raise MissingContent or WrongMeasure unless the author uploaded what each answer names and states what was found in it."""
    contents = facts.kind.contents
    if contents is None:
        return
    named = [contents.named(row.answer) for row in rows]
    with node.store.reading() as book:
        held = book.uploads.held(account, {each.sha256 for each in named})
    for row, each in zip(rows, named, strict=True):
        _held(row, each, held.get(each.sha256))


def _held(row: AnswerRow, named: Named, held: UploadRow | None) -> None:
    at = f"/answers/{row.n}/answer"
    if held is None:
        raise MissingContent(
            f"content {named.sha256} must be uploaded here by {row.account} first", pointer=f"{at}/sha256"
        )
    for name, expected, got in (
        ("type", held.type, named.type),
        ("bytes", held.length, named.bytes),
        ("measured", held.stated, named.stated),
    ):
        if expected != got:
            raise WrongMeasure(
                f"{name} must be as this node found it: expected {expected}, got {got}", pointer=f"{at}/{name}"
            )


def keep(book: Book, facts: Running, account: Account, rows: Sequence[AnswerRow]) -> None:
    """Let what these answers name stay for good."""
    contents = facts.kind.contents
    if contents is not None:
        book.uploads.keep(account, sorted({contents.named(row.answer).sha256 for row in rows}))
