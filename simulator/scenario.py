"""One run, as settings: everything that a configuration says."""

from functools import cached_property
from math import inf
from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from channels import Part
from simulator.scorers import Scores
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Scenario:
    """The parts and the extent of a run.

    A run ends at `horizon_s`, or when every user has had `sessions_per_user` sessions; null switches a limit
    off, and with both off only endless arrivals would be an error. Turns that arrive before `warmup_s` are in
    the logs but not in the summary. A transfer that begins at `outage_bps` or less counts as an outage there.
    Users share the air in cells of `users_per_cell`, in the order of their numbers; null is one cell for all.
    The edge is `servers` equal machines behind a balancer.
    """

    workload: Part
    arrivals: Part
    lengths: Part
    attachments: Part
    thinking: Part
    channel: Part
    delta: Part
    sharing: Part
    payload: Part
    device: Part
    edge: Part
    scheduler: Part
    balancer: Part
    delivery: Part
    kv_cache: Part
    scorer: Part
    estimator: Part
    policy: Part
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    users: Annotated[int, Field(ge=1, le=1_000_000)]
    horizon_s: PositiveFloat | None
    sessions_per_user: PositiveInt | None
    warmup_s: NonNegativeFloat
    outage_bps: NonNegativeFloat
    users_per_cell: PositiveInt | None
    servers: PositiveInt

    def __post_init__(self) -> None:
        if self.payload.carries_cache and not self.kv_cache.keeps_all:
            raise ValueError(
                "payload carries the KV cache, which a site must then keep: choose kv_cache=keep_all"
            )
        if self.payload.carries_cache and not (self.edge.kv_tokens == inf and self.device.keeps_all):
            raise ValueError(
                "payload carries the KV cache, which machines with a memory of their own do not take:"
                " choose edge=paper and device=paper, or payload=text"
            )
        if self.payload.carries_cache and self.thinking.thinks:
            raise ValueError(
                "payload carries the KV cache of replies, which is of no use without their thoughts:"
                " choose thinking=none, or payload=text"
            )
        if self.delivery.looks_back and not self.sharing.apart:
            raise ValueError(
                "delivery=streamed needs sharing=alone: what a shared link could have carried while the reply"
                " was written is not known afterwards"
            )
        if self.horizon_s is None and self.sessions_per_user is None:
            raise ValueError(
                "horizon_s and sessions_per_user are both null: the run would never end; set one"
            )
        if self.horizon_s is not None and self.warmup_s >= self.horizon_s:
            raise ValueError(
                f"warmup_s={self.warmup_s:g} must be below horizon_s={self.horizon_s:g}, or no turn counts"
            )

    @cached_property
    def scores(self) -> Scores:
        """The scorer with this workload's scores at hand. Raises `Mistake` where they cannot be had."""
        scores: Scores = self.scorer.open(self.workload)
        return scores
