"""Shannon's formula, weakened, with a floor and a ceiling."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Direction:
    """One direction of the link."""

    attenuation: Annotated[float, Field(gt=0.0, le=1.0)]
    """Share of Shannon's efficiency that is reached [1]."""

    lowest_snr_db: Annotated[float, Field(ge=-100.0, le=100.0)]
    """Below this SNR nothing gets through [dB]."""

    most_bps_per_hz: PositiveFloat
    """Efficiency of the highest scheme, which no SNR exceeds [bit/s/Hz]."""

    @property
    def lowest_snr(self) -> float:
        """The floor, linear."""
        return float(10.0 ** (self.lowest_snr_db / 10.0))


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TruncatedShannon:
    """attenuation x log2(1 + SNR), 0 below the lowest SNR, never more than the highest scheme carries.

    3GPP TR 36.942, annex A: what link adaptation and retransmissions of LTE make of an SNR, for studies of
    systems. Left out: steps from scheme to scheme, reports that come late (`channels.rate.nr_mcs` has both).
    """

    uplink: Direction
    """From phone to edge."""

    downlink: Direction
    """From edge to phone."""

    @property
    def report_delay_s(self) -> float:
        """None: the sender knows."""
        return 0.0

    def bps_per_hz(self, snr: Floats, reported_snr: Floats, uplink: bool) -> Floats:
        """Efficiency [bit/s/Hz]."""
        law = self.uplink if uplink else self.downlink
        efficiency: Floats = np.log1p(snr)
        efficiency *= law.attenuation / math.log(2.0)
        np.minimum(efficiency, law.most_bps_per_hz, out=efficiency)
        efficiency *= snr >= law.lowest_snr
        return efficiency

    def peak_bps_per_hz(self, peak_snr: float, uplink: bool) -> float:
        """The efficiency at the peak."""
        law = self.uplink if uplink else self.downlink
        if peak_snr < law.lowest_snr:
            return 0.0
        return min(law.most_bps_per_hz, law.attenuation * math.log1p(peak_snr) / math.log(2.0) * (1.0 + 1e-9))
