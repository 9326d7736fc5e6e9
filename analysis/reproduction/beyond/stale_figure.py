"""Latency saved against the age of what a router is told, and the regret of its decisions."""

from typing import TYPE_CHECKING, Any

from analysis.reproduction.beyond.names import ALPHA, ROUTERS, aged
from analysis.reproduction.beyond.reading import Figure, Results, figure, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Page

GENTLE = "gentle"
REFERENCES = ("bert", GENTLE, "all_knowing")
NOTHING = Figure(0.0, None, None)
WIDTH_IN, HEIGHT_IN, LEGEND_IN = 2.9, 3.1, 0.6
TITLES = {"congested_cell": "congested cell, images"}


def drawn(results: Results) -> "Page":
    """A panel for each load or air, and one for the regrets, if there are any."""
    from matplotlib.figure import Figure as Page

    found = measured(results, "beyond/stale/")
    regrets = measured(results, "beyond/regret/")
    count = len(found) + len(regrets)
    page = Page((WIDTH_IN * count, HEIGHT_IN + LEGEND_IN), layout="constrained")
    axes = page.subplots(1, count, squeeze=False)[0]
    for (name, point), ax in zip(found.items(), axes, strict=False):
        _saved(ax, point)
        ax.set_title(TITLES.get(name, name.replace("_", " ")), fontsize=9.5, loc="left")
    axes[0].set_ylabel("Latency saved beside Table I [%]")
    for (name, point), ax in zip(regrets.items(), axes[len(found) :], strict=True):
        _regret(ax, point)
        ax.set_title(f"regret, {name.replace('_', ' ')}", fontsize=9.5, loc="left")
        ax.set_ylabel("Avoidable seconds a decision")
    handles, labels = axes[0].get_legend_handles_labels()
    page.legend(handles, labels, loc="outside upper left", ncols=len(handles), frameon=False, fontsize=9)
    return page


def _saved(ax: "Axes", point: Any) -> None:
    """Beside the same router that believes in Table I, pair by pair: it is the line at 0."""
    found = {name: figure(point, "faster_than_gentle", name) for name in point["faster_than_gentle"]}
    _panel(ax, {**found, GENTLE: NOTHING}, 100.0)


def _regret(ax: "Axes", point: Any) -> None:
    _panel(ax, {name: figure(point, "routers", name, "avoidable_s") for name in point["routers"]}, 1.0)


def _panel(ax: "Axes", found: dict[str, Figure], scale: float) -> None:
    told = sorted((age, name) for name in found if (age := aged(name)) is not None)
    ax.errorbar(
        range(len(told)),
        [scale * found[name].value for _, name in told],
        yerr=[scale * found[name].half for _, name in told],
        capsize=2,
        color=ROUTERS["informed"].colour,
        marker="o",
        markersize=5,
        linewidth=1.5,
        label=f"informed by reports, {ALPHA}/10",
        zorder=3,
    )
    for name in REFERENCES:
        if name in found:
            one, look = found[name], ROUTERS[name]
            label = look.name if name == "all_knowing" else f"believes Table I: {look.name}"
            value, half = scale * one.value, scale * one.half
            ax.axhline(value, color=look.colour, linestyle=look.line, linewidth=1.5, label=label)
            ax.axhspan(value - half, value + half, color=look.colour, alpha=0.08, linewidth=0)
    ax.set_xticks(range(len(told)), [f"{age:g}" for age, _ in told])
    ax.set_xlabel("Age of reports [s]")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)
