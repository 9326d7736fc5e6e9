"""Where the router's scores are computed: on a CPU of their own, or on the one that the small model runs on.

Either way a score succeeds with the seconds since it was asked for, and scores are served as they come.
"""

from math import nan

import simpy

from simulator.clock import Clock
from simulator.devices.parts.cpu import SCORES, Cpu
from simulator.fifo import Fifo
from workloads import Turn


class ScoresApart:
    """Nobody else needs the CPU: it is a queue in virtual time, at full speed."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._queue = clock, Fifo()

    def ask(self, turn: Turn, work_s: float) -> simpy.Event:
        """Score a prompt, which takes `work_s`."""
        now_s = self._clock.env.now
        start_s = self._queue.book(now_s, work_s)
        return self._clock.ring(start_s + work_s, turn, start_s - now_s + work_s)


class ScoresBeside:
    """The small model needs the CPU too."""

    def __init__(self, clock: Clock, cpu: Cpu) -> None:
        self._clock, self._cpu = clock, cpu

    def ask(self, turn: Turn, work_s: float) -> simpy.Event:
        """Score a prompt, which would take `work_s` alone and at full speed."""
        score = Score(self._clock, turn, work_s)
        self._cpu.add(SCORES, score)
        return score.done


class Score:
    """A prompt to be scored (`simulator.devices.parts.cpu.Task`)."""

    def __init__(self, clock: Clock, turn: Turn, work_s: float) -> None:
        self.turn, self.left_s, self.unread_s, self.read_at_s = turn, work_s, 0.0, nan
        self._asked_at_s, self.done = clock.env.now, clock.alarm(turn)

    def begin(self, at_s: float) -> None:
        """Nobody need know."""

    def end(self, at_s: float) -> None:
        """Tell the router."""
        self.done.ring(at_s, at_s - self._asked_at_s)
