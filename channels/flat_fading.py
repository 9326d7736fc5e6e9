"""A radio link whose mean signal-to-noise ratio never changes: fading, a rate law, outages."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Link, Part, Rate
from channels.parts.doppler import Doppler, doppler
from channels.parts.luck import split
from channels.parts.process import Process, times
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
class FlatFading:
    """Frequency-flat fading around a constant mean SNR: rate = bandwidth x efficiency(SNR x |g|^2).

    Left out: path loss and shadowing (`channels.cell` has them), interference that changes.
    """

    fading: Part
    """Law of |g|^2 (`channels.fading`)."""

    rate: Part
    """From SNR to bit/s/Hz (`channels.rate`)."""

    outage: Part
    """When the link is gone (`channels.outage`)."""

    uplink: Direction
    """From phone to edge."""

    downlink: Direction
    """From edge to phone."""

    duplex: Literal["fdd", "tdd"]
    """`fdd`: each direction fades by itself. `tdd`: one frequency, so both fade alike (reciprocity)."""

    speed_m_per_s: NonNegativeFloat
    """Speed of the user or of what scatters [m/s]; 0 gives each user one draw of the fading that stays."""

    carrier_hz: PositiveFloat
    """Carrier frequency [Hz]."""

    doppler_hz: NonNegativeFloat | None = None
    """Maximum Doppler frequency [Hz] in place of speed x carrier / c."""

    step_s: PositiveFloat | None = None
    """Longest slot of constant fading [s] in place of 0.05 / Doppler frequency; at most 0.1 of a cycle."""

    def __post_init__(self) -> None:
        self._doppler()

    def _doppler(self) -> Doppler:
        return doppler(self.speed_m_per_s, self.carrier_hz, self.doppler_hz, self.step_s)

    def draw(self, rng: np.random.Generator) -> Link:
        """One user's air. No part's settings change the luck of another."""
        up, down, gone = split(rng, 3)
        gate, clock = self.outage.draw(gone), self._doppler()
        up_power = self.fading.draw(up, clock)
        down_power = up_power if self.duplex == "tdd" else self.fading.draw(down, clock)
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
