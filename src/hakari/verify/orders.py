"""Pools and orders against the chain, tasks against their statement, assignments against the draw."""

import hashlib
from collections.abc import Mapping
from typing import cast

from hakari.core import canonical, ids, money
from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.verify import challenges, stocks
from hakari.verify.docket import Docket
from hakari.verify.draws import read_draws
from hakari.verify.judging import check_rulings
from hakari.verify.ledger import OrderFile
from hakari.verify.placed import Placed
from hakari.verify.transfers import read_funding
from hakari.work import doubt, quality, stopping
from hakari.work.drawing import place


def check_pools(docket: Docket) -> None:
    """Hold each pool's terms against the hash on chain, and its log against this one."""
    for key, placed in docket.log.ledger.pools.items():
        _check_pool(docket, key, placed)


def _check_pool(docket: Docket, key: tuple[int, int], placed: Placed) -> None:
    replay = docket.replay
    if replay is None:
        return
    if key not in replay.terms and docket.awaits(placed, "Terms", lambda: _check_pool(docket, key, placed)):
        return
    with docket.findings.section("pools"):
        terms = hashlib.sha256(canonical.encode(placed.body["terms"])).hexdigest()
        named = f"terms {key[1]} of pool {key[0]}"
        right = docket.findings.same(
            placed.id, f"hash of {named} on chain", expected=replay.terms.get(key, "none"), got=terms
        )
        right &= docket.findings.same(
            placed.id, f"log of {named} on chain", expected=replay.logs.get(key, "none"), got=docket.log_id
        )
        right &= docket.findings.same(
            placed.id,
            f"share asked of derivatives by {named} on chain",
            expected=replay.derive_bps.get(key, "none"),
            got=docket.log.ledger.terms[key].derive_bps,
        )
        highest, cap = docket.log.ledger.terms[key].highest_fee_bps, replay.fee_caps.get(key, money.BPS)
        if highest > cap:
            right = False
            docket.findings.wrong(
                placed.id, f"fees of {named}", expected=f"at most {cap} bps, the cap on chain", got=highest
            )
        if right:
            docket.findings.holds(docket.seen)


def check_orders(docket: Docket) -> None:
    """Check every order with its tasks, assignments and verdicts; fills the docket's outcomes."""
    together: list[tuple[OrderFile, list[Mapping[str, Json]]]] = []
    for file in docket.log.ledger.orders.values():
        with docket.findings.section("orders"):
            _check_order(docket, file)
        with docket.findings.section("tasks"):
            publics = _tasks(docket, file)
        if publics is None:
            continue
        with docket.findings.section("assignments"):
            _assignments(docket, file)
        with docket.findings.section("draws"):
            read_draws(docket, file)
        with docket.findings.section("funding"):
            read_funding(docket, file)
        kind = docket.kinds.get(file.order.source)
        if kind is not None and kind.remembers:
            together.append((file, publics))
        else:
            check_rulings(docket, [(file, publics)])
    # Verdicts of kinds that remember rest on those of other orders before them.
    check_rulings(docket, together)


def _check_order(docket: Docket, file: OrderFile) -> None:
    where, order = file.placed.id, file.order
    guideline = cast(Mapping[str, Json], file.placed.body["guideline"])
    for digest in [cast(str, guideline["sha256"])] + ([] if file.word is None else [file.word.text("sha256")]):
        docket.try_evidence(lambda digest=digest: docket.shelf.check(digest))
    kind = docket.kinds.get(order.source)
    if kind is None:
        docket.findings.wrong(where, "source", expected=f"one of {sorted(docket.kinds)}", got=order.source)
    else:
        try:
            # who may answer what is the order's own part of the spec, no kind's
            own = {
                name: value for name, value in order.spec.items() if name != "listed" or order.assignment != "listed"
            }
            spec = kind.spec(own)
        except HakariError as error:
            docket.findings.wrong(where, "spec", expected=f"one of kind {kind.name}", got=error.message)
            good = False
        else:
            good = docket.findings.same(where, "spec in canonical form", expected=spec, got=own)
        if order.evidence not in kind.evidence:
            docket.findings.wrong(
                where, f"evidence of kind {kind.name}", expected=f"one of {kind.evidence}", got=order.evidence
            )
        try:
            declared = quality.read(order.quality)
            doubt.check(order)
            if good:
                stopping.check_order(order, kind)
        except HakariError as error:
            docket.findings.wrong(where, "quality", expected="one of its rules", got=error.message)
        else:
            if declared is None and order.quality["rules"] != kind.rules:
                expected = f"one of {[kind.rules, *kind.later]}"
                docket.findings.wrong(where, "rules", expected=expected, got=order.quality["rules"])
    _check_funding(docket, file)


def _check_funding(docket: Docket, file: OrderFile) -> None:
    where, order, right = file.placed.id, file.order, True
    if docket.replay is None:
        return
    funded = docket.replay.orders.get(order.escrow_order)
    if funded is None and docket.awaits(file.placed, "Funded", lambda: _check_funding(docket, file), chains=2):
        return
    with docket.findings.section("orders"):
        if funded is None or funded.kind != 1:
            expected = f"one for escrow order {order.escrow_order}"
            docket.findings.wrong(where, "Funded event", expected=expected, got="none")
            return
        for name, expected, got in (
            ("pool", funded.pool, order.pool),
            ("author, the buyer", funded.buyer, order.buyer),
            ("terms_version", funded.terms_version, order.terms_version),
            ("budget", funded.funded, int(order.budget)),
            ("deadline", funded.deadline, order.deadline),
        ):
            right &= docket.findings.same(where, f"{name} against the chain", expected=expected, got=got)
        if right:
            docket.findings.holds(docket.seen)


def _tasks(docket: Docket, file: OrderFile) -> list[Mapping[str, Json]] | None:
    placed = file.tasks
    if placed is None:
        return None
    publics: list[Mapping[str, Json]] = []
    if stocks.held_back(file):
        return publics
    contents: list[Json] | None = [] if stocks.keeps(file) else None

    def look() -> None:
        digest = placed.text("tasks")
        for number, line in enumerate(docket.shelf.lines(digest)):
            public = line.get("public")
            if set(line) != {"item", "n", "public"} or line["n"] != number or not isinstance(public, dict):
                raise docket.shelf.broken(digest, number + 1, f'{{"item":…,"n":{number},"public":{{…}}}}', str(line))
            ids.digest(line["item"], pointer="/item")
            publics.append(public)
            if contents is not None:
                contents.append(challenges.content(line))

    if not docket.try_evidence(look):
        return None
    if not docket.findings.same(placed.id, "count of tasks", expected=len(publics), got=file.task_count):
        return None
    if contents is not None:
        docket.contents[file.order.id] = contents
    # What judging needs is open here; the item behind each commitment is for workers and licensees.
    docket.findings.holds("attested", len(publics))
    return publics


def _assignments(docket: Docket, file: OrderFile) -> None:
    if file.order.assignment == "listed":
        _listed(docket, file)
    if file.order.assignment != "drawn":
        return
    for account, tasks in file.draws.items():
        root = docket.log.roots.at(file.sizes[account])
        before = b""
        for number, task in enumerate(tasks):
            if (account, number) in file.again:
                before = b""
            at = place(root=root, order=file.order.id, account=account, task=task, first=file.order.first)
            if at <= before and (account, number) not in file.returned:
                docket.findings.wrong(
                    account, f"draw in order {file.order.id}", expected="tasks in the order of the draw", got=f"{task}"
                )
                break
            before = max(before, at)
        else:
            docket.findings.holds("recomputed", len(tasks))


def _listed(docket: Docket, file: OrderFile) -> None:
    allowed: dict[Account, set[int]] = {}

    def look() -> None:
        digest = ids.digest(file.order.spec.get("listed"), pointer="/body/spec/listed")
        for number, line in enumerate(docket.shelf.lines(digest), 1):
            task = line.get("task")
            if set(line) != {"account", "task"} or not isinstance(task, int) or isinstance(task, bool):
                raise docket.shelf.broken(digest, number, '{"account":…,"task":n}', str(line))
            allowed.setdefault(ids.account(line["account"]), set()).add(task)

    if not docket.try_evidence(look):
        return
    for account, tasks in file.assigned.items():
        further = sorted(set(tasks) - allowed.get(account, set()))
        if further:
            docket.findings.wrong(
                account, f"assigned in order {file.order.id}", expected="tasks of the list", got=further[:10]
            )
        else:
            docket.findings.holds("recomputed", len(tasks))
