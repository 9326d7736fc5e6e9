"""Some users go before others."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat
from pydantic.dataclasses import dataclass

from simulator.schedulers import Job
from workloads import STRICT

_GOLDEN = 0.6180339887498949
"""Multiples of it, less their whole parts, are spread evenly: so are the first among any few users."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Priority:
    """Two classes of users: a job of the first class goes before what came up to `head_start_s` earlier.

    With a head start of hours this is strict priority; but nobody waits for ever.
    """

    first_class_share: Annotated[float, Field(ge=0.0, le=1.0)]
    """Share of the users who are in the first class; which, their numbers say."""
    head_start_s: NonNegativeFloat

    def rank_s(self, job: Job, at_s: float) -> float:
        """The instant of coming, earlier for the first class."""
        return at_s - self.head_start_s if self.first_class(job.turn.user_id) else at_s

    def first_class(self, user_id: int) -> bool:
        """Whether a user is in the first class."""
        return (user_id * _GOLDEN) % 1.0 < self.first_class_share
