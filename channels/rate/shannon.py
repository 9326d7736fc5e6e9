"""Shannon's formula with a gap."""

import math

import numpy as np
from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Shannon:
    """log2(1 + SNR / gap): a sender that knows the SNR of this instant and always meets it.

    Shannon 1948; the gap stands for real modulation and coding (Goldsmith, Wireless Communications, 2005,
    section 9.3). Left out: the cap of the highest scheme, retransmissions, channel estimation.
    """

    snr_gap_db: NonNegativeFloat
    """Distance from Shannon's limit [dB]; 0 is the limit itself."""

    @property
    def report_delay_s(self) -> float:
        """None: the sender knows."""
        return 0.0

    def bps_per_hz(self, snr: Floats, reported_snr: Floats, uplink: bool) -> Floats:
        """Efficiency [bit/s/Hz]; the same both ways."""
        efficiency: Floats = np.log1p(snr * 10.0 ** (-self.snr_gap_db / 10.0))
        efficiency *= 1.0 / math.log(2.0)
        return efficiency

    def peak_bps_per_hz(self, peak_snr: float, uplink: bool) -> float:
        """The efficiency at the peak."""
        return math.log1p(peak_snr * 10.0 ** (-self.snr_gap_db / 10.0)) / math.log(2.0) * (1.0 + 1e-9)
