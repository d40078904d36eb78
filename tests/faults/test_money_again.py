"""Roads that money seldom takes: an epoch voided and proposed again, a licence that costs nothing, a transaction mined late."""

from pathlib import Path

from world import UNIT_COST, WORKERS, mismatches, world


def test_a_voided_epoch_is_proposed_again_under_its_number_and_paid_once(tmp_path: Path) -> None:
    with world(tmp_path) as (market, _):
        orders = market.orders()
        pool = market.pool()
        challenger, arbiter = market.person("challenger"), market.person("arbiter")
        bond = 10**12
        payouts = challenger.node["chain"]["contracts"]["payouts"]
        market.call(challenger, "payment_token", "faucet(address,uint256)", [challenger.account, bond])
        market.call(challenger, "payment_token", "approve(address,uint256)", [payouts, bond])
        market.work_all(orders)
        market.wait("the first proposal", lambda: market.number("payouts", "busy(uint256)", [pool]))
        market.call(challenger, "payouts", "challenge(uint256,uint256,bytes32)", [pool, 1, b"\1" * 32])
        market.call(arbiter, "payouts", "rule(uint256,bool)", [pool, False])
        reader = market.person("reader")

        def proposed_twice() -> bool:
            market.skip(1)
            return sum(1 for _ in reader.pages("/v1/statements", kind="epoch")) >= 2

        market.wait("the second proposal", proposed_twice)
        market.settled()
        market.claim()
        market.quiet()
        epochs = [each["statement"]["body"] for each in reader.pages("/v1/statements", kind="epoch")]
        assert [each["number"] for each in epochs] == [1, 1]
        assert market.number("payouts", "epoch_count(uint256)", [pool]) == 1
        ending = market.ending(orders)
        done = sum(int(str(each["accepted"])) for each in ending.orders.values())
        assert sum(ending.balances[name] for name in WORKERS) + ending.balances["treasury"] == done * UNIT_COST
        assert mismatches(market.verify()) == []


def test_a_licence_that_costs_nothing_holds_up_nobodys_pay(tmp_path: Path) -> None:
    with world(tmp_path) as (market, _):
        orders = market.orders()
        for name in WORKERS:
            market.work(name, {"label": orders["label"]})
        market.settled()
        assert market.buy(market.release(orders["label"], price=0))
        reader = market.person("reader")
        market.wait("the sale", lambda: reader.get("/v1/statements", kind="sale")["items"])
        for name in WORKERS:
            market.work(name, {"rank": orders["rank"]})
        market.judged(orders)
        market.settled("verdicts")
        market.claim()
        market.quiet()
        ending = market.ending(orders)
        done = sum(int(str(each["accepted"])) for each in ending.orders.values())
        assert sum(ending.balances[name] for name in WORKERS) + ending.balances["treasury"] == done * UNIT_COST
        assert mismatches(market.verify()) == []
