"""Latency at equal quality against load, router by router, and where the paper's conclusions change sign."""

from typing import TYPE_CHECKING, Any

from analysis.reproduction.beyond.names import ROUTERS, SHORT, machine
from analysis.reproduction.beyond.reading import Results, by_load, figure, flips, machines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = (
    *("bert", "bert_blind", "random", "score", "device", "edge"),
    *("informed", "informed_sharp", "constrained_informed"),
)
WIDTH_IN, HEIGHT_IN, LEGEND_IN = 5.2, 4.4, 0.9
SPAN = 2.0
"""The axis ends at this factor above BERT's longest latency: beyond it is only that a queue grows."""


def drawn(results: Results) -> "Figure":
    """A panel for each hardware. Hollow marks: more work than the edge can do, no steady state."""
    from matplotlib.figure import Figure

    names = machines(results)
    page = Figure((WIDTH_IN * len(names), HEIGHT_IN + LEGEND_IN), layout="constrained")
    axes = page.subplots(1, len(names), squeeze=False)[0]
    for hardware, ax in zip(names, axes, strict=True):
        _panel(results, hardware, ax)
    axes[0].set_ylabel("Latency at equal quality [s]")
    handles, labels = axes[0].get_legend_handles_labels()
    page.legend(handles, labels, loc="outside upper center", ncols=5, frameon=False, fontsize=8.5)
    return page


def _panel(results: Results, hardware: str, ax: "Axes") -> None:
    rows = by_load(results, hardware)
    loads = [load for load, _ in rows]
    for name in SHOWN:
        if all(name in point["routers"] for _, point in rows):
            _line(ax, name, loads, [point for _, point in rows])
    bert = [figure(point, "routers", "bert", "equal_s").value for _, point in rows]
    device = [figure(point, "routers", "device", "equal_s").value for _, point in rows]
    ax.set_yscale("log")
    ax.set_ylim(0.85 * min(*bert, *device), SPAN * max(bert))
    _plain(ax)
    _flips(ax, rows)
    ax.set_xlabel("Load: work of the paper's router over what the edge can do")
    ax.set_title(machine(hardware), fontsize=10, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)


def _line(ax: "Axes", name: str, loads: list[float], points: list[Any]) -> None:
    style = ROUTERS[name]
    every = [figure(point, "routers", name, "equal_s") for point in points]
    low = [max(one.low if one.low is not None else one.value, 1e-3) for one in every]
    high = [one.high if one.high is not None else one.value for one in every]
    values = [one.value for one in every]
    ax.fill_between(loads, low, high, color=style.colour, alpha=0.13, linewidth=0)
    ax.plot(
        loads,
        values,
        color=style.colour,
        linestyle=style.line,
        linewidth=1.6,
        label=style.name,
        marker=style.marker,
        markersize=5.5,
    )
    grown = [place for place, point in enumerate(points) if point["edge_load"][name] >= 1.0]
    ax.plot(
        [loads[place] for place in grown],
        [values[place] for place in grown],
        color=style.colour,
        linestyle="none",
        marker=style.marker,
        markersize=5.5,
        markerfacecolor="white",
    )


def _flips(ax: "Axes", rows: list[tuple[float, Any]]) -> None:
    """A line where a claim about latency changes its sign, with its name."""
    loads, height = [load for load, _ in rows], 0.98
    for claim in ("random", "context", "edge", "fusing"):
        if not all(claim in point["claims"] for _, point in rows):
            continue
        for flip in flips(loads, [figure(point, "claims", claim) for _, point in rows]):
            lost = "lost" if flip.falls else "won"
            ax.axvline(flip.at, color="#555555", linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
            ax.annotate(
                f"{SHORT[claim]}: {lost}",
                (flip.at, height),
                (-4, 0),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=8,
                color="#333333",
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
            )
            height -= 0.055


def _plain(ax: "Axes") -> None:
    """Plain numbers on a logarithmic axis."""
    from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, StrMethodFormatter

    low, high = ax.get_ylim()
    steps = [step * 10.0**power for power in range(-1, 5) for step in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)]
    ax.yaxis.set_major_locator(FixedLocator([step for step in steps if low <= step <= high]))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())
