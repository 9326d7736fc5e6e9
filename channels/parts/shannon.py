"""From the power of the fading to a rate: Shannon's formula with a gap."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT
from channels.parts.chunk import Floats

Decibel = Annotated[float, Field(ge=-100.0, le=100.0)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Shannon:
    """One direction of a link: R = W log2(1 + x SNR / gap), x the power of the fading with mean 1.

    Shannon 1948; the gap stands for real modulation and coding (Goldsmith, Wireless Communications, 2005,
    section 9.3). Left out: the cap of the highest modulation scheme, retransmissions, channel estimation.
    """

    mean_snr_db: Decibel
    """Mean signal-to-noise ratio over the fading [dB]."""

    bandwidth_hz: PositiveFloat
    """Bandwidth given to this user in this direction [Hz]."""

    snr_gap_db: NonNegativeFloat
    """Distance from Shannon's limit [dB]; 0 is the limit itself."""

    def rates_bps(self, powers: Floats) -> Floats:
        """Rates [bit/s] at these powers."""
        rates: Floats = np.log1p(powers * 10.0 ** ((self.mean_snr_db - self.snr_gap_db) / 10.0))
        rates *= self.bandwidth_hz / math.log(2.0)
        return rates
