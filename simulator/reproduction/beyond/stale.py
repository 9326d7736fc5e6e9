"""What knowledge is worth, and for how long: routers at the same load, with reports of any age."""

from dataclasses import replace

import numpy as np

from simulator.points import Measured
from simulator.regret import Regrets
from simulator.regret.figures import figure, figures
from simulator.regret.replay import regret_of
from simulator.reproduction.beyond.air import USERS_PER_CELL
from simulator.reproduction.beyond.crowd import crowd
from simulator.reproduction.beyond.load import full_turns_per_s
from simulator.reproduction.beyond.played import Runs, of_table, play_all, said
from simulator.reproduction.beyond.routers import FIXED, Calm, base, calm, fixed
from simulator.reproduction.beyond.runs import Run, run
from simulator.reproduction.beyond.seeing import seen
from simulator.scenario import Scenario

HARDWARE = "paper"
REPLIES = "lengths=lognormal"
"""Replies of unequal length, as a reasoning model's are: there is something that nobody knows beforehand."""


def with_reports(
    load: float, air: str, attachments: str, seeds: list[int], parts: int, routers: list[str]
) -> Measured:
    """BERT and `routers` on the paper's edge at a load, over some air that all share if it can be shared."""
    runs: Runs = {}
    users = []
    for turn, seed in enumerate(seeds):
        scenario = _crowd(load, air, attachments, seed, of_table(turn, parts))
        users.append(scenario.users)
        play_all(runs, scenario, calm(HARDWARE, seed, (REPLIES,)), routers)
    return {"load": load, "users": users, **said(runs)}


def regrets(
    load: float, air: str, attachments: str, seed: int, counted: int, routers: list[str], decisions: int
) -> Measured:
    """Of a sample of the decisions that BERT and each of `routers` make, by counterfactual replay.

    A replay makes the whole run again, so the crowd is a small one, and one seed has to do.
    """
    known = calm(HARDWARE, seed, (REPLIES,))
    scenario = _crowd(load, air, attachments, seed, range(counted))
    bert = run(fixed(scenario, "bert", known.thresholds["bert"]), known.gain)
    found: dict[str, Regrets] = {}
    for name in ("bert", *routers):
        found[name] = regret_of(_router(scenario, known, name, bert), None, decisions, seed)
    return {
        "load": load,
        "seeds": [seed],
        "users": scenario.users,
        "decisions": decisions,
        "routers": {name: {**figures(one), "avoidable_s": _avoidable(one)} for name, one in found.items()},
    }


def _avoidable(found: Regrets) -> dict[str, float | None]:
    """Seconds a decision, on average, that the other site would have saved with an answer no worse."""
    no_worse = found.quality_regret >= 0.0
    return figure(np.where(no_worse, np.maximum(found.latency_regret_s, 0.0), 0.0), found.dialogue)


def _crowd(load: float, air: str, attachments: str, seed: int, whom: range) -> Scenario:
    overrides = (REPLIES, f"air={air}", f"attachments={attachments}", f"users_per_cell={USERS_PER_CELL}")
    return crowd(replace(base(HARDWARE, overrides), seed=seed), load * full_turns_per_s(HARDWARE), whom)


def _router(scenario: Scenario, known: Calm, name: str, bert: Run) -> Scenario:
    if name in FIXED:
        return fixed(scenario, name, known.thresholds[name])
    return seen(scenario, known, name, bert)[0]
