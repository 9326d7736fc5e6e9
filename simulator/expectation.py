"""What a turn would cost at either site at believed prices: Eq. 6 and 7, whatever is believed of the link."""

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from simulator import latency
from simulator.estimators import Expected, Query
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Prices:
    """Prices that a router believes in, Table I's unless set otherwise."""

    device_prefill_s_per_token: NonNegativeFloat
    device_decode_s_per_token: NonNegativeFloat
    edge_prefill_s_per_token: NonNegativeFloat
    edge_decode_s_per_token: NonNegativeFloat
    overhead_s: NonNegativeFloat

    def expected(self, query: Query, communication_s: float) -> Expected:
        """Eq. 6, and Eq. 7 with this T_comm^e."""
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
            communication_s,
            query.router_s,
            latency.generation_s(self.edge_decode_s_per_token, query.mean_edge_tokens),
        )
        return Expected(device_s, edge_s)
