"""Confusions by softmax: the crowd's log odds, moved by how able a worker is and, less easily, by what is their own."""

from dataclasses import dataclass
from math import exp, log
from typing import Final

import numpy as np

from hakari.truth.compiled import compiled
from hakari.truth.votes import Floats

# Precisions of the normal priors on log odds: of the crowd's pattern, of a worker's ability, of what they like to say whatever is
# right, and of each cell that is their own.
# Learned from each crowd instead, without habits, ability comes out between .2 and 6, cells between 2 and 25, and answers no better.
CROWD: Final = 1.0
ABLE: Final = 1.0
HABIT: Final = 1.0
OWN: Final = 4.0
# Newton steps by the diagonal alone: the curvature of a softmax is at most twice that, so a shorter step can't run away.
DAMPED: Final = 0.7
FIRST, LATER = 10, 2


@dataclass(kw_only=True, slots=True, eq=False)
class Slopes:
    """Log odds of what is said [said, true]: crowd (K, K), own (W, K, K), habit (W, K) of each that is said, able (W,) added where both
    are the same.

    tied: the crowd's errors are taken as they are in all labels together, with one accuracy for every class, so that a rare class
    can't become the place of whatever is hard in another; and people have habits, or those who say one class whatever is right would
    be taken for a crowd that sees it everywhere. Else the crowd's errors are learned with the rest, and nobody has a habit: with both
    the two explain each other away where one class is most.
    """

    crowd: Floats
    own: Floats
    habit: Floats
    able: Floats
    tied: bool
    steps: int = FIRST

    @staticmethod
    def level(workers: int, classes: int, *, tied: bool) -> "Slopes":
        """Return the place where every class is said as often as any other."""
        return Slopes(
            crowd=np.zeros((classes, classes)),
            own=np.zeros((workers, classes, classes)),
            habit=np.zeros((workers, classes)),
            able=np.zeros(workers),
            tied=tied,
        )

    def climb(self, counts: Floats) -> Floats:
        """Go on from where the last call ended towards the largest posterior of these counts (W, K, K) [worker, said, true].

        Returns the log chances (W, K, K). Who gave few labels leans on the crowd's errors with an accuracy of their own, learned from
        all their labels together; what is their own in a cell takes many. So what most people confuse stays likely for everybody,
        which neither a matrix for each worker nor one accuracy gives. As the workers' part of the confusions of Zhou, Platt, Basu &
        Mao 2012 («Learning from the wisdom of crowds by minimax entropy»), around a common one. Cost O(W K^2).
        """
        if self.tied:
            self._tie(counts)
        log_p = np.empty_like(self.own)
        _climb(counts, self.crowd, self.own, self.habit, self.able, log_p, self.steps, self.tied)
        self.steps = LATER
        return log_p

    def _tie(self, counts: Floats) -> None:
        total = counts.sum(axis=0)
        eye = np.eye(len(total))
        wrong = (total + 1 / len(total)) * (1 - eye)
        wrong /= np.maximum(wrong.sum(axis=0), 1e-12)
        # A crowd without an error (audits can make one) must not make errors impossible: log 0.
        right = min(max(float(np.trace(total)) / max(float(total.sum()), 1e-12), 1e-4), 1 - 1e-4)
        self.crowd[:] = np.log(np.maximum(eye * right + (1 - right) * wrong, 1e-300))


@compiled
def _climb(  # noqa: PLR0917 compiled loops take their arrays by place
    counts: Floats, crowd: Floats, own: Floats, habit: Floats, able: Floats, log_p: Floats, steps: int, tied: bool
) -> None:
    workers, classes, _ = counts.shape
    p = np.empty(classes)
    likes, turn = np.empty(classes), np.empty(classes)
    slope, bend = np.empty((classes, classes)), np.empty((classes, classes))
    for _ in range(steps):
        if not tied:
            slope[:] = -CROWD * crowd
            bend[:] = CROWD
            for w in range(workers):
                for k in range(classes):
                    given = _column(crowd, own, habit, able, w, k, p, counts)
                    for said in range(classes):
                        slope[said, k] += counts[w, said, k] - given * p[said]
                        bend[said, k] += given * p[said] * (1 - p[said])
            for k in range(classes):
                for said in range(classes):
                    crowd[said, k] += DAMPED * slope[said, k] / bend[said, k]
        for w in range(workers):
            up, curve = -ABLE * able[w], ABLE
            for k in range(classes):
                given = _column(crowd, own, habit, able, w, k, p, counts)
                up += counts[w, k, k] - given * p[k]
                curve += given * p[k] * (1 - p[k])
            able[w] += DAMPED * up / curve
            if tied:
                for said in range(classes):
                    likes[said] = -HABIT * habit[w, said]
                    turn[said] = HABIT
                for k in range(classes):
                    given = _column(crowd, own, habit, able, w, k, p, counts)
                    for said in range(classes):
                        likes[said] += counts[w, said, k] - given * p[said]
                        turn[said] += given * p[said] * (1 - p[said])
                for said in range(classes):
                    habit[w, said] += DAMPED * likes[said] / turn[said]
            for k in range(classes):
                given = _column(crowd, own, habit, able, w, k, p, counts)
                for said in range(classes):
                    up = counts[w, said, k] - given * p[said] - OWN * own[w, said, k]
                    own[w, said, k] += DAMPED * up / (given * p[said] * (1 - p[said]) + OWN)
    for w in range(workers):
        for k in range(classes):
            _column(crowd, own, habit, able, w, k, p, counts)
            for said in range(classes):
                log_p[w, said, k] = log(max(p[said], 1e-300))


@compiled
def _column(  # noqa: PLR0917 compiled loops take their arrays by place
    crowd: Floats, own: Floats, habit: Floats, able: Floats, w: int, k: int, p: Floats, counts: Floats
) -> float:
    """Write the chances of what worker w says where the truth is k into p; return how many labels of theirs are there."""
    classes = len(p)
    top = -1e300
    for said in range(classes):
        p[said] = crowd[said, k] + own[w, said, k] + habit[w, said]
        if said == k:
            p[said] += able[w]
        top = max(top, p[said])
    whole, given = 0.0, 0.0
    for said in range(classes):
        p[said] = exp(p[said] - top)
        whole += p[said]
        given += counts[w, said, k]
    for said in range(classes):
        p[said] /= whole
    return given
