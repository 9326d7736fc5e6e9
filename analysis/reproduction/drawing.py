"""Figs. 3 to 6 of the paper, from the results: our curves with 95 % bands, both operating points marked."""

from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from analysis.reproduction import marks
from analysis.reproduction.marks import ACCURACY, LATENCY, SCORE, SHARE, Axis
from analysis.reproduction.paper import OPERATING, TARGETS
from analysis.reproduction.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

SIZE_IN = (7.2, 4.4)
DPI = 110


class Plan(NamedTuple):
    """One figure of the paper."""

    benchmark: str
    routers: tuple[str, ...]
    x: Axis
    y: Axis
    synthetic: str
    """What of it is made up."""


SINGLE = ("bert", "random")
OUTCOMES = "outcomes of the questions, a real pair's moved to Table II's means"
PLANS = {
    "fig3": Plan("mmlu", SINGLE, LATENCY, ACCURACY, OUTCOMES),
    "fig4": Plan("gsm8k", SINGLE, LATENCY, ACCURACY, OUTCOMES),
    "fig5": Plan("gsm8k", SINGLE, SHARE, ACCURACY, OUTCOMES),
    "fig6": Plan(
        "mtbench101",
        ("bert", "bert_blind", "random", "random_blind"),
        LATENCY,
        SCORE,
        "the judge's scores, with Table III's means",
    ),
}
"""By name of the file."""


def drawn(results: Results) -> "dict[str, Figure]":
    """The four figures by name."""
    return {name: figure(results, plan) for name, plan in PLANS.items()}


def figure(results: Results, plan: Plan) -> "Figure":
    """One figure in the paper's axes."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import StrMethodFormatter

    page = Figure(SIZE_IN, layout="constrained")
    ax = page.subplots()
    curves = [marks.curve(results, ax, plan.benchmark, router, plan.x, plan.y) for router in plan.routers]
    marks.sites(results, ax, plan.benchmark, plan.x, plan.y)
    points = zip(*(_points(results, ax, plan, router) for router in plan.routers), strict=True)
    columns = [column for column in points if any(one is not None for one in column)]
    marks.legend(ax, [curves, *columns])
    marks.synthetic(ax, plan.synthetic)
    ax.set_xlabel(plan.x.name)
    ax.set_ylabel(plan.y.name)
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)
    return page


def _points(results: Results, ax: "Axes", plan: Plan, router: str) -> "tuple[Line2D | None, Line2D | None]":
    """A router's operating points: ours where it meets the target, the paper's where it has numbers."""
    point, ours, published = f"paper/targets/{plan.benchmark}", None, None
    if results.knows(point, "routers", router, "quality"):
        latency_s, share, quality = (
            results.number(point, "routers", router, key, "value")
            for key in ("latency_s", "edge_share", "quality")
        )
        ours = marks.ours(ax, _place(plan, latency_s, share, quality), router, _told(latency_s, share))
    said = OPERATING.get(plan.benchmark, {}).get(router)
    if said is not None:
        latency_s, share, target = said.latency.value, said.share.value, TARGETS[plan.benchmark].value
        at = _place(plan, latency_s, share, target)
        published = marks.published(ax, at, router, _told(latency_s, share))
    return ours, published


def _place(plan: Plan, latency_s: float, share: float, quality: float) -> tuple[float, float]:
    x = {"latency_s": latency_s, "edge_share": share}.get(plan.x.key, nan)
    return plan.x.scale * x, plan.y.scale * quality


def _told(latency_s: float, share: float) -> str:
    return f"{latency_s:.1f} s, {100 * share:.3g} %"  # as the paper's "70.8 s, 35 %"


def write(figures: "dict[str, Figure]", folder: Path) -> list[Path]:
    """Each figure as PNG and as SVG in `folder`; their paths. The same figures give the same bytes."""
    from matplotlib import rc_context

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, page in figures.items():
        png, svg = folder / f"{name}.png", folder / f"{name}.svg"
        page.savefig(png, dpi=DPI, metadata={"Software": None})
        with rc_context(
            {"svg.hashsalt": "edgewise", "svg.fonttype": "none"}
        ):  # text is smaller than outlines
            page.savefig(svg, metadata={"Date": None, "Creator": None})
        paths += [png, svg]
    return paths
