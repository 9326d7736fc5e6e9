"""Regrets for a reader: a small table, what was sampled, and a file with every turn."""

from collections.abc import Iterator
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.policies.replay import NAME
from simulator.regret import Regret, Regrets
from simulator.regret.figures import Figure, figures

ROWS = {
    "latency_regret_s": "latency regret [s]",
    "quality_regret": "quality regret",
    "quicker_share": "the other site quicker",
    "better_share": "the other site better",
    "quicker_and_better_share": "quicker and better",
    "quicker_and_no_worse_share": "quicker and no worse",
    "externality_s": "externality [s]",
}


def table(found: Regrets) -> str:
    """A line for each figure: over all decisions, and over those for either site."""
    whole = figures(found)
    parts = [figures(_of(found, chosen)) for chosen in (~found.edge, found.edge)]
    width = max(map(len, ROWS.values())) + 2
    lines = [f"{'':<{width}}{'mean':>10}  {'95 % interval':<22}{'phone chosen':>14}{'edge chosen':>14}"]
    for name, title in ROWS.items():
        if whole[name]["value"] is not None:
            cells = "".join(f"{_short(part[name]['value'], name):>14}" for part in parts)
            mean = _short(whole[name]["value"], name)
            lines.append(f"{title:<{width}}{mean:>10}  {_interval(whole[name], name):<22}{cells}".rstrip())
    return "\n".join(lines)


def notes(found: Regrets, seed: int, after_s: float) -> Iterator[str]:
    """What was sampled, and what is not in the figures."""
    count, decided = len(found.rows), found.decided_turns
    sampled = "all" if count == decided else f"{count:,} of"
    drawn = "" if count == decided else f", drawn under --seed {seed}"
    how = "worked out, nothing waits in this run" if found.exact else "each replayed with it the other way"
    yield f"{sampled} {decided:,} decided turns{drawn}; {how}"
    yield "regret: positive where the other site would have been quicker, or its answer better"
    if not found.exact:
        late = f"{after_s:g} s after " if after_s else ""
        yield "externality: what all others together would have taken longer, had it gone to the other site;"
        yield f"  of turns outside the dialogue that were decided until {late}this one was done"
    unknown = int(np.isnan(found.latency_regret_s).sum())
    if unknown:
        yield f"{unknown} turns never end here or there; the figures leave them out"
    if count and np.isnan(found.quality_regret).all():
        yield "the workload knows no quality: set workload.quality to a pair of columns"


def write(file: Path, found: Regrets) -> None:
    """Every decision as a row of a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    rows, names = found.rows, np.array([row.name for row in found.rows], np.int32)
    columns: dict[str, Any] = {name: names[:, place] for place, name in enumerate(NAME)}
    columns |= {name: [getattr(row, name) for row in rows] for name in Regret._fields[1:]}
    columns |= {name: getattr(found, name) for name in ("latency_regret_s", "quality_regret")}
    parquet.write_table(pa.table(columns), str(file))


def _of(found: Regrets, chosen: NDArray[np.bool_]) -> Regrets:
    return found._replace(rows=tuple(compress(found.rows, chosen.tolist())))


def _short(value: float | None, name: str) -> str:
    if value is None:
        return ""
    return f"{value:.1%}" if name.endswith("_share") else f"{value:.4g}"


def _interval(figure: Figure, name: str) -> str:
    if figure["low"] is None:
        return "(one dialogue)"
    return f"{_short(figure['low'], name)} to {_short(figure['high'], name)}"
