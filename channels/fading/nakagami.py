"""Nakagami fading: from deeper than Rayleigh's (m < 1) to hardly any (m large)."""

from functools import lru_cache
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats, Steps
from channels.parts.doppler import Doppler
from channels.parts.process import Level, Process
from channels.parts.sinusoids import faded, scattered

_REACH = 2.0**-40, 2.0**6
"""Rayleigh powers from which and to which the table is exact; no sum of sinusoids has more than 2**5."""

_DROPPED_BITS = 43
"""Of a float's 52 after the point: the others make 512 pieces an octave, and the error less than 1e-6."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Nakagami:
    """A gamma-distributed power of shape m, mean 1 and variance 1/m (Nakagami 1960).

    The power is the quantile of the gamma law at which Rayleigh fading stands: q(p) = G^-1(1 - exp(-p)), with
    p = |g|^2 from `channels.parts.sinusoids`. So m = 1 is Rayleigh fading, under one seed the very same, and
    q(p) is crossed as often as Rayleigh fading crosses p: sqrt(2 pi p) f_d exp(-p) times a second, downwards.
    Nakagami's law says nothing about time; other processes with these powers cross levels at other rates.
    """

    m: Annotated[float, Field(ge=0.5, le=1e6)]
    """Shape; at least 0.5."""

    def draw(self, rng: np.random.Generator, doppler: Doppler) -> Process:
        """One direction's power."""
        rayleigh, lines = faded(scattered(rng), doppler), _lines(self.m)
        if isinstance(rayleigh, Level):
            return Level(lines.at(np.array([rayleigh.peak])).item())
        return _Mapped(rayleigh, lines)


class _Lines(NamedTuple):
    """A function that rises, as straight lines between floats that differ in their upper bits only."""

    first: int
    values: Floats
    slopes: Floats

    def at(self, powers: Floats) -> Floats:
        """What becomes of these powers, each at least 0."""
        # The bits of a float, read as an integer, grow with its logarithm: no search, and no logarithm.
        line = powers.view(np.int64) >> _DROPPED_BITS
        line -= self.first
        mapped: Floats = self.slopes.take(line, mode="clip")
        mapped *= powers
        mapped += self.values.take(line, mode="clip")
        return mapped


@lru_cache(maxsize=32)
def _lines(m: float) -> _Lines:
    """From exponential powers to gamma powers of shape `m`: 0.4 MB."""
    first, last = (np.array(_REACH).view(np.int64) >> _DROPPED_BITS).tolist()
    knots = (np.arange(first, last + 1) << _DROPPED_BITS).view(np.float64)
    knots = np.append(0.0, knots)
    quantiles = _quantiles(knots, m)
    slopes = np.diff(quantiles) / np.diff(knots)
    return _Lines(first - 1, quantiles[:-1] - slopes * knots[:-1], slopes)


def _quantiles(powers: Floats, m: float) -> Floats:
    """Gamma powers as probable as these exponential ones."""
    from scipy.special import gammainccinv, gammaincinv  # an import that other laws need not wait for

    # From whichever tail is the smaller, so that neither is lost in rounding.
    low, high = gammaincinv(m, -np.expm1(-powers)), gammainccinv(m, np.exp(-powers))
    quantiles: Floats = np.where(powers < 0.7, low, high) / m
    return quantiles


class _Mapped:
    """A process of which a function is taken."""

    __slots__ = ("_lines", "_process", "grid_s", "peak")

    def __init__(self, process: Process, lines: _Lines) -> None:
        self._process, self._lines = process, lines
        self.grid_s = process.grid_s
        self.peak = lines.at(np.array([process.peak])).item() * (1.0 + 1e-12)

    def during(self, start_s: float, duration_s: float) -> Steps:
        """The pieces of the process."""
        offsets_s, powers = self._process.during(start_s, duration_s)
        return Steps(offsets_s, self._lines.at(powers))
