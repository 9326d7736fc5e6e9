"""A radio link whose mean signal-to-noise ratio never changes: fading, a rate law, outages."""

from typing import Annotated

import numpy as np
from pydantic import Field, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Link, Rate
from channels.parts.luck import split
from channels.parts.process import Process, times
from channels.parts.radio_link import RadioLink
from channels.parts.snr_to_rate import radio_rate

Decibel = Annotated[float, Field(ge=-100.0, le=100.0)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Direction:
    """One direction of the link."""

    mean_snr_db: Decibel
    """Mean signal-to-noise ratio over the fading [dB]."""

    bandwidth_hz: PositiveFloat
    """Bandwidth given to this user in this direction [Hz]."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FlatFading(RadioLink):
    """Frequency-flat fading around a constant mean SNR: rate = bandwidth x efficiency(SNR x |g|^2).

    Left out: path loss and shadowing (`channels.cell` has them), interference that changes.
    """

    uplink: Direction
    """From phone to edge."""

    downlink: Direction
    """From edge to phone."""

    def draw(self, rng: np.random.Generator) -> Link:
        """One user's air. No part's settings change the luck of another."""
        up, down, gone = split(rng, 3)
        gate = self.outage.draw(gone)
        up_power, down_power = self.powers(up, down)
        return Link(self._rate(up_power, gate, True), self._rate(down_power, gate, False))

    def _rate(self, power: Process, gate: Process | None, uplink: bool) -> Rate:
        direction = self.uplink if uplink else self.downlink
        mean_snr = 10.0 ** (direction.mean_snr_db / 10.0)
        return radio_rate(
            times(power, mean_snr),
            gate,
            self.rate,
            bandwidth_hz=direction.bandwidth_hz,
            uplink=uplink,
            typical_snr=mean_snr,
        )
