"""The paper's estimator: Eq. 1-7 at the nominal parameters of Table I."""

from pydantic import NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from simulator import latency
from simulator.estimators import Expected, Query
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Nominal:
    """Believes in fixed prices, a fixed rate and mean replies; knows nothing of queues and fading."""

    device_prefill_s_per_token: NonNegativeFloat
    device_decode_s_per_token: NonNegativeFloat
    edge_prefill_s_per_token: NonNegativeFloat
    edge_decode_s_per_token: NonNegativeFloat
    uplink_tokens_per_s: PositiveFloat
    downlink_tokens_per_s: PositiveFloat
    overhead_s: NonNegativeFloat

    def expect(self, query: Query) -> Expected:
        """Eq. 6 and Eq. 7."""
        device_s = latency.device_total_s(
            latency.computation_s(
                self.device_prefill_s_per_token, query.device_reprefill_tokens, query.prompt_tokens
            ),
            query.router_s,
            latency.generation_s(self.device_decode_s_per_token, query.mean_device_tokens),
        )
        edge_s = latency.edge_total_s(
            latency.computation_s(
                self.edge_prefill_s_per_token, query.edge_reprefill_tokens, query.prompt_tokens
            ),
            latency.edge_communication_s(
                query.context_tokens + query.prompt_tokens,
                query.mean_edge_tokens,
                self.uplink_tokens_per_s,
                self.downlink_tokens_per_s,
                self.overhead_s,
            ),
            query.router_s,
            latency.generation_s(self.edge_decode_s_per_token, query.mean_edge_tokens),
        )
        return Expected(device_s, edge_s)
