"""What the log says, folded statement by statement: each placed where later checks look for it.

Taking a statement checks what only its place in the log can tell: what it refers to stands in an earlier leaf, and fits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from hakari.access import quarantine
from hakari.core import canonical, money
from hakari.core.canonical import Json
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.statement import SCOPE_OF_KIND, Statement
from hakari.data import lineages
from hakari.pay import royalties
from hakari.pay.royalties import Lineage, Parent, RoyaltyTooHigh
from hakari.people.book import operator_after
from hakari.verify.committed import Commits
from hakari.verify.openings import Place
from hakari.verify.placed import Misplaced, Placed, Submission
from hakari.work import blind, exams, orders, pauses, quality
from hakari.work.orders import Order, Terms
from hakari.work.quality import BY_MERIT, Quality
from hakari.work.records import WORK


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """A `verdicts` statement with the submissions that it must judge, and those in other roles that it opens.

    unopened: of these, committed answers that no reveal in an earlier leaf than its size opened.
    """

    placed: Placed
    submissions: tuple[Submission, ...]
    blind: tuple[Submission, ...] = ()
    unopened: frozenset[Place] = frozenset()

    @property
    def count(self) -> int:
        """Answers that these submissions hold."""
        return sum(len(submission) for submission in self.submissions)


@dataclass
class OrderFile:
    """An order with all that the log says of it.

    assigned: account → task → leaf of the newest assignment; earlier: the leaves before it, where a task lapsed and came again;
    times: leaf → time of an assignment. sizes: account → log size of its draw. draws: account → its drawn tasks in order; returned: the
    (account, place in its draws) of tasks that had been somebody's long enough to lapse; since: task → time of its first assignment.
    results: account → its `qualification` in an exam.
    seated: role → account → task → leaf, of answers in other roles than work; hidden: their submissions. lots: role → its `draw`.
    pauses: (time, until) of each.
    """

    order: Order
    placed: Placed
    terms: Terms
    tasks: Placed | None = None
    task_count: int = 0
    assigned: dict[Account, dict[int, int]] = field(default_factory=dict[Account, dict[int, int]])
    earlier: dict[tuple[Account, int], list[int]] = field(default_factory=dict[tuple[Account, int], list[int]])
    times: dict[int, int] = field(default_factory=dict[int, int])
    draws: dict[Account, list[int]] = field(default_factory=dict[Account, list[int]])
    returned: set[tuple[Account, int]] = field(default_factory=set[tuple[Account, int]])
    since: dict[int, int] = field(default_factory=dict[int, int])
    sizes: dict[Account, int] = field(default_factory=dict[Account, int])
    submissions: list[Submission] = field(default_factory=list[Submission])
    seated: dict[str, dict[Account, dict[int, int]]] = field(default_factory=dict[str, dict[Account, dict[int, int]]])
    hidden: list[Submission] = field(default_factory=list[Submission])
    commits: Commits = field(default_factory=Commits)
    lots: dict[str, Placed] = field(default_factory=dict[str, Placed])
    settlements: list[Placed] = field(default_factory=list[Placed])
    appeals: list[Placed] = field(default_factory=list[Placed])
    outcomes: list[Placed] = field(default_factory=list[Placed])
    results: dict[Account, Placed] = field(default_factory=dict[Account, Placed])
    pauses: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    judged: int = 0
    rulings: list[Ruling] = field(default_factory=list[Ruling])

    def may_answer(self, account: Account, task: int, submission: Submission) -> bool:
        """Tell whether an assignment of an earlier leaf, not lapsed at the submission's time, gave the task to the account."""
        newest = self.assigned.get(account, {}).get(task)
        if newest is None:
            return False
        return self._covers(newest, submission) or any(
            self._covers(leaf, submission) for leaf in self.earlier.get((account, task), ())
        )

    def _covers(self, leaf: int, submission: Submission) -> bool:
        return leaf < submission.leaf and submission.time < self.order.lapses(self.times[leaf])


@dataclass
class Ledger:
    """A log of statements, as far as it was taken. `ids` has every statement's leaf by its 32-byte id. `said` are reports,
    decisions and objections; `given` the assignments after the first decision. `operators` are (leaf after which, account), in order;
    `taken` has the order that took a bid, by the bid;
    `followed` has for the leaf of each `chain` statement the next leaf of scope operate.
    """

    node: Mapping[str, Json]
    size: int = 0
    ids: dict[bytes, int] = field(default_factory=dict[bytes, int])
    nodes: list[Placed] = field(default_factory=list[Placed])
    operators: list[tuple[int, Account]] = field(default_factory=list[tuple[int, Account]])
    followed: dict[int, int] = field(default_factory=dict[int, int])
    pools: dict[tuple[int, int], Placed] = field(default_factory=dict[tuple[int, int], Placed])
    terms: dict[tuple[int, int], Terms] = field(default_factory=dict[tuple[int, int], Terms])
    orders: dict[StatementId, OrderFile] = field(default_factory=dict[StatementId, OrderFile])
    escrow_orders: dict[int, OrderFile] = field(default_factory=dict[int, OrderFile])
    rulings: dict[StatementId, tuple[OrderFile, Ruling]] = field(
        default_factory=dict[StatementId, tuple[OrderFile, Ruling]]
    )
    settlements: dict[StatementId, OrderFile] = field(default_factory=dict[StatementId, OrderFile])
    slashes: list[Placed] = field(default_factory=list[Placed])
    services: dict[int, list[Placed]] = field(default_factory=dict[int, list[Placed]])
    epochs: list[Placed] = field(default_factory=list[Placed])
    releases: dict[StatementId, Placed] = field(default_factory=dict[StatementId, Placed])
    sales: list[Placed] = field(default_factory=list[Placed])
    sold: dict[StatementId, Placed] = field(default_factory=dict[StatementId, Placed])
    instalments: list[Placed] = field(default_factory=list[Placed])
    uses: list[Placed] = field(default_factory=list[Placed])
    chains: list[Placed] = field(default_factory=list[Placed])
    said: dict[StatementId, Placed] = field(default_factory=dict[StatementId, Placed])
    decisions: list[Placed] = field(default_factory=list[Placed])
    given: list[Placed] = field(default_factory=list[Placed])
    bids: dict[StatementId, Placed] = field(default_factory=dict[StatementId, Placed])
    taken: dict[StatementId, StatementId] = field(default_factory=dict[StatementId, StatementId])
    latest_time: int = 0

    def take(self, statement: Statement, leaf: int, identity: StatementId) -> None:
        """Place a good statement whose id is `identity`. Raises Misplaced, and then nothing but its id is kept."""
        known = self.ids.setdefault(bytes.fromhex(identity), leaf)
        if known != leaf:
            raise Misplaced("statement", expected="in the log once", got=f"leaves {known} and {leaf}")
        if statement.kind == "delegation":
            if leaf == 1:
                raise Misplaced("second leaf", expected="node", got=statement.kind)
            return
        if leaf < 2 and (leaf, statement.kind) != (1, "node"):
            raise Misplaced("first leaves", expected="the operator's delegation, then node", got=statement.kind)
        placed = Placed(leaf=leaf, id=identity, author=statement.author, time=statement.time, body=statement.body)
        if self.chains and SCOPE_OF_KIND[statement.kind] == "operate":
            self.followed.setdefault(self.chains[-1].leaf, leaf)
        take = _TAKERS.get(statement.kind)
        if take is not None:
            take(self, placed)

    def operated(self, below: int) -> list[Account]:
        """Return who operated the log in leaves < below, in order; an account once for each time."""
        return [account for after, account in self.operators if after < below]

    def order(self, placed: Placed) -> OrderFile:
        """Return the order that a statement names. Raises Misplaced where no earlier leaf made it."""
        found = self.orders.get(StatementId(placed.text("order")))
        if found is None:
            raise Misplaced("order", expected="an order of an earlier leaf", got=placed.text("order"))
        return found

    def lineage(self, release: str) -> Lineage:
        """Return a release with all that it derives from, and what each asks of those below it."""

        def parents(each: str) -> list[Parent]:
            named = lineages.parents(self.releases[StatementId(each)].body)
            terms = {parent: self.order(self.releases[StatementId(parent)]).terms for parent, _ in named}
            return [Parent(work=parent, bps=bps, of=terms[parent].derive_of) for parent, bps in named]

        return royalties.lineage(release, parents)


def _take_node(ledger: Ledger, placed: Placed) -> None:
    log = cast(Mapping[str, Json], placed.body["log"])
    if ledger.nodes:
        first = ledger.nodes[0].body
        if placed.body["chain"] != first["chain"]:
            raise Misplaced("chain of a later node statement", expected="as in the first", got=placed.body["chain"])
        if log["origin"] != cast(Mapping[str, Json], first["log"])["origin"]:
            raise Misplaced("origin of a later node statement", expected="as in the first", got=log["origin"])
    after = operator_after(placed.author, placed.body)
    if not ledger.nodes and after != placed.author:
        raise Misplaced("operator in the first node statement", expected=f"none but {placed.author}", got=after)
    if not ledger.operators or ledger.operators[-1][1] != after:
        ledger.operators.append((placed.leaf, after))
    ledger.nodes.append(placed)
    ledger.latest_time = max(ledger.latest_time, placed.time)


def _take_pool(ledger: Ledger, placed: Placed) -> None:
    key = placed.number("pool"), placed.number("terms_version")
    known = ledger.pools.get(key)
    if known is not None and known.body["terms"] != placed.body["terms"]:
        raise Misplaced("terms of one version", expected="never changed", got=f"pool {key[0]} version {key[1]} again")
    ledger.pools[key] = placed
    ledger.terms[key] = orders.terms(placed.body)


def _take_order(ledger: Ledger, placed: Placed) -> None:
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
    if "bid" in placed.body:
        bid = StatementId(placed.text("bid"))
        if bid not in ledger.bids:
            raise Misplaced("bid of an order", expected="one of an earlier leaf", got=bid)
        if bid in ledger.taken:
            raise Misplaced("bid of an order", expected="taken once", got=f"taken by order {ledger.taken[bid]} too")
        ledger.taken[bid] = placed.id
    made = OrderFile(order=order, placed=placed, terms=terms)
    ledger.orders[placed.id] = made
    ledger.escrow_orders[number] = made


def _check_exam(ledger: Ledger, order: Order) -> None:
    declared = _declared(order)
    if declared is None:
        return
    if declared.exam is not None:
        exams.check_order(order)
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


def _take_bid(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    if file.order.source != "collect" or file.order.buyer == placed.author:
        got = f"one of kind {file.order.source} by {file.order.buyer}"
        raise Misplaced("order of a bid", expected="somebody else's request for data", got=got)
    if placed.number("until") <= placed.time:
        raise Misplaced("until of a bid", expected=f"after its own time, {placed.time}", got=placed.number("until"))
    ledger.bids[placed.id] = placed


def _take_tasks(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    if file.tasks is not None:
        raise Misplaced("tasks of an order", expected="stated once", got="again")
    file.tasks, file.task_count = placed, placed.number("count")


def _take_assignment(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    account, size = Account(placed.text("account")), placed.number("size")
    role = cast(str, placed.body.get("role", WORK))
    if role != WORK:
        _seat(file, placed, account, role)
        return
    declared = _declared(file.order)
    exam = None if declared is None else declared.requires
    if exam is not None:
        result = ledger.orders[exam].results.get(account)
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
    for task in cast(list[int], placed.body["tasks"]):
        if task >= file.task_count:
            raise Misplaced("assigned task", expected=f"0 to {file.task_count - 1}", got=task)
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


def _take_pause(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    try:
        pauses.check(file.order, file.pauses, _unsigned("pause", placed))
    except HakariError as error:
        raise Misplaced("pause", expected="one that its order allows", got=error.message) from error
    file.pauses.append((placed.time, placed.number("until")))


def _take_draw(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file, role = ledger.order(placed), placed.text("role")
    if role in file.lots:
        raise Misplaced(f"draw of role {role}", expected="one", got="a second")
    if not 0 < placed.number("size") <= placed.leaf:
        raise Misplaced("size of a draw", expected=f"at most its own leaf {placed.leaf}", got=placed.number("size"))
    file.lots[role] = placed


def _take_qualification(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file, account = ledger.order(placed), Account(placed.text("account"))
    declared = _declared(file.order)
    if declared is None or declared.exam is None:
        raise Misplaced("order of a qualification", expected="an exam", got=file.order.id)
    if placed.number("tasks") != file.task_count or placed.number("right") > file.task_count:
        raise Misplaced("tasks of a qualification", expected=f"{file.task_count}", got=placed.number("tasks"))
    passed = declared.exam.passed(right=placed.number("right"), tasks=file.task_count)
    if placed.body["passed"] is not passed:
        raise Misplaced("passed", expected=passed, got=placed.body["passed"])
    if account in file.results:
        raise Misplaced("qualification", expected=f"said of {account} once", got="again")
    if all(each.author != account for each in file.submissions):
        raise Misplaced("qualification", expected=f"after a submission of {account}", got="before")
    file.results[account] = placed


def _take_service(ledger: Ledger, placed: Placed) -> None:
    ledger.services.setdefault(placed.number("pool"), []).append(placed)


def _take_appeal(ledger: Ledger, placed: Placed) -> None:
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
    file.appeals.append(placed)


def _take_outcome(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file = ledger.order(placed)
    if placed.text("appeal") not in {each.id for each in file.appeals}:
        raise Misplaced("appeal of an outcome", expected="one of an earlier leaf", got=placed.text("appeal"))
    if file.rulings[-1].placed.id != placed.text("verdicts"):
        raise Misplaced("verdicts of an outcome", expected=file.rulings[-1].placed.id, got=placed.text("verdicts"))
    file.outcomes.append(placed)


def _take_settlement(ledger: Ledger, placed: Placed) -> None:
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


def _take_slash(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    if placed.text("settlement") not in ledger.settlements:
        raise Misplaced("settlement of a slash", expected="one of an earlier leaf", got=placed.text("settlement"))
    if any(each.number("case") == placed.number("case") for each in ledger.slashes):
        raise Misplaced("case of a slash", expected="said once", got=f"{placed.number('case')} again")
    ledger.slashes.append(placed)


def _take_submission(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    if file.tasks is None:
        raise Misplaced("submission", expected="after the order's tasks", got="before")
    role = cast(str, placed.body.get("role", WORK))
    if role == WORK and file.lots:
        raise Misplaced("submission of work", expected="before the order's draw", got="after")
    if role == WORK and file.rulings and file.order.quality["rules"] in BY_MERIT:
        raise Misplaced("submission of work", expected="before the order's verdicts by merit", got="after")
    if role == WORK and placed.author in file.results:
        raise Misplaced("submission in an exam", expected=f"before the result of {placed.author}", got="after")
    if role == WORK and placed.time >= file.order.deadline:
        raise Misplaced("time of a submission", expected=f"before {file.order.deadline}", got=placed.time)
    if role == WORK and not pauses.takes(file.order, pauses.spans(file.pauses), placed.time):
        raise Misplaced("time of a submission", expected="before the order was paused", got=placed.time)
    if placed.body["guideline"] != file.order.guideline:
        raise Misplaced("guideline", expected=f"version {file.order.guideline}", got=placed.body["guideline"])
    made = Submission(
        leaf=placed.leaf,
        id=placed.id,
        author=placed.author,
        time=placed.time,
        commitments=bytes.fromhex("".join(cast(list[str], placed.body["commitments"]))),
        role=role,
        tasks=tuple(cast(list[int], placed.body.get("tasks", []))),
    )
    if _reveals(file, role):
        file.commits.take(made)
    elif made.tasks:
        raise Misplaced("tasks of a submission", expected="none where answers are not committed first", got="some")
    (file.submissions if role == WORK else file.hidden).append(made)


def _reveals(file: OrderFile, role: str) -> bool:
    declared = _declared(file.order)
    return declared is not None and declared.reveals(role)


def _take_call(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file, role = ledger.order(placed), placed.text("role")
    declared, drawn = _declared(file.order), file.lots.get(role)
    if declared is None or not declared.reveals(role) or drawn is None:
        raise Misplaced("call", expected="of a drawn role whose answers are committed first", got=role)
    file.commits.call(placed, declared, drawn)


def _take_reveal(ledger: Ledger, placed: Placed) -> None:
    file = ledger.order(placed)
    declared = _declared(file.order)
    known = next((each for each in file.hidden if each.id == placed.text("submission")), None)
    if known is None or declared is None or declared.reveal is None:
        raise Misplaced(
            "submission of a reveal", expected="one of an earlier leaf, committed first", got=placed.text("submission")
        )
    file.commits.reveal(placed, known, declared.reveal.within_s)


def _take_verdicts(ledger: Ledger, placed: Placed) -> None:
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
    elif file.order.quality["rules"] in BY_MERIT and (file.rulings or end < len(file.submissions)):
        # Settlements pay an account once, by the newest verdicts: what other verdicts judge would never be paid.
        raise Misplaced("verdicts by merit", expected="one over all the order's answers", got="verdicts over some")
    ruling = Ruling(
        placed=placed,
        submissions=judged,
        blind=tuple(each for each in file.hidden if each.leaf < size),
        unopened=frozenset(place for place in file.commits.by_place if not file.commits.opened(place, size)),
    )
    file.judged = max(end, file.judged)
    file.rulings.append(ruling)
    ledger.rulings[placed.id] = file, ruling


def _take_epoch(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    key = placed.number("pool"), placed.number("terms_version")
    if key not in ledger.terms:
        raise Misplaced("pool of an epoch", expected="a pool statement in an earlier leaf", got=f"{key[0]}.{key[1]}")
    if placed.number("size") > placed.leaf:
        raise Misplaced("size of an epoch", expected=f"at most its own leaf {placed.leaf}", got=placed.number("size"))
    ledger.epochs.append(placed)


def _take_release(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file = ledger.order(placed)
    if placed.number("pool") != file.order.pool:
        raise Misplaced("pool of a release", expected=file.order.pool, got=placed.number("pool"))
    lineage = cast(Mapping[str, list[str]], placed.body["lineage"])
    if placed.text("order") not in lineage["orders"]:
        raise Misplaced("orders of the lineage", expected="the release's own among them", got=lineage["orders"])
    parents = [parent for parent, _ in lineages.parents(placed.body)]
    _check_parents(ledger, placed)
    for ruling in lineage["verdicts"]:
        known = ledger.rulings.get(StatementId(ruling))
        if known is None or known[0].order.id not in lineage["orders"]:
            raise Misplaced("verdicts of a release", expected="verdicts of its orders in earlier leaves", got=ruling)
    for name, each in (("orders", lineage["orders"]), ("parents", parents), ("verdicts", lineage["verdicts"])):
        if len(set(each)) != len(each):
            raise Misplaced(f"{name} of a release", expected="each once", got=each)
    ledger.releases[placed.id] = placed
    try:
        royalties.parts(money.BPS, placed.id, ledger.lineage(placed.id))
    except RoyaltyTooHigh as error:
        del ledger.releases[placed.id]
        raise Misplaced("parents of a release", expected=f"at most {money.BPS} bps", got=error.message) from error


def _check_parents(ledger: Ledger, placed: Placed) -> None:
    for parent, bps in lineages.parents(placed.body):
        above = ledger.releases.get(StatementId(parent))
        if above is None:
            raise Misplaced("parent of a release", expected="a release of an earlier leaf", got=parent)
        least = ledger.order(above).terms.derive_bps
        if bps < least:
            raise Misplaced(f"share of parent {parent}", expected=f"at least {least} bps, as its terms ask", got=bps)


def _take_sale(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    _known_release(ledger, placed)
    ledger.sales.append(placed)
    ledger.sold[placed.id] = placed


def _take_instalment(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    if placed.text("sale") not in ledger.sold:
        raise Misplaced("sale of an instalment", expected="a sale of an earlier leaf", got=placed.text("sale"))
    if not money.parse(placed.body["amount"]):
        raise Misplaced("amount of an instalment", expected="above 0", got=0)
    ledger.instalments.append(placed)


def _take_use(ledger: Ledger, placed: Placed) -> None:
    _known_release(ledger, placed)
    ledger.uses.append(placed)


def _known_release(ledger: Ledger, placed: Placed) -> None:
    if placed.text("release") not in ledger.releases:
        raise Misplaced("release", expected="a release of an earlier leaf", got=placed.text("release"))


def _take_chain(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    first, last = placed.number("from"), placed.number("to")
    chain = cast(Mapping[str, Json], ledger.node["chain"])
    after = ledger.chains[-1].number("to") + 1 if ledger.chains else cast(int, chain["from_block"])
    if first != after or last < first:
        raise Misplaced("blocks", expected=f"from {after} on without a gap", got=f"{first} to {last}")
    ledger.chains.append(placed)


def _take_report(ledger: Ledger, placed: Placed) -> None:
    _known_subject(ledger, placed)
    ledger.said[placed.id] = placed


def _take_decision(ledger: Ledger, placed: Placed) -> None:
    ledger.latest_time = max(ledger.latest_time, placed.time)
    _known_subject(ledger, placed)
    for named in cast(list[str], placed.body["about"]):
        known = ledger.said.get(StatementId(named))
        if known is None or known.body["subject"] != placed.body["subject"] or "result" in known.body:
            raise Misplaced("what a decision is about", expected="reports and objections of earlier leaves", got=named)
    ledger.said[placed.id] = placed
    ledger.decisions.append(placed)


def _take_objection(ledger: Ledger, placed: Placed) -> None:
    known = ledger.said.get(StatementId(placed.text("decision")))
    if known is None or known.body["subject"] != placed.body["subject"] or "result" not in known.body:
        raise Misplaced("decision of an objection", expected="one of an earlier leaf", got=placed.text("decision"))
    ledger.said[placed.id] = placed


def _known_subject(ledger: Ledger, placed: Placed) -> None:
    kind, named, _ = quarantine.parts(placed.text("subject"))
    known = kind == "account" or StatementId(named) in (
        ledger.releases if kind in ("release", "row") else ledger.orders
    )
    if not known:
        raise Misplaced("subject", expected="something of an earlier leaf", got=placed.text("subject"))


_TAKERS = {
    "appeal": _take_appeal,
    "assignment": _take_assignment,
    "bid": _take_bid,
    "call": _take_call,
    "chain": _take_chain,
    "decision": _take_decision,
    "draw": _take_draw,
    "epoch": _take_epoch,
    "instalment": _take_instalment,
    "node": _take_node,
    "objection": _take_objection,
    "order": _take_order,
    "outcome": _take_outcome,
    "pause": _take_pause,
    "pool": _take_pool,
    "qualification": _take_qualification,
    "release": _take_release,
    "report": _take_report,
    "reveal": _take_reveal,
    "sale": _take_sale,
    "service": _take_service,
    "settlement": _take_settlement,
    "slash": _take_slash,
    "submission": _take_submission,
    "tasks": _take_tasks,
    "use": _take_use,
    "verdicts": _take_verdicts,
}


def node_bytes(placed: Placed) -> bytes:
    """Return what node.json must be: the body of a node statement, canonical, without a line feed."""
    return canonical.encode(placed.body)
