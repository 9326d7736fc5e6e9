"""Outages that come and go: a link that is up or gone, for exponential times (Gilbert 1960, Elliott 1963)."""

from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from channels import STRICT
from channels.parts.process import Process
from channels.parts.two_states import TwoStates


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GilbertElliott:
    """A two-state Markov chain in continuous time, stationary from the start."""

    mean_up_s: Annotated[float, Field(ge=1e-6)]
    """Mean time that the link stays up [s]."""

    mean_gone_s: Annotated[float, Field(ge=1e-6)]
    """Mean time that it is gone [s]."""

    def draw(self, rng: np.random.Generator) -> Process:
        """One user's outages."""
        key = rng.integers(2**64, size=2, dtype=np.uint64)
        return TwoStates(key, self.mean_up_s, self.mean_gone_s)
