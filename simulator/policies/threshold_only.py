"""The semantic router alone, as RouteLLM: no latency in the decision."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from simulator.policies import Choice, Decision, Static
from workloads import STRICT, Site


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ThresholdOnly(Static):
    """Eq. 12 on the plain score: `fused` with alpha = 0. `threshold` is theta."""

    threshold: float

    reads_score: ClassVar[bool] = True

    def choose(self, decision: Decision) -> Choice:
        """The edge where p_t > theta, else the phone (so does a tie)."""
        site = Site.EDGE if decision.score > self.threshold else Site.DEVICE
        return Choice(site, decision.score)
