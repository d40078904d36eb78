"""The rules label/1: each label held against what all other workers believe (docs/reference/rules.md, section 2).

A rules string never changes its meaning, so these few lines stand by themselves: better rules get a file and a number of their own.
"""

from typing import Final

import numpy as np

from hakari.sources.kind import Verdict
from hakari.truth.dawid_skene import dawid_skene
from hakari.truth.rules import bps
from hakari.truth.sweeps import Layout, log_of_means
from hakari.truth.votes import UNKNOWN, Ints, Votes

RULES: Final = "label/1"

AGREES: Final = "agrees"
UNDECIDED: Final = "undecided"
DIFFERS_FROM_CONSENSUS: Final = "differs_from_consensus"
DIFFERS_FROM_AUDIT: Final = "differs_from_audit"

# Others must believe another class this strongly before a label is refused on their word alone.
SURE: Final = 0.8
# Even beliefs are common (one worker alone, one against one); without this, rounding would say who agrees with them.
EVEN: Final = 1e-9
# Beliefs are kept to multiples of this, so that the order of a sum or another library's logarithm changes nothing.
GRAIN: Final = 2.0**-32


def verdicts(votes: Votes, *, classes: int, known: Ints) -> list[Verdict]:
    """Return a verdict for each vote, in the order of `votes`. known: (T,) the audited class or -1. Raises EmptyVotes."""
    fit = dawid_skene(votes, classes=classes, known=known, grain=GRAIN)
    logs = log_of_means(np.ascontiguousarray(fit.confusion))
    others = Layout.of(votes, classes).without_own(logs, np.log(fit.shares)[None, :], known)
    own = others[np.arange(len(votes)), votes.label].tolist()
    best = others.max(axis=1).tolist()
    audited = (known[votes.task] != UNKNOWN).tolist()
    return [_verdict(*each) for each in zip(own, best, audited, strict=True)]


def _verdict(own: float, best: float, audited: bool) -> Verdict:
    if own >= best - EVEN:
        return Verdict(accepted=True, score_bps=bps(own), reason=AGREES)
    if audited:
        return Verdict(accepted=False, score_bps=bps(own), reason=DIFFERS_FROM_AUDIT)
    if best < SURE:
        return Verdict(accepted=True, score_bps=bps(own), reason=UNDECIDED)
    return Verdict(accepted=False, score_bps=bps(own), reason=DIFFERS_FROM_CONSENSUS)
