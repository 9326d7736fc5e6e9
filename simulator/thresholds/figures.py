"""What a router does to a workload on average, and how sure the workload makes that."""

from math import inf, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.walk import Walked

Floats = NDArray[np.float64]


ROUNDING = 1e-12
"""Relative: nearer to the mean is at the mean."""


class Sums(NamedTuple):
    """What became of each dialogue, one entry each."""

    turns: Floats
    edge_turns: Floats
    judged_turns: Floats
    """Those whose answer has a known quality."""
    quality: Floats
    """Summed over these."""
    latency_s: Floats
    """Summed over all turns [s]."""


class Mean(NamedTuple):
    """A mean over turns."""

    value: float
    """NaN where there is nothing to average."""
    error: float
    """Its standard error, dialogues being independent and their turns not; NaN for a single dialogue."""


class Figures(NamedTuple):
    """A router's figures."""

    edge_share: Mean
    quality: Mean
    latency_s: Mean


def sums_of(walked: Walked) -> Sums:
    """The same, dialogue by dialogue."""
    judged = ~np.isnan(walked.quality)

    def summed(values: NDArray[np.float64] | NDArray[np.bool_]) -> Floats:
        return np.bincount(walked.dialogue, values).astype(np.float64)

    return Sums(
        summed(np.ones(len(judged))),
        summed(walked.edge),
        summed(judged),
        summed(np.where(judged, walked.quality, 0.0)),
        summed(walked.latency_s),
    )


def tossed(device: Sums, edge: Sums, edge_share: float) -> Sums:
    """What a coin does on average to dialogues of one turn, given what either site does to all of them."""
    return Sums(
        *((1.0 - edge_share) * one + edge_share * other for one, other in zip(device, edge, strict=True))
    )


def figures_of(sums: Sums) -> Figures:
    """Means over turns, with errors."""
    return Figures(
        _mean(sums.edge_turns, sums.turns),
        _mean(sums.quality, sums.judged_turns),
        _mean(sums.latency_s, sums.turns),
    )


def _mean(sums: Floats, turns: Floats) -> Mean:
    """A ratio of two sums over dialogues, and its error to first order (Cochran 1977, 6.4)."""
    total = turns.sum()
    if not total:
        return Mean(nan, nan)
    mean = float(sums.sum() / total)
    dialogues = len(turns)
    spread = dialogues / (dialogues - 1) if dialogues > 1 else inf
    residual = sums - mean * turns
    residual[np.abs(residual) < ROUNDING * abs(mean)] = 0.0
    error = sqrt(spread * float(np.square(residual).sum())) / float(total) if spread < inf else nan
    return Mean(mean, error)
