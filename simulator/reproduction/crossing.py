"""Where one router's advantage ends: BERT beside Random at equal quality, from one site's to the other's."""

from typing import Any

import numpy as np

from simulator.points import Measured
from simulator.reproduction.asked import Asked
from simulator.reproduction.bootstrap import band, figure, numbers, resampled
from simulator.reproduction.paper import BERT, RANDOM
from simulator.reproduction.sweep import Weighed
from simulator.thresholds.figures import Floats

PARTS = np.linspace(0.05, 0.95, 37)
"""Of the way from the phone's quality to the edge's; nearer to the ends a resample may not get."""


def crossing(**arguments: Any) -> Measured:
    """BERT less Random at every quality of the grid, and where it stops being the quicker one."""
    asked = Asked.of(arguments)
    device, edge = asked.qualities()
    grid = device + PARTS * (edge - device)

    def look(_: str, found: Weighed) -> Floats:
        """Edge share and latency at each quality [weightings, 2, qualities]."""
        every = [found.at(found.fewest_for(quality)) for quality in grid.tolist()]
        return np.stack(every, axis=2)[:, (0, 2)]

    seen = resampled({name: asked.sweeps_of(name) for name in (BERT, RANDOM)}, asked.resamples, look)
    share, late_s = np.moveaxis(seen[BERT] - seen[RANDOM], 1, 0)
    where = np.array([last_crossing(grid, row) for row in late_s])
    known = np.append(where[0], where[1:][~np.isnan(where[1:])])
    return {
        "quality": numbers(grid),
        "difference_s": band(late_s),
        "difference_edge_share": band(share),
        "crossing": figure(known) if not np.isnan(where[0]) else None,
        "resamples_with_crossing": float(np.mean(~np.isnan(where[1:]))),
    }


def last_crossing(quality: Floats, difference: Floats) -> float:
    """The highest quality at which a difference turns from below 0 to above; NaN where it never does.

    Between two values of the grid on a straight line.
    """
    turns = np.flatnonzero((difference[:-1] < 0) & (difference[1:] >= 0))
    if not len(turns) or difference[-1] < 0:
        return float("nan")
    last = int(turns[-1])
    before, after = difference[last], difference[last + 1]
    return float(quality[last] + (quality[last + 1] - quality[last]) * before / (before - after))
