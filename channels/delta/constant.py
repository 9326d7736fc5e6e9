"""The overhead of the paper: a number."""

import numpy as np
from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from channels import STRICT


class Always:
    """The same overhead at any time."""

    __slots__ = ("_delta_s",)

    def __init__(self, delta_s: float) -> None:
        self._delta_s = delta_s

    def delay_s(self, at_s: float) -> float:
        """The overhead [s]."""
        return self._delta_s


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Constant:
    """The delta of Eq. 3 as Table I has it."""

    delta_s: NonNegativeFloat
    """Overhead of a message [s]."""

    def draw(self, rng: np.random.Generator) -> Always:
        """The same for every user; no number is drawn."""
        return Always(self.delta_s)
