"""Figures of many runs side by side, as PNG files."""

from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import figures
from analysis.table import told, varied

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.loading import Runs

    Draw = Callable[[pd.DataFrame, Axes], Axes]

PAGES: "dict[str, tuple[Draw, str, str]]" = {
    "latency": (figures.latency, "turns", "x"),
    "latency_parts": (figures.latency_parts, "turns", "x"),
    "decisions": (figures.decisions, "turns", "x"),
    "edge_share": (figures.edge_share, "turns", "x"),
    "queue": (figures.queue, "events", "xy"),
    "expected_realised": (figures.expected_realised, "turns", "xy"),
}
"""Name of the file, what draws it, from which frame, and the axes whose limits the runs share."""
MOST_RUNS = 12
"""More runs than this are not drawn: no one could read them side by side."""
PANEL_IN = (5.6, 3.7)
DPI = 110


def draw(runs: "Runs", folder: Path) -> list[Path]:
    """Write one PNG per kind of figure, with a panel for each of the first `MOST_RUNS` runs; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_page(runs, name, folder / f"{name}.png") for name in PAGES]


def _page(runs: "Runs", name: str, path: Path) -> Path:
    from matplotlib.figure import Figure

    plot, frame, shared = PAGES[name]
    rows_of = runs.turns if frame == "turns" else runs.events
    drawn = list(runs.summary["run"])[:MOST_RUNS]
    columns = 2 if len(drawn) == 4 else min(len(drawn), 3)
    rows = ceil(len(drawn) / columns)
    figure = Figure((PANEL_IN[0] * columns, PANEL_IN[1] * rows), layout="constrained")
    panels: list[Axes] = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for row, (run, ax) in enumerate(zip(drawn, panels, strict=False)):
        plot(rows_of[rows_of["run"] == run], ax)
        ax.set_title(told(runs, row, varied(runs)) or run, fontsize=10, loc="left", pad=22)
    for ax in panels[len(drawn) :]:
        ax.set_axis_off()
    for which in shared:
        _same_limits(panels[: len(drawn)], which)
    figure.savefig(path, dpi=DPI)
    return path


def _same_limits(panels: "Sequence[Axes]", which: str) -> None:
    """Give the panels' axes `which`, x or y, the widest of their limits, unless their scales differ."""
    if len({ax.get_xscale() if which == "x" else ax.get_yscale() for ax in panels}) > 1:
        return
    limits = [ax.get_xlim() if which == "x" else ax.get_ylim() for ax in panels if ax.has_data()]
    for ax in panels if limits else ():
        ax.set(**{f"{which}lim": (min(low for low, _ in limits), max(high for _, high in limits))})
