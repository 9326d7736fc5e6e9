"""A router's exact curve, made ready to be weighed: what every threshold does to every resample of dialogues.

From one theta to the next higher one, some dialogue takes another course. A curve is therefore what happens
at the lowest theta, and the changes after it in order; sums over dialogues of any weight are running sums.
"""

from collections.abc import Callable
from functools import cached_property
from math import inf
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from simulator.thresholds.curve import Curve
from simulator.thresholds.figures import Floats, Sums
from simulator.thresholds.target import SLACK

Integers = NDArray[np.int64]


class Weighed:
    """Means over turns at every step of a curve [weightings, steps], the lowest theta first."""

    def __init__(self, edge_share: Floats, quality: Floats, latency_s: Callable[[], Floats]) -> None:
        self.edge_share, self.quality, self._latency_s = edge_share, quality, latency_s

    @cached_property
    def latency_s(self) -> Floats:
        """Worked out when it is asked for."""
        return self._latency_s()

    def at(self, steps: Integers) -> Floats:
        """The three means at one step of each weighting [weightings, 3]; NaN where the step is -1."""
        rows = np.arange(len(steps))
        columns = self.edge_share, self.quality, self.latency_s
        found = np.stack([column[rows, steps] for column in columns], axis=1)
        found[steps < 0] = np.nan
        return found

    def fewest_for(self, quality: float) -> Integers:
        """The step of fewest edge turns whose quality is at least this, of those the quickest; -1 for none.

        As `simulator.thresholds.target.fewest_for`: a step meets the target or does not, and nothing is
        interpolated between two. One step of MMLU is 7e-5 of a share.
        """
        met = self.quality >= quality - SLACK * max(1.0, abs(quality))
        steps = self._first(np.where(met, self.edge_share, inf))
        return np.where(met.any(axis=1), steps, -1)

    def nearest_share(self, edge_share: float) -> Integers:
        """The step whose share of edge turns is nearest, of those the quickest."""
        return self._first(np.rint(np.abs(self.edge_share - edge_share) / SLACK))

    def quality_over(self, column: Floats, grid: Floats) -> Floats:
        """The quality where `column`, from all-phone on, first reaches each value [weightings, values].

        Below its least value that of the phone alone, above its greatest that of the edge alone.
        """
        found = np.empty((len(column), len(grid)))
        for row, (spent, quality) in enumerate(zip(column[:, ::-1], self.quality[:, ::-1], strict=True)):
            step = np.searchsorted(np.maximum.accumulate(spent), grid * (1.0 - SLACK))
            found[row] = quality[np.minimum(step, len(quality) - 1)]
        return found

    def _first(self, loss: Floats) -> Integers:
        """Where `loss` is least, and the latency least among these."""
        late = np.where(loss == loss.min(axis=1, keepdims=True), self.latency_s, inf)
        steps: Integers = late.argmin(axis=1)
        return steps


class Sweep(NamedTuple):
    """A curve as a beginning and changes."""

    start: Sums
    """What becomes of each dialogue below the lowest fused score: all its turns go to the edge."""
    theta: Floats
    """From which theta on each change counts, lowest first."""
    dialogue: Integers
    """Whose."""
    change: Sums
    """By how much its sums change."""
    steps: Integers
    """How many changes have happened at each step; equal thetas make one step."""

    @classmethod
    def of(cls, curve: Curve) -> Self:
        """The courses of a dialogue stand together in a curve, lowest theta first."""
        begins = np.isneginf(curve.low)
        later = np.flatnonzero(~begins)
        order = later[np.argsort(curve.low[later], kind="stable")]
        theta = curve.low[order]
        return cls(
            Sums(*(column[begins] for column in curve[2:])),
            theta,
            np.cumsum(begins)[order] - 1,
            Sums(*(column[order] - column[order - 1] for column in curve[2:])),
            np.append(0, 1 + np.flatnonzero(np.append(np.diff(theta), 1.0) > 0)),
        )

    @property
    def thetas(self) -> Floats:
        """From which theta on each step counts; the first from -inf."""
        return np.append(-inf, self.theta)[self.steps]

    def weighed(self, weights: Floats) -> Weighed:
        """The means with these weights of the dialogues [weightings, dialogues]."""
        moved = np.take(weights, self.dialogue, axis=1)
        turns = weighted(weights, self.start.turns)

        def sums(start: Floats, change: Floats) -> Floats:
            running = np.empty((len(weights), len(change) + 1))
            running[:, 0] = weighted(weights, start)
            np.multiply(moved, change, out=running[:, 1:])
            np.cumsum(running, axis=1, out=running)
            return running if running.shape[1] == len(self.steps) else running[:, self.steps]

        begin, change = self.start, self.change
        if change.judged_turns.any():
            judged = sums(begin.judged_turns, change.judged_turns)
        else:
            judged = weighted(weights, begin.judged_turns)[:, None]
        return Weighed(
            sums(begin.edge_turns, change.edge_turns) / turns[:, None],
            sums(begin.quality, change.quality) / np.where(judged > 0.0, judged, np.nan),
            lambda: sums(begin.latency_s, change.latency_s) / turns[:, None],
        )


def weighted(weights: Floats, column: Floats) -> Floats:
    """Sums over dialogues [weightings]. Not by BLAS, whose threads get into the way of other processes."""
    found: Floats = np.einsum("rd,d->r", weights, column)
    return found
