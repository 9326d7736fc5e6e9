"""The paper's conclusions at a load: the work its own router puts on the edge, over what the edge can do."""

from dataclasses import replace
from functools import cache
from typing import Any

from simulator.conclusions.load import capacity
from simulator.empty_network import EmptyNetwork
from simulator.points import Measured
from simulator.reproduction.beyond.crowd import crowd
from simulator.reproduction.beyond.played import Runs, of_table, play_all, said
from simulator.reproduction.beyond.routers import base, calm
from simulator.reproduction.beyond.runs import Run, mean
from simulator.scenario import Scenario
from simulator.schedulers.fifo_slots import FifoSlots
from simulator.walk import walk

FIRST_SEED = 1
"""In whose empty network it is seen what load 1 is; only BERT is asked, which draws nothing."""


def at_load(hardware: str, load: float, seeds: list[int], parts: int, routers: list[str]) -> Measured:
    """BERT and `routers` at one load; every seed counts one of `parts` parts of the table's dialogues."""
    turns_per_s = load * full_turns_per_s(hardware)
    runs: Runs = {}
    users = []
    for turn, seed in enumerate(seeds):
        scenario = crowd(replace(base(hardware), seed=seed), turns_per_s, of_table(turn, parts))
        users.append(scenario.users)
        play_all(runs, scenario, calm(hardware, seed), routers)
    return {
        "load": load,
        "turns_per_s": turns_per_s,
        "users": users,
        **said(runs),
        "edge_load": {name: edge_load(hardware, turns_per_s, many) for name, many in runs.items()},
    }


@cache
def full_turns_per_s(hardware: str) -> float:
    """Turns a second, of all users, at which the paper's router gives the edge just as much as it can do.

    For slots exactly: what BERT's edge turns take. A reply of a batching edge takes no time of its own: there
    it is the rate at which a crowd that always has more to ask gets its answers, over BERT's share.
    """
    scenario = replace(base(hardware), seed=FIRST_SEED)
    known = calm(hardware, FIRST_SEED)
    if isinstance(scenario.scheduler, FifoSlots):
        return scenario.scheduler.slots / _edge_work_s(scenario, known.thresholds["bert"])
    return edge_turns_per_s(hardware) / known.shares["bert"]


@cache
def edge_turns_per_s(hardware: str) -> float:
    """Answers a second of an edge that always has more to answer, as measured."""
    return capacity(replace(base(hardware), seed=FIRST_SEED))


def edge_load(hardware: str, turns_per_s: float, runs: list[Run]) -> float:
    """Work that a router put on the edge over what the edge can do: from 1 on there is no steady state.

    For a batching edge, turns over the most that it can answer.
    """
    scheduler = base(hardware).scheduler
    if isinstance(scheduler, FifoSlots):
        return turns_per_s * float(mean(runs, "edge_work_s")["value"] or 0.0) / scheduler.slots
    return turns_per_s * float(mean(runs, "edge_share")["value"] or 0.0) / edge_turns_per_s(hardware)


def _edge_work_s(scenario: Scenario, threshold: float) -> float:
    """Seconds of the edge that BERT asks for, a turn, over the whole table in the empty network."""
    unpaid: Any = replace(scenario.device, router_s_per_token=0.0)
    network = EmptyNetwork(replace(scenario, device=unpaid))
    walked = walk(network, replace(scenario.policy, threshold=threshold))
    return float(walked.latency_s[walked.edge].sum() / len(walked.edge))
