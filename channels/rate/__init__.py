"""From a signal-to-noise ratio to spectral efficiency: the contract of every rate law."""

from typing import Protocol

from channels import Floats


class RateLaw(Protocol):
    """What modulation and coding make of an SNR. SNRs are linear, not in dB."""

    @property
    def report_delay_s(self) -> float:
        """Age of the report on which the sender chooses its scheme [s]; 0 if it knows the present SNR."""

    def bps_per_hz(self, snr: Floats, reported_snr: Floats, uplink: bool) -> Floats:
        """Spectral efficiency [bit/s/Hz], retransmissions paid for, in a new array.

        `snr` is what the air gives, `reported_snr` what it gave `report_delay_s` earlier; either may have one
        element that stands for all.
        """

    def peak_bps_per_hz(self, peak_snr: float, uplink: bool) -> float:
        """An efficiency [bit/s/Hz] that no SNR up to `peak_snr` exceeds."""
