"""The page: one row for each situation, its rate over 10 s, its distribution, and its transfer times."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from channels import Floats
from simulator.gallery.sample import OUTAGE_BPS, SHOWN_S, TOKENS, Sample, Situation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UP, DOWN = "#0072b2", "#d55e00"
SIZES = ("#9ecae1", "#4292c6", "#08306b")
LEAST_BPS, MOST_BPS = 1e3, 2e9
"""The axis of rates. Lower ones are drawn at the least: an outage has no place on a logarithmic axis."""
BINS = 400


def draw(rows: Sequence[tuple[Situation, Sample]], file: Path) -> None:
    """Write the page as a picture; the ending of `file` says of which kind."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 2.3 * len(rows) + 0.7), layout="constrained")
    axes = figure.subplots(len(rows), 3, squeeze=False, sharex="col", sharey="col")
    for (air, seen), (over_time, spread, transfers) in zip(rows, axes, strict=True):
        _over_time(over_time, air)
        _spread(spread, seen)
        _transfers(transfers, seen)
        over_time.set_ylabel(f"{air.name}\n\nrate [bit/s]")
    for axis, title in zip(
        axes[0],
        (
            "Rate of one user: means of 25 ms, and their range",
            "Rate over an hour and all users",
            "Upload alone on the air, with delta",
        ),
        strict=True,
    ):
        axis.set_title(title, fontsize=11)
    for axis, label in zip(axes[-1], ("time [s]", "rate [bit/s]", "time [s]"), strict=True):
        axis.set_xlabel(label)
    axes[0][0].legend(loc="lower right", fontsize=8)
    axes[0][2].legend(loc="lower right", fontsize=8)
    figure.savefig(file, dpi=90)


def _over_time(axis: "Axes", air: Situation) -> None:
    """Means over short bins, and from the least to the most in each: fast fading would paint all black."""
    borders_s = np.linspace(0.0, SHOWN_S, BINS + 1)
    for rate, colour, label in ((air.links[0].up, UP, "uplink"), (air.links[0].down, DOWN, "downlink")):
        bins = [rate.steps(*span).values for span in pairwise(borders_s.tolist())]
        carried = [rate.bits(*span) for span in pairwise(borders_s.tolist())]
        mean_bps = np.maximum(np.array(carried) / (SHOWN_S / BINS), LEAST_BPS)
        least, most = ([max(LEAST_BPS, extreme(values)) for values in bins] for extreme in (np.min, np.max))
        centres_s = (borders_s[1:] + borders_s[:-1]) / 2
        axis.fill_between(centres_s, least, most, color=colour, alpha=0.2, lw=0)
        axis.plot(centres_s, mean_bps, color=colour, lw=0.9, label=label)
    axis.set_yscale("log")
    axis.set_ylim(LEAST_BPS / 2, MOST_BPS)
    axis.set_xlim(0, SHOWN_S)
    _quiet(axis)


def _spread(axis: "Axes", seen: Sample) -> None:
    for rates_bps, colour in ((seen.up_bps, UP), (seen.down_bps, DOWN)):
        _cumulative(axis, np.maximum(rates_bps, LEAST_BPS), color=colour)
    axis.axvline(OUTAGE_BPS, color="0.6", lw=0.8, ls=":")
    axis.set_ylabel("share below")
    _quiet(axis)


def _transfers(axis: "Axes", seen: Sample) -> None:
    for tokens, colour in zip(TOKENS, SIZES, strict=True):
        _cumulative(axis, seen.transfers_s[tokens], color=colour, label=f"{tokens:,} tokens")
    axis.set_ylabel("share faster")
    _quiet(axis)


def _cumulative(axis: "Axes", values: Floats, **style: Any) -> None:
    """Empirical distribution on a logarithmic axis; what never comes keeps the curve below 1."""
    finite = np.sort(values[np.isfinite(values)])
    axis.step(finite, np.arange(1, len(finite) + 1) / len(values), where="post", lw=1.5, **style)
    axis.set_xscale("log")
    axis.set_ylim(0, 1.02)


def _quiet(axis: "Axes") -> None:
    axis.grid(alpha=0.25, lw=0.5)
    axis.spines[["top", "right"]].set_visible(False)
