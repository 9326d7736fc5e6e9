"""Every turn goes to the edge."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from simulator.policies import Choice, Decision, Static
from workloads import STRICT, Site


@dataclass(frozen=True, kw_only=True, config=STRICT)
class AlwaysEdge(Static):
    """The large model answers everything."""

    reads_score: ClassVar[bool] = False

    def choose(self, decision: Decision) -> Choice:
        """The edge."""
        return Choice(Site.EDGE, decision.score)
