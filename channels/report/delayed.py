"""A phone that hears late and coarsely how fast its link is."""

import math
from typing import Annotated

from pydantic import Field, NonNegativeFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Rate


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Delayed:
    """The rate as it was, rounded down to a grid that is even in decibels, as channel quality indices are."""

    delay_s: NonNegativeFloat
    """Age of the report [s]."""

    step_db: NonNegativeFloat
    """Distance of two reportable rates [dB]; 0 reports any."""

    least_bps: Annotated[float, Field(ge=1e-3)]
    """What is reported of a slower link, or of none [bit/s]: the grid begins here."""

    def __post_init__(self) -> None:
        if 0.0 < self.step_db < 1e-6:
            raise ValueError(f"step_db ({self.step_db:g}) must be 0 or at least 1e-6")

    def rate_bps(self, rate: Rate, at_s: float) -> float:
        """The rate at `at_s` - `delay_s` (at 0 where that is earlier), rounded down to the grid."""
        above = rate.rate_bps(max(0.0, at_s - self.delay_s)) / self.least_bps
        if above <= 1.0:
            return self.least_bps
        if self.step_db == 0.0:
            return above * self.least_bps
        steps = math.floor(10.0 * math.log10(above) / self.step_db)
        return float(self.least_bps * 10.0 ** (steps * self.step_db / 10.0))
