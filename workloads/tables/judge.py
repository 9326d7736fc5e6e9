"""Synthetic judge scores for two sites, turn by turn, where nobody published any.

Three steps, each exact and seeded:

1. *Shape.* The joint law of (device, edge) scores on MT-Bench, from the only public two-turn judge scores.
2. *Means.* That law tilted by exp(a * device + b * edge), the law nearest to it (in relative entropy) with
   the wanted means; the tilt leaves every odds ratio of the joint law as it was. Rounded to whole turns.
3. *Who gets what.* Turns are ranked by a Gaussian copula of their score with luck, pairs by their gain
   (edge minus device), and the two rankings are married. The copula's correlation, `follows`, is the
   assumption: 0 = the gain ignores the score, 1 = the score is an oracle.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Vector = npt.NDArray[np.float64]
Scores = npt.NDArray[np.int64]


class Law(NamedTuple):
    """Pairs of judge scores and how often each occurs (a share or a count)."""

    device: Vector
    edge: Vector
    weight: Vector

    def means(self) -> tuple[float, float]:
        """Mean score of the device and of the edge."""
        device = np.average(self.device, weights=self.weight)
        return float(device), float(np.average(self.edge, weights=self.weight))


def observed(device: Vector, edge: Vector) -> Law:
    """The pairs that the judge gave, with their shares; half points count as the whole below."""
    pairs, counts = np.unique(np.floor([device, edge]), axis=1, return_counts=True)
    return Law(pairs[0], pairs[1], counts / counts.sum())


def tilted(law: Law, device_mean: float, edge_mean: float) -> Law:
    """The law nearest to `law` with these means (Newton's method on the convex dual)."""
    points = np.stack([law.device, law.edge])
    target = np.array([device_mean, edge_mean])
    tilt = np.zeros(2)
    for _ in range(100):
        exponent = tilt @ points
        weight = law.weight * np.exp(exponent - exponent.max())
        weight /= weight.sum()
        miss = points @ weight - target
        if np.abs(miss).max() < 1e-12:
            return Law(law.device, law.edge, weight)
        centred = points - (points @ weight)[:, None]
        tilt -= np.linalg.solve((centred * weight) @ centred.T, miss)
    raise ValueError(f"no tilt of the observed scores has means {device_mean} and {edge_mean}")


def whole(law: Law, turns: int) -> Law:
    """The law as counts of `turns` turns, whose two totals are the nearest whole points to its means.

    Largest remainders first; then single turns change pairs, each time as the totals need it and the law
    minds it least.
    """
    ideal = law.weight * turns
    count = np.floor(ideal)
    count[np.argsort(count - ideal, kind="stable")[: turns - int(count.sum())]] += 1
    points = np.stack([law.device, law.edge])
    step = points[:, None, :] - points[:, :, None]
    lacking = np.round(points @ ideal) - points @ count
    while lacking.any():
        left = np.abs(lacking[:, None, None] - step).sum(axis=0)
        strain = (ideal - count)[:, None] - (ideal - count)[None, :] + 1e9 * (count[:, None] < 1)
        out, into = np.unravel_index(np.lexsort((strain.ravel(), left.ravel()))[0], left.shape)
        if left[out, into] >= np.abs(lacking).sum() or count[out] < 1:
            raise ValueError(f"totals miss the law's means by {lacking.tolist()} points")
        count[out] -= 1
        count[into] += 1
        lacking = np.round(points @ ideal) - points @ count
    return Law(law.device, law.edge, count)


def assign(law: Law, score: Vector, follows: float, seed: int) -> tuple[Scores, Scores]:
    """Device and edge scores of every turn: the pairs of a whole-numbered law, dealt out.

    The same `seed` draws the same luck for every `follows`.
    """
    if not -1.0 <= follows <= 1.0:
        raise ValueError(f"gain_follows_score is a correlation, not {follows}")
    rng = np.random.default_rng(seed)
    turns = len(score)
    shuffle, luck = rng.random(turns), ndtri(rng.random(turns))
    ranked = np.empty(turns)
    ranked[np.lexsort((shuffle, score))] = ndtri((np.arange(turns) + 0.5) / turns)
    need = follows * ranked + np.sqrt(1.0 - follows**2) * luck
    pair = np.repeat(np.arange(len(law.weight)), law.weight.astype(np.int64))
    pair = pair[np.lexsort((rng.random(turns), (law.edge - law.device)[pair]))]
    dealt = np.empty(turns, dtype=np.int64)
    dealt[np.argsort(need, kind="stable")] = pair
    return law.device[dealt].astype(np.int64), law.edge[dealt].astype(np.int64)
