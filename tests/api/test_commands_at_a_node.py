"""Commands that ask a running node."""

import json
from pathlib import Path

from click.testing import CliRunner
from market import Market, secret

from hakari.client import Refused
from hakari.doors.cli.main import cli


def test_an_order_is_shown_by_the_digits_that_the_list_shows(market: Market) -> None:
    ids = [market.order(tasks=1, redundancy=1).id for _ in range(2)]
    run = CliRunner()
    for given in (ids[0], ids[0][:12]):
        shown = run.invoke(cli, ["order", "show", given, "--url", market.url])
        assert json.loads(shown.stdout)["id"] == ids[0]
    for given, many in (("", 2), ("zz", 0)):
        refused = run.invoke(cli, ["order", "show", given, "--url", market.url])
        assert refused.exit_code == 2
        assert f"{many} orders begin with '{given}'" in refused.stderr


def test_stake_is_put_up_let_to_a_pool_and_taken_back_by_commands(market: Market, tmp_path: Path) -> None:
    who = market.person("staker")
    who.call("payment_token", "faucet(address,uint256)", [who.account, 5_000_000])
    key = tmp_path / "key"
    key.write_text(secret("staker").hex())
    run = CliRunner()

    def said(*words: str) -> str:
        done = run.invoke(cli, ["stake", *words, "--url", market.url])
        assert done.exit_code == 0, done.output
        return done.stdout

    said("add", "3", "--key-file", str(key))
    said("commit", str(market.pool), "--limit", "2.5", "--key-file", str(key))
    said("unstake", "1", "--key-file", str(key))
    market.until(lambda: json.loads(said("show", who.account))["pools"])
    found = json.loads(said("show", who.account))
    assert (found["active"], found["cooling"], found["frozen"], found["cases"]) == ("2000000", "1000000", "0", [])
    assert [(each["pool"], each["limit"], each["pending"]) for each in found["pools"]] == [
        (market.pool, "2500000", "0")
    ]
    # What cools answers for a while yet, and nobody is accused: both are the chain's to refuse.
    for refused in (["withdraw"], ["contest", "99"]):
        done = run.invoke(cli, ["stake", *refused, "--key-file", str(key), "--url", market.url])
        assert isinstance(done.exception, Refused)
