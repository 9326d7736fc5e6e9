"""What the air does: the contract of every channel.

A channel is a *random function of time*. `Channel.draw` fixes one user's realisation; from then on
nothing is random: the same question gets the same answer in any order, so that two policies under one
seed meet the same air. Every rate is in bit/s, every instant in seconds since the start of the run.

A law may be made of parts (fading, path loss, a rate law ...): each kind of part is a folder here, whose
`__init__.py` is its contract. This room knows neither the simulator nor SimPy: a channel can be tested and
plotted without a clock.
"""

from typing import Annotated, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, ConfigDict
from pydantic.dataclasses import is_pydantic_dataclass

Floats = NDArray[np.float64]

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
"""How every law reads its settings: unknown keys, NaN and infinities are errors."""


def _is_a_part(value: Any) -> Any:
    if not is_pydantic_dataclass(type(value)):
        raise ValueError(f"must be one of the choices of its group, not {value!r}")
    return value


Part = Annotated[Any, AfterValidator(_is_a_part)]
"""A law inside a law. It is checked by its own class; the contract of its folder says what it must do."""


class Steps(NamedTuple):
    """Something that is constant between borders, over a stretch of time."""

    offsets_s: Floats
    """The n + 1 borders of the n pieces, from the start of the stretch: the first is 0, none falls."""
    values: Floats
    """What holds from each border to the next."""


class Rate(Protocol):
    """The rate of one direction of one user's link, already drawn: bit/s as a function of time.

    It is constant between borders, however close; so what follows from it is exact.
    """

    def rate_bps(self, at_s: float) -> float:
        """Rate at `at_s` in bit/s; zero is legal and means outage."""

    def steps(self, start_s: float, end_s: float) -> Steps:
        """The rate in bit/s from `start_s` (at least 0) to `end_s`, piece by piece.

        Raises ValueError unless `start_s` is before `end_s`.
        """

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
