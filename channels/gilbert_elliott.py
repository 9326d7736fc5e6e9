"""Outages: a link that is either good or bad, for exponential times.

Gilbert, Bell Syst. Tech. J. 39, 1960, and Elliott, 42, 1963, in continuous time.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import NonNegativeFloat, PositiveFloat, model_validator
from pydantic.dataclasses import dataclass

from channels import STRICT, Link
from channels.parts.chunk import Chunk, Floats, chunk, power_of_two_up_to
from channels.parts.piecewise import Piecewise

_MEAN_EVENTS = 16.0
_MOST_EVENTS = 64
"""A chunk holds 8 to 16 events on average; that a Poisson number of mean 16 reaches 64 has odds of 1e-19."""

_DRAWS_PER_COUNT = 4
"""Philox yields four doubles for each step of its counter."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TwoRates:
    """The rates of one direction. Raises ValueError if both are zero: nothing would ever pass."""

    good_bps: NonNegativeFloat
    """Rate in the good state [bit/s]."""

    bad_bps: NonNegativeFloat = 0.0
    """Rate in the bad state [bit/s]; 0 is an outage."""

    @model_validator(mode="after")
    def _carries_something(self) -> Self:
        if self.good_bps == 0.0 and self.bad_bps == 0.0:
            raise ValueError("good_bps (0.0) and bad_bps (0.0) are both zero; one must be above 0")
        return self


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GilbertElliott:
    """Both directions of a user are good or bad together: it is the user who is in the tunnel."""

    uplink: TwoRates
    """From phone to edge."""

    downlink: TwoRates
    """From edge to phone."""

    mean_good_s: PositiveFloat
    """Mean time that the good state lasts [s]."""

    mean_bad_s: PositiveFloat
    """Mean time that the bad state lasts [s]."""

    bits_per_token: PositiveFloat
    """Bits on the air for one token of text."""

    def draw(self, rng: np.random.Generator) -> Link:
        """One user's outages, stationary from the start."""
        key = rng.integers(2**64, size=2, dtype=np.uint64)
        states = States(key, self.mean_good_s, self.mean_bad_s)
        return Link(Piecewise(Switched(states, self.uplink)), Piecewise(Switched(states, self.downlink)))


class States:
    """When one user's link is good: a two-state Markov chain with random access.

    Such a chain, leaving good at rate a and bad at rate b, is a Poisson process of rate a + b at whose
    events the state is drawn afresh, bad with probability a / (a + b) whatever it was. So the state now is
    that of the last event, and any chunk can be drawn by its number (Philox, Salmon et al., SC 2011)
    without the chunks before it: no horizon, no growing memory.
    """

    __slots__ = ("_key", "_per_s", "_share_good", "span_s")

    def __init__(self, key: NDArray[np.uint64], mean_good_s: float, mean_bad_s: float) -> None:
        self._key = key
        self._per_s = 1.0 / mean_good_s + 1.0 / mean_bad_s
        self._share_good = mean_good_s / (mean_good_s + mean_bad_s)
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
        return offsets_s[happens], draws[:, 1][happens] < self._share_good

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


class Switched:
    """`channels.parts.chunk.Pieces` of one direction."""

    __slots__ = ("_rates", "_states", "peak_bps", "span_s")

    def __init__(self, states: States, rates: TwoRates) -> None:
        self._states, self._rates = states, rates
        self.span_s = states.span_s
        self.peak_bps = max(rates.good_bps, rates.bad_bps)

    def build(self, first: int, count: int) -> Chunk:
        """The chunks asked for, in one."""
        borders_s, good = self._states.good(first, count)
        rates_bps: Floats = np.where(good, self._rates.good_bps, self._rates.bad_bps)
        return chunk(first * self.span_s, borders_s, rates_bps, borders_s[1:] - borders_s[:-1])
