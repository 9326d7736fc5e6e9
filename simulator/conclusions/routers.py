"""The three routers at the paper's target quality, and the two sites alone, in an empty network."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from simulator.conclusions.parts import RANDOM, ROUTERS, router
from simulator.conclusions.played import Numbers, Played, play
from simulator.conclusions.search import threshold
from simulator.kv_caches.keep_all import KeepAll
from simulator.kv_caches.keep_last import KeepLast
from simulator.policies.always_device import AlwaysDevice
from simulator.policies.always_edge import AlwaysEdge
from simulator.scenario import Scenario

TARGET_GAIN = (9.53 - 9.29) / (9.78 - 9.29)
"""The paper's 9.53, as a share of what the edge's answers are better (Table III)."""
TOLERANCE = 0.003
"""A quality so near the target meets it."""
CACHES = {"keep_last": KeepLast(), "keep_all": KeepAll()}
FIRST_GUESS = 0.7
"""Quantile of the fused scores of first turns at which the search begins."""
STEP = 0.1
"""How far, in quantiles, its first step goes."""

Say = Callable[[str], None]


class Routed(NamedTuple):
    """A router whose answers are as good as wanted."""

    threshold: float
    played: Played


class Sites(NamedTuple):
    """What either model takes alone."""

    device: Played
    edge: Played

    @property
    def gain(self) -> float:
        """How much better the edge's answers are."""
        return self.edge.mean("quality") - self.device.mean("quality")

    @property
    def target(self) -> float:
        """The quality that routers must meet."""
        return self.device.mean("quality") + TARGET_GAIN * self.gain


def sites(scenario: Scenario) -> Sites:
    """Every turn on the phone, and every turn at the edge."""
    return Sites(play(scenario, policy=AlwaysDevice()), play(scenario, policy=AlwaysEdge()))


def routed(scenario: Scenario, alone: Sites, say: Say) -> dict[str, dict[str, Routed]]:
    """For both rules of what a cache keeps, by name, all routers at the target."""
    found: dict[str, dict[str, Routed]] = {cache: {} for cache in CACHES}
    for name in ROUTERS:
        fused = first_scores(name, alone.device, scenario.policy.latency_weight_per_s)
        start, higher = np.quantile(fused, (FIRST_GUESS, FIRST_GUESS + STEP)).tolist()
        step = higher - start
        for cache, rule in CACHES.items():
            say(f"{name}, {cache}")
            ruled = router(replace(scenario, kv_cache=rule), name)
            found[cache][name] = at_target(ruled, alone.target, start, step)
            start = found[cache][name].threshold  # the other rule's is often near
    return found


def at_target(scenario: Scenario, target: float, start: float, step: float) -> Routed:
    """The router at the threshold where its answers are as good as wanted, looked for from `start`."""

    def measure(theta: float) -> tuple[float, Played]:
        played = play(scenario, policy=replace(scenario.policy, threshold=theta))
        return played.mean("quality"), played

    return Routed(*threshold(measure, target, TOLERANCE, start, step))


def first_scores(name: str, device: Played, alpha_per_s: float) -> Numbers:
    """Fused scores of first turns, which do not depend on what was decided before; of Random their law's."""
    columns = device.columns
    first = columns["turn_index"] == 0
    gap_s = (columns["expected_edge_s"] - columns["expected_device_s"])[first]
    scores = columns["score"][first]
    if name == RANDOM:
        scores = np.linspace(0.0, 1.0, len(gap_s))
    fused: Numbers = scores - alpha_per_s * gap_s
    return fused
