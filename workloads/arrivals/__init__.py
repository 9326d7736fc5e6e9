"""Laws of arrival: when a user begins a session, and how long a user pauses between turns."""

from math import exp
from statistics import NormalDist

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from workloads import STRICT

_standard_normal = NormalDist().inv_cdf


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Thinking:
    """A log-normal pause between a reply and the next prompt.

    The default of the yamls, a median of 123 s with sigma 0.98, is fitted to a public conversation trace
    (Mooncake, FAST '25); it includes that service's own time, so it is a little long. A median of 0 means
    that users do not pause.
    """

    think_median_s: NonNegativeFloat
    think_sigma: NonNegativeFloat

    def pause_s(self, uniform: float) -> float:
        """Quantile `uniform` of the pause, in seconds."""
        return self.think_median_s * exp(self.think_sigma * _standard_normal(uniform))
