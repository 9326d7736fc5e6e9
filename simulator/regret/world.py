"""A run in memory that goes on, past its horizon too, for as long as somebody wants to know more."""

from collections.abc import Callable
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from pydantic.dataclasses import dataclass

from simulator.policies import Choice, Decision, Outcome
from simulator.regret import Name
from simulator.scenario import Scenario
from simulator.simulation import Simulation
from workloads import STRICT, Turn

ENDLESS_S = 1e15
"""A horizon that nothing reaches."""


class Decided(NamedTuple):
    """A decision, and what became of the turn so far."""

    turn: Turn
    arrived_at_s: float
    at_s: float
    choice: Choice


class Done(NamedTuple):
    """A turn that is over."""

    at_s: float
    e2e_s: float


NEVER = Done(inf, nan)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Watched:
    """A policy, or whatever stands for one, whose decisions and outcomes a world gets to know."""

    rule: Any
    world: Any

    @property
    def reads_score(self) -> bool:
        """As the policy says."""
        return bool(self.rule.reads_score)

    def open(self) -> "Watched":
        """The policy as it is at the start of a run."""
        return Watched(rule=self.rule.open(), world=self.world)

    def choose(self, decision: Decision) -> Choice:
        """As the policy does."""
        choice: Choice = self.rule.choose(decision)
        turn, query = decision.turn, decision.query
        decided = Decided(turn, query.at_s - query.router_s, query.at_s, choice)
        self.world.decided[name_of(turn)] = decided
        return choice

    def observe(self, decision: Decision, outcome: Outcome) -> None:
        """Whatever the policy learns."""
        self.rule.observe(decision, outcome)
        now_s = decision.query.phone.clock.now_s
        self.world.done[name_of(decision.turn)] = Done(now_s, outcome.e2e_s)


def name_of(turn: Turn) -> Name:
    """Which turn it is."""
    return turn.user_id, turn.session_id, turn.index


class World:
    """A scenario under way, whose horizon is left out. `rule` decides; logs are written below `scratch`."""

    def __init__(self, scenario: Scenario, rule: Any, scratch: Path | None = None) -> None:
        self.decided: dict[Name, Decided] = {}
        """In the order of time."""
        self.done: dict[Name, Done] = {}
        self._folder = TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True)
        watched = Watched(rule=rule, world=self)
        endless = replace(scenario, policy=watched, horizon_s=ENDLESS_S)
        self._simulation = Simulation(endless, Path(self._folder.name))
        self.over = False
        """Whether nothing is left to happen."""

    @property
    def now_s(self) -> float:
        """The present instant [s]."""
        return self._simulation.clock.now_s

    def until(self, enough: Callable[[], bool]) -> None:
        """Let time pass until it is enough, a few steps more, or nothing is left to happen."""
        if not (self.over or enough()):
            self.over = self._simulation.run(lambda: not enough())

    def close(self) -> None:
        """Nobody wants to know more."""
        self._folder.cleanup()
