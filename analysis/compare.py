"""Differences between runs, turn by turn."""

from math import nan, sqrt
from typing import TYPE_CHECKING, Any

from analysis.table import settings

if TYPE_CHECKING:
    import pandas as pd

    from analysis.loading import Runs

SESSION = ["user_id", "session_id"]
TURN = [*SESSION, "turn_index"]
_CLUSTERS: dict[str, list[str]] = {"session": SESSION, "seed": []}


def paired(
    runs: "Runs", metric: str, by: str = "policy", base: Any = None, cluster: str = "session"
) -> "pd.DataFrame":
    """Mean paired difference of `metric` between the values of `by`, with a 95 % interval.

    Under one seed the same turn (`user_id`, `session_id`, `turn_index`) has the same prompt, the same score
    and the same two answers whatever the policy. What a turn brings along is therefore no part of the
    difference between two policies, and fewer turns tell them apart than two separate means would need.
    What does differ belongs to the effect: the replies before, hence the context, hence the instants.

    One row per value of `by`, a setting or `run`, but `base` (the first one, if None): that value, `base`,
    `pairs`, `clusters`, `mean` of value minus base in the metric's unit, `ci95_low`, `ci95_high`. Turns are
    paired within equal seeds and equal other settings; a turn that only one of the two runs has finished, or
    whose metric is unknown, is left out. `metric` is a column of numbers of the turns, or `site`, which
    counts 1 at the edge.

    Turns of one session hang together, so the interval takes sessions as independent, not turns: with the
    deviations from the mean summed over each of the G sessions, var(mean) = G / (G - 1) * (sum of their
    squares) / pairs**2, and Student's t with G - 1 degrees of freedom. Sessions that meet in one queue hang
    together too: where the edge is busy, run several seeds and say `cluster="seed"`. One cluster alone gives
    no interval, NaN. Raises `ValueError`, in one line, where nothing can be compared.
    """
    import pandas as pd

    differences = turn_differences(runs, metric, by, base)
    if cluster not in _CLUSTERS:
        raise ValueError(f"cluster={cluster!r}: it is one of {', '.join(_CLUSTERS)}")
    clusters = ["seed", *_CLUSTERS[cluster]]  # whatever else differs, one seed asks the same questions
    return pd.DataFrame(
        {by: value, "base": pairs["base"].iloc[0]} | _interval(pairs, clusters)
        for value, pairs in differences.groupby(by, observed=True)
    )


def turn_differences(runs: "Runs", metric: str, by: str = "policy", base: Any = None) -> "pd.DataFrame":
    """The pairs behind `paired`, one row each: what names the turn, `by`, `base`, and `difference`."""
    import pandas as pd

    turns = runs.turns
    for column in (by, metric):
        if column not in turns:
            raise ValueError(f"no column {column!r}: the turns have {', '.join(turns.columns)}")
    values = list(turns[by].dropna().unique())
    base = values[0] if base is None and values else base
    if base not in values or len(values) < 2:
        raise ValueError(f"nothing to compare {by}={base} with: the turns have {by}={values}")
    key = [*_conditions(turns, by), *TURN]
    measured = {value: _measured(turns[turns[by] == value], metric, key, f"{by}={value}") for value in values}
    others = {value: figures - measured[base] for value, figures in measured.items() if value != base}
    found: pd.DataFrame = pd.concat(others, names=[by]).dropna().rename("difference").reset_index()
    if found.empty:
        raise ValueError(
            f"no turn is in two runs that differ in {by} alone: they must share {', '.join(key)}"
        )
    found["base"] = base
    return found


def _conditions(turns: "pd.DataFrame", by: str) -> list[str]:
    """Labels in which the two runs of a pair must agree: the seed, and settings that are not `by`'s own."""
    if by == "run":
        return ["seed"]
    return [name for name in settings(turns) if name != by and not name.startswith(f"{by}.")]


def _measured(turns: "pd.DataFrame", metric: str, key: list[str], what: str) -> "pd.Series[float]":
    values = turns.set_index(key)[metric]
    if values.index.has_duplicates:
        raise ValueError(f"{what} stands for several runs: compare by='run', or keep one of them")
    if metric == "site":
        return (values == "edge").astype(float)
    if values.dtype.kind not in "biuf":
        raise ValueError(f"metric={metric!r}: that column holds no numbers")
    return values.astype(float)


def _interval(pairs: "pd.DataFrame", clusters: list[str]) -> dict[str, Any]:
    from scipy.special import stdtrit

    mean = float(pairs["difference"].mean())
    deviations = (pairs["difference"] - mean).groupby([pairs[name] for name in clusters], dropna=False)
    sums = deviations.sum()
    count, half = len(sums), nan
    if count > 1:
        variance = count / (count - 1) * float((sums**2).sum()) / len(pairs) ** 2
        half = float(stdtrit(count - 1, 0.975)) * sqrt(variance)
    limits = {"ci95_low": mean - half, "ci95_high": mean + half}
    return {"pairs": len(pairs), "clusters": count, "mean": mean, **limits}
