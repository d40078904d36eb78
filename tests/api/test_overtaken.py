"""Transactions that wait: what is overtaken is given up, what came too early is not, and a post gets its proof when it is signed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from market import Market, served

from hakari.adapters.blobs import Folder
from hakari.adapters.sql.chain import Intent
from hakari.app import anchoring, promises
from hakari.log import tree
from hakari.log.writer import Appender


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    made = Market(tmp_path / "node", tick_ms=20)
    try:
        with served(made):
            yield made
    finally:
        made.close()


def post(market: Market, size: int, name: str) -> Intent:
    root = market.node.log.root_at(size).hex()
    args = [promises.log_id(market.node), str(size), root, str(market.node.clock())]
    return Intent(name=name, signer="operator", contract="anchor", function="post", args=args)


def intend(market: Market, *wanted: Intent) -> None:
    with market.node.store.book() as book:
        for each in wanted:
            book.chain.intend(each)


def became(market: Market, name: str) -> Intent:
    with market.node.store.reading() as book:
        found = book.chain.intent(name)
    assert found is not None
    return found


def grown(market: Market, *names: str) -> int:
    """The size of the published log, after these people have joined."""
    for name in names:
        market.person(name, "work")
    market.rounds()
    checkpoint = market.node.log.checkpoint()
    assert checkpoint is not None
    return checkpoint.size


def mined(market: Market) -> int:
    node = market.node
    return int(node.chain.call(node.contracts, "anchor", "latest", [promises.log_id(node)])["size"])


def test_an_anchor_that_a_newer_one_overtook_does_not_wait_for_ever(market: Market) -> None:
    size = grown(market, "ada")
    for at, name in ((size, "newer"), (size - 1, "older")):
        intend(market, post(market, at, name))
        market.rounds()
    assert became(market, "newer").status == "done"
    assert became(market, "older").status == "reverted"
    assert "size" in str(became(market, "older").note)
    with market.node.store.reading() as book:
        assert not [each for each in book.chain.intents("waiting", "signed") if each.function == "post"]


def test_of_two_posts_that_wait_the_newer_is_made(market: Market) -> None:
    size = grown(market, "ada")
    intend(market, post(market, size - 1, "older"), post(market, size, "newer"))
    market.rounds()
    assert (became(market, "older").status, became(market, "newer").status) == ("reverted", "done")
    assert str(size) in str(became(market, "older").note)


def test_each_post_extends_the_one_before_however_far_the_log_has_grown_since(market: Market) -> None:
    """Also one whose own partial tiles went when the log grew on."""
    first = grown(market, "ada")
    intend(market, post(market, first, "first"))
    between = grown(market, "ben", "cho")
    waits = post(market, between, "waits")
    newest = grown(market, "dan", "eve")
    assert mined(market) == first < between < newest
    intend(market, waits)
    market.rounds()
    assert (became(market, "waits").status, mined(market)) == ("done", between)
    again = replace(waits, name="again", args=[*waits.args[:3], str(market.node.clock())])
    intend(market, again)
    market.rounds()
    assert became(market, "again").status == "done"
    intend(market, post(market, newest, "newest"))
    market.rounds()
    assert (became(market, "newest").status, mined(market)) == ("done", newest)


def test_a_post_whose_place_another_took_gets_its_proof_anew(market: Market) -> None:
    """Signed from the first size on; a post of another worker is mined under its number, and the proof does not fit any more."""
    node = market.node
    first = grown(market, "ada")
    intend(market, post(market, first, "first"))
    market.rounds()
    between, last = first + 1, grown(market, "ben", "cho")
    secret, nonce = node.keys.secret("operator"), node.chain.nonce(node.operator)

    def signed(intent: Intent) -> Intent:
        args = anchoring.arguments(node, intent)
        made = node.chain.sign_call(secret, node.contracts, "anchor", "post", args, nonce=nonce)
        return replace(intent, status="signed", nonce=nonce, raw=made.raw, tx=made.hash)

    # In this order: what is mined second must not be the older one.
    other, mine = signed(post(market, between, "other")), signed(post(market, last, "mine"))
    assert mine.raw is not None
    assert other.raw is not None
    intend(market, mine)
    with node.store.book() as book:
        book.chain.change("mine", nonce=nonce, raw=mine.raw, tx=mine.tx)
    node.chain.send(other.raw)
    assert mined(market) == between
    market.rounds()
    found = became(market, "mine")
    assert (found.status, mined(market)) == ("done", last)
    assert found.raw != mine.raw


def test_no_post_is_signed_while_another_is_on_its_way(market: Market) -> None:
    size = grown(market, "ada")
    wanted, rest = (
        post(market, size, "wanted"),
        Intent(name="rest", signer="operator", contract="payouts", function="settle", args=[str(market.pool), []]),
    )
    lost = replace(wanted, name="lost", status="signed", nonce=99, tx="ab" * 32)
    assert anchoring.sendable(market.node, [wanted, rest], [lost]) == [rest]
    assert anchoring.sendable(market.node, [wanted, rest], []) == [wanted, rest]
    assert anchoring.sendable(market.node, [rest], [lost]) == [rest]


def test_what_a_thief_put_at_the_end_of_the_log_ends_anchoring_and_nothing_else(market: Market, tmp_path: Path) -> None:
    node = market.node
    size = grown(market, "ada")
    intend(market, post(market, size, "honest"))
    market.rounds()
    with node.store.reading() as book:
        entries = book.statements.entries(0, size)
    theirs = Folder(tmp_path / "theirs")
    root = Appender(theirs, node.signer.verifier).append([*entries, b"junk"], start=0).root
    proof = [step.hex() for step in tree.consistency(theirs.read, size, size + 1)]
    args = [promises.log_id(node), str(size + 1), root.hex(), str(node.clock()), proof]
    nonce = node.chain.nonce(node.operator)
    made = node.chain.sign_call(node.keys.secret("operator"), node.contracts, "anchor", "post", args, nonce=nonce)
    node.chain.send(made.raw)
    assert mined(market) == size + 1
    faucet = [node.operator, "1"]
    later = grown(market, "ben", "cho", "dan")
    intend(market, post(market, later, "late"))
    market.rounds()
    found = became(market, "late")
    assert found.status == "waiting"
    assert "fork" in str(found.note)
    intend(market, Intent(name="else", signer="operator", contract="payment_token", function="faucet", args=faucet))
    market.rounds()
    assert became(market, "else").status == "done"


def test_what_came_too_early_waits(market: Market) -> None:
    early = Intent(name="early", signer="operator", contract="payouts", function="settle", args=[str(market.pool), []])
    intend(market, early)
    market.rounds(3)
    assert became(market, "early").status == "waiting"
