"""Operating points: all routers where their answers are equally good, or at the paper's edge shares."""

from functools import partial
from typing import Any

import numpy as np

from simulator.points import Measured
from simulator.reproduction.asked import Asked
from simulator.reproduction.bootstrap import figure, number, resampled
from simulator.reproduction.paper import PAIRS, SHARES
from simulator.reproduction.sweep import Sweep, Weighed
from simulator.thresholds.figures import Floats
from simulator.thresholds.target import short_number

SHARE, QUALITY, LATENCY = range(3)
"""The columns of `Weighed.at`."""


def targets(**arguments: Any) -> Measured:
    """The routers at the target quality, calibrated anew under every resample, and their differences."""
    asked = Asked.of(arguments)
    target = asked.target()
    sweeps = asked.sweeps()
    found = resampled(sweeps, asked.resamples, lambda _, curve: curve.at(curve.fewest_for(target)))
    thetas = {name: _theta(own, partial(Weighed.fewest_for, quality=target)) for name, own in sweeps.items()}
    return {"target": target, "routers": _figures(found, thetas), "differences": _differences(found)}


def shares(**arguments: Any) -> Measured:
    """The routers at the shares of edge turns that the paper reports for them."""
    asked = Asked.of(arguments)
    wanted = SHARES[asked.benchmark]
    sweeps = {name: asked.sweeps_of(name) for name in wanted}

    def look(name: str, curve: Weighed) -> Floats:
        return curve.at(curve.nearest_share(wanted[name]))

    found = resampled(sweeps, asked.resamples, look)
    thetas = {
        name: _theta(own, partial(Weighed.nearest_share, edge_share=wanted[name]))
        for name, own in sweeps.items()
    }
    return {"shares": dict(wanted), "routers": _figures(found, thetas), "differences": _differences(found)}


def _figures(found: dict[str, Floats], thetas: dict[str, float | None]) -> dict[str, Any]:
    """The three means of each router, and its threshold."""
    return {
        name: {
            "edge_share": figure(values[:, SHARE]),
            "quality": figure(values[:, QUALITY]),
            "latency_s": figure(values[:, LATENCY]),
            "theta": thetas[name],
        }
        for name, values in found.items()
    }


def _differences(found: dict[str, Floats]) -> dict[str, Any]:
    """Of all pairs that were measured; relative ones in parts of the second router's."""
    differences = {}
    for one, other in PAIRS:
        if one in found and other in found:
            ours, theirs = found[one], found[other]
            less = ours - theirs
            part = less / np.where(theirs == 0.0, np.nan, theirs)
            differences[f"{one} - {other}"] = {
                "latency_s": figure(less[:, LATENCY]),
                "latency_relative": figure(part[:, LATENCY]),
                "edge_share": figure(less[:, SHARE]),
                "edge_share_relative": figure(part[:, SHARE]),
                "quality": figure(less[:, QUALITY]),
            }
    return differences


def _theta(sweeps: list[Sweep], choose: Any) -> float | None:
    """A short threshold of the chosen step; a mean over seeds, if there are several."""
    found = []
    for sweep in sweeps:
        step = int(choose(sweep.weighed(np.ones((1, len(sweep.start.turns)))))[0])
        if step < 0:
            return None
        ends = [*sweep.thetas.tolist(), float("inf")]
        found.append(float(short_number(ends[step], ends[step + 1])))
    return number(sum(found) / len(found))
