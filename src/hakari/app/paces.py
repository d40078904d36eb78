"""How often somebody may ask: token buckets, one for each address or account."""

import math
import threading
import time
from collections.abc import Callable, Hashable

from hakari.core.errors import HakariError


class TooMany(HakariError):
    """Somebody asks more often than this node takes from one address or account. `wait_s`: whole seconds until it takes more."""

    code = "too_many_requests"
    status = 429

    def __init__(self, message: str, *, wait_s: int) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Pace:
    """Buckets of `burst` tokens that fill again at `rate` tokens a second, one for each key. A rate of 0 limits nothing.

    what: what one token pays for, in the words of the refusal. Of `most` keys those that asked last are remembered.
    """

    def __init__(
        self,
        *,
        rate: float,
        burst: float,
        what: str,
        most: int = 100_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._what = what
        self._most = most
        self._clock = clock
        self._buckets: dict[Hashable, tuple[float, float]] = {}
        self._turn = threading.Lock()

    def take(self, key: Hashable, count: int = 1) -> None:
        """Take tokens from a bucket, all or none. Raises TooMany; what is above the bucket's size is let pass when it is full."""
        if not self._rate:
            return
        with self._turn:
            now = self._clock()
            left, then = self._buckets.pop(key, (self._burst, now))
            left = min(self._burst, left + (now - then) * self._rate)
            missing = min(count, self._burst) - left
            self._buckets[key] = (left if missing > 0 else left - count, now)
            if len(self._buckets) > self._most:
                # The first in a dict is the one that was put there longest ago.
                del self._buckets[next(iter(self._buckets))]
        if missing > 0:
            wait = math.ceil(missing / self._rate)
            raise TooMany(f"at most {self._what}; ask again in {wait} s", wait_s=wait)
