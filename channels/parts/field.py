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


class Field:
    """Fields of unit variance over the plane, one for each row of luck.

    Places are in units of the decorrelation distance. `luck` has shape (fields, 3, N), uniform on [0, 1).
    """

    __slots__ = ("_east", "_north", "_phases")

    def __init__(self, luck: Floats) -> None:
        # Wave numbers are stratified: each wave has its own N-th of the spectrum, the mixture is the whole.
        tails = (np.arange(1, WAVES + 1) - luck[:, 0]) / WAVES
        cycles = np.sqrt(tails**-2 - 1.0) / (2.0 * math.pi)
        self._east = cycles * np.cos(2.0 * math.pi * luck[:, 1])
        self._north = cycles * np.sin(2.0 * math.pi * luck[:, 1])
        self._phases = luck[:, 2]

    def at(self, x: Floats, y: Floats) -> Floats:
        """Each field at its own places; the last axis counts the fields."""
        turns = x[..., None] * self._east
        turns += y[..., None] * self._north
        # Whole turns go while they are exact; then single precision is plenty, and ten times as fast.
        turns -= np.rint(turns)
        turns += self._phases
        waves = np.cos(turns.astype(np.float32) * np.float32(2.0 * math.pi))
        sums: Floats = waves.sum(axis=-1).astype(np.float64)
        sums *= math.sqrt(2.0 / WAVES)
        return sums
