"""Taking what is said of an order, from its placing to its settlement."""

from dataclasses import replace
from typing import cast

from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement
from hakari.verify import funding, stocks, waves
from hakari.verify.ledger import Ledger, OrderFile, Ruling
from hakari.verify.placed import Misplaced, Placed, Submission
from hakari.work import blind, calibration, exams, orders, pauses, quality, sealed
from hakari.work.orders import Order
from hakari.work.quality import BY_MERIT, Quality
from hakari.work.records import WORK


def take_order(ledger: Ledger, placed: Placed) -> None:
    number = placed.number("escrow_order")
    if number in ledger.escrow_orders:
        return  # only the first counts; nothing may refer to this one
    key = placed.number("pool"), placed.number("terms_version")
    terms = ledger.terms.get(key)
    if terms is None:
        raise Misplaced("pool of an order", expected="a pool statement in an earlier leaf", got=f"{key[0]}.{key[1]}")
    order = _order(placed)
    if order.evidence != terms.evidence:
        raise Misplaced("evidence class", expected=f"that of the terms, {terms.evidence}", got=order.evidence)
    _check_exam(ledger, order)
    if _declared(order) is not None:
        stocks.take(ledger, order, placed)
    calibration.check_order(order)
    if "bid" in placed.body:
        bid = StatementId(placed.text("bid"))
        if bid not in ledger.bids:
            raise Misplaced("bid of an order", expected="one of an earlier leaf", got=bid)
        if bid in ledger.taken:
            raise Misplaced("bid of an order", expected="taken once", got=f"taken by order {ledger.taken[bid]} too")
        ledger.taken[bid] = placed.id
    if "continues" in placed.body:
        first = ledger.orders.get(StatementId(placed.text("continues")))
        if first is None or "continues" in first.placed.body:
            got = placed.text("continues")
            raise Misplaced("order that is continued", expected="one of an earlier leaf that continues none", got=got)
    made = OrderFile(order=order, placed=placed, terms=terms)
    ledger.orders[placed.id] = made
    ledger.escrow_orders[number] = made


def _check_exam(ledger: Ledger, order: Order) -> None:
    declared = _declared(order)
    if declared is None:
        return
    if declared.exam is not None:
        exams.check_order(order)
    sealed.check(order, declared)
    known = None if declared.requires is None else ledger.orders.get(declared.requires)
    required = None if known is None else _declared(known.order)
    if declared.requires is not None and (required is None or required.exam is None or order.assignment == "open"):
        raise Misplaced("requires", expected="an exam of an earlier leaf, tasks assigned", got=declared.requires)


def _declared(order: Order) -> Quality | None:
    """Return what an order declares; None also where it can't be read, which is named with the order."""
    try:
        return quality.read(order.quality)
    except Malformed:
        return None


def _order(placed: Placed) -> Order:
    # the signature is not kept, so the order's id is the one that was computed when the leaf was read
    return replace(orders.order(_unsigned("order", placed)), id=placed.id)


def _unsigned(kind: str, placed: Placed) -> Statement:
    return Statement(kind=kind, author=placed.author, time=placed.time, body=placed.body, key="", signature="")


def take_bid(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    if file.order.source != "collect" or file.order.buyer == placed.author:
        got = f"one of kind {file.order.source} by {file.order.buyer}"
        raise Misplaced("order of a bid", expected="somebody else's request for data", got=got)
    if placed.number("until") <= placed.time:
        raise Misplaced("until of a bid", expected=f"after its own time, {placed.time}", got=placed.number("until"))
    ledger.bids[placed.id] = placed


def take_tasks(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    if file.tasks is not None:
        raise Misplaced("tasks of an order", expected="stated once", got="again")
    if 0 < placed.number("count") <= file.order.first:
        raise Misplaced("tasks of a calibration", expected=f"fewer than {placed.number('count')}", got=file.order.first)
    file.tasks, file.task_count = placed, placed.number("count")


def take_assignment(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    account, size = Account(placed.text("account")), placed.number("size")
    role = cast(str, placed.body.get("role", WORK))
    if role != WORK:
        _seat(file, placed, account, role)
        return
    declared = _declared(file.order)
    exam = None if declared is None else declared.requires
    if exam is not None:
        sat = ledger.orders[exam]
        result = sat.revised.get(account) or sat.results.get(account)
        if result is None or result.body["passed"] is not True:
            raise Misplaced("assignment", expected=f"after {account} passed the exam {exam}", got="before")
    if ledger.decisions:
        ledger.given.append(placed)
    if file.order.assignment == "open":
        raise Misplaced("assignment", expected="none in an open order", got=f"one for {account}")
    if file.tasks is None:
        raise Misplaced("assignment", expected="after the order's tasks", got="before")
    if file.order.assignment == "listed":
        if size != 0:
            raise Misplaced("size of a listed assignment", expected=0, got=size)
    elif not 0 < size <= placed.leaf or file.sizes.setdefault(account, size) != size:
        raise Misplaced("size of a draw", expected=f"that of the account's first, at most {placed.leaf}", got=size)
    paused = pauses.running(pauses.spans(file.pauses), placed.time)
    if paused is not None:
        raise Misplaced("time of an assignment", expected=f"not while paused until {paused.until}", got=placed.time)
    theirs = file.assigned.setdefault(account, {})
    file.times[placed.leaf] = placed.time
    lasting = file.order.answer_seconds
    past = file.draws.get(account, [])
    if file.waves and past and theirs[past[-1]] < file.waves[-1].leaf:
        file.again.add((account, len(past)))
    for task in cast(list[int], placed.body["tasks"]):
        if task >= file.task_count:
            raise Misplaced("assigned task", expected=f"0 to {file.task_count - 1}", got=task)
        if not file.course.gives(task, placed.time):
            raise Misplaced(
                "assigned task", expected=f"one of the first {file.order.first}, whose word is out", got=task
            )
        file.production |= task >= file.order.first
        before = theirs.get(task)
        if before is not None:
            again = file.times[before] + 2 * lasting
            if file.order.assignment == "listed" or placed.time < again:
                when = "once" if file.order.assignment == "listed" else f"again at {again} at the earliest"
                raise Misplaced("assigned task", expected=f"{task} assigned to {account} {when}", got=placed.time)
            file.earlier.setdefault((account, task), []).append(before)
        theirs[task] = placed.leaf
        if file.order.assignment == "drawn":
            draws = file.draws.setdefault(account, [])
            if file.since.setdefault(task, placed.time) + lasting <= placed.time:
                file.returned.add((account, len(draws)))
            draws.append(task)


def _seat(file: OrderFile, placed: Placed, account: Account, role: str) -> None:
    if role not in file.lots:
        raise Misplaced(f"assignment as {role}", expected="after its draw", got="before")
    theirs = file.seated.setdefault(role, {}).setdefault(account, {})
    for task in cast(list[int], placed.body["tasks"]):
        if theirs.setdefault(task, placed.leaf) != placed.leaf:
            raise Misplaced("assigned task", expected=f"assigned to {account} once", got=f"{task} again")


def take_pause(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    try:
        pauses.check(file.order, file.pauses, _unsigned("pause", placed))
    except HakariError as error:
        raise Misplaced("pause", expected="one that its order allows", got=error.message) from error
    file.pauses.append((placed.time, placed.number("until")))


def take_draw(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file, role = ledger.order(placed), placed.text("role")
    if role in file.lots:
        raise Misplaced(f"draw of role {role}", expected="one", got="a second")
    if not 0 < placed.number("size") <= placed.leaf:
        raise Misplaced("size of a draw", expected=f"at most its own leaf {placed.leaf}", got=placed.number("size"))
    if file.funding is None and funding.asked(file):
        raise Misplaced("draw", expected="after the order's funding", got="before")
    file.lots[role] = placed


def take_qualification(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file, account = ledger.order(placed), Account(placed.text("account"))
    declared = _declared(file.order)
    if declared is None or declared.exam is None:
        raise Misplaced("order of a qualification", expected="an exam", got=file.order.id)
    if placed.number("tasks") != file.task_count or placed.number("right") > file.task_count:
        raise Misplaced("tasks of a qualification", expected=f"{file.task_count}", got=placed.number("tasks"))
    before, again = file.results.get(account), "verdicts" in placed.body
    passed = exams.passes(
        declared.exam,
        right=placed.number("right"),
        tasks=file.task_count,
        before=again and before is not None and before.body["passed"] is True,
    )
    if placed.body["passed"] is not passed:
        raise Misplaced("passed", expected=passed, got=placed.body["passed"])
    if again:
        amended = file.rulings[-1].placed if len(file.rulings) > 1 else None
        if before is None or account in file.revised or amended is None or amended.id != placed.text("verdicts"):
            raise Misplaced(
                "qualification said again", expected="once, after verdicts that amend", got=placed.text("verdicts")
            )
        file.revised[account] = placed
        return
    if account in file.results:
        raise Misplaced("qualification", expected=f"said of {account} once", got="again")
    if all(each.author != account for each in file.submissions):
        raise Misplaced("qualification", expected=f"after a submission of {account}", got="before")
    file.results[account] = placed


def take_appeal(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    declared = quality.read(file.order.quality)
    if declared is None or declared.appeals is None or not file.rulings:
        raise Misplaced("appeal", expected="of an order with appeals and verdicts", got=placed.text("order"))
    first = file.rulings[0]
    if first.placed.id != placed.text("verdicts"):
        raise Misplaced("verdicts of an appeal", expected=first.placed.id, got=placed.text("verdicts"))
    over = first.placed.time + declared.appeals.window_s
    if placed.time >= over or blind.JURY in file.lots:
        raise Misplaced("time of an appeal", expected=f"before {over} and before the jury's draw", got=placed.time)
    theirs = [each for each in first.submissions if each.leaf == placed.number("leaf")]
    if not theirs or theirs[0].author != placed.author or placed.number("n") >= len(theirs[0]):
        where = f"{placed.number('leaf')}.{placed.number('n')}"
        raise Misplaced("appealed answer", expected=f"one of {placed.author} that these verdicts judged", got=where)
    if any(
        (each.number("leaf"), each.number("n")) == (placed.number("leaf"), placed.number("n")) for each in file.appeals
    ):
        where = f"{placed.number('leaf')}.{placed.number('n')}"
        raise Misplaced("appealed answer", expected="one that is not appealed yet", got=where)
    file.appeals.append(placed)


def take_outcome(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file = ledger.order(placed)
    if placed.text("appeal") not in {each.id for each in file.appeals}:
        raise Misplaced("appeal of an outcome", expected="one of an earlier leaf", got=placed.text("appeal"))
    if file.rulings[-1].placed.id != placed.text("verdicts"):
        raise Misplaced("verdicts of an outcome", expected=file.rulings[-1].placed.id, got=placed.text("verdicts"))
    if any(each.text("appeal") == placed.text("appeal") for each in file.outcomes):
        raise Misplaced("outcome of an appeal", expected="said once", got=f"{placed.text('appeal')} again")
    file.outcomes.append(placed)


def take_settlement(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file = ledger.order(placed)
    if not file.rulings or file.rulings[-1].placed.id != placed.text("verdicts"):
        newest = file.rulings[-1].placed.id if file.rulings else "none yet"
        raise Misplaced(
            "verdicts of a settlement", expected=f"the order's newest, {newest}", got=placed.text("verdicts")
        )
    if file.order.quality["rules"] not in BY_MERIT:
        raise Misplaced("settlement", expected="one of an order by merit", got=file.order.quality["rules"])
    file.settlements.append(placed)
    ledger.settlements[placed.id] = file


def take_slash(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    if placed.text("settlement") not in ledger.settlements:
        raise Misplaced("settlement of a slash", expected="one of an earlier leaf", got=placed.text("settlement"))
    if any(each.number("case") == placed.number("case") for each in ledger.slashes):
        raise Misplaced("case of a slash", expected="said once", got=f"{placed.number('case')} again")
    ledger.slashes.append(placed)


def take_submission(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    if file.tasks is None:
        raise Misplaced("submission", expected="after the order's tasks", got="before")
    role = cast(str, placed.body.get("role", WORK))
    if role == WORK and (file.lots or file.funding is not None):
        raise Misplaced("submission of work", expected="before the order's funding and draw", got="after")
    if role == WORK:
        waves.take_answers(file, len(cast(list[str], placed.body["commitments"])))
    if role == WORK and file.rulings:
        raise Misplaced("submission of work", expected="before the order's verdicts", got="after")
    if role == WORK and placed.author in file.results:
        raise Misplaced("submission in an exam", expected=f"before the result of {placed.author}", got="after")
    if role == WORK and placed.time >= file.order.deadline:
        raise Misplaced("time of a submission", expected=f"before {file.order.deadline}", got=placed.time)
    if role == WORK and not pauses.takes(file.order, pauses.spans(file.pauses), placed.time):
        raise Misplaced("time of a submission", expected="before the order was paused", got=placed.time)
    versions = [version for version, _ in file.course.versions()]
    if placed.body["guideline"] not in versions:
        raise Misplaced("guideline", expected=f"version {versions}", got=placed.body["guideline"])
    made = Submission(
        leaf=placed.leaf,
        id=placed.id,
        author=placed.author,
        time=placed.time,
        commitments=bytes.fromhex("".join(cast(list[str], placed.body["commitments"]))),
        role=role,
        tasks=tuple(cast(list[int], placed.body.get("tasks", []))),
        guideline=placed.number("guideline"),
    )
    if _reveals(file, role):
        file.commits.take(made)
    elif made.tasks:
        raise Misplaced("tasks of a submission", expected="none where answers are not committed first", got="some")
    (file.submissions if role == WORK else file.hidden).append(made)


def _reveals(file: OrderFile, role: str) -> bool:
    declared = _declared(file.order)
    return declared is not None and declared.reveals(role)


def take_call(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file, role = ledger.order(placed), placed.text("role")
    declared, drawn = _declared(file.order), file.lots.get(role)
    if declared is None or not declared.reveals(role) or (drawn is None and role != WORK):
        raise Misplaced("call", expected="of a role, drawn before, whose answers are committed first", got=role)
    if drawn is None:
        file.commits.call(placed, declared, ends=file.order.deadline, places=file.order.redundancy)
    else:
        file.commits.call(placed, declared, ends=drawn.time + declared.within_s(role), places=declared.seats(role))


def take_reveal(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    declared = _declared(file.order)
    known = file.commits.submissions.get(StatementId(placed.text("submission")))
    if known is None or declared is None or declared.reveal is None:
        raise Misplaced(
            "submission of a reveal", expected="one of an earlier leaf, committed first", got=placed.text("submission")
        )
    if known.role == WORK and file.lots:
        raise Misplaced("reveal of work", expected="before the order's draw", got="after")
    file.commits.reveal(placed, known, declared.reveal.within_s)


def take_verdicts(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file = ledger.order(placed)
    size = placed.number("size")
    if size > placed.leaf:
        raise Misplaced("size of verdicts", expected=f"at most their own leaf {placed.leaf}", got=size)
    if placed.body["rules"] != file.order.quality["rules"]:
        raise Misplaced("rules", expected=file.order.quality["rules"], got=placed.body["rules"])
    end = file.judged
    while end < len(file.submissions) and file.submissions[end].leaf < size:
        end += 1
    judged = tuple(file.submissions[file.judged : end])
    if "amends" in placed.body:
        # Without a jury nothing new is known, and verdicts that pay by themselves would pay the same answers twice.
        if blind.JURY not in file.lots or [each.placed.id for each in file.rulings] != [placed.body["amends"]]:
            raise Misplaced(
                "verdicts that amend", expected="the order's first, after a jury", got=placed.body["amends"]
            )
        judged = file.rulings[0].submissions
    elif file.rulings or end < len(file.submissions):
        # Who could be judged apart from the others would be judged by nobody's answers but their own.
        raise Misplaced("verdicts", expected="one over all the order's answers", got="verdicts over some")
    ruling = Ruling(
        placed=placed,
        submissions=judged,
        blind=tuple(each for each in file.hidden if each.leaf < size),
        unopened=frozenset(place for place in file.commits.by_place if not file.commits.opened(place, size)),
    )
    file.judged = max(end, file.judged)
    file.rulings.append(ruling)
    ledger.rulings[placed.id] = file, ruling
