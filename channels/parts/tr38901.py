"""What the scenarios of 3GPP TR 38.901 share (tables 7.4.1-1, 7.4.2-1). Distances in m, carriers in Hz."""

import math
from typing import ClassVar, NamedTuple

import numpy as np

from channels import Floats
from channels.parts.doppler import LIGHT_M_PER_S
from channels.path_loss import Sight

SCATTERER_M = 1.0
"""Height h_E at which waves bounce, for phones up to 13 m; higher ones meet random heights."""

_CARRIERS_GHZ = (0.5, 100.0)


class Slopes(NamedTuple):
    """Loss with a line of sight: a + near lg d + 20 lg f, and 40 lg d beyond the break point."""

    at_1_m_db: float
    near_db: float
    break_db: float


class Hidden(NamedTuple):
    """Loss without a line of sight: a + b lg d + c lg f - e (h_UT - 1.5)."""

    at_1_m_db: float
    distance_db: float
    carrier_db: float
    height_db: float


class Outdoors:
    """What UMi and UMa have in common; a scenario names its own figures, heights and shadowing.

    From 10 m to 5 km and 0.5 to 100 GHz.
    """

    base_height_m: float
    user_height_m: float
    seen: ClassVar[Slopes]
    hidden: ClassVar[Hidden]
    sight_decay_m: ClassVar[float]

    @property
    def sight_m(self) -> float:
        """The standard's 50 m."""
        return 50.0

    def check(self, nearest_m: float, radius_m: float, carrier_hz: float) -> None:
        """Raises ValueError outside the standard's range."""
        check((10.0, 5000.0), nearest_m, radius_m, carrier_hz)

    def loss_db(self, distance_m: Floats, sight: Sight, carrier_hz: float) -> Floats:
        """Table 7.4.1-1."""
        heights_m = (self.base_height_m, self.user_height_m)
        lg_m, lg_ghz = lg_distance_m(distance_m, *heights_m), math.log10(carrier_hz / 1e9)
        a, b, c, e = self.hidden
        hidden_db = a + b * lg_m + c * lg_ghz - e * (self.user_height_m - 1.5)
        return either_db(sight, with_sight_db(distance_m, *heights_m, carrier_hz, self.seen), hidden_db)

    def sight_probability(self, distance_m: Floats) -> Floats:
        """Table 7.4.2-1."""
        return street_sight(distance_m, self.sight_decay_m)


def check(distances_m: tuple[float, float], nearest_m: float, radius_m: float, carrier_hz: float) -> None:
    """Raises ValueError outside the ranges for which the standard gives its formulas."""
    low, high = _CARRIERS_GHZ
    if not low <= carrier_hz / 1e9 <= high:
        raise ValueError(
            f"carrier_hz ({carrier_hz:g}) must be from {low * 1e9:g} to {high * 1e9:g} for TR 38.901"
        )
    shortest_m, longest_m = distances_m
    if nearest_m < shortest_m:
        raise ValueError(f"nearest_m ({nearest_m:g}) must be at least {shortest_m:g}, the path loss's range")
    if radius_m > longest_m:
        raise ValueError(f"radius_m ({radius_m:g}) must be at most {longest_m:g}, the path loss's range")


def lg_distance_m(distance_m: Floats, base_height_m: float, user_height_m: float) -> Floats:
    """lg of the distance from antenna to antenna."""
    lg: Floats = 0.5 * np.log10(distance_m * distance_m + (base_height_m - user_height_m) ** 2)
    return lg


def with_sight_db(
    distance_m: Floats, base_height_m: float, user_height_m: float, carrier_hz: float, slopes: Slopes
) -> Floats:
    """Loss with a line of sight outdoors, with its break point."""
    lg_m = lg_distance_m(distance_m, base_height_m, user_height_m)
    break_m = 4.0 * (base_height_m - SCATTERER_M) * (user_height_m - SCATTERER_M) * carrier_hz / LIGHT_M_PER_S
    beyond = 40.0 * lg_m - slopes.break_db * math.log10(break_m**2 + (base_height_m - user_height_m) ** 2)
    loss_db: Floats = np.where(distance_m < break_m, slopes.near_db * lg_m, beyond)
    loss_db += slopes.at_1_m_db + 20.0 * math.log10(carrier_hz / 1e9)
    return loss_db


def either_db(sight: Sight, seen_db: Floats, hidden_db: Floats) -> Floats:
    """A hidden phone never loses less than a seen one."""
    loss_db: Floats = np.where(sight, seen_db, np.maximum(seen_db, hidden_db))
    return loss_db


def street_sight(distance_m: Floats, decay_m: float) -> Floats:
    """Probability of a line of sight outdoors, for phones up to 13 m (table 7.4.2-1): 1 up to 18 m."""
    surely = np.minimum(1.0, 18.0 / distance_m)
    probability: Floats = surely + np.exp(distance_m / -decay_m) * (1.0 - surely)
    return probability
