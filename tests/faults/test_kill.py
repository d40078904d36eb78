"""kill -9 at any instant: nothing is lost, nothing happens twice, and the end is that of an undisturbed life."""

import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from child import Child
from world import Ending, World, mismatches

SEED = 20240


@dataclass
class Killer:
    """Kills a child and starts it again, again and again, in a thread of its own."""

    child: Child
    chance: random.Random
    kills: int
    longest_s: float
    done: int = 0

    def run(self, stop: threading.Event) -> None:
        while self.done < self.kills and not stop.wait(self.chance.uniform(0.0, self.longest_s)):
            self.child.kill()
            self.done += 1
            self.child.start()


def claimed(market: World) -> Mapping[str, int]:
    """Return what the chain's Claimed events paid to each account; the test's own reading, without the node's database."""
    reader = market.person("reader")
    paid: Counter[str] = Counter()
    for data in evidence_of(market, "chain", "events"):
        for line in data:
            if line["event"] == "Claimed":
                paid[str(line["args"]["account"])] += int(str(line["args"]["amount"]))
    assert reader is not None
    return paid


def evidence_of(market: World, kind: str, member: str) -> Iterator[list[dict]]:
    from hakari.core import canonical

    reader = market.person("reader")
    for each in reader.pages("/v1/statements", kind=kind):
        digest = each["statement"]["body"][member]
        yield list(canonical.read_lines((market.public / "evidence" / digest).read_bytes()))


def check_ending(market: World, ending: Ending, undisturbed: Ending) -> None:
    """The life that was disturbed came to what the calm one did."""
    assert ending.orders == undisturbed.orders
    assert ending.balances == undisturbed.balances
    reader = market.person("reader")
    ids = [each["id"] for each in reader.pages("/v1/statements")]
    assert len(ids) == len(set(ids))
    leaves = {each["id"]: each["leaf"] for each in reader.pages("/v1/statements")}
    for receipt in market.receipts:
        assert leaves.get(str(receipt["statement"])) is not None, "a receipted statement is in no leaf"
    assert sorted(leaves.values()) == list(range(len(leaves)))
    for name in ("verdicts", "sale", "release", "use", "pool"):
        count = sum(1 for _ in reader.pages("/v1/statements", kind=name))
        assert count == {"verdicts": 2}.get(name, 1), f"{count} statements {name}"
    paid = claimed(market)
    for name in ("ada", "ben", "cho", "dan"):
        assert paid[market.account(name)] == ending.balances[name]
    assert mismatches(market.verify()) == []


def disturbed(child: Child, killer: Killer, market: World) -> Ending:
    """Live a life while a killer goes about; what the node wrote is shown where the life fails."""
    stop = threading.Event()
    thread = threading.Thread(target=killer.run, args=(stop,))
    thread.start()
    try:
        return market.life()
    except BaseException:
        print(child.said())
        raise
    finally:
        stop.set()
        thread.join()


def test_a_life_with_kills_at_random_instants_ends_as_an_undisturbed_one(tmp_path: Path, undisturbed: Ending) -> None:
    # The first kills come while keys are made and contracts deployed, the others between any two writes.
    with Child(tmp_path) as child:
        market = child.world(patience_s=90)
        killer = Killer(child=child, chance=random.Random(SEED), kills=15, longest_s=1.5)
        ending = disturbed(child, killer, market)
        assert killer.done > 5, "the life was over before it was disturbed"
        check_ending(market, ending, undisturbed)
        market.close()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_a_life_with_a_hundred_kills_ends_as_an_undisturbed_one(tmp_path: Path, undisturbed: Ending, seed: int) -> None:
    with Child(tmp_path) as child:
        market = child.world(patience_s=600)
        killer = Killer(child=child, chance=random.Random(seed), kills=100, longest_s=(0.4, 0.8, 1.5, 3.0)[seed])
        ending = disturbed(child, killer, market)
        while killer.done < 100:
            killer.kills = 1 + killer.done
            killer.run(threading.Event())
            market.quiet()
            assert mismatches(market.verify()) == []
        check_ending(market, market.life(), undisturbed)
        assert ending.balances == undisturbed.balances
        market.close()


@pytest.mark.soak
def test_a_worker_killed_beside_its_server_ends_as_an_undisturbed_one(tmp_path: Path, undisturbed: Ending) -> None:
    # Both over one SQLite file; the second has the chain by URL, and either may be the one that works.
    with Child(tmp_path, lease_s=1) as server:
        market = server.world(patience_s=90)
        market.pool()
        with Child(tmp_path, lease_s=1, chain_url=f"{market.url}/rpc") as worker:
            killer = Killer(child=worker, chance=random.Random(SEED), kills=6, longest_s=2.0)
            try:
                ending = disturbed(worker, killer, market)
            except BaseException:
                print(server.said())
                raise
            assert killer.done
        check_ending(market, ending, undisturbed)
        market.close()
