"""The scenarios of the neighbouring files once more, on anvil: a second EVM must give the same answer to every call.

It runs a later fork than the bare state does (Prague after Cancun), with real transactions, blocks and receipts. What the
neighbours leave to `make soak` is left to it here too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
import test_contracts_attacks
import test_contracts_bounds
import test_contracts_consistency
import test_contracts_disputes
import test_contracts_false_proofs
import test_contracts_gas
import test_contracts_hand_over
import test_contracts_licences
import test_contracts_plain_road
import test_contracts_proofs
import test_contracts_reentrancy
import test_contracts_registry
import test_contracts_signatures
import test_contracts_slash_ladder
import test_contracts_stakes
import test_contracts_votes
from anvil_chain import AnvilChain
from money_world import UNIT, World

sys.path.insert(0, str(Path(__file__).parents[1] / "ports"))
from chain_nodes import CHAIN_ID, anvil_url  # noqa: F401  a fixture

SCENARIOS: tuple[ModuleType, ...] = (
    test_contracts_plain_road,
    test_contracts_disputes,
    test_contracts_attacks,
    test_contracts_signatures,
    test_contracts_proofs,
    test_contracts_false_proofs,
    test_contracts_reentrancy,
    test_contracts_stakes,
    test_contracts_licences,
    test_contracts_votes,
    test_contracts_hand_over,
    test_contracts_consistency,
    test_contracts_registry,
    test_contracts_slash_ladder,
    test_contracts_bounds,
)
STAGES = {"world", "proposed", "odd", "hooked", "staked", "offer", "voters", "contested", "taking"}
"""Fixtures that stand on a deployment; a test without one of them has nothing to ask a chain."""


@pytest.fixture(scope="session")
def anvil_chain(anvil_url: str) -> Iterator[AnvilChain]:  # noqa: F811
    chain = AnvilChain(anvil_url, CHAIN_ID)
    yield chain
    chain.hang_up()


@pytest.fixture(scope="session")
def deployed(anvil_chain: AnvilChain) -> World:
    return World(chain=anvil_chain)


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    kept = dict(vars(deployed))
    with deployed.chain.undone():
        yield deployed
    vars(deployed).clear()
    vars(deployed).update(kept)


@pytest.fixture(params=[6, 18])
def odd(request: pytest.FixtureRequest, anvil_chain: AnvilChain) -> Iterator[World]:
    with anvil_chain.undone():
        yield World(token=anvil_chain.deploy_test_contract("odd_token", request.param), chain=anvil_chain)


@pytest.fixture
def hooked(anvil_chain: AnvilChain) -> Iterator[World]:
    with anvil_chain.undone():
        yield World(token=anvil_chain.deploy_test_contract("hooked_token"), chain=anvil_chain)


# the neighbours' own stages stand on the `world` above when a test of this file asks for them
proposed = test_contracts_disputes.proposed
staked = test_contracts_stakes.staked
offer = test_contracts_licences.offer
voters = test_contracts_votes.voters
heir = test_contracts_hand_over.heir
contested = test_contracts_slash_ladder.contested
taking = test_contracts_bounds.taking


def scenarios() -> Iterator[tuple[str, FunctionType]]:
    for module in SCENARIOS:
        for name, scenario in vars(module).items():
            if name.startswith("test_") and isinstance(scenario, FunctionType):
                arguments = scenario.__code__
                if STAGES & set(arguments.co_varnames[: arguments.co_argcount]):
                    yield name, scenario


for _name, _scenario in scenarios():
    assert _name not in globals(), f"two scenarios are called {_name}"
    globals()[_name] = _scenario


def test_the_chain_under_this_file_is_anvil(world: World) -> None:
    assert isinstance(world.chain, AnvilChain)
    assert world.chain.ask("web3_clientVersion").startswith("anvil/")
    world.fund(UNIT)
    assert world.chain.gas_used > 21_000


def test_anvil_charges_the_gas_of_the_snapshot(anvil_chain: AnvilChain) -> None:
    """The bare state counts intrinsic gas, cold access and refunds by itself; here a whole node counts them."""
    kept = json.loads(test_contracts_gas.SNAPSHOT.read_text())
    with anvil_chain.undone():
        now = test_contracts_gas.measure(anvil_chain)
    assert {name: (kept[name], gas) for name, gas in now.items() if gas != kept[name]} == {}
