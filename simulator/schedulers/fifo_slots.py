"""A number of slots, each serving one job at a time; whoever comes first is served first."""

import simpy
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from simulator.clock import Clock
from simulator.columns import Note, change
from simulator.fifo import Fifo
from simulator.machines import Alone, Machine
from simulator.schedulers import Hear, Job, Load, Work
from simulator.window import cut
from workloads import STRICT, Turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FifoSlots:
    """k parallel slots behind one FIFO queue: an M/M/k queue where arrivals and replies make it one.

    A slot's speed does not depend on the others, and its memory holds whatever the cache rule keeps: each is
    a machine of its own. Batching schedulers are other laws of the same contract.
    """

    slots: PositiveInt

    @property
    def shares_memory(self) -> bool:
        """No: each slot is a machine of its own."""
        return False

    def open(self, clock: Clock, machine: Machine, entity: str, note: Note) -> "FifoServer":
        """A live server with all slots free."""
        return FifoServer(clock, machine, self.slots, entity, note)


class FifoServer:
    """The live side of `FifoSlots`."""

    def __init__(self, clock: Clock, machine: Machine, slots: int, entity: str, note: Note) -> None:
        self._clock, self.machine, self._slots, self._note = clock, machine, slots, note
        stages = ("submitted", "started", "prefilled", "finished")
        self._changes = tuple(change(stage, entity) for stage in stages)
        self._queue = Fifo(slots)
        self._jobs, self._first_at_s, self._last_at_s, self._earlier_work_s = 0, 0.0, 0.0, 0.0
        self._hearers: list[Hear] = []

    def submit(self, job: Job) -> simpy.Event:
        """Book the slot that is free first. All that follows is known at once, so it is noted at once."""
        now_s = self._clock.env.now
        job = cut(job, self.machine)
        read_tokens = job.reprefill_tokens + job.prompt_tokens
        held_tokens = job.context_tokens - job.reprefill_tokens
        prefill_s, decode_s, first_token_s = self.machine.alone_s(
            held_tokens, read_tokens, job.response_tokens
        )
        if self._jobs == 0:
            self._first_at_s = now_s
        self._jobs, self._last_at_s, self._earlier_work_s = self._jobs + 1, now_s, self._queue.work_s
        service_s = prefill_s + decode_s
        start_s = self._queue.book(now_s, service_s)
        end_s, queue_s = start_s + service_s, start_s - now_s
        submitted, started, prefilled, finished = self._changes
        self._note(
            job.turn,
            *(submitted, now_s, read_tokens),
            *(started, start_s, queue_s),
            *(prefilled, start_s + prefill_s, prefill_s),
            *(finished, end_s, decode_s),
        )
        for hear in self._hearers:
            hear(now_s, self.peek())
        work = Work(
            queue_s,
            prefill_s,
            decode_s,
            first_token_s,
            job.reprefill_tokens,
            job.response_tokens,
            0,
            job.think_tokens,
        )
        return self._clock.ring(end_s, job.turn, work)

    def peek(self) -> Load:
        """Busy slots, and the wait of a job that came now; who waits is not counted in virtual time."""
        now_s = self._clock.env.now
        busy, wait_s = self._queue.busy_servers(now_s), self._queue.backlog_s(now_s)
        return Load(busy, 0 if wait_s == 0 else 1, wait_s, 1.0 - busy / self._slots)

    def listen(self, hear: Hear) -> None:
        """It is told when jobs come: all that follows is known then."""
        self._hearers.append(hear)

    def beside_s(self, load: Load, held_tokens: float, read_tokens: float, response_tokens: float) -> Alone:
        """A slot's speed does not depend on the others."""
        return self.machine.alone_s(held_tokens, read_tokens, response_tokens)

    def held_tokens(self, turn: Turn) -> float:
        """Nothing is ever evicted."""
        return float("inf")

    def utilisation(self) -> float:
        """Mean share of busy slots so far."""
        now_s = self._clock.env.now
        return self._queue.busy_s(now_s) / (self._slots * now_s) if now_s else 0.0

    def offered_load(self, fewest_jobs: int) -> float:
        """Service booked from the first job to the last, over slot seconds between the two."""
        slot_s = self._slots * (self._last_at_s - self._first_at_s)
        return self._earlier_work_s / slot_s if slot_s and self._jobs >= fewest_jobs else 0.0
