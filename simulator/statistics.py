"""Mean, confidence interval and percentiles of values that are read chunk by chunk, in flat memory.

Means come with a 95 % confidence interval by batch means: the values, in their order, are cut into `BATCHES`
consecutive batches of equal size, whose means are taken as independent (Law & Kelton). That allows for values
that follow one another being alike. Percentiles are exact order statistics.
"""

from collections.abc import Callable, Iterator
from math import ceil, sqrt

import numpy as np

BATCHES = 20
FEWEST_VALUES = 10 * BATCHES
"""With fewer values than this there is no interval."""
STUDENT_T = 2.093
"""97.5 % quantile of Student's t with BATCHES - 1 degrees of freedom."""
PERCENTILES = (50, 95, 99)
_SAMPLE = 20_000

Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Pass = Callable[[], Iterator[Values]]
"""Reads all values once, chunk by chunk; may be called again."""
Figures = dict[str, float | list[float] | None]


def spread_of(values: Pass) -> Figures:
    """Mean, interval and percentiles."""
    return mean_of(values) | percentiles_of(values)


def mean_of(values: Pass) -> Figures:
    """Mean and 95 % interval by batch means; None where there is nothing, or too little, to average."""
    count = sum(chunk.size for chunk in values())
    if count == 0:
        return {"mean": None, "ci95": None}
    sums, sizes, seen = np.zeros(BATCHES), np.zeros(BATCHES), 0
    for chunk in values():
        batch = (np.arange(seen, seen + chunk.size) * BATCHES) // count
        sums += np.bincount(batch, chunk, BATCHES)
        sizes += np.bincount(batch, minlength=BATCHES)
        seen += chunk.size
    mean = float(sums.sum() / count)
    if np.isnan(mean):
        return {"mean": None, "ci95": None}
    if count < FEWEST_VALUES:
        return {"mean": mean, "ci95": None}
    half = STUDENT_T * float(np.std(sums / sizes, ddof=1)) / sqrt(BATCHES)
    return {"mean": mean, "ci95": [mean - half, mean + half]}


def percentiles_of(values: Pass) -> Figures:
    """Exact percentiles by nearest rank: value number ceil(q N) of the sorted N.

    A sample's quantiles cut the axis into bins; a count of all values finds each percentile's bin, and only
    that bin's values are sorted. So a million values need no more memory than a thousand.
    """
    count = sum(chunk.size for chunk in values())
    if count == 0:
        return {f"p{q}": None for q in PERCENTILES}
    stride = count // _SAMPLE + 1
    sample = np.concatenate([chunk[::stride].copy() for chunk in values()])  # a view would keep all
    edges = np.unique(np.quantile(sample, np.linspace(0, 1, 1001)))
    counts = np.zeros(edges.size + 1, dtype=int)
    for chunk in values():
        counts += np.bincount(np.searchsorted(edges, chunk, side="left"), minlength=edges.size + 1)
    before = np.concatenate([[0], np.cumsum(counts)])
    result: Figures = {}
    for q in PERCENTILES:
        rank = ceil(q / 100 * count)
        bin_number = int(np.searchsorted(before, rank, side="left")) - 1
        result[f"p{q}"] = _in_bin(values, edges, bin_number, rank - int(before[bin_number]))
    return result


def _in_bin(values: Pass, edges: Values, bin_number: int, rank: int) -> float:
    """The value of this rank, from 1, among those of one bin: (edge before, edge], or above the last edge.

    Values that equal the edge, of which there may be very many, are only counted.
    """
    if bin_number == edges.size:
        members = np.concatenate([chunk[chunk > edges[-1]] for chunk in values()])
    else:
        low, high = (edges[bin_number - 1] if bin_number else -np.inf), edges[bin_number]
        members = np.concatenate([chunk[(chunk > low) & (chunk < high)] for chunk in values()])
        if rank > members.size:
            return float(high)
    return float(np.partition(members, rank - 1)[rank - 1])
