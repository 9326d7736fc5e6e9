"""The simulated clock, and the rule for ties.

Everything that takes time in Edgewise is an alarm: a SimPy event that rings at a known instant and hands
over a value. Alarms that ring at the same instant ring in the order of their rank, not of their making.
A rank is (user, session), as one integer: at one instant the sessions act in that order, each finishing
all that it has to do at this instant before the next one moves.
"""

from heapq import heappush
from math import inf
from typing import Any, Protocol

import simpy


class Ranked(Protocol):
    """Whoever has a place among simultaneous events: a turn, or a session."""

    @property
    def user_id(self) -> int: ...

    @property
    def session_id(self) -> int: ...


class Alarm(simpy.Event):
    """An event that succeeds at an instant of its own, once `ring` has said which."""

    def __init__(self, env: simpy.Environment, rank: int) -> None:
        self.env = env
        self.callbacks = []
        self._ok = True
        self._rank = rank

    def ring(self, at_s: float, value: Any) -> None:
        """Succeed with `value` at `at_s`, or now, where that has passed."""
        env = self.env
        self._value = value
        # What Environment.schedule does, but at an instant, not after a delay: adding a delay to the present
        # rounds, and a job that comes when a slot falls free would wait for 1e-12 s.
        heappush(env._queue, (at_s if at_s > env.now else env.now, self._rank, next(env._eid), self))  # type: ignore[misc]


class Clock:
    """Simulated time in seconds, from 0."""

    def __init__(self) -> None:
        self.env = simpy.Environment()
        self.never_events = 0
        """How many events were made that never happen."""

    @property
    def now_s(self) -> float:
        """The present instant."""
        return self.env.now

    def advance(self, until_s: float, steps: int) -> bool:
        """Let up to `steps` events happen, all before `until_s`; whether any such event may be left.

        What would happen at `until_s` itself does not. If anything is left from then on, the clock is put to
        `until_s`, else it stays where the last event was.
        """
        env = self.env
        queue, step = env._queue, env.step
        for _ in range(steps):
            if not queue or queue[0][0] >= until_s:
                if queue and until_s < inf:
                    env.run(until=until_s)
                return False
            step()
        return True

    def never(self) -> simpy.Event:
        """An event that never happens."""
        self.never_events += 1
        return self.env.event()

    def alarm(self, whom: Ranked) -> Alarm:
        """An event in `whom`'s rank, for an instant that is not known yet."""
        # 0 is SimPy's own: the start of a process.
        return Alarm(self.env, (whom.user_id << 32) + whom.session_id + 1)

    def ring(self, at_s: float, whom: Ranked, value: Any = None) -> Alarm:
        """An event that succeeds with `value` at `at_s` (now, where that has passed), in `whom`'s rank."""
        alarm = self.alarm(whom)
        alarm.ring(at_s, value)
        return alarm
