"""A rate that was recorded once and repeats for ever."""

from typing import NamedTuple

import numpy as np

from channels import Floats
from channels.parts.chunk import Chunk, chunk, power_of_two_up_to

MEAN_PIECES = 64
"""A chunk holds 32 to 64 pieces on average, or, of a shorter recording, at most all of it."""

TICKS = 2.0**44
"""A lap has so many ticks, or up to twice as many: in 300 s a tick is 15 ps."""


class Recording(NamedTuple):
    """One lap: the rate is constant from each border to the next."""

    offsets_s: Floats
    """The n + 1 borders of the n pieces: the first 0, never falling, the last the period."""
    rates_bps: Floats
    """The n rates [bit/s]."""

    @property
    def period_s(self) -> float:
        """How long a lap takes [s]."""
        return self.offsets_s.item(-1)

    @property
    def tick_s(self) -> float:
        """What the borders are rounded to [s], a power of two."""
        return power_of_two_up_to(self.period_s) / TICKS

    @property
    def mean_bps(self) -> float:
        """Mean rate over a lap [bit/s]."""
        return float(self.rates_bps @ np.diff(self.offsets_s)) / self.period_s

    def times(self, factor: float) -> "Recording":
        """The same at `factor` times the rate."""
        return Recording(self.offsets_s, self.rates_bps * factor)


def recording(offsets_s: Floats, rates_bps: Floats) -> Recording:
    """The recording of these borders, the first 0, and rates.

    Borders are rounded to ticks. Then every sum and remainder that places a lap on the clock is exact: late
    laps are as precise as the first, and a border lies where it lies however many chunks are asked for.
    """
    tick_s = Recording(offsets_s, rates_bps).tick_s
    return Recording(np.rint(offsets_s / tick_s) * tick_s, rates_bps)


class Replay:
    """`channels.parts.chunk.Pieces` of a recording that begins anew after each period."""

    __slots__ = ("_begin_s", "_recording", "peak_bps", "span_s", "typical_bps")

    def __init__(self, recorded: Recording, begin_s: float) -> None:
        """At time 0 the recording is at `begin_s`, to the tick; from 0 to its period."""
        tick_s, period_s, pieces = recorded.tick_s, recorded.period_s, len(recorded.rates_bps)
        self._recording, self._begin_s = recorded, round(begin_s / tick_s) * tick_s
        self.span_s = power_of_two_up_to(period_s * min(1.0, MEAN_PIECES / pieces))
        self.peak_bps, self.typical_bps = recorded.rates_bps.max().item(), recorded.mean_bps

    def build(self, first: int, count: int) -> Chunk:
        """The chunks asked for, in one."""
        (offsets_s, rates_bps), period_s = self._recording, self._recording.period_s
        start_s, duration_s = first * self.span_s, count * self.span_s
        begin_s = (start_s % period_s + self._begin_s) % period_s
        old = int(offsets_s.searchsorted(begin_s, "right")) - 1
        laps, rest_s = divmod(begin_s + duration_s, period_s)
        # Borders are numbered on from lap to lap; these are the pieces that begin in the window.
        end = int(laps) * len(rates_bps) + int(offsets_s[:-1].searchsorted(rest_s, "left"))
        lap, piece = np.divmod(np.arange(old, end), len(rates_bps))
        borders_s = np.empty(len(piece) + 1)
        borders_s[0], borders_s[-1] = 0.0, duration_s
        borders_s[1:-1] = lap[1:] * period_s + offsets_s[piece[1:]] - begin_s
        return chunk(start_s, borders_s, rates_bps[piece])
