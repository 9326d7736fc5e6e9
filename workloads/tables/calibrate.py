"""Right-or-wrong outcomes of a real pair of models, moved to another pair's accuracies.

What stays real: which questions are hard, and how strongly the two sites fail together. What moves: how many
each site gets right. Flipping `abs(new - old)` outcomes per site is the least that can reach the new counts,
and no more are flipped. Two rules say which:

1. *Dependence.* Among all ways to spread these flips over the cells of the 2x2 table, the one whose odds
   ratio is nearest the observed; of equals, the one that comes nearest to drawing them from all the site's
   candidates alike.
2. *Difficulty.* Within a cell rows are drawn without replacement (seeded), a right answer turning wrong with
   weight 1 - a, a wrong one turning right with weight a, where a is the site's accuracy on that task. To
   first order this moves every task by the same log-odds, so hard tasks stay hard.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]


class Pair(NamedTuple):
    """Outcomes of the two sites, one entry per question: right or wrong."""

    device: Flags
    edge: Flags


def nearest_count(share: float, questions: int) -> int:
    """How many right answers out of `questions` come nearest to an accuracy of `share`."""
    return round(share * questions)


def crosstab(pair: Pair) -> Counts:
    """Questions by outcome: row = device wrong, right; column = edge wrong, right."""
    return np.bincount(2 * pair.device + pair.edge, minlength=4).reshape(2, 2)


def odds_ratio(table: npt.NDArray[np.integer]) -> float:
    """Odds of the edge being right where the device is, over those where it is not; 1 is independence."""
    (neither, only_edge), (only_device, both) = table.astype(float)
    return float(both * neither / (only_device * only_edge))


def move(pair: Pair, task: npt.NDArray[np.str_], device_right: int, edge_right: int, seed: int) -> Pair:
    """Exactly `device_right` and `edge_right` right answers, by the fewest flips."""
    _, task_index = np.unique(task, return_inverse=True)
    rng = np.random.default_rng(seed)
    with_edge, with_device = _split(pair, device_right, edge_right)
    device_flips = _draw(pair.device, device_right, pair.edge, with_edge, task_index, rng)
    edge_flips = _draw(pair.edge, edge_right, pair.device, with_device, task_index, rng, spared=device_flips)
    return Pair(pair.device ^ device_flips, pair.edge ^ edge_flips)


def _split(pair: Pair, device_right: int, edge_right: int) -> tuple[int, int]:
    """How many device flips go to rows the edge has right, and edge flips to rows the device has right.

    Every split is tried. No row flips twice, so a split fixes the table's last free cell, `both`.
    """
    table = crosstab(pair)
    device_step, edge_step = device_right - int(pair.device.sum()), edge_right - int(pair.edge.sum())
    x, y = np.ogrid[: abs(device_step) + 1, : abs(edge_step) + 1]
    both = table[1, 1] + np.sign(device_step) * x + np.sign(edge_step) * y
    only_device, only_edge = device_right - both, edge_right - both
    neither = len(pair.device) - both - only_device - only_edge
    from_device = 1 if device_step < 0 else 0
    from_edge = 1 if edge_step < 0 else 0
    used = np.zeros((2, 2, *both.shape), dtype=np.int64)
    used[from_device, 1] += x
    used[from_device, 0] += abs(device_step) - x
    used[1, from_edge] += y
    used[0, from_edge] += abs(edge_step) - y
    possible = (used <= table[:, :, None, None]).all(axis=(0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        drift = np.abs(np.log(both * neither / (only_device * only_edge)) - np.log(odds_ratio(table)))
    drift = np.where(possible & np.isfinite(drift), drift, np.inf)
    if np.isinf(drift).all():
        raise ValueError(f"no flips lead from {table.tolist()} to {device_right=}, {edge_right=}")
    even_x = abs(device_step) * table[from_device, 1] / max(table[from_device].sum(), 1)
    even_y = abs(edge_step) * table[1, from_edge] / max(table[:, from_edge].sum(), 1)
    uneven = (x - even_x) ** 2 + (y - even_y) ** 2
    best = np.argmin(np.where(drift <= drift.min() + 1e-12, uneven, np.inf))
    row, column = np.unravel_index(best, drift.shape)
    return int(row), int(column)


def _draw(
    right: Flags,
    wanted: int,
    other_right: Flags,
    with_other: int,
    task: npt.NDArray[np.intp],
    rng: np.random.Generator,
    spared: Flags | None = None,
) -> Flags:
    """Which of a site's outcomes flip: `with_other` of them where the other site is right."""
    flips = abs(wanted - int(right.sum()))
    falling = wanted < right.sum()
    accuracy = (np.bincount(task, weights=right) + 1) / (np.bincount(task) + 2)
    weight = (1 - accuracy if falling else accuracy)[task]
    urgency = -np.log1p(-rng.random(len(right))) / weight
    chosen = np.zeros(len(right), dtype=np.bool_)
    for other, count in ((True, with_other), (False, flips - with_other)):
        rows = np.flatnonzero((right == falling) & (other_right == other))
        if spared is not None:
            rows = rows[~spared[rows]]
        chosen[rows[np.argsort(urgency[rows], kind="stable")[:count]]] = True
    return chosen
