"""The paper's estimator: Eq. 1-7 at the nominal parameters of Table I."""

from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass

from simulator import latency
from simulator.estimators import Expected, Query, Unheeding
from simulator.expectation import Prices
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Nominal(Prices, Unheeding):
    """Believes in fixed prices, a fixed rate and mean replies; knows nothing of queues and fading."""

    uplink_tokens_per_s: PositiveFloat
    downlink_tokens_per_s: PositiveFloat

    def expect(self, query: Query) -> Expected:
        """Eq. 6 and Eq. 7."""
        communication_s = latency.edge_communication_s(
            query.context_tokens + query.prompt_tokens,
            query.mean_edge_tokens,
            self.uplink_tokens_per_s,
            self.downlink_tokens_per_s,
            self.overhead_s,
        )
        return self.expected(query, communication_s)
