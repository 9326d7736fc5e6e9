"""What the air does: the contract of every channel.

A channel is a *random function of time*. `Channel.draw` fixes one user's realisation; from then on
nothing is random: the same question gets the same answer in any order, so that two policies under one
seed meet the same air. Every rate is in bit/s, every instant in seconds since the start of the run.

This room knows neither the simulator nor SimPy: a channel can be tested and plotted without a clock.
"""

from typing import NamedTuple, Protocol

import numpy as np
from pydantic import ConfigDict

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
"""How every law reads its settings: unknown keys, NaN and infinities are errors."""


class Rate(Protocol):
    """The rate of one direction of one user's link, already drawn: bit/s as a function of time."""

    def rate_bps(self, at_s: float) -> float:
        """Rate at `at_s` in bit/s; zero is legal and means outage."""

    def bits(self, start_s: float, end_s: float) -> float:
        """Bits that the link carries between two instants: the exact integral.

        Raises ValueError where `start_s` is after `end_s`.
        """

    def finish_s(self, start_s: float, bits: float) -> float:
        """Instant at which a payload of `bits` that starts at `start_s` is through.

        The first instant t with bits(start_s, t) = `bits`; `start_s` for an empty payload; `math.inf`
        if the link never carries it, or so late that the law gives up looking (it says when). The rate may
        change, and vanish, while the payload is on its way. Raises ValueError unless `bits` >= 0.
        """


class Link(NamedTuple):
    """One user's two directions."""

    up: Rate
    down: Rate


class Channel(Protocol):
    """A law of the air (B in Eq. 3)."""

    @property
    def bits_per_token(self) -> float:
        """Bits on the air for one token of text; turns the paper's tokens/s into bit/s."""

    def draw(self, rng: np.random.Generator) -> Link:
        """Fix one user's realisation. All the law's randomness comes from `rng`, here and only here."""


class Delay(Protocol):
    """One user's transmission overhead, already drawn: seconds as a function of time."""

    def delay_s(self, at_s: float) -> float:
        """Overhead of a message sent at `at_s`, in seconds, at least 0."""


class Delta(Protocol):
    """A law of the message-size-independent overhead (delta in Eq. 3)."""

    def draw(self, rng: np.random.Generator) -> Delay:
        """Fix one user's realisation. All the law's randomness comes from `rng`, here and only here."""
