"""Where the paper's conclusions flip beyond its setting: three figures and a section, out of the results."""

from typing import TYPE_CHECKING

from analysis.reproduction.beyond.reading import Results, measured
from analysis.reproduction.beyond.section import section, summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figures", "section", "summary"]


def figures(results: Results) -> "dict[str, Figure]":
    """The figures by the name of their file; those without points are left out."""
    from analysis.reproduction.beyond import air_figure, load_figure, stale_figure

    drawers = {
        "beyond/load/": ("beyond_load", load_figure.drawn),
        "beyond/air/": ("beyond_air", air_figure.drawn),
        "beyond/stale/": ("beyond_stale", stale_figure.drawn),
    }
    return {name: draw(results) for prefix, (name, draw) in drawers.items() if measured(results, prefix)}
