"""Whole curves for the figures: means over turns from all-edge to all-phone, and their bands."""

from typing import Any

import numpy as np

from simulator.points import Measured
from simulator.reproduction.asked import Asked
from simulator.reproduction.bootstrap import band, numbers, resampled
from simulator.reproduction.paper import PAIRS
from simulator.reproduction.sweep import Sweep, Weighed
from simulator.thresholds.figures import Floats
from simulator.thresholds.target import short_number

STEPS = 101
"""Thresholds of a drawn curve: quantiles of the fused scores, 1 % apart."""
SHARES = np.linspace(0.0, 1.0, 101)
LATENCIES = 81
"""Values of the grid in latency."""


def curves(router: str, **arguments: Any) -> Measured:
    """One router's mean curve over its seeds, and 95 % bands of its quality over latency and edge share."""
    asked = Asked.of(arguments)
    sweeps = asked.sweeps_of(router)
    drawn = np.mean([_drawn(sweep) for sweep in sweeps], axis=0)
    theta, share, latency_s, quality = drawn
    grid = np.linspace(latency_s.min(), latency_s.max(), LATENCIES)
    late, often = _over({router: sweeps}, asked.resamples, grid, SHARES)
    return {
        "theta": numbers(theta),
        "edge_share": numbers(share),
        "latency_s": numbers(latency_s),
        "quality": numbers(quality),
        "over_latency": {"latency_s": numbers(grid), **_named(late[router])},
        "over_share": {"edge_share": numbers(SHARES), **_named(often[router])},
        "seeds": list(asked.seeds_of(router)),
        "turns": int(sweeps[0].start.turns.sum()),
        "dialogues": len(sweeps[0].start.turns),
    }


def dominance(**arguments: Any) -> Measured:
    """By how much one router's answers are better than another's at equal latency, and at equal share."""
    asked = Asked.of(arguments)
    sweeps = asked.sweeps()
    ends = [_drawn(sweep)[2] for own in sweeps.values() for sweep in own]
    low, high = max(end.min() for end in ends), min(end[0] for end in ends)
    grid = np.linspace(low, high, LATENCIES)[1:-1]
    late, often = _over(sweeps, asked.resamples, grid, SHARES[1:-1])
    return {
        "over_latency": {"latency_s": numbers(grid), **_paired(late)},
        "over_share": {"edge_share": numbers(SHARES[1:-1]), **_paired(often)},
    }


def _drawn(sweep: Sweep) -> Floats:
    """Theta, edge share, latency and quality at the quantiles [4, STEPS]."""
    steps = np.rint(np.linspace(0, len(sweep.steps) - 1, STEPS)).astype(np.int64)
    found = sweep.weighed(np.ones((1, len(sweep.start.turns))))
    theta = sweep.thetas
    theta[0] = float(short_number(theta[0], theta[1]))
    columns = found.edge_share, found.latency_s, found.quality
    return np.stack([theta[steps], *(column[0, steps] for column in columns)])


def _over(
    sweeps: dict[str, list[Sweep]], resamples: int, latency_s: Floats, share: Floats
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """The qualities of each router [1 + resamples, values] over latency, and over edge share."""

    def look(_: str, found: Weighed) -> Floats:
        late = found.quality_over(found.latency_s, latency_s)
        return np.concatenate([late, found.quality_over(found.edge_share, share)], axis=1)

    seen, many = resampled(sweeps, resamples, look), len(latency_s)
    late = {name: values[:, :many] for name, values in seen.items()}
    return late, {name: values[:, many:] for name, values in seen.items()}


def _named(values: Floats) -> dict[str, Any]:
    found = band(values)
    return {"quality": found["value"], "low": found["low"], "high": found["high"]}


def _paired(values: dict[str, Floats]) -> dict[str, Any]:
    pairs = [(one, other) for one, other in PAIRS if one in values and other in values]
    return {f"{one} - {other}": band(values[one] - values[other]) for one, other in pairs}
