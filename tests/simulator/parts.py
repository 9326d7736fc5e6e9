"""Small stand-ins that the tests of the simulator share."""

from typing import Any

import simpy

from simulator.clock import Clock
from simulator.estimators import Expected, Query
from simulator.policies import Decision
from simulator.schedulers import Job
from workloads import Answer, Turn
from workloads.luck import Luck

NOTHING = Answer(0.0, float("nan"))


def turn(user: int = 0, session: int = 0, index: int = 0, **changes: Any) -> Turn:
    """A turn of a few tokens."""
    known = {
        "pause_s": 0.0,
        "prompt_tokens": 10.0,
        "device": Answer(100.0, 0.0),
        "edge": Answer(200.0, 1.0),
        "score": 0.5,
        "task": "",
    }
    return Turn(user, session, index, **(known | changes))


def decision(score: float = 0.5, device_s: float = 10.0, edge_s: float = 14.0, **of_turn: Any) -> Decision:
    """What a policy sees of a first turn, without a live phone."""
    asked = turn(**of_turn)
    nobody: Any = None
    query = Query(0.0, asked.prompt_tokens, 0.0, 0.0, 0.0, 100.0, 200.0, 0.0, nobody, nobody)
    return Decision(score, Expected(device_s, edge_s), query, asked, Luck(1))


def job(
    service_tokens: float, user: int = 0, prompt_tokens: float = 0.0, reprefill_tokens: float = 0.0
) -> Job:
    """A job that decodes `service_tokens`."""
    return Job(turn(user), reprefill_tokens, prompt_tokens, service_tokens)


class Notes(list[tuple[Any, ...]]):
    """Collects what is noted."""

    def __call__(self, at_s: float, kind: float, entity: float, of: Turn, value: float) -> None:
        self.append((at_s, kind, entity, of, value))


def when(clock: Clock, event: simpy.Event, into: list[Any]) -> None:
    """Append (instant, value) to `into` when the event happens."""
    event.callbacks.append(lambda happened: into.append((clock.now_s, happened.value)))
