"""How a phone's chip heats up, and slows down for it: the contract of every thermal law.

A law holds no state: a chip's heat is a number that the law alone understands, 0 when cold. A chip is busy or
idle; while it is busy it works at the speed that its heat allows. Work is counted in seconds at full speed.
"""

from typing import Protocol


class Thermal(Protocol):
    """A law of heat."""

    def heated(self, heat: float, busy_s: float) -> float:
        """The heat after `busy_s` of work."""

    def cooled(self, heat: float, idle_s: float) -> float:
        """The heat after `idle_s` of rest."""

    def work_s(self, heat: float, busy_s: float) -> float:
        """How much is done in `busy_s`: the integral of the speed, at most `busy_s`."""

    def busy_s(self, heat: float, work_s: float) -> float:
        """How long `work_s` of work takes: the inverse of the above, to rounding."""

    def temperature_c(self, heat: float) -> float:
        """What a thermometer shows [C]; NaN where the law does not say."""
