"""The same routers where many users ask at once."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from simulator.conclusions.parts import ALL_DIALOGUES, ROUTERS, Size, router
from simulator.conclusions.played import Played, play
from simulator.conclusions.routers import Routed, Say
from simulator.policies.always_edge import AlwaysEdge
from simulator.scenario import Scenario
from workloads.arrivals.closed import Closed
from workloads.arrivals.poisson import Poisson

CROWD, SESSIONS = 256, 3
"""Users who never pause, and how many sessions each has: what shows how much the edge can answer."""
SESSIONS_PER_S = 0.0005
"""Of one user: the default of `arrivals=poisson`."""
TURNS_PER_SESSION = 4208 / ALL_DIALOGUES


class Loaded(NamedTuple):
    """All routers at the same load, and the edge alone where it can bear it."""

    load: float
    users: int
    edge: Played | None
    routers: dict[str, Played]


def loaded(scenario: Scenario, thresholds: dict[str, Routed], size: Size, say: Say) -> list[Loaded]:
    """Play all at each load of `size`.

    Neither scores nor expectations know of queues, so the same threshold decides as in the empty network.
    """
    say("capacity of the edge")
    capacity_per_s = capacity(scenario)
    return [_loaded(scenario, thresholds, load, capacity_per_s, size, say) for load in size.loads]


def _loaded(
    scenario: Scenario,
    thresholds: dict[str, Routed],
    load: float,
    capacity_per_s: float,
    size: Size,
    say: Say,
) -> Loaded:
    users = max(1, round(load * capacity_per_s / (TURNS_PER_SESSION * SESSIONS_PER_S)))
    many = _many(scenario, users, size.loaded_turns / (load * capacity_per_s), size.warmup_s)
    edge, routers = None, {}
    if load < 1.0:
        say(f"edge alone, load {load:g}")
        edge = play(many, policy=AlwaysEdge())
    for name in ROUTERS:
        say(f"{name}, load {load:g}")
        policy = replace(many.policy, threshold=thresholds[name].threshold)
        routers[name] = play(router(many, name), policy=policy)
    return Loaded(load, users, edge, routers)


def capacity(scenario: Scenario) -> float:
    """Turns a second at the edge while a crowd always has more to ask, from the first fifth to the last."""
    pauses = Closed(think_median_s=0.0, think_sigma=scenario.arrivals.think_sigma)
    crowd = play(scenario, policy=AlwaysEdge(), arrivals=pauses, users=CROWD, sessions_per_user=SESSIONS)
    done_at_s = np.sort(crowd.columns["done_at_s"])
    early, late = len(done_at_s) // 5, 4 * len(done_at_s) // 5
    return float((late - early) / (done_at_s[late] - done_at_s[early]))


def _many(scenario: Scenario, users: int, measured_s: float, warmup_s: float) -> Scenario:
    """So many users with sessions at random instants, who pause as in the empty network.

    In order, they begin at dialogues far apart, and together go through the table evenly.
    """
    law = scenario.arrivals
    arrivals = Poisson(
        sessions_per_s=SESSIONS_PER_S, think_median_s=law.think_median_s, think_sigma=law.think_sigma
    )
    return replace(
        scenario,
        workload=replace(scenario.workload, order="in_order"),
        arrivals=arrivals,
        users=users,
        sessions_per_user=None,
        horizon_s=warmup_s + measured_s,
        warmup_s=warmup_s,
    )
