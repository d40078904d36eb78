"""Audits that may be wrong: what all voices say against them, so that somebody looks again before anything rests on them."""

from typing import Final

import numpy as np
import numpy.typing as npt

from hakari.truth.consensus import consensus
from hakari.truth.votes import UNKNOWN, Ints, Votes

# An audit is doubted where all voices leave it a chance below this, though it took part in weighing them.
DOUBTED: Final = 0.02


def doubted(votes: Votes, *, classes: int, known: Ints) -> npt.NDArray[np.bool_]:
    """Return (T,): audits that the voices on their task contradict, to be answered again by two others before they count.

    The beliefs that contradict come from confusions learned under all audits, but without the task's own. Doubt is no verdict: hard
    tasks are where audits are worth most, so a doubted audit is asked again, never dropped. known (T,): audited class or -1.
    """
    found = consensus(votes, classes=classes, known=known)
    said = np.bincount(votes.task, minlength=len(votes.tasks)) > 1
    chance = found.unheld[np.arange(len(known)), np.maximum(known, 0)]
    return (known != UNKNOWN) & said & (chance < DOUBTED)
