"""A link that is never gone."""

import numpy as np
from pydantic.dataclasses import dataclass

from channels import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NoOutage:
    """No outage; what the rate law gives is what there is."""

    def draw(self, rng: np.random.Generator) -> None:
        """No gate; no number is drawn."""
        return
