"""Rayleigh fading with Clarke's Doppler spectrum: no line of sight, scatterers all around."""

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Link, Rate
from channels.parts.chunk import Floats
from channels.parts.fading import Faded
from channels.parts.piecewise import Piecewise
from channels.parts.shannon import Shannon
from channels.parts.sinusoids import SLOTS, WAVES, Sinusoids
from channels.parts.steady import Steady

LIGHT_M_PER_S = 299_792_458.0
STILL_HZ = 1e-9
"""Doppler frequencies up to this one are standing still: a cycle of thirty years."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Rayleigh:
    """Each direction fades by itself (frequency-division duplex); the mean SNR never changes.

    Source of the fading: `channels.parts.sinusoids`; of the rates: `channels.parts.shannon`. Left out: path
    loss and shadowing, interference, scheduling, retransmissions.
    """

    uplink: Shannon
    """From phone to edge."""

    downlink: Shannon
    """From edge to phone."""

    speed_m_per_s: NonNegativeFloat
    """Speed of the user [m/s]; 0 gives each user one draw of the fading that stays."""

    carrier_hz: PositiveFloat
    """Carrier frequency [Hz]."""

    doppler_hz: NonNegativeFloat | None = None
    """Maximum Doppler frequency [Hz] in place of speed x carrier / c."""

    bits_per_token: PositiveFloat
    """Bits on the air for one token of text."""

    def draw(self, rng: np.random.Generator) -> Link:
        """One user's fading, up and down independent.

        As many numbers are drawn whatever the settings, so a setting of one direction never changes the
        luck of the other.
        """
        doppler_hz = self.doppler_hz
        if doppler_hz is None:
            doppler_hz = self.speed_m_per_s * self.carrier_hz / LIGHT_M_PER_S
        up, down = rng.random((2, 2, WAVES)) - 0.5
        return Link(_faded(self.uplink, up, doppler_hz), _faded(self.downlink, down, doppler_hz))


def _faded(direction: Shannon, luck: Floats, doppler_hz: float) -> Rate:
    if doppler_hz <= STILL_HZ:
        power = abs(np.exp(2j * np.pi * luck[1]).sum()) ** 2 / WAVES
        return Steady(direction.rates_bps(np.array([power])).item())
    gain = Sinusoids(luck, doppler_hz)
    return Piecewise(
        Faded(gain.powers, direction.rates_bps, step_s=gain.step_s, slots=SLOTS, peak_power=WAVES)
    )
