"""From power sent to mean SNR: one direction of a link budget."""

import math
from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT

Decibel = Annotated[float, Field(ge=-200.0, le=200.0)]

NOISE_DBM_PER_HZ = -174.0
"""Thermal noise at 290 K."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Budget:
    """One direction of the link, without what the path takes."""

    transmit_dbm: Decibel
    """Power sent in the user's bandwidth [dBm]."""

    antenna_gain_db: Decibel
    """Gain of both antennas together, less walls, bodies and cables [dB]."""

    noise_figure_db: NonNegativeFloat
    """Noise that the receiver adds [dB]."""

    interference_margin_db: NonNegativeFloat
    """How far interference lifts the noise [dB]."""

    bandwidth_hz: PositiveFloat
    """Bandwidth given to this user in this direction [Hz]."""

    def snr_db(self, gain_db: float) -> float:
        """Mean SNR [dB] over a path of this gain: noise -174 dBm/Hz + 10 lg B + noise figure + margin."""
        noise_dbm = NOISE_DBM_PER_HZ + 10.0 * math.log10(self.bandwidth_hz) + self.noise_figure_db
        return self.transmit_dbm + self.antenna_gain_db + gain_db - noise_dbm - self.interference_margin_db
