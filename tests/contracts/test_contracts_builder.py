"""The package's own tree builder and the contracts agree on every root and every proof."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from money_world import WINDOW, World
from sum_tree import Line as OtherLine
from sum_tree import evidence, next_epoch

from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.pay.lines import Line, Owed
from hakari.pay.tree import Tree, build, evidence_hash, line_proof, lines_root

amounts = st.lists(st.integers(1, 10**9), max_size=4)


def owed(people: list[str], paid: list[list[int]], before: dict[str, int], *, epoch: int) -> list[Owed]:
    """Return the accounts of an epoch in the package's own types; a cause is new for each account and epoch."""
    found = []
    for account, some in sorted(zip(people, paid, strict=True)):
        lines = tuple(
            Line(
                account=Account(account),
                cause=StatementId(f"{epoch:032x}{i:032x}"),
                source=1,
                amount=Micros(amount),
                why="work",
            )
            for i, amount in enumerate(some)
        )
        if lines or account in before:
            found.append(
                Owed(account=Account(account), prev=Micros(before.get(account, 0)), inc=Micros(sum(some)), lines=lines)
            )
    return found


@given(paid=st.lists(amounts, max_size=9))
@settings(max_examples=40, deadline=None)
def test_two_builders_give_one_root(paid: list[list[int]]) -> None:
    people = [f"0x{i * 7919 + 1:040x}" for i in range(len(paid))]
    ours = build(owed(people, paid, {}, epoch=1))
    other = next_epoch(
        None,
        {
            p: [
                OtherLine(cause=bytes.fromhex(f"{1:032x}{i:032x}"), source=1, amount=amount)
                for i, amount in enumerate(some)
            ]
            for p, some in zip(people, paid, strict=True)
            if some
        },
    )
    assert (ours.root, ours.total, ours.depth) == (other.root, other.total, other.depth)
    for entry in other.entries:
        assert entry is not None
        assert ours.proof(Account(entry.account)).words() == other.of(entry.account)


def test_two_evidence_hashes_are_one() -> None:
    assert evidence_hash("05" * 32) == evidence(b"\x05" * 32)


def test_the_contracts_pay_what_the_builder_proves(world: World, refuses) -> None:
    people = sorted(worker.lower() for worker in world.workers)
    order = world.fund()
    before: dict[str, int] = {}
    for epoch, paid in enumerate(([[10**6], [2, 3], [], []], [[], [5], [7, 8, 9], [1]]), start=1):
        tree: Tree = build(owed(people, paid, before, epoch=epoch))
        world.rich(world.operator)
        pulls = [(order, tree.total, 0)]
        world.payouts.propose(
            world.pool,
            1,
            tree.root,
            tree.total,
            tree.depth,
            pulls,
            world.checkpoint(),
            evidence_hash("05" * 32),
            sender=world.operator,
        )
        world.chain.pass_time(WINDOW)
        world.payouts.settle(world.pool, pulls)
        for leaf in tree.proofs():
            if leaf.cumulative > before.get(leaf.account, 0):
                world.payouts.claim(world.pool, epoch, leaf.words())
            else:
                with refuses("nothing"):
                    world.payouts.claim(world.pool, epoch, leaf.words())
            before[leaf.account] = leaf.cumulative
        assert {p: world.balance(p) for p in before} == before


def test_the_builders_line_proofs_convict(world: World) -> None:
    people = sorted(worker.lower() for worker in world.workers)[:1]
    order = world.fund()
    (once,) = owed(people, [[5, 6]], {}, epoch=1)
    lines = list(once.lines)
    tree = build([once])
    world.rich(world.operator)
    for number in range(2):
        said = (
            tree if number == 0 else build([Owed(account=once.account, prev=once.inc, inc=once.inc, lines=once.lines)])
        )
        pulls = [(order, said.total, 0)]
        world.payouts.propose(
            world.pool,
            1,
            said.root,
            said.total,
            said.depth,
            pulls,
            world.checkpoint(),
            b"\1" * 32,
            sender=world.operator,
        )
        if number == 0:
            world.chain.pass_time(WINDOW)
            world.payouts.settle(world.pool, pulls)
            continue
        proof = line_proof(lines, lines[1].cause).words()
        assert lines_root(lines) == said.proof(once.account).lines_root
        world.proofs.prove_double(
            world.pool, said.proof(once.account).words(), proof, 1, tree.proof(once.account).words(), proof
        )
    assert world.payouts.epoch_count(world.pool) == 1
    assert world.payouts.slot(world.pool).state == 0
