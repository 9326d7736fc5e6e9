"""A language model on a phone: what its work costs at full speed, and what becomes of a job in its window."""

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from simulator.devices.parts.sessions import Sessions
from simulator.machines import Alone
from simulator.schedulers import Job
from simulator.step_times import StepTime
from simulator.step_times.paper import Paper as Prices
from simulator.window import fitted


class Task(NamedTuple):
    """A job as the chip sees it. Work is in seconds at full speed; lengths are in words."""

    prefill_s: float
    decode_s: float
    reprefill_tokens: float
    """Context that is read again."""
    response_tokens: float
    """What is written: less than was asked for where the window is full."""


@dataclass(frozen=True, kw_only=True)
class SmallModel:
    """Reads in chunks, each at one price however full, and writes token by token. A `Machine`.

    The first token of a reply comes with the last chunk.
    """

    chunk_tokens: int
    chunk_s: float
    decode_s_per_token: float
    tokens_per_word: float
    window_tokens: float
    """inf where it has none."""
    kv_sessions: int
    """How many sessions' caches there is room for."""

    @property
    def step_time(self) -> StepTime:
        """The same prices for a batch, chunks taken as full."""
        return Prices(
            prefill_s_per_token=self.chunk_s / self.chunk_tokens, decode_s_per_token=self.decode_s_per_token
        )

    @property
    def kv_tokens(self) -> float:
        """Each session has room for a window."""
        return max(1, self.kv_sessions) * self.window_tokens

    @property
    def block_tokens(self) -> int:
        """Memory is given by the session."""
        return 1

    def read_s(self, tokens: int) -> float:
        """Whole chunks."""
        return ceil(tokens / self.chunk_tokens) * self.chunk_s

    def alone_s(self, context_words: float, read_words: float, response_words: float) -> Alone:
        """On a cold chip that does nothing else."""
        response_tokens = max(1, ceil(self.tokens_per_word * response_words))
        prefill_s = self.read_s(ceil(self.tokens_per_word * read_words))
        return Alone(prefill_s, (response_tokens - 1) * self.decode_s_per_token, 0.0)

    def take(self, job: Job, sessions: Sessions) -> Task:
        """A task of the next job; its session is remembered. Raises `Mistake` for a prompt beyond the window.

        What is read again is what the rule says, or more where the session lost its place in `sessions`. A
        session that has outgrown the window is read anew at each turn, as `simulator.window` has it.
        """
        context_tokens, written_tokens = job.context_tokens, job.response_tokens
        held_tokens = sessions.held_tokens(job.turn.session_id)
        missing_tokens = max(job.reprefill_tokens, context_tokens - held_tokens)
        if missing_tokens > job.reprefill_tokens:
            job = job._replace(reprefill_tokens=missing_tokens)
        shown_tokens, reusable_tokens, asked_tokens, reply_tokens, shortened = fitted(job, self)
        if reply_tokens < ceil(self.tokens_per_word * written_tokens):
            written_tokens = reply_tokens / self.tokens_per_word
        known_tokens = context_tokens + job.prompt_tokens
        if not job.think_tokens:  # else the reply stands elsewhere in the next turn's context
            known_tokens += written_tokens
        if shortened:
            missing_tokens, known_tokens = shown_tokens / self.tokens_per_word, 0.0
        sessions.keep(job.turn.session_id, known_tokens)
        prefill_s = self.read_s(shown_tokens - reusable_tokens + asked_tokens)
        return Task(prefill_s, (reply_tokens - 1) * self.decode_s_per_token, missing_tokens, written_tokens)
