"""A link that never changes: the paper's channel."""

import numpy as np
from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Link
from channels.parts.steady import Steady


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Fixed:
    """Constant rates, equal for all users. With equal rates both ways it is exactly the B of Eq. 3."""

    uplink_bps: PositiveFloat
    """Rate from phone to edge [bit/s]."""

    downlink_bps: PositiveFloat
    """Rate from edge to phone [bit/s]."""

    def draw(self, rng: np.random.Generator) -> Link:
        """The same link for every user; no number is drawn."""
        return Link(Steady(self.uplink_bps), Steady(self.downlink_bps))
