"""Names of the judging rules, and the one way from a float to a recorded integer."""

from math import isfinite, isnan
from typing import Final

from hakari.truth.votes import BadVotes

LABEL_RULES: Final = "label/2"
RANK_RULES: Final = "rank/1"
INFER_RULES: Final = "infer/1"
REPLAY_RULES: Final = "replay/2"

FULL: Final = 10_000


def bps(share: float) -> int:
    """Return a share in basis points: rounded half to even, clipped to 0..10000. Raises BadVotes for NaN."""
    return min(FULL, max(0, signed_bps(share)))


def signed_bps(share: float) -> int:
    """Return a share in basis points: rounded half to even, clipped to -10000..10000. Raises BadVotes for NaN."""
    if isnan(share):
        raise BadVotes("a share must be a number, got NaN")
    if not isfinite(share):
        return FULL if share > 0 else -FULL
    return min(FULL, max(-FULL, round(share * FULL)))
