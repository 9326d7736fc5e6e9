"""The figures of a run, out of its `turns.parquet`, in flat memory.

Means come with a 95 % confidence interval by batch means: the turns, in the order in which they finished, are
cut into `BATCHES` consecutive batches of equal size, whose means are taken as independent (Law & Kelton).
That allows for turns that follow one another being alike. Percentiles are exact order statistics.
"""

from collections.abc import Callable, Iterator
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from simulator.arrow_log import numpy_of

BATCHES = 20
FEWEST_VALUES = 10 * BATCHES
"""With fewer values than this there is no interval."""
STUDENT_T = 2.093
"""97.5 % quantile of Student's t with BATCHES - 1 degrees of freedom."""
PERCENTILES = (50, 95, 99)
KEPT_ROWS = 65_536
"""A log with more rows is read anew for every pass, so that memory stays flat."""
_SAMPLE = 20_000

Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Pass = Callable[[], Iterator[Values]]
"""Reads all values once, chunk by chunk; may be called again."""
Figures = dict[str, float | list[float] | None]


def summarise(turns: Path, warmup_s: float, outage_bps: float) -> dict[str, Figures]:
    """Mean, interval and percentiles of what matters, over the turns that arrived from `warmup_s` on."""
    from pyarrow import parquet

    few = parquet.read_metadata(turns).num_rows <= KEPT_ROWS

    def read(column: str, where: str | None = None) -> Pass:
        if not few:
            return lambda: _chunks(turns, column, where, warmup_s)
        kept = list(_chunks(turns, column, where, warmup_s))
        return lambda: iter(kept)

    up, down = read("uplink_bps", "edge"), read("downlink_bps", "edge")
    up_s, down_s = read("uplink_s", "edge"), read("downlink_s", "edge")

    def in_outage() -> Iterator[Values]:
        for up_bps, down_bps in zip(up(), down(), strict=True):
            yield ((up_bps <= outage_bps) | (down_bps <= outage_bps)).astype(float)

    def on_the_air() -> Iterator[Values]:
        for uplink_s, downlink_s in zip(up_s(), down_s(), strict=True):
            yield uplink_s + downlink_s

    return {
        "edge_share": mean_of(read("site")),
        "quality": mean_of(_known(read("quality"))),
        "e2e_s": spread_of(read("e2e_s")),
        "ttft_s": spread_of(read("ttft_s")),
        "air_s": spread_of(on_the_air),
        "edge_queue_s": spread_of(read("queue_s", "edge")),
        "device_queue_s": spread_of(read("queue_s", "device")),
        "outage_share": mean_of(in_outage),
    }


def _known(values: Pass) -> Pass:
    """Without the unknown ones."""
    return lambda: (chunk[~np.isnan(chunk)] for chunk in values())


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


def _chunks(turns: Path, column: str, where: str | None, warmup_s: float) -> Iterator[Values]:
    """One column of the turns that count, chunk by chunk; `where` keeps one site. A site is 1 at the edge."""
    from pyarrow import parquet

    with parquet.ParquetFile(turns) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=list({column, "site", "arrived_at_s"}))
            at_edge = _is_edge(table["site"])
            keep = _numbers(table["arrived_at_s"]) >= warmup_s
            if where is not None:
                keep &= at_edge == (where == "edge")
            values = at_edge.astype(float) if column == "site" else _numbers(table[column])
            yield values[keep]


def _numbers(column: Any) -> Any:
    return np.concatenate([numpy_of(chunk) for chunk in column.chunks])


def _is_edge(site: Any) -> Any:
    """A dictionary column against the word, chunk by chunk."""
    chunks = [numpy_of(chunk.indices) == chunk.dictionary.to_pylist().index("edge") for chunk in site.chunks]
    return np.concatenate(chunks)
