"""What merit pays, made again in the order of the log: draws, settlements, what is held, who is convicted."""

from collections.abc import Sequence
from dataclasses import replace

from hakari.core import money
from hakari.core.errors import HakariError
from hakari.core.ids import Account, StatementId
from hakari.pay import merits, settlements, slashes
from hakari.pay.lines import Settlement
from hakari.pay.merits import Pay, Worked
from hakari.pay.settlements import HOLD_S, NEAR, Batch, Rule, Standing
from hakari.pay.slashes import Past
from hakari.verify.docket import Docket, Merits
from hakari.verify.draws import appealed, check_draw
from hakari.verify.ledger import OrderFile
from hakari.verify.placed import Placed
from hakari.verify.replay import Replay
from hakari.work import quality


def check_merit(docket: Docket) -> None:
    """Make every draw and settlement of every pool again, each on what the log held before it; fills the docket's settlements."""
    with docket.findings.section("appeals"):
        check_appeals(docket)
    for pool in sorted({file.order.pool for file in docket.log.ledger.orders.values()}):
        standing = Standing()
        files = [file for file in docket.log.ledger.orders.values() if file.order.pool == pool]
        # A draw sees what lies below its size, not below its own leaf.
        steps = [(placed.number("size"), 0, file, placed) for file in files for placed in file.lots.values()]
        steps += [(placed.leaf, 1, file, placed) for file in files for placed in file.settlements]
        past: list[Past] = []
        for _, settles, file, placed in sorted(steps, key=lambda step: (step[0], step[1], step[3].leaf)):
            if settles:
                with docket.findings.section("settlements"):
                    past += _settlement(docket, file, placed, standing)
            else:
                with docket.findings.section("draws"):
                    check_draw(docket, file, placed, standing)
        _slashes(docket, pool, past)


def _slashes(docket: Docket, pool: int, past: Sequence[Past]) -> None:
    """Hold every slash of a pool against its case on chain and the settlement that convicted; fills the docket's slashes."""
    for placed in docket.log.ledger.slashes:
        settlement = StatementId(placed.text("settlement"))
        if docket.replay is not None and docket.log.ledger.settlements[settlement].order.pool == pool:
            _slash(docket, docket.replay, pool, placed, past)


def _slash(docket: Docket, replay: Replay, pool: int, placed: Placed, past: Sequence[Past]) -> None:
    settlement = StatementId(placed.text("settlement"))
    case = replay.cases.get(placed.number("case"))
    income = replay.orders.get(placed.number("income_order"))
    missing = case is None or income is None or not case.order
    if missing and docket.awaits(placed, "Slashed", lambda: _slash(docket, replay, pool, placed, past)):
        return
    with docket.findings.section("slashes"):
        if case is None or income is None or not case.order:
            docket.findings.wrong(placed.id, "case", expected="one executed on chain", got=placed.number("case"))
            return
        right = True
        for name, expected, got in (
            ("pool", pool, case.pool),
            ("account", case.account, placed.text("account")),
            ("evidence on chain, the settlement", case.evidence, settlement),
            ("income order", case.order, placed.number("income_order")),
            ("income", str(income.funded), placed.text("income")),
        ):
            right &= docket.findings.same(placed.id, f"{name} of slash {case.where}", expected=expected, got=got)
        try:
            made = slashes.of(
                cause=placed.id,
                source=placed.number("income_order"),
                income=money.parse(placed.body["income"]),
                account=Account(placed.text("account")),
                settlement=settlement,
                past=past,
            )
        except HakariError as error:
            docket.findings.wrong(placed.id, "slash", expected="of a convicted account", got=error.message)
            return
        docket.slashed[placed.id] = made
        if right:
            docket.findings.holds(docket.seen)


def _settlement(docket: Docket, file: OrderFile, placed: Placed, standing: Standing) -> list[Past]:
    """Make one settlement again and take it; return it for those after it, where it could be read."""
    found: list[Pay] = []
    docket.try_evidence(lambda: found.append(merits.read(docket.shelf.lines(placed.text("pay")))))
    known = docket.merits.get(StatementId(placed.text("verdicts")))
    if not found or known is None:
        return []
    [said] = found
    docket.pays[placed.id] = said
    docket.settled[placed.id] = Settlement(
        cause=placed.id,
        source=file.order.escrow_order,
        amounts=said.due,
        fee=money.parse(placed.body["fee"]),
        free=money.parse(placed.body["free"]),
    )
    before = docket.findings.found
    try:
        said_at = docket.log.ledger.rulings[StatementId(placed.text("verdicts"))][1].placed.time
        rule = settlements.rule(file.order, file.terms, said=said_at)
        _compare(docket, file, placed, standing, rule=rule, said=said, known=known)
        standing.take(file.order.id, rule, said)
    except (HakariError, ValueError) as error:
        docket.findings.wrong(placed.id, "settlement", expected="one that the verdicts give", got=str(error))
        return []
    if docket.findings.found == before:
        whole = known.audited is not None
        docket.findings.holds(
            "recomputed" if whole else "attested", len(said.worked) + len(said.blind) + len(said.held)
        )
        if whole and all(ruling.placed.id in docket.judged for ruling in file.rulings):
            docket.resettled.add(placed.id)
    fee = money.parse(placed.body["fee"])
    return [Past(id=placed.id, buyer=file.order.buyer, pay=said, rule=rule, fee=fee)]


def _compare(
    docket: Docket,
    file: OrderFile,
    placed: Placed,
    standing: Standing,
    *,
    rule: Rule,
    said: Pay,
    known: Merits,
) -> None:
    earlier = [docket.pays[each.id] for each in file.settlements if each.leaf < placed.leaf and each.id in docket.pays]
    waiting = _waiting(docket, file, placed, known)
    batches = settlements.unsettled(_counted(known, said), earlier, waiting=waiting or ())
    before = {each.text("verdicts") for each in file.settlements if each.leaf < placed.leaf}
    final = waiting is None and placed.text("verdicts") not in before
    hidden = known.blind if final else []
    declared = quality.read(file.order.quality) if final else None
    seats = quality.cost(declared, tasks=file.task_count, fee_bps=file.terms.fee_bps)
    expired = placed.time >= file.rulings[0].placed.time + HOLD_S
    again = standing.settle(file.order.id, rule, batches=batches, blind=hidden, expired=expired)
    again = replace(again, worked=_sided(standing, rule, batches, again.worked, said.worked))
    where = placed.id
    for name, mine, theirs in (
        ("pay", again.worked, said.worked),
        ("blind answers", again.blind, said.blind),
        ("pay held before", again.held, said.held),
    ):
        _same_lines(docket, where, name, mine, theirs)
    docket.findings.same(
        where,
        "free",
        expected=str(standing.freed(file.order.id, rule, again, hidden, seats=seats)),
        got=placed.text("free"),
    )
    docket.findings.same(where, "fee", expected=str(standing.fees(rule, again, hidden)), got=placed.text("fee"))
    paid = str(sum(amount for _, amount, _ in again.due))
    docket.findings.same(where, "paid", expected=paid, got=placed.text("paid"))


def _waiting(docket: Docket, file: OrderFile, placed: Placed, known: Merits) -> set[Account] | None:
    """Return whose lines wait for a jury, None where the verdicts are final. Nothing is settled while appeals are taken."""
    declared = quality.read(file.order.quality)
    if declared is None or declared.appeals is None:
        return None
    over = file.rulings[0].placed.time + declared.appeals.window_s
    if placed.time < over:
        docket.findings.wrong(placed.id, "time of a settlement", expected=f"{over} or later", got=placed.time)
    disputed = appealed(docket, file, placed.leaf)
    if not disputed or placed.text("verdicts") != file.rulings[0].placed.id:
        return None
    return {known.workers[place] for place, task in known.tasks.items() if task in disputed}


def check_appeals(docket: Docket) -> None:
    """Hold every appeal against the verdict that it is of, and every outcome against what the jury's verdicts say."""
    for file in docket.log.ledger.orders.values():
        if not file.appeals:
            continue
        first = docket.merits.get(file.rulings[0].placed.id)
        newest = docket.merits.get(file.rulings[-1].placed.id)
        if first is None or newest is None:
            continue
        places = {each.id: (each.number("leaf"), each.number("n")) for each in file.appeals}
        for each in file.appeals:
            if docket.findings.same(
                each.id, "appealed answer", expected=False, got=first.accepted.get(places[each.id])
            ):
                docket.findings.holds("recomputed")
        for each in file.outcomes:
            place = places[StatementId(each.text("appeal"))]
            ruled = newest.tasks.get(place) in newest.ruled
            said = "accepted" if newest.accepted.get(place) else "refused"
            right = said if ruled or place in newest.doubted else "undecided"
            if docket.findings.same(each.id, "result of an appeal", expected=right, got=each.text("result")):
                docket.findings.holds("recomputed")


def _counted(known: Merits, said: Pay) -> list[Batch]:
    """Return the batches; where answers are sealed, with the audited answers as recorded: nobody else can count them."""
    if known.audited is not None:
        return list(known.batches)
    right = {each.account: each.right for each in said.worked}
    return [replace(each, right=right.get(each.account, 0)) for each in known.batches]


def _sided(
    standing: Standing, rule: Rule, batches: Sequence[Batch], mine: Sequence[Worked], said: Sequence[Worked]
) -> tuple[Worked, ...]:
    """Return our lines, following the recorded side of the threshold where the statistic is within NEAR of it."""
    theirs = {each.account: each for each in said}
    by_account = {each.account: each for each in batches}
    made: list[Worked] = []
    for each in mine:
        recorded = theirs.get(each.account)
        if (
            recorded is None
            or abs(recorded.statistic - each.statistic) > NEAR
            or abs(recorded.threshold - each.threshold) > NEAR
        ):
            made.append(each)
            continue
        side = recorded.convicted if abs(each.statistic - each.threshold) <= NEAR else each.convicted
        made.append(
            standing.decided(
                rule,
                by_account[each.account],
                statistic=recorded.statistic,
                threshold=recorded.threshold,
                convicted=side,
            )
        )
    return tuple(made)


def _same_lines(docket: Docket, where: str, name: str, mine: Sequence[object], theirs: Sequence[object]) -> None:
    ours = {_key(each): each for each in mine}
    given = {_key(each): each for each in theirs}
    for key in sorted(ours.keys() | given.keys()):
        if ours.get(key) != given.get(key):
            docket.findings.wrong(
                key[0], f"{name} in settlement {where}", expected=_told(ours.get(key)), got=_told(given.get(key))
            )


def _key(line: object) -> tuple[str, str]:
    return str(getattr(line, "account", "")), str(getattr(line, "role", ""))


def _told(line: object) -> str:
    if line is None:
        return "no line"
    parts = [
        f"{name} {int(value) if isinstance(value, bool) else value}"
        for name in getattr(line, "__slots__", ())
        if name != "account" and (value := getattr(line, name)) not in (0, "")
    ]
    return ", ".join(parts)
