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
    late = _over({router: sweeps}, asked.resamples, "latency_s", grid)[router]
    often = _over({router: sweeps}, asked.resamples, "edge_share", SHARES)[router]
    return {
        "theta": numbers(theta),
        "edge_share": numbers(share),
        "latency_s": numbers(latency_s),
        "quality": numbers(quality),
        "over_latency": {"latency_s": numbers(grid), **_named(late)},
        "over_share": {"edge_share": numbers(SHARES), **_named(often)},
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
    late = _over(sweeps, asked.resamples, "latency_s", grid)
    often = _over(sweeps, asked.resamples, "edge_share", SHARES[1:-1])
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
    return np.stack([theta[steps], *(column[0, steps] for column in (found[0], found[2], found[1]))])


def _over(sweeps: dict[str, list[Sweep]], resamples: int, column: str, grid: Floats) -> dict[str, Floats]:
    def look(_: str, found: Weighed) -> Floats:
        return found.quality_over(getattr(found, column), grid)

    return resampled(sweeps, resamples, look)


def _named(values: Floats) -> dict[str, Any]:
    found = band(values)
    return {"quality": found["value"], "low": found["low"], "high": found["high"]}


def _paired(values: dict[str, Floats]) -> dict[str, Any]:
    pairs = [(one, other) for one, other in PAIRS if one in values and other in values]
    return {f"{one} - {other}": band(values[one] - values[other]) for one, other in pairs}
