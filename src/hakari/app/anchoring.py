"""Posts of the log's checkpoints on their way: each carries the proof that the log extends the last one mined."""

from collections.abc import Sequence
from typing import cast

from hakari.adapters.evm.chain import Reverted
from hakari.adapters.sql.chain import Intent
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.log import tree


def sendable(node: Node, waiting: Sequence[Intent], standing: Sequence[Intent]) -> list[Intent]:
    """Return what can be signed now: of posts the newest alone, and none while one that was signed is not mined.

    A proof begins where the chain stands, so of two posts at once the second would fail. Posts behind a newer one are given up:
    nobody misses them, and they would wait for ever.
    """
    newest = max((_size(each) for each in waiting if _posts(each)), default=None)
    if newest is None:
        return list(waiting)
    busy = any(_posts(each) and node.chain.receipt(cast(str, each.tx)) is None for each in standing)
    found = list[Intent]()
    for intent in waiting:
        if not _posts(intent):
            found.append(intent)
        elif _size(intent) < newest:
            _give_up(node, intent, f"the checkpoint of size {newest} is posted instead")
        elif not busy:
            found.append(intent)
    return found


def arguments(node: Node, intent: Intent) -> list[Json]:
    """Return the arguments to sign. Those of a post get their proof here, at the last moment, from the size that the chain holds now.

    Raises LogFault for a size that is not published, and where tiles of the log are lost or damaged.
    """
    if not _posts(intent):
        return list(intent.args)
    mined = int(node.chain.call(node.contracts, "anchor", "latest", [intent.args[0]])["size"])
    # Below what is mined the contract refuses the size, whatever the proof.
    proof = tree.consistency(node.log.grown, mined, _size(intent)) if mined < _size(intent) else []
    return [*intent.args, [step.hex() for step in proof]]


def overtaken(intent: Intent, error: Reverted) -> bool:
    """Tell whether a newer checkpoint stands where this one was to be posted: it will never be taken, and nobody misses it.

    Two workers can want anchors of two sizes at once; the smaller would wait for ever if the larger is mined first.
    """
    return _posts(intent) and error.reason in ("size", "time")


def _give_up(node: Node, intent: Intent, note: str) -> None:
    with node.store.book() as book:
        now = book.chain.intent(intent.name)
        if now is not None and now.status == "waiting":  # another worker may have signed it by now
            book.chain.change(intent.name, status="reverted", note=note)


def _posts(intent: Intent) -> bool:
    return intent.contract == "anchor" and intent.function == "post"


def _size(intent: Intent) -> int:
    return int(str(intent.args[1]))
