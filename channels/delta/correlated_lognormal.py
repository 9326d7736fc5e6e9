"""An overhead with a floor and a tail that wanders: what it is now says something of what it is soon."""

import math
from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats

WAVES = 64
"""N: the 99th percentile of delta is 0.2 % short of the lognormal's, the 99.9th 0.9 % (sigma 0.6)."""


class Wandering:
    """delta = min + exp(mu + sigma Z(t)), Z(t) = sqrt(2 / N) sum_n cos 2 pi (f_n t + p_n).

    The phases p_n are uniform. The frequencies are half-Cauchy, one from each N-th of that law:
    2 pi f_n correlation_s = tan(pi (n + u_n) / (2 N)), n from 0 to N - 1, u_n uniform. Over all realisations
    the correlation is exp(-|lag| / correlation_s) for every N: a Lorentzian is the spectrum of that.
    """

    __slots__ = ("_amplitude", "_cycles_per_s", "_min_s", "_mu", "_phases")

    def __init__(self, luck: Floats, correlation_s: float, min_s: float, mu: float, sigma: float) -> None:
        """`luck` holds two rows, u_n and p_n, from 0 to 1."""
        places, self._phases = luck
        waves = len(places)
        quantiles = (np.arange(waves) + places) / waves
        self._cycles_per_s = np.tan(quantiles * (math.pi / 2.0)) / (2.0 * math.pi * correlation_s)
        self._min_s, self._mu, self._amplitude = min_s, mu, sigma * math.sqrt(2.0 / waves)

    def delay_s(self, at_s: float) -> float:
        """Overhead [s] of a message sent at `at_s`."""
        cycles = self._cycles_per_s * at_s
        cycles -= np.rint(cycles)  # exact: a late instant loses what the product rounds off, and no more
        cycles += self._phases
        cycles *= 2.0 * math.pi
        return self._min_s + math.exp(self._mu + self._amplitude * np.cos(cycles).sum())


@dataclass(frozen=True, kw_only=True, config=STRICT)
class CorrelatedLognormal:
    """`shifted_lognormal` without its blocks: the logarithm is stationary, and normal but for terms in 1/N.

    Its correlation is exp(-|lag| / correlation_s), that of an Ornstein-Uhlenbeck process. A path is a sum of
    sinusoids all the same, so it is smooth: over lags below correlation_s / 100 most paths move less than
    those of that process, and a few much more. A user's messages are further apart.

    mu = ln(mean - min) - N ln I_0(sigma sqrt(2 / N)), so that the mean is `mean_s` for every N; for large N
    the second term is sigma^2 / 2. Left out: rare stalls (`spiky`), any tie to the rate of the link. Raises
    ValueError unless mean_s > min_s.
    """

    min_s: NonNegativeFloat
    """The floor [s]."""

    mean_s: PositiveFloat
    """Mean overhead [s]."""

    sigma: NonNegativeFloat
    """Standard deviation of the logarithm of what exceeds the floor."""

    correlation_s: Annotated[float, Field(ge=1e-6)]
    """Lag at which the correlation of the logarithm has fallen to 1/e [s]."""

    def __post_init__(self) -> None:
        if self.mean_s <= self.min_s:
            raise ValueError(f"mean_s ({self.mean_s}) must be above min_s ({self.min_s})")

    @cached_property
    def _mu(self) -> float:
        mean_exp = float(np.i0(self.sigma * math.sqrt(2.0 / WAVES)))  # of one of the N waves
        return math.log(self.mean_s - self.min_s) - WAVES * math.log(mean_exp)

    def draw(self, rng: np.random.Generator) -> Wandering:
        """One user's overheads."""
        return Wandering(rng.random((2, WAVES)), self.correlation_s, self.min_s, self._mu, self.sigma)
