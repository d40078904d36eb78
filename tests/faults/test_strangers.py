"""What strangers and changing minds may not do: stop a pool's pay, make a pool of our terms, cost us bytes or time."""

from dataclasses import replace
from pathlib import Path

import pytest
from world import CONFIG, GUIDELINE, LABEL_ITEMS, REWARD, UNIT_COST, WORKERS, mismatches, secret, world

from hakari.adapters.evm import abi
from hakari.app import Node
from hakari.client import Client, Refused, digest
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.sources.table import KINDS


def private_files(node: Node) -> set[str]:
    return set(node.private.list())


def test_an_order_that_its_buyer_closes_is_judged_and_paid_and_holds_nobody_up(tmp_path: Path) -> None:
    with world(tmp_path) as (market, _):
        orders = market.orders()
        reader, buyer = market.person("reader"), market.person("buyer of labels")
        market.work("ada", {"label": orders["label"]})
        number = reader.get(f"/v1/orders/{orders['label']}")["body"]["escrow_order"]
        market.call(buyer, "escrow", "close(uint256)", [number])
        market.wait(
            "the order to stop", lambda: reader.get(f"/v1/orders/{orders['label']}")["status"] in ("closing", "judged")
        )
        with pytest.raises(Refused) as refused:
            market.signed_in("ben").assignments(orders["label"], count=1)
        assert refused.value.code == "order_closed"
        for name in WORKERS:
            market.work(name, {"rank": orders["rank"]})
        market.judged(orders)
        market.settled()
        market.claim()
        market.skip(30)
        market.quiet()
        market.call(buyer, "escrow", "refund(uint256,address)", [number, buyer.account])
        market.quiet()
        ending = market.ending(orders)
        done = sum(int(str(each["accepted"])) for each in ending.orders.values())
        assert sum(ending.balances[name] for name in WORKERS) + ending.balances["treasury"] == done * UNIT_COST
        assert mismatches(market.verify()) == []


def test_a_pool_that_somebody_else_opens_under_our_terms_is_not_ours(tmp_path: Path) -> None:
    with world(tmp_path) as (market, node):
        pool = market.pool()
        eve = market.person("eve")
        terms = next(iter(market.person("reader").get("/v1/pools")["items"]))["terms"]
        hashed = digest(canonical.encode(terms).decode())
        arbiter, court = market.account("arbiter"), market.account("court")
        data = abi.call_data(
            abi.artefact("pools"), "create", [hashed, eve.account, arbiter, court, "500", ["ab" * 32, "0", "0"]]
        )
        signed = node.chain.sign(secret("eve"), to=node.contracts.pools, data=data, nonce=node.chain.nonce(eve.account))
        node.chain.send(signed.raw)
        market.wait("eve's pool", lambda: market.number("pools", "pool_count()", []) == 2)
        market.quiet()
        assert [each["pool"] for each in market.person("reader").get("/v1/pools")["items"]] == [pool]
        assert mismatches(market.verify()) == []


def test_an_order_with_a_wrong_signature_costs_no_byte(tmp_path: Path) -> None:
    with world(tmp_path) as (market, node):
        buyer = market.delegated("buyer of labels", "buy")
        escrow_order, deadline = market.fund("buyer of labels", len(WORKERS) * len(LABEL_ITEMS) * UNIT_COST)
        body: dict[str, Json] = {
            "assignment": "drawn",
            "budget": str(len(WORKERS) * len(LABEL_ITEMS) * UNIT_COST),
            "deadline": deadline,
            "description": "",
            "escrow_order": escrow_order,
            "evidence": "keyed",
            "guideline": {"sha256": digest(GUIDELINE), "version": 1},
            "pool": market.pool(),
            "quality": {"rules": KINDS["label"].rules},
            "redundancy": 1,
            "reward": str(REWARD),
            "source": "label",
            "spec": {"config": CONFIG},
            "terms_version": 1,
            "title": "A small order",
        }
        market.quiet()
        before = private_files(node)
        said = replace(buyer.sign("order", body), signature="ab" * 64)
        request = {"statement": canonical.decode(said.bytes), "items": LABEL_ITEMS, "guideline": GUIDELINE}
        for _ in range(3):
            with pytest.raises(Refused) as refused:
                Client.post(buyer, "/v1/orders", request)
            assert refused.value.code == "wrong_signature"
        assert private_files(node) == before


def test_the_chain_s_door_bounds_time_and_gas(tmp_path: Path) -> None:
    with world(tmp_path) as (market, node):
        market.pool()
        reader = market.person("reader")
        for seconds in (2**62, 2**70, -1):
            asked = {"jsonrpc": "2.0", "id": 1, "method": "evm_increaseTime", "params": [seconds]}
            assert "error" in reader.post(f"{market.url}/rpc", asked)
        assert node.chain.time() < 2**40
        market.skip(1)
        # An endless loop: JUMPDEST PUSH1 0 JUMP.
        asked = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "eth_call",
            "params": [{"data": "0x5b600056", "gas": "0x2faf080"}],
        }
        assert "error" in reader.post(f"{market.url}/rpc", asked)
