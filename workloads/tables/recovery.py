"""How well a score finds the turns that gain from the edge.

The measure: send a share of the turns to the edge, highest score first; how much of the quality gap between
"all on the device" and "all on the edge" comes back? A score that knows nothing recovers as much as it
sends; one that knows everything can pass 1 on the way, where some turns are better on the device.
"""

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


def curve(score: Vector, gain: Vector) -> tuple[Vector, Vector]:
    """Share of turns sent and share of the gap recovered, from (0, 0) to (1, 1).

    `gain` is edge quality minus device quality, per turn. Turns of equal score are sent in random order:
    the curve is straight between them.
    """
    _, level, turns = np.unique(-score, return_inverse=True, return_counts=True)
    gained = np.bincount(level, weights=gain)
    sent = np.concatenate([[0.0], np.cumsum(turns)]) / len(score)
    recovered = np.concatenate([[0.0], np.cumsum(gained)]) / gain.sum()
    return sent, recovered


def recovered_at(share: float, score: Vector, gain: Vector) -> float:
    """Share of the gap recovered when `share` of the turns goes to the edge."""
    return float(np.interp(share, *curve(score, gain)))


def area(score: Vector, gain: Vector) -> float:
    """Area under the curve: 0.5 for a score that knows nothing."""
    sent, recovered = curve(score, gain)
    return float(np.sum(np.diff(sent) * (recovered[1:] + recovered[:-1]) / 2))
