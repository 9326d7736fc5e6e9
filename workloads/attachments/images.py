"""Prompts about a picture: some come with an image, which weighs more than all their words."""

from functools import cached_property
from math import exp
from statistics import NormalDist
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from workloads import STRICT

_standard_normal = NormalDist().inv_cdf


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Images:
    """A prompt has an image with probability `share`, of log-normal size; prompts are independent.

    An image goes up once, with its own turn, if the edge answers that turn. Left out: the tokens that a model
    makes of an image (L_p and C_t are those of the text), the time to encode it, and its way up when a later
    turn goes to the edge after the phone has answered its own.
    """

    share: Annotated[float, Field(ge=0.0, le=1.0)]
    """Share of the prompts with an image, among those that may have one."""

    mean_bits: Annotated[float, Field(gt=0.0, le=1e15)]
    """Mean size of an image [bit]."""

    sigma: Annotated[float, Field(ge=0.0, le=10.0)]
    """Standard deviation of the logarithm of the size; 0 makes all images equal."""

    first_turn_only: bool
    """Whether only the first turn of a session may have an image."""

    @cached_property
    def _median_bits(self) -> float:
        return self.mean_bits * exp(-(self.sigma**2) / 2.0)

    def bits(self, index: int, uniform: float) -> float:
        """Below `share` there is an image, and uniform / share is the quantile of its size."""
        if uniform >= self.share or (self.first_turn_only and index):
            return 0.0
        return self._median_bits * exp(self.sigma * _standard_normal(uniform / self.share))
