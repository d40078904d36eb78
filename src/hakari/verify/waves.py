"""Waves of answers as the log alone tells them: how many answers were asked for, and that none came beside."""

from hakari.core.errors import HakariError
from hakari.verify.ledger import Ledger, OrderFile
from hakari.verify.placed import Misplaced, Placed
from hakari.work import quality
from hakari.work.quality import Stopping


def stopping_of(file: OrderFile) -> Stopping | None:
    """Return when an order's tasks have answers enough; None where each gets all, or where its quality can't be read."""
    try:
        return quality.stopping(file.order.quality)
    except HakariError:
        return None


def take_wave(ledger: Ledger, placed: Placed) -> None:
    """Place a wave where its order has all the answers that were asked for before. Raises Misplaced."""
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file = ledger.order(placed)
    rule = stopping_of(file)
    if rule is None or file.tasks is None:
        raise Misplaced("wave", expected="of an order that stops early, after its tasks", got=file.order.id)
    if file.rulings or file.lots:
        raise Misplaced("wave", expected="before the order's draws and verdicts", got="after")
    if ended(file):
        raise Misplaced("wave", expected="none after one that asks for nothing further", got="another")
    size = placed.number("size")
    if not 0 < size <= placed.leaf:
        raise Misplaced("size of a wave", expected=f"at most its own leaf {placed.leaf}", got=size)
    first = not file.waves
    if len({"block", "block_hash"} & set(placed.body)) != (2 if first else 0):
        expected = "named by the first wave" if first else "named by the first wave alone"
        raise Misplaced("block of a wave", expected=expected, got=placed.body.get("block", "none"))
    given = sum(len(each) for each in file.submissions if each.leaf < size)
    asked = _asked(file, rule)
    if given != asked or file.answers != asked:
        raise Misplaced("answers before a wave", expected=f"all {asked} that were asked for", got=given)
    file.waves.append(placed)


def take_answers(file: OrderFile, count: int) -> None:
    """Count answers to an order's work. Raises Misplaced where more come than its waves asked for."""
    rule = stopping_of(file)
    if rule is not None and file.answers + count > _asked(file, rule):
        raise Misplaced(
            "answers", expected=f"at most {_asked(file, rule)}, as waves asked for", got=file.answers + count
        )
    file.answers += count


def _asked(file: OrderFile, rule: Stopping) -> int:
    return rule.first * file.task_count + sum(each.number("further") for each in file.waves)


def ended(file: OrderFile) -> bool:
    """Return whether the newest wave asks for nothing further."""
    return bool(file.waves) and file.waves[-1].number("further") == 0
