"""What no threshold is needed for: each site alone, the best choice of every turn, and a coin."""

from typing import Any

import numpy as np

from simulator.points import Measured
from simulator.policies import Policy
from simulator.policies.always_device import AlwaysDevice
from simulator.policies.always_edge import AlwaysEdge
from simulator.policies.coin import Coin
from simulator.policies.oracle import Oracle
from simulator.reproduction.asked import Asked
from simulator.reproduction.bootstrap import figure, weightings
from simulator.reproduction.paper import BERT
from simulator.reproduction.sweep import weighted
from simulator.thresholds.figures import Floats, Sums, sums_of, tossed
from simulator.walk import walk
from workloads import Site

HEADS = 0.5
"""The coin's share of edge turns."""


def sites(**arguments: Any) -> Measured:
    """Mean edge share, quality and latency of those who read no score, and mean lengths in words."""
    asked = Asked.of(arguments)
    device, edge, oracle = (_sums(asked, policy) for policy in (AlwaysDevice(), AlwaysEdge(), Oracle()))
    if device.turns.max() == 1:
        coin = tossed(device, edge, HEADS)
    else:
        every = [_sums(asked, Coin(edge_share=HEADS), seed) for seed in range(1, asked.seeds + 1)]
        coin = Sums(*(np.mean(columns, axis=0) for columns in zip(*every, strict=True)))
    named = {"device": device, "edge": edge, "oracle": oracle, "coin": coin}
    measured: Measured = {name: _figures(sums, asked.resamples) for name, sums in named.items()}
    turns = [turn for dialogue in asked.dialogues(BERT) for turn in dialogue]
    for site in Site:
        tokens = [turn.answer(site).tokens for turn in turns]
        measured[site.value]["response_tokens"] = float(np.mean(tokens))
        measured[site.value]["prompt_tokens"] = float(np.mean([turn.prompt_tokens for turn in turns]))
    return {**measured, "turns": len(turns), "dialogues": len(device.turns)}


def _sums(asked: Asked, policy: Policy, seed: int = 1) -> Sums:
    return sums_of(walk(asked.network(BERT, seed), policy))


def _figures(sums: Sums, resamples: int) -> dict[str, Any]:
    """Ratios of sums, under every resample."""
    parts = []
    for weights in weightings(len(sums.turns), resamples, 1):
        turns, edge, judged, quality, latency_s = (weighted(weights, column) for column in sums)
        parts.append(np.stack([edge / turns, quality / judged, latency_s / turns]))
    share, quality, latency_s = _joined(parts)
    return {"edge_share": figure(share), "quality": figure(quality), "latency_s": figure(latency_s)}


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts, axis=1)
