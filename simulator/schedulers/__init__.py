"""Who runs when on a model's hardware: the contract of every scheduler.

A scheduler is a law; `open` makes a live server of it. The server takes jobs and tells by an event when the
last token of each is out. How it gets there (slots, batches, blocks) is its own affair.
"""

from typing import NamedTuple, Protocol

import simpy
from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from simulator.clock import Clock
from simulator.columns import Note
from workloads import STRICT, Turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Speed:
    """What one token costs on some hardware; the paper's gamma_k is both prices."""

    prefill_s_per_token: NonNegativeFloat
    decode_s_per_token: NonNegativeFloat


class Job(NamedTuple):
    """One turn as a server sees it."""

    turn: Turn
    reprefill_tokens: float
    """Context to read again, Delta C_t."""
    prompt_tokens: float
    """New text to read, L_p."""
    response_tokens: float
    """Tokens to write, L_r^k."""


class Work(NamedTuple):
    """What became of a job, in seconds."""

    queue_s: float
    """Wait before the model took it up."""
    prefill_s: float
    """From there to the end of the prefill: T_comp of Eq. 1, where the model works on nothing else."""
    decode_s: float
    """From there to the last token: T_gen of Eq. 5, where the model works on nothing else."""


class Server(Protocol):
    """A model on some hardware, live."""

    def submit(self, job: Job) -> simpy.Event:
        """Take a job now. The event succeeds with the job's `Work` when its last token is out."""

    def backlog_s(self) -> float:
        """How long a job that came now would wait before its prefill begins."""

    def utilisation(self) -> float:
        """Share of the hardware's time that was used so far, 0 to 1."""

    def offered_load(self, fewest_jobs: int) -> float:
        """Work that came, over what could be done between the first and the last job; above 1 queues grow.

        The last job's own work does not count. 0 with fewer than `fewest_jobs` jobs, which say nothing about
        a rate.
        """


class Scheduler(Protocol):
    """A law of service."""

    def open(self, clock: Clock, speed: Speed, entity: str, note: Note) -> Server:
        """A live server that prices tokens at `speed`.

        It notes, as `entity`, when each job is submitted, started, prefilled and finished.
        """
