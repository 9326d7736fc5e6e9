"""Small-scale fading: the contract of every fading law."""

from typing import Protocol

import numpy as np

from channels.parts.doppler import Doppler
from channels.parts.process import Process


class Fading(Protocol):
    """A law of the power |g|^2 of a frequency-flat channel, with mean 1."""

    def draw(self, rng: np.random.Generator, doppler: Doppler) -> Process:
        """Fix one direction's power as a function of time.

        Everything random comes from `rng`, here and only here. Where `doppler.still`, the drawn power stays
        for ever: it is a `channels.parts.process.Level`.
        """
