"""What every radio channel has, whatever its mean signal-to-noise ratio does: fading, a rate law, outages."""

from typing import Literal

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Part
from channels.parts.doppler import Doppler, doppler
from channels.parts.process import Process


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RadioLink:
    """Frequency-flat fading, the same law both ways. Raises ValueError where slots are too long for it."""

    fading: Part
    """Law of |g|^2 (`channels.fading`)."""

    rate: Part
    """From SNR to bit/s/Hz (`channels.rate`)."""

    outage: Part
    """When the link is gone (`channels.outage`)."""

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

    def powers(self, up: np.random.Generator, down: np.random.Generator) -> tuple[Process, Process]:
        """One user's |g|^2, up and down."""
        clock = self._doppler()
        up_power = self.fading.draw(up, clock)
        return up_power, up_power if self.duplex == "tdd" else self.fading.draw(down, clock)
