"""A rate that was recorded once and repeats for ever."""

from typing import NamedTuple

import numpy as np

from channels import Floats
from channels.parts.chunk import Chunk, chunk, power_of_two_up_to

MEAN_PIECES = 64
"""A chunk holds 32 to 64 pieces on average, or, of a shorter recording, at most all of it."""


class Recording(NamedTuple):
    """One lap: the rate is constant from each border to the next."""

    offsets_s: Floats
    """The n + 1 borders of the n pieces: the first 0, rising, the last the period."""
    rates_bps: Floats
    """The n rates [bit/s]."""

    @property
    def period_s(self) -> float:
        """How long a lap takes [s]."""
        return self.offsets_s.item(-1)

    def times(self, factor: float) -> "Recording":
        """The same at `factor` times the rate."""
        return Recording(self.offsets_s, self.rates_bps * factor)


class Replay:
    """`channels.parts.chunk.Pieces` of a recording that begins anew after each period."""

    __slots__ = ("_begin_s", "_recording", "peak_bps", "span_s")

    def __init__(self, recording: Recording, begin_s: float) -> None:
        """At time 0 the recording is at `begin_s`, from 0 to its period."""
        self._recording, self._begin_s = recording, begin_s
        pieces = len(recording.rates_bps)
        self.span_s = power_of_two_up_to(recording.period_s * min(1.0, MEAN_PIECES / pieces))
        self.peak_bps = float(recording.rates_bps.max())

    def build(self, first: int, count: int) -> Chunk:
        """The chunks asked for, in one."""
        (offsets_s, rates_bps), period_s = self._recording, self._recording.period_s
        start_s, duration_s = first * self.span_s, count * self.span_s
        # The remainder of a float is exact, so the hundred thousandth lap is as precise as the first.
        begin_s = start_s % period_s + self._begin_s
        while begin_s >= period_s:
            begin_s -= period_s
        old = int(offsets_s.searchsorted(begin_s, "right")) - 1
        laps, rest_s = divmod(begin_s + duration_s, period_s)
        # Borders are numbered on from lap to lap; these are the pieces that begin in the window.
        end = int(laps) * len(rates_bps) + int(offsets_s[:-1].searchsorted(rest_s, "left"))
        lap, piece = np.divmod(np.arange(old, max(end, old + 1)), len(rates_bps))
        borders_s = np.empty(len(piece) + 1)
        borders_s[0], borders_s[-1] = 0.0, duration_s
        borders_s[1:-1] = lap[1:] * period_s + offsets_s[piece[1:]] - begin_s
        # The last bit of a sum must not put a border behind the next one, or outside.
        np.maximum.accumulate(borders_s, out=borders_s)
        np.minimum(borders_s, duration_s, out=borders_s)
        return chunk(start_s, borders_s, rates_bps[piece])
