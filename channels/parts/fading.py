"""A fading gain and a map from power to rate, cut into chunks of equal slots."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from channels.parts.chunk import Chunk, Floats, chunk


class Faded:
    """`channels.parts.chunk.Pieces` on a uniform grid.

    `powers(first, count)` gives the power of the fading in the slots of these chunks, `rates_bps(powers)`
    the rates. Any fading and any map fit: the classes differ, the solver does not.
    """

    __slots__ = ("_powers", "_rates_bps", "_slots", "_step_s", "peak_bps", "span_s")

    def __init__(
        self,
        powers: Callable[[int, int], Floats],
        rates_bps: Callable[[Floats], Floats],
        *,
        step_s: float,
        slots: int,
        peak_power: float,
    ) -> None:
        """`slots` of `step_s` [s] make a chunk; both are powers of two."""
        self._powers, self._rates_bps = powers, rates_bps
        self._step_s, self._slots = step_s, slots
        self.span_s = step_s * slots
        self.peak_bps = rates_bps(np.array([peak_power])).item()

    def build(self, first: int, count: int) -> Chunk:
        """The chunks asked for, in one."""
        rates_bps = self._rates_bps(self._powers(first, count))
        grid = _grid if count == 1 else _long_grid
        offsets_s = grid(self._slots * count, self._step_s)
        return chunk(first * self.span_s, offsets_s, rates_bps, self._step_s)


def _long_grid(slots: int, step_s: float) -> Floats:
    return np.arange(slots + 1, dtype=np.float64) * step_s


_grid = lru_cache(maxsize=64)(_long_grid)
