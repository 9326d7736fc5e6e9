"""Free space: nothing but distance (Friis 1946)."""

import math

import numpy as np
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats
from channels.parts.doppler import LIGHT_M_PER_S
from channels.path_loss import Shadowing, Sight


def free_space_db(distance_m: Floats, carrier_hz: float) -> Floats:
    """20 lg(4 pi d f / c), and never a gain."""
    loss_db: Floats = 20.0 * np.log10(distance_m * (4.0 * math.pi * carrier_hz / LIGHT_M_PER_S))
    return np.maximum(loss_db, 0.0)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FreeSpace:
    """A line of sight everywhere, no shadowing. Left out: heights; the ground, which two rays would show."""

    @property
    def sight_m(self) -> float:
        """It never ends."""
        return math.inf

    def check(self, nearest_m: float, radius_m: float, carrier_hz: float) -> None:
        """Any distance and any carrier."""

    def loss_db(self, distance_m: Floats, sight: Sight, carrier_hz: float) -> Floats:
        """Friis's formula."""
        return free_space_db(distance_m, carrier_hz)

    def sight_probability(self, distance_m: Floats) -> Floats:
        """Always."""
        return np.ones_like(distance_m)

    def shadowing(self, sight: bool) -> Shadowing:
        """None."""
        return Shadowing(0.0, math.inf)
