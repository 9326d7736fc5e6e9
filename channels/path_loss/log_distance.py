"""Log-distance: free space up to a reference distance, then any exponent (Rappaport, 2002, section 4.9)."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats
from channels.path_loss import Shadowing, Sight
from channels.path_loss.free_space import free_space_db


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LogDistance:
    """Loss(d0) + 10 n lg(d / d0), with log-normal shadowing.

    Left out: lines of sight; one exponent and one shadowing stand for both.
    """

    exponent: PositiveFloat
    """n; 2 is free space."""

    reference_m: PositiveFloat
    """d0 [m]."""

    shadowing_db: Annotated[float, Field(ge=0.0, le=30.0)]
    """Standard deviation of the shadowing [dB]."""

    shadowing_m: PositiveFloat
    """Distance over which shadowing decorrelates to 1/e [m]."""

    @property
    def sight_m(self) -> float:
        """Lines of sight play no part."""
        return math.inf

    def check(self, nearest_m: float, radius_m: float, carrier_hz: float) -> None:
        """Raises ValueError for distances below the reference."""
        if nearest_m < self.reference_m:
            raise ValueError(f"nearest_m ({nearest_m:g}) must be at least reference_m ({self.reference_m:g})")

    def loss_db(self, distance_m: Floats, sight: Sight, carrier_hz: float) -> Floats:
        """The formula above."""
        lg_ratio = np.log10(distance_m / self.reference_m)
        at_reference_db = free_space_db(np.array(self.reference_m), carrier_hz)
        loss_db: Floats = at_reference_db + 10.0 * self.exponent * lg_ratio
        return np.maximum(loss_db, 0.0)

    def sight_probability(self, distance_m: Floats) -> Floats:
        """Always, in name."""
        return np.ones_like(distance_m)

    def shadowing(self, sight: bool) -> Shadowing:
        """As set."""
        return Shadowing(self.shadowing_db, self.shadowing_m)
