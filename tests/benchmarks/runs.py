"""What is measured: one run of the simulator, whole or without its logs, of the textbook, of bare SimPy."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import simpy

from simulator.build import scenario_of
from simulator.config import Configuration, compose
from simulator.policies import Choice, Decision, Outcome
from simulator.record import Log
from simulator.run import execute
from simulator.scenario import Scenario
from simulator.simulation import Simulation
from tests.benchmarks.measure import cpu_s
from tests.benchmarks.rows import write
from tests.benchmarks.textbook import Textbook

MIXED = ("policy.threshold=-0.12",)
"""The threshold at which MT-Bench-101 is answered at both sites."""


def scenario(*overrides: str) -> Scenario:
    """The scenario of these overrides."""
    return scenario_of(compose(overrides).settings)


def simulate(of: Scenario) -> dict[str, Any]:
    """A whole run: logs streamed to disk, turned to Parquet, and summarised."""
    with TemporaryDirectory() as folder:
        return execute(of, Configuration({}, {}, []), Path(folder))


def textbook(of: Scenario) -> Textbook:
    """The same by the book: csv at the end, and no summary."""
    with TemporaryDirectory() as folder:
        twin = Textbook(of).run()
        write(Path(folder), "turns", twin.turns)
        write(Path(folder), "events", twin.events)
        return twin


def logged(of: Scenario) -> Simulation:
    """A run with its logs, and no summary."""
    with TemporaryDirectory() as folder:
        simulation = Simulation(of, Path(folder))
        simulation.run()
        simulation.log.close(simulation.clock.now_s)
        return simulation


def silent(of: Scenario) -> Simulation:
    """The same run with a log that writes nothing."""
    with _silence():
        return logged(of)


def events_and_turns(of: Scenario) -> tuple[int, int]:
    """How many events the kernel was given, and how many turns came of them."""
    simulation = silent(of)
    return next(simulation.clock.env._eid), simulation.log.done_turns


def bare(events: int, users: int) -> simpy.Environment:
    """`events` plain timeouts, shared by as many processes as there are users."""
    env = simpy.Environment()

    def tick(number: int) -> Iterator[simpy.Event]:
        delay_s = 1.0 + number / users
        for _ in range(number, events, users):
            yield env.timeout(delay_s)

    for number in range(users):
        env.process(tick(number))  # type: ignore[arg-type]
    env.run()
    return env


def cpu_of_run_s(of: Scenario) -> float:
    """CPU time of a whole run."""
    return cpu_s(lambda: simulate(of))


@contextmanager
def _silence() -> Iterator[None]:
    with patch("simulator.simulation.Log", _Silent):
        yield


class _Silent(Log):
    """Counts turns, and writes nothing."""

    def note(self, *change: Any) -> None: ...

    def arrived(self, turn: Any) -> float:
        self.arrived_turns += 1
        return self._clock.env.now

    def decided(self, decision: Decision, choice: Choice) -> None: ...

    def uploaded(self, turn: Any, transfer: Any) -> None: ...

    def done(self, arrived_at_s: float, decision: Decision, choice: Choice, *rest: Any) -> Outcome:
        self.done_turns += 1
        return Outcome(choice, self._clock.env.now - arrived_at_s, 0.0)

    def close(self, end_s: float) -> Any: ...
