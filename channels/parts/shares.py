"""Parts of a rate: what a user is left with where others send too."""

import math
from collections.abc import Sequence

import numpy as np

from channels import Floats, Rate, Steps
from channels.parts.chunk import Chunk, Pieces, chunk
from channels.parts.piecewise import PATIENCE, Piecewise
from channels.parts.steady import Steady

SPAN_S = 0.125
"""Span of a chunk of a capped rate [s]: that of the fading as shipped, so that chunk falls on chunk."""


class Slowed:
    """A rate divided by a constant: every payload counts as so many times its bits."""

    __slots__ = ("_rate", "_times")

    def __init__(self, rate: Rate, times: float) -> None:
        self._rate, self._times = rate, times

    def rate_bps(self, at_s: float) -> float:
        """Rate [bit/s]."""
        return self._rate.rate_bps(at_s) / self._times

    def steps(self, start_s: float, end_s: float) -> Steps:
        """The pieces [bit/s] of the rate. Raises ValueError unless `start_s` is before `end_s`."""
        offsets_s, rates_bps = self._rate.steps(start_s, end_s)
        return Steps(offsets_s, rates_bps / self._times)

    def bits(self, start_s: float, end_s: float) -> float:
        """Bits carried from `start_s` to `end_s`. Raises ValueError if the span runs backwards."""
        return self._rate.bits(start_s, end_s) / self._times

    def finish_s(self, start_s: float, bits: float) -> float:
        """Instant at which `bits` are through. Raises ValueError unless `bits` >= 0."""
        if bits >= 0.0:
            return self._rate.finish_s(start_s, bits * self._times)
        raise ValueError(f"bits ({bits}) must be at least 0")


def slowed(rate: Rate, times: float) -> Rate:
    """The rate over `times` (at least 1; infinity leaves nothing)."""
    if times == 1.0:
        return rate
    if times == math.inf:
        return Steady(0.0)
    return Steady(rate.rate_bps(0.0) / times) if isinstance(rate, Steady) else Slowed(rate, times)


class Portion(Piecewise):
    """A rate that is never more than a user would have alone."""

    __slots__ = ("_alone",)

    def __init__(self, pieces: Pieces, alone: Rate) -> None:
        super().__init__(pieces)
        self._alone = alone

    def _beyond_s(self, number: int, left: float, bits_per_chunk: float) -> float:
        """As `Piecewise._beyond_s`; but no search where not even alone it would end in time."""
        if self._alone.finish_s(number * self._span_s, left) > (number + PATIENCE) * self._span_s:
            return math.inf
        return super()._beyond_s(number, left, bits_per_chunk)


class _CappedPieces:
    """`channels.parts.chunk.Pieces` of a rate that is cut off at the top."""

    __slots__ = ("_alone", "peak_bps")
    span_s, typical_bps = SPAN_S, 0.0

    def __init__(self, alone: Rate, cap_bps: float) -> None:
        self._alone, self.peak_bps = alone, cap_bps

    def build(self, first: int, count: int) -> Chunk:
        """The chunks asked for, in one."""
        start_s = first * self.span_s
        offsets_s, rates_bps = self._alone.steps(start_s, start_s + count * self.span_s)
        return chunk(start_s, offsets_s, np.minimum(rates_bps, self.peak_bps))


def capped(rate: Rate, cap_bps: float) -> Rate:
    """The lesser of the rate and `cap_bps` at every instant.

    Its finish_s gives up after `channels.parts.piecewise.PATIENCE` chunks: 36 hours.
    """
    if isinstance(rate, Steady):
        return Steady(min(rate.rate_bps(0.0), cap_bps))
    return Portion(_CappedPieces(rate, cap_bps), rate)


def side_by_side(users: Sequence[Steps]) -> tuple[Floats, Floats]:
    """Several descriptions of one stretch: common borders, and the values between them, one row a user."""
    varying = [user for user in users if len(user.values) > 1] or [users[0]]
    offsets_s = varying[0].offsets_s
    if all(np.array_equal(user.offsets_s, offsets_s) for user in varying):
        values = np.empty((len(users), len(offsets_s) - 1))
        for row, user in zip(values, users, strict=True):
            row[:] = user.values
        return offsets_s, values
    offsets_s = np.unique(np.concatenate([user.offsets_s for user in varying]))
    starts_s = offsets_s[:-1]
    found = [user.values[user.offsets_s.searchsorted(starts_s, "right") - 1] for user in users]
    return offsets_s, np.array(found)
