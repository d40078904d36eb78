"""The spine: an order becomes judged, paid, released and licensed data, and a stranger verifies all of it."""

import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from world import (
    FEE_BPS,
    LABEL_ITEMS,
    PRICE,
    RANK_ITEMS,
    REWARD,
    SPLIT,
    UNIT_COST,
    WORKERS,
    Ending,
    World,
    mismatches,
    world,
)

from hakari.app import Node
from hakari.core import canonical
from hakari.core.statement import item_commitment

LABEL_BUDGET = len(WORKERS) * len(LABEL_ITEMS) * UNIT_COST
RANK_BUDGET = len(WORKERS) * len(RANK_ITEMS) * UNIT_COST
LEAST_SECRET = 12
"""Letters of an item's text from which on a stretch of it counts as readable."""


@dataclass(frozen=True, kw_only=True)
class Lived:
    """One life, over and served still."""

    world: World
    node: Node
    ending: Ending


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with world(tmp_path_factory.mktemp("spine")) as (market, node):
        yield Lived(world=market, node=node, ending=market.life())


def public_files(lived: Lived) -> dict[str, bytes]:
    root = lived.world.public
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def accepted(lived: Lived, kind: str) -> Counter[str]:
    """Count each account's accepted answers from the public results, as a stranger would."""
    reader = lived.world.person("reader")
    [verdicts] = [
        each["statement"]["body"]
        for each in reader.get("/v1/statements", kind="verdicts")["items"]
        if each["statement"]["body"]["rules"].startswith(kind)
    ]
    data = (lived.world.public / "evidence" / verdicts["results"]).read_bytes()
    counts: Counter[str] = Counter()
    for line in canonical.read_lines(data):
        if "decision" not in line and line["accepted"]:
            page = reader.get("/v1/statements", cursor=0, limit=200)["items"]
            [author] = [each["statement"]["author"] for each in page if each["leaf"] == line["leaf"]]
            counts[author] += 1
    return counts


def test_a_whole_life_verifies_with_every_receipt_and_an_rpc(lived: Lived) -> None:
    assert len(lived.world.receipts) > 2 * len(WORKERS)
    assert mismatches(lived.world.verify()) == []


def test_it_verifies_from_the_folder_alone_and_says_what_only_an_rpc_would_show(lived: Lived) -> None:
    report = lived.world.verify(rpc=False)
    assert mismatches(report) == []
    assert len(report.unseen) > len(lived.world.verify().unseen)


def test_everybody_holds_what_the_public_results_give_to_the_unit(lived: Lived) -> None:
    by_kind = {kind: accepted(lived, kind) for kind in ("label", "rank")}
    weights = by_kind["label"]
    fee_each = REWARD * FEE_BPS // 10_000
    sale_fee, sale_originator = (PRICE * SPLIT[name] // 10_000 for name in ("fee", "originator"))
    part = PRICE - sale_fee - sale_originator
    shares = {account: part * count // sum(weights.values()) for account, count in weights.items()}
    # Units left over go one each to the largest remainders, ties to the lower account.
    remainders = sorted(weights, key=lambda who: (-(part * weights[who] % sum(weights.values())), who))
    for account in remainders[: part - sum(shares.values())]:
        shares[account] += 1
    held = lived.ending.balances
    for name in WORKERS:
        account = lived.world.account(name)
        earned = REWARD * (by_kind["label"][account] + by_kind["rank"][account])
        assert held[name] == earned + shares.get(account, 0), name
    done = sum(sum(each.values()) for each in by_kind.values())
    assert held["treasury"] == done * fee_each + sale_fee
    assert held["buyer of labels"] == sale_originator
    assert held["buyer of votes"] == held["student"] == 0
    # What was neither earned nor a fee lies in escrow for the buyers to take back.
    assert held["escrow"] == LABEL_BUDGET + RANK_BUDGET - done * UNIT_COST
    assert 0 < done < len(WORKERS) * (len(LABEL_ITEMS) + len(RANK_ITEMS)), "some accepted, some refused"


def test_nothing_of_an_items_text_is_readable_in_the_public_folder(lived: Lived) -> None:
    stretches = {
        text[start : start + LEAST_SECRET].encode()
        for item in [*LABEL_ITEMS, *RANK_ITEMS]
        for name, text in item.items()  # type: ignore[union-attr]
        if not name.endswith("_model")
        for start in range(len(text) - LEAST_SECRET + 1)
    }
    for path, data in public_files(lived).items():
        found = [stretch for stretch in stretches if stretch in data]
        assert not found, f"{path} tells {found[:3]}"
    # The search itself works: the licensee's file holds every text.
    import pyarrow.parquet as pq

    rows = pq.read_table(io.BytesIO(lived.ending.data)).to_pylist()
    assert {row["text"] for row in rows} == {item["text"] for item in LABEL_ITEMS}  # type: ignore[index]


def test_a_guess_at_an_item_is_not_confirmed_by_any_public_digest(lived: Lived) -> None:
    public = b"\n".join(public_files(lived).values())
    for item in LABEL_ITEMS:
        text = item["text"]  # type: ignore[index]
        encodings = [
            str(text).encode(),
            canonical.encode(item),
            canonical.encode({"data": item}),
            canonical.encode({"data": item, "salt": ""}),
        ]
        for data in encodings:
            for prefix in (b"", b"hakari.item.v1\n", b"hakari.row.v1\n"):
                assert hashlib.sha256(prefix + data).hexdigest().encode() not in public
        assert item_commitment(data=item, salt="").encode() not in public
    # With its salt, which the node keeps, the same guess is confirmed: the commitments are of these items.
    with lived.node.store.reading() as book:
        [order] = [row.id for _, row in book.orders.page(after=0, limit=10) if row.source == "label"]
        tasks = book.orders.tasks(order)
    assert all(item_commitment(data=dict(task.data), salt=task.salt).encode() in public for task in tasks)
    assert not any(task.salt.encode() in public for task in tasks)


def test_the_same_life_again_changes_nothing(lived: Lived) -> None:
    files, balances = public_files(lived), lived.ending.balances
    again = lived.world.life()
    assert again.balances == balances
    assert again.data == lived.ending.data
    grown = set(public_files(lived)) ^ set(files)
    assert not grown, f"the second run touched {sorted(grown)}"
    assert mismatches(lived.world.verify()) == []
