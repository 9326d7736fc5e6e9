"""A number of slots, each serving one job at a time; whoever comes first is served first."""

import simpy
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from simulator import latency
from simulator.clock import Clock
from simulator.columns import Note, change
from simulator.fifo import Fifo
from simulator.schedulers import Job, Speed, Work
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FifoSlots:
    """k parallel slots behind one FIFO queue: an M/M/k queue where arrivals and replies make it one.

    A slot's speed does not depend on the others. Batching schedulers are other laws of the same contract.
    """

    slots: PositiveInt

    def open(self, clock: Clock, speed: Speed, entity: str, note: Note) -> "FifoServer":
        """A live server with all slots free."""
        return FifoServer(clock, speed, self.slots, entity, note)


class FifoServer:
    """The live side of `FifoSlots`."""

    def __init__(self, clock: Clock, speed: Speed, slots: int, entity: str, note: Note) -> None:
        self._clock, self._slots, self._note = clock, slots, note
        stages = ("submitted", "started", "prefilled", "finished")
        self._changes = tuple(change(stage, entity) for stage in stages)
        self._prefill_s_per_token = speed.prefill_s_per_token
        self._decode_s_per_token = speed.decode_s_per_token
        self._queue = Fifo(slots)
        self._jobs, self._first_at_s, self._last_at_s, self._earlier_work_s = 0, 0.0, 0.0, 0.0

    def submit(self, job: Job) -> simpy.Event:
        """Book the slot that is free first. All that follows is known at once, so it is noted at once."""
        now_s = self._clock.env.now
        prefill_s = latency.computation_s(self._prefill_s_per_token, job.reprefill_tokens, job.prompt_tokens)
        decode_s = latency.generation_s(self._decode_s_per_token, job.response_tokens)
        if self._jobs == 0:
            self._first_at_s = now_s
        self._jobs, self._last_at_s, self._earlier_work_s = self._jobs + 1, now_s, self._queue.work_s
        service_s = prefill_s + decode_s
        start_s = self._queue.book(now_s, service_s)
        end_s, queue_s = start_s + service_s, start_s - now_s
        submitted, started, prefilled, finished = self._changes
        self._note(
            job.turn,
            *(submitted, now_s, job.reprefill_tokens + job.prompt_tokens),
            *(started, start_s, queue_s),
            *(prefilled, start_s + prefill_s, prefill_s),
            *(finished, end_s, decode_s),
        )
        return self._clock.ring(end_s, job.turn, Work(queue_s, prefill_s, decode_s))

    def backlog_s(self) -> float:
        """Wait of a job that came now."""
        return self._queue.backlog_s(self._clock.env.now)

    def utilisation(self) -> float:
        """Mean share of busy slots so far."""
        now_s = self._clock.env.now
        return self._queue.busy_s(now_s) / (self._slots * now_s) if now_s else 0.0

    def offered_load(self, fewest_jobs: int) -> float:
        """Service booked from the first job to the last, over slot seconds between the two."""
        slot_s = self._slots * (self._last_at_s - self._first_at_s)
        return self._earlier_work_s / slot_s if slot_s and self._jobs >= fewest_jobs else 0.0
