"""The routers that are compared, and the thresholds at which their answers are equally good."""

from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from simulator.build import build, scenario_of
from simulator.conclusions.parts import ALL_DIALOGUES, BERT, BLIND, RANDOM, router
from simulator.conclusions.routers import TARGET_GAIN
from simulator.config import compose
from simulator.empty_network import EmptyNetwork
from simulator.policies.always_device import AlwaysDevice
from simulator.policies.always_edge import AlwaysEdge
from simulator.reproduction.beyond.crowd import counted_sessions, crowd
from simulator.scenario import Scenario
from simulator.thresholds.curve import Pieces, curve, pieces
from simulator.thresholds.target import fewest_for, short_number
from workloads import Turn

PAPER = ("bert", "bert_blind", "random", "score")
"""The paper's routers, and BERT's score without any latency."""
GENTLE = "gentle"
"""BERT that weighs latency by a tenth of the paper's alpha."""
FIXED = (*PAPER, GENTLE)
"""Who know neither queues nor the air: at a given threshold they decide as in the empty network."""
SITES = ("device", "edge")
GENTLY = 0.1
"""What is left of alpha where a router sees queues (`seeing`)."""
NEAR = 0.03
"""How far from the target, in quality, the slope of a curve is taken."""
CALM_TURNS_PER_S = 1.0
"""Any rate: nothing waits in an empty network."""


class Calm(NamedTuple):
    """What is known of all users in the empty network."""

    target: float
    """49 % of the way from the phone's quality to the edge's: on the whole table 9.53."""
    gain: float
    """How much better the edge's answers are."""
    thresholds: dict[str, float]
    """Of `FIXED`: the fewest edge turns whose quality is at least the target."""
    shares: dict[str, float]
    """Of edge turns there."""
    slopes: dict[str, float]
    """By how much quality falls for each unit of the threshold, near the target."""


@cache
def base(hardware: str, overrides: tuple[str, ...] = ()) -> Scenario:
    """MT-Bench-101 on some hardware under the paper's router, whose users pause."""
    chosen = ("experiment=paper_mtbench101", f"hardware={hardware}")
    return scenario_of(compose([*chosen, "arrivals.think_median_s=123", *overrides]).settings)


@cache
def part(group: str, *overrides: str) -> Any:
    """The part that these overrides choose in `group`."""
    return build(compose(overrides).settings[group], group)


@cache
def calm(hardware: str, seed: int, overrides: tuple[str, ...] = ()) -> Calm:
    """Calibrate the fixed routers on the whole table, with the very scores and answers of the users."""
    whole = range(ALL_DIALOGUES)
    scenario = crowd(replace(base(hardware, overrides), seed=seed), CALM_TURNS_PER_S, whole)
    turns = [session.turns for session in counted_sessions(scenario)]
    every = {name: _pieces(fixed(scenario, name), turns) for name in FIXED}
    device, edge = (float(every["bert"].quality[end]) for end in (-1, 0))
    target = device + TARGET_GAIN * (edge - device)
    chosen = {name: fewest_for(found, target) for name, found in every.items()}
    return Calm(
        target,
        edge - device,
        {name: _theta(every[name], piece) for name, piece in chosen.items()},
        {name: float(every[name].edge_share[piece]) for name, piece in chosen.items()},
        {name: _slope(found, target) for name, found in every.items()},
    )


def fixed(scenario: Scenario, name: str, threshold: float | None = None) -> Scenario:
    """One of `FIXED` or `SITES`, at a threshold."""
    if name in SITES:
        return replace(scenario, policy=AlwaysDevice() if name == "device" else AlwaysEdge())
    known = {"bert_blind": BLIND, "random": RANDOM}.get(name, BERT)
    weights = {"score": 0.0, GENTLE: GENTLY}
    policy = weighing(scenario.policy, weights.get(name, 1.0))
    if threshold is not None:
        policy = replace(policy, threshold=threshold)
    return replace(router(scenario, known), policy=policy)


def weighing(policy: Any, part_of_alpha: float) -> Any:
    """The policy with a part of its weight on latency."""
    return replace(policy, latency_weight_per_s=part_of_alpha * policy.latency_weight_per_s)


def _pieces(scenario: Scenario, turns: list[tuple[Turn, ...]]) -> Pieces:
    return pieces(curve(EmptyNetwork(scenario, turns), scenario.policy))


def _theta(found: Pieces, piece: int) -> float:
    return float(short_number(float(found.low[piece]), float(found.high[piece])))


def _slope(found: Pieces, target: float) -> float:
    worse, better = (_theta(found, fewest_for(found, target + side * NEAR)) for side in (-1.0, 1.0))
    return 2.0 * NEAR / max(worse - better, 1e-3)
