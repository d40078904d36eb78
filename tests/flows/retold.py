"""A log told again up to a leaf by an operator who lies in it and signs the rest anew: what a stranger is served then."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from hakari.app import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.statement import Statement, parse_bytes
from hakari.log.checkpoint import sign_checkpoint
from hakari.log.writer import Appender
from hakari.verify.ports import ChainView, Held
from hakari.verify.report import Findings, Report
from hakari.verify.verification import references, verify
from hakari.verify.walk import walk

Line = dict[str, Json]


class Drawer(dict[str, bytes]):
    """Files by name, as the log's writer wants them."""

    def read(self, path: str) -> bytes | None:
        return self.get(path)

    def write(self, path: str, data: bytes) -> None:
        self[path] = data

    def delete(self, path: str) -> None:
        self.pop(path, None)

    def list(self, prefix: str) -> list[str]:
        return [path for path in self if path.startswith(prefix)]


def retold(
    node: Node,
    public: Path,
    *,
    kind: str,
    body: Callable[[Line], None] | None = None,
    member: str | None = None,
    lines: Callable[[list[Line]], None] | None = None,
    later: int = 0,
    nth: int = 0,
    earlier: tuple[str, Callable[[Line], None]] | None = None,
    until: str | None = None,
    beside: Statement | None = None,
    chain: ChainView | None = None,
) -> Report:
    """Verify the log up to the first (or nth) statement of `kind`, that one changed: its body, or the lines of the evidence `member`
    names.

    later: seconds by which it is said later. earlier: a kind and what becomes of the body of its first statement before; nothing may
    refer to that. beside: what stands right behind the chosen statement, which stays as it is, instead of a change. until: a kind up to
    whose next statement the log goes on. chain: an RPC that the stranger trusts.
    """
    with node.store.reading() as book:
        said = book.statements.entries(0, book.statements.size())
        chosen = [each for each, leaf in book.statements.about(kind) if leaf is not None][nth]
    place = next(at for at, entry in enumerate(said) if hashlib.sha256(entry).hexdigest() == chosen.id)
    end = place if until is None else place + _first(said[place:], until)
    if beside is not None:
        told = [*said[: place + 1], beside.bytes]
        return verify(Held(files=_named(_files(public) | _log(node, told))))
    files = _files(public)
    changed: dict[str, Json] = dict(chosen.body)
    if member is not None and lines is not None:
        held = [dict(line) for line in canonical.read_lines(files[f"evidence/{chosen.body[member]}"])]
        lines(held)
        data = canonical.lines(held)
        changed[member] = hashlib.sha256(data).hexdigest()
        files[f"evidence/{changed[member]}"] = data
    if body is not None:
        body(changed)
    lie: Statement = node.sentence(kind, changed, at=chosen.time + later)
    assert lie.id != chosen.id, "nothing was changed"
    if earlier is not None:
        _change(node, said, *earlier)
    said[place] = lie.bytes
    return verify(Held(files=_named(files | _log(node, said[: end + 1]))), chain)


def _change(node: Node, said: list[bytes], kind: str, body: Callable[[Line], None]) -> None:
    at = _first(said, kind)
    held = parse_bytes(said[at])
    changed: dict[str, Json] = dict(held.body)
    body(changed)
    said[at] = node.sentence(kind, changed, at=held.time).bytes


def _first(said: list[bytes], kind: str) -> int:
    return next(n for n, entry in enumerate(said) if f'"kind":"{kind}"'.encode() in entry)


def _named(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that the told log asks for: a liar leaves nothing about."""
    log = walk(Held(files=files), Findings())
    assert log is not None
    asked = {f"evidence/{digest}" for digest in references(log.ledger)}
    return {
        path: data for path, data in files.items() if path in asked or path.startswith("log/") or path == "node.json"
    }


def told(
    node: Node, public: Path, said: list[bytes], *, beside: Mapping[str, bytes] | None = None, without: str = ""
) -> Report:
    """Verify a log of these entries, signed anew. beside: evidence that only they name. without: a digest that is kept back."""
    files = _named(_files(public) | (beside or {}) | _log(node, said))
    return verify(Held(files={path: data for path, data in files.items() if path != f"evidence/{without}"}))


def silent(node: Node, public: Path, kind: str, *, later: int, nth: int = 0) -> Report:
    """Verify the log as it stood before the nth statement of `kind`, looked at `later` seconds after that: who said no more."""
    with node.store.reading() as book:
        said = book.statements.entries(0, book.statements.size())
        chosen, end = [(each, leaf) for each, leaf in book.statements.about(kind) if leaf is not None][nth]
    return verify(Held(files=_named(_files(public) | _log(node, said[:end]))), now=chosen.time + later)


def _files(public: Path) -> dict[str, bytes]:
    """Return the files of a public folder but for those of its log."""
    return {
        str(path.relative_to(public)): path.read_bytes()
        for path in public.rglob("*")
        if path.is_file() and not str(path.relative_to(public)).startswith("log/")
    }


def _log(node: Node, said: list[bytes]) -> dict[str, bytes]:
    """Return the files of a log of these entries."""
    drawer = Drawer()
    appender = Appender(drawer, node.signer.verifier)
    appender.append(said, start=0)
    appender.publish(sign_checkpoint(appender.checkpoint, node.signer))
    return {f"log/{path}": data for path, data in drawer.items()}
