"""Who is seated over a task: nobody of one copy group with a worker of the order, nor with another of the panel."""

from hakari.core.ids import account
from hakari.work import panels

ROSTER = [account(f"0x{n:040x}") for n in range(1, 31)]
WORKER = account(f"0x{99:040x}")


def drawn(kin, *, seats=4, seed=0):
    return [
        each.accounts
        for each in panels.draw(
            bytes([seed]) * 32, among=range(40), count=40, roster=ROSTER, seats=seats, kin=kin, workers=[WORKER]
        )
    ]


def test_no_two_of_one_copy_group_sit_over_the_same_task():
    group = set(ROSTER[:12])
    kin = dict.fromkeys(group, frozenset({"verdicts:0:group 1"}))
    seated = drawn(kin)
    assert all(len(group.intersection(each)) <= 1 for each in seated)
    assert any(group.intersection(each) for each in seated)
    assert any(len(group.intersection(each)) > 1 for each in drawn({}))


def test_nobody_of_a_group_with_a_worker_of_the_order_is_seated():
    group = set(ROSTER[:12])
    kin = dict.fromkeys([*group, WORKER], frozenset({"verdicts:0:group 1"}))
    assert not [each for each in drawn(kin) if group.intersection(each)]
    # Another order's groups of the same number are other groups.
    others = {**dict.fromkeys(group, frozenset({"verdicts:0:group 1"})), WORKER: frozenset({"other:0:group 1"})}
    assert [each for each in drawn(others) if group.intersection(each)]


def test_a_group_across_two_orders_is_one_chain_of_kin():
    one, both, other = ROSTER[:3]
    kin = {
        one: frozenset({"a:0:group 1"}),
        both: frozenset({"a:0:group 1", "b:0:group 2"}),
        other: frozenset({"b:0:group 2"}),
    }
    for each in drawn(kin, seats=30):
        assert not {one, both} <= set(each)
        assert not {both, other} <= set(each)


def test_a_panel_is_the_same_for_whoever_draws_it_and_has_no_more_than_its_seats():
    assert drawn({}) == drawn({})
    assert drawn({}) != drawn({}, seed=1)
    assert {len(each) for each in drawn({})} == {4}
    assert all(len(set(each)) == len(each) for each in drawn({}))
