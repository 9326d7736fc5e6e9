"""A chip that serves the small model alone, one job at a time.

Nothing can come between, so a job's end follows from the heat in which it begins: all is known when it is
booked, and no event is spent on waiting or on heat.
"""

from collections import deque
from typing import NamedTuple

import simpy

from simulator.clock import Clock
from simulator.columns import Note, change
from simulator.devices.parts.demand import Demand
from simulator.devices.parts.sessions import Sessions
from simulator.devices.parts.small_model import SmallModel
from simulator.devices.thermal import Thermal
from simulator.schedulers import Job, Load, Work
from workloads import Turn


class _Booking(NamedTuple):
    start_s: float
    end_s: float
    heat: float
    """At its start."""


class Npu:
    """First come, first served. A `Server`."""

    def __init__(self, clock: Clock, model: SmallModel, thermal: Thermal, note: Note) -> None:
        self._clock, self.machine, self._thermal, self._note = clock, model, thermal, note
        stages = ("submitted", "started", "prefilled", "finished")
        self._changes = tuple(change(stage, "npu") for stage in stages)
        self._sessions = Sessions(model.kv_sessions)
        self._free_at_s, self._free_heat = 0.0, 0.0
        self._bookings: deque[_Booking] = deque()
        """The one that began last, and all that have not begun."""
        self._busy_s = 0.0
        self._demand, self._asked_s = Demand(), 0.0

    def submit(self, job: Job) -> simpy.Event:
        """Book the chip from when it is free."""
        now_s, thermal = self._clock.env.now, self._thermal
        task = self.machine.take(job, self._sessions)
        self._demand.job(now_s, self._asked_s)
        self._asked_s += task.prefill_s + task.decode_s
        start_s, heat = self._free_at_s, self._free_heat
        if now_s > start_s:
            start_s, heat = now_s, thermal.cooled(heat, now_s - start_s)
        prefill_s = thermal.busy_s(heat, task.prefill_s)
        warm = thermal.heated(heat, prefill_s)
        decode_s = thermal.busy_s(warm, task.decode_s)
        prefilled_at_s = start_s + prefill_s
        end_s = prefilled_at_s + decode_s
        self._free_at_s, self._free_heat = end_s, thermal.heated(warm, decode_s)
        self._busy_s += end_s - start_s
        self._begin(now_s)
        self._bookings.append(_Booking(start_s, end_s, heat))
        submitted, started, prefilled, finished = self._changes
        self._note(
            job.turn,
            *(submitted, now_s, task.reprefill_tokens + job.prompt_tokens),
            *(started, start_s, start_s - now_s),
            *(prefilled, prefilled_at_s, prefill_s),
            *(finished, end_s, decode_s),
        )
        queue_s, (_, _, reprefill_tokens, response_tokens) = start_s - now_s, task
        work = Work(queue_s, prefill_s, decode_s, 0.0, reprefill_tokens, response_tokens, 0, job.think_tokens)
        return self._clock.ring(end_s, job.turn, work)

    def temperature_c(self) -> float:
        """The chip's, now."""
        now_s, thermal = self._clock.env.now, self._thermal
        self._begin(now_s)
        if not self._bookings:
            return thermal.temperature_c(0.0)
        start_s, end_s, heat = self._bookings[0]
        heat = thermal.heated(heat, min(now_s, end_s) - start_s)
        return thermal.temperature_c(thermal.cooled(heat, max(0.0, now_s - end_s)))

    def peek(self) -> Load:
        """Waits are exact."""
        now_s = self._clock.env.now
        self._begin(now_s)
        wait_s = max(0.0, self._free_at_s - now_s)
        running = 1 if wait_s else 0
        room = 1.0 - running / max(1, self.machine.kv_sessions)
        return Load(running, max(0, len(self._bookings) - 1), wait_s, room)

    def held_tokens(self, turn: Turn) -> float:
        """What is left of the context when all that waits is done: what the next job will find."""
        return self._sessions.held_tokens(turn.session_id)

    def utilisation(self) -> float:
        """The chip's busy share."""
        now_s = self._clock.env.now
        return (self._busy_s - max(0.0, self._free_at_s - now_s)) / now_s if now_s else 0.0

    def offered_load(self, fewest_jobs: int) -> float:
        """Jobs, over what a chip that never rests would have done."""
        return self._demand.offered_load(self._thermal, fewest_jobs)

    def _begin(self, now_s: float) -> None:
        """Forget bookings that a later one has followed."""
        bookings = self._bookings
        while len(bookings) > 1 and bookings[1].start_s <= now_s:
            bookings.popleft()
