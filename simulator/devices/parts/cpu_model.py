"""The small model on a CPU that the router's scores need too."""

from math import isnan, nan

import simpy

from simulator.clock import Clock
from simulator.columns import Note, change
from simulator.devices.parts.cpu import JOBS, Cpu
from simulator.devices.parts.demand import Demand
from simulator.devices.parts.sessions import Sessions
from simulator.devices.parts.small_model import SmallModel, Task
from simulator.devices.thermal import Thermal
from simulator.schedulers import Job, Load, Work
from workloads import Turn

SUBMITTED, STARTED, PREFILLED, FINISHED = (
    change(stage, "npu") for stage in ("submitted", "started", "prefilled", "finished")
)
"""The logs call whatever runs the small model its NPU."""


class Reply:
    """A job under way. `done` succeeds with its `Work`."""

    def __init__(self, clock: Clock, note: Note, job: Job, task: Task) -> None:
        self.turn, self._note, self._task, self._think_tokens = job.turn, note, task, job.think_tokens
        self.left_s, self.unread_s = task.prefill_s + task.decode_s, task.prefill_s
        self.read_at_s = nan
        self._came_at_s, self._started_at_s = clock.env.now, nan
        self.done = clock.alarm(job.turn)
        note(job.turn, SUBMITTED, self._came_at_s, task.reprefill_tokens + job.prompt_tokens)

    def begin(self, at_s: float) -> None:
        """The model takes it up."""
        self._started_at_s = at_s
        self._note(self.turn, STARTED, at_s, at_s - self._came_at_s)

    def end(self, at_s: float) -> None:
        """The last token is out."""
        read_at_s = at_s if isnan(self.read_at_s) else min(self.read_at_s, at_s)  # a reply of one token
        prefill_s, decode_s = read_at_s - self._started_at_s, at_s - read_at_s
        self._note(self.turn, PREFILLED, read_at_s, prefill_s, FINISHED, at_s, decode_s)
        queue_s, (_, _, reprefill_tokens, response_tokens) = self._started_at_s - self._came_at_s, self._task
        work = Work(
            queue_s, prefill_s, decode_s, 0.0, reprefill_tokens, response_tokens, 0, self._think_tokens
        )
        self.done.ring(at_s, work)


class CpuModel:
    """First come, first served, beside the scores. A `Server`."""

    def __init__(self, clock: Clock, cpu: Cpu, model: SmallModel, thermal: Thermal, note: Note) -> None:
        self._clock, self._cpu, self.machine, self._thermal = clock, cpu, model, thermal
        self._note = note
        self._sessions = Sessions(model.kv_sessions)
        self._demand = Demand()

    def submit(self, job: Job) -> simpy.Event:
        """Put it in the CPU's lane for jobs."""
        task = self.machine.take(job, self._sessions)
        self._demand.job(self._clock.env.now, self._cpu.asked_s)
        reply = Reply(self._clock, self._note, job, task)
        self._cpu.add(JOBS, reply)
        return reply.done

    def temperature_c(self) -> float:
        """The CPU's, now."""
        return self._cpu.temperature_c()

    def peek(self) -> Load:
        """The wait is exact if no score comes meanwhile."""
        jobs = self._cpu.jobs
        running = min(jobs, 1)
        room = 1.0 - running / max(1, self.machine.kv_sessions)
        return Load(running, jobs - running, self._cpu.wait_s(), room)

    def held_tokens(self, turn: Turn) -> float:
        """What is left of the context when all that waits is done: what the next job will find."""
        return self._sessions.held_tokens(turn.session_id)

    def utilisation(self) -> float:
        """The CPU's busy share, scores included."""
        now_s = self._clock.env.now
        return self._cpu.busy_s / now_s if now_s else 0.0

    def offered_load(self, fewest_jobs: int) -> float:
        """Jobs, and scores in between, over what a chip that never rests would have done."""
        return self._demand.offered_load(self._thermal, fewest_jobs)
