"""Exponential reply lengths: nobody's data, but the textbook's queues."""

from math import log

from pydantic.dataclasses import dataclass

from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Exponential:
    """Exponential with the given mean, so that an edge with one slot is an M/M/1 queue."""

    def tokens(self, mean_tokens: float, uniform: float) -> float:
        """Quantile `uniform` of the exponential law with mean `mean_tokens`."""
        return -mean_tokens * log(uniform)
