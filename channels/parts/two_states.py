"""A link that is either good or bad, for exponential times.

Gilbert, Bell Syst. Tech. J. 39, 1960, and Elliott, 42, 1963, in continuous time.
"""

import math

import numpy as np
from numpy.typing import NDArray

from channels import Floats, Steps
from channels.parts.chunk import power_of_two_up_to
from channels.parts.process import clipped

_MEAN_EVENTS = 16.0
_MOST_EVENTS = 64
"""A chunk holds 8 to 16 events on average; that a Poisson number of mean 16 reaches 64 has odds of 1e-19."""

_DRAWS_PER_COUNT = 4
"""Philox yields four doubles for each step of its counter."""


class TwoStates:
    """When one user's link is good: a two-state Markov chain with random access.

    Such a chain, leaving good at rate a and bad at rate b, is a Poisson process of rate a + b at whose
    events the state is drawn afresh, bad with probability a / (a + b) whatever it was. So the state now is
    that of the last event, and any chunk can be drawn by its number (Philox, Salmon et al., SC 2011)
    without the chunks before it: no horizon, no growing memory.
    """

    __slots__ = ("_key", "_per_s", "share_good", "span_s")
    grid_s, peak = 0.0, 1.0

    def __init__(self, key: NDArray[np.uint64], mean_good_s: float, mean_bad_s: float) -> None:
        self._key = key
        self._per_s = 1.0 / mean_good_s + 1.0 / mean_bad_s
        self.share_good = mean_good_s / (mean_good_s + mean_bad_s)
        self.span_s = power_of_two_up_to(_MEAN_EVENTS / self._per_s)

    def _events(self, first: int, count: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Offsets [s] of the events from the start of chunk `first`, and whether each is to the good."""
        counter = first * 2 * _MOST_EVENTS // _DRAWS_PER_COUNT % 2**256
        luck = np.random.Generator(np.random.Philox(key=self._key, counter=counter))
        draws = luck.random((count, 2, _MOST_EVENTS))
        # Gaps begin anew at each chunk: a Poisson process does not remember.
        offsets_s = np.add.accumulate(np.log1p(-draws[:, 0]) / -self._per_s, axis=1)
        happens = offsets_s < self.span_s
        offsets_s += self.span_s * np.arange(count)[:, None]
        return offsets_s[happens], draws[:, 1][happens] < self.share_good

    def good(self, first: int, count: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Borders [s] from the start of chunk `first`, n + 1 of them, and the n states between them."""
        before = 1
        offsets_s, good = self._events(first - before, count + before)
        # The state at the start is that of the last event before it, almost always one chunk back.
        while not (old := int(offsets_s.searchsorted(before * self.span_s))):
            before *= 2
            offsets_s, good = self._events(first - before, count + before)
        borders_s = np.empty(len(offsets_s) - old + 2)
        borders_s[0], borders_s[-1] = 0.0, count * self.span_s
        np.subtract(offsets_s[old:], before * self.span_s, out=borders_s[1:-1])
        return borders_s, good[old - 1 :]

    def during(self, start_s: float, duration_s: float) -> Steps:
        """The gate in any window."""
        first = math.floor(start_s / self.span_s)
        count = max(1, math.ceil((start_s + duration_s) / self.span_s) - first)
        borders_s, good = self.good(first, count)
        before_s = start_s - first * self.span_s
        return clipped(Steps(borders_s, good.astype(np.float64)), before_s, before_s + duration_s)
