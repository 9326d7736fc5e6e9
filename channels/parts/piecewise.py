"""Exact transfer times over a rate that is constant between borders.

The rate of a link is cut into numbered chunks of equal span that can be built in any order. A transfer is
solved, not stepped through: cumulative bits and one binary search per chunk. The rate is never frozen at
its first value: under Rayleigh fading and the Shannon formula the mean frozen time is infinite.
"""

import math

from channels import Steps
from channels.parts.chunk import Chunk, Pieces
from channels.parts.process import clipped

KEPT = 4
"""Chunks remembered per direction: memory stays bounded, and what is forgotten is built again."""

MOST_AT_ONCE = 64
"""Chunks that a long transfer asks for at once: numpy's cost is per call."""

AMPLE = 1.25
"""How much more is asked for than a transfer likely needs: a chunk too many is cheaper than a second call."""

PATIENCE = 2**20
"""Chunks that a transfer may last; beyond, the link is said to never carry it.

As the laws are shipped: 36 hours of fading at walking pace, a year of outages.
"""


class Piecewise:
    """A `channels.Rate` made of chunks. No answer depends on what was asked before."""

    __slots__ = ("_bits_per_chunk", "_kept", "_most_bits", "_pieces", "_span_s", "_start")

    def __init__(self, pieces: Pieces) -> None:
        """Raises ValueError if the span of a chunk is not a power of two."""
        if math.frexp(pieces.span_s)[0] != 0.5:
            raise ValueError(f"span_s ({pieces.span_s}) must be a power of two")
        self._pieces = pieces
        self._span_s = pieces.span_s
        self._most_bits = pieces.peak_bps * self._span_s * PATIENCE
        self._bits_per_chunk = pieces.typical_bps * self._span_s
        self._kept: dict[int, Chunk] = {}
        self._start = (math.nan, math.nan)  # instant and rate at which the latest transfer began

    def _chunk(self, number: int) -> Chunk:
        kept = self._kept
        found = kept.get(number)
        if found is None:
            if len(kept) >= KEPT:
                del kept[next(iter(kept))]
            found = kept[number] = self._pieces.build(number, 1)
        return found

    def _chunks(self, number: int, count: int) -> Chunk:
        """Chunks from `number` on, in one. Only single ones are kept: small, and asked for again."""
        return self._chunk(number) if count == 1 else self._pieces.build(number, count)

    def rate_bps(self, at_s: float) -> float:
        """Rate [bit/s] of the piece that holds `at_s`."""
        if at_s == self._start[0]:
            return self._start[1]
        found = self._chunk(int(at_s // self._span_s))
        return found.rates_bps.item(found.piece(at_s - found.start_s))

    def steps(self, start_s: float, end_s: float) -> Steps:
        """The rate [bit/s] between two instants. Raises ValueError unless the first is before the second."""
        if not start_s < end_s:
            raise ValueError(f"start_s ({start_s}) must be before end_s ({end_s})")
        number = int(start_s // self._span_s)
        count = max(1, math.ceil(end_s / self._span_s) - number)
        found = self._chunks(number, count)
        whole = Steps(found.offsets_s, found.rates_bps)
        return clipped(whole, start_s - found.start_s, end_s - found.start_s)

    def bits(self, start_s: float, end_s: float) -> float:
        """Bits carried from `start_s` to `end_s`, exactly. Raises ValueError if the span runs backwards."""
        if not start_s <= end_s:
            raise ValueError(f"start_s ({start_s}) must not be after end_s ({end_s})")
        number, last = int(start_s // self._span_s), int(end_s // self._span_s)
        head = self._chunk(number)
        begin_s = start_s - head.start_s
        if number == last:
            return head.between_bits(begin_s, end_s - head.start_s)
        total = head.between_bits(begin_s, self._span_s)
        number += 1
        while number < last:
            width = min(MOST_AT_ONCE, last - number)
            total += self._pieces.build(number, width).prefix_bits.item(-1)
            number += width
        tail = self._chunk(last)
        return total + tail.between_bits(0.0, end_s - tail.start_s)

    def finish_s(self, start_s: float, bits: float) -> float:
        """First instant at which `bits` are through; `start_s` if there are none.

        `math.inf` if the transfer would last longer than `PATIENCE` chunks: an absurd payload, or an
        outage that does not end, must not stop the run. Raises ValueError unless `bits` >= 0.
        """
        if not bits > 0.0:
            if bits == 0.0:
                return start_s
            raise ValueError(f"bits ({bits}) must be at least 0")
        if bits > self._most_bits:
            return math.inf
        number = int(start_s // self._span_s)
        width = self._likely_width(start_s - number * self._span_s, bits)
        found = self._chunks(number, width)
        now_s = start_s - found.start_s
        piece = found.piece(now_s)
        rate_bps = found.rates_bps.item(piece)
        self._start = (start_s, rate_bps)
        left = bits - rate_bps * (found.offsets_s.item(piece + 1) - now_s)
        if left <= 0.0:
            return start_s + bits / rate_bps
        passed = found.prefix_bits.item(piece + 1)
        # However small, what is left must not round away: the finish would fall before the start.
        target = max(passed + left, math.nextafter(passed, math.inf))
        carried = found.prefix_bits.item(-1)
        if target <= carried:
            return found.reached_s(target)
        return self._beyond_s(number + width, target - carried, carried / width)

    def _likely_width(self, offset_s: float, bits: float) -> int:
        """Chunks that a transfer will touch, by the typical rate: a function of the question alone.

        So no answer depends on what is remembered: sums are rounded as they are grouped.
        """
        if not self._bits_per_chunk:
            return 1
        likely = offset_s / self._span_s + bits / self._bits_per_chunk
        return max(1, math.ceil(min(AMPLE * likely, MOST_AT_ONCE)))

    def _beyond_s(self, number: int, left: float, bits_per_chunk: float) -> float:
        """Instant at which `left` bits are through that start with chunk `number`.

        As many chunks are asked for at once as will do if they carry `bits_per_chunk` each, like the last.
        """
        end, width = number + PATIENCE, 1
        while number < end:
            likely = AMPLE * left / bits_per_chunk if bits_per_chunk else math.inf
            width = math.ceil(min(likely, 4 * width, MOST_AT_ONCE))
            found = self._chunks(number, width)
            carried = found.prefix_bits.item(-1)
            if left <= carried:
                return found.reached_s(left)
            left -= carried
            number += width
            bits_per_chunk = carried / width
        return math.inf
