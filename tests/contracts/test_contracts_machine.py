"""State machines: honest and hostile people at random, money counted after every step, everything paid at the end.

The world of the first machine: an operator who may lie or die, buyers who close and refund as early as they may, a griefer, an
arbiter who is right, wrong or asleep, a court that is right or asleep, and one watcher who looks once a day. Recorded work is
owed whether or not the operator has reserved it. In the end the operator is dead and the court awake, and every recorded unit
of work must reach its worker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from evm_chain import Reverted
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from money_world import COURT, DAY, UNIT, UNSTAKE, WINDOW, World
from sum_tree import NO_LEAF, NO_LINE, Entry, EpochTree, Line, next_epoch

PENDING, CHALLENGED, RULED, AT_COURT, UPHELD = range(1, 6)
WORLD = World()
LOOKS: Counter[type] = Counter()
"""How often the invariants of a machine were looked at: once before its first step and once after each."""

amounts = st.integers(1, 400).map(lambda n: n * UNIT)
people = st.integers(0, 3)
KINDS = [
    "steal",
    "omit",
    "carry-more",
    "carry-less",
    "invent",
    "drop",
    "swap",
    "hole",
    "twice",
    "again",
    "sum",
    "bare",
]
lies = st.sampled_from(KINDS)


@contextmanager
def refusal(*reasons: str) -> Iterator[None]:
    """Let a call be refused for one of these reasons; any other one is a finding."""
    try:
        yield
    except Reverted as refused:
        if refused.reason not in reasons:
            raise


class Market(RuleBasedStateMachine):
    """Escrow, payouts, proofs and licences under fire."""

    def __init__(self) -> None:
        super().__init__()
        self.world = WORLD
        self.kept = dict(vars(WORLD))
        self.anchor = WORLD.chain.undone()
        self.anchor.__enter__()
        self.rich = [WORLD.operator, WORLD.outsider, WORLD.griefer, WORLD.buyer]
        WORLD.rich(*self.rich, amount=10**9 * UNIT)
        self.orders: list[int] = []
        self.sales: dict[int, int] = {}
        # what the log says: lines owed and not yet in an accepted epoch, and what each worker has earned in all
        self.unpaid: list[tuple[str, Line]] = []
        self.earned: dict[str, int] = dict.fromkeys(WORLD.workers, 0)
        self.trees: list[EpochTree] = []
        self.right = False
        self.paying: list[tuple[str, Line]] = []
        self.royalty: dict[str, int] = {}
        self.proof: Callable[[], None] | None = None
        self.court_awake = True
        self.operator_dead = False
        self.offer = WORLD.licences.offer(
            WORLD.pool, b"\0" * 32, 2, 50 * UNIT, 0, 30 * DAY, False, [], sender=WORLD.operator
        )

    def teardown(self) -> None:
        try:
            self.drain()
        finally:
            self.anchor.__exit__(None, None, None)
            vars(WORLD).clear()
            vars(WORLD).update(self.kept)

    # ---- the slot

    @property
    def slot(self) -> Any:
        return self.world.payouts.slot(self.world.pool)

    @property
    def last(self) -> EpochTree | None:
        return self.trees[-1] if self.trees else None

    def due(self) -> tuple[dict[str, list[Line]], list[tuple[int, int, int]], dict[str, int]]:
        """All lines that the log owes now, the pulls that pay them, and the royalties among them."""
        world = self.world
        lines: dict[str, list[Line]] = {}
        pays: dict[int, int] = {}
        for account, line in self.unpaid:
            lines.setdefault(account, []).append(line)
            pays[line.source] = pays.get(line.source, 0) + line.amount
        royalty: dict[str, int] = {}
        for order in self.sales:
            state = world.escrow.order(order)
            amount = state.vested - state.paid_out
            if amount:
                owner = world.workers[order % 4]
                lines.setdefault(owner, []).append(Line(cause=world.cause(), source=order, amount=amount))
                pays[order] = amount
                royalty[owner] = royalty.get(owner, 0) + amount
        return lines, [(order, pay, 0) for order, pay in sorted(pays.items())], royalty

    def put(self, tree: EpochTree, pulls: list[tuple[int, int, int]], sender: str) -> bool:
        """Propose; False if the contracts refuse the sender or the sum."""
        with refusal("auth", "pending", "empty", "short", "total", "vest", "order"):
            self.world.propose(tree, pulls, sender=sender)
            return True
        return False

    def put_honest(self, sender: str) -> bool:
        lines, pulls, royalty = self.due()
        if not pulls:
            return False
        tree = next_epoch(self.last, lines)
        if not self.put(tree, pulls, sender):
            return False
        self.right, self.paying, self.royalty, self.proof = True, list(self.unpaid), royalty, None
        return True

    def settle(self) -> None:
        """Settle if the contract lets us; a wrong root must never be accepted."""
        world = self.world
        with refusal("wait", "state"):
            world.settle()
            self.after()

    def after(self) -> None:
        if any(log.name == "Accepted" for log in self.world.chain.logs):
            assert self.right, "a wrong root was accepted"
            assert self.world.pending is not None
            self.trees.append(self.world.pending)
            self.unpaid = [item for item in self.unpaid if item not in self.paying]
            for account, amount in self.royalty.items():
                self.earned[account] += amount

    def challenge(self, sender: str) -> None:
        self.world.payouts.challenge(self.world.pool, 3, b"\1" * 32, sender=sender)

    # ---- one diligent watcher

    def watch(self) -> None:
        """What an honest stranger does each day: prove, challenge, appeal, settle, and propose where the buyer might escape."""
        world, slot = self.world, self.slot
        now = world.chain.time
        if slot.state == 0:
            closing = [o for o in self.orders if world.escrow.order(o).state > 1]
            if any(line.source in closing for _, line in self.unpaid) and world.payouts.open_to_all(world.pool):
                assert self.put_honest(world.outsider)
            return
        if not self.right:
            if self.proof is not None:
                self.proof()
                return
            if slot.state == PENDING:
                self.challenge(world.outsider)
                return
        silent = slot.state == CHALLENGED and now > slot.deadline
        if silent or (slot.state == RULED and slot.valid != self.right and now <= slot.deadline):
            world.payouts.appeal(world.pool, sender=world.outsider)
        elif slot.state == AT_COURT and self.court_awake and now <= slot.deadline:
            world.payouts.rule(world.pool, self.right, sender=world.court)
        else:
            self.settle()

    def day(self) -> None:
        self.watch()
        self.world.chain.pass_time(DAY - 1)
        self.watch()
        self.world.chain.pass_time(1)

    # ---- rules

    @initialize(amount=amounts, reserve=st.booleans())
    def first_epoch(self, amount: int, reserve: bool) -> None:
        """Every run starts with an accepted epoch and new work, so that each lie has something to lie about."""
        for _ in range(2):
            self.fund(amount)
        for _ in range(2):
            for who in range(3):
                self.work(i=who, who=who, part=20, reserve=reserve)
            if not self.trees:
                self.put_honest(self.world.operator)
                self.world.chain.pass_time(WINDOW)
                self.settle()

    @precondition(lambda self: self.slot.state == 0)
    @rule(
        lie=st.sampled_from(["", *KINDS]),
        who=people,
        by_buyer=st.booleans(),
        griefer=st.booleans(),
        ruling=st.sampled_from(["right", "wrong", "none"]),
        appeals=st.booleans(),
        awake=st.booleans(),
        days=st.integers(0, 20),
        more=st.integers(0, 3),
    )
    def a_whole_dispute(
        self,
        *,
        lie: str,
        who: int,
        by_buyer: bool,
        griefer: bool,
        ruling: str,
        appeals: bool,
        awake: bool,
        days: int,
        more: int,
    ) -> None:
        """One epoch from proposal to end in one step, with everybody's behaviour drawn at the start."""
        self.court_awake = awake
        for worker in range(more):
            self.work(i=worker, who=worker, part=30, reserve=by_buyer)
        if not lie:
            self.put_honest(self.world.outsider if self.operator_dead else self.world.operator)
        else:
            self.lie(lie=lie, who=who, by_buyer=by_buyer)
        if self.slot.state == PENDING and (griefer or not self.right):
            self.challenge(self.world.griefer)
            if ruling != "none":
                self.arbiter_rules(right=ruling == "right")
                if appeals:
                    self.griefer_appeals()
        for _ in range(days):
            self.day()
            if self.slot.state == 0:
                break
        self.buyer_refunds_all_it_can()

    @rule(amount=amounts)
    def fund(self, amount: int) -> None:
        if len(self.orders) < 6:
            world = self.world
            order = world.escrow.fund(world.pool, 1, amount, world.chain.time + 200 * DAY, sender=world.buyer)
            self.orders.append(order)

    @precondition(lambda self: len(self.sales) < 3)
    @rule()
    def buy(self) -> None:
        world = self.world
        number = world.licences.buy(self.offer, world.buyer, 50 * UNIT, sender=world.buyer)
        self.sales[world.chain.log("Bought")["order"]] = number

    @precondition(lambda self: self.sales)
    @rule(i=people)
    def revoke(self, i: int) -> None:
        world = self.world
        order = sorted(self.sales)[i % len(self.sales)]
        if world.escrow.order(order).state == 1:
            world.licences.revoke(self.sales[order], b"\1" * 32, 1, sender=world.operator)

    @precondition(lambda self: self.orders)
    @rule(i=people, who=people, part=st.integers(1, 100), reserve=st.booleans())
    def work(self, i: int, who: int, part: int, reserve: bool) -> None:
        """Record work in the log, at most what the order can pay; the operator reserves it or not."""
        world = self.world
        order = self.orders[i % len(self.orders)]
        state = world.escrow.order(order)
        owed = sum(line.amount for _, line in self.unpaid if line.source == order)
        amount = (state.left - owed) * part // 100
        if state.state != 1 or amount <= 0:
            return
        worker = world.workers[who]
        if reserve and not self.operator_dead and state.reserved + amount <= state.left:
            world.escrow.reserve(order, amount, world.size, sender=world.operator)
        self.unpaid.append((worker, Line(cause=world.cause(), source=order, amount=amount)))
        self.earned[worker] += amount

    @precondition(lambda self: not self.operator_dead)
    @rule()
    def operator_proposes(self) -> None:
        self.put_honest(self.world.operator)

    @rule()
    def stranger_proposes(self) -> None:
        self.put_honest(self.world.outsider)

    @precondition(lambda self: self.slot.state == 0)
    @rule(lie=lies, who=people, by_buyer=st.booleans())
    def lie(self, lie: str, who: int, by_buyer: bool) -> None:
        """Propose a wrong root: by arithmetic (a proof is kept for the watcher) or by content."""
        world = self.world
        sender = world.operator
        if world.payouts.open_to_all(world.pool) and (by_buyer or self.operator_dead):
            sender = world.buyer
        lines, _, _ = self.due()
        honest = next_epoch(self.last, lines)
        entries = [e for e in honest.entries if e is not None]
        order = next((o for o in self.orders if world.escrow.order(o).left > 0), None)
        if order is None:
            return
        made = self.bend(lie, entries, order, world.workers[who])
        if made is None:
            return
        tree, proof = made
        if tree.total > world.escrow.order(order).left or tree.depth > 24:
            return
        if self.put(tree, [(order, tree.total, 1)], sender):
            self.right, self.paying, self.royalty, self.proof = False, [], {}, proof

    def bend(
        self, lie: str, entries: list[Entry], order: int, victim: str
    ) -> tuple[EpochTree, Callable[[], None] | None] | None:
        """Return a wrong tree and the transaction that proves it wrong, if arithmetic can."""
        world = self.world
        proofs, pool, out = world.proofs, world.pool, {"sender": world.outsider}
        old = self.last
        plain = [Entry(account=e.account, prev=e.prev) for e in entries]
        at = next((i for i, e in enumerate(plain) if e.account == victim), None)

        def cause_line(amount: int = UNIT) -> Line:
            return Line(cause=world.cause(), source=order, amount=amount)

        if lie == "steal":
            thief = Entry(account="0x" + "ee" * 20, prev=0, lines=(cause_line(),))
            if any(e.account == thief.account for e in plain):
                return None
            return EpochTree(sorted([*plain, thief], key=lambda e: int(e.account, 16))), None
        if lie == "omit":
            return (EpochTree(list(plain)), None) if plain and self.unpaid else None
        if lie in ("carry-more", "carry-less"):
            if old is None or at is None or not any(e and e.account == victim for e in old.entries):
                return None
            plain[at] = Entry(account=victim, prev=plain[at].prev + (UNIT if lie == "carry-more" else -1))
            tree = EpochTree(list(plain))
            return tree, lambda: proofs.prove_prev(pool, tree.of(victim), old.of(victim), **out)
        if lie == "invent":
            ghost = "0x" + "ff" * 20
            tree = EpochTree([*plain, Entry(account=ghost, prev=UNIT)])

            def prove() -> None:
                if old is None:
                    proofs.prove_fresh(pool, tree.of(ghost), NO_LEAF, NO_LEAF, 0, **out)
                    return
                n = len(old.entries)
                edge = 4 if n == 0 else 2 if n == 2**old.depth else 3
                a = old.proof(n - 1) if n else NO_LEAF
                b = old.proof(n) if n < 2**old.depth else NO_LEAF
                proofs.prove_fresh(pool, tree.of(ghost), a, b, edge, **out)

            return tree, prove
        if lie == "drop":
            if old is None or at is None or not any(e and e.account == victim for e in old.entries):
                return None
            del plain[at]
            tree = EpochTree(list(plain))

            def prove_drop() -> None:
                n = len(plain)
                a = tree.proof(at - 1) if at else NO_LEAF
                edge = 1 if at == 0 else 0
                if at == n:
                    edge = 4 if n == 0 else 2 if n == 2**tree.depth else 3
                b = tree.proof(at) if edge != 2 else NO_LEAF
                proofs.prove_missing(pool, old.of(victim), a, b, edge, **out)

            return tree, prove_drop
        if lie == "swap":
            if len(plain) < 2:
                return None
            plain[0], plain[1] = plain[1], plain[0]
            tree = EpochTree(list(plain))
            return tree, lambda: proofs.prove_order(pool, tree.proof(0), tree.proof(1), **out)
        if lie == "hole":
            if not plain:
                return None
            tree = EpochTree([None, *plain])
            return tree, lambda: proofs.prove_hole(pool, 0, 0, tree.tree.path(0), tree.proof(1), **out)
        if at is None:
            return None
        if lie == "twice":
            line = cause_line()
            plain[at] = Entry(account=victim, prev=plain[at].prev, lines=(line, line))
            tree = EpochTree(list(plain))
            leaf, entry = tree.of(victim), plain[at]
            return tree, lambda: proofs.prove_double(
                pool, leaf, entry.line_proof(0), 0, leaf, entry.line_proof(1), **out
            )
        if lie == "again":
            before = [
                (number, tree, entry)
                for number, tree in enumerate(self.trees, start=1)
                for entry in tree.entries
                if entry and entry.account == victim and entry.lines
            ]
            if not before:
                return None
            number, accepted, entry = before[0]
            plain[at] = Entry(account=victim, prev=plain[at].prev, lines=(entry.lines[-1],))
            tree = EpochTree(list(plain))
            mine, theirs = plain[at].line_proof(0), entry.line_proof(len(entry.lines) - 1)
            return tree, lambda: proofs.prove_double(
                pool, tree.of(victim), mine, number, accepted.of(victim), theirs, **out
            )
        if lie == "sum":
            plain[at] = Entry(account=victim, prev=plain[at].prev, lines=(cause_line(),), inc_said=2 * UNIT)
            tree = EpochTree(list(plain))
            return tree, lambda: proofs.prove_lines(pool, tree.of(victim), plain[at].line_proof(0), **out)
        plain[at] = Entry(account=victim, prev=plain[at].prev, inc_said=UNIT)
        tree = EpochTree(list(plain))
        return tree, lambda: proofs.prove_lines(pool, tree.of(victim), NO_LINE, **out)

    @precondition(lambda self: self.slot.state == PENDING and self.world.chain.time < self.slot.deadline)
    @rule()
    def griefer_challenges(self) -> None:
        self.challenge(self.world.griefer)

    @precondition(lambda self: self.slot.state == CHALLENGED and self.world.chain.time <= self.slot.deadline)
    @rule(right=st.booleans())
    def arbiter_rules(self, right: bool) -> None:
        self.world.payouts.rule(self.world.pool, self.right == right, sender=self.world.arbiter)

    @precondition(lambda self: self.slot.state == RULED and self.world.chain.time <= self.slot.deadline)
    @rule()
    def griefer_appeals(self) -> None:
        self.world.payouts.appeal(self.world.pool, sender=self.world.griefer)

    @rule(awake=st.booleans())
    def court_sleeps_or_wakes(self, awake: bool) -> None:
        self.court_awake = awake

    @rule()
    def operator_dies(self) -> None:
        self.operator_dead = True

    @rule()
    def anyone_settles(self) -> None:
        if self.right:
            self.settle()

    @rule(days=st.sampled_from([1, 2, 3, 5, 8]))
    def time_passes(self, days: int) -> None:
        for _ in range(days):
            self.day()

    @precondition(lambda self: self.orders)
    @rule(i=people)
    def buyer_closes(self, i: int) -> None:
        order = self.orders[i % len(self.orders)]
        if self.world.escrow.order(order).state == 1:
            self.world.escrow.close(order, sender=self.world.buyer)

    @precondition(lambda self: self.orders)
    @rule()
    def buyer_refunds_all_it_can(self) -> None:
        world = self.world
        for order in [*self.orders, *self.sales]:
            with refusal("state", "wait", "busy", "nothing"):
                world.escrow.refund(order, world.buyer, sender=world.buyer)

    @precondition(lambda self: self.trees)
    @rule(who=people, back=st.integers(0, 3))
    def someone_claims(self, who: int, back: int) -> None:
        """Claim on any accepted epoch, also an old one after a new one."""
        world = self.world
        number = max(1, len(self.trees) - back)
        tree, worker = self.trees[number - 1], world.workers[who]
        if any(e and e.account == worker for e in tree.entries):
            with refusal("nothing"):
                world.claim(tree, worker, epoch=number)

    # ---- what must hold after every step

    @invariant()
    def escrow_holds_exactly_what_is_left(self) -> None:
        world = self.world
        LOOKS[Market] += 1
        states = [world.escrow.order(order) for order in [*self.orders, *self.sales]]
        assert world.token.balanceOf(world.escrow.address) == sum(s.left for s in states)
        for s in states:
            assert s.funded == s.paid_out + s.refunded + s.left
            assert s.reserved <= s.left
            assert s.kind != 3 or s.paid_out <= s.vested

    @invariant()
    def payouts_hold_exactly_what_is_owed(self) -> None:
        world, slot = self.world, self.slot
        bonds = {0: 0, PENDING: 1, CHALLENGED: 2, RULED: 2, AT_COURT: 2, UPHELD: 0}[slot.state] * slot.bond
        if slot.state == AT_COURT and int(slot.appellant, 16):
            bonds += 2 * slot.bond
        who = [world.operator, world.outsider, world.griefer, world.buyer, world.arbiter, world.court]
        credits = sum(world.credit(w) for w in who)
        owed = world.payouts.entered(world.pool) - world.payouts.paid(world.pool)
        assert owed >= 0
        assert world.token.balanceOf(world.payouts.address) == owed + bonds + credits
        assert world.payouts.entered(world.pool) == sum(t.total for t in self.trees)

    @invariant()
    def nobody_has_more_than_was_earned(self) -> None:
        world = self.world
        claimed = {w: world.payouts.claimed(world.pool, w) for w in world.workers}
        assert sum(claimed.values()) == world.payouts.paid(world.pool)
        for worker, amount in claimed.items():
            assert world.balance(worker) == amount <= self.earned[worker]

    # ---- the end

    def drain(self) -> None:
        """Operator dead, court awake: every recorded unit reaches its worker, and the buyer gets all the rest."""
        world = self.world
        self.operator_dead, self.court_awake = True, True
        for order in self.orders:
            if world.escrow.order(order).state == 1:
                world.escrow.close(order, sender=world.buyer)
        for _ in range(120):
            if not self.unpaid and self.slot.state == 0:
                break
            self.day()
        assert not self.unpaid, "recorded work was never paid"
        world.chain.pass_time(40 * DAY)
        if self.put_honest(world.outsider):
            world.chain.pass_time(WINDOW)
            self.settle()
        world.chain.pass_time(20 * DAY)
        for worker in world.workers:
            if self.last and any(e and e.account == worker for e in self.last.entries):
                with refusal("nothing"):
                    world.claim(self.last, worker, epoch=len(self.trees))
            assert world.balance(worker) == self.earned[worker]
        # reservations of work that was paid or never came fall with an epoch that frees them; what stays is the buyer's
        pulls = [(o, 0, s.reserved) for o in self.orders if (s := world.escrow.order(o)).reserved]
        if pulls:
            self.put(next_epoch(self.last, {}), pulls, world.outsider)
            self.right, self.paying, self.royalty = True, [], {}
            world.chain.pass_time(WINDOW)
            self.settle()
            world.chain.pass_time(3 * DAY)
        self.buyer_refunds_all_it_can()
        self.escrow_holds_exactly_what_is_left()
        self.payouts_hold_exactly_what_is_owed()
        assert world.token.balanceOf(world.escrow.address) == 0
        assert world.payouts.entered(world.pool) == world.payouts.paid(world.pool)


class Collateral(RuleBasedStateMachine):
    """Stakes under random requests, accusations and rulings, against a clock and a ledger of our own."""

    def __init__(self) -> None:
        super().__init__()
        self.world = WORLD
        self.kept = dict(vars(WORLD))
        self.anchor = WORLD.chain.undone()
        self.anchor.__enter__()
        self.workers = WORLD.workers[:2]
        self.others = [WORLD.outsider, WORLD.griefer, WORLD.buyer]
        WORLD.rich(*self.workers, *self.others, amount=10**9 * UNIT)
        self.pools = [WORLD.pool, WORLD.new_pool()]
        self.asked: dict[str, int] = {}
        self.open: list[int] = []
        self.inside = dict.fromkeys(self.workers, 0)

    def teardown(self) -> None:
        try:
            self.drain()
        finally:
            self.anchor.__exit__(None, None, None)

    def try_(self, *allowed: str, call: Callable[[], Any]) -> Any:
        with refusal(*allowed):
            return call()
        return None

    @initialize(amount=amounts)
    def first_stakes(self, amount: int) -> None:
        for who in range(2):
            self.stake(who, 1_000 * UNIT)
            for pool in range(2):
                self.commit(who, pool, 600 * UNIT + amount)

    @rule(
        who=st.integers(0, 1),
        pool=st.integers(0, 1),
        part=st.integers(1, 60),
        contest=st.sampled_from(["no", "own", "other"]),
        guilty=st.none() | st.booleans(),
        appeals=st.booleans(),
        court=st.none() | st.booleans(),
        leaves=st.booleans(),
    )
    def a_whole_case(
        self,
        *,
        who: int,
        pool: int,
        part: int,
        contest: str,
        guilty: bool | None,
        appeals: bool,
        court: bool | None,
        leaves: bool,
    ) -> None:
        """One slash from accusation to end, with the accused trying to leave in between."""
        known = len(self.open)
        if leaves:
            self.request(who, 90)
        self.accuse(who, pool, part)
        if len(self.open) == known:
            return
        i = known
        if contest != "no":
            self.contest(i, contest == "own")
            if guilty is not None:
                self.judge(i, guilty, False)
            else:
                self.time_passes(7)
            if appeals or guilty is None:
                self.appeal(i)
                if court is not None:
                    self.judge(i, court, True)
        self.time_passes(11)
        if leaves:
            self.withdraw(who)
        self.execute(i)

    @rule(who=st.integers(0, 1), amount=amounts)
    def stake(self, who: int, amount: int) -> None:
        self.world.stakes.stake(amount, sender=self.workers[who])
        self.inside[self.workers[who]] += amount

    @rule(who=st.integers(0, 1), pool=st.integers(0, 1), amount=amounts)
    def commit(self, who: int, pool: int, amount: int) -> None:
        self.world.stakes.commit(self.pools[pool], amount, sender=self.workers[who])

    @rule(who=st.integers(0, 1), part=st.integers(1, 100))
    def request(self, who: int, part: int) -> None:
        worker = self.workers[who]
        amount = self.world.stakes.stake_of(worker).active * part // 100
        if amount:
            self.world.stakes.request_unstake(amount, sender=worker)
            self.asked[worker] = self.world.chain.time

    @rule(who=st.integers(0, 1))
    def withdraw(self, who: int) -> None:
        worker, world = self.workers[who], self.world
        before = world.balance(worker)
        state = world.stakes.stake_of(worker)
        self.try_("wait", "nothing", call=lambda: world.stakes.withdraw(worker, sender=worker))
        got = world.balance(worker) - before
        if got:
            assert world.chain.time - self.asked[worker] >= UNSTAKE
            assert got == min(state.cooling, state.active + state.cooling - state.frozen)
        self.inside[worker] -= got

    @rule(who=st.integers(0, 1), pool=st.integers(0, 1), part=st.integers(1, 120))
    def accuse(self, who: int, pool: int, part: int) -> None:
        worker, world = self.workers[who], self.world
        limit = world.stakes.exposure(self.pools[pool], worker).limit
        slash = self.try_(
            "short",
            "limit",
            "amount",
            call=lambda: world.stakes.propose_slash(
                self.pools[pool], worker, limit * part // 100, b"\1" * 32, sender=world.outsider
            ),
        )
        if slash:
            self.open.append(slash)

    @precondition(lambda self: self.open)
    @rule(i=people, own=st.booleans())
    def contest(self, i: int, own: bool) -> None:
        slash = self.open[i % len(self.open)]
        who = self.world.stakes.slash(slash).account if own else self.world.griefer
        self.try_("state", "window", call=lambda: self.world.stakes.contest(slash, sender=who))

    @precondition(lambda self: self.open)
    @rule(i=people, guilty=st.booleans(), court=st.booleans())
    def judge(self, i: int, guilty: bool, court: bool) -> None:
        slash = self.open[i % len(self.open)]
        who = self.world.court if court else self.world.arbiter
        self.try_("state", "window", "auth", call=lambda: self.world.stakes.rule(slash, guilty, sender=who))

    @precondition(lambda self: self.open)
    @rule(i=people)
    def appeal(self, i: int) -> None:
        slash = self.open[i % len(self.open)]
        self.try_("state", "wait", "appeal", call=lambda: self.world.stakes.appeal(slash, sender=self.world.buyer))

    @precondition(lambda self: self.open)
    @rule(i=people)
    def execute(self, i: int) -> None:
        world, slash = self.world, self.open[i % len(self.open)]
        self.try_("state", "wait", call=lambda: world.stakes.execute(slash))
        for log in world.chain.logs:
            if log.name == "Slashed" and log.args["id"] == slash:
                self.inside[log.args["account"]] -= log.args["amount"] + log.args["extra"]
                world.chain.logs = []

    @rule(days=st.sampled_from([1, 3, 7, 11, 22]))
    def time_passes(self, days: int) -> None:
        self.world.chain.pass_time(days * DAY)

    @invariant()
    def every_coin_is_counted_once(self) -> None:
        world = self.world
        LOOKS[Collateral] += 1
        frozen = dict.fromkeys(self.workers, 0)
        pending = {(p, w): 0 for p in self.pools for w in self.workers}
        bonds = 0
        for slash in self.open:
            s = world.stakes.slash(slash)
            if s.state < 6:
                frozen[s.account] += s.amount + s.extra
                pending[s.pool, s.account] += s.amount
                bonds += s.amount // 5
                if s.state > 1 and s.contester != s.account:
                    bonds += s.amount // 5
                if s.state == AT_COURT and int(s.appellant, 16):
                    bonds += 2 * (s.amount // 5)
        who = [*self.workers, *self.others, world.arbiter, world.court]
        credits = sum(world.stakes.credits(w) for w in who)
        total = 0
        for worker in self.workers:
            state = world.stakes.stake_of(worker)
            assert state.frozen == frozen[worker] <= state.active + state.cooling == self.inside[worker]
            total += state.active + state.cooling
            for pool in self.pools:
                assert world.stakes.exposure(pool, worker).pending == pending[pool, worker]
        assert world.token.balanceOf(world.stakes.address) == total + credits + bonds

    def drain(self) -> None:
        """Everything ends: no slash stays open, everybody gets out what is theirs."""
        world = self.world
        for _ in range(3):
            world.chain.pass_time(COURT + DAY)
            for slash in self.open:
                self.try_("state", "wait", call=lambda s=slash: world.stakes.execute(s))
                self.try_("state", "wait", "appeal", call=lambda s=slash: world.stakes.appeal(s))
                for log in world.chain.logs:
                    if log.name == "Slashed" and log.args["id"] == slash:
                        self.inside[log.args["account"]] -= log.args["amount"] + log.args["extra"]
                        world.chain.logs = []
        assert all(world.stakes.slash(s).state >= 6 for s in self.open)
        for worker in self.workers:
            active = world.stakes.stake_of(worker).active
            if active:
                world.stakes.request_unstake(active, sender=worker)
        world.chain.pass_time(UNSTAKE)
        for worker in self.workers:
            self.try_("nothing", call=lambda w=worker: world.stakes.withdraw(w, sender=w))
        for who in [*self.workers, *self.others, world.arbiter, world.court]:
            self.try_("nothing", call=lambda w=who: world.stakes.withdraw_credit(w, sender=w))
        assert world.token.balanceOf(world.stakes.address) == 0


def run(machine: type[RuleBasedStateMachine], examples: int, steps: int, *, fixed: bool) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=fixed,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_market_survives_a_fixed_slice_of_chaos() -> None:
    run(Market, 25, 20, fixed=True)


def test_the_stakes_survive_a_fixed_slice_of_chaos() -> None:
    run(Collateral, 25, 20, fixed=True)


@pytest.mark.soak
@pytest.mark.parametrize("machine", [Market, Collateral])
def test_the_machines_survive_chaos(machine: type[RuleBasedStateMachine]) -> None:
    runs, looks = 400, LOOKS[machine]
    run(machine, runs, 60, fixed=False)
    # one look before the first step, one at the end
    assert LOOKS[machine] - looks - 2 * runs > 20_000
