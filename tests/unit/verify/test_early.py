"""Extra shares of early answers are counted again: a release that leaves them out, or passes their cap, is named."""

import pytest

from hakari.verify.verification import verify

from .world import KINDS, World

EARLY = {"answers": 10, "extra_bps": 5000, "most": 5}


def found(shares):
    """The market with early terms, its release's shares as given for its five workers; of the last no answer is accepted."""
    accounts = [worker.account for worker in World().workers]
    given = {account: weight for account, weight in sorted(zip(accounts, shares, strict=True)) if weight}
    world = World({"terms": lambda body: {**body, "early": EARLY}, "shares": lambda _: given})
    return {each.what.partition(" in release")[0] for each in verify(world.held(), kinds=KINDS).mismatches}


def test_the_right_shares_hold():
    # The first worker has eight of the first ten, five of which count more; the second the other two.
    assert found([105_000, 90_000, 80_000, 80_000, 0]) == set()


@pytest.mark.parametrize(
    "shares",
    [
        [8, 8, 8, 8, 0],
        [120_000, 90_000, 80_000, 80_000, 0],
        [105_000, 80_000, 80_000, 80_000, 0],
        [105_000, 90_000, 85_000, 80_000, 0],
    ],
)
def test_shares_without_the_extra_or_beyond_its_cap_are_named(shares):
    assert "share" in found(shares)
