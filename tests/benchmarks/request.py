"""A job on its way through the textbook's batch."""

import simpy

from simulator.machines import Machine
from simulator.schedulers import Job
from simulator.window import fitted


class Request:
    """What is left of a job, and when what became of it."""

    def __init__(
        self, job: Job, machine: Machine, rank: tuple[float, int], now_s: float, done: simpy.Event
    ) -> None:
        self.job, self.rank, self.done = job, rank, done
        self.came_at_s = self.waits_from_s = now_s
        self.key = job.turn.user_id, job.turn.session_id
        self.tokens = fitted(job, machine)
        self.known = self.tokens.context_tokens + self.tokens.prompt_tokens
        self.left = self.tokens.response_tokens
        self.reusable, self.computed, self.new, self.hit = self.tokens.reusable_tokens, 0, 0, 0
        self.writes, self.preemptions = False, 0
        self.admitted_at_s = self.read_at_s = self.done_at_s = -1.0

    @property
    def useful(self) -> int:
        """How many of its tokens in the cache the next turn of a dialogue without thoughts may begin with."""
        return 0 if self.tokens.cut else self.computed

    @property
    def times_s(self) -> tuple[float, float, float]:
        """Queue, prefill, decoding."""
        admitted_at_s, read_at_s = self.admitted_at_s, self.read_at_s
        return admitted_at_s - self.came_at_s, read_at_s - admitted_at_s, self.done_at_s - read_at_s
