"""3GPP TR 38.901 UMi: street canyons, base stations below the roofs."""

import math
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats
from channels.parts import tr38901
from channels.path_loss import Shadowing, Sight

_SLOPES = tr38901.Slopes(32.4, 21.0, 9.5)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class UMi:
    """Path loss, line of sight and shadowing of tables 7.4.1-1, 7.4.2-1, 7.5-6 and 7.6.3.1-2.

    From 10 m to 5 km and 0.5 to 100 GHz. Left out: walls (count them in the link budget), soft changes of
    the line of sight (section 7.6.3.4).
    """

    base_height_m: Annotated[float, Field(ge=2.0, le=150.0)]
    """Height of the base station's antenna [m]."""

    user_height_m: Annotated[float, Field(ge=1.5, le=22.5)]
    """Height of the phone [m]."""

    @property
    def sight_m(self) -> float:
        """The standard's 50 m."""
        return 50.0

    def check(self, nearest_m: float, radius_m: float, carrier_hz: float) -> None:
        """Raises ValueError outside the standard's range."""
        tr38901.check((10.0, 5000.0), nearest_m, radius_m, carrier_hz)

    def loss_db(self, distance_m: Floats, sight: Sight, carrier_hz: float) -> Floats:
        """Table 7.4.1-1."""
        heights_m = (self.base_height_m, self.user_height_m)
        seen_db = tr38901.with_sight_db(distance_m, *heights_m, carrier_hz, _SLOPES)
        lg_m, lg_ghz = tr38901.lg_distance_m(distance_m, *heights_m), math.log10(carrier_hz / 1e9)
        hidden_db = 22.4 + 35.3 * lg_m + 21.3 * lg_ghz - 0.3 * (self.user_height_m - 1.5)
        return tr38901.either_db(sight, seen_db, hidden_db)

    def sight_probability(self, distance_m: Floats) -> Floats:
        """Table 7.4.2-1."""
        return tr38901.street_sight(distance_m, 36.0)

    def shadowing(self, sight: bool) -> Shadowing:
        """Tables 7.4.1-1 and 7.5-6."""
        return Shadowing(4.0, 10.0) if sight else Shadowing(7.82, 13.0)
