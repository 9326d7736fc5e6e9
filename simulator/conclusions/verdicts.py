"""What a number says about a claim: effects at equal quality, their standard errors, and a word for each."""

from math import isnan, sqrt
from typing import NamedTuple

import numpy as np

from simulator.conclusions.played import TURNS, Played

LEAST = 0.01
"""An effect of at most 1 % (or one point of share) is none, however sure."""
ENOUGH = 0.5
"""With this part of the paper's figure a claim holds as it stands."""
RULE = """\
*Holds*: at least half of the paper's figure. *Holds, smaller*: less, in the paper's direction. *Reversed*: in
the other direction. *Does not hold*: at most 1 % or a point, or within two standard errors of nothing.
*Open*: within two standard errors are both nothing and half of the paper's figure."""


class Effect(NamedTuple):
    """How far something goes in the paper's direction."""

    size: float
    """As a share of the larger figure, or of all turns; below 0 it goes the other way."""
    error: float = 0.0
    """Its standard error."""


def verdict(effect: Effect, paper: float) -> str:
    """The word for an effect beside the paper's, by `RULE`."""
    size, doubt = effect.size, 2.0 * effect.error
    if isnan(size):
        return "does not hold"
    if abs(size) <= max(LEAST, doubt):
        return "open" if size + doubt >= ENOUGH * paper else "does not hold"
    if size < 0:
        return "reversed"
    return "holds" if size >= ENOUGH * paper else "holds, smaller"


def less(column: str, ours: Played, theirs: Played, gain: float, relative: bool) -> Effect:
    """By how much `column` is lower in our run than in theirs at equal quality, over the turns of both.

    Better answers are credited with what they would cost them: turns sent to the edge, which differ in
    `column` as theirs do between the sites and are better by `gain`. The standard error is over dialogues:
    how much the effect would differ with other dialogues, scores and judges' luck at these thresholds. A busy
    hour, which many dialogues share, is not in it.
    """
    _, mine, others = np.intersect1d(ours.keys, theirs.keys, return_indices=True)
    values, at_edge = theirs.columns[column][others], theirs.columns["at_edge"][others] > 0
    price = float(values[at_edge].mean() - values[~at_edge].mean()) / gain
    better = ours.columns["quality"][mine] - theirs.columns["quality"][others]
    saved = values - ours.columns[column][mine] + price * better
    size = float(saved.mean())
    dialogues = np.unique(ours.keys[mine] // TURNS, return_inverse=True)[1]
    error = sqrt(float((np.bincount(dialogues, saved - size) ** 2).sum())) / len(saved)
    scale = float(values.mean()) if relative else 1.0
    return Effect(size / scale, error / scale)
