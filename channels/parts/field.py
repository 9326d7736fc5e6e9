"""Random functions of position: what shadowing and lines of sight are made of.

X(p) = sqrt(2 / N) sum_n cos(k_n . p + phi_n), with unit amplitudes, phases and directions uniform and
independent, and wave numbers from the spectrum of the correlation wanted. So the correlation of two places
is that over realisations, for every N, and the marginal law is normal but for a kurtosis of 3 - 3 / (2 N).

A sum of sinusoids needs no memory and no grid: any place, any order, the same field. Cai and Giannakis,
IEEE Trans. Veh. Technol. 52(6), 2003.
"""

import math
from collections.abc import Callable

import numpy as np

from channels import Floats

WAVES = 32
"""N: the marginal law is within 0.002 of the normal (Kolmogorov distance)."""

PEAK = math.sqrt(2.0 * WAVES)
"""No field exceeds this."""

_ROWS = 64
"""Places looked at together: more do not fit into a processor's cache."""


def rough(tails: Floats) -> Floats:
    """Wave numbers beyond which these shares of the spectrum of exp(-r) lie: (1 + k^2)^-1/2.

    Correlation exp(-r) is that of shadowing (Gudmundson, El. Lett. 27, 1991; TR 38.901, section 7.4.4).
    """
    wave_numbers: Floats = np.sqrt(tails**-2 - 1.0)
    return wave_numbers


def smooth(tails: Floats) -> Floats:
    """The same for the spectrum of exp(-r^2): exp(-k^2 / 4).

    A rough field that crosses a level once crosses it without end; a smooth one crosses its mean sqrt(2) / pi
    times per unit of distance (Rice 1944), as a user who goes into a shadow and comes out of it.
    """
    wave_numbers: Floats = 2.0 * np.sqrt(-np.log(tails))
    return wave_numbers


class Field:
    """Fields of unit variance over the plane, one for each row of luck.

    Places are in units of the decorrelation distance. `luck` has shape (fields, 3, N), uniform on [0, 1).
    """

    __slots__ = ("_east", "_north", "_phases")

    def __init__(self, luck: Floats, wave_numbers: Callable[[Floats], Floats]) -> None:
        # Stratified: each wave has its own N-th of the spectrum, the mixture is the whole.
        waves = wave_numbers((np.arange(1, WAVES + 1) - luck[:, 0]) / WAVES)
        self._east = (waves * np.cos(2.0 * math.pi * luck[:, 1])).astype(np.float32)
        self._north = (waves * np.sin(2.0 * math.pi * luck[:, 1])).astype(np.float32)
        self._phases = (2.0 * math.pi * luck[:, 2]).astype(np.float32)

    def at(self, x: Floats, y: Floats) -> Floats:
        """Each field at its own places: the first axis counts places, the last one fields."""
        values = np.empty(x.shape)
        for first in range(0, len(x), _ROWS):
            rows = slice(first, first + _ROWS)
            # In single precision, five times as fast: a hundredth of a radian at a thousand distances.
            angles = x[rows, :, None].astype(np.float32) * self._east
            angles += y[rows, :, None].astype(np.float32) * self._north
            angles += self._phases
            values[rows] = np.cos(angles, out=angles).sum(axis=-1)
        values *= math.sqrt(2.0 / WAVES)
        return values
