"""A rate that never changes."""

import math

import numpy as np

from channels import Steps


class Steady:
    """One direction at `bps` [bit/s] for ever; zero is a link that never carries anything."""

    __slots__ = ("_bps",)

    def __init__(self, bps: float) -> None:
        self._bps = bps

    def rate_bps(self, at_s: float) -> float:
        """The rate [bit/s]."""
        return self._bps

    def steps(self, start_s: float, end_s: float) -> Steps:
        """One piece. Raises ValueError unless `start_s` is before `end_s`."""
        if not start_s < end_s:
            raise ValueError(f"start_s ({start_s}) must be before end_s ({end_s})")
        return Steps(np.array([0.0, end_s - start_s]), np.array([self._bps]))

    def bits(self, start_s: float, end_s: float) -> float:
        """Bits carried from `start_s` to `end_s`. Raises ValueError if the span runs backwards."""
        if not start_s <= end_s:
            raise ValueError(f"start_s ({start_s}) must not be after end_s ({end_s})")
        return (end_s - start_s) * self._bps

    def finish_s(self, start_s: float, bits: float) -> float:
        """Instant at which `bits` are through: the term tokens/B of Eq. 3, with both in bits.

        Raises ValueError unless `bits` >= 0.
        """
        if bits > 0.0:
            return start_s + bits / self._bps if self._bps else math.inf
        if bits == 0.0:
            return start_s
        raise ValueError(f"bits ({bits}) must be at least 0")
