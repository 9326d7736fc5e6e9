"""A run: the parts of a scenario put together, and time let go."""

import gc
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from math import inf, nextafter
from pathlib import Path
from typing import Any

import simpy

from channels import Delay, Link
from simulator.clock import Clock
from simulator.context import Context
from simulator.fleet import Fleet
from simulator.mistakes import Mistake
from simulator.phone import Phone
from simulator.radio import Cell, Radios
from simulator.record import Log
from simulator.scenario import Scenario
from simulator.schedulers import EdgeServer
from simulator.turn import Router
from workloads import Session
from workloads.luck import Luck
from workloads.sessions import sessions

STEPS_BETWEEN_LOOKS = 256
"""Events between two calls of `watch`: often enough for a progress bar, too seldom to cost anything."""

MOST_STEPS_AT_ONE_INSTANT, STEPS_OF_A_START = 1_000_000, 10
"""More events than this at one instant, and so many for each user, mean that time will never pass."""

ALLOCATIONS_BETWEEN_SEARCHES = 500_000
"""Objects that may be made, less those that are gone, before Python searches for cycles of garbage."""

Process = Generator[simpy.Event, Any, None]


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Let Python look for cycles seldom: a run makes none, and many waiting sessions are slow to search."""
    before = gc.get_threshold()
    gc.set_threshold(ALLOCATIONS_BETWEEN_SEARCHES, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Simulation:
    """One live run that logs into `folder`."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.clock = Clock()
        self.log = Log(self.clock, folder)
        self.edge = self._open_edge()
        self.phones: list[Phone] = []
        self._together = scenario.users_per_cell or scenario.users
        self.cells = [Cell(self.clock, scenario.sharing) for _ in range(0, scenario.users, self._together)]
        self._started_sessions = 0
        self._luck = Luck(scenario.seed)
        self._router = Router.of(scenario, self.edge, self._luck, self.log)
        for user_id in range(scenario.users):
            self.clock.env.process(self._user(user_id))

    def run(self, watch: Callable[[], bool] = lambda: True) -> bool:
        """Let time pass until the horizon, or until nothing is left to happen; whether that was reached.

        `watch` is called now and then and ends the run early by returning False.
        """
        until_s = inf if self.scenario.horizon_s is None else self.scenario.horizon_s
        patience = MOST_STEPS_AT_ONE_INSTANT + STEPS_OF_A_START * self.scenario.users
        with _rare_garbage_collection():
            stood_still = 0
            while watch():
                before_s = self.clock.now_s
                if not self.clock.advance(until_s, STEPS_BETWEEN_LOOKS):
                    return True
                stood_still = stood_still + STEPS_BETWEEN_LOOKS if self.clock.now_s == before_s else 0
                if stood_still > patience:
                    raise Mistake(
                        f"time stands still at {before_s:g} s: replies, pauses and transfers all take no time"
                    )
        return False

    @property
    def last_s(self) -> float:
        """The last instant that happened; at the horizon itself nothing does."""
        now_s = self.clock.now_s
        return nextafter(now_s, 0.0) if now_s == self.scenario.horizon_s else now_s

    def progress(self) -> float:
        """Roughly how much of the run is over, 0 to 1."""
        scenario, done = self.scenario, 0.0
        if scenario.horizon_s is not None:
            done = self.clock.now_s / scenario.horizon_s
        if scenario.sessions_per_user is not None:
            done = max(done, self._started_sessions / (scenario.users * scenario.sessions_per_user))
        return done

    def _user(self, user_id: int) -> Process:
        """One user: begins sessions when the arrival law says so."""
        scenario = self.scenario
        phone = Phone(self.clock, scenario.device, lambda: self._open_radios(user_id), self.log.note)
        self.phones.append(phone)
        own = sessions(
            scenario.workload,
            scenario.arrivals,
            scenario.lengths,
            scenario.attachments,
            user_id,
            scenario.users,
            self._luck,
            scenario.thinking,
        )
        for session in islice(own, scenario.sessions_per_user):
            seconds, after_previous = session.start
            start_s = self.clock.now_s + seconds if after_previous else seconds
            yield self.clock.ring(start_s, session)
            self._started_sessions += 1
            process = self.clock.env.process(self._session(session, phone))
            if after_previous:
                yield process

    def _session(self, session: Session, phone: Phone) -> Process:
        """One session: its turns, one after another, each a pause after the reply to the one before."""
        context = Context()
        for turn in session.turns:
            if turn.pause_s:
                yield self.clock.ring(self.clock.now_s + turn.pause_s, turn)
            yield from self._router.serve(turn, context, phone)

    def _open_edge(self) -> EdgeServer:
        """One server, or several behind a balancer."""
        scenario = self.scenario
        try:
            servers = [
                scenario.scheduler.open(self.clock, scenario.edge, "edge", self.log.note)
                for _ in range(scenario.servers)
            ]
        except ValueError as error:
            raise Mistake(str(error)) from error
        return servers[0] if scenario.servers == 1 else Fleet(servers, scenario.balancer.open(servers))

    def draw_air(self, user_id: int) -> tuple[Link, Delay]:
        """One user's air. It depends on the seed and the user alone."""
        link = self.scenario.channel.draw(self._luck.generator("channel", user_id))
        return link, self.scenario.delta.draw(self._luck.generator("delta", user_id))

    def _open_radios(self, user_id: int) -> Radios:
        return self.cells[user_id // self._together].radios(*self.draw_air(user_id))
