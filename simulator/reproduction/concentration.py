"""How unevenly the edge's gain must lie for a few turns to bring half of it."""

from typing import Any

import numpy as np

from simulator.reproduction.asked import Asked
from simulator.reproduction.paper import ACCURACIES, BERT, SHARES, TARGETS
from simulator.thresholds.figures import Floats

MT_BENCH = ("workload=mtbench", "workload.quality=routellm")
"""The only real judge scores of two turns."""


def concentration(asked: Asked) -> dict[str, Any]:
    """What the paper's points on MT-Bench-101 need, and what the highest scores of the tables bring."""
    low, high = ACCURACIES[asked.benchmark]
    shares = SHARES[asked.benchmark]
    gain, part = high - low, (TARGETS[asked.benchmark] - low) / (high - low)
    needed = {
        router: {"share": share, "gain_of_sent": part * gain / share, "times_mean": part / share}
        for router, share in shares.items()
    }
    tables = {
        "paper": (),
        "paper_rho0": ("workload.quality=paper_rho0",),
        "paper_rho1": ("workload.quality=paper_rho1",),
        "mtbench_real": MT_BENCH,
    }
    brought = {name: _brought(asked._replace(overrides=own), shares) for name, own in tables.items()}
    return {"mean_gain": gain, "part_of_gain": part, "needed": needed, "brought_by_score": brought}


def _brought(asked: Asked, shares: dict[str, float]) -> dict[str, Any]:
    """The part of the gain that comes back when so many turns of the highest scores go to the edge.

    Beside it that of a score which knows every gain; equal ones count as they stand in the table.
    """
    turns = [turn for dialogue in asked.dialogues(BERT) for turn in dialogue]
    gain = np.array([turn.edge.quality - turn.device.quality for turn in turns])
    score = np.array([turn.score for turn in turns])
    return {
        "share_that_gains": float(np.mean(gain > 0)),
        "share_that_loses": float(np.mean(gain < 0)),
        "by_score": {router: _top(score, gain, share) for router, share in shares.items()},
        "by_gain": {router: _top(gain, gain, share) for router, share in shares.items()},
    }


def _top(order: Floats, gain: Floats, share: float) -> float:
    best = np.argsort(-order, kind="stable")[: round(share * len(gain))]
    return float(gain[best].sum() / gain.sum())
