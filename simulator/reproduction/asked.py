"""What a point asks for: a benchmark, its routers, and how much of it."""

from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from simulator.empty_network import Dialogues, EmptyNetwork, dialogues_of
from simulator.reproduction.changed import changed
from simulator.reproduction.paper import ACCURACIES, BERT, BERT_BLIND, EXPERIMENT, ROUTERS, TARGETS
from simulator.reproduction.sweep import Sweep
from simulator.scenario import Scenario
from simulator.scorers.uniform import Uniform
from simulator.thresholds.curve import curve
from workloads import Site
from workloads.lengths.mean import Mean

WITH_SCORES = (BERT, BERT_BLIND)
"""Routers whose scores come from the table, and take T_router."""


class Asked(NamedTuple):
    """The arguments of a measure."""

    benchmark: str
    seeds: int
    """How many, from 1, where luck matters."""
    resamples: int
    every: int
    """Every so many dialogues of the table are used; 1 for all."""
    overrides: tuple[str, ...] = ()
    """Of the paper's experiments, for all routers."""
    bert_overrides: tuple[str, ...] = ()
    """For those with scores of the table."""

    @classmethod
    def of(cls, arguments: dict[str, Any]) -> "Asked":
        """JSON knows no tuples."""
        tuples = {key: tuple(value) for key, value in arguments.items() if isinstance(value, list)}
        return cls(**arguments | tuples)

    @property
    def routers(self) -> tuple[str, ...]:
        """The routers of the benchmark."""
        return ROUTERS[self.benchmark]

    def scenario(self, router: str, seed: int = 1) -> Scenario:
        """The paper's experiment, as changed."""
        own = self.bert_overrides if router in WITH_SCORES else ()
        name = f"paper_{self.benchmark}{EXPERIMENT[router]}"
        return replace(changed(name, *self.overrides, *own), seed=seed)

    def network(self, router: str, seed: int = 1) -> EmptyNetwork:
        """The same without a clock."""
        scenario = self.scenario(router, seed)
        return EmptyNetwork(scenario, self.dialogues(router, seed))

    def dialogues(self, router: str, seed: int = 1) -> Dialogues:
        """Those that are used."""
        scenario = self.scenario(router, seed)
        laws = scenario.lengths, scenario.attachments, scenario.thinking
        drawn = (
            seed if _draws_lengths(scenario) else 1
        )  # nothing else of a turn is drawn in the paper's setting
        return _dialogues(scenario.workload, *laws, drawn)[:: self.every]

    def seeds_of(self, router: str) -> range:
        """Those that differ: a single one where luck does not matter."""
        scenario = self.scenario(router)
        lucky = isinstance(scenario.scorer, Uniform) or _draws_lengths(scenario)
        return range(1, 1 + (self.seeds if lucky else 1))

    def sweeps(self) -> dict[str, list[Sweep]]:
        """The exact curves of all routers, one for each seed."""
        return {name: self.sweeps_of(name) for name in self.routers}

    def sweeps_of(self, router: str) -> list[Sweep]:
        """Of one router."""
        own = self.bert_overrides if router in WITH_SCORES else ()
        asked = self._replace(bert_overrides=own, seeds=0, resamples=0)
        return [_sweep(asked, router, seed) for seed in self.seeds_of(router)]

    def qualities(self) -> tuple[float, float]:
        """Mean quality of the phone's answers, and of the edge's."""
        turns = [turn for dialogue in self.dialogues(BERT) for turn in dialogue]
        device, edge = (float(np.mean([turn.answer(site).quality for turn in turns])) for site in Site)
        return device, edge

    def target(self) -> float:
        """The quality to meet: the paper's, and on GSM8K, which has none, half-way between the sites.

        For another pair of models than the paper's, at the same part of the way between the sites.
        """
        device, edge = self.qualities()
        if self.benchmark not in TARGETS:
            return (device + edge) / 2.0
        wanted, (low, high) = TARGETS[self.benchmark], ACCURACIES[self.benchmark]
        if self.scenario(BERT).workload.quality.startswith("paper"):
            return wanted
        return device + (wanted - low) / (high - low) * (edge - device)


def _draws_lengths(scenario: Scenario) -> bool:
    return not isinstance(scenario.lengths, Mean)


_dialogues = lru_cache(maxsize=3)(dialogues_of)


@lru_cache(maxsize=48)
def _sweep(asked: Asked, router: str, seed: int) -> Sweep:
    network = asked.network(router, seed)
    return Sweep.of(curve(network, asked.scenario(router, seed).policy))
