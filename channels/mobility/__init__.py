"""Where users are: the contract of every mobility law."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from channels import Floats

Positions = NDArray[np.complex128]
"""Places in the plane as x + jy, in metres; the cell's base station is at 0."""


class Path(Protocol):
    """One user's way, already drawn."""

    def at(self, at_s: Floats) -> Positions:
        """Where the user is at these instants [s], which never fall and are at least 0; any order of calls.

        A place is the same to the last bit whatever instants are asked for together.
        """


class Mobility(Protocol):
    """A law of motion in a disc around the base station."""

    @property
    def fastest_m_per_s(self) -> float:
        """A speed that is (almost) never exceeded [m/s]; 0 where nobody moves."""

    def check(self, radius_m: float) -> None:
        """Raises ValueError where the law does not fit into a disc of this radius."""

    def draw(self, rng: np.random.Generator, radius_m: float) -> Path:
        """Fix one user's way within `radius_m` of the base station, stationary from the start.

        `check` has passed. Everything random comes from `rng`, here and only here.
        """
