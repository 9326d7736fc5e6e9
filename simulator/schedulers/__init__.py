"""Who runs when on a model's hardware: the contract of every scheduler.

A scheduler is a law; `open` makes a live server of it. The server takes jobs and tells by an event when the
last token of each is out. How it gets there (slots, batches, blocks) is its own affair.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import simpy

from simulator.clock import Clock
from simulator.columns import Note
from simulator.machines import Alone, Machine
from workloads import Turn


class Job(NamedTuple):
    """One turn as a server sees it. Lengths are the workload's, in words."""

    turn: Turn
    context_tokens: float
    """Everything said before, C_t."""
    reprefill_tokens: float
    """The part of it that is read again whatever the server remembers: Delta C_t of the `kv_cache` rule."""
    prompt_tokens: float
    """New text to read, L_p."""
    response_tokens: float
    """Tokens to write, L_r^k."""
    think_tokens: float = 0.0
    """How many of these, the first, are thoughts, which nobody sees."""


class Work(NamedTuple):
    """What became of a job."""

    queue_s: float
    """Wait before the model took it up."""
    prefill_s: float
    """From there to the end of the prefill: T_comp of Eq. 1, where the model works on nothing else."""
    decode_s: float
    """From there to the last token: T_gen of Eq. 5, where the model works on nothing else."""
    first_token_s: float
    """How much of `decode_s` passed until the first token was out."""
    reprefill_tokens: float
    """Context that was read again, Delta C_t as it turned out."""
    response_tokens: float
    """Tokens that were written: fewer than asked for where the model's window was full."""
    preemptions: int = 0
    """How often the job lost its place, and all of its cache that others then took."""
    think_tokens: float = 0.0
    """The thoughts that were asked for; a window cuts off what comes after them first."""

    @property
    def visible_tokens(self) -> float:
        """What the user sees of the reply."""
        return max(0.0, self.response_tokens - self.think_tokens)

    @property
    def after_thoughts_tokens(self) -> float:
        """Tokens whose cache is of no use to the next turn: without the thoughts they stand elsewhere."""
        return self.visible_tokens if self.think_tokens else 0.0

    @property
    def first_seen_s(self) -> float:
        """How much of `decode_s` passed until the first token that is seen; tokens are evenly spaced."""
        if not self.think_tokens:
            return self.first_token_s
        written = self.response_tokens
        gap_s = (self.decode_s - self.first_token_s) / (written - 1.0) if written > 1.0 else 0.0
        return self.decode_s - gap_s * max(0.0, self.visible_tokens - 1.0)


class Load(NamedTuple):
    """What a server has to do at this instant."""

    running: int
    """Jobs that it works on."""
    waiting: int
    """Jobs that it has not taken up, or has put back."""
    wait_s: float
    """How long a job that came now would wait before its prefill begins, as far as the server can tell."""
    free_share: float
    """Share of the memory for KV cache that no running job holds, 0 to 1."""


Hear = Callable[[float, Load], None]
"""Who is told of a load, and at which instant."""


class Server(Protocol):
    """A model on some hardware, live."""

    @property
    def machine(self) -> Machine:
        """The model and its hardware."""

    def submit(self, job: Job) -> simpy.Event:
        """Take a job now. The event succeeds with the job's `Work` when its last token is out."""

    def peek(self) -> Load:
        """The present load, in a time that does not depend on it."""

    def held_tokens(self, turn: Turn) -> float:
        """How much of the session's context the server still has in its cache, in words."""

    def utilisation(self) -> float:
        """Share of the hardware's time that was used so far, 0 to 1."""

    def offered_load(self, fewest_jobs: int) -> float:
        """Work that came, over what could be done between the first and the last job; above 1 queues grow.

        The last job's own work does not count. 0 with fewer than `fewest_jobs` jobs, which say nothing about
        a rate.
        """


class EdgeServer(Server, Protocol):
    """A server that many share: it tells of its load to whoever listens."""

    def listen(self, hear: Hear) -> None:
        """From now on call `hear(at_s, load)` whenever jobs have come, or have been taken up or finished.

        A server that knows on arrival how all will go tells only when jobs come: from then on its wait falls
        by a second each second, to 0.
        """

    def beside_s(self, load: Load, held_tokens: float, read_tokens: float, response_tokens: float) -> Alone:
        """What a job would take beside such a load, once it is taken up, as far as the server can tell.

        It reads `read_tokens` after `held_tokens` that are in its cache, and writes a reply; lengths are the
        workload's.
        """


class Scheduler(Protocol):
    """A law of service."""

    @property
    def shares_memory(self) -> bool:
        """Whether the jobs it serves share the machine's memory."""

    def open(self, clock: Clock, machine: Machine, entity: str, note: Note) -> EdgeServer:
        """A live server.

        It notes, as `entity`, when each job is submitted, started, prefilled and finished. Raises
        `ValueError` where the machine lacks what the law needs.
        """
