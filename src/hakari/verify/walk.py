"""The first part of a verification: node, checkpoint, log and every statement in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from hakari.core import canonical, statement
from hakari.core.canonical import Json
from hakari.core.depth import check_depth
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import StatementId
from hakari.log.audit import audit, leftovers
from hakari.log.checkpoint import Checkpoint, open_checkpoint
from hakari.log.faults import LogFault, Tampered
from hakari.log.note import MAX_BYTES, VerifierKey, parse_verifier
from hakari.log.tiles import CHECKPOINT, MAX_ENTRY_BYTES, WIDTH
from hakari.log.tree import Read, growing
from hakari.people.book import KeyBook
from hakari.people.statements import check_body
from hakari.verify.ledger import Ledger, node_bytes
from hakari.verify.placed import Misplaced
from hakari.verify.ports import Files, read
from hakari.verify.report import Findings
from hakari.verify.roots import Roots
from hakari.verify.taking import take

NODE = "node.json"
LOG = "log/"
_LARGEST_NODE = 1 << 16
_LARGEST_TILE = WIDTH * (2 + MAX_ENTRY_BYTES)


@dataclass(kw_only=True)
class Walk:
    """A log that was walked. `whole` is False where it broke off; then the ledger ends there.

    paths: what the folder held before its checkpoint was read, None where it can't be listed. What a node that runs puts there later
    is of later statements.
    """

    checkpoint: Checkpoint
    key: VerifierKey
    ledger: Ledger
    book: KeyBook
    roots: Roots
    paths: tuple[str, ...] | None
    whole: bool = False


def walk(files: Files, findings: Findings, *, key: str | None = None) -> Walk | None:
    """Return the log's statements, each checked on its own and in its place; None where there is no log to walk.

    key: the verifier key that the caller knows this log by, or None to take the folder's word for it. Whatever is wrong goes to the
    findings.
    """
    listed = files.paths()
    paths = None if listed is None else tuple(listed)
    with findings.section("log"):
        node = _node(files, findings)
        opened = None if node is None else _checkpoint(files, findings, node, key)
        if node is None or opened is None:
            return None
        checkpoint, verifier = opened
    chain = cast(Mapping[str, Json], node["chain"])
    log = Walk(
        checkpoint=checkpoint,
        key=verifier,
        ledger=Ledger(node=node),
        book=KeyBook(chain_id=cast(int, chain["chain_id"]), origin=checkpoint.origin),
        roots=Roots(),
        paths=paths,
    )
    log.whole = _entries(files, findings, log)
    with findings.section("log"):
        if log.whole and not log.ledger.nodes:
            findings.wrong("log", "node statement", expected="one as the second leaf", got="none")
            log.whole = False
        elif log.whole:
            _newest_node(files, findings, log.ledger)
    return log


def _node(files: Files, findings: Findings) -> Mapping[str, Json] | None:
    try:
        data = read(files, NODE, _LARGEST_NODE)
        if data is None:
            findings.wrong(NODE, "file", expected="there", got="missing")
            return None
        thing = canonical.decode_strict(check_depth(data))
        if not isinstance(thing, dict):
            raise Malformed(f"an object expected, got {data[:40]!r}")
        check_body("node", thing)
    except HakariError as error:
        findings.wrong(NODE, "form", expected="the body of the newest node statement", got=error.message)
        return None
    return thing


def _checkpoint(
    files: Files, findings: Findings, node: Mapping[str, Json], pinned: str | None
) -> tuple[Checkpoint, VerifierKey] | None:
    log = cast(Mapping[str, str], node["log"])
    path = LOG + CHECKPOINT
    if pinned is not None and not findings.same(NODE, "log key", expected=pinned, got=log["key"]):
        return None
    try:
        key = parse_verifier(log["key"])
    except HakariError as error:
        findings.wrong(NODE, "log key", expected="a verifier key", got=error.message)
        return None
    try:
        note = read(files, path, MAX_BYTES)
        if note is None:
            findings.wrong(path, "file", expected="there", got="missing")
            return None
        checkpoint = open_checkpoint(note, key)
    except HakariError as error:
        findings.wrong(path, "signed checkpoint", expected=f"one signed by {key.text}", got=error.message)
        return None
    # The checkpoint is signed, node.json is not.
    if not findings.same(NODE, "origin of the signed checkpoint", expected=checkpoint.origin, got=log["origin"]):
        return None
    return checkpoint, key


def _entries(files: Files, findings: Findings, log: Walk) -> bool:
    names = [path[len(LOG) :] for path in log.paths or () if path.startswith(LOG)]
    left = leftovers(names, log.checkpoint.size)
    if left:
        findings.notes.append(
            f"Files of the log beside its checkpoint of size {log.checkpoint.size}: {', '.join(sorted(left))}. A node that is stopped "
            "while it publishes leaves such files; nothing signed refers to them, and they were only held against what is signed."
        )
    entries = audit(_growing(files, log.key), log.checkpoint, names)
    leaf = 0
    while True:
        with findings.section("log"):
            try:
                entry = next(entries, None)
            except Tampered as fault:
                findings.wrong(LOG + fault.path, "content", expected=fault.expected, got=fault.got)
                return False
            except LogFault as fault:
                findings.wrong(LOG + fault.path, "file", expected="as the checkpoint implies", got=fault.message)
                return False
            except HakariError as error:
                findings.wrong(LOG.rstrip("/"), "files", expected="a log", got=error.message)
                return False
            if entry is None:
                return True
            log.roots.add(entry)
            findings.holds("recomputed", total=log.checkpoint.size)
        with findings.section("statements"):
            _statement(findings, log, entry, leaf)
        leaf += 1
        log.ledger.size = leaf


def _growing(files: Files, key: VerifierKey) -> Read:
    """Return a reader of the log's tiles that follows a node which publishes meanwhile; whatever it finds is checked as ever."""

    def size() -> int:
        try:
            return open_checkpoint(read(files, LOG + CHECKPOINT, MAX_BYTES) or b"", key).size
        except HakariError:
            return 0

    return growing(lambda path: read(files, LOG + path, _LARGEST_TILE), size)


def _statement(findings: Findings, log: Walk, entry: bytes, leaf: int) -> None:
    where = f"leaf {leaf}"
    try:
        parsed = statement.parse_bytes(check_depth(entry))
        where = sha256(entry).hexdigest()  # strict parsing made sure that these are the canonical bytes
        log.book.may(parsed)
        check_body(parsed.kind, parsed.body)
        take(log.ledger, parsed, leaf, StatementId(where))
        log.book.take(parsed, leaf)
    except Misplaced as error:
        findings.wrong(where, f"{error.what} (leaf {leaf})", expected=error.expected, got=error.got)
        return
    except HakariError as error:
        findings.wrong(where, f"statement (leaf {leaf})", expected="a good one", got=f"{error.code}: {error.message}")
        return
    findings.holds("recomputed")


def _newest_node(files: Files, findings: Findings, ledger: Ledger) -> None:
    expected = node_bytes(ledger.nodes[-1])
    got = read(files, NODE, _LARGEST_NODE)
    if got != expected:
        findings.wrong(NODE, "content", expected=expected.decode(), got=(got or b"").decode("utf-8", "replace"))
