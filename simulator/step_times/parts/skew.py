"""Sequences of unequal length in one batch: the kernel waits for the longest."""

from math import log
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from workloads import STRICT

Share = Annotated[float, Field(ge=0.0, le=1.0)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Skew:
    """How far attention goes from its time at the mean context to its time at the longest.

    t = t(mean) + alpha (t(longest) - t(mean)), with an alpha for every number of sequences: between those of
    the table linear in its logarithm, outside of it the nearest. The form is LLMServingSim's. One sequence
    has no skew.
    """

    sequences: list[Annotated[int, Field(ge=2)]]
    """How many decode, ascending."""
    decode: list[Share]
    """alpha for each, in a batch that only decodes."""
    mixed: list[Share]
    """alpha for each, in a batch that reads prompts too."""

    def __post_init__(self) -> None:
        if not self.sequences or self.sequences != sorted(set(self.sequences)):
            raise ValueError(f"skew.sequences ({self.sequences}) must be ascending numbers, at least one")
        for name, alphas in (("decode", self.decode), ("mixed", self.mixed)):
            if len(alphas) != len(self.sequences):
                raise ValueError(
                    f"skew.{name} must have as many values as skew.sequences"
                    f" ({len(self.sequences)}), but has {len(alphas)}"
                )

    def alphas(self, sequences: int) -> tuple[float, float]:
        """alpha of a batch that only decodes, and of one that reads prompts too."""
        if sequences < 2:
            return 0.0, 0.0
        knots = [log(known) for known in self.sequences]
        decode, mixed = (float(np.interp(log(sequences), knots, row)) for row in (self.decode, self.mixed))
        return decode, mixed
