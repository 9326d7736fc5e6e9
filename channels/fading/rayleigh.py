"""Rayleigh fading with Clarke's Doppler spectrum: no line of sight, scatterers all around."""

import numpy as np
from pydantic.dataclasses import dataclass

from channels import STRICT
from channels.parts.doppler import Doppler
from channels.parts.process import Process
from channels.parts.sinusoids import faded, scattered


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Rayleigh:
    """Exponential power, autocorrelation of the gain J0(2 pi f_d t). Source: `channels.parts.sinusoids`."""

    def draw(self, rng: np.random.Generator, doppler: Doppler) -> Process:
        """One direction's power."""
        return faded(scattered(rng), doppler)
