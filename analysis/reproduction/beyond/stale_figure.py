"""Latency at equal quality against the age of what a router is told, and the regret of its decisions."""

from typing import TYPE_CHECKING, Any

from analysis.reproduction.beyond.names import ALPHA, ROUTERS, aged
from analysis.reproduction.beyond.reading import Results, figure, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REFERENCES = ("bert", "gentle", "all_knowing")
WIDTH_IN, HEIGHT_IN, LEGEND_IN = 2.9, 3.1, 0.6
TITLES = {"congested_cell": "images over a congested cell, load 0.5"}


def drawn(results: Results) -> "Figure":
    """A panel for each load or air, and one for the regrets, if there are any."""
    from matplotlib.figure import Figure

    found = measured(results, "beyond/stale/")
    regrets = measured(results, "beyond/regret/")
    count = len(found) + len(regrets)
    page = Figure((WIDTH_IN * count, HEIGHT_IN + LEGEND_IN), layout="constrained")
    axes = page.subplots(1, count, squeeze=False)[0]
    for (name, point), ax in zip(found.items(), axes, strict=False):
        _panel(ax, point, "equal_s")
        ax.set_title(TITLES.get(name, name.replace("_", " ")), fontsize=9.5, loc="left")
    axes[0].set_ylabel("Latency at equal quality [s]")
    for (name, point), ax in zip(regrets.items(), axes[len(found) :], strict=True):
        _panel(ax, point, "latency_regret_s")
        ax.set_title(f"regret, {name.replace('_', ' ')}", fontsize=9.5, loc="left")
        ax.set_ylabel("Decision less the other site [s]")
    handles, labels = axes[0].get_legend_handles_labels()
    page.legend(handles, labels, loc="outside upper left", ncols=len(handles), frameon=False, fontsize=9)
    return page


def _panel(ax: "Axes", point: Any, column: str) -> None:
    told = sorted((age, name) for name in point["routers"] if (age := aged(name)) is not None)
    every = [figure(point, "routers", name, column) for _, name in told]
    style = ROUTERS["informed"]
    ax.errorbar(
        range(len(told)),
        [one.value for one in every],
        yerr=[one.half for one in every],
        capsize=2,
        color=style.colour,
        marker="o",
        markersize=5,
        linewidth=1.5,
        label=f"informed by reports, {ALPHA}/10",
    )
    for name in REFERENCES:
        if name in point["routers"]:
            one, look = figure(point, "routers", name, column), ROUTERS[name]
            told_name = f"believes Table I: {look.name}" if name != "all_knowing" else look.name
            ax.axhline(one.value, color=look.colour, linestyle=look.line, linewidth=1.5, label=told_name)
            ax.axhspan(one.value - one.half, one.value + one.half, color=look.colour, alpha=0.08, linewidth=0)
    ax.set_xticks(range(len(told)), [f"{age:g}" for age, _ in told])
    ax.set_xlabel("Age of reports [s]")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)
