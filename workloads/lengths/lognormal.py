"""Log-normal reply lengths: the shape of reasoning models' public traces (mean / median about 2.1)."""

from functools import cached_property
from math import exp
from statistics import NormalDist

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from workloads import STRICT

_standard_normal = NormalDist().inv_cdf


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Lognormal:
    """Log-normal with the given mean; `sigma` is the standard deviation of the logarithm.

    exp(`sigma`**2 / 2) is mean over median: 1.22 gives the 2.1 of public reasoning traces.
    Lengths are not rounded, so that the mean is kept.
    """

    sigma: NonNegativeFloat

    @cached_property
    def _median_per_mean(self) -> float:
        return exp(-(self.sigma**2) / 2)

    def tokens(self, mean_tokens: float, uniform: float) -> float:
        """Quantile `uniform` of the log-normal law with mean `mean_tokens`."""
        return mean_tokens * self._median_per_mean * exp(self.sigma * _standard_normal(uniform))
