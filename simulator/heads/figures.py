"""The card's pictures: what scores recover, and whether they mean what they say (matplotlib)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulator.heads.metrics import BINS, Judged
from simulator.heads.training import Scored
from workloads.recovery import curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCORE, TUNED, ORACLE, COIN = "#0072b2", "#d55e00", "0.45", "0.6"
COLOURS = {"score": SCORE, "score_tuned": TUNED}
PANELS_IN_A_ROW = 3


def draw_recovery(columns: Sequence[Scored], file: Path) -> None:
    """A panel for each table with a gap: mean quality against the share of edge calls."""
    from matplotlib.figure import Figure

    panels: dict[str, list[Scored]] = {}
    for column in columns:
        if column.judged is not None and column.judged.gain.sum() > 0:
            panels.setdefault(column.table.name, []).append(column)
    across = max(1, min(PANELS_IN_A_ROW, len(panels)))
    down = max(1, -(-len(panels) // across))
    figure = Figure(figsize=(4.4 * across, 3.6 * down), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False).flat
    for axis, (name, shown) in zip(axes, panels.items(), strict=False):
        _recovery(axis, name, shown)
    for axis in list(figure.axes)[len(panels) :]:
        axis.set_axis_off()
    if not panels:
        figure.axes[0].text(0.5, 0.5, "no table has a gap to recover", ha="center")
    figure.savefig(file, dpi=110)


def _recovery(axis: "Axes", name: str, shown: Sequence[Scored]) -> None:
    device, edge = shown[0].table.device.mean(), shown[0].table.edge.mean()
    gap = edge - device
    for column in shown:
        assert column.judged is not None
        found = curve(column.score, column.judged.gain)
        label = f"{column.column}, {column.seen}"
        axis.plot(
            found.sent, device + gap * found.recovered, color=COLOURS[column.column], lw=1.6, label=label
        )
        best = curve(column.judged.gain, column.judged.gain)
    axis.plot(best.sent, device + gap * best.recovered, color=ORACLE, lw=1.0, ls="-.", label="oracle")
    axis.plot([0, 1], [device, edge], color=COIN, lw=1.0, ls="--", label="coin")
    axis.set_title(f"{name}: {len(shown[0].score):,} turns", fontsize=10)
    axis.set_xlabel("share of edge calls")
    axis.set_ylabel("mean quality")
    axis.legend(fontsize=8, loc="lower right")
    _quiet(axis)


def draw_calibration(judged: Judged, file: Path) -> None:
    """Above: how often turns of like score need the edge, in bins of equal counts; below: all scores."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 5.2), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    scores, shares, counts = reliability(judged)
    error = np.sqrt(shares * (1 - shares) / counts)
    turns = f"{counts.min():,.0f}" + (f" to {counts.max():,.0f}" if counts.max() > counts.min() else "")
    label = f"bins of {turns} turns, with one standard error"
    upper.errorbar(scores, shares, error, fmt="o", ms=4, color=SCORE, lw=1.0, label=label)
    limit = 1.12 * max(float(np.max(shares + error)), float(judged.score.max()))
    upper.plot([0, limit], [0, limit], color=COIN, lw=1.0, ls="--", label="means what it says")
    upper.set_ylim(0, min(limit, 1.02))
    upper.set_ylabel("share that needs the edge")
    upper.set_title(f"{len(judged.score):,} turns, out of fold", fontsize=10)
    upper.legend(fontsize=8, loc="lower right")
    lower.hist(judged.score, bins=50, color=SCORE, alpha=0.7)
    lower.set_xlabel("score p_t")
    lower.set_ylabel("turns")
    for axis in (upper, lower):
        axis.set_xlim(0, min(limit, 1.0))
        _quiet(axis)
    figure.savefig(file, dpi=110)


def reliability(judged: Judged) -> tuple[npt.NDArray[np.float64], ...]:
    """Mean score, share that needs the edge, and turns of every bin that has any."""
    counts = np.bincount(judged.bin, minlength=BINS).astype(float)
    sums = (np.bincount(judged.bin, weights=of, minlength=BINS) for of in (judged.score, judged.wanted))
    scores, shares = (total[counts > 0] / counts[counts > 0] for total in sums)
    return scores, shares, counts[counts > 0]


def _quiet(axis: "Axes") -> None:
    axis.grid(alpha=0.25, lw=0.5)
    axis.spines[["top", "right"]].set_visible(False)
