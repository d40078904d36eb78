"""Epochs: the same bytes from the same statements, nobody dropped, nothing paid twice."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.core import canonical, money
from hakari.core.errors import Malformed
from hakari.core.money import Micros
from hakari.pay import tree
from hakari.pay.epoch import Epoch, NothingDue, TooManyOrders, assemble, fitting_size
from hakari.pay.lines import Sale, Work, read_evidence
from hakari.work.orders import Terms

from .made import ALICE, BOB, CAROL, FEE, any_terms, sale, sales, terms, work, works


def epoch(due: Sequence[Work | Sale], previous: dict[str, Micros] | None = None, known: Terms | None = None) -> Epoch:
    return assemble(number=3, size=40, terms=known or terms(), due=due, previous=previous or {}, earned={})  # type: ignore[arg-type]


DUE = [
    work(1, accepted={ALICE: 2, BOB: 1}, source=7, reward=40_000, judged=4),
    sale(2, price=10_000, weights={ALICE: 1, BOB: 1}, source=9, originator=CAROL),
]


def test_an_epoch_is_told_in_full() -> None:
    found = epoch(DUE, {CAROL: Micros(500)})

    lines_sha256 = hashlib.sha256(found.lines_file).hexdigest()
    assert found.body == {
        "depth": 2,
        "lines": lines_sha256,
        "number": 3,
        "pool": 1,
        "pulls": [{"free": "42000", "order": 7, "pay": "126000"}, {"free": "0", "order": 9, "pay": "10000"}],
        "root": found.tree.root.hex(),
        "size": 40,
        "terms_version": 1,
        "total": "136000",
    }
    canonical.encode(found.body)
    assert read_evidence(found.lines_file) == found.lines
    assert found.evidence == tree.evidence_hash(lines_sha256)
    assert found.paid == {ALICE: 83_875, BOB: 43_875, CAROL: 2_500, FEE: 6_250}


def test_who_was_paid_before_stays_in_the_tree() -> None:
    found = epoch(DUE[:1], {CAROL: Micros(500)})

    leaf = found.tree.proof(CAROL)
    assert (leaf.prev, leaf.inc, leaf.lines_root) == (500, 0, bytes(32))
    assert found.paid[CAROL] == 500


@given(
    st.lists(works() | sales(), max_size=4, unique_by=lambda each: each.cause),
    st.lists(works(), max_size=3, unique_by=lambda each: each.cause),
    any_terms,
    st.randoms(),
)
@settings(max_examples=40, deadline=None)
def test_epochs_follow_each_other_to_the_unit(first, second, known, chance) -> None:  # type: ignore[no-untyped-def]
    paid: dict[str, Micros] = {}
    for due in (first, second):
        try:
            found = epoch(due, paid, known)
        except NothingDue:
            continue
        mixed = epoch(chance.sample(due, len(due)), paid, known)
        assert (mixed.body, mixed.lines_file, mixed.evidence) == (found.body, found.lines_file, found.evidence)
        assert found.tree.total == sum(pull.pay for pull in found.pulls) == sum(each.amount for each in found.lines)
        assert sum(found.paid.values()) == sum(paid.values()) + found.tree.total
        for leaf in found.tree.proofs():
            assert leaf.prev == paid.get(leaf.account, 0)
            assert leaf.cumulative == found.paid[leaf.account]
        assert paid.keys() <= found.paid.keys()
        paid = dict(found.paid)  # type: ignore[arg-type]


def test_refused_work_makes_an_epoch_that_only_frees() -> None:
    found = epoch([work(1, accepted={}, judged=2)])

    assert (found.tree.total, found.lines_file, found.body["depth"]) == (0, b"", 0)
    assert found.body["pulls"] == [{"free": "84000", "order": 7, "pay": "0"}]


@pytest.mark.parametrize("due", [[], [work(1, accepted={}, judged=0)], [work(1, accepted={ALICE: 1}, reward=0)]])
def test_an_epoch_of_nothing_is_refused(due: list[Work]) -> None:
    with pytest.raises(NothingDue):
        epoch(due)


def test_a_statement_due_twice_is_refused() -> None:
    with pytest.raises(Malformed, match="paid once"):
        epoch([DUE[0], DUE[0]])


def test_thirty_two_orders_fit_and_one_more_does_not() -> None:
    due = [work(n, accepted={ALICE: 1}, source=n) for n in range(1, 34)]

    assert len(epoch(due[:32]).pulls) == 32
    with pytest.raises(TooManyOrders, match="got 33"):
        epoch(due)


def test_the_largest_size_that_fits_is_found() -> None:
    due = [(leaf, work(leaf, accepted={ALICE: 1}, source=leaf % 40)) for leaf in range(100)]

    assert fitting_size(sizes=[10, 32, 33, 100], due=due) == 32
    assert fitting_size(sizes=[33, 100], due=due) is None
    assert fitting_size(sizes=[10, 100], due=due[:32]) == 100


def test_an_amount_beyond_the_limit_is_refused_before_anything_is_hashed() -> None:
    with pytest.raises(Malformed, match=r"2\^96"):
        epoch(DUE, {ALICE: Micros(money.LIMIT - 1)})
