"""Short jobs overtake long ones."""

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from simulator.schedulers import Job
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ShortestFirst:
    """A job may be overtaken for as long as its length says; the longer, the longer.

    The length is what it reads, and where `knows_replies` what it will write: an oracle, since no server
    knows how long an answer becomes. With a large `s_per_token` this is shortest job first among those that
    wait; but whoever has waited for longer than the difference in length is worth goes first.
    """

    s_per_token: NonNegativeFloat
    """How long a job may be overtaken for each of its tokens [s]."""
    knows_replies: bool

    def rank_s(self, job: Job, at_s: float) -> float:
        """The instant of coming, later by what the length costs."""
        tokens = job.reprefill_tokens + job.prompt_tokens
        if self.knows_replies:
            tokens += job.response_tokens
        return at_s + self.s_per_token * tokens
