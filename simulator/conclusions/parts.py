"""What is compared: scenarios of the paper's experiment on some hardware, and its three routers."""

from dataclasses import replace
from typing import Any, NamedTuple

from pydantic.dataclasses import dataclass

from channels import Part
from simulator.build import scenario_of
from simulator.config import compose
from simulator.estimators import Expected, Query
from simulator.scenario import Scenario
from simulator.schedulers import EdgeServer
from simulator.scorers.uniform import Uniform
from workloads import STRICT

BERT, BLIND, RANDOM = "BERT", "BERT without context", "Random"
ROUTERS = (BERT, BLIND, RANDOM)
PAUSE_S = 123.0
"""Median pause of the closed arrivals' law. In an empty network it only lets a phone cool down."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WithoutContext:
    """An estimator that forgets the dialogue: C_t = 0 and Delta C_t = 0, as in the paper's "w/o Context"."""

    believed: Part

    def open(self, edge: EdgeServer) -> "WithoutContext":
        """What is believed, opened."""
        return WithoutContext(believed=self.believed.open(edge))

    def expect(self, query: Query) -> Expected:
        """What is expected of a first turn."""
        first_turn = query._replace(
            context_tokens=0.0, device_reprefill_tokens=0.0, edge_reprefill_tokens=0.0
        )
        expected: Expected = self.believed.expect(first_turn)
        return expected


class Size(NamedTuple):
    """How much is simulated."""

    dialogues: int | None
    """Drawn at random; None: every one of the table once."""
    questions: int
    """Of MMLU."""
    loaded_turns: int
    """At load, after the warm-up."""
    warmup_s: float
    """At load. Sessions last for about eight minutes, pauses and all."""
    loads: tuple[float, ...]
    """Turns that come, over those that the edge could answer: it can answer all, or only half as many."""


FULL = Size(None, 1000, 3000, 1200.0, (0.7, 1.4))
QUICK = Size(150, 250, 600, 600.0, (0.7,))
ALL_DIALOGUES = 1388


def multi_turn(hardware: str, size: Size, seed: int) -> Scenario:
    """MT-Bench-101 in the paper's empty network."""
    dialogues = size.dialogues or ALL_DIALOGUES
    return _scenario(
        *("experiment=paper_mtbench101", f"hardware={hardware}", f"seed={seed}"),
        *(f"arrivals.think_median_s={PAUSE_S}", f"sessions_per_user={dialogues}"),
        f"workload.order={'random' if size.dialogues else 'in_order'}",
    )


def single_turn(hardware: str, size: Size, seed: int) -> Scenario:
    """A sample of MMLU in the paper's empty network."""
    return _scenario(
        *("experiment=paper_mmlu", f"hardware={hardware}", f"seed={seed}", "workload.order=random"),
        *(f"arrivals.think_median_s={PAUSE_S}", f"sessions_per_user={size.questions}"),
    )


def router(scenario: Scenario, name: str) -> Scenario:
    """The scenario with one of `ROUTERS`, whatever its policy."""
    if name == BLIND:
        return replace(scenario, estimator=WithoutContext(believed=scenario.estimator))
    if name == RANDOM:  # Section IV-A: its score is drawn and takes no time
        device: Any = replace(scenario.device, router_s_per_token=0.0)
        return replace(scenario, scorer=Uniform(), device=device)
    return scenario


def _scenario(*overrides: str) -> Scenario:
    return scenario_of(compose(overrides).settings)
