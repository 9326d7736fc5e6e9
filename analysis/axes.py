"""What all figures share: colours, where they draw, and how their axes look."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SITES = {"device": ("#E69F00", "o"), "edge": ("#0072B2", "^")}
"""Colour and marker of each site."""
MOST_POINTS = 4_000
"""A scatter of more turns at a site shows evenly spaced ones, and says so."""
SIZE_IN = (6.4, 3.8)


def own(ax: "Axes | None") -> "Axes":
    """The given Axes, or those of a new figure."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(figsize=SIZE_IN, layout="constrained")[1]


def by_site(turns: "pd.DataFrame") -> "Iterator[tuple[str, pd.DataFrame]]":
    """The sites that answered, each with its turns."""
    for site in SITES:
        part = turns[turns["site"] == site]
        if len(part):
            yield site, part


def counted(site: str, part: "pd.DataFrame") -> str:
    """The label of a site's turns."""
    return f"{site}, {len(part):,} turns"


def scatter(turns: "pd.DataFrame", x: str, y: str, ax: "Axes") -> None:
    """One point per turn, in its site's colour and marker."""
    for site, part in by_site(turns):
        shown = part.iloc[:: -(-len(part) // MOST_POINTS)]
        colour, marker = SITES[site]
        label = counted(site, part) + (f" ({len(shown):,} shown)" if len(shown) < len(part) else "")
        ax.scatter(shown[x], shown[y], s=16, c=colour, marker=marker, alpha=0.6, linewidths=0, label=label)


def logarithmic(ax: "Axes", which: Literal["x", "y"]) -> None:
    """Make an axis logarithmic, with plain numbers on it."""
    from matplotlib.ticker import LogFormatter

    ax.set(**{f"{which}scale": "log"})
    axis = ax.xaxis if which == "x" else ax.yaxis
    for place in (axis.set_major_formatter, axis.set_minor_formatter):
        place(LogFormatter(minor_thresholds=(1.5, 0.5)))


def finish(ax: "Axes", x: str, y: str, nothing: str = "no turns") -> "Axes":
    """Set the labels, and the legend above the Axes, where it covers nothing.

    Without anything drawn, `nothing` is told instead.
    """
    from matplotlib.ticker import StrMethodFormatter

    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.spines[["top", "right"]].set_visible(False)
    if ax.get_xscale() == "linear":
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    entries = len(ax.get_legend_handles_labels()[0])
    if entries:
        compact = {"handlelength": 1.2, "handletextpad": 0.5, "columnspacing": 1.2, "borderaxespad": 0.2}
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=entries, frameon=False, fontsize=8.5, **compact
        )
    else:
        ax.text(0.5, 0.5, nothing, transform=ax.transAxes, ha="center", color="grey")
    return ax
