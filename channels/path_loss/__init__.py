"""What distance and walls take: the contract of every path-loss law.

A law holds a scenario whole: the median loss, how likely a line of sight is, and how shadowing varies.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from channels import Floats

Sight = NDArray[np.bool_]


class PathLoss(Protocol):
    """Large-scale propagation between a base station and a phone. Distances are horizontal, in metres."""

    def loss_db(self, distance_m: Floats, sight: Sight, carrier_hz: float) -> Floats:
        """Median path loss [dB], at least 0; `sight` tells where there is a line of sight."""

    def sight_probability(self, distance_m: Floats) -> Floats:
        """Probability of a line of sight, 0 to 1."""

    def shadowing_db(self, sight: bool) -> float:
        """Standard deviation of the shadowing [dB], with or without a line of sight."""

    def shadowing_m(self, sight: bool) -> float:
        """Distance over which shadowing decorrelates to 1/e [m] (Gudmundson 1991)."""

    @property
    def sight_m(self) -> float:
        """Distance over which the line of sight decorrelates to 1/e [m] (TR 38.901, section 7.6.3)."""
