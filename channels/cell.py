"""A radio cell: mean SNR from a link budget, path loss and shadowing where the user is, and handovers."""

from typing import NamedTuple

import numpy as np
from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Link, Part, Rate
from channels.parts.handover import Attachment, Handover, Interruptions, hexagon
from channels.parts.large_scale import LargeScale
from channels.parts.link_budget import Budget
from channels.parts.luck import split
from channels.parts.mean_gain import MeanGain, OneSite, slow_step_s
from channels.parts.process import Level, Process, product, times
from channels.parts.radio_link import RadioLink
from channels.parts.snr_to_rate import radio_rate

MOST_SITES_ACROSS = 5.0
"""Longest radius, in distances of sites: each site costs as much as the user's own."""


class _Slow(NamedTuple):
    """What changes with one user's place, and slowly."""

    gain: Process
    """Linear gain of the path to the serving site."""
    connected: Process | None
    """0 during a handover, else 1; None without handovers."""
    typical: float
    """About the mean of the gain."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Cell(RadioLink):
    """Fading around a mean SNR that follows the user's place: rate = bandwidth x efficiency(SNR x |g|^2).

    Mean SNR = budget - path loss - shadowing, the same path both ways. Shadowing and lines of sight are
    random fields of position (`channels.parts.field`), taken at every tenth of the shortest distance over
    which they change. Left out: interference that changes (there is a margin), uplink power control, antenna
    sectors, a Rice factor that follows the line of sight, shadowing that neighbours share, handovers that
    fail. The bandwidth is the user's whichever site serves: sites have no bandwidth of their own.
    """

    path_loss: Part
    """What distance and walls take (`channels.path_loss`)."""

    mobility: Part
    """Where users are (`channels.mobility`)."""

    uplink: Budget
    """From phone to edge."""

    downlink: Budget
    """From edge to phone."""

    radius_m: PositiveFloat
    """Users are within this distance of the middle site [m]."""

    nearest_m: PositiveFloat
    """Closest distance that the path loss counts [m]."""

    handover: Handover | None
    """Other sites; null for a single one, which serves the whole disc."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.radius_m <= self.nearest_m:
            raise ValueError(f"radius_m ({self.radius_m:g}) must be above nearest_m ({self.nearest_m:g})")
        self.path_loss.check(self.nearest_m, self.radius_m, self.carrier_hz)
        self.mobility.check(self.radius_m)
        least_m = self.radius_m / MOST_SITES_ACROSS
        if self.handover and self.handover.site_distance_m < least_m:
            raise ValueError(
                f"handover.site_distance_m ({self.handover.site_distance_m:g}) must be at least {least_m:g},"
                f" radius_m / {MOST_SITES_ACROSS:g}"
            )

    def draw(self, rng: np.random.Generator) -> Link:
        """One user's air. No part's settings change the luck of another; fading is as in `flat_fading`."""
        up, down, gone, way, air = split(rng, 5)
        gate = self.outage.draw(gone)
        up_power, down_power = self.powers(up, down)
        slow = self._slow(way, air)
        if slow.connected:
            gate = product(gate, slow.connected) if gate else slow.connected
        return Link(self._rate(up_power, slow, gate, True), self._rate(down_power, slow, gate, False))

    def _slow(self, way: np.random.Generator, luck: np.random.Generator) -> _Slow:
        """From the user to the serving site."""
        rule = self.handover
        air = LargeScale(
            self.path_loss,
            hexagon(rule.site_distance_m, self.radius_m) if rule else np.zeros(1, dtype=np.complex128),
            luck.integers(2**64, size=2, dtype=np.uint64),
            carrier_hz=self.carrier_hz,
            nearest_m=self.nearest_m,
            site_correlation=rule.site_correlation if rule else 0.0,
        )
        path = self.mobility.draw(way, self.radius_m)
        if not self.mobility.fastest_m_per_s:
            gain = _linear(air.gains_db(path.at(np.zeros(1))).max().item())
            return _Slow(Level(gain), None, gain)
        step_s = slow_step_s(self.path_loss, self.nearest_m, self.mobility.fastest_m_per_s)
        peak, typical = _linear(air.peak_db), _linear(air.median_db(0.7 * self.radius_m))
        user = OneSite(air, path, step_s)
        if not rule:
            return _Slow(MeanGain(user, step_s, peak), None, typical)
        serving = Attachment(user, step_s, rule)
        gaps = Interruptions(serving, rule.interruption_s) if rule.interruption_s else None
        return _Slow(MeanGain(serving, step_s, peak), gaps, typical)

    def _rate(self, power: Process, slow: _Slow, gate: Process | None, uplink: bool) -> Rate:
        budget = self.uplink if uplink else self.downlink
        scale = _linear(budget.snr_db(0.0))
        return radio_rate(
            product(power, times(slow.gain, scale)),
            gate,
            self.rate,
            bandwidth_hz=budget.bandwidth_hz,
            uplink=uplink,
            typical_snr=slow.typical * scale,
        )


def _linear(db: float) -> float:
    return float(10.0 ** (db / 10.0))
