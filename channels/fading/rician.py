"""Rician fading: a direct wave over scattered ones."""

import math

import numpy as np
from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from channels import STRICT
from channels.parts.doppler import Doppler
from channels.parts.process import Process
from channels.parts.sinusoids import Waves, faded, scattered


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Rician:
    """A line of sight that carries K times the power of all the rest (Rice 1944).

    The direct wave comes from a random angle that stays, and turns with the Doppler frequency of that angle.
    Over users the autocorrelation of the gain is J0(2 pi f_d t) for every K. K = 0 is Rayleigh fading, under
    one seed the very same. Source: `channels.parts.sinusoids`. Left out: a K that varies with the place, an
    angle that turns as the user passes by.
    """

    k_factor: NonNegativeFloat
    """Power of the direct wave over that of the scattered ones, linear (10 for 10 dB)."""

    def draw(self, rng: np.random.Generator, doppler: Doppler) -> Process:
        """One direction's power."""
        angles, phases, amplitudes = scattered(rng)
        angle, phase = rng.random(2) - 0.5
        shares = np.append(amplitudes, math.sqrt(self.k_factor)) / math.sqrt(1.0 + self.k_factor)
        waves = Waves(np.append(angles, 2.0 * math.pi * angle), np.append(phases, phase), shares)
        return faded(waves, doppler)
