"""No fading."""

import numpy as np
from pydantic.dataclasses import dataclass

from channels import STRICT
from channels.parts.doppler import Doppler
from channels.parts.process import Level, Process


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NoFading:
    """Power 1 for ever: a channel of white Gaussian noise."""

    def draw(self, rng: np.random.Generator, doppler: Doppler) -> Process:
        """One direction's power; no number is drawn."""
        return Level(1.0)
