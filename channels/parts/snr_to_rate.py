"""From a signal-to-noise ratio to a rate: one direction of a radio link, cut into chunks."""

from channels import Rate, Steps
from channels.parts.chunk import Chunk, chunk
from channels.parts.piecewise import Piecewise
from channels.parts.process import Delayed, Level, Process, aligned
from channels.parts.steady import Steady
from channels.rate import RateLaw

UNGRIDDED_S = 1.0
"""Span of a chunk of processes that take any window [s]."""


class RadioPieces:
    """`channels.parts.chunk.Pieces`: rate = bandwidth x efficiency(SNR), gated by outages."""

    __slots__ = (
        *("_bandwidth_hz", "_gate", "_law", "_reported", "_snr", "_uplink"),
        *("peak_bps", "span_s", "typical_bps"),
    )

    def __init__(
        self,
        snr: Process,
        gate: Process | None,
        law: RateLaw,
        *,
        bandwidth_hz: float,
        uplink: bool,
        typical_snr: float,
    ) -> None:
        """`snr` is linear; `gate` is 1 where the link is up and 0 in an outage, None for always up.

        `typical_snr` is about the mean, 0 where nobody knows: only speed depends on it.
        """
        self._snr, self._gate, self._law = snr, gate, law
        self._bandwidth_hz, self._uplink = bandwidth_hz, uplink
        self._reported = Delayed(snr, law.report_delay_s) if law.report_delay_s else None
        self.span_s = max(snr.grid_s, gate.grid_s if gate else 0.0) or UNGRIDDED_S
        self.peak_bps = bandwidth_hz * law.peak_bps_per_hz(snr.peak, uplink)
        self.typical_bps = bandwidth_hz * law.peak_bps_per_hz(typical_snr, uplink)

    def build(self, first: int, count: int) -> Chunk:
        """The chunks asked for, in one."""
        start_s, duration_s = first * self.span_s, count * self.span_s
        offsets_s, snr = now = self._snr.during(start_s, duration_s)
        reported = snr
        if self._reported:
            offsets_s, snr, reported = aligned(now, self._reported.during(start_s, duration_s))
        rates_bps = self._law.bps_per_hz(snr, reported, self._uplink)
        rates_bps *= self._bandwidth_hz
        if self._gate:
            gate = self._gate.during(start_s, duration_s)
            offsets_s, rates_bps, up = aligned(Steps(offsets_s, rates_bps), gate)
            rates_bps = rates_bps * up
        return chunk(start_s, offsets_s, rates_bps)


def radio_rate(
    snr: Process,
    gate: Process | None,
    law: RateLaw,
    *,
    bandwidth_hz: float,
    uplink: bool,
    typical_snr: float = 0.0,
) -> Rate:
    """One direction of a radio link, of what `RadioPieces` takes; a plain number where nothing changes."""
    pieces = RadioPieces(snr, gate, law, bandwidth_hz=bandwidth_hz, uplink=uplink, typical_snr=typical_snr)
    if isinstance(snr, Level) and gate is None:
        return Steady(pieces.build(0, 1).rates_bps.item(0))
    return Piecewise(pieces)
