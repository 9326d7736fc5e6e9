"""Runs side by side, as text."""

from typing import TYPE_CHECKING, Any

from analysis.logs import columns_of

if TYPE_CHECKING:
    import pandas as pd

    from analysis.loading import Runs

_FIGURES = {
    "edge share": "edge_share.mean",
    "quality": "quality.mean",
    "e2e [s]": "e2e_s.mean",
    "95 % interval [s]": "e2e_s.ci95",
    "p95 [s]": "e2e_s.p95",
    "edge queue [s]": "edge_queue_s.mean",
    "edge busy": "utilisation.edge",
}
"""Titles and columns of the summary; means are over the turns after the warm-up."""
_FIGURES_OF_SOME = {
    "cache hits": ("edge_cache.hit_share", "edge_cache.memory_tokens"),
    "preemptions": ("preemptions", "edge_cache.memory_tokens"),
    "energy [J]": ("energy_j.mean", "energy_j.mean"),
    "battery left": ("phones.battery_share.mean", "phones.battery_share.mean"),
    "hottest [C]": ("phones.temperature_c.highest", "phones.temperature_c.highest"),
}
"""The same, shown where any of the runs knows the second of the two columns."""


def settings(turns: "pd.DataFrame") -> list[str]:
    """The labels that a frame of turns has beside `run`: the seed, and the settings that a run overrides."""
    logged = columns_of("turns")
    return [name for name in turns.columns if name not in logged and name != "run"]


def varied(runs: "Runs") -> list[str]:
    """The settings in which the runs differ."""
    return [name for name in settings(runs.turns) if runs.summary[name].nunique(dropna=False) > 1]


def told(runs: "Runs", row: int, names: list[str]) -> str:
    """Settings of one run as they are written on the command line."""
    return " ".join(f"{name}={_written(runs.summary[name].iloc[row])}" for name in names)


def table(runs: "Runs") -> str:
    """One line per run: the settings in which the runs differ, and their figures; then the warnings.

    A run that was cut off has no figures but the number of turns on disk.
    """
    import pandas as pd

    summary, differ = runs.summary, varied(runs)
    rows = pd.DataFrame({"run": summary["run"].astype(str)})
    for name in differ:
        rows[name] = [_written(value) for value in summary[name]]
    turns = runs.turns["run"].value_counts()
    rows["turns"] = [f"{turns[run]:,}" for run in summary["run"]]
    for title, column in _FIGURES.items():
        rows[title] = _column(summary, column)
    for title, (column, known) in _FIGURES_OF_SOME.items():
        if known in summary and summary[known].notna().any():
            rows[title] = _column(summary, column)
    if not summary["complete"].all():
        rows["complete"] = ["yes" if complete else "no" for complete in summary["complete"]]
    same = told(runs, 0, [name for name in settings(runs.turns) if name not in differ])
    lines = [f"settings: {same}"] if same else []
    return "\n".join([*lines, rows.to_string(index=False), *_warnings(summary)])


def _column(summary: "pd.DataFrame", name: str) -> list[str]:
    if name.endswith(".ci95"):
        low, high = _column(summary, f"{name}_low"), _column(summary, f"{name}_high")
        ends = zip(low, high, strict=True)
        return [" to ".join(pair) if not {"-", "unstable"} & set(pair) else "-" for pair in ends]
    if name not in summary:
        return ["-"] * len(summary)
    unstable = f"{name.partition('.')[0]}.unstable"
    growing = summary[unstable] == True if unstable in summary else [False] * len(summary)  # noqa: E712
    pairs = zip(summary[name], growing, strict=True)
    return ["unstable" if grows else _shown(value) for value, grows in pairs]


def _warnings(summary: "pd.DataFrame") -> list[str]:
    if "warnings" not in summary:
        return []
    pairs = zip(summary["run"], summary["warnings"].fillna(""), strict=True)
    return [f"warning, run {run}: {warning}" for run, warning in pairs if warning]


def _written(value: Any) -> str:
    """A setting as a user writes it; `-` where the run has none."""
    if value is None or value != value:
        return "-"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value).lower() if str(value) in ("True", "False") else str(value)


def _shown(value: float) -> str:
    """A figure with four digits; `-` where nothing is known."""
    if value != value:
        return "-"
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
