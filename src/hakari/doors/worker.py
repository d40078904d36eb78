"""The worker: rounds for ever, until told to stop."""

import logging
import threading
from collections.abc import Callable

from hakari.app import Node, rounds
from hakari.app.rounds import Raced
from hakari.core.errors import HakariError
from hakari.doors.web import posting

log = logging.getLogger("hakari.worker")

LONGEST_PAUSE_S = 5.0


def work(node: Node, stop: threading.Event) -> None:
    """Do rounds until `stop` is set, and publish the log beside them: a chain that is slow must not hold up what receipts promise."""
    log_ = threading.Thread(target=_repeat, args=(node, stop, rounds.number), name="hakari-log", daemon=True)
    log_.start()
    # A push service that does not answer must hold up neither.
    told = threading.Thread(target=_repeat, args=(node, stop, posting.post), name="hakari-push", daemon=True)
    told.start()
    _repeat(node, stop, rounds.round_)
    log_.join(30)
    told.join(30)


def _repeat(node: Node, stop: threading.Event, step: Callable[[Node], bool]) -> None:
    """Repeat a step until `stop` is set. Where it fails that is logged, and it is tried again, a little later each time."""
    pause = calm = node.settings.tick_ms / 1000
    while not stop.wait(pause):
        try:
            step(node)
            pause = calm
        except Raced:
            # Another worker did the same at the same moment. What is left to do is seen in the next round.
            log.debug("another worker was first")
        except HakariError as error:
            log.warning("%s: %s; trying again", error.code, error.message)
            pause = min(max(pause, calm) * 2, LONGEST_PAUSE_S)
        except Exception:
            # The outermost loop: whatever broke (chain away, disk full, database gone), stored state is whole and the next round
            # begins from it.
            log.exception("this round failed; trying again")
            pause = min(max(pause, calm) * 2, LONGEST_PAUSE_S)
