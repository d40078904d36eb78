"""The watcher's judgement over a made-up node: honest epochs are right, each way to be wrong has its proof or ground."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.pay import epoch as pay_epoch
from hakari.pay import lines as pay_lines
from hakari.pay import tree as pay_tree
from hakari.pay.lines import Line
from hakari.pay.tree import ClaimLeaf, LineProof, verify_line, verify_proof
from hakari.verify import flaws, watch
from hakari.verify.docket import Docket
from hakari.verify.evidence import Shelf
from hakari.verify.flaws import Shown, Slot, laid_out
from hakari.verify.holdings import Pull
from hakari.verify.orders import check_orders
from hakari.verify.ports import Held
from hakari.verify.replay import Replay
from hakari.verify.report import Findings
from hakari.verify.walk import walk
from hakari.verify.watch import Finding, Slotted

from .world import KINDS, World

THIEF = Account("0x" + "99" * 20)


def docket_of(files, events):
    findings, state = Findings(), Replay()
    for event in events:
        state.take(event)
    log = walk(Held(files=files), findings)
    docket = Docket(log=log, shelf=Shelf(Held(files=files)), replay=state, kinds=KINDS, findings=findings)
    check_orders(docket)
    return docket, state


class Told:
    """The story with its last epoch still in the slot; `pending` is the honest proposal."""

    def __init__(self, lies=None, without=()):
        world = World(lies)
        self.files = {path: data for path, data in world.tell().items() if path not in without}
        last = max(place for place, each in enumerate(world.events) if each.event == "Proposed")
        self.events = world.events[: last + 1]
        self.docket, self.state = docket_of(self.files, self.events)
        self.pending = self.state.open[1]
        self.kept = watch.accounts(self.docket, self.state, 1)

    def judge(self, proposal=None, published=()):
        return watch.judge(self.docket, self.state, self.kept, proposal or self.pending, published)

    def lines(self):
        return watch._published_lines(self.docket, self.pending)

    def lie(self, lines, slots=None):
        """The finding on a proposal of these lines and slots, said and published as the operator would."""
        made = Shown(laid_out(self.kept.previous, lines) if slots is None else slots)
        file = pay_lines.evidence(lines)
        [pull] = self.pending.pulls
        wrong = replace(
            self.pending,
            root=made.root[0].hex(),
            total=made.root[1],
            depth=made.depth,
            pulls=(replace(pull, pay=made.root[1]),),
            evidence=pay_tree.evidence_hash(flaws_digest(file)).hex(),
        )
        epochs = self.docket.log.ledger.epochs
        said = replace(
            epochs[-1],
            body={
                **epochs[-1].body,
                "root": wrong.root,
                "total": str(wrong.total),
                "depth": wrong.depth,
                "lines": flaws_digest(file),
            },
        )
        self.files[f"evidence/{flaws_digest(file)}"] = file
        epochs.append(said)
        try:
            return self.judge(wrong)
        finally:
            epochs.pop()


def flaws_digest(data):
    from .world import sha

    return sha(data)


@pytest.fixture(scope="module")
def told():
    return Told()


def test_an_honest_proposal_is_right_and_asks_for_settlement_only(told):
    assert told.kept.broken is None
    assert len(told.kept.past) == 1
    finding = told.judge()
    assert finding.answer == "right", finding.why
    for state, valid in ((watch.PENDING, False), (watch.RULED, True), (watch.COURT, False), (watch.UPHELD, True)):
        move = watch.move(Slotted(state=state, valid=valid, bond=5), finding, [(1, 2, 3)], patient=False)
        assert (move.function, move.args, move.bond) == ("settle", ([(1, 2, 3)],), 0)


def test_a_withheld_lines_file_of_a_right_root_stops_nothing(told):
    lines = told.docket.log.ledger.epochs[-1].text("lines")
    hidden = Told(without=[f"evidence/{lines}"])
    assert hidden.judge().answer == "right"


def test_hidden_answers_are_challenged_as_withheld_after_patience():
    answers = Told().docket.log.ledger.rulings
    [(_, ruling)] = answers.values()
    events = World()
    events.tell()
    first = next(place for place, each in enumerate(events.events) if each.event == "Proposed")
    files = {path: data for path, data in events.publish().items() if ruling.placed.text("answers") not in path}
    docket, state = docket_of(files, events.events[: first + 1])
    finding = watch.judge(docket, state, watch.accounts(docket, state, 1), state.open[1])
    assert (finding.answer, finding.ground, finding.flaw) == ("wrong", watch.WITHHELD, None)
    slot = Slotted(state=watch.PENDING, bond=7)
    assert watch.move(slot, finding, [], patient=True) is None
    challenge = watch.move(slot, finding, [], patient=False)
    assert (challenge.function, challenge.args, challenge.bond) == ("challenge", (watch.WITHHELD,), 7)


def test_each_wrong_line_has_its_ground(told):
    lines = told.lines()
    cases = {
        watch.NO_STATEMENT: [*lines, replace(lines[-1], account=THIEF)],
        watch.WRONG_AMOUNT: [replace(lines[0], amount=Micros(lines[0].amount + 1)), *lines[1:]],
        watch.WRONG_ORDER: [replace(lines[0], source=lines[0].source + 1), *lines[1:]],
        watch.OMITTED: lines[1:],
    }
    for ground, changed in cases.items():
        finding = told.lie(sorted(changed, key=lambda line: (line.account, line.cause)))
        assert (finding.answer, finding.ground, finding.flaw) == ("wrong", ground, None), finding.why


def test_a_wrong_free_and_a_wrong_evidence_hash_have_their_grounds(told):
    [pull] = told.pending.pulls
    freed = replace(told.pending, pulls=(Pull(order=pull.order, pay=pull.pay, free=pull.free + 1),))
    assert told.judge(freed).ground == watch.WRONG_FREE
    assert told.judge(replace(told.pending, evidence="00" * 32)).ground == watch.SHARES


def test_a_root_of_unknown_leaves_is_withheld_and_shown_leaves_give_the_proof(told):
    slots = laid_out(told.kept.previous, told.lines())
    odd = [replace(slot, prev=slot.prev + 12_345) if slot.account in told.kept.previous else slot for slot in slots]
    finding = told.lie(told.lines(), odd)
    assert (finding.ground, finding.flaw) == (watch.WITHHELD, None)
    made = Shown(odd)
    wrong = replace(told.pending, root=made.root[0].hex())
    shown = told.judge(wrong, [flaws.read_slots(flaws.slots_evidence(odd))])
    assert shown.flaw is not None
    assert shown.flaw.function == "prove_prev"


def test_a_proposal_beyond_the_public_log_or_of_another_anchor_is_withheld(told):
    assert told.judge(replace(told.pending, size=told.docket.log.ledger.size + 1)).ground == watch.WITHHELD
    assert told.judge(replace(told.pending, size=told.pending.size - 1)).ground == watch.WITHHELD


def test_an_accepted_epoch_that_cannot_be_computed_again_stops_judging(told):
    other = Told()
    other.state.accepted[1][0].root = "11" * 32
    kept = watch.accounts(other.docket, other.state, 1)
    finding = watch.judge(other.docket, other.state, kept, other.pending)
    assert finding.answer == "unknown"
    assert watch.move(Slotted(state=watch.PENDING, bond=1), finding, [], patient=False) is None
    assert watch.next_epoch(other.docket, other.state, kept) is None


WRONG = Finding(answer="wrong", why="so", ground=watch.OMITTED)
RIGHT = Finding(answer="right", why="so")


@pytest.mark.parametrize(
    ("finding", "state", "valid", "function", "bonds"),
    [
        (WRONG, watch.PENDING, False, "challenge", 1),
        (WRONG, watch.CHALLENGED, False, "appeal", 0),
        (RIGHT, watch.CHALLENGED, False, "appeal", 0),
        (WRONG, watch.RULED, True, "appeal", 2),
        (RIGHT, watch.RULED, False, "appeal", 2),
        (WRONG, watch.RULED, False, "settle", 0),
        (WRONG, watch.COURT, True, "settle", 0),
        (WRONG, watch.UPHELD, True, None, 0),
    ],
)
def test_the_move_follows_from_the_state_and_the_answer(finding, state, valid, function, bonds):
    move = watch.move(Slotted(state=state, valid=valid, bond=100), finding, [], patient=True)
    assert (None if move is None else move.function) == function
    assert move is None or move.bond == bonds * 100


def test_the_honest_next_epoch_is_the_one_that_waits(told):
    state = told.state
    waiting = told.pending
    made, since = watch.next_epoch(told.docket, state, told.kept)
    assert made.body["root"] == waiting.root
    assert since > 0


# ---- arithmetic


def account(number):
    return Account(f"0x{number:040x}")


def epoch_of(amounts, number=1, previous=None):
    """An accepted epoch that pays these amounts to these accounts, each because of a statement of its own."""
    cause = StatementId(f"{number:064x}")
    lines = [
        Line(account=account(who), cause=cause, source=1, amount=Micros(amount), why="work")
        for who, amount in sorted(amounts.items())
    ]
    owed = pay_lines.carry(previous or {}, lines)
    tree = pay_tree.build(owed)
    file = pay_lines.evidence(lines)
    return pay_epoch.Epoch(
        body={"root": tree.root.hex()},
        lines=lines,
        lines_file=file,
        evidence=b"",
        pulls=[],
        owed=owed,
        tree=tree,
        paid=pay_lines.cumulative(owed),
        earned={},
    )


def holds(leaf, shown):
    who, prev, inc, root, index, path = leaf
    made = ClaimLeaf(account=who, prev=prev, inc=inc, lines_root=root, index=index, path=tuple(path))
    return verify_proof(made, root=shown.root[0], total=shown.root[1], depth=shown.depth)


amounts = st.dictionaries(st.integers(1, 40), st.integers(1, 1000), min_size=2, max_size=9)


@given(first=amounts, second=amounts)
def test_an_honest_tree_is_laid_out_as_it_is_built_and_has_no_flaw(first, second):
    one = epoch_of(first)
    two = epoch_of(second, 2, one.paid)
    shown = Shown(laid_out(one.paid, two.lines))
    assert shown.root == (two.tree.root, two.tree.total)
    assert flaws.flaw(shown, [one]) is None
    assert all(holds(shown.proof(at), shown) for at in range(len(shown.slots)))
    place = next(at for at, slot in enumerate(shown.slots) if slot.lines)
    who, prev, inc, root, index, path = shown.proof(place)
    leaf = ClaimLeaf(account=who, prev=prev, inc=inc, lines_root=root, index=index, path=tuple(path))
    cause, source, amount, at, steps = shown.line(place, 0)
    assert verify_line(LineProof(cause=cause, source=source, amount=amount, index=at, path=tuple(steps)), leaf=leaf)


@given(first=amounts, second=amounts, data=st.data())
def test_a_mistake_that_the_guesses_know_is_found_again_from_the_lines_alone(first, second, data):
    one = epoch_of(first)
    two = epoch_of(second, 2, one.paid)
    right = laid_out(one.paid, two.lines)
    place = data.draw(st.integers(0, len(right) - 1))
    slot, kind = right[place], data.draw(st.sampled_from(["prev", "missing", "order", "hole", "twice"]))
    before, after = right[:place], right[place + 1 :]
    if kind == "missing":
        slots, expected = [*before, *after], "prove_missing"
        if slot.lines or slot.account not in one.paid:
            return
    elif kind == "prev":
        slots = [*before, replace(slot, prev=slot.prev + 1), *after]
        expected = "prove_prev" if slot.account in one.paid else "prove_fresh"
    elif kind == "order":
        if not after:
            return
        slots, expected = [*before, after[0], slot, *after[1:]], "prove_order"
    elif kind == "hole":
        slots, expected = [*before, Slot(account=None), slot, *after], "prove_hole"
    else:
        slots, expected = [*before, slot, replace(slot, inc=0, lines=()), *after], "prove_order"
    wrong = Shown(slots)
    found = flaws.find(
        flaws.guesses(two.lines, [one]), root=wrong.root[0].hex(), total=wrong.root[1], depth=wrong.depth
    )
    assert found is not None
    assert flaws.flaw(found, [one]).function == expected


def test_a_cause_paid_by_an_older_epoch_is_a_double_with_both_leaves():
    one = epoch_of({1: 10, 2: 20})
    again = [replace(line, amount=Micros(5)) for line in one.lines[:1]]
    shown = Shown(laid_out(one.paid, again))
    found = flaws.flaw(shown, [one])
    assert (found.function, found.args[2]) == ("prove_double", 1)
    assert found.args[3] == one.tree.proof(account(1)).words()


def test_lines_that_do_not_sum_and_money_without_lines_are_proved():
    one = epoch_of({1: 10, 2: 20})
    slots = laid_out({}, one.lines)
    for changed in (replace(slots[0], inc=11), replace(slots[0], lines=())):
        assert flaws.flaw(Shown([changed, slots[1]]), []).function == "prove_lines"


def test_a_file_of_leaves_with_a_foreign_member_is_refused():
    data = flaws.slots_evidence([Slot(account=account(1), prev=3), Slot(account=None)])
    assert flaws.read_slots(data) == [Slot(account=account(1), prev=3), Slot(account=None)]
    with pytest.raises(flaws.Malformed):
        flaws.read_slots(data.replace(b'"prev"', b'"pref"'))


def test_the_search_ends_where_its_effort_is_spent(monkeypatch):
    one = epoch_of({1: 10, 2: 20})
    wrong = Shown([replace(slot, prev=77) for slot in laid_out({}, one.lines)])
    asked = {"root": wrong.root[0].hex(), "total": wrong.root[1], "depth": wrong.depth}
    assert flaws.find([wrong.slots], **asked) is not None
    monkeypatch.setattr(flaws, "EFFORT", 1)
    assert flaws.find([wrong.slots], **asked) is None
