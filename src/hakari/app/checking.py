"""`hakari verify`: the verifier with its files and, where one is named, its chain."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from hakari.adapters.evm.view import open_view
from hakari.adapters.net import SourceUnavailable, open_source
from hakari.core.errors import Malformed
from hakari.sources.table import KINDS
from hakari.verify.ports import Files
from hakari.verify.report import Report
from hakari.verify.verification import verify

PATIENCE = 5
"""How often a folder is read again that changes meanwhile: a running node says new things of itself, and releases."""


_HEADS = ("node.json", "log/checkpoint")


def check(
    source: str,
    *,
    rpc: str | None = None,
    receipts: Path | None = None,
    key: str | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Report:
    """Recompute everything at `source` (folder or URL).

    rpc: a chain node that the caller trusts. receipts: a file of receipts, one JSON object a line. key: the log's verifier key as the
    caller knows it. Raises SourceUnavailable, ChainUnavailable or Malformed.
    """
    files = open_source(source)
    if all(files.chunks(path) is None for path in _HEADS):
        raise SourceUnavailable(f"{source} must hold a node's public files, got neither {' nor '.join(_HEADS)} there")
    kept = [] if receipts is None else list(_receipts(receipts))
    view = None if rpc is None else open_view(rpc)
    try:
        left = PATIENCE
        while True:
            before, left = _heads(files), left - 1
            report = verify(files, view, kept, progress, kinds=KINDS, key=key, now=int(time.time()))
            if not left or not report.mismatches:
                return report
            # A node writes its checkpoint first and node.json a moment later: so that one is looked at twice.
            late = left == PATIENCE - 1 and any(each.where == "node.json" for each in report.mismatches)
            if not late and _heads(files) == before:
                return report
    finally:
        if view is not None:
            view.close()


def _heads(files: Files) -> list[bytes]:
    """Return how the files begin that a running node changes."""
    return [next(files.chunks(path) or iter(()), b"") for path in _HEADS]


def _receipts(path: Path) -> list[object]:
    found: list[object] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(json.loads(line))
        except ValueError as error:
            raise Malformed(f"{path}, line {number}: a receipt in JSON expected") from error
    return found
