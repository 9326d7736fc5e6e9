"""Outages: a link that is either good or bad, for exponential times.

Gilbert, Bell Syst. Tech. J. 39, 1960, and Elliott, 42, 1963, in continuous time.
"""

from typing import Annotated, Self

import numpy as np
from pydantic import Field, NonNegativeFloat, model_validator
from pydantic.dataclasses import dataclass

from channels import STRICT, Link
from channels.parts.chunk import Chunk, chunk
from channels.parts.piecewise import Piecewise
from channels.parts.two_states import TwoStates


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

    mean_good_s: Annotated[float, Field(ge=1e-6)]
    """Mean time that the good state lasts [s]."""

    mean_bad_s: Annotated[float, Field(ge=1e-6)]
    """Mean time that the bad state lasts [s]."""

    def draw(self, rng: np.random.Generator) -> Link:
        """One user's outages, stationary from the start."""
        key = rng.integers(2**64, size=2, dtype=np.uint64)
        states = TwoStates(key, self.mean_good_s, self.mean_bad_s)
        return Link(Piecewise(Switched(states, self.uplink)), Piecewise(Switched(states, self.downlink)))


class Switched:
    """`channels.parts.chunk.Pieces` of one direction."""

    __slots__ = ("_rates", "_states", "peak_bps", "span_s", "typical_bps")

    def __init__(self, states: TwoStates, rates: TwoRates) -> None:
        self._states, self._rates = states, rates
        self.span_s = states.span_s
        self.peak_bps = max(rates.good_bps, rates.bad_bps)
        self.typical_bps = rates.bad_bps + states.share_good * (rates.good_bps - rates.bad_bps)

    def build(self, first: int, count: int) -> Chunk:
        """The chunks asked for, in one."""
        borders_s, good = self._states.good(first, count)
        rates_bps = np.where(good, self._rates.good_bps, self._rates.bad_bps)
        return chunk(first * self.span_s, borders_s, rates_bps)
