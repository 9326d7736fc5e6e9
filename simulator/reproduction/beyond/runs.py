"""One run of a crowd, as sums over users; and many of them, as figures with intervals."""

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.conclusions.played import play
from simulator.scenario import Scenario

Floats = NDArray[np.float64]
Figure = dict[str, float | None]

CONFIDENCE = 0.95
FIGURES = ("latency_s", "equal_s", "edge_share", "quality", "queue_s", "edge_work_s")


class Run(NamedTuple):
    """Sums over the turns of each counted user, who are the same under every router of a seed."""

    seed: int
    users: Floats
    """Their numbers; a number has the same dialogue under every seed."""
    turns: Floats
    equal_s: Floats
    """Latency at the quality of the reference: what is missing or too good is priced."""
    latency_s: Floats
    """As it was."""
    edge_share: Floats
    """Turns at the edge."""
    quality: Floats
    queue_s: Floats
    """Wait for either model."""
    edge_work_s: Floats
    """What the edge's replies took without the wait and the score: service, and the air's part."""

    @property
    def mean_quality(self) -> float:
        """Over turns."""
        return float(self.quality.sum() / self.turns.sum())


def run(scenario: Scenario, gain: float, reference: "Run | None" = None) -> Run:
    """Simulate a scenario that `crowd` made, to the last reply.

    `gain` is by how much the edge's answers are better; the quality of `reference` on the same users is the
    measure, or else the run's own.
    """
    whom, columns = scenario.arrivals.whom, play(scenario).columns
    counted = (columns["user_id"] >= whom.start) & (columns["user_id"] < whom.stop)
    names = ("e2e_s", "at_edge", "quality", "queue_s", "router_s")
    latency_s, at_edge, quality, queue_s, router_s = (columns[name][counted] for name in names)
    places = (columns["user_id"][counted] - whom.start).astype(int)
    summed = [
        np.bincount(places, values, len(whom)).astype(np.float64)
        for values in (latency_s, at_edge, quality, queue_s, at_edge * (latency_s - queue_s - router_s))
    ]
    better = summed[2] - reference.quality if reference else 0.0
    equal_s: Floats = summed[0] - _price_s(latency_s, at_edge > 0, gain) * better
    turns = np.bincount(places, minlength=len(whom)).astype(np.float64)
    return Run(scenario.seed, np.array(whom, np.float64), turns, equal_s, *summed)


def _price_s(latency_s: Floats, at_edge: NDArray[np.bool_], gain: float) -> float:
    """What a unit of quality costs this router, priced as in `simulator.conclusions.verdicts.less`.

    By turns sent to the edge, which take as much longer as its own turns there did, and are better by the
    mean gain of all turns. A site alone has no such choice, and keeps its own quality.
    """
    if at_edge.all() or not at_edge.any():
        return 0.0
    return float(latency_s[at_edge].mean() - latency_s[~at_edge].mean()) / gain


def mean(runs: Sequence[Run], name: str) -> Figure:
    """Of a column over turns and seeds."""
    return _figure(*_ratio(runs, name), runs)


def faster(ours: Sequence[Run], theirs: Sequence[Run], relative: bool = True) -> Figure:
    """By how much our latency at equal quality is below theirs, as a part of theirs or in seconds a turn."""
    return _less("equal_s", ours, theirs, relative)


def fewer(ours: Sequence[Run], theirs: Sequence[Run]) -> Figure:
    """By how much our share of edge turns is below theirs."""
    return _less("edge_share", ours, theirs, relative=False)


def _less(name: str, ours: Sequence[Run], theirs: Sequence[Run], relative: bool) -> Figure:
    """Paired by seed and user, who ask the same. A ratio's residual to first order (Cochran 1977, 6.4)."""
    our_columns, their_columns = ([getattr(one, name) for one in runs] for runs in (ours, theirs))
    base = their_columns if relative else [one.turns for one in theirs]
    saved = [their - our for our, their in zip(our_columns, their_columns, strict=True)]
    total = float(np.sum(base))
    size = float(np.sum(saved)) / total
    residual = [s - size * b for s, b in zip(saved, base, strict=True)]
    return _figure(size, [one / total for one in residual], ours)


def _ratio(runs: Sequence[Run], name: str) -> tuple[float, list[Floats]]:
    total = float(sum(one.turns.sum() for one in runs))
    size = float(sum(getattr(one, name).sum() for one in runs)) / total
    return size, [(getattr(one, name) - size * one.turns) / total for one in runs]


def _figure(value: float, residual: Sequence[Floats], runs: Sequence[Run]) -> Figure:
    """A value and its interval of 95 %: other dialogues and other seeds (traffic, air, drawn scores).

    Variances of both kinds of clusters add up, less what they share (Cameron, Gelbach & Miller 2011), and
    Student's quantile has the degrees of freedom of the two (Welch). Fewer than three seeds are none.
    """
    from scipy.special import stdtrit

    users = np.concatenate([one.users for one in runs]).astype(int)
    every = np.concatenate(list(residual))
    parts = [_variance(np.bincount(users, every)[np.unique(users)])]
    if len({one.seed for one in runs}) > 2:
        parts.append(_variance(np.array([one.sum() for one in residual])))
    shared = float(np.square(every).sum()) if len(parts) > 1 else 0.0
    variance = max(sum(part for part, _ in parts) - shared, *(part for part, _ in parts))
    if variance <= 0.0:
        return {"value": value, "low": value, "high": value}
    freedom = sum(part for part, _ in parts) ** 2 / sum(part**2 / (count - 1) for part, count in parts)
    half = float(stdtrit(freedom, (1.0 + CONFIDENCE) / 2.0)) * sqrt(variance)
    return {"value": value, "low": value - half, "high": value + half}


def _variance(sums: NDArray[Any]) -> tuple[float, int]:
    """Of the sum of so many clusters, and how many there are."""
    count = len(sums)
    return float(np.square(sums).sum()) * count / max(1, count - 1), count


def figures(runs: Sequence[Run]) -> dict[str, Any]:
    """A router's means over seeds."""
    return {name: mean(runs, name) for name in FIGURES}
