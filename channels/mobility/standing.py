"""Users who stand where they are."""

import math

import numpy as np
from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from channels import STRICT
from channels.parts.track import Place, in_disc


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Standing:
    """Each user at one place for ever: anywhere in the cell alike, or at one distance in any direction."""

    distance_m: NonNegativeFloat | None
    """Distance from the base station [m]; null spreads the users evenly over the disc."""

    @property
    def fastest_m_per_s(self) -> float:
        """Nobody moves."""
        return 0.0

    def check(self, radius_m: float) -> None:
        """Raises ValueError where `distance_m` lies outside the cell."""
        if self.distance_m is not None and self.distance_m > radius_m:
            raise ValueError(
                f"mobility.distance_m ({self.distance_m:g}) must be at most radius_m ({radius_m:g})"
            )

    def draw(self, rng: np.random.Generator, radius_m: float) -> Place:
        """One user's place."""
        place = in_disc(rng.random(2), radius_m).item()
        if self.distance_m is not None:
            direction = math.atan2(place.imag, place.real)
            place = self.distance_m * complex(math.cos(direction), math.sin(direction))
        return Place(place)
