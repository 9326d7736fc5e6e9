"""What Figs. 3 to 6 are drawn with: a colour, a line and a name for each router, points and their labels.

Okabe & Ito's colours, none of them a site's; BERT's lines are solid and Random's dashed, as in the paper.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.axes import SITES
from analysis.reproduction.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

ROUTERS = {
    "bert": ("BERT", "#009E73", "-"),
    "random": ("Random", "#D55E00", "--"),
    "bert_blind": ("BERT w/o context", "#56B4E9", "-"),
    "random_blind": ("Random w/o context", "#CC79A7", "--"),
}
"""Name, colour and line of each."""
SITE_NAMES = {
    "device": ("phone alone", (8, -11)),
    "edge": ("edge alone", (-9, 6)),
    "oracle": ("oracle", (9, 0)),
}
"""Their words, and how many points away."""
MOST_POINTS = 100
"""A curve and its band keep so many points, evenly spaced in what was measured."""
SMALL = 8.0
"""Font size of labels in the plot."""


class Axis(NamedTuple):
    """What one axis shows."""

    key: str
    """Of the results: `latency_s`, `edge_share` or `quality`."""
    name: str
    scale: float
    """From the results' unit to the one drawn."""


LATENCY = Axis("latency_s", "Average latency [ms]", 1000.0)
SHARE = Axis("edge_share", "LLM usage [%]", 100.0)
ACCURACY = Axis("quality", "Accuracy [%]", 100.0)
SCORE = Axis("quality", "Average score", 1.0)


def thinned(values: list[float]) -> list[float]:
    """At most `MOST_POINTS` of them, the first and the last among them."""
    if len(values) <= MOST_POINTS:
        return values
    step = (len(values) - 1) / (MOST_POINTS - 1)
    return [values[round(place * step)] for place in range(MOST_POINTS)]


def curve(results: Results, ax: "Axes", benchmark: str, router: str, x: Axis, y: Axis) -> "Line2D":
    """A router's mean curve and its 95 % band over `x`."""
    point, over = f"paper/curves/{benchmark}/{router}", "over_share" if x is SHARE else "over_latency"
    name, colour, line = ROUTERS[router]
    if benchmark == "mtbench101" and not router.endswith("blind"):
        name += " w/ context"

    def drawn(key: str, scale: float) -> list[float]:
        return [scale * value for value in thinned(results.column(point, over, key))]

    at = drawn(x.key, x.scale)
    low, high = drawn("low", y.scale), drawn("high", y.scale)
    ax.fill_between(at, low, high, color=colour, alpha=0.2, linewidth=0)
    return ax.plot(at, drawn(y.key, y.scale), color=colour, linestyle=line, linewidth=1.8, label=name)[0]


def sites(results: Results, ax: "Axes", benchmark: str, x: Axis, y: Axis) -> None:
    """Each site alone, and the oracle, which knows both answers; named beside their points."""
    point = f"paper/sites/{benchmark}"
    every = {**SITES, "oracle": ("black", "*")}
    for who, (colour, marker) in every.items():
        at = tuple(axis.scale * results.number(point, who, axis.key, "value") for axis in (x, y))
        ax.plot(*at, color=colour, marker=marker, markersize=8, linestyle="none", zorder=4)
        name, (right, up) = SITE_NAMES[who]
        side: dict[str, Any] = {"ha": "left" if right > 0 else "right", "va": "center"}
        ax.annotate(name, (at[0], at[1]), (right, up), textcoords="offset points", fontsize=SMALL, **side)


def ours(ax: "Axes", at: tuple[float, float], router: str, told: str) -> "Line2D":
    """One of our operating points: a filled diamond in the router's colour."""
    style: dict[str, Any] = {"marker": "D", "markersize": 6.5, "markeredgecolor": "white", "zorder": 6}
    (mark,) = ax.plot(*at, color=ROUTERS[router][1], linestyle="none", label=f"here: {told}", **style)
    return mark


def published(ax: "Axes", at: tuple[float, float], router: str, told: str) -> "Line2D":
    """One of the paper's points: a hollow square in the router's colour."""
    style: dict[str, Any] = {"marker": "s", "markersize": 9, "markerfacecolor": "none", "zorder": 7}
    style |= {"markeredgewidth": 2, "linestyle": "none", "label": f"paper: {told}"}
    (mark,) = ax.plot(*at, color=ROUTERS[router][1], **style)
    return mark


def synthetic(ax: "Axes", what: str) -> None:
    """Say in the figure what in it was made up."""
    style: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": SMALL, "color": "#555555"}
    ax.text(0.995, 0.02, f"synthetic: {what}", transform=ax.transAxes, **style)


def legend(ax: "Axes", columns: "Sequence[Sequence[Line2D | None]]") -> None:
    """Above the Axes, a line for each router: its curve, our point, the paper's."""
    from matplotlib.lines import Line2D

    nothing = Line2D([], [], linestyle="none", label=" ")
    ax.legend(
        handles=[nothing if one is None else one for column in columns for one in column],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(columns),
        frameon=False,
        fontsize=SMALL + 0.5,
        columnspacing=1.6,
        borderaxespad=0.2,
    )
