"""Link adaptation of 5G NR: schemes in steps, chosen on a late report, with retransmissions."""

import math
from functools import cached_property
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field, NonNegativeFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Floats
from channels.parts.nr_tables import COMMANDS, REPORTS, Scheme, Table, best, undominated

_CERTAIN = 1e30
"""Odds beyond which a block counts as certain to get through; keeps powers of it finite."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Direction:
    """One direction of the link."""

    table: Table
    """Schemes there are: up to `64qam` (TS 38.214, table 5.1.3.1-1) or up to `256qam` (5.1.3.1-2)."""

    overhead: Annotated[float, Field(ge=0.0, lt=1.0)]
    """Share of the air that control channels and reference signals take [1]."""


class _Levels(NamedTuple):
    """What the sender does, level by level; level 0 is silence."""

    least_snr: Floats
    """From which reported SNR on (linear) the levels from 1 hold."""
    bps_per_hz: Floats
    """Efficiency without errors, overhead taken off, from level 0."""
    middle_snr: Floats
    """SNR at which half of the blocks fails (linear), from level 0, where it means nothing."""


def per_transmission(failing: Floats) -> Floats:
    """Blocks delivered per transmission: (1 - p(M)) / (1 + p(1) + ... + p(M - 1)).

    Row m of `failing`, from 1 to M, holds p(m), the probability that the first m transmissions of a block all
    fail; after M the block is given up, at its cost. Renewal-reward theorem; Caire and Tuninetti, IEEE Trans.
    Inf. Theory 47(5), 2001.
    """
    delivered: Floats = 1.0 - failing[-1]
    delivered /= np.add.reduce(failing[:-1]) + 1.0
    return delivered


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NrMcs:
    """Goodput of a single layer: efficiency of the scheme x blocks delivered per transmission.

    Downlink: the phone reports a CQI, the highest whose block error rate meets the target. The base station
    takes the CQI's SNR, less the backoff, and sends the most efficient scheme that needs no more, or its
    least one. Uplink: the base station measures the SNR itself, without steps, and chooses alike. What is
    below CQI 1 silences either direction: efficiency 0.

    A transmission fails with probability 1 / (1 + (SNR / middle)^k), logistic in dB. Retransmissions are
    combined (Chase): the m-th is decoded at m times the SNR, which is held to stay while it takes. Left out:
    several layers, incremental redundancy, an outer loop that learns, what a retransmission waits for.
    """

    uplink: Direction
    """From phone to edge."""

    downlink: Direction
    """From edge to phone."""

    report_delay_s: NonNegativeFloat
    """Age of the report on which the sender chooses its scheme [s]."""

    target_block_error_rate: Annotated[float, Field(gt=0.0, le=0.5)]
    """Error rate of first transmissions that the choice of a scheme accepts [1]."""

    backoff_db: Annotated[float, Field(ge=-5.0, le=20.0)]
    """Margin that the sender takes off every report [dB], where its outer loop settles; below 0 it dares."""

    waterfall_db: Annotated[float, Field(ge=0.1, le=3.0)]
    """How far the SNR rises while block errors fall from 90 to 10 % [dB]."""

    most_transmissions: Annotated[int, Field(ge=1, le=8)]
    """Transmissions of a block before it is given up [1]."""

    @cached_property
    def _steepness(self) -> float:
        """k of the logistic curve: odds of 9 to 1 and of 1 to 9 are `waterfall_db` apart."""
        return 20.0 * math.log10(9.0) / self.waterfall_db

    @cached_property
    def _odds(self) -> tuple[float, Floats]:
        """SNR over the middle beyond which odds are `_CERTAIN`, and how m transmissions raise the odds."""
        transmissions = np.arange(1.0, self.most_transmissions + 1)
        return _CERTAIN ** (1.0 / self._steepness), transmissions**self._steepness

    @cached_property
    def _levels(self) -> tuple[_Levels, _Levels]:
        """For the downlink and for the uplink."""
        down, up = (undominated(COMMANDS[way.table]) for way in (self.downlink, self.uplink))
        believed_db = [report.needed_snr_db for report in REPORTS[self.downlink.table]]
        sent = [best(down, believed - self.backoff_db) for believed in believed_db]
        least_db = REPORTS[self.uplink.table][0].needed_snr_db
        measured_db = [least_db] + [
            max(least_db, scheme.needed_snr_db + self.backoff_db) for scheme in up[1:]
        ]
        return (
            self._table(believed_db, sent, self.downlink.overhead),
            self._table(measured_db, up, self.uplink.overhead),
        )

    def _table(self, least_db: list[float], sent: list[Scheme], overhead: float) -> _Levels:
        """From the SNR [dB] at which each level begins at a target of a tenth, and the scheme sent there."""
        odds = (1.0 - self.target_block_error_rate) / self.target_block_error_rate
        half_db = self.waterfall_db / 2.0
        target_db = 10.0 / self._steepness * math.log10(odds) - half_db
        return _Levels(
            10.0 ** ((np.array(least_db) + target_db) / 10.0),
            np.array([0.0, *(scheme.bps_per_hz * (1.0 - overhead) for scheme in sent)]),
            np.array([1.0, *(10.0 ** ((scheme.needed_snr_db - half_db) / 10.0) for scheme in sent)]),
        )

    def bps_per_hz(self, snr: Floats, reported_snr: Floats, uplink: bool) -> Floats:
        """Goodput [bit/s/Hz], never above Shannon's log2(1 + SNR)."""
        levels = self._levels[uplink]
        level = levels.least_snr.searchsorted(reported_snr, "right")
        most, gains = self._odds
        ratio = np.minimum(snr / levels.middle_snr[level], most)
        failing = np.multiply.outer(gains, ratio**self._steepness)
        failing += 1.0
        np.reciprocal(failing, out=failing)
        return levels.bps_per_hz[level] * per_transmission(failing)

    def peak_bps_per_hz(self, peak_snr: float, uplink: bool) -> float:
        """The efficiency of the best scheme."""
        return float(self._levels[uplink].bps_per_hz[-1])
