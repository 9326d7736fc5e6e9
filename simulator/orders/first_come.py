"""First come, first served."""

from pydantic.dataclasses import dataclass

from simulator.schedulers import Job
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FirstCome:
    """First come, first served."""

    def rank_s(self, job: Job, at_s: float) -> float:
        """The instant of coming."""
        return at_s
