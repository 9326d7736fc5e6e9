"""A radio cell: mean SNR from a link budget, path loss and shadowing where the user is, and handovers."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Link, Part, Rate
from channels.parts.doppler import Doppler, doppler
from channels.parts.handover import Attachment, Interruptions, hexagon
from channels.parts.large_scale import LargeScale
from channels.parts.link_budget import Budget
from channels.parts.luck import split
from channels.parts.mean_gain import MeanGain, OneSite, slow_step_s
from channels.parts.process import Level, Process, product, times
from channels.parts.snr_to_rate import radio_rate

MOST_SITES_ACROSS = 5.0
"""Longest radius, in distances of sites: each site costs as much as the user's own."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Handover:
    """Event A3 (3GPP TS 38.331, section 5.5.4.4) between the sites of a hexagonal grid, one in the middle."""

    site_distance_m: PositiveFloat
    """Distance of neighbouring sites [m]; TR 38.901, table 7.2-1: 200 for UMi, 500 for UMa."""

    offset_db: Annotated[float, Field(ge=0.0, le=30.0)] = 3.0
    """By how much a neighbour must be better [dB]; 2 to 4 is common."""

    time_to_trigger_s: Annotated[float, Field(ge=0.0, le=5.12)] = 0.16
    """For how long [s]; TS 38.331 allows up to 5.12."""

    interruption_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.05
    """Time without a link at each handover [s]; 0 with two active stacks (DAPS)."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Cell:
    """Fading around a mean SNR that follows the user's place: rate = bandwidth x efficiency(SNR x |g|^2).

    Mean SNR = budget - path loss - shadowing, the same path both ways. Shadowing and lines of sight are
    random fields of position (`channels.parts.field`), taken at every tenth of the shortest distance over
    which they change. Left out: interference that changes (there is a margin), uplink power control, antenna
    sectors, a Rice factor that follows the line of sight, shadowing that neighbours share, handovers that
    fail. The bandwidth is the user's whichever site serves: sites have no bandwidth of their own.
    """

    fading: Part
    """Law of |g|^2 (`channels.fading`)."""

    rate: Part
    """From SNR to bit/s/Hz (`channels.rate`)."""

    outage: Part
    """When the link is gone (`channels.outage`)."""

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

    duplex: Literal["fdd", "tdd"]
    """`fdd`: each direction fades by itself. `tdd`: one frequency, so both fade alike (reciprocity)."""

    speed_m_per_s: NonNegativeFloat
    """Speed for the Doppler frequency [m/s]: the user's, or for who stands that of what scatters."""

    carrier_hz: PositiveFloat
    """Carrier frequency [Hz]."""

    doppler_hz: NonNegativeFloat | None = None
    """Maximum Doppler frequency [Hz] in place of speed x carrier / c."""

    step_s: PositiveFloat | None = None
    """Longest slot of constant fading [s] in place of 0.025 / Doppler frequency; at most 0.1 of a cycle."""

    def __post_init__(self) -> None:
        self._doppler()
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

    def _doppler(self) -> Doppler:
        return doppler(self.speed_m_per_s, self.carrier_hz, self.doppler_hz, self.step_s)

    def draw(self, rng: np.random.Generator) -> Link:
        """One user's air. No part's settings change the luck of another; fading is as in `flat_fading`."""
        up, down, gone, way, air = split(rng, 5)
        gate = self.outage.draw(gone)
        up_power = self.fading.draw(up, self._doppler())
        down_power = up_power if self.duplex == "tdd" else self.fading.draw(down, self._doppler())
        gain, connected = self._large_scale(way, air)
        if connected:
            gate = product(gate, connected) if gate else connected
        return Link(self._rate(up_power, gain, gate, True), self._rate(down_power, gain, gate, False))

    def _large_scale(
        self, way: np.random.Generator, luck: np.random.Generator
    ) -> tuple[Process, Process | None]:
        """Gain of the path to the serving site, and the gate of handovers."""
        sites = (
            hexagon(self.handover.site_distance_m, self.radius_m) if self.handover else np.zeros(1, complex)
        )
        key = luck.integers(2**64, size=2, dtype=np.uint64)
        air = LargeScale(self.path_loss, sites, key, carrier_hz=self.carrier_hz, nearest_m=self.nearest_m)
        path = self.mobility.draw(way, self.radius_m)
        if not self.mobility.fastest_m_per_s:
            return Level(10.0 ** (air.gains_db(path.at(np.zeros(1))).max().item() / 10.0)), None
        step_s = slow_step_s(self.path_loss, self.nearest_m, self.mobility.fastest_m_per_s)
        peak = 10.0 ** (air.peak_db / 10.0)
        user = OneSite(air, path, step_s)
        if not self.handover:
            return MeanGain(user, step_s, peak), None
        rule = self.handover
        serving = Attachment(user, step_s, offset_db=rule.offset_db, time_to_trigger_s=rule.time_to_trigger_s)
        gaps = Interruptions(serving, rule.interruption_s) if rule.interruption_s else None
        return MeanGain(serving, step_s, peak), gaps

    def _rate(self, power: Process, gain: Process, gate: Process | None, uplink: bool) -> Rate:
        budget = self.uplink if uplink else self.downlink
        snr = product(power, times(gain, 10.0 ** (budget.snr_db(0.0) / 10.0)))
        return radio_rate(snr, gate, self.rate, bandwidth_hz=budget.bandwidth_hz, uplink=uplink)
