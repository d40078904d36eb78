"""Arithmetic flaws of a proposed tree: the slots behind a root found again, and the proof that voids it in one transaction.

A root says nothing of its leaves. They are known where somebody published them (`read_slots`), and where the public lines with one
mistake give the root (`guesses`): then the right proof follows. Rules and proofs: contracts/README.md, sections 1 and 4.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any, cast

from hakari.core import canonical, ids, money
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.pay import tree as pay_tree
from hakari.pay.epoch import Epoch
from hakari.pay.lines import NOBODY, Line
from hakari.pay.tree import EMPTY, Step

BETWEEN, FIRST, LAST, TAIL, NO_LEAVES = range(5)
"""Where two neighbours show an absence, as the contract numbers it."""

NO_LEAF: tuple[Any, ...] = (NOBODY, 0, 0, bytes(32), 0, [])
NO_LINE: tuple[Any, ...] = (bytes(32), 0, 0, 0, [])
EFFORT = 400_000
"""Leaves laid out over all guesses of one proposal at most: a few seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One leaf position. account: None where it is empty. inc: what the leaf says, whatever its lines sum to."""

    account: Account | None
    prev: int = 0
    inc: int = 0
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Flaw:
    """A proof for the `proofs` contract; args without the pool. what: one sentence for people."""

    function: str
    args: tuple[Any, ...]
    what: str


class Shown:
    """A tree whose slots are known, however wrong they are."""

    def __init__(self, slots: Sequence[Slot], known: dict[Slot, Step] | None = None) -> None:
        self.slots = tuple(slots)
        cache = {} if known is None else known
        leaves: list[Step] = []
        for slot in self.slots:
            if slot not in cache:
                cache[slot] = _leaf(slot)
            leaves.append(cache[slot])
        self._levels = _levels(leaves)
        self.depth = len(self._levels) - 1
        self.root = self._levels[-1][0]

    def proof(self, index: int) -> tuple[Any, ...]:
        """Return the contract's `Leaf` of a position, an empty one beyond the slots."""
        path = _path(self._levels, index)
        slot = self.slots[index] if index < len(self.slots) else Slot(account=None)
        if slot.account is None:
            return (NOBODY, 0, 0, bytes(32), index, path)
        return (slot.account, slot.prev, slot.inc, _lines(slot.lines)[-1][0][0], index, path)

    def path(self, index: int) -> list[Step]:
        """Return the way from a position to the root."""
        return _path(self._levels, index)

    def line(self, index: int, place: int) -> tuple[Any, ...]:
        """Return the contract's `LineProof` of line `place` in the slot `index`."""
        return _line(self.slots[index].lines, place)


def _leaf(slot: Slot) -> Step:
    if slot.account is None:
        return EMPTY[0]
    root = _lines(slot.lines)[-1][0][0]
    return pay_tree.account_leaf(account=slot.account, prev=slot.prev, inc=slot.inc, lines_root=root)


def _lines(lines: Sequence[Line]) -> list[list[Step]]:
    return _levels(
        [pay_tree.line_leaf(cause=bytes.fromhex(each.cause), source=each.source, amount=each.amount) for each in lines]
    )


def _line(lines: Sequence[Line], place: int) -> tuple[Any, ...]:
    line = lines[place]
    return (bytes.fromhex(line.cause), line.source, line.amount, place, _path(_lines(lines), place))


def _levels(leaves: Sequence[Step]) -> list[list[Step]]:
    levels = [list(leaves) or [EMPTY[0]]]
    for height in range(pay_tree.depth(len(leaves))):
        below = levels[-1] if len(levels[-1]) % 2 == 0 else [*levels[-1], EMPTY[height]]
        pairs = zip(below[::2], below[1::2], strict=True)
        levels.append([pay_tree.fold(left, index=0, path=(right,)) for left, right in pairs])
    return levels


def _path(levels: Sequence[Sequence[Step]], index: int) -> list[Step]:
    siblings = [(height, index >> height ^ 1) for height in range(len(levels) - 1)]
    return [levels[height][at] if at < len(levels[height]) else EMPTY[height] for height, at in siblings]


def read_slots(data: bytes) -> list[Slot]:
    """Return the slots that a published file of leaves holds, one line a slot. Raises Malformed.

    Lines are `{"account":a,"inc":amount,"lines":[{"amount":amount,"cause":id,"source":n},…],"prev":amount}`, or `{"account":null}`
    for an empty slot.
    """
    return [_slot(thing) for thing in canonical.read_lines(data)]


def _slot(thing: Mapping[str, Json]) -> Slot:
    if thing == {"account": None}:
        return Slot(account=None)
    if set(thing) != {"account", "inc", "lines", "prev"} or not isinstance(thing["lines"], list):
        raise Malformed(f"a slot must have account, inc, lines, prev, got {sorted(thing)}")
    account = ids.account(thing["account"])
    lines: list[Line] = []
    for each in cast(list[Mapping[str, Json]], thing["lines"]):
        if set(each) != {"amount", "cause", "source"} or not isinstance(each["source"], int):
            raise Malformed(f"a line must have amount, cause, source, got {each}")
        cause = StatementId(ids.digest(each["cause"]))
        amount = money.parse(each["amount"])
        lines.append(Line(account=account, cause=cause, source=each["source"], amount=amount, why="work"))
    return Slot(account=account, prev=money.parse(thing["prev"]), inc=money.parse(thing["inc"]), lines=tuple(lines))


def slots_evidence(slots: Iterable[Slot]) -> bytes:
    """Return the file of leaves that `read_slots` reads."""
    return canonical.lines(
        {"account": None}
        if slot.account is None
        else {
            "account": slot.account,
            "inc": str(slot.inc),
            "lines": [{"amount": str(line.amount), "cause": line.cause, "source": line.source} for line in slot.lines],
            "prev": str(slot.prev),
        }
        for slot in slots
    )


def laid_out(previous: Mapping[Account, Micros], lines: Sequence[Line]) -> list[Slot]:
    """Return the slots that these lines give over these cumulative amounts: accounts ascending, each one's lines as they come."""
    ordered = sorted(lines, key=lambda line: line.account)
    own = {account: tuple(group) for account, group in groupby(ordered, key=lambda line: line.account)}
    return [
        Slot(
            account=account,
            prev=previous.get(account, 0),
            inc=sum(line.amount for line in own.get(account, ())),
            lines=own.get(account, ()),
        )
        for account in sorted(previous.keys() | own.keys())
    ]


def guesses(lines: Sequence[Line], past: Sequence[Epoch]) -> Iterator[list[Slot]]:
    """Yield what an operator may have built from these lines: as it should be, then with one mistake each.

    past: the accepted epochs. Tried are: carry-over of an older epoch or none, one account's carry-over changed, invented or dropped
    with the account, accounts in another order or twice, an empty slot between.
    """
    histories: list[Mapping[Account, Micros]] = [epoch.paid for epoch in past]
    previous: Mapping[Account, Micros] = histories[-1] if histories else {}
    right = laid_out(previous, lines)
    yield right
    for older in [*histories[-2::-1], {}]:
        yield laid_out(older, lines)
        yield laid_out({account: older.get(account, Micros(0)) for account in previous}, lines)
    yield right[::-1]
    first = {line.account: at for at, line in reversed(list(enumerate(lines)))}
    yield sorted(right, key=lambda slot: first.get(cast(Account, slot.account), len(lines)))
    for at, slot in enumerate(right):
        before, after = right[:at], right[at + 1 :]
        yield [*before, *after]
        known = {0, slot.inc, slot.prev + slot.inc, slot.prev + 1, slot.prev - 1, 2 * slot.prev}
        known |= {int(older.get(cast(Account, slot.account), 0)) for older in histories}
        for prev in sorted(known):
            if prev != slot.prev and prev >= 0:
                yield [*before, replace(slot, prev=prev), *after]
        yield [*before, Slot(account=None), slot, *after]
        yield [*before, slot, replace(slot, inc=0, lines=()), *after]
        yield [*before, slot, slot, *after]
        if after:
            yield [*before, after[0], slot, *after[1:]]


def find(candidates: Iterable[Sequence[Slot]], *, root: str, total: int, depth: int) -> Shown | None:
    """Return the first candidate that gives this root, sum and depth; None after EFFORT."""
    known: dict[Slot, Step] = {}
    spent = 0
    for slots in candidates:
        spent += len(slots)
        if spent > EFFORT:
            return None
        if sum(slot.inc for slot in slots) == total and pay_tree.depth(len(slots)) == depth:
            shown = Shown(slots, known)
            if shown.root == (bytes.fromhex(root), total):
                return shown
    return None


def flaw(shown: Shown, past: Sequence[Epoch]) -> Flaw | None:
    """Return a proof that this tree breaks a rule of arithmetic after these accepted epochs; None where it breaks none."""
    return _hole(shown) or _order(shown) or _lines_wrong(shown) or _double(shown, past) or _carried(shown, past)


def _hole(shown: Shown) -> Flaw | None:
    filled = [at for at, slot in enumerate(shown.slots) if slot.account is not None]
    for at in range(filled[-1] if filled else 0):
        if shown.slots[at].account is None:
            args = (at, 0, shown.path(at), shown.proof(filled[-1]))
            return Flaw(function="prove_hole", args=args, what=f"slot {at} is empty before a filled one")
    return None


def _order(shown: Shown) -> Flaw | None:
    for at, (before, after) in enumerate(pairwise(shown.slots)):
        if before.account is not None and after.account is not None and before.account >= after.account:
            args = (shown.proof(at), shown.proof(at + 1))
            twice = "stands twice" if before.account == after.account else f"stands before {after.account}"
            return Flaw(function="prove_order", args=args, what=f"{before.account} {twice}")
    return None


def _lines_wrong(shown: Shown) -> Flaw | None:
    for at, slot in enumerate(shown.slots):
        total = sum(line.amount for line in slot.lines)
        if slot.account is not None and total != slot.inc:
            args = (shown.proof(at), shown.line(at, 0) if slot.lines else NO_LINE)
            what = f"the lines of {slot.account} sum to {money.show(total)}, its leaf says {money.show(slot.inc)}"
            return Flaw(function="prove_lines", args=args, what=what)
    return None


def _double(shown: Shown, past: Sequence[Epoch]) -> Flaw | None:
    for at, slot in enumerate(shown.slots):
        places: dict[str, int] = {}
        for place, line in enumerate(slot.lines):
            first = places.setdefault(line.cause, place)
            if first != place:
                leaf = shown.proof(at)
                args = (leaf, shown.line(at, first), 0, leaf, shown.line(at, place))
                what = f"{slot.account} is paid twice because of {line.cause}"
                return Flaw(function="prove_double", args=args, what=what)
    for number, epoch in enumerate(past, 1):
        paid = {(line.account, line.cause) for line in epoch.lines}
        for at, slot in enumerate(shown.slots):
            for place, line in enumerate(slot.lines):
                if (line.account, line.cause) in paid:
                    theirs = [each for each in epoch.lines if each.account == line.account]
                    before = [each.cause for each in theirs].index(line.cause)
                    old = epoch.tree.proof(line.account).words()
                    args = (shown.proof(at), shown.line(at, place), number, old, _line(theirs, before))
                    what = f"{slot.account} was paid because of {line.cause} by epoch {number} already"
                    return Flaw(function="prove_double", args=args, what=what)
    return None


def _carried(shown: Shown, past: Sequence[Epoch]) -> Flaw | None:
    last = past[-1] if past else None
    paid: Mapping[Account, Micros] = {} if last is None else last.paid
    here = [slot.account for slot in shown.slots if slot.account is not None]
    for at, slot in enumerate(shown.slots):
        if slot.account is None or slot.prev == paid.get(slot.account, 0):
            continue
        told = f"{slot.account} carries {money.show(slot.prev)} over"
        if last is not None and slot.account in paid:
            args = (shown.proof(at), last.tree.proof(slot.account).words())
            what = f"{told}, its last accepted epoch says {money.show(paid[slot.account])}"
            return Flaw(function="prove_prev", args=args, what=what)
        a, b, edge = NO_LEAF, NO_LEAF, BETWEEN
        if last is not None:
            left, right, edge = _absent(sorted(paid), slot.account, last.tree.depth)
            a = NO_LEAF if left is None else last.tree.slot(left).words()
            b = NO_LEAF if right is None else last.tree.slot(right).words()
        return Flaw(
            function="prove_fresh", args=(shown.proof(at), a, b, edge), what=f"{told}, but was never paid in this pool"
        )
    for account in paid:
        if last is not None and account not in here:
            left, right, edge = _absent(here, account, shown.depth)
            a = NO_LEAF if left is None else shown.proof(left)
            b = NO_LEAF if right is None else shown.proof(right)
            args = (last.tree.proof(account).words(), a, b, edge)
            return Flaw(function="prove_missing", args=args, what=f"{account} was dropped with its carry-over")
    return None


def _absent(accounts: Sequence[str], account: str, depth: int) -> tuple[int | None, int | None, int]:
    """Return the positions of both neighbours and the kind of place where an account is missing from ascending accounts."""
    at, count = bisect_left(accounts, account), len(accounts)
    if not count:
        return None, 0, NO_LEAVES
    if at == 0:
        return None, 0, FIRST
    if at == count:
        return (at - 1, None, LAST) if count == 1 << depth else (at - 1, at, TAIL)
    return at - 1, at, BETWEEN
