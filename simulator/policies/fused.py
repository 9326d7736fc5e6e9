"""The paper's router: semantic score and latency, fused."""

from typing import ClassVar

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from simulator.policies import Choice, Decision, Static
from workloads import STRICT, Site


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Fused(Static):
    """Eq. 11 and 12.

    `latency_weight_per_s` is alpha, in 1/s; `threshold` is theta. The paper puts theta in [0, 1], but alpha
    times its own Table II gap already exceeds 1 on MMLU, so theta may be any real number here.
    """

    latency_weight_per_s: NonNegativeFloat
    threshold: float

    reads_score: ClassVar[bool] = True

    def choose(self, decision: Decision) -> Choice:
        """The edge where p_t - alpha (T^e - T^s) > theta, else the phone (so does a tie)."""
        fused_score = decision.score - self.latency_weight_per_s * decision.expected.gap_s  # Eq. 11
        site = Site.EDGE if fused_score > self.threshold else Site.DEVICE  # Eq. 12
        return Choice(site, fused_score)
