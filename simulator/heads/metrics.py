"""How good a score is: what it recovers of the quality gap, how it ranks, and whether it is calibrated.

Every figure comes with a 95 % bootstrap interval over dialogues, whose turns are drawn together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workloads.recovery import curve_by_level

Vector = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SHARES = (0.10, 0.20, 0.35, 0.50, 0.80)
"""Of edge calls."""
TARGET = 0.8
"""Share of the gap whose price in edge calls is told."""
BINS = 10
"""Of equal counts, for the calibration error."""
RESAMPLES = 1000
SEED = 20250101


class Estimate(NamedTuple):
    """A figure with its 95 % interval; NaN where it has no meaning."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Judged:
    """A score beside what came of each turn."""

    score: Vector
    gain: Vector
    """Edge quality minus device quality."""
    wanted: Flags
    """Whether the turn needs the edge, by the label."""
    dialogue: npt.NDArray[np.int64]
    """Number of its dialogue."""

    @cached_property
    def level(self) -> npt.NDArray[np.int64]:
        """Rank of each turn's score, 0 the highest; equal scores share one."""
        levels: npt.NDArray[np.int64] = np.unique(-self.score, return_inverse=True)[1]
        return levels

    @cached_property
    def bin(self) -> npt.NDArray[np.int64]:
        """Which of `BINS` bins each turn is in: by rank, of equal counts; equal scores fall together."""
        turns = np.bincount(self.level)
        middle = (np.cumsum(turns) - turns / 2) / len(self.score)
        bins: npt.NDArray[np.int64] = BINS - 1 - np.minimum((middle * BINS).astype(np.int64), BINS - 1)
        return bins[self.level]


def estimates(judged: Judged, resamples: int = RESAMPLES) -> dict[str, Estimate]:
    """Every figure of `measure` with its interval."""
    whole = measure(judged, np.ones(len(judged.score)))
    names, index = np.unique(judged.dialogue, return_inverse=True)
    rng = np.random.default_rng(SEED)
    drawn: dict[str, list[float]] = {name: [] for name in whole}
    for _ in range(resamples):
        times = np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names))
        for name, value in measure(judged, times[index].astype(float)).items():
            drawn[name].append(value)
    return {name: _estimate(value, drawn[name]) for name, value in whole.items()}


def measure(judged: Judged, weight: Vector) -> dict[str, float]:
    """Every figure, each turn counted `weight` times; NaN for those that these turns do not define.

    `area`, `apgr`, `recovered_at_10%` (of edge calls) and so on, `lift_low` and `lift_high` (recovered beyond
    a coin, mean over edge shares below and above one half), `share_for_80%` (of the gap), all NaN unless the
    edge is better on the whole; `roc_auc`, `brier` and `calibration_error` against the label.
    """
    recovered = _recovered(judged, weight)
    squares = (judged.score - judged.wanted) ** 2
    return recovered | {
        "roc_auc": roc_auc(judged, weight),
        "brier": float(np.average(squares, weights=weight)),
        "calibration_error": calibration_error(judged, weight),
    }


def _recovered(judged: Judged, weight: Vector) -> dict[str, float]:
    names = ["area", "apgr", *(f"recovered_at_{share:.0%}" for share in SHARES)]
    names += ["lift_low", "lift_high", f"share_for_{TARGET:.0%}"]
    if np.sum(weight * judged.gain) <= 1e-9 * np.sum(weight * np.abs(judged.gain)):  # none, but for rounding
        return dict.fromkeys(names, nan)
    found = curve_by_level(judged.level, judged.gain, weight)
    values = [found.area(), found.apgr(), *map(found.at, SHARES)]
    values += [found.lift(0.0, 0.5), found.lift(0.5, 1.0), found.share_for(TARGET)]
    return dict(zip(names, values, strict=True))


def roc_auc(judged: Judged, weight: Vector) -> float:
    """How often a turn that needs the edge scores above one that does not; ties count half."""
    need, rest = (
        np.bincount(judged.level, weights=weight * kind) for kind in (judged.wanted, ~judged.wanted)
    )
    pairs = need.sum() * rest.sum()
    return float(np.sum(need * (rest.sum() - np.cumsum(rest) + rest / 2)) / pairs) if pairs else nan


def calibration_error(judged: Judged, weight: Vector) -> float:
    """Expected calibration error: |mean score - share that needs the edge|, over bins, by their turns."""
    off = np.bincount(judged.bin, weights=weight * (judged.score - judged.wanted))
    return float(np.abs(off).sum() / weight.sum())


def verdict(figures: Mapping[str, Estimate]) -> str:
    """Whether a score beats a coin over the high-quality half of the curve, by `lift_high`'s interval."""
    lift = figures["lift_high"]
    if lift.low > 0:
        return "better than chance"
    return "worse than chance" if lift.high < 0 else "no better than chance"


def _estimate(value: float, drawn: list[float]) -> Estimate:
    """The middle 95 % of the resamples that define the figure."""
    known = np.array(drawn)[~np.isnan(drawn)]
    if np.isnan(value) or not len(known):
        return Estimate(value, nan, nan)
    low, high = np.quantile(known, [0.025, 0.975])
    return Estimate(value, float(low), float(high))
