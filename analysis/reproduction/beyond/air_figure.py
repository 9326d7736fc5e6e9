"""The paper's conclusions in every situation of the air: an effect and its interval for each."""

from typing import TYPE_CHECKING, Any

from analysis.reproduction.beyond.names import SHORT
from analysis.reproduction.beyond.reading import Results, figure, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WITH = {
    "none": ("words only", "#0072B2", "o", 0.16),
    "images": ("every tenth with an image", "#D55E00", "s", -0.16),
}
"""Name, colour, marker and place of each kind of prompt."""
SEEING = "seeing the air is faster"
COLUMN_IN, ROW_IN, MARGIN_IN = 2.05, 0.42, 1.25
POINTS = ("calls",)
"""Claims in points of share; the others in percent of latency."""


def drawn(results: Results) -> "Figure":
    """A row for each air, a column for each claim; the last is what a router gains that sees the report."""
    from matplotlib.figure import Figure

    found = measured(results, "beyond/air/")
    airs = list(dict.fromkeys(name.split("/")[0] for name in found))
    columns = [*SHORT, "informed"]
    size = (1.2 + COLUMN_IN * len(columns), MARGIN_IN + ROW_IN * len(airs))
    page = Figure(size, layout="constrained")
    axes = page.subplots(1, len(columns), sharey=True)
    for column, ax in zip(columns, axes, strict=True):
        _column(ax, column, airs, found)
    axes[0].set_yticks([-place for place in range(len(airs))], [air.replace("_", " ") for air in airs])
    axes[0].set_ylim(-len(airs) + 0.5, 0.5)
    handles, labels = axes[0].get_legend_handles_labels()
    page.legend(handles, labels, loc="outside upper left", ncols=2, frameon=False, fontsize=9)
    return page


def _column(ax: "Axes", column: str, airs: list[str], found: dict[str, Any]) -> None:
    for kind, (label, colour, marker, up) in WITH.items():
        places = [
            (place, found[f"{air}/{kind}"]) for place, air in enumerate(airs) if f"{air}/{kind}" in found
        ]
        effects = [_effect(point, column) for _, point in places]
        values = [100.0 * one.value for one in effects]
        halves = [100.0 * one.half for one in effects]
        at = [up - place for place, _ in places]
        ax.errorbar(
            values,
            at,
            xerr=halves,
            color=colour,
            marker=marker,
            markersize=5,
            linestyle="none",
            elinewidth=1.4,
            label=label,
        )
        for value, place, one in zip(values, at, effects, strict=True):
            if one.sign < 0:
                ax.plot(
                    value,
                    place,
                    marker="o",
                    markersize=12,
                    markerfacecolor="none",
                    color="#000000",
                    linewidth=0,
                )
    ax.axvline(0.0, color="#444444", linewidth=0.9)
    ax.set_title(SHORT.get(column, SEEING), fontsize=9)
    ax.set_xlabel("points" if column in POINTS else "% of latency", fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)


def _effect(point: Any, column: str) -> Any:
    if column == "informed":
        return figure(point, "faster_than_bert", column)
    return figure(point, "claims", column)
