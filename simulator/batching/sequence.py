"""One job in a batch."""

from typing import Any

from simulator.batching.memory import Key, Memory
from simulator.machines import Machine
from simulator.schedulers import Job, Work
from simulator.window import fitted


class Sequence:
    """A job's tokens: what the model has read of it, what it has written, and when."""

    __slots__ = (
        "admitted_at_s",
        "base",
        "came_at_s",
        "chunk",
        "computed",
        "finish",
        "hit_tokens",
        "job",
        "key",
        "known",
        "left",
        "number",
        "order",
        "preemptions",
        "read_at_s",
        "reusable",
        "ticket",
        "tokens",
        "waits_from_s",
    )

    def __init__(
        self, job: Job, machine: Machine, order: tuple[float, int], came_at_s: float, ticket: Any = None
    ) -> None:
        self.job, self.order, self.number, self.came_at_s = job, order, order[1], came_at_s
        self.ticket = ticket
        """What the server wants back with it."""
        self.key: Key = (job.turn.user_id, job.turn.session_id)
        """Whose prefix it uses."""
        self.tokens = fitted(job, machine)
        self.known = self.tokens.context_tokens + self.tokens.prompt_tokens
        """Tokens there are to read: context, prompt, and after a preemption what was written."""
        self.left = self.tokens.response_tokens
        """Tokens still to be written; kept up only while it does not write."""
        self.computed = 0
        """How many of its tokens are in the cache; likewise."""
        self.chunk = 0
        """How many more the iteration at hand reads."""
        self.reusable = self.tokens.reusable_tokens
        """How many of its tokens a prefix in memory may cover."""
        self.hit_tokens = 0
        """How many one did cover when the job was first taken up."""
        self.base, self.finish = 0, -1
        """While it writes: see `Writers`."""
        self.preemptions = 0
        self.admitted_at_s = self.read_at_s = -1.0
        self.waits_from_s = came_at_s

    @property
    def all_tokens(self) -> int:
        """What it has to read and to write, all in all."""
        return self.known + self.left

    @property
    def written(self) -> int:
        """What it has written so far."""
        return self.tokens.response_tokens - self.left

    @property
    def prefix_tokens(self) -> int:
        """How many of its tokens in the cache are the first ones of the dialogue, when it is done.

        Thoughts are not kept in the dialogue, so nothing from the first of them on is; and where the window
        left out the oldest context, nothing is at all.
        """
        if self.tokens.cut:
            return 0
        if self.job.think_tokens:
            return min(self.computed, self.tokens.context_tokens + self.tokens.prompt_tokens)
        return self.computed

    def hit_blocks(self, memory: Memory) -> int:
        """Blocks that it finds in memory; at least one token is always read."""
        return min(
            memory.prefix_blocks(self.key),
            self.reusable // memory.block_tokens,
            (self.known - 1) // memory.block_tokens,
        )

    def take_up(self, at_s: float, hit_tokens: int) -> None:
        """It joins the batch, with so many of its tokens in the cache."""
        if self.admitted_at_s < 0:
            self.admitted_at_s, self.hit_tokens = at_s, hit_tokens
        self.computed = hit_tokens

    def plan_chunk(self, budget: int) -> int:
        """How much of its prompt the iteration at hand reads, within a budget of tokens."""
        self.chunk = min(self.known - self.computed, budget)
        return self.chunk

    def chunk_blocks(self, block_tokens: int) -> int:
        """Blocks that the chunk needs beyond those that the job holds."""
        return -self.computed // block_tokens - -(self.computed + self.chunk) // block_tokens

    def read_chunk(self, at_s: float) -> bool:
        """The chunk is read at this instant; whether that was the last one, which writes a token."""
        self.computed += self.chunk
        if self.computed < self.known:
            return False
        self.left -= 1
        if self.read_at_s < 0:
            self.read_at_s = at_s
        return True

    def stop_writing(self, computed: int, left: int) -> None:
        """It has come so far."""
        self.computed, self.left, self.finish = computed, left, -1

    def put_back(self) -> None:
        """It loses its blocks, and must read again whatever was in them, and the token that it wrote last."""
        writing = self.computed >= self.known
        self.known = self.computed + 1 if writing else self.known
        self.reusable = self.computed
        self.computed = 0
        self.preemptions += 1

    def work(self, machine: Machine, done_at_s: float) -> Work:
        """What became of it, once it is done."""
        job, tokens, per_word = self.job, self.tokens, machine.tokens_per_word
        missed = (tokens.context_tokens - self.hit_tokens) / per_word
        whole = tokens.response_tokens >= per_word * job.response_tokens
        return Work(
            self.admitted_at_s - self.came_at_s,
            self.read_at_s - self.admitted_at_s,
            done_at_s - self.read_at_s,
            0.0,
            min(missed, job.context_tokens),
            job.response_tokens if whole else tokens.response_tokens / per_word,
            self.preemptions,
            job.think_tokens,
        )
