"""An overhead with a floor and a tail."""

from math import exp, log
from statistics import NormalDist
from typing import Annotated, Self

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator
from pydantic.dataclasses import dataclass

from channels import STRICT
from channels.parts.blocks import BlockLuck

_normal = NormalDist().inv_cdf


class Tailed:
    """delta = min + exp(mu + sigma Z), Z standard normal, fixed within each block of `coherence_s`."""

    __slots__ = ("_coherence_s", "_luck", "_min_s", "_mu", "_sigma")

    def __init__(self, key: bytes, min_s: float, mu: float, sigma: float, coherence_s: float) -> None:
        self._luck = BlockLuck(key)
        self._min_s, self._mu, self._sigma, self._coherence_s = min_s, mu, sigma, coherence_s

    def delay_s(self, at_s: float) -> float:
        """Overhead [s] of a message sent at `at_s`."""
        uniform = self._luck.uniforms(int(at_s // self._coherence_s))[0]
        return self._min_s + exp(self._mu + self._sigma * _normal(uniform))


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ShiftedLognormal:
    """Propagation and core network as a floor; access, retransmissions and server handshake as a tail.

    mu = ln(mean - min) - sigma^2 / 2, so that the mean is `mean_s`. Left out: rare stalls of 0.1 s and more
    at handovers, which no lognormal with this body reaches (`spiky` adds them); that one block tells of the
    next (`correlated_lognormal`). Raises ValueError unless mean_s > min_s.
    """

    min_s: NonNegativeFloat
    """The floor [s]."""

    mean_s: PositiveFloat
    """Mean overhead [s]."""

    sigma: NonNegativeFloat
    """Standard deviation of the logarithm of what exceeds the floor."""

    coherence_s: Annotated[float, Field(ge=1e-6)]
    """How long an overhead lasts before the next, independent one [s]."""

    @model_validator(mode="after")
    def _mean_above_floor(self) -> Self:
        if self.mean_s <= self.min_s:
            raise ValueError(f"mean_s ({self.mean_s}) must be above min_s ({self.min_s})")
        return self

    def draw(self, rng: np.random.Generator) -> Tailed:
        """One user's overheads."""
        mu = log(self.mean_s - self.min_s) - self.sigma**2 / 2.0
        return Tailed(rng.bytes(16), self.min_s, mu, self.sigma, self.coherence_s)
