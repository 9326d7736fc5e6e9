"""The better answer always, and the quicker site where the answers are equally good."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from simulator.policies import Choice, Decision, Static
from workloads import STRICT, Site


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Oracle(Static):
    """A bound on quality, not a router: it reads both answers before they are written.

    Between equally good answers it takes the site with the lower expected latency. Where the workload knows
    no quality, that is all it does.
    """

    reads_score: ClassVar[bool] = False

    def choose(self, decision: Decision) -> Choice:
        """The site of the better answer."""
        gain = decision.turn.edge.quality - decision.turn.device.quality
        quicker = Site.EDGE if decision.expected.gap_s < 0 else Site.DEVICE
        site = Site.EDGE if gain > 0 else Site.DEVICE if gain < 0 else quicker
        return Choice(site, decision.score)
