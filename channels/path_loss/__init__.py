"""What distance and walls take: the contract of every path-loss law.

A law holds a scenario whole: the median loss, how likely a line of sight is, and how shadowing varies.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from channels import Floats

Sight = NDArray[np.bool_]


class Shadowing(NamedTuple):
    """Log-normal variation around the median loss."""

    sd_db: float
    """Standard deviation [dB]; 0 for none."""
    decorrelation_m: float
    """Distance over which it decorrelates to 1/e [m] (Gudmundson 1991); `math.inf` where there is none."""


class PathLoss(Protocol):
    """Large-scale propagation between a base station and a phone. Distances are horizontal, in metres."""

    def check(self, nearest_m: float, radius_m: float, carrier_hz: float) -> None:
        """Raises ValueError where the law does not hold for these distances or this carrier."""

    def loss_db(self, distance_m: Floats, sight: Sight, carrier_hz: float) -> Floats:
        """Median path loss [dB], at least 0; `sight` tells where there is a line of sight. Any shape."""

    def sight_probability(self, distance_m: Floats) -> Floats:
        """Probability of a line of sight, 0 to 1. Any shape."""

    def shadowing(self, sight: bool) -> Shadowing:
        """How shadowing varies, with or without a line of sight."""

    @property
    def sight_m(self) -> float:
        """Distance over which the line of sight decorrelates to 1/e [m] (TR 38.901, section 7.6.3).

        `math.inf` where there always is one.
        """
