"""A router that knows its hardware: what either site would take were nobody else there."""

from pydantic import NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from simulator import latency
from simulator.estimators import Expected, Query, Unheeding
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Unloaded(Unheeding):
    """Eq. 6 and 7 with the machines' own times for reading and writing, idle and cold, and a fixed link.

    Believes that a context is still where the cache rule says, that replies are as long as on average, and
    that the network is as in Table I; knows nothing of queues, heat, evictions, windows and fading.
    """

    uplink_tokens_per_s: PositiveFloat
    downlink_tokens_per_s: PositiveFloat
    overhead_s: NonNegativeFloat

    def expect(self, query: Query) -> Expected:
        """What the machines would take."""
        device = query.phone.model.machine.alone_s(
            query.context_tokens - query.device_reprefill_tokens,
            query.device_reprefill_tokens + query.prompt_tokens,
            query.mean_device_tokens,
        )
        edge = query.edge.machine.alone_s(
            query.context_tokens - query.edge_reprefill_tokens,
            query.edge_reprefill_tokens + query.prompt_tokens,
            query.mean_edge_tokens,
        )
        communication_s = latency.edge_communication_s(
            query.context_tokens + query.prompt_tokens,
            query.mean_edge_tokens,
            self.uplink_tokens_per_s,
            self.downlink_tokens_per_s,
            self.overhead_s,
        )
        return Expected(
            latency.device_total_s(device.prefill_s, query.router_s, device.decode_s),
            latency.edge_total_s(edge.prefill_s, communication_s, query.router_s, edge.decode_s),
        )
