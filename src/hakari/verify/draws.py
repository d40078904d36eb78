"""Draws made again: which tasks and whose panels follow from the anchored log and the block that holds the anchor."""

from collections.abc import Sequence

from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.pay import aiming
from hakari.pay.settlements import Standing
from hakari.verify.docket import Docket
from hakari.verify.holdings import Posted
from hakari.verify.ledger import OrderFile
from hakari.verify.placed import Placed
from hakari.verify.ports import ChainView
from hakari.verify.transfers import linked
from hakari.work import aim, blind, panels, quality
from hakari.work.kin import kin
from hakari.work.panels import Kin, Panel
from hakari.work.records import WORK


def read_draws(docket: Docket, file: OrderFile) -> None:
    """Read the panels of an order's draws: who may answer blind."""
    for role, placed in file.lots.items():
        found: list[Panel] = []

        def look(placed: Placed = placed, found: list[Panel] = found) -> None:
            found += panels.read_panels(docket.shelf.lines(placed.text("panels")))

        if docket.try_evidence(look):
            docket.panels[file.order.id, role] = {each.task: each.accounts for each in found}


def check_draw(docket: Docket, file: OrderFile, placed: Placed, standing: Standing) -> None:
    """Draw again, given the pool's accounts as its settlements with leaf < size left them, and compare."""
    role, size = placed.text("role"), placed.number("size")
    declared = quality.read(file.order.quality)
    recorded = docket.panels.get((file.order.id, role))
    over = appealed(docket, file) if role == blind.JURY else set[int]()
    try:
        audited = docket.panels.get((file.order.id, "audit"), {}) if role == blind.REVIEW else {}
        lot = (
            None
            if declared is None
            else panels.lot(declared, role, tasks=file.task_count, appealed=over, audited=audited)
        )
    except HakariError:
        lot = None
    if lot is None:
        docket.findings.wrong(placed.id, "draw", expected="none that the order does not ask for", got=role)
        return
    if role == blind.JURY and declared is not None and declared.appeals is not None:
        over_at = file.rulings[0].placed.time + declared.appeals.window_s
        if placed.time < over_at:
            docket.findings.wrong(
                placed.id, "time of a jury's draw", expected=f"{over_at}, when appeals end, or later", got=placed.time
            )
    over_all = [each.leaf for each in (*file.submissions, *(file.appeals if role == blind.JURY else ()))]
    told = -1 if file.funding is None else file.funding.leaf
    last = max([*over_all, file.commits.last(WORK), told])
    if recorded is None or not _over_all(docket, placed, last) or (told >= 0 and file.order.id not in docket.transfers):
        return
    anchor = anchor_of(docket, placed, last)
    if anchor is None:
        return
    seed = panels.seed(
        root=docket.log.roots.at(size), block_hash=placed.text("block_hash"), order=file.order.id, role=role
    )
    workers = set(file.assigned) | {each.author for each in file.submissions}
    beside = ("audit", blind.REVIEW) if role == blind.JURY else ()
    before = {who for each in beside for who in file.seated.get(each, {})}
    operators = docket.log.ledger.operated(placed.leaf)
    barred = before | workers | {file.order.buyer, *operators} | standing.convicted()
    barred |= standing.unfit(declared, role) if declared is not None else set()
    theirs = kin(_decided(docket, file, size))
    again = panels.draw(
        seed,
        among=lot.among,
        count=lot.count,
        roster=_roster(docket, file, role, anchor) - barred,
        seats=lot.places,
        kin=theirs,
        workers=workers,
        weights=_weights(docket, file, standing, theirs, size) if lot.aimed else (),
        by_weight=lot.aimed,
    )
    if _same(docket, placed, again, recorded):
        docket.findings.holds("recomputed", len(again))


def _weights(docket: Docket, file: OrderFile, standing: Standing, theirs: Kin, size: int) -> list[int]:
    """Return the weight of each task, from leaves below the draw's size."""
    declared = quality.read(file.order.quality)
    assert declared is not None  # its lot was read from the same
    leaves = (
        (account, leaf, task)
        for account, tasks in file.assigned.items()
        for task, newest in tasks.items()
        for leaf in (newest, *file.earlier.get((account, task), ()))
    )
    given = aim.gathered(
        ((account, file.times[leaf], (task,)) for account, leaf, task in leaves if leaf < size),
        ((each.author, each.time, len(each)) for each in file.submissions if each.leaf < size),
    )
    tied = linked(docket, file, aim.answering(given))
    parts = aiming.parts(given, declared=declared, standing=standing, kin=theirs, linked=tied)
    return aim.weights(parts, file.task_count)


def appealed(docket: Docket, file: OrderFile, below: int | None = None) -> set[int]:
    """Return the tasks of which somebody appealed, in all or in leaves < below."""
    known = docket.merits.get(file.rulings[0].placed.id) if file.rulings else None
    if known is None:
        return set()
    places = [(each.number("leaf"), each.number("n")) for each in file.appeals if below is None or each.leaf < below]
    return {known.tasks[place] for place in places if place in known.tasks}


def _over_all(docket: Docket, placed: Placed, last: int) -> bool:
    if last < placed.number("size"):
        return True
    docket.findings.wrong(
        placed.id, "size of a draw", expected=f"above leaf {last}, the last that it is over", got=placed.number("size")
    )
    return False


def anchor_of(docket: Docket, placed: Placed, last: int) -> Posted | None:
    """Return the anchor that a draw stands on: the first on chain of this log that covers the last answer."""
    if docket.replay is None:
        return None
    ours = [each for each in docket.replay.posted if each.log_id == docket.log_id and each.size > last]
    first = ours[0] if ours else None
    right = docket.findings.same(
        placed.id,
        "anchor of a draw, as (size, block)",
        expected="one on chain" if first is None else (first.size, first.block),
        got=(placed.number("size"), placed.number("block")),
    )
    return first if right else None


def _roster(docket: Docket, file: OrderFile, role: str, anchor: Posted) -> set[Account]:
    newest: dict[Account, Placed] = {}
    for each in docket.log.ledger.services.get(file.order.pool, []):
        if each.leaf < anchor.size:
            newest[each.author] = each
    return {account for account, each in newest.items() if role in _roles(each) and anchor.time < each.number("until")}


def _roles(placed: Placed) -> Sequence[object]:
    roles = placed.body["roles"]
    return roles if isinstance(roles, list) else []


def _decided(docket: Docket, file: OrderFile, size: int):
    for other, ruling in docket.log.ledger.rulings.values():
        if other.order.pool == file.order.pool and ruling.placed.leaf < size:
            yield ruling.placed.id, docket.decisions.get(ruling.placed.id, ())


def _same(docket: Docket, placed: Placed, again: Sequence[Panel], recorded: dict[int, tuple[Account, ...]]) -> bool:
    mine = {each.task: each.accounts for each in again}
    for task in sorted(mine.keys() | recorded.keys()):
        expected, got = mine.get(task), recorded.get(task)
        if expected != got:
            docket.findings.wrong(
                placed.id,
                f"panel of task {task}",
                expected="not drawn" if expected is None else list(expected),
                got="not drawn" if got is None else list(got),
            )
            return False
    return True


def check_blocks(docket: Docket, chain: ChainView) -> None:
    """Hold the block hash of every draw against the chain."""
    with docket.findings.section("draws"):
        for file in docket.log.ledger.orders.values():
            # A first wave is drawn as seats are.
            for placed in (*file.lots.values(), *file.waves[:1]):
                real = chain.block_hash(placed.number("block"))
                what = f"hash of block {placed.number('block')}"
                if docket.findings.same(placed.id, what, expected=real, got=placed.text("block_hash")):
                    docket.findings.holds("recomputed")
