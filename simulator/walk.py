"""A workload walked through an empty network: every turn of every dialogue once, in order, without a clock.

The decisions are those of a run of one user who has every dialogue of the table in turn; so are the
latencies, where the run's machines are the paper's, with slots, its link is steady and replies come whole.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.context import Context
from simulator.empty_network import EmptyNetwork
from simulator.policies import Outcome, Policy
from workloads import Site


class Walked(NamedTuple):
    """What became of every turn: one entry each, in the order of the table."""

    dialogue: NDArray[np.int64]
    """Which dialogue it belongs to, from 0."""
    edge: NDArray[np.bool_]
    """Whether the edge answered."""
    fused_score: NDArray[np.float64]
    """What the policy held against its threshold; the plain score where it weighs nothing."""
    latency_s: NDArray[np.float64]
    """From the prompt to the whole reply, T_total of Eq. 8 [s]."""
    quality: NDArray[np.float64]
    """Of the answer; NaN where the workload does not know."""


def walk(network: EmptyNetwork, policy: Policy) -> Walked:
    """Send every turn where `policy` says, and tell it how the turn went.

    Where all dialogues have one turn, fused scores do not depend on what was decided before, so that one walk
    serves all thresholds. In longer ones a decision changes the context of the turns that follow.
    Raises `Mistake` where the policy reads a score that the workload lacks.
    """
    router = network.router(policy)
    rule = router.policy
    rows: list[tuple[int, bool, float, float, float]] = []
    for number, turns in enumerate(network.dialogues):
        context = Context()
        for turn in turns:
            decision = network.weigh(router, turn, context)
            choice = rule.choose(decision)
            site, fused_score = choice
            latency_s = network.answer(router, decision, site, context)
            quality = turn.answer(site).quality
            rule.observe(decision, Outcome(choice, latency_s, quality))
            rows.append((number, site is Site.EDGE, fused_score, latency_s, quality))
    dialogue, edge, fused, latency, quality_column = zip(*rows, strict=True)
    return Walked(
        np.array(dialogue, np.int64),
        np.array(edge, np.bool_),
        np.array(fused, np.float64),
        np.array(latency, np.float64),
        np.array(quality_column, np.float64),
    )
