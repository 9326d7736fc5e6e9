"""A phone that knows the rate of this very instant."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from channels import STRICT, Rate


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Exact:
    """The true rate now, nothing of what comes."""

    least_bps: Annotated[float, Field(ge=1e-3)]
    """What is believed in of a slower link, or of none [bit/s]."""

    def rate_bps(self, rate: Rate, at_s: float) -> float:
        """The rate at `at_s`."""
        return max(self.least_bps, rate.rate_bps(at_s))
