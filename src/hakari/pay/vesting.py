"""Vesting: which part of a licence's price is earned by when, as the escrow contract counts it."""

from dataclasses import dataclass

PARTS = 10
"""An instalment is said once a tenth of the price has vested since the last one: each costs lines, leaves and gas."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Vesting:
    """A price (micro-units) that vests evenly from `start` to `end`, Unix seconds; `stopped` when a withdrawal ended it."""

    price: int
    start: int
    end: int
    stopped: int | None = None

    def vested(self, at: int) -> int:
        """Return what had vested at a time, rounded down: what epochs may have taken by then."""
        if self.stopped is not None:
            at = min(at, self.stopped)
        if at >= self.end:
            return self.price
        return 0 if at <= self.start else self.price * (at - self.start) // (self.end - self.start)

    def due(self, said: int, amount: int) -> tuple[int, int] | None:
        """Return what an instalment of `amount` makes due after `said` was said before it, and from which second; None for nothing.

        What was said beyond all that ever vests counts for nothing, so that no wrong word can promise what escrow refuses.
        """
        most = self.price if self.stopped is None else self.vested(self.stopped)
        upto = min(said + amount, most)
        if upto <= min(said, most):
            return None
        span = self.end - self.start
        # the smallest whole t with price * (t - start) >= upto * span
        at = self.start + -(-upto * span // self.price) if span > 0 else self.end
        return upto - min(said, most), at

    def instalment(self, said: int, at: int) -> int:
        """Return what to say at a time when `said` was said before: 0 while less than a tenth of the price is new."""
        new, over = self.vested(at) - said, at >= self.end or self.stopped is not None
        return new if new > 0 and (over or new * PARTS >= self.price) else 0
