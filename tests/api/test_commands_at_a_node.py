"""Commands that ask a running node."""

import json

from click.testing import CliRunner
from market import Market

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
