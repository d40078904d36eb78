"""The operator's key replaced on a chain where coin costs something and the old key is the operator's own (HAKARI_CHAIN_KEY)."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "ports"))

from chain_nodes import CHAIN_ID, RICH, WEI, Anvil, anvil_program
from world import mismatches, open_pool, opened

from hakari.app import Node, checking, rotate, rounds
from hakari.app.node import StrangeOperator
from hakari.app.succession import Unfunded
from postgres import free_port

PASSPHRASE = "of these tests"


@pytest.fixture
def chain() -> Iterator[Anvil]:
    """anvil with prices, every transaction in a block of its own."""
    program = anvil_program()
    if program is None:
        pytest.skip("anvil is not on this machine (it comes with `make test` where Node is)")
    port = free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen(
        [str(program), "--port", str(port), "--chain-id", str(CHAIN_ID), "--hardfork", "prague", "--silent"], **quiet
    )
    node = Anvil(f"http://127.0.0.1:{port}")
    try:
        for _ in range(400):
            try:
                node.get("anvil_setBalance", RICH.address, hex(WEI))
                break
            except OSError:
                assert running.poll() is None, "anvil ended at once"
                time.sleep(0.05)
        yield node
    finally:
        running.terminate()
        running.wait(10)


def settled(node: Node) -> None:
    while rounds.round_(node):
        continue


def test_a_new_account_without_coin_is_named_with_what_it_needs_and_the_old_one_goes_on_till_then(
    chain: Anvil, tmp_path: Path
) -> None:
    given = {"chain_url": chain.url, "passphrase": PASSPHRASE}
    node = opened(tmp_path, chain_key=RICH.key.hex(), **given)
    try:
        old, settings = node.operator, node.settings
        open_pool(node)
        settled(node)
    finally:
        node.close()
    for _ in range(2):
        with pytest.raises(
            Unfunded, match=r"the new account 0x[0-9a-f]{40} must hold [0-9]+ wei on chain 31337"
        ) as told:
            rotate(settings, "operator")
    heir = told.value.message.split()[3]
    node = opened(tmp_path, chain_key=RICH.key.hex(), **given)
    assert node.operator == old
    node.close()

    chain.get("anvil_setBalance", heir, hex(10**18))
    rotate(settings, "operator")
    with pytest.raises(StrangeOperator, match=f"HAKARI_CHAIN_KEY must be unset, or that of {heir}"):
        opened(tmp_path, chain_key=RICH.key.hex(), **given)
    node = opened(tmp_path, **given)
    try:
        settled(node)
        assert node.operator == heir
        # The old key is a person's own: nothing was taken from its account.
        assert node.keys.former("operator") == []
        assert int(node.chain.call(node.contracts, "payment_token", "balanceOf", [old])) == 10**12
        with node.store.reading() as book:
            assert [each.name for each in book.chain.intents("waiting", "reverted", "signed")] == []
        report = checking.check(str(tmp_path / "public"), rpc=chain.url)
        assert mismatches(report) == []
        assert {(each.name, each.level): each.count for each in report.checks}["operator", "recomputed"] == 1
    finally:
        node.close()
