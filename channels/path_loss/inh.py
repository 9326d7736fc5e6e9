"""3GPP TR 38.901 InH: offices, base stations under the ceiling."""

import math
from typing import Literal

import numpy as np
from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats
from channels.parts import tr38901
from channels.path_loss import Shadowing, Sight


@dataclass(frozen=True, kw_only=True, config=STRICT)
class InH:
    """Path loss, line of sight and shadowing of tables 7.4.1-1, 7.4.2-1, 7.5-6 and 7.6.3.1-2.

    From 1 to 150 m and 0.5 to 100 GHz. Left out: other floors, soft changes of the line of sight.
    """

    office: Literal["mixed", "open"]
    """`mixed`: rooms and corridors; `open`: one large room, with more lines of sight."""

    base_height_m: PositiveFloat
    """Height of the base station's antenna [m]."""

    user_height_m: PositiveFloat
    """Height of the phone [m]."""

    @property
    def sight_m(self) -> float:
        """The standard's 10 m."""
        return 10.0

    def check(self, nearest_m: float, radius_m: float, carrier_hz: float) -> None:
        """Raises ValueError outside the standard's range."""
        tr38901.check((1.0, 150.0), nearest_m, radius_m, carrier_hz)

    def loss_db(self, distance_m: Floats, sight: Sight, carrier_hz: float) -> Floats:
        """Table 7.4.1-1."""
        lg_m = tr38901.lg_distance_m(distance_m, self.base_height_m, self.user_height_m)
        lg_ghz = math.log10(carrier_hz / 1e9)
        seen_db = 32.4 + 17.3 * lg_m + 20.0 * lg_ghz
        return tr38901.either_db(sight, seen_db, 17.3 + 38.3 * lg_m + 24.9 * lg_ghz)

    def sight_probability(self, distance_m: Floats) -> Floats:
        """Table 7.4.2-1."""
        if self.office == "mixed":
            near = np.exp((1.2 - distance_m) / 4.7)
            far = 0.32 * np.exp((6.5 - distance_m) / 32.6)
            near_m = 6.5
        else:
            near = np.exp((5.0 - distance_m) / 70.8)
            far = 0.54 * np.exp((49.0 - distance_m) / 211.7)
            near_m = 49.0
        probability: Floats = np.minimum(1.0, np.where(distance_m < near_m, near, far))
        return probability

    def shadowing(self, sight: bool) -> Shadowing:
        """Tables 7.4.1-1 and 7.5-6."""
        return Shadowing(3.0, 10.0) if sight else Shadowing(8.03, 6.0)
