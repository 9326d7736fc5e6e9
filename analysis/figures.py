"""Figures of one run. Each takes a frame and, if you have one, the Axes to draw on, and returns the Axes.

Colours and markers mean the same everywhere, and can be told apart by colour-blind eyes and in grey
(Okabe & Ito): an orange circle is the phone, a blue triangle the edge.
"""

from typing import TYPE_CHECKING, Any

from analysis.axes import SITES, by_site, counted, finish, logarithmic, own, scatter
from analysis.queues import queue_over_time

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PARTS = {
    "router_s": ("router", "#999999"),
    "uplink_s": ("uplink", "#56B4E9"),
    "queue_s": ("queue", "#D55E00"),
    "prefill_s": ("prefill", "#F0E442"),
    "decode_s": ("decode", "#009E73"),
    "downlink_s": ("downlink", "#CC79A7"),
}
"""Name and colour of the six parts of the latency, in the order in which they happen."""
NAMES = {
    "e2e_s": "Time to the whole reply [s]",
    "ttft_s": "Time to the first token [s]",
    "score": "Score",
    "fused_score": "Fused score",
}
MOST_SECONDS = 10_000
"""Longer runs have an axis in hours."""


def latency(turns: "pd.DataFrame", ax: "Axes | None" = None, metric: str = "e2e_s") -> "Axes":
    """Share of the turns that took at most so long: the distribution of `metric` [s], site by site."""
    ax = own(ax)
    for site, part in by_site(turns):
        ax.ecdf(part[metric], color=SITES[site][0], linewidth=2, label=counted(site, part))
    ax.set_ylim(0, 1.02)
    if len(turns) and turns[metric].min() > 0:
        logarithmic(ax, "x")
    return finish(ax, NAMES.get(metric, metric), "Share of turns")


def latency_parts(turns: "pd.DataFrame", ax: "Axes | None" = None) -> "Axes":
    """The means of the six parts of the latency [s], stacked: one bar per site, its length the mean e2e_s."""
    ax = own(ax)
    groups = list(by_site(turns))
    rows, ends = range(len(groups)), [0.0] * len(groups)
    for column, (name, colour) in PARTS.items() if groups else ():
        means = [float(part[column].mean()) for _, part in groups]
        ax.barh(rows, means, left=ends, height=0.5, color=colour, label=name)
        ends = [end + mean for end, mean in zip(ends, means, strict=True)]
    for row, end in enumerate(ends):
        text = f"{end:,.0f} s" if end >= 100 else f"{end:.3g} s"
        ax.annotate(text, (end, row), (5, 0), textcoords="offset points", va="center")
    ax.set_yticks(rows, [counted(site, part).replace(", ", "\n", 1) for site, part in groups])
    ax.set_ylim(-0.6, max(len(groups), 1) - 0.4)
    ax.set_xlim(0, 1.18 * max(ends, default=1.0))
    return finish(ax, "Mean time [s]", "")


def decisions(turns: "pd.DataFrame", ax: "Axes | None" = None, score: str = "fused_score") -> "Axes":
    """What was weighed and what was chosen: `fused_score` (or `score`) over the length of the context.

    The dashed line is the threshold, where the frame has the column `policy.threshold`.
    """
    ax = own(ax)
    scatter(turns, "context_tokens", score, ax)
    thresholds = set(turns["policy.threshold"].dropna()) if "policy.threshold" in turns else set()
    if len(thresholds) == 1 and score == "fused_score":
        ax.axhline(thresholds.pop(), color="black", linewidth=1, linestyle="--", label="threshold")
    return finish(ax, "Context [tokens]", NAMES.get(score, score))


def edge_share(turns: "pd.DataFrame", ax: "Axes | None" = None) -> "Axes":
    """Who answers the first turn of a session, the second, ...: shares, and the number of turns on top."""
    from matplotlib.ticker import MaxNLocator

    ax = own(ax)
    at_edge = (turns["site"] == "edge").groupby(turns["turn_index"]).agg(["mean", "size"])
    if len(at_edge):
        share = at_edge["mean"]
        ax.bar(share.index, share, color=SITES["edge"][0], label="edge")
        ax.bar(share.index, 1 - share, bottom=share, color=SITES["device"][0], label="device")
    style: dict[str, Any] = {"ha": "center", "fontsize": 8, "rotation": 0 if len(at_edge) <= 8 else 90}
    for index, count in zip(at_edge.index, at_edge["size"], strict=True):
        ax.annotate(f"{count:,}", (index, 1), (0, 3), textcoords="offset points", **style)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_ylim(0, 1.08 if len(at_edge) <= 8 else 1.2)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    return finish(ax, "Turn of the session, from 0", "Share of turns")


def queue(events: "pd.DataFrame", ax: "Axes | None" = None, entity: str = "edge") -> "Axes":
    """Jobs that wait for `entity` (`edge`, or `npu` for all phones) and jobs that it serves, over time."""
    from matplotlib.ticker import MaxNLocator

    ax = own(ax)
    steps = queue_over_time(events, entity)
    end_s = float(events["at_s"].max()) if len(events) else 1.0
    unit, seconds = ("h", 3600.0) if end_s > MOST_SECONDS else ("s", 1.0)
    at = [0.0, *(steps["at_s"] / seconds), end_s / seconds]
    waiting, in_service = ([0, *steps[name], *steps[name].tail(1)] for name in ("waiting", "in_service"))
    if len(steps):
        colour = SITES["edge" if entity == "edge" else "device"][0]
        style: dict[str, Any] = {"color": PARTS["queue_s"][1], "alpha": 0.45, "linewidth": 0}
        ax.fill_between(at, waiting, step="post", label="waiting", **style)
        ax.step(at, in_service, where="post", color=colour, linewidth=1.2, label="in service")
    ax.set_xlim(0, at[-1])
    ax.set_ylim(0, 1.05 * max(*waiting, *in_service, 1))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    return finish(ax, f"Time [{unit}]", "Jobs", nothing="no jobs")


def expected_realised(turns: "pd.DataFrame", ax: "Axes | None" = None) -> "Axes":
    """The latency that the router expected against the one that came; above the line it took longer."""
    ax = own(ax)
    scatter(turns, "expected_s", "e2e_s", ax)
    both = turns[["expected_s", "e2e_s"]]
    if len(both) and (both > 0).to_numpy().all():
        logarithmic(ax, "x")
        logarithmic(ax, "y")
    if len(both):
        limits = ax.get_xlim(), ax.get_ylim()
        middle = float(both.median().mean())
        ax.axline(
            (middle, middle),
            (2 * middle, 2 * middle),
            color="black",
            linewidth=1,
            linestyle="--",
            label="as expected",
        )
        ax.set(xlim=limits[0], ylim=limits[1])
    return finish(ax, "Expected time to the whole reply [s]", "Realised [s]")
