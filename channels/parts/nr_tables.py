"""The modulation and coding schemes of 5G NR, and the SNR that each needs.

Tables of 3GPP TS 38.214: what a base station may command (5.1.3.1-1, and 5.1.3.1-2 with 256QAM) and what a
phone may report (5.2.2.1-2, 5.2.2.1-3). Both mean the same schemes, so one list of needed SNRs serves all.
"""

import math
from bisect import bisect_right
from typing import Literal, NamedTuple

Table = Literal["64qam", "256qam"]
"""By the densest modulation in it."""


class Scheme(NamedTuple):
    """A modulation with a code rate."""

    bits_per_symbol: int
    """2 is QPSK, 4 16QAM, 6 64QAM, 8 256QAM."""
    rate_of_1024: float
    """Code rate x 1024."""

    @property
    def bps_per_hz(self) -> float:
        """Spectral efficiency where no block is lost."""
        return self.bits_per_symbol * self.rate_of_1024 / 1024.0

    @property
    def needed_snr_db(self) -> float:
        """SNR [dB] at which a tenth of the blocks fails."""
        if self in _MEASURED_DB:
            return _MEASURED_DB[self]
        return 10.0 * math.log10(2.0**self.bps_per_hz - 1.0) + ROBUST_GAP_DB


def _schemes(rates: dict[int, tuple[float, ...]]) -> tuple[Scheme, ...]:
    return tuple(Scheme(bits, rate) for bits, of_bits in rates.items() for rate in of_bits)


COMMANDS: dict[Table, tuple[Scheme, ...]] = {
    "64qam": _schemes(
        {
            2: (120, 157, 193, 251, 308, 379, 449, 526, 602, 679),
            4: (340, 378, 434, 490, 553, 616, 658),
            6: (438, 466, 517, 567, 616, 666, 719, 772, 822, 873, 910, 948),
        }
    ),
    "256qam": _schemes(
        {
            2: (120, 193, 308, 449, 602),
            4: (378, 434, 490, 553, 616, 658),
            6: (466, 517, 567, 616, 666, 719, 772, 822, 873),
            8: (682.5, 711, 754, 797, 841, 885, 916.5, 948),
        }
    ),
}
"""Schemes by MCS index. Efficiency does not always rise with it: MCS 17 of the first carries less than 16."""

REPORTS: dict[Table, tuple[Scheme, ...]] = {
    "64qam": _schemes(
        {2: (78, 120, 193, 308, 449, 602), 4: (378, 490, 616), 6: (466, 567, 666, 772, 873, 948)}
    ),
    "256qam": _schemes(
        {2: (78, 193, 449), 4: (378, 490, 616), 6: (466, 567, 666, 772, 873), 8: (711, 797, 885, 948)}
    ),
}
"""Schemes by CQI from 1; CQI 0 is `out of range`."""

ROBUST_GAP_DB = 1.3
"""Distance from Shannon's limit of the schemes below 251/1024, for which there is no curve [dB].

That of the four QPSK schemes above them, 1.29 to 1.38 dB.
"""

_QPSK_DB = (-2.5, -1.6, -0.4, 0.6, 1.5, 2.4, 3.3)
_16QAM_DB = (3.6, 4.3, 5.2, 6.1, 7.1, 8.1, 8.8)
_64QAM_DB = (9.2, 9.8, 10.8, 11.8, 12.8, 13.8, 14.7, 15.7, 16.6, 17.7, 18.5, 19.6)
_256QAM_DB = (18.7, 19.2, 20.3, 21.3, 22.2, 23.4, 24.3, 25.2)

_MEASURED_DB = dict(
    zip(
        COMMANDS["64qam"][3:] + COMMANDS["256qam"][20:],
        _QPSK_DB + _16QAM_DB + _64QAM_DB + _256QAM_DB,
        strict=True,
    )
)
"""SNR for 10 % block errors [dB]: one layer, white noise, LDPC codes of TS 38.212, blocks of 1,000 bits.

Fitted to the downlink block-error tables 1 to 4 of Sionna 2.2 (Apache-2.0). They hold one point each 1.6 or
1.8 dB, so that reading between two points errs by up to 0.9 dB; instead, all points from 0.2 to 99.8 % went
into one fit of normal curves, 1.24 times as wide as the normal approximation (Polyanskiy, Poor and Verdu,
IEEE Trans. Inf. Theory 56(5), 2010). Residuals are 0.07 dB (rms), and tables that share a scheme agree.
Blocks of 500 bits need 0.18 dB more, blocks of 2,000 bits 0.09 dB less.
"""


def undominated(schemes: tuple[Scheme, ...]) -> list[Scheme]:
    """Those that need less SNR than any more efficient one, so that efficiency and need rise together."""
    kept: list[Scheme] = []
    for scheme in sorted(schemes, key=lambda scheme: scheme.bps_per_hz, reverse=True):
        if not kept or scheme.needed_snr_db < kept[-1].needed_snr_db:
            kept.append(scheme)
    return kept[::-1]


def best(schemes: list[Scheme], snr_db: float) -> Scheme:
    """The most efficient of undominated schemes that needs no more than `snr_db`; the least if none does."""
    return schemes[max(bisect_right(schemes, snr_db, key=lambda scheme: scheme.needed_snr_db) - 1, 0)]
