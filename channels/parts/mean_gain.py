"""The slow part of a radio link: the gain of path loss and shadowing along a user's way."""

import math
from typing import Protocol

import numpy as np

from channels import Floats, Steps
from channels.mobility import Path
from channels.parts.chunk import power_of_two_up_to
from channels.parts.large_scale import LargeScale
from channels.parts.process import clipped
from channels.path_loss import PathLoss

STEP = 0.1
"""Longest way in one step, in decorrelation distances."""


def slow_step_s(law: PathLoss, nearest_m: float, fastest_m_per_s: float) -> float:
    """Time over which the gain of a moving user may be called constant [s], a power of two."""
    fields_m = (law.sight_m, *(law.shadowing(sight).decorrelation_m for sight in (False, True)))
    return power_of_two_up_to(STEP * min(nearest_m, *fields_m) / fastest_m_per_s)


class Gains(Protocol):
    """A gain in numbered steps of time, with random access."""

    def gains(self, first: int, count: int) -> Floats:
        """The linear gain in steps `first` to `first` + `count` - 1."""


class OneSite:
    """`Gains` of a user of one site."""

    __slots__ = ("_air", "_path", "_step_s")

    def __init__(self, air: LargeScale, path: Path, step_s: float) -> None:
        self._air, self._path, self._step_s = air, path, step_s

    def strengths_db(self, first: int, count: int) -> Floats:
        """Gain [dB] of all sites (columns) at the middle of each step; before time 0 users stand."""
        middles_s = (np.arange(first, first + count) + 0.5) * self._step_s
        return self._air.gains_db(self._path.at(np.maximum(middles_s, 0.0)))

    def gains(self, first: int, count: int) -> Floats:
        """The first site's."""
        return linear(self.strengths_db(first, count)[:, 0])


class MeanGain:
    """A `channels.parts.process.Process` of gains, constant within each step."""

    __slots__ = ("_asked", "_gains", "_step_s", "peak")
    grid_s = 0.0

    def __init__(self, gains: Gains, step_s: float, peak: float) -> None:
        """`step_s` is a power of two."""
        self._gains, self._step_s, self.peak = gains, step_s, peak
        self._asked: tuple[int, int, Floats] = (0, 0, np.empty(0))

    def during(self, start_s: float, duration_s: float) -> Steps:
        """The gain in any window; only its own steps are looked at."""
        step_s = self._step_s
        first = math.floor(start_s / step_s)
        count = max(1, math.ceil((start_s + duration_s) / step_s) - first)
        # A step outlasts many windows of fading, and both directions ask.
        kept_first, kept_count, values = self._asked
        if (first, count) != (kept_first, kept_count):
            values = self._gains.gains(first, count)
            self._asked = (first, count, values)
        if count == 1:
            return Steps(np.array([0.0, duration_s]), values)
        before_s = start_s - first * step_s
        return clipped(Steps(np.arange(count + 1.0) * step_s, values), before_s, before_s + duration_s)


def linear(gains_db: Floats) -> Floats:
    """From dB."""
    gains: Floats = 10.0 ** (gains_db / 10.0)
    return gains
