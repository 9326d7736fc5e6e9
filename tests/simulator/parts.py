"""Small stand-ins that the tests of the simulator share."""

from typing import Any

import simpy

from channels.payload.text import Text
from simulator.clock import Clock
from simulator.columns import ENTITIES, ENTITY_STEP, KINDS
from simulator.estimators import Expected, Query
from simulator.policies import Decision
from simulator.schedulers import Job
from workloads import Answer, Turn
from workloads.luck import Luck

NOTHING = Answer(0.0, float("nan"))
TEXT = Text(bits_per_token=45.0)


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
    known = (asked.prompt_tokens, 0.0, 0.0, 0.0, 100.0, 200.0, 450.0, 9000.0, 0.0)
    query = Query(0.0, *known, nobody, nobody, asked, TEXT)
    return Decision(score, Expected(device_s, edge_s), query, asked, Luck(1))


def job(
    service_tokens: float, user: int = 0, prompt_tokens: float = 0.0, reprefill_tokens: float = 0.0
) -> Job:
    """A job that decodes `service_tokens`."""
    return Job(turn(user), reprefill_tokens, reprefill_tokens, prompt_tokens, service_tokens)


class Notes(list[tuple[float, str, str, Turn, float]]):
    """State changes as they were noted: instant, kind, entity, turn, value."""

    def __call__(self, turn: Turn, *changes: float) -> None:
        kinds = list(KINDS)
        for code, at_s, value in zip(changes[::3], changes[1::3], changes[2::3], strict=True):
            entity, kind = divmod(int(code), ENTITY_STEP)
            self.append((at_s, kinds[kind], ENTITIES[entity], turn, value))


def when(clock: Clock, event: simpy.Event, into: list[Any]) -> None:
    """Append (instant, value) to `into` when the event happens."""
    event.callbacks.append(lambda happened: into.append((clock.now_s, happened.value)))
