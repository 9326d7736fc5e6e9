"""A phone that remembers how fast its link was."""

from typing import Annotated

from pydantic import Field, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Rate


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MovingAverage:
    """The mean rate of the last `window_s` seconds, or of all that has passed where that is less."""

    window_s: PositiveFloat
    """How far back the phone looks [s]."""

    least_bps: Annotated[float, Field(ge=1e-3)]
    """What is believed in of a slower link, or of none [bit/s]."""

    def rate_bps(self, rate: Rate, at_s: float) -> float:
        """Bits that the link carried lately over the time it had; at the very start the present rate."""
        start_s = max(0.0, at_s - self.window_s)
        mean_bps = rate.bits(start_s, at_s) / (at_s - start_s) if at_s > start_s else rate.rate_bps(at_s)
        return max(self.least_bps, mean_bps)
