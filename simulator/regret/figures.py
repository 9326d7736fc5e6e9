"""What the regrets of a run's decisions are on average, and how sure the sample makes that."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from simulator.regret import Floats, Regrets

NORMAL = 1.96
"""97.5 % quantile of the normal law."""
ROUNDING = 1e-9
"""Relative: times that differ by less are equal."""

Figure = dict[str, float | None]
"""`value`, and `low` and `high` of its 95 % interval; None where it is not known."""


def figures(found: Regrets) -> dict[str, Figure]:
    """Means over the decisions, of those whose figures are known.

    The intervals take dialogues as independent, and their turns not. At load dialogues are not either:
    another seed is another load, and the intervals say nothing of that.
    """
    seconds, quality = found.latency_regret_s, found.quality_regret
    quicker, better = _share(_quicker(found), seconds), _share(quality > 0, quality)
    no_worse = _share(_quicker(found) & (quality >= 0), seconds + quality)
    both = _share(_quicker(found) & (quality > 0), seconds + quality)
    columns = {
        "latency_regret_s": seconds,
        "quality_regret": quality,
        "quicker_share": quicker,
        "better_share": better,
        "quicker_and_better_share": both,
        "quicker_and_no_worse_share": no_worse,
        "externality_s": found.externality_s,
    }
    return {name: _within(name, figure(values, found.dialogue)) for name, values in columns.items()}


def _within(name: str, found: Figure) -> Figure:
    """A share's interval ends at 0 and 1."""
    if not name.endswith("_share"):
        return found
    return {end: None if value is None else min(max(value, 0.0), 1.0) for end, value in found.items()}


def _quicker(found: Regrets) -> NDArray[np.bool_]:
    """Where the other site would have been quicker."""
    took_s = np.array([row.e2e_s for row in found.rows], np.float64)
    slow: NDArray[np.bool_] = found.latency_regret_s > ROUNDING * took_s
    return slow


def _share(true: NDArray[np.bool_], known: Floats) -> Floats:
    """Ones and zeros; NaN where what is asked is not known."""
    return np.where(np.isnan(known), np.nan, true.astype(np.float64))


def figure(values: Floats, dialogue: NDArray[np.int64]) -> Figure:
    """A mean over turns; its error is a ratio's, over dialogues, to first order (Cochran 1977, 6.4)."""
    known = ~np.isnan(values)
    values, dialogue = values[known], dialogue[known]
    if not len(values):
        return {"value": None, "low": None, "high": None}
    mean = float(values.mean())
    dialogues = len(np.unique(dialogue))
    if dialogues < 2:
        return {"value": mean, "low": None, "high": None}
    residuals = np.bincount(dialogue, values - mean)
    error = sqrt(dialogues / (dialogues - 1) * float(np.square(residuals).sum())) / len(values)
    return {"value": mean, "low": mean - NORMAL * error, "high": mean + NORMAL * error}
