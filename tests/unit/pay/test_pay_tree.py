"""The sum tree: the contracts' vectors, two ways of hashing against each other, and proofs that can't be bent."""

from dataclasses import replace

import numpy as np
import pytest
from eth_abi import encode as abi
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.core.errors import Malformed, Unknown
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay import keccak as bulk
from hakari.pay import tree
from hakari.pay.lines import NOBODY, Line, Owed
from hakari.pay.tree import ClaimLeaf, Step, Tree, build, verify_line, verify_proof

from .made import ALICE, BOB, CAROL, cause, line, owed

BOBS = (line(BOB, 1, 7, 250_000), line(BOB, 2, 7, 500_000), line(BOB, 9, 8, 50_000))
EXAMPLE = [owed(ALICE, 0, line(ALICE, 1, 7, 1_000_000)), owed(BOB, 4_000_000, *BOBS), owed(CAROL, 75_000)]


def holds(whole: Tree, leaf: ClaimLeaf) -> bool:
    return verify_proof(leaf, root=whole.root, total=whole.total, depth=whole.depth)


# The vectors of contracts/README.md, section 1


def test_the_tags_are_those_of_the_contracts() -> None:
    assert tree.TAG_ACCOUNT.hex() == "af3beb39c960f0fc168893f94d13f85ab82c5837c055147594d27e3a2ee1ae3b"
    assert tree.TAG_LINE.hex() == "57f9346e0c82dfcb48f3635138c604fdfb5786db9dcdfdd4234235b4263d4f52"
    assert tree.TAG_SHARE.hex() == "578ea964153fde949fb2a5d33806d818d03b13bbb1d37c316a01c59b7e1479d1"
    assert tree.TAG_EVIDENCE.hex() == "66c4cc4fac4033f7e3634ddf0a01232200b2b8eb27f68cebb7fbb684ff3ac0d9"
    assert tree.EMPTY[1][0].hex() == "012893657d8eb2efad4de0a91bcd0e39ad9837745dec3ea923737ea803fc8e3d"


def test_lines_roots_are_those_of_the_contracts() -> None:
    leaves = [tree.line_leaf(cause=bytes.fromhex(each.cause), source=each.source, amount=each.amount) for each in BOBS]

    assert [hashed.hex() for hashed, _ in leaves] == [
        "ff7428fc2e2b6c6a47f9b62f04ef0ddb50bfe31ec240b28d28b59e52231ff9aa",
        "b48a8569ca7027c821d786b446495c98b414de6464f9930d09d855e27d214833",
        "c1ecfcd8c7001ba4131f9d75d37523ad18a204a2125df9c82d9801ba67afff68",
    ]
    assert tree.lines_root(BOBS).hex() == "2fcebfeb00967e4cf1759a66424e537a040e60f01a3c2223af924fe0e5d923db"
    assert tree.lines_root(EXAMPLE[0].lines).hex() == "67761f7eb5bfa2bab7a0e93a385944da3466a73848dfd29edec4487fa472a7ae"
    assert tree.lines_root([]) == bytes(32)


def test_the_example_tree_is_that_of_the_contracts() -> None:
    whole = build(EXAMPLE)

    assert (whole.total, whole.depth, len(whole)) == (1_800_000, 2, 3)
    assert whole.root.hex() == "3f1ab7d9831833d4e59f3ed588617fb3f28f71829aa4ac927928cbc60e028647"
    assert whole.proof(BOB) == ClaimLeaf(
        account=BOB,
        prev=Micros(4_000_000),
        inc=Micros(800_000),
        lines_root=tree.lines_root(BOBS),
        index=1,
        path=(
            (bytes.fromhex("d0d0bb511fe4ca89359a479d1f336e891bc25e9b3affdee03863f8caa0298b89"), 1_000_000),
            (bytes.fromhex("00a0ddc351bca27c4873129c382ac98d7dd79451d6e9611ac083da2ef02e9cb5"), 0),
        ),
    )
    assert whole.proof(BOB).cumulative == 4_800_000
    assert all(holds(whole, whole.proof(account)) for account in (ALICE, BOB, CAROL))


def test_the_shares_and_the_evidence_are_those_of_the_contracts() -> None:
    shares = tree.shares_root({BOB: 30, ALICE: 10})

    assert (shares[0].hex(), shares[1]) == ("fb1d2975562f78dc35a9fbb6199f91819703912b7fc756f794a029265807485a", 40)
    assert (
        tree.evidence_hash(cause(5), shares=shares, shares_depth=1).hex()
        == "70cdbb7c3a1ae6bce78d72fc77f603cadfbad5d95bf596d15fcb88033b31e190"
    )


def test_without_shares_the_evidence_holds_three_zeros() -> None:
    preimage = abi(["bytes32"] * 3 + ["uint256"] * 2, [tree.TAG_EVIDENCE, bytes.fromhex(cause(5)), bytes(32), 0, 0])

    assert tree.evidence_hash(cause(5)) == keccak(preimage)
    assert tree.shares_root({}) == (bytes(32), 0)


# In bulk as one by one

amounts = st.integers(0, 2**96 - 1) | st.integers(0, 2**20) | st.sampled_from([2**64 - 1, 2**64, 2**96 - 1])


@st.composite
def books(draw: st.DrawFn, largest: int = 2**88) -> list[Owed]:
    """Accounts with 0 to 5 lines each; any byte in names, ends in zeros included."""
    names = draw(
        st.lists(st.integers(1, 2**160 - 1) | st.integers(1, 255).map(lambda n: n << 152), max_size=9, unique=True)
    )
    found: list[Owed] = []
    for name in sorted(names):
        account = Account(f"0x{name:040x}")
        causes = sorted(draw(st.sets(st.integers(0, 2**256 - 1), max_size=5)))
        lines = [line(account, each, draw(st.integers(0, 2**53)), draw(st.integers(0, largest))) for each in causes]
        found.append(owed(account, draw(st.integers(0, largest)), *lines))
    return found


def levels_one_by_one(book: list[Owed]) -> list[list[Step]]:
    """The whole padded tree by the table in contracts/README.md, with eth_abi and eth_hash alone."""
    width = 1 << max(0, len(book) - 1).bit_length()
    level: list[Step] = [
        (
            keccak(
                abi(
                    ["bytes32", "address", "uint256", "uint256", "bytes32"],
                    [keccak(b"hakari.account.1"), each.account, each.prev, each.inc, lines_one_by_one(each.lines)],
                )
            ),
            each.inc,
        )
        for each in book
    ]
    return padded(level, width)


def lines_one_by_one(lines: tuple[Line, ...]) -> bytes:
    if not lines:
        return bytes(32)
    words = ["bytes32", "bytes32", "uint256", "uint256", "uint256"]
    leaves = [
        (
            keccak(abi(words, [keccak(b"hakari.line.1"), bytes.fromhex(each.cause), each.source, each.amount, 0])),
            each.amount,
        )
        for each in lines
    ]
    return padded(leaves, 1 << max(0, len(lines) - 1).bit_length())[-1][0][0]


def padded(leaves: list[Step], width: int) -> list[list[Step]]:
    levels = [[*leaves, *[(bytes(32), 0)] * (width - len(leaves))]]
    while len(levels[-1]) > 1:
        levels.append(level_above(levels[-1]))
    return levels


def level_above(below: list[Step]) -> list[Step]:
    return [
        (keccak(abi(["bytes32", "uint256"] * 2, [*left, *right])), left[1] + right[1])
        for left, right in zip(below[::2], below[1::2], strict=True)
    ]


@given(books())
@settings(max_examples=60, deadline=None)
def test_bulk_and_single_hashes_give_one_tree(book: list[Owed]) -> None:
    whole, levels = build(book), levels_one_by_one(book)

    assert (whole.root, whole.total) == levels[-1][0]
    assert 2**whole.depth == len(levels[0])
    proofs = list(whole.proofs())
    assert [leaf.index for leaf in proofs] == list(range(len(book)))
    for each, leaf in zip(book, proofs, strict=True):
        assert leaf == whole.proof(each.account)
        assert (leaf.account, leaf.prev, leaf.inc) == (each.account, each.prev, each.inc)
        assert leaf.lines_root == tree.lines_root(each.lines)
        assert leaf.path == tuple(levels[height][leaf.index >> height ^ 1] for height in range(whole.depth))
        assert holds(whole, leaf)


@given(st.lists(st.tuples(st.binary(min_size=32, max_size=32), amounts), min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_one_level_in_bulk_is_the_same_node_by_node(leaves: list[Step]) -> None:
    rows = np.array(
        [[*np.frombuffer(hashed, "<u8"), amount >> 64, amount % 2**64] for hashed, amount in leaves], np.uint64
    )

    found = bulk.level(rows, np.zeros(6, np.uint64))

    expected = level_above([*leaves, (bytes(32), 0)] if len(leaves) % 2 else leaves)
    assert [(row[:4].tobytes(), int(row[4]) << 64 | int(row[5])) for row in found] == expected


@pytest.mark.parametrize(("leaves", "levels"), [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (2**24, 24)])
def test_the_depth_is_the_smallest_that_holds_the_leaves(leaves: int, levels: int) -> None:
    assert tree.depth(leaves) == levels


def test_a_tree_deeper_than_a_contract_checks_is_refused() -> None:
    with pytest.raises(Malformed, match=r"2\^24 leaves, got 16777217"):
        tree.depth(2**24 + 1)


def test_no_account_makes_a_tree_of_nothing() -> None:
    whole = build([])

    assert (whole.root, whole.total, whole.depth, list(whole.proofs())) == (bytes(32), 0, 0, [])
    assert whole.slot(0).account == NOBODY
    with pytest.raises(Unknown):
        whole.proof(ALICE)


def test_one_account_is_its_own_root() -> None:
    whole = build(EXAMPLE[:1])

    assert whole.proof(ALICE).path == ()
    assert (
        whole.root
        == tree.account_leaf(account=ALICE, prev=0, inc=10**6, lines_root=tree.lines_root(EXAMPLE[0].lines))[0]
    )


def test_a_thousand_accounts_all_prove_and_nobody_else_does() -> None:
    book = [owed(Account(f"0x{2 * n:040x}"), n, line(Account(f"0x{2 * n:040x}"), n, 1, n)) for n in range(1, 1001)]
    whole = build(book)

    assert whole.depth == 10
    assert all(holds(whole, leaf) for leaf in whole.proofs())
    for stranger in (1, 3, 999, 2001, 2**160 - 1):
        with pytest.raises(Unknown, match="never paid"):
            whole.proof(Account(f"0x{stranger:040x}"))


# What must be refused


@pytest.mark.parametrize(
    ("book", "message"),
    [
        ([owed(BOB, 0), owed(ALICE, 0)], "accounts must strictly ascend"),
        ([owed(BOB, 0), owed(BOB, 0)], "accounts must strictly ascend"),
        ([owed(NOBODY, 0), owed(BOB, 0)], "accounts must strictly ascend"),
        ([owed(BOB, 0, *BOBS[::-1])], "causes of one account must strictly ascend"),
        ([owed(BOB, 0, BOBS[0], BOBS[0])], "causes of one account must strictly ascend"),
        ([replace(owed(BOB, 0, *BOBS), inc=Micros(800_001))], "sum of its lines, got 800001"),
        ([owed(BOB, 2**96)], r"0 to 2\^96 - 1"),
        ([owed(BOB, -1)], r"0 to 2\^96 - 1"),
        (
            [owed(ALICE, 0, line(ALICE, 1, 7, 2**96 - 1)), owed(BOB, 0, line(BOB, 1, 7, 1))],
            r"total of an epoch must be below 2\^96",
        ),
    ],
)
def test_a_book_that_the_contracts_could_disprove_is_refused(book: list[Owed], message: str) -> None:
    with pytest.raises(Malformed, match=message):
        build(book)


def test_two_accounts_may_have_the_same_causes_in_turn() -> None:
    whole = build([owed(ALICE, 0, line(ALICE, 9, 7, 1)), owed(BOB, 0), owed(CAROL, 0, line(CAROL, 1, 7, 1))])

    assert whole.total == 2


def test_the_largest_total_is_still_a_tree() -> None:
    assert build([owed(ALICE, 0, line(ALICE, 1, 7, 2**96 - 1))]).total == 2**96 - 1


@pytest.mark.parametrize(
    "bent",
    [
        {"account": CAROL},
        {"account": NOBODY},
        {"prev": Micros(4_000_001)},
        {"inc": Micros(800_001)},
        {"inc": Micros(2**256)},
        {"prev": Micros(-1)},
        {"lines_root": bytes(32)},
        {"lines_root": b""},
        {"index": 0},
        {"index": 5},
        {"index": -3},
        {"path": ()},
    ],
)
def test_a_bent_proof_does_not_verify(bent: dict[str, object]) -> None:
    whole = build(EXAMPLE)
    leaf = whole.proof(BOB)

    assert holds(whole, leaf)
    assert not holds(whole, replace(leaf, **bent))  # type: ignore[arg-type]


def test_a_bent_path_or_another_root_does_not_verify() -> None:
    whole = build(EXAMPLE)
    leaf = whole.proof(BOB)
    (first, amount), second = leaf.path

    assert not holds(whole, replace(leaf, path=((first, amount + 1), second)))
    assert not holds(whole, replace(leaf, path=((first, amount), second, (bytes(32), 0))))
    assert not holds(whole, replace(leaf, path=(second, (first, amount))))
    assert not holds(whole, replace(leaf, path=((first[:-1], amount), second)))
    assert not verify_proof(leaf, root=whole.root, total=whole.total - 1, depth=2)
    assert not verify_proof(leaf, root=bytes(32), total=whole.total, depth=2)
    assert not verify_proof(leaf, root=whole.root, total=whole.total, depth=3)


def test_money_can_not_move_between_siblings() -> None:
    # same sum above, other parts below: only nodes that hash their sums notice
    whole = build(EXAMPLE)
    leaf = whole.proof(BOB)
    (first, amount), second = leaf.path

    moved = replace(leaf, inc=Micros(leaf.inc + 1), path=((first, amount - 1), second))

    assert not holds(whole, moved)


def test_an_empty_slot_has_a_path_but_is_nobodys_proof() -> None:
    whole = build(EXAMPLE)
    empty = whole.slot(3)

    assert (empty.account, empty.prev, empty.inc, empty.lines_root) == (NOBODY, 0, 0, bytes(32))
    assert tree.fold((bytes(32), 0), index=3, path=empty.path) == (whole.root, whole.total)
    assert not holds(whole, empty)
    with pytest.raises(Unknown, match="0 to 3, got 4"):
        whole.slot(4)


def test_a_line_is_proven_inside_its_accounts_leaf() -> None:
    whole = build(EXAMPLE)
    leaf = whole.proof(BOB)

    for each in BOBS:
        proof = tree.line_proof(BOBS, each.cause)
        assert verify_line(proof, leaf=leaf)
        assert not verify_line(replace(proof, amount=Micros(each.amount + 1)), leaf=leaf)
        assert not verify_line(replace(proof, index=proof.index + 4), leaf=leaf)
        assert not verify_line(proof, leaf=whole.proof(ALICE))
    with pytest.raises(Unknown):
        tree.line_proof(BOBS, cause(3))


def test_lines_of_two_accounts_or_out_of_order_have_no_root() -> None:
    with pytest.raises(Malformed, match="ascend by cause"):
        tree.lines_root([BOBS[1], BOBS[0]])
    with pytest.raises(Malformed, match="of one account"):
        tree.lines_root([BOBS[0], line(CAROL, 2, 7, 5)])


def test_words_are_the_contracts_structs() -> None:
    leaf, proof = build(EXAMPLE).proof(BOB), tree.line_proof(BOBS, cause(9))

    step = "(bytes32,uint256)[]"
    encoded = abi([f"(address,uint256,uint256,bytes32,uint256,{step})"], [leaf.words()])
    assert encoded[32:64] == bytes(12) + bytes.fromhex(BOB[2:])
    assert len(abi([f"(bytes32,uint256,uint256,uint256,{step})"], [proof.words()])) == 32 * (1 + 5 + 1 + 4)
