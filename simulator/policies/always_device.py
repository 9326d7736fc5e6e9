"""Every turn stays on the phone."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from simulator.policies import Choice, Decision, Static
from workloads import STRICT, Site


@dataclass(frozen=True, kw_only=True, config=STRICT)
class AlwaysDevice(Static):
    """The small model answers everything."""

    reads_score: ClassVar[bool] = False

    def choose(self, decision: Decision) -> Choice:
        """The phone."""
        return Choice(Site.DEVICE, decision.score)
