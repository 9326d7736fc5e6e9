"""How well a score finds the turns that gain from the edge.

The measure: send a share of the turns to the edge, highest score first; how much of the quality gap between
"all on the device" and "all on the edge" comes back? A score that knows nothing recovers as much as it
sends; one that knows everything can pass 1 on the way, where some turns are better on the device.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

TENTHS = np.linspace(0.0, 1.0, 11)


class Curve(NamedTuple):
    """The quality-share curve, straight between its points, from (0, 0) to (1, 1)."""

    sent: Vector
    """Share of turns sent to the edge, ascending."""
    recovered: Vector
    """Share of the gap recovered with it (RouteLLM's "performance gap recovered", PGR)."""

    def at(self, share: float) -> float:
        """Share of the gap recovered when `share` of the turns goes to the edge."""
        return float(np.interp(share, self.sent, self.recovered))

    def area(self) -> float:
        """Area under the curve: 0.5 for a score that knows nothing."""
        return 0.5 + self.lift(0.0, 1.0)

    def apgr(self) -> float:
        """RouteLLM's average performance gap recovered: the area by the trapezoid rule in ten equal steps."""
        return _trapezoids(np.interp(TENTHS, self.sent, self.recovered), TENTHS)

    def lift(self, low: float, high: float) -> float:
        """Mean of what is recovered beyond a coin's share, over edge shares from `low` to `high`."""
        inside = self.sent[(self.sent > low) & (self.sent < high)]
        shares = np.concatenate([[low], inside, [high]])
        beyond = np.interp(shares, self.sent, self.recovered) - shares
        return _trapezoids(beyond, shares) / (high - low)

    def share_for(self, target: float) -> float:
        """The least share of edge calls that recovers `target` of the gap, 0 <= target <= 1."""
        end = int(np.argmax(self.recovered >= target))
        if end == 0:
            return 0.0
        (low, high), (before, after) = self.sent[end - 1 : end + 1], self.recovered[end - 1 : end + 1]
        return float(low + (high - low) * (target - before) / (after - before))


def curve(score: Vector, gain: Vector) -> Curve:
    """Share of turns sent and share of the gap recovered.

    `gain` is edge quality minus device quality, per turn; its sum must not be 0. Turns of equal score are
    sent in random order: the curve is straight between them.
    """
    return curve_by_level(np.unique(-score, return_inverse=True)[1], gain, np.ones(len(score)))


def curve_by_level(level: npt.NDArray[np.int64], gain: Vector, weight: Vector) -> Curve:
    """`curve` where the turns of level 0 go first, then those of level 1, each counted `weight` times."""
    turns, gained = np.bincount(level, weights=weight), np.bincount(level, weights=weight * gain)
    sent, recovered = (np.concatenate([[0.0], np.cumsum(part)]) for part in (turns, gained))
    kept = np.concatenate([[True], turns > 0])
    return Curve(sent[kept] / sent[-1], recovered[kept] / recovered[-1])


def recovered_at(share: float, score: Vector, gain: Vector) -> float:
    """Share of the gap recovered when `share` of the turns goes to the edge."""
    return curve(score, gain).at(share)


def area(score: Vector, gain: Vector) -> float:
    """Area under the curve: 0.5 for a score that knows nothing."""
    return curve(score, gain).area()


def _trapezoids(heights: Vector, at: Vector) -> float:
    """numpy's own has another name in each of its major versions."""
    return float(np.sum(np.diff(at) * (heights[1:] + heights[:-1]) / 2))
