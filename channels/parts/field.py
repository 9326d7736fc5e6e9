"""Random functions of position: what shadowing and lines of sight are made of.

X(p) = sqrt(2 / N) sum_n cos(2 pi k_n . p + phi_n), with unit amplitudes, independent uniform phases and
directions, and wave numbers from the spectrum of exp(-r), whose share up to k [rad] is 1 - (1 + k^2)^-1/2.
So the correlation of two places r apart is exp(-r) over realisations for every N (Gudmundson, El. Lett. 27,
1991), and the marginal law is normal but for a kurtosis of 3 - 3 / (2 N).

A sum of sinusoids needs no memory and no grid: any place, any order, the same field. Cai and Giannakis,
IEEE Trans. Veh. Technol. 52(6), 2003.
"""

import math

import numpy as np

from channels import Floats

WAVES = 32
"""N: the marginal law is within 0.002 of the normal (Kolmogorov distance)."""

PEAK = math.sqrt(2.0 * WAVES)
"""No field exceeds this."""


_ROWS = 64
"""Places looked at together: more do not fit into a processor's cache."""


class Field:
    """Fields of unit variance over the plane, one for each row of luck.

    Places are in units of the decorrelation distance. `luck` has shape (fields, 3, N), uniform on [0, 1).
    """

    __slots__ = ("_east", "_north", "_phases")

    def __init__(self, luck: Floats) -> None:
        # Wave numbers are stratified: each wave has its own N-th of the spectrum, the mixture is the whole.
        tails = (np.arange(1, WAVES + 1) - luck[:, 0]) / WAVES
        radians = np.sqrt(tails**-2 - 1.0)
        self._east = (radians * np.cos(2.0 * math.pi * luck[:, 1])).astype(np.float32)
        self._north = (radians * np.sin(2.0 * math.pi * luck[:, 1])).astype(np.float32)
        self._phases = (2.0 * math.pi * luck[:, 2]).astype(np.float32)

    def at(self, x: Floats, y: Floats) -> Floats:
        """Each field at its own places: the first axis counts places, the last one fields."""
        sums = np.empty(x.shape)
        for first in range(0, len(x), _ROWS):
            rows = slice(first, first + _ROWS)
            # Single precision is exact to a hundredth of a radian anywhere, and five times as fast.
            angles = x[rows, :, None].astype(np.float32) * self._east
            angles += y[rows, :, None].astype(np.float32) * self._north
            angles += self._phases
            sums[rows] = np.cos(angles, out=angles).sum(axis=-1)
        sums *= math.sqrt(2.0 / WAVES)
        return sums
