"""The fast way held against the slow one: the exact curve, a walk, and the event loop, turn by turn."""

from dataclasses import replace

import numpy as np

from simulator.conclusions.played import play
from simulator.empty_network import EmptyNetwork, dialogues_of
from simulator.points import Measured
from simulator.reproduction.asked import Asked
from simulator.reproduction.paper import ROUTERS
from simulator.thresholds.curve import curve
from simulator.thresholds.figures import sums_of
from simulator.walk import walk


def event_loop(sessions: int | None) -> Measured:
    """The largest differences over all experiments of the paper, at their own thresholds.

    With `sessions` the event loop plays only so many dialogues of each. Seconds of a turn are distances of
    two instants of the simulated clock, and no finer than it.
    """
    every = [(name, router) for name, routers in ROUTERS.items() for router in routers]
    found = {f"{name}/{router}": _experiment(name, router, sessions) for name, router in every}
    worst = {key: max(own[key] for own in found.values()) for key in next(iter(found.values()))}
    return {"experiments": found, "worst": {key: value for key, value in worst.items() if key != "turns"}}


def _experiment(benchmark: str, router: str, sessions: int | None) -> dict[str, float]:
    scenario = Asked(benchmark, 1, 0, 1).scenario(router)
    if sessions is not None:
        scenario = replace(scenario, sessions_per_user=sessions)
    played = play(scenario)
    laws = scenario.lengths, scenario.attachments, scenario.thinking
    network = EmptyNetwork(scenario, dialogues_of(scenario.workload, *laws, scenario.seed, sessions))
    walked = walk(network, scenario.policy)
    turns = len(played.columns["e2e_s"])
    late_s, run_s = walked.latency_s[:turns], played.columns["e2e_s"]
    quality, run_quality = walked.quality[:turns], played.columns["quality"]
    edge = walked.edge[:turns]
    sums, read = sums_of(walked), curve(network, scenario.policy).at(scenario.policy.threshold)
    return {
        "turns": turns,
        "sites": float(np.sum(edge != played.columns["at_edge"])),
        "quality": float(np.max(np.abs(quality - run_quality))),
        "latency_relative": float(np.max(np.abs(late_s / run_s - 1.0))),
        "mean_latency_relative": abs(float(late_s.mean() / run_s.mean()) - 1.0),
        "mean_quality": abs(float(quality.mean() - run_quality.mean())),
        "edge_share": abs(float(edge.mean()) - played.edge_share),
        "curve_edge_turns": float(np.max(np.abs(sums.edge_turns - read.edge_turns))),
        "curve_quality": float(np.max(np.abs(sums.quality - read.quality))),
        "curve_latency_relative": float(np.max(np.abs(sums.latency_s / read.latency_s - 1.0))),
    }
