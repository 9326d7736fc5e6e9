"""The slow part of a radio link: the gain of path loss and shadowing along a user's way."""

import math
from collections.abc import Callable
from functools import lru_cache
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

BLOCK = 8
"""Steps looked at together: numpy's cost is per call, and one step outlasts a few windows of fading."""

KEPT = 2
"""Blocks remembered per user."""


def slow_step_s(law: PathLoss, nearest_m: float, fastest_m_per_s: float) -> float:
    """Time over which the gain of a moving user may be called constant [s], a power of two."""
    fields_m = (law.sight_m, *(law.shadowing(sight).decorrelation_m for sight in (False, True)))
    return power_of_two_up_to(STEP * min(nearest_m, *fields_m) / fastest_m_per_s)


class Gains(Protocol):
    """A gain in numbered steps of time, with random access."""

    def gains(self, first: int, count: int) -> Floats:
        """The linear gain in steps `first` to `first` + `count` - 1."""


class OneSite:
    """`Gains` of a user whom the first site serves."""

    __slots__ = ("_air", "_block", "_path", "_step_s")

    def __init__(self, air: LargeScale, path: Path, step_s: float) -> None:
        self._air, self._path, self._step_s = air, path, step_s
        self._block = lru_cache(maxsize=KEPT)(self._blocked)

    def _blocked(self, number: int) -> Floats:
        return linear(self.strengths_db(number * BLOCK, BLOCK)[:, 0])

    def strengths_db(self, first: int, count: int) -> Floats:
        """Gain [dB] of all sites (columns) at the middle of each step; before time 0 users stand."""
        middles_s = (np.arange(first, first + count) + 0.5) * self._step_s
        return self._air.gains_db(self._path.at(np.maximum(middles_s, 0.0)))

    def gains(self, first: int, count: int) -> Floats:
        """The first site's."""
        if count > BLOCK:
            return linear(self.strengths_db(first, count)[:, 0])
        return gathered(self._block, BLOCK, first, count)


class MeanGain:
    """A `channels.parts.process.Process` of gains, constant within each step."""

    __slots__ = ("_gains", "_step_s", "peak")
    grid_s = 0.0

    def __init__(self, gains: Gains, step_s: float, peak: float) -> None:
        """`step_s` is a power of two."""
        self._gains, self._step_s, self.peak = gains, step_s, peak

    def during(self, start_s: float, duration_s: float) -> Steps:
        """The gain in any window; only what is near it is looked at."""
        step_s = self._step_s
        first = math.floor(start_s / step_s)
        count = max(1, math.ceil((start_s + duration_s) / step_s) - first)
        values = self._gains.gains(first, count)
        if count == 1:
            return Steps(np.array([0.0, duration_s]), values)
        before_s = start_s - first * step_s
        return clipped(Steps(np.arange(count + 1.0) * step_s, values), before_s, before_s + duration_s)


def gathered(block: Callable[[int], Floats], size: int, first: int, count: int) -> Floats:
    """Values `first` to `first` + `count` - 1 of numbered blocks of `size` values."""
    numbers = range(first // size, (first + count - 1) // size + 1)
    before = first - numbers[0] * size
    values = block(numbers[0]) if len(numbers) == 1 else np.concatenate([block(n) for n in numbers])
    return values[before : before + count]


def linear(gains_db: Floats) -> Floats:
    """From dB."""
    gains: Floats = 10.0 ** (gains_db / 10.0)
    return gains
