"""One model on several GPUs: the sums that they exchange in every layer."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TensorParallel:
    """All-reduce over a link. Two GPUs exchange all in one go, more pass parts around a ring.

    On a ring of p each part is one p-th and travels 2 (p - 1) times (Patarasuk and Yuan, J. Parallel and
    Distributed Computing 2009). Left out: exchange behind computation, and switches.
    """

    gpus: Annotated[int, Field(ge=2)]
    bytes_per_token: PositiveInt
    """What is summed for each token: the hidden size times the bytes of a number."""
    link_bytes_per_s: PositiveFloat
    """Of a GPU's link, one way."""
    link_latency_s: NonNegativeFloat

    def all_reduce_s(self, tokens: int) -> float:
        """One sum over all GPUs [s]. A layer has two: after attention and after the feed-forward part."""
        all_s = tokens * self.bytes_per_token / self.link_bytes_per_s
        if self.gpus == 2:
            return all_s + self.link_latency_s
        hops = 2 * (self.gpus - 1)
        return hops * (all_s / self.gpus + self.link_latency_s)
