"""The worker: rounds for ever, until told to stop."""

import logging
import threading

from hakari.app import Node, rounds

log = logging.getLogger("hakari.worker")

LONGEST_PAUSE_S = 5.0


def work(node: Node, stop: threading.Event) -> None:
    """Run rounds until `stop` is set. A round that fails is logged and tried again, a little later each time."""
    pause = calm = node.settings.tick_ms / 1000
    while not stop.wait(pause):
        try:
            rounds.round_(node)
            pause = calm
        except Exception:
            # The outermost loop: whatever broke (chain away, disk full, database gone), stored state is whole and the next round
            # begins from it.
            log.exception("this round failed; trying again")
            pause = min(max(pause, calm) * 2, LONGEST_PAUSE_S)
