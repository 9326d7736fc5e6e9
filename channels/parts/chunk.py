"""A stretch of a rate that is constant between borders."""

import math
from typing import NamedTuple, Protocol

import numpy as np

from channels import Floats


class Chunk(NamedTuple):
    """Consecutive pieces of constant rate; offsets are in seconds from `start_s`."""

    start_s: float
    offsets_s: Floats
    """The n + 1 borders of the n pieces, the first 0, never falling."""
    rates_bps: Floats
    """The n rates."""
    prefix_bits: Floats
    """The n + 1 numbers of bits carried from `start_s` to each border."""

    def piece(self, offset_s: float) -> int:
        """Number of the piece that holds `offset_s`; a border belongs to the piece that it opens."""
        return int(self.offsets_s.searchsorted(offset_s, "right")) - 1

    def between_bits(self, begin_s: float, end_s: float) -> float:
        """Bits between two offsets, the second at most the end of the chunk."""
        first, last = self.piece(begin_s), min(self.piece(end_s), len(self.rates_bps) - 1)
        rates, offsets, prefix = self.rates_bps, self.offsets_s, self.prefix_bits
        if first == last:
            return rates.item(first) * (end_s - begin_s)
        # Not two prefixes from the start of the chunk: a short span would be lost in their rounding.
        ends = rates.item(first) * (offsets.item(first + 1) - begin_s)
        ends += rates.item(last) * (end_s - offsets.item(last))
        return ends + (prefix.item(last) - prefix.item(first + 1))

    def reached_s(self, bits: float) -> float:
        """First instant at which `bits` (above 0, at most all) have passed since the start of the chunk."""
        # 'left' finds prefix[piece] < bits <= prefix[piece + 1]: never a piece whose rate is zero.
        piece = int(self.prefix_bits.searchsorted(bits, "left")) - 1
        within_s = (bits - self.prefix_bits.item(piece)) / self.rates_bps.item(piece)
        return self.start_s + (self.offsets_s.item(piece) + within_s)


def chunk(start_s: float, offsets_s: Floats, rates_bps: Floats) -> Chunk:
    """The chunk of these borders and rates."""
    prefix_bits = np.zeros(len(offsets_s))
    np.add.accumulate(rates_bps * (offsets_s[1:] - offsets_s[:-1]), out=prefix_bits[1:])
    return Chunk(start_s, offsets_s, rates_bps, prefix_bits)


def power_of_two_up_to(limit: float) -> float:
    """The largest power of two that is at most `limit` (above 0): spans so chosen have exact borders."""
    return math.ldexp(0.5, math.frexp(limit)[1])


class Pieces(Protocol):
    """Where chunks come from: a realisation, with random access."""

    @property
    def span_s(self) -> float:
        """Length of every chunk [s], a power of two so that no border is ever rounded."""

    @property
    def peak_bps(self) -> float:
        """A rate that is never exceeded [bit/s]."""

    @property
    def typical_bps(self) -> float:
        """About the mean rate, for a guess at how much to ask for; 0 where nobody knows [bit/s]."""

    def build(self, first: int, count: int) -> Chunk:
        """Chunks `first` to `first` + `count` - 1 in one, from `first` * `span_s`; any order, same answer."""
