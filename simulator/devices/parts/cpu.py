"""A chip that computes scores and runs the small model too: processor sharing of at most two tasks.

Scores wait for scores and jobs for jobs, first come, first served. The one score and the one job that are
under way have half of the chip each, or all of it alone; its speed follows its heat, whoever works. Between
two instants at which a task begins or ends all is known: each costs one event, and heat costs none.
"""

from collections import deque
from typing import Any, Protocol

import simpy

from simulator.clock import Clock
from simulator.devices.thermal import Thermal
from workloads import Turn

SCORES, JOBS = 0, 1
"""The lanes."""


class Task(Protocol):
    """Some work for a lane, in seconds at full speed."""

    turn: Turn
    left_s: float
    """What is left of it."""
    unread_s: float
    """What is left of its first part, which has an end of its own."""
    read_at_s: float
    """When that was; NaN until then."""

    def begin(self, at_s: float) -> None:
        """The chip takes it up."""

    def end(self, at_s: float) -> None:
        """It is done."""


class Cpu:
    """The chip."""

    def __init__(self, clock: Clock, thermal: Thermal) -> None:
        self._clock, self._thermal = clock, thermal
        self._lanes: tuple[deque[Task], deque[Task]] = (deque(), deque())
        self._left_s = [0.0, 0.0]
        """Work in each lane."""
        self._settled_at_s, self._heat, self._busy_s = 0.0, 0.0, 0.0
        """When all of this was last brought up to date, the heat then, and how long the chip had worked."""
        self._alarms = 0
        self.asked_s = 0.0
        """Work of all tasks that ever came."""

    def add(self, lane: int, task: Task) -> None:
        """A task comes now."""
        self.asked_s += task.left_s
        if self._lanes[lane]:  # it waits: for those who run nothing changes
            self._left_s[lane] += task.left_s
            self._lanes[lane].append(task)
            return
        self._settle()
        self._left_s[lane] = task.left_s
        self._lanes[lane].append(task)
        task.begin(self._settled_at_s)
        self._aim()

    def wait_s(self) -> float:
        """How long a job that came now would wait if no score came any more."""
        heat, done_s, _ = self._since_settled()
        scores_s, jobs_s = (max(0.0, left_s - done_s) for left_s in self._left_s)
        return self._thermal.busy_s(heat, jobs_s + min(jobs_s, scores_s))

    @property
    def jobs(self) -> int:
        """Jobs that run or wait."""
        return len(self._lanes[JOBS])

    def temperature_c(self) -> float:
        """Now."""
        return self._thermal.temperature_c(self._since_settled()[0])

    @property
    def busy_s(self) -> float:
        """How long it has worked so far, on whatever."""
        return self._busy_s + self._since_settled()[2]

    def _running(self) -> list[Task]:
        return [lane[0] for lane in self._lanes if lane]

    def _since_settled(self) -> tuple[float, float, float]:
        """The present heat; what each running task has had done since; for how long the chip has worked."""
        thermal, past_s = self._thermal, self._clock.env.now - self._settled_at_s
        scores, jobs = self._lanes
        if not (scores or jobs):
            return thermal.cooled(self._heat, past_s), 0.0, 0.0
        done_s = thermal.work_s(self._heat, past_s)
        return thermal.heated(self._heat, past_s), done_s / 2.0 if scores and jobs else done_s, past_s

    def _settle(self) -> None:
        """Bring all up to date."""
        heat, done_s, busy_s = self._since_settled()
        running = self._running()
        for task in running:
            task.left_s = max(0.0, task.left_s - done_s)
            if 0.0 < task.unread_s <= done_s:
                needed_s = task.unread_s * len(running)
                task.read_at_s = self._settled_at_s + self._thermal.busy_s(self._heat, needed_s)
            task.unread_s = max(0.0, task.unread_s - done_s)
        for lane, tasks in enumerate(self._lanes):
            if tasks:
                self._left_s[lane] = max(0.0, self._left_s[lane] - done_s)
        self._settled_at_s, self._heat = self._clock.env.now, heat
        self._busy_s += busy_s

    def _aim(self) -> None:
        """Ring when the next task is done."""
        self._alarms += 1  # those set before are void
        running = self._running()
        if running:
            task = min(running, key=lambda task: task.left_s)
            at_s = self._settled_at_s + self._thermal.busy_s(self._heat, task.left_s * len(running))
            self._clock.ring(at_s, task.turn, (self._alarms, task)).callbacks.append(self._ring)

    def _ring(self, alarm: simpy.Event) -> None:
        """A task is done; nothing, if another has come or gone in between."""
        value: Any = alarm.value
        number, task = value
        if number != self._alarms:
            return
        self._settle()
        lane = SCORES if self._lanes[SCORES] and self._lanes[SCORES][0] is task else JOBS
        tasks = self._lanes[lane]
        tasks.popleft()
        if tasks:
            tasks[0].begin(self._settled_at_s)
        else:
            self._left_s[lane] = 0.0
        self._aim()
        task.end(self._settled_at_s)
