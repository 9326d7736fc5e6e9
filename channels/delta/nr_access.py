"""The overhead of a message in a 5G network, added up from its parts."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field, NonNegativeFloat
from pydantic.dataclasses import dataclass

from channels import STRICT
from channels.parts.blocks import BlockLuck


class Access:
    """One user's access to the network: fixed within each block of `coherence_s`."""

    __slots__ = ("_law", "_luck")

    def __init__(self, key: bytes, law: "NrAccess") -> None:
        self._luck, self._law = BlockLuck(key), law

    def delay_s(self, at_s: float) -> float:
        """Overhead [s] of a message sent at `at_s`."""
        law = self._law
        wait, first, second, _ = self._luck.uniforms(int(at_s // law.coherence_s))
        failures = law.failures(first)
        retries = min(failures, law.most_transmissions - 1)
        delay_s = law.core_s + wait * law.scheduling_period_s + law.grant_s
        if failures == law.most_transmissions:
            delay_s += law.rlc_retransmission_s
            retries += min(law.failures(second), law.most_transmissions - 1)
        return delay_s + retries * law.harq_round_trip_s


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NrAccess:
    """core + wait for a scheduling request + grant + retransmissions.

    The wait is uniform over `scheduling_period_s`. Each transmission fails with probability p by itself; up
    to M - 1 repetitions (HARQ) cost a round trip each. A message whose M transmissions all fail is sent anew
    by the radio link control (RLC), once: it waits `rlc_retransmission_s` and has again up to M - 1
    repetitions, of which the last is sure to arrive.

    With r = harq_round_trip_s p (1 - p^(M-1)) / (1 - p), close to harq_round_trip_s p / (1 - p), the mean is
    core_s + scheduling_period_s / 2 + grant_s + r + p^M (rlc_retransmission_s + r). Left out: random access
    after idle times, queues for the grant, the downlink's own waits, failures that share a fade.
    """

    core_s: NonNegativeFloat
    """Propagation, core network and the handshake with the server [s]."""

    scheduling_period_s: NonNegativeFloat
    """Time between two opportunities to request the uplink [s]."""

    grant_s: NonNegativeFloat
    """From the request to the transmission that it was granted [s]."""

    block_error_rate: Annotated[float, Field(ge=0.0, lt=1.0)]
    """p: share of transmissions that fail [1]."""

    most_transmissions: Annotated[int, Field(ge=1, le=32)]
    """M: transmissions of a block before HARQ gives it up [1]."""

    harq_round_trip_s: NonNegativeFloat
    """From a transmission to its repetition [s]."""

    rlc_retransmission_s: NonNegativeFloat
    """From the last failure to the transmission by which RLC starts anew [s]."""

    coherence_s: Annotated[float, Field(ge=1e-6)]
    """How long an overhead lasts before the next, independent one [s]."""

    def failures(self, uniform: float) -> int:
        """Failed transmissions in a row, at most M: k or more with probability p^k. 0 < `uniform` < 1."""
        if uniform >= self.block_error_rate:
            return 0
        return min(int(math.log(uniform) / math.log(self.block_error_rate)), self.most_transmissions)

    def draw(self, rng: np.random.Generator) -> Access:
        """One user's overheads."""
        return Access(rng.bytes(16), self)
