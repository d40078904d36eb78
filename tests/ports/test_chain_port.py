"""The way to any chain (web3.py with transactions signed here), tried on the embedded chain and on anvil."""

# ruff: noqa: F811  fixtures are imported by name, and pytest hands them over as parameters of the same name

import dataclasses
import time
from pathlib import Path

import pytest
from chain_nodes import CHAIN_ID, POOR, RICH, Embedded, Node, anvil, anvil_url, embedded, node, signed  # noqa: F401

from hakari.adapters.evm.chain import Chain, ChainUnavailable, Reverted, open_chain
from hakari.adapters.evm.contracts import Addresses, ForeignCode, deploy
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account

SECRET = bytes(RICH.key)
ME = Account(RICH.address.lower())
LOG = "ab" * 32


@pytest.fixture
def chain(node: Node) -> Chain:
    if isinstance(node, Embedded):
        return open_chain(embedded=node.chain, chain_id=CHAIN_ID)
    return open_chain(url=node.url, chain_id=CHAIN_ID)


@pytest.fixture
def contracts(chain: Chain) -> Addresses:
    return deploy(chain, SECRET, profile="local")


def _nonce(chain: Chain) -> int:
    return chain.nonce(ME)


def _tell(chain: Chain, contracts: Addresses, contract: str, function: str, args: list[object]) -> str:
    """Send a call and return its hash once it is mined."""
    made = chain.sign_call(SECRET, contracts, contract, function, args, nonce=_nonce(chain))
    chain.send(made.raw)
    until = time.monotonic() + 10
    while chain.receipt(made.hash) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return made.hash


def test_our_contracts_are_deployed_bound_and_found_again(chain: Chain, contracts: Addresses) -> None:
    sent = _nonce(chain)
    again = deploy(chain, SECRET, profile="local", from_block=contracts.from_block)
    assert again == contracts
    assert _nonce(chain) == sent
    for name, address in contracts.named().items():
        assert chain.is_artefact(name, address), name
    assert not chain.is_artefact("escrow", contracts.payouts)
    assert chain.call(contracts, "escrow", "payouts", []) == contracts.payouts
    assert chain.call(contracts, "payouts", "proofs", []) == contracts.proofs
    assert chain.call(contracts, "pools", "licences", []) == contracts.licences


def test_a_deployment_cut_off_anywhere_goes_on_where_it_stopped(embedded: Embedded) -> None:
    class Cut(Exception):
        pass

    class Fragile(Chain):
        left = 0

        def send(self, raw: bytes) -> None:
            if self.left == 0:
                raise Cut
            self.left -= 1
            super().send(raw)

    from hakari.adapters.evm.chain import EmbeddedProvider

    fragile = Fragile(EmbeddedProvider(embedded.chain))
    cuts = 0
    while True:
        fragile.left = 1
        try:
            found = deploy(fragile, SECRET, profile="local", from_block=0)
            break
        except Cut:
            cuts += 1
    assert cuts >= 10
    assert found == deploy(Chain(EmbeddedProvider(embedded.chain)), SECRET, profile="local", from_block=0)
    assert _nonce(fragile) == 11


def test_foreign_code_at_our_address_is_refused(embedded: Embedded) -> None:
    embedded.deploy()
    chain = open_chain(embedded=embedded.chain, chain_id=CHAIN_ID)
    with pytest.raises(ForeignCode):
        deploy(chain, SECRET, profile="local")


def test_events_come_decoded_in_order_with_time_and_place(chain: Chain, contracts: Addresses) -> None:
    first = chain.block_number() + 1
    registered = _tell(chain, contracts, "anchor", "register", [LOG, ME])
    posted = _tell(chain, contracts, "anchor", "post", [LOG, "7", "cd" * 32, str(chain.time()), []])
    created = _tell(
        chain,
        contracts,
        "pools",
        "create",
        ["ee" * 32, ME, POOR.address.lower(), "0x" + "33" * 20, "500", [LOG, "0", "0"]],
    )
    events = chain.events(contracts, first, chain.block_number())
    assert [(each.block, each.index) for each in events] == sorted((each.block, each.index) for each in events)
    assert {each.tx for each in events} == {registered, posted, created}
    named = {each.event: each for each in events}
    assert named["Posted"].args["log_id"] == LOG
    assert named["Posted"].args["size"] == "7"
    assert named["Posted"].contract == "anchor"
    assert named["Posted"].address == contracts.anchor
    assert named["Registered"].args["key"] == ME
    assert named["Terms"].args["hash"] == "ee" * 32
    assert named["Posted"].time <= chain.time()
    assert chain.events(contracts, first, first)[-1].tx == registered
    assert chain.events(contracts, first + 3, first + 2) == []


def test_a_refused_call_says_the_contracts_reason_before_it_is_signed(chain: Chain, contracts: Addresses) -> None:
    _tell(chain, contracts, "anchor", "register", [LOG, ME])
    with pytest.raises(Reverted) as refused:
        chain.sign_call(SECRET, contracts, "anchor", "register", [LOG, ME], nonce=_nonce(chain))
    assert refused.value.reason == "registered"
    with pytest.raises(Reverted):
        chain.call(contracts, "payouts", "bond_now", [99, 1, 5])


def test_sending_again_is_harmless_and_happens_once(chain: Chain, contracts: Addresses) -> None:
    nonce = _nonce(chain)
    made = chain.sign_call(SECRET, contracts, "payment_token", "faucet", [POOR.address, 5], nonce=nonce)
    for _ in range(3):
        chain.send(made.raw)
    receipt = chain.receipt(made.hash)
    assert receipt is not None
    assert receipt.status
    assert _nonce(chain) == nonce + 1
    assert chain.call(contracts, "payment_token", "balanceOf", [POOR.address]) == 5
    assert chain.receipt("00" * 32) is None


def test_what_the_chain_says_of_itself(chain: Chain, node: Node) -> None:
    receipt = node.send(signed(nonce=0, to=POOR.address, value=9, gas=21_000))
    block = int(receipt["blockNumber"], 16)
    assert chain.chain_id() == CHAIN_ID
    assert chain.block_number() == block
    assert chain.block_hash(block) == receipt["blockHash"][2:]
    assert chain.block_hash(block + 1000) is None
    assert chain.balance(Account(POOR.address.lower())) >= 9
    assert chain.nonce(ME) == 1
    assert chain.time() == int(node.get("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


def test_a_chain_of_another_id_is_refused(embedded: Embedded) -> None:
    with pytest.raises(Malformed, match=str(CHAIN_ID)):
        open_chain(embedded=embedded.chain, chain_id=1)


def test_a_silent_chain_is_unavailable_and_not_waited_for_for_ever() -> None:
    begun = time.monotonic()
    with pytest.raises(ChainUnavailable):
        open_chain(url="http://127.0.0.1:9", chain_id=CHAIN_ID)
    assert time.monotonic() - begun < 5


def test_a_chain_in_another_profile_is_refused(embedded: Embedded) -> None:
    chain = open_chain(embedded=embedded.chain, chain_id=CHAIN_ID)
    deploy(chain, SECRET, profile="local")
    with pytest.raises(HakariError):
        deploy(chain, SECRET, profile="real")


def test_addresses_can_not_be_changed(tmp_path: Path, embedded: Embedded) -> None:
    contracts = deploy(open_chain(embedded=embedded.chain, chain_id=CHAIN_ID), SECRET, profile="local")
    with pytest.raises(dataclasses.FrozenInstanceError):
        contracts.escrow = contracts.payouts  # type: ignore[misc]
